#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --against-recording: the result with it, and without it; what it says of traces that hold nothing; its usage.
# shellcheck disable=SC2016,SC2317 # what jq calls by $ is its own; functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

corpus=$top/traces/corpus
kvm=$corpus/kvm-live-2x2.vtt
design="kvm-hrtimer:hv-tick=0"

"$vtick" replay -p "$design" -p passthrough "$kvm" "$corpus/pvh2.vtt" >plain.json 2>err.txt
"$vtick" replay -p "$design" -p passthrough --against-recording -o with.json "$kvm" "$corpus/pvh2.vtt" >table.txt 2>>err.txt
ok "nothing on stderr" [ ! -s err.txt ]
ok "nobody asked: no such key" jq -e '[.cells[] | has("fidelity")] | any | not' plain.json >/dev/null
ok "it changes nothing else" sh -c 'jq "del(.provenance)" plain.json >1.json && jq "del(.provenance, .cells[].fidelity)" with.json >2.json && cmp 1.json 2.json'

"$vtick" replay -j 1 -p "$design" -p passthrough --against-recording "$kvm" "$corpus/pvh2.vtt" >one.json
ok "the same for every -j" same one.json with.json

# The parts add up, and shares are what they say.
ok "halves and states add up" jq -e '
	def kinds: .fidelity | (.expiries, .injections, .machine_interrupts) | select(.);
	def sum($parts; $key): . as $k | [$parts[] | $k[.] // empty | .[$key]] | add;
	[.cells[] | kinds | . as $k | ("predicted", "observed", "matched") | . as $key | $k |
		.[$key] == sum(["first_half", "second_half"]; $key) and
		.[$key] == sum(["running", "preempted", "blocked", "busy", "idle"]; $key)] | all and length >= 20' with.json >/dev/null
ok "precision and recall" jq -e '[.cells[].fidelity.expiries | select(.) |
	.precision_ppm == (.matched * 1000000 / .predicted | floor) and .recall_ppm == (.matched * 1000000 / .observed | floor)] | all' with.json >/dev/null
ok "all that was observed is compared or left out" jq -e '[.cells[] | .observed as $seen | .fidelity |
	(.expiries | select(.) | .observed + .left_out.unseen_observed + .left_out.lost_observed == $seen.fires),
	(.injections | select(.) | .observed + .left_out.unseen_observed + .left_out.lost_observed == $seen.pends),
	(.machine_interrupts | select(.) | .observed + .left_out.lost_observed == $seen.hv_irqs)] | all' with.json >/dev/null
ok "the window is the lateness" jq -e '.cells[0].fidelity | .window_from == "lateness p99" and .window_ns == .lateness_ns.abs_p99' with.json >/dev/null
ok "no expiries: 1 ms" jq -e '.cells[2].fidelity | .window_from == "default" and .window_ns == 1000000 and .expiries == null' with.json >/dev/null
ok "a live recording is replayed: 98 %" jq -e '.cells[0].fidelity | [.expiries, .injections | .precision_ppm, .recall_ppm] | all(. >= 980000)' with.json >/dev/null
ok "the table shows it" grep -q ' injections  *99\.9' table.txt
ok "... and what is not recorded" grep -q 'the recording says nothing about machine timer interrupts' table.txt

"$vtick" replay -p "$design" --against-recording --window 50us "$kvm" >narrow.json
ok "--window" jq -e '.cells[0].fidelity | .window_from == "given" and .window_ns == 50000 and .expiries.dt_ns.max <= 50000 and
	.expiries.dt_ns.min >= -50000' narrow.json >/dev/null
"$vtick" replay -p "$design" --against-recording --window 20ms "$kvm" >wide.json
ok "a wider window finds more" [ "$(jq .cells[0].fidelity.expiries.recall_ppm wide.json)" -gt "$(jq .cells[0].fidelity.expiries.recall_ppm narrow.json)" ]

ok "nothing observed: exit 0" "$vtick" replay --against-recording -o nothing.json "$corpus/xen-pv-1g.vtt" >table.txt
ok "... three times null" jq -e '[.cells[].fidelity | .expiries, .injections, .machine_interrupts] | all(. == null)' nothing.json >/dev/null
ok "... and said so" [ "$(grep -c 'the recording says nothing about' table.txt)" = 3 ]

# A design that takes a preempted VP's timer off the list does not do what KVM did to them.
"$vtick" replay -p virtual:hv-tick=0 -p "$design" --against-recording "$corpus/kvm-4x2-all.vtt" >designs.json
ok "designs are told apart" jq -e '[.cells[].fidelity.expiries.preempted.recall_ppm] | .[0] < 500000 and .[1] > 980000' designs.json >/dev/null

# Of two results the shares are compared, their parts are not missed.
"$vtick" compare --each --base virtual --candidate kvm-hrtimer designs.json >compare.txt 2>&1
ok "compare knows its numbers" grep -q '^+ .* fidelity.expiries.recall_ppm' compare.txt
ok "... and has none that it does not know" sh -c '! grep -q "does not know" compare.txt'
"$vtick" compare with.json with.json >compare.txt 2>&1
ok "a result with it equals itself" [ "$?" = 0 ]

fails "--window alone" '--window is given without --against-recording' "$vtick" replay --window 1ms "$kvm"
fails "--window without a time" "--window is 'x', expected a time" "$vtick" replay --against-recording --window x "$kvm"
fails "--window beyond reason" "--window is '1001s'" "$vtick" replay --against-recording --window 1001s "$kvm"
head -c 100000 "$kvm" >cut.vtt
ok "a trace that is cut off" "$vtick" replay -p "$design" --against-recording cut.vtt >cut.json 2>err.txt
ok "... has fidelity too" jq -e '.cells[0].fidelity.expiries.matched > 0' cut.json >/dev/null
finish
