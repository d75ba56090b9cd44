#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Nights: what they keep, what they say, two at once, killed ones; the index made anew equals the one that grew.
# Tier: check
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git
ci=$top/ci
own_git
cd "$work" || exit 1

need sqlite3 hyperfine flock
mkdir traces extra
"$vtick" gen --domains 2 --vcpus 2 --blocked 50 --duration 1 -o traces/two.vtt || exit 1
"$vtick" gen --domains 1 --duration 1 -o extra/one.vtt || exit 1
night()
{
	"$ci/nightly.sh" --build "$build" --store store --traces traces -p virtual -p passthrough "$@" extra
}
# The same in the place of the shell that calls it, so that a signal hits it.
become_night()
{
	exec "$ci/nightly.sh" --build "$build" --store store --traces traces -p virtual -p passthrough "$@" extra
}
results()
{
	find store/results -name '*.json' ! -name '*.timing*.json' | wc -l
}
dump()
{
	sqlite3 "$1" 'SELECT * FROM nights ORDER BY id;
		SELECT p.night, s.trace, s.policy, s.metric, p.value FROM points p JOIN series s ON s.id = p.series
		ORDER BY 1, 2, 3, 4'
}

code "the first night" 0 night --pairs 5
first "it is the first" "^Night 20.*-1: the first"
has "what was replayed" "^4 cells, 0 of them lost"
cp out.txt said.txt
ok "the summary is kept" cmp said.txt store/summary.txt
ok "times are kept" test "$(jq ".results[0].times | length" store/results/*-1.timing.json)" = 5
ok "results are not to be written again" test -z "$(find store/results -name '*.json' -perm -200)"
code "the second night" 0 night --pairs 0
has "against the first" "^Night 20.*-2 against 20.*-1:"
has "the same" "^same, gate passed"
has "one verdict" "^Night .*: nothing changed.$"

inject slow '/^static void arm(/,/^{/{/^{/' '	if (++calls == 100) h->hw_arm(h, h->lp_of(h, vp), h->now + 1);
}'
VTICK_POLICY_PATH=$work/slow
export VTICK_POLICY_PATH
code "a night on which something changed" 1 night --pairs 0
unset VTICK_POLICY_PATH
has "it says what" "gate failed: .*virtual, .*: "
has "and one verdict" "^Night .*: something changed.$"
"$vtick" history --db store/history.db --policy virtual --trace two >out.txt
has "history has it" "^  [.a-z_]* [0-9]* -> [0-9]"

inject crash '/^static void arm(/,/^{/{/^{/' '	if (++calls == 100) __builtin_abort();
}'
VTICK_POLICY_PATH=$work/crash
export VTICK_POLICY_PATH
code "a night with a lost cell" 2 night --pairs 0
unset VTICK_POLICY_PATH
has "it names the cell" "policy virtual.*crashed"
ok "it is kept all the same" test "$(results)" = 4
code "the night after that" 1 night --pairs 0
has "is held against the last whole one" "^Night 20.*-5 against 20.*-3:"

# Two at once.
become_night --pairs 5 >one.txt 2>&1 &
soon test -e store/.night
kill -STOP $!
code "two at once: the other is refused" 2 night --pairs 0
kill -CONT $!
first "it says why" "another night runs on" err.txt
code "two at once: or waits" 0 night --wait --pairs 0
wait $!
ok "the first of the two is fine" test $? = 0
ok "both are kept" test "$(results)" = 7

# Killed in the middle, at several places: what it started itself may still hold the lock for a moment.
for wait in 0.05 0.3 1; do
	become_night --wait --pairs 200 >one.txt 2>&1 &
	sleep $wait
	kill -9 $!
	wait $! 2>/dev/null
