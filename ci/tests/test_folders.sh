#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What gate.sh and accept.sh do in folders that a user names: nothing goes but what they made, all comes or nothing, one
# at a time.
# Tier: check
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq flock
ci=$top/ci
cd "$work" || exit 1

mkdir traces more
"$vtick" gen --domains 2 --vcpus 2 --lps 2 --blocked 50 --duration 300ms -o traces/busy.vtt || exit 1
for name in a b c d; do
	"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 100ms --seed 3 -o traces/$name.vtt || exit 1
done
gate()
{
	"$ci/gate.sh" -p virtual --traces traces --golden golden "$@" "$build"
}
accept()
{
	"$ci/accept.sh" --reason "it is so" -p virtual --traces traces --golden golden "$build"
}
files()
{
	find "$1" -type f | LC_ALL=C sort | xargs sha256sum
}

# ---- what a user has there ----
mkdir golden out
echo 'my own words' >golden/notes.txt
echo 'nor this' >golden/mine.json
"$vtick" replay -p virtual traces/busy.vtt -o busy.json >/dev/null
"$vtick" compare --golden golden/kept.txt busy.json
cp busy.json out/mine.json
echo '{}' >out/other.json
cp -r golden golden.before
cp -r out out.before
code "accept into a folder with other things" 0 accept
ok "what is no golden stays" cmp golden/notes.txt golden.before/notes.txt
ok "nor does a result go" cmp golden/mine.json golden.before/mine.json
ok "nor a golden that was not accepted" cmp golden/kept.txt golden.before/kept.txt
rm golden/kept.txt
code "the gate, into a folder with other things" 0 gate --out out
ok "what is no result stays" cmp out/other.json out.before/other.json
ok "nor does a result of the user's go" cmp out/mine.json out.before/mine.json
code "the gate again, over its own" 0 gate --out out
mv traces/d.vtt more/
code "accept without a trace" 0 accept
has "its golden goes" "gone: d"
ok "it has gone" test ! -e golden/d.txt
code "the gate without it" 0 gate --out out
ok "its result goes, too" test ! -e out/d.json
ok "the user's is still there" cmp out/mine.json out.before/mine.json
mv more/d.vtt traces/
echo '{"mine": true}' >out/d.json
code "accept it again" 0 accept
code "a file that would be overwritten" 2 gate --out out
has "it is named" "out/d.json is none that the gate made" err.txt
ok "it stays" grep -q mine out/d.json
rm out/d.json
code "without it" 0 gate --out out
jq -c . out/d.json >d.json
cp d.json out/d.json
code "one that was changed since is the user's" 2 gate --out out
ok "it stays as well" cmp d.json out/d.json
rm out/d.json
echo 'my own words' >golden/d.txt
code "accept over what is no golden" 2 accept
has "that is named" "golden/d.txt is no golden" err.txt
ok "and stays" grep -q 'my own words' golden/d.txt
rm golden/d.txt
code "accept" 0 accept
files golden >files.txt
for same in golden golden/../golden ./golden; do
	code "the results among the goldens: $same" 2 gate --out $same
	has "that is said" "is the folder of the goldens" err.txt
done
ln -s golden link
code "by a link" 2 gate --out link
files golden >now.txt
ok "nothing happened to them" cmp files.txt now.txt

# ---- killed between two files ----
sed "s/^	v->itm = a->deadline;/	v->itm = a->deadline + 1;/" "$top/replay/policies/virtual.c" >virtual.c
mkdir late bin
compile late/virtual.so virtual.c || exit 1
cp -r golden old
VTICK_POLICY_PATH=$work/late
export VTICK_POLICY_PATH
code "what there is to accept" 0 accept
mv golden new
ok "all goldens change" test -z "$(for name in a b c d busy; do cmp -s old/$name.txt new/$name.txt && echo $name; done)"
real=$(command -v mv)
cat >bin/mv <<END
#!/bin/sh
echo >>"$work/moves"
if [ "\$(wc -l <"$work/moves")" = "\$KILL_AT" ]; then
	kill -KILL \$PPID
	exit 1
fi
exec "$real" "\$@"
END
chmod +x bin/mv
at=0 half=0
while [ $at -lt 12 ]; do
	at=$((at + 1))
	rm -rf golden moves
	cp -r old golden
	KILL_AT=$at PATH=$work/bin:$PATH "$ci/accept.sh" --reason "it is so" -p virtual --traces traces --golden golden \
		"$build" >out.txt 2>err.txt
	[ $? = 137 ] || break
	if [ -d golden/.vtick-ready ]; then
		half=$((half + 1))
		code "killed at move $at: the gate does not judge by halves" 2 gate --out out
		has "it says so" "golden is half accepted" err.txt
		files golden >files.txt
	fi
	"$ci/accept.sh" --reason "it is so" -p virtual --traces traces --golden golden "$build" >out.txt 2>err.txt
	ok "killed at move $at: the next accept has all of them" test -z "$(diff -r golden new)"
done
ok "it was killed in many places ($at), and between files in some ($half)" test $half -ge 4
ok "and in the end came through" test $at -lt 12

# What a stranger has put there does not reach beyond the folder.
rm -rf golden
cp -r old golden
mkdir golden/.vtick-ready
echo victim >victim.txt
printf '%s\n' ../victim.txt "$work/victim.txt" .. >golden/.vtick-ready/.gone
ln -s ../victim.txt golden/.vtick-ready/a.txt
code "accept over a trap" 0 accept
ok "the trap caught nothing" grep -q victim victim.txt
ok "nor is there a link" test ! -L golden/a.txt
rm -rf golden victims
cp -r old golden
mkdir victims
echo victim >victims/mine.txt
ln -s ../victims golden/.vtick-ready
code "accept over a link to a folder of the user's" 0 accept
ok "what is in it stays there" grep -q victim victims/mine.txt
code "once more, with nothing to accept" 0 accept
unset VTICK_POLICY_PATH

# ---- two at once ----
rm -rf golden
accept >one.txt 2>&1 &
accept >two.txt 2>&1
wait
cat one.txt two.txt >both.txt
ok "two at once: one accepts, the other finds it done" sh -c 'grep -q "^Accepted" both.txt && grep -q "^Nothing to accept" both.txt'
rm err.txt
flock -x golden sh -c 'echo >held; until [ -e over ] || grep -q waits err.txt 2>/dev/null; do sleep 0.05; done' &
soon test -e held
code "the gate waits for an accept" 0 gate --out out
has "it says so" "waits for another that works in golden" err.txt
touch over
wait

# ---- names ----
nasty=$(printf 'traces/e\033[2Jvil \302\233x.vtt')
cp traces/a.vtt "$nasty"
code "a trace with an evil name" 2 gate --out out
ok "nothing of it reaches the terminal" sh -c '! LC_ALL=C grep -q "[^ -~]" err.txt out.txt'
rm "$nasty"
cp traces/a.vtt 'traces/back\0slash\n.vtt'
code "accept one with backslashes" 0 accept
code "the gate of it" 0 gate --out out
code "twice" 0 gate --out out
rm 'traces/back\0slash\n.vtt'
code "it goes" 0 accept
cp -r traces -- -traces
code "a folder that begins with a dash" 0 "$ci/gate.sh" -p virtual --traces -traces --golden golden --out -out "$build"
ok "it is there" test -e ./-out/a.json
finish
