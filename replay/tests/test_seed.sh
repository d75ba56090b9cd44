#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Timers that were armed before the recording: what the command says of them, and that what comes after a SEED
# is known at the SEED, however far behind it stands.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

# A VP that sleeps at first: its next event is a WAKE, behind $1 events of another.
trace() {
	awk -v n="$1" 'BEGIN {
		print "{\"clock_hz\":1000000000,\"class\":\"synthetic\",\"host_model\":{\"tick_hz\":0}}"
		print "{\"time\":0,\"event\":\"seed\",\"vp\":\"d1v0\",\"lp\":0,\"dev\":\"lapic\",\"deadline\":900000}"
		for (i = 1; i <= n; i++)
			printf "{\"time\":%d,\"event\":\"ipi\",\"vp\":\"d2v0\",\"to\":\"d2v0\"}\n", i
		print "{\"time\":1000000,\"event\":\"wake\",\"vp\":\"d1v0\",\"lp\":0}"
		print "{\"time\":1000100,\"event\":\"sched_in\",\"vp\":\"d1v0\",\"lp\":0}"
		print "{\"time\":1000200,\"event\":\"arm\",\"vp\":\"d1v0\",\"dev\":\"lapic\",\"deadline\":1500000,\"period\":100000}"
		print "{\"end\":2000000}"
	}' | "$vtick" import text - -o "$2"
}

for n in 0 1 200000; do
	trace $n t.vtt || fail "the trace"
	for jobs in 1 2; do
		"$vtick" replay -j$jobs -p kvm-hrtimer -p kvm-preemption-timer -p xen-vpt:align=no t.vtt -o r.json >table.txt 2>err.txt ||
			fail "replay"
		equal "$n events between, -j$jobs: a block began, and its deadline was served" \
			"$(jq -c '[.cells[] | [.wakeups.due, .wakeups.on_time, .ticks.inferred, .ticks.due, .arms.inferred, .arms.total]] | unique' r.json)" \
			'[[1,1,1,7,1,1]]'
	done
	equal "in words" "$(grep 'before the recording' table.txt)" \
		'  1 of 7 ticks due are of timers that were armed before the recording began'
	ok "no word more" test ! -s err.txt
done
# Cut off behind the SEED: nothing says that it slept.
head -c $(($(wc -c <t.vtt) - 30)) t.vtt >cut.vtt
ok "cut off" "$vtick" replay -p kvm-hrtimer cut.vtt -o cut.json >out.txt 2>&1
equal "cut off: the timer is there" "$(jq '.cells[0].arms.inferred' cut.json)" 1

# A trace of nothing but such timers is no empty one, even if they are never due.
printf '%s\n' '{"clock_hz":1000000000,"class":"synthetic"}' \
	'{"time":0,"event":"seed","vp":"d1v0","lp":0,"dev":"lapic","deadline":900000}' '{"end":1000}' |
	"$vtick" import text - -o far.vtt
ok "never due: replay" "$vtick" replay far.vtt -o far.json >out.txt 2>err.txt
ok "never due: there is something to compare" test ! -s err.txt
ok "never due: compare" "$vtick" compare far.json far.json >out.txt
ok "against the recording" "$vtick" replay --against-recording -p kvm-hrtimer t.vtt -o a.json >out.txt
finish