done
flock store/lock true
before=$(results)
code "after three that were killed" 0 night --wait --pairs 0
ok "a night came in" test "$(results)" = $((before + 1))
whole=yes
for file in store/results/*.json; do
	jq -e . "$file" >/dev/null || whole=
done
ok "nothing half is among the results" test -n "$whole"
become_night --wait --pairs 200 >one.txt 2>&1 &
sleep 0.3
kill $!
wait $!
ok "a signal ends it" test $? = 143
code "and the next one runs" 0 night --wait --pairs 0
ok "nothing is left over" test ! -e store/.night

"$vtick" history --db anew.db --rebuild store/results
dump store/history.db >grown.txt
dump anew.db >anew.txt
ok "the index made anew equals the one that grew" cmp grown.txt anew.txt
ok "the index holds every night" test "$(sqlite3 anew.db 'SELECT count(*) FROM nights')" = "$(results)"

# A night that is broken, by whatever: trouble once, and the nights go on.
last=$(find store/results -name "*-$(results).json")
head -c 1000 "$last" >cut.json
chmod u+w "$last"
cp cut.json "$last"
cp cut.json store/results/2026-02-30-abcdef-99999.json
cp cut.json "store/results/$(date -u +%Y-%m-%d)-$(printf 'e\033[2Jvil')-9999.json"
cp cut.json "store/results/2026-01-01-abcdef-99999999999999999999.json"
code "the night that finds them" 2 night --pairs 0
has "it is held against one that can be read" "^Night 20.*-$(($(results) - 3)) against 20.*-$(($(results) - 5)):"
has "it names one, by no more than its letters" "e.x1b.2Jvil-9999.json: offset [0-9]*: .*this night is left out"
code "the next one is fine" 0 night --pairs 0
has "and mentions them" "that cannot be read .* left out, as before"
ok "the numbers go on, whatever the others are" sh -c 'ls store/results | grep -q "^20.*-1[0-9]\.json$"'
ok "no name reaches the terminal" sh -c '! LC_ALL=C grep -q "[^ -~]" out.txt err.txt'
rm store/results/*vil* store/results/*99999*

# Whoever was killed when his times had their names and his result did not.
next=$(sed -n 's/^Night \(.*\)-\([0-9]*\) against.*/\1 \2/p' out.txt | { read -r name n; echo "$name-$((n + 1))"; })
echo '{"results": []}' >"store/results/$next.timing.json"
code "his times are not the next one's" 0 night --pairs 0
ok "they have gone" test ! -e "store/results/$next.timing.json"

# What else a folder holds.
mkdir -p other/tmp busy/results
echo mine | tee other/tmp/mine other/summary.txt busy/summary.txt >/dev/null
for other in other busy; do
	code "a store that is none: $other" 2 "$ci/nightly.sh" --build "$build" --store $other --traces traces -p virtual --pairs 0
	has "that is said" "$other holds other things" err.txt
done
ok "nothing of it has gone" grep -rqx mine other/tmp/mine other/summary.txt busy/summary.txt
echo mine >victim.json
mkdir taken
mkdir taken/results
cp victim.json taken/history.db
code "an index that is none" 2 "$ci/nightly.sh" --build "$build" --store taken --traces traces -p virtual --pairs 0
ok "stays as it was" cmp victim.json taken/history.db

# Timings in pairs, against an older revision of a clone.
if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
	git clone -q "$top" clone || exit 1
	(cd "$top" && git ls-files -z | xargs -0 cp --parents -P -t "$work/clone") || exit 1
	git -C clone add -A
	git -C clone commit -q --allow-empty -m "As it is now"
	echo "/* later */" >>clone/README.md
	git -C clone commit -q -am "Later"
	ci=$work/clone/ci
	quick_build
	"$ci/nightly.sh" --build "$build" --store store --traces traces -p virtual --base HEAD~1 --pairs 5 >out.txt 2>&1
	has "pairs: a few decide nothing, but are measured" "^Timings: 5 pairs, HEAD~1 in turns with"
	has "pairs: compared" "wall_ns"
	ok "pairs: both sides are kept" test "$(find store/results -name '*.timing-base.json' | wc -l)" = 1
	ok "pairs: no worktree is left" test "$(git -C clone worktree list | wc -l)" = 1
fi

cp traces/two.vtt extra/
code "two traces of one name" 2 night
has "they are named" "same name in two folders.*two.vtt" err.txt
code "too few pairs" 2 night --pairs 3
code "no such folder" 2 "$ci/nightly.sh" --build "$build" --store store nowhere
finish
