#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick bound and replay --bound: that they agree with each other and with a replay, on recorded traces.
# shellcheck disable=SC2016,SC2317 # jq has $; functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
corpus=$top/traces/corpus
cd "$work" || exit 1

bound() # [ARGUMENT]...: the document into out.json
{
	"$vtick" bound --json "$@" >out.json 2>err.txt
}
is() # FILTER VALUE: of out.json
{
	[ "$(jq -c "$1" out.json)" = "$2" ]
}

for trace in kvm-4x2-all x16x4-credit2-2p-all made-moves made-modes pvh8-credit2-2p-life; do
	rm -f ./*.json
	ok "$trace: exit 0" bound --slack 0,50us,1ms "$corpus/$trace.vtt"
	"$vtick" replay --bound -p kvm-hrtimer -p virtual:slop=50us "$corpus/$trace.vtt" >replay.json 2>err.txt || fail "replay" err.txt
	ok "$trace: its deadlines are those of a replay" [ "$(jq .ticks.reached out.json)" = "$(jq '.cells[1].ticks.due' replay.json)" ]
	ok "$trace: LPs add up" is '[.bounds[] | (.guest == ([.per_lp[].guest] | add)) and (.with_hv == ([.per_lp[].with_hv] | add))] | all' true
	ok "$trace: more slack never asks for more" is '[.bounds[].guest] | . == (sort | reverse)' true
	ok "$trace: the hypervisor asks for more" is '[.bounds[] | .guest <= .with_hv] | all' true
	ok "$trace: a replay of slop 50us has the same" [ "$(jq '.bounds[1].guest' out.json)" = "$(jq '.cells[1].bound.guest' replay.json)" ]
	ok "$trace: times as many" [ "$(jq '.cells[1] | .timer_interrupts.total * 1000 / .bound.with_hv | floor' replay.json)" = \
		"$(jq '.cells[1].bound.multiple_milli' replay.json)" ]
	ok "$trace: no policy that pends in time takes fewer" [ "$(jq '.cells[0].bound.multiple_milli >= 1000' replay.json)" = true ]
	cp out.json exits.json
	bound --free-rides none "$corpus/$trace.vtt" && cp out.json none.json
	bound --free-rides all "$corpus/$trace.vtt" && cp out.json all.json
	ok "$trace: rides save interrupts" [ "$(jq -s '[range(3) as $i | .[0].bounds[$i].with_hv >= .[1].bounds[$i].with_hv and
		.[1].bounds[$i].with_hv >= .[2].bounds[$i].with_hv] | all' none.json exits.json all.json)" = true ]
done

# By hand: two deadlines that one interrupt serves, one that an exit serves, one that the guest ends.
cat >hand.txt <<'END'
{"clock_hz":1000000000,"end":1000000,"lps":1,"vps":[{"domain":0,"vcpu":0,"name":"a"},{"domain":1,"vcpu":0,"name":"b"}],"host_model":{"tick_hz":0,"slice_ns":0,"slop_ns":0}}
{"time":0,"event":"sched_in","vp":0,"lp":0}
{"time":10,"event":"arm","vp":0,"dev":"lapic","deadline":1000,"period":0}
{"time":20,"event":"sched_out","vp":0,"reason":"block"}
{"time":30,"event":"sched_in","vp":1,"lp":0}
{"time":40,"event":"arm","vp":1,"dev":"lapic","deadline":1040,"period":0}
{"time":5000,"event":"arm","vp":1,"dev":"lapic","deadline":6000,"period":0}
{"time":6020,"event":"exit","vp":1,"reason":1}
{"time":7000,"event":"arm","vp":1,"dev":"lapic","deadline":8000,"period":0}
{"time":8000,"event":"disarm","vp":1}
END
ok "by hand" "$vtick" import text hand.txt -o hand.vtt
bound --slack 0,50 hand.vtt
ok "... without slack: 1000, 1040, 6000" is '.bounds[0].guest' 3
ok "... with 50 ns: 1040, and 6000 rides" is '.bounds[1].guest' 1
bound --slack 50 --free-rides none hand.vtt
ok "... without rides: 1040, 6050" is '.bounds[0].guest' 2
ok "as text" sh -c '"$1" bound --slack 50 hand.vtt | tail -n 1 | grep -q "^  50ns *all *1 "' sh "$vtick"

ok "a result with bounds compares to itself" "$vtick" compare replay.json replay.json
ok "... by its rule" "$vtick" compare --which bound.multiple_milli replay.json
jq 'del(.cells[].bound)' replay.json >without.json
code "... and not to one without" 2 "$vtick" compare without.json replay.json
jq '.cells[1].bound.guest = .cells[1].bound.with_hv + 1' replay.json >wrong.json
code "more for guests than in all is refused" 2 "$vtick" compare replay.json wrong.json

"$vtick" replay --bound -p virtual-2005 "$corpus/kvm-4x2-all.vtt" -o below.json >out.txt 2>err.txt
ok "below the least: named" grep -q 'virtual-2005: 0\.[0-9]* of the least.*wake-ups lost' out.txt
code "no bound in a closed loop" 2 "$vtick" replay --bound --closed-loop "$corpus/kvm-4x2-all.vtt"
code "a slack that is none" 2 "$vtick" bound --slack 1,2,x "$corpus/pvh2.vtt"
code "no trace" 2 "$vtick" bound /dev/null
finish
