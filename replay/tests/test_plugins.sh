#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How policies are found, loaded, refused and given parameters.
. "$PWD/ci/tests/lib.sh"
need jq
plugins=$top/replay/tests/plugins
: "${CC:=cc}"
export CC
cd "$work" || exit 1

ok "a trace" "$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 1 -o t.vtt
TMPDIR=$work/tmp
mkdir "$TMPDIR"
export TMPDIR

# refused NAME -DCASE PATTERN
refused()
{
	ok "build: $1" compile unsound.so "$2" "$plugins/unsound.c"
	fails "$1" "$3" "$vtick" replay -p ./unsound.so t.vtt
}

refused "no symbol" -DNO_SYMBOL "unsound.so: has no symbol 'vtick_policy', expected"
refused "wrong magic" -DWRONG_MAGIC "expected the magic 594c4f5056544b31"
refused "another ABI" -DOTHER_ABI 'built for interface version 99, this vtick has version [0-9]'
refused "too small" -DTINY 'is 16 bytes large, expected [0-9]'
refused "another size" -DOLDER 'bytes large, expected [0-9]'
refused "another size" -DNEWER 'bytes large, expected [0-9]'
refused "half a queue" -DHALF_A_QUEUE "has one of the hooks queue_run and queue_hv, expected both or none"
refused "no name" -DNO_NAME "name is '', expected"
refused "odd name" -DODD_NAME "name is 'a policy', expected"
refused "no default" -DNO_DEFAULT "parameter 'speed' has no default, expected one"
refused "bad default" -DBAD_DEFAULT "parameter 'speed' has the default 'fast', expected slow|slower"
refused "taken name" -DTAKEN "parameter 'slop' has the name of a cell's option"
refused "a choice without choices" -DNO_CHOICES "parameter 'speed' has choices and is none, or the other way"
refused "an odd kind" -DNO_KIND "parameter 'speed' is of no known kind"
refused "a field outside" -DOUTSIDE "parameter 'speed' lies outside the struct"
refused "a field between two" -DASKEW "parameter 'speed' lies outside the struct"
refused "timers behind the state" -DTIMERS '1 timers from byte 8 on do not fit into the [0-9]* bytes'
refused "many timers" -DMANY_TIMERS 'timers from byte 0 on do not fit into the 24 bytes'
refused "twice" -DTWICE "parameter 'speed' is there twice"

# lost NAME -DCASE PATTERN: not refused, its cell is lost (test_loading.sh).
lost()
{
	ok "build: $1" compile unsound.so "$2" "$plugins/unsound.c"
	code "$1" 2 "$vtick" replay -p ./unsound.so t.vtt
	has "$1: why" "^vtick: t.vtt: policy unsound.so: crashed: $3$" err.txt
	fails "$1, policy show" "^vtick: ./unsound.so: $3$" "$vtick" policy show ./unsound.so
}

lost "wild pointer" -DWILD_NAME 'dies with signal 11 (SIGSEGV) when it is loaded'
lost "dies early" -DDIES_EARLY 'dies with signal 11 (SIGSEGV) when it is loaded'
lost "exits early" -DEXITS_EARLY 'exits with code 9 when it is loaded'

ok "build: sound" compile unsound.so -DSOUND "$plugins/unsound.c"
ok "a sound one is taken" "$vtick" replay -p ./unsound.so t.vtt -o sized.json >out.txt

ok "build: chatty" compile chatty.so -DCHATTY "$plugins/unsound.c"
"$vtick" replay -p ./chatty.so t.vtt >chatty.json 2>err.txt
ok "constructors and destructors don't reach the document" jq -e '.cells[0].status == "ok"' chatty.json >out.txt
ok "but stderr" grep -q 'hello from a constructor' err.txt

echo 'no object' >text.so
fails "no object" 'text.so: is no shared object, expected one' "$vtick" replay -p ./text.so t.vtt
echo '#!/bin/sh' >script.so
fails "a script" 'script.so: is a script, expected a shared object' "$vtick" replay -p ./script.so t.vtt
fails "C++" 'text.cc: is C++, expected C' sh -c "cp text.so text.cc && '$vtick' replay -p ./text.cc t.vtt"
: >empty.so
fails "nothing" 'empty.so: is empty' "$vtick" replay -p ./empty.so t.vtt
${CC:-cc} -c -x c -o object.so - <<'END'
int nothing;
END
fails "an object file" 'object.so: is an object file that is not linked, expected a shared object (cc -shared)' \
	"$vtick" replay -p ./object.so t.vtt
