#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Regressions put into a copy of a policy, replayed and compared: each is caught and, where a tick's fate changed,
# --explain finds the tick.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1
unset CC
mkdir tmp
export TMPDIR="$work/tmp"
trace=$top/traces/corpus/pvh2.vtt
corpus=$top/traces/corpus

# inject NTH CODE: a copy of virtual that runs CODE after its NTH arm; its result is bad.json.
inject()
{
	awk -v nth="$1" -v code="$2" '
		/^static void arm\(/ { print "static unsigned arms;\nstatic struct vtick_timer more;\n"; inside = 1 }
		{ print }
		inside && /place\(h, v, v->lp\);/ { print "\tif (++arms == " nth ") {\n\t\t(void)more;\n\t\t" code "\n\t}"; inside = 0 }
	' "$top/replay/policies/virtual.c" >bad.c
	"$vtick" replay -p ./bad.c "$trace" -o bad.json >/dev/null 2>replay.txt
}

"$vtick" replay -p virtual "$trace" -o good.json >/dev/null || exit 1
inject 700 ';'
gives "a copy of the policy is the policy" 0 '^same' good.json bad.json
inject 700 'h->hw_arm(h, h->lp_of(h, vp), h->now);'
gives "one timer interrupt more" 1 'gate failed: pvh2, virtual: timer_interrupts.total [0-9]* -> [0-9]*, +1 ' --each good.json bad.json
ok "... and a spurious one" grep -q 'timer_interrupts.spurious *0 *1 *+1 ' out.txt
gives "... explained" 1 'timer_interrupts.total' --explain-candidate ./bad.c --trace-dir "$corpus" good.json bad.json
ok "... no guest saw it" grep -q '^Nothing to explain: the guests of every cell got the same ticks' out.txt
inject 700 'h->timer_add(h, &more, h->lp_of(h, vp), h->now + 2000000000000, 0);'
gives "one list entry more" 1 'gate failed: pvh2, virtual: ac_timer_list' good.json bad.json
inject 700 'if (vtick_timer_active(&v->timer)) h->timer_add(h, &v->timer, h->lp_of(h, vp), v->itm - (uint64_t)v->offset + 3, 0);'
gives "3 ticks, a nanosecond, more skew of one tick" 1 'gate failed: pvh2, virtual: .*firing_skew_ns' \
	--explain-candidate ./bad.c --trace-dir "$corpus" good.json bad.json
ok "... explained: which tick" grep -q '^pvh2, virtual: the first tick whose fate differs is that of d[0-9]*v[0-9]* (VP [0-9]*), due at [0-9]* ns (machine tick [0-9]*), LP' out.txt
ok "... what the baseline did" grep -q '^  baseline   pended at +0 ns' out.txt
ok "... what the candidate did" grep -q '^  candidate  pended at +1 ns' out.txt
ok "... the arm of that tick is among the events" sh -c '
	due=$(sed -n "s/.*(machine tick \([0-9]*\)).*/\1/p" out.txt); grep -q "arm .*deadline $due" out.txt'
gives "... as JSON" 1 '^{' --format json --explain-candidate ./bad.c --trace-dir "$corpus" good.json bad.json
ok "... the same text" jq -e '.explained | length == 1 and (.[0] | test("first tick whose fate differs"))' out.txt
inject 700 'h->timer_del(h, &v->timer);'
gives "a lost tick" 1 'gate failed: pvh2, virtual: \(ticks\|wakeups\)\.' --explain-candidate ./bad.c --trace-dir "$corpus" good.json bad.json
ok "... explained" grep -q '^  candidate  .*\(no tick\|missed\|wait\|pended at +[0-9][0-9]\)' out.txt
inject 700 '*(volatile int *)0 = 1;'
gives "a crash" 2 '^not comparable: candidate: trace pvh2, policy virtual:.*crashed: killed by signal' good.json bad.json

# What cannot be explained is said, and the verdict stands.
inject 700 'if (vtick_timer_active(&v->timer)) h->timer_add(h, &v->timer, h->lp_of(h, vp), v->itm - (uint64_t)v->offset + 3, 0);'
gives "the trace is not there" 1 'gate failed' --explain --trace-dir /nonexistent good.json bad.json
ok "... is a warning" grep -q '^warning: --explain: /nonexistent/pvh2.vtt: ' out.txt
cp "$corpus/pvh8-credit-2p-all.vtt" pvh2.vtt
gives "another trace of that name" 1 'gate failed' --explain --trace-dir . good.json bad.json
ok "... is a warning" grep -q 'is not the trace of the results' out.txt
cp bad.c worse.c
cp bad.json worse.json
inject 700 ';'
gives "a policy that has changed since" 1 'gate failed' --explain-candidate ./bad.c --trace-dir "$corpus" \
	good.json worse.json
ok "... is a warning" grep -q 'now behaves otherwise than in worse.json' out.txt
gives "... unless it is given" 1 'gate failed' --trace-dir "$corpus" --explain-candidate ./worse.c good.json worse.json
ok "... is explained" grep -q 'the first tick whose fate differs' out.txt
gives "two policies explained" 1 '^mixed' --base passthrough --candidate virtual --explain --trace-dir "$corpus" base.json
ok "... which tick" grep -q 'the first tick whose fate differs' out.txt
ok "no temporary is left" sh -c '! ls tmp | grep -q explain'
finish
