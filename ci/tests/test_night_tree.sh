#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Nights over a branch of an invented tree: each trace with its own costs, what moved since yesterday and which commits
# came; a branch that does not build, or was written anew.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need jq git flock
: "${CC:=cc}"
export CC
own_git
lapic=arch/x86/kvm/lapic.c
cd "$work" || exit 1
export TMPDIR="$work/tmp"
mkdir traces tmp
for trace in made-moves kvm-live-mixed-2x3; do
	cp "$top/traces/corpus/$trace.vtt" traces/
done
git init -q t && cp -r "$top/replay/kinds/tests/tree"/* t && git -C t add . && git -C t commit -qm "Base"
git -C t branch kvm-next
git clone -q --bare t t.git

# came SUBJECT SED: a commit more on the branch.
came()
{
	git -C t checkout -q kvm-next
	sed -i -e "$2" "t/${3-$lapic}"
	git -C t commit -qam "$1"
	git -C t push -q -f ../t.git kvm-next
}
# shellcheck disable=SC2317 # code() calls it
night()
{
	"$top/ci/nightly.sh" --build "$build" --store store --traces traces --tree t.git --rev kvm-next -p kvm "$@"
}

code "the first night" 0 night
has "what was replayed: two traces in all ways" "^8 cells, 0 of them lost"
result=$(find store/results -name '*-1.json')
equal "by each trace's own costs" "$(jq -r '[.cells[] | .policy.params.costs] | unique | length' "$result")" 2
equal "a trace's are what info says" \
	"$("$vtick" info --costs traces/kvm-live-mixed-2x3.vtt >costs.json &&
		"$vtick" replay --costs costs.json --away recorded -p kvm:tree=t traces/kvm-live-mixed-2x3.vtt 2>err.txt |
		jq -r| jq -r '.cells[0] | .policy.params.costs + .digest')" \
	"$(jq -r '.cells[] | select(.trace.name == "kvm-live-mixed-2x3" and .policy.params.hv == "no" and
		.policy.params.stop == "register" and .policy.params.apicv == "no") | .policy.params.costs + .digest' "$result")"
code "no path stays" 1 grep -c -e "$work/t.git" "$result"
code "the second" 0 night
has "nothing came" "^kvm-next is at [0-9a-f]* (Base); since then nothing came to what is replayed.$"
has "nothing changed" "^Night .*: nothing changed.$"

came "Words" 's,^static bool periodic,/* A word. */\n&,'
came "Around" "\$a /* other */" arch/x86/kvm/x86.c
came "Periods are caught up with" 's/^\t\tt->target_expiration = ktime_get();/\t\t;/'
code "something came" 1 night
has "what moved" "timer_interrupts.total .*kvm-live-mixed-2x3: 9246 -> 9248\|timer_interrupts.total "
has "of which version" "^ *kvm: Linux 9.1.7-rc2 $(git -C t rev-parse --short=10 kvm-next)"
has "which commit" "^  [0-9a-f]* (Periods are caught up with)$"
has "and that with words" "^  [0-9a-f]* (Words)$"
code "none that is not replayed" 1 grep -q "(Around)" store/summary.txt
has "something changed" "^Night .*: something changed.$" store/summary.txt
"$vtick" history --db store/history.db >out.txt
has "history has it" '^  [.a-z_]* [0-9]* -> [0-9]'

came "Broken" 's/^static bool periodic/static bool periodic(/'
code "what does not build" 2 night
has "is told" "kvm-next does not build" err.txt
has "in the summary, too" "^Night .*: trouble. It does not build: [0-9a-f]* (Broken)$" store/summary.txt
equal "and is no night" "$(find store/results -name '*.json' | wc -l)" 3
git -C t reset -q --hard kvm-next~1
came "Mended" 's,^static bool periodic,/* And another. */\n&,'
code "the night after" 0 night
git -C t reset -q --hard main
git -C t commit -q --allow-empty -m "All anew"
git -C t push -q -f ../t.git kvm-next
git -C t.git reflog expire --expire=now --all
git -C t.git gc -q --prune=now
code "a branch that was written anew" 1 night
has "is no trouble" "is at [0-9a-f]* (All anew), and what it was at then is not there any more.$"
has "the periods are as they were" "gate failed"

code "without costs" 2 night --costs none
has "is another night's matter" "missing\|not replayed\|no cell\|is not there" store/summary.txt
fails "timings" "time vtick's own replays" night --pairs 10
fails "no kind" "is no kind, expected\|no such kind" "$top/ci/nightly.sh" --build "$build" --store s2 --tree t.git -p ./x.c
fails "a branch without a tree" "are of --tree alone" "$top/ci/nightly.sh" --build "$build" --store s2 --rev main
fails "no such branch" "nothing is no revision" "$top/ci/nightly.sh" --build "$build" --store s2 --tree t.git --rev nothing -p kvm
ok "which makes no store" test ! -e s2
equal "nothing stays" "$(ls tmp)" ""
ok "nor in the store" test ! -e store/.night
finish