# e_machine: AArch64, or if that is this machine's x86-64.
cp "$build/policies/virtual.so" foreign.so
other='\267' && [ "$(uname -m)" != aarch64 ] || other='\076'
# shellcheck disable=SC2059 # an escape
printf "$other" | dd of=foreign.so bs=1 seek=18 conv=notrunc 2>dd.txt
fails "another machine's" 'foreign.so: is for .*, this vtick runs on .*: build it for that' "$vtick" replay -p ./foreign.so t.vtt
head -c 40 foreign.so >short.so
fails "a part of one" 'short.so: is an ELF file that is cut off' "$vtick" replay -p ./short.so t.vtt
# Compilers that know no option but the common ones, and none of GNU ld's.
cat >plain-cc <<'END'
#!/bin/sh
for word; do
	case $word in -Wl,* | -ffile* | -M* | -W*) echo "unknown option $word" >&2 && exit 1 ;; esac
done
exec cc "$@" -Wl,--build-id=none
END
chmod +x plain-cc
code "a compiler that knows few options" 0 env CC=./plain-cc "$vtick" replay -p "$plugins/unsound.c" -o plain.json t.vtt
ok "... its policy has a build id, too" jq -e '.provenance.plugins[0].build_id | length == 40' plain.json
for again in 1 2; do
	"$vtick" replay -p "$plugins/unsound.c" -o again$again.json t.vtt >out.txt 2>&1
done
equal "the same source is the same policy" "$(jq -c .provenance.plugins again1.json)" "$(jq -c .provenance.plugins again2.json)"
fails "no file" 'none.so: cannot be loaded' "$vtick" replay -p none.so t.vtt
fails "no source" 'none.c: cannot be read' "$vtick" replay -p none.c t.vtt
fails "no such policy" 'nonsense: no such policy, expected .*looked in .*policies' "$vtick" replay -p nonsense t.vtt
fails "a policy without a name" 'no such policy' "$vtick" replay -p '' t.vtt

mkdir nested
ln -s "$build/policies/virtual.so" nested/mine.so
fails "not yet in the search path" 'mine: no such policy' "$vtick" replay -p mine t.vtt
ok "VTICK_POLICY_PATH" env VTICK_POLICY_PATH="/nowhere:$work/nested" "$vtick" replay -p mine t.vtt >mine.json
ok "a policy is called what it calls itself" jq -e '.cells[0].policy.name == "virtual"' mine.json >out.txt

printf '#include "policy.h"\nVTICK_POLICY = { VTICK_POLICY_HEAD, .name = "short" };\n' >short.c
printf '#include "replay/policy.h"\nVTICK_POLICY = { VTICK_POLICY_HEAD, .name = "long" };\n' >'long name.c'
ok "a .c" "$vtick" replay -p short.c t.vtt >c.json
ok "a .c has a build id" jq -e '.provenance.plugins[0].build_id | length == 40' c.json >out.txt
ok "the other include, a space in the name" "$vtick" replay -p './long name.c' t.vtt >c.json
ok "CC with options" env CC="$CC -DUNUSED=1" "$vtick" replay -p short.c t.vtt >c.json
echo 'int main(void) { return nothing; }' >wrong.c
code=0
"$vtick" replay -p wrong.c t.vtt >out.txt 2>err.txt || code=$?
ok "a .c that does not compile: exit code" test "$code" = 2
ok "a .c that does not compile: the compiler's words" grep -q "nothing" err.txt
ok "a .c that does not compile: the last line" \
	sh -c 'tail -n 1 err.txt | grep -q "^vtick: ./wrong.c: .*could not compile it"'
printf "#warning \"a\\033[2J\\302\\23331m\\342\\200\\256\"\nint y = x;\n" >esc.c
code "a source that drives terminals" 2 env LC_ALL=C "$vtick" replay -p ./esc.c t.vtt
ok "its compiler does not" sh -c "grep -q warning err.txt && ! LC_ALL=C grep -q '[^ -~[:space:]]' err.txt"
fails "no compiler" 'could not compile it' sh -c "CC=true-is-not-here '$vtick' replay -p short.c t.vtt 2>&1 >/dev/null | tail -n 1 >&2; exit 2"
ok "temporary folders are gone" test -z "$(find "$TMPDIR" -mindepth 1)"

fails "unknown key" "virtual:colour=red: 'colour' is no parameter of virtual, expected one of .*switch.*hv-tick, hv-tick-phase, hv-tick-idle, hv-slice, slop" \
	"$vtick" replay -p virtual:colour=red t.vtt
fails "no value" "'switch' behind the policy, expected key=value" "$vtick" replay -p virtual:switch t.vtt
fails "nothing behind the colon" "'' behind the policy, expected key=value" "$vtick" replay -p virtual: t.vtt
fails "not among the choices" "switch is 'maybe', expected .*keep" "$vtick" replay -p virtual:switch=maybe t.vtt
fails "half a choice" "switch is 'kee', expected .*keep" "$vtick" replay -p virtual:switch=kee t.vtt
fails "key twice" "'switch' is given twice" "$vtick" replay -p virtual:switch=keep,switch=keep t.vtt
fails "option twice" "'slop' is given twice" "$vtick" replay -p virtual:slop=0,slop=0 t.vtt
fails "no frequency" "hv-tick is '100s', expected a frequency" "$vtick" replay -p virtual:hv-tick=100s t.vtt
fails "absurd frequency" "hv-tick is '1G', expected a frequency up to 1M" "$vtick" replay -p virtual:hv-tick=1G t.vtt
fails "no time" "slop is '-1', expected a time" "$vtick" replay -p virtual:slop=-1 t.vtt
fails "no word" "hv-tick-idle is 'sto', expected run, stop or stop-at-once" "$vtick" replay -p virtual:hv-tick-idle=sto t.vtt
compile mis.so "$plugins/misbehave.c"
fails "no number" "at is '1x', expected a decimal number" "$vtick" replay -p ./mis.so:at=1x t.vtt

ok "options" "$vtick" replay -p virtual:hv-tick=1k,hv-tick-phase=250us,hv-tick-idle=stop,hv-slice=0,slop=1.5us,switch=keep t.vtt >options.json
ok "options are in params" jq -e '.cells[0].policy.params |
	.hv_tick_hz == 1000 and .hv_tick_phase_ns == 250000 and .hv_tick_idle == "stop" and .hv_slice_ns == 0 and .slop_ns == 1500 and .switch == "keep"' options.json >out.txt
ok "numbers are strings" sh -c "'$vtick' replay -p ./mis.so:at=0007 t.vtt |
	jq -e '.cells[0].policy.params.at == \"7\"' >out.txt"

fails "one policy twice" "is 'virtual' with the parameters of 'virtual' on trace t, expected each once" \
	"$vtick" replay -p virtual -p virtual t.vtt
fails "a default spelt out is no other policy" 'expected each once' "$vtick" replay -p virtual -p virtual:slop=50us,hv-tick=100 t.vtt
ok "with other parameters it is another cell" "$vtick" replay -p virtual -p virtual:slop=0 t.vtt >two.json

ok "policy list" sh -c "'$vtick' policy list | grep -q '^virtual  '"
ok "policy list --json" sh -c "'$vtick' policy list --json | jq -e '[.policies[].name] | index(\"passthrough\") != null' >out.txt"
ok "policy show" sh -c "'$vtick' policy show passthrough | grep -q '^  scope  *nearest  *nearest|current '"
ok "slices as recorded" sh -c "'$vtick' replay -p virtual:hv-slice=recorded t.vtt | jq -e '.cells[0].policy.params.hv_slice_ns == \"recorded\"' >/dev/null"
ok "policy show says the options" sh -c "'$vtick' policy show virtual | grep -q '^  hv-slice  *30ms  *TIME '"
ok "policy show --json" sh -c "'$vtick' policy show --json virtual |
	jq -e '.parameters[0].choices | length == 2' >out.txt"
ok "policy show of a .c" sh -c "'$vtick' policy show short.c | grep -q '^short '"
printf '#include "policy.h"\nVTICK_POLICY = { VTICK_POLICY_HEAD, .name = "second", .tier = 2 };\n' >second.c
ok "a policy of the second tier says so" sh -c "'$vtick' policy show second.c | grep -q '^second tier: '"
ok "... in JSON" sh -c "'$vtick' policy show --json second.c | jq -e '.tier == 2' >out.txt"
ok "others are of the first" sh -c "'$vtick' policy show --json short.c | jq -e '.tier == 1' >out.txt"
fails "policy show of nothing" 'no such policy' "$vtick" policy show nothing
fails "policy alone" "ACTION is missing" "$vtick" policy
fails "policy with an odd word" "list takes no policy, 'all' is too many" "$vtick" policy list all

finish
