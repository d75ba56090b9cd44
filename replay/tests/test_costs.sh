#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --costs: a profile of zeros changes nothing but for policies that wait, a real one makes interrupts last and be shared; bad ones are refused.
# shellcheck disable=SC2317 # functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

trace=$top/traces/corpus/kvm-4x2-all.vtt
profile() # FIGURE=NS...: a profile with these
{
	printf '{ "schema": "vtick.costs/1", "figures": {'
	comma=
	for figure; do
		printf '%s "%s": { "ns": %s, "source": "this test" }' "$comma" "${figure%=*}" "${figure#*=}"
		comma=,
	done
	printf ' } }\n'
}
# What the profile itself adds left out, and the designs that wait for a deadline once time can pass (kvm-*).
uncosted()
{
	jq 'del(.provenance, .cells[].hypervisor_ns, .cells[].policy.params.costs) | del(.cells[] | select(.policy.name | startswith("kvm-")))' "$1"
}
as_without()
{
	uncosted plain.json >a.txt && uncosted "$1" >b.txt && cmp a.txt b.txt
}
number() # FILE FILTER
{
	jq "$2" "$1"
}

profile >zero.costs
profile away_ns=5 away_every_ns=5 >bad.costs
fails "away for ever" "away_ns is 5, expected less than away_every_ns, 5" "$vtick" replay --costs bad.costs "$trace"
profile latency_ns=70000 base_ns=20000 per_expiry_ns=20000 exit_arm_ns=1500 hardware_write_ns=700 inject_ns=900 >some.costs
"$vtick" replay "$trace" -j2 >plain.json 2>err.txt
"$vtick" replay --costs zero.costs "$trace" >zero.json 2>err.txt
"$vtick" replay --costs some.costs "$trace" >some.json 2>err.txt
"$vtick" replay --costs some.costs -j1 "$trace" >again.json 2>err.txt
ok "zeros change nothing" as_without zero.json
ok "... and add up to what policies spend" [ "$(number zero.json '[.cells[].hypervisor_ns | .total == .spend] | all')" = true ]
ok "... which is nothing, but where one waits for a deadline" [ "$(number zero.json \
	'[.cells[] | select(.policy.name | startswith("kvm-") | not) | .hypervisor_ns.total] == [0, 0]')" = true ]
ok "without --costs there is no hypervisor_ns" [ "$(number plain.json '.cells[0] | has("hypervisor_ns")')" = false ]
ok "the same for every -j" same some.json again.json
ok "interrupts are shared" [ "$(number some.json '.cells[1].timer_interrupts.total')" -lt \
	"$(number plain.json '.cells[1].timer_interrupts.total')" ]
ok "the LPs add up" [ "$(number some.json '.cells[1].hypervisor_ns | .total == ([.per_lp[].total] | add)')" = true ]
# Whatever runs, the parts that are charged by count must be in the total.
ok "the charges add up" [ "$(number some.json '.cells[1] | .hypervisor_ns.total ==
	20000 * .timer_interrupts.total + 1500 * .exits.arm + 700 * .hardware_writes + 900 * .ticks.delivered +
	20000 * ((.hypervisor_ns.total - 20000 * .timer_interrupts.total - 1500 * .exits.arm -
	700 * .hardware_writes - 900 * .ticks.delivered) / 20000 | floor)')" = true ]
ok "per tick" [ "$(number some.json '.cells[1] | .hypervisor_ns.per_tick == (.hypervisor_ns.total / .ticks.delivered | floor)')" = true ]
"$vtick" replay --costs some.costs -p virtual -o table.json "$trace" >table.txt
ok "the table has the time per tick" grep -q "hyperv\.$" table.txt
"$vtick" replay -p virtual -o table.json "$trace" >table.txt
ok "... and without costs it has not" sh -c "! grep -q 'hyperv\.$' table.txt"
ok "the hash is a parameter" [ "$(number some.json '.cells[0].policy.params.costs == .provenance.costs.hash')" = true ]
ok "figures, not texts, make the hash" [ "$(sed 's/this test/another/' some.costs >other.costs &&
	"$vtick" replay --costs other.costs -p virtual "$trace" 2>err.txt | jq -r .provenance.costs.hash)" = \
	"$(jq -r .provenance.costs.hash some.json)" ]
code=0
"$vtick" compare plain.json some.json >out.txt 2>err.txt || code=$?
ok "costs and none are not comparable" [ "$code" = 2 ]

# A list of latencies, and timers of the host's own.
profile 'latency_ns=[10000, 70000, 200000]' per_expiry_ns=20000 own_every_ns=1000000 >list.costs
"$vtick" replay --costs list.costs "$trace" -j2 >list.json 2>err.txt
"$vtick" replay --costs list.costs -j1 "$trace" >again.json 2>err.txt
ok "a list: the same for every -j" same list.json again.json
ok "... the result has it" jq -e '.provenance.costs | .latency_ns == [10000, 70000, 200000] and .own_every_ns == 1000000' list.json >/dev/null
ok "a result without has none" jq -e '.provenance.costs | .latency_ns == 70000 and (has("own_every_ns") | not)' some.json >/dev/null
ok "another order is another profile" [ "$(sed 's/10000, 70000/70000, 10000/' list.costs >other.costs &&
	"$vtick" replay --costs other.costs -p virtual "$trace" 2>err.txt | jq -r .provenance.costs.hash)" != \
	"$(jq -r .provenance.costs.hash list.json)" ]
profile own_every_ns=1000000 >own.costs
irqs() # OPTION...: timer interrupts of no guest on LPs without a VP, of LPs without a VP for a second
{
	"$vtick" replay -p "virtual:hv-tick=100,$1" --costs own.costs none.vtt | jq -c '.cells[0].timer_interrupts | [.hypervisor, .lp_idle]'
}
printf '{"clock_hz":1000000000,"class":"synthetic","lps":2}\n{"time":0,"event":"sched_in","vp":"d1v0","lp":0}\n{"time":1,"event":"arm","vp":"d1v0","dev":"lapic","deadline":2000000000,"period":0}\n{"end":1000000000}\n' |
	"$vtick" import text - -o none.vtt || fail "a trace with an idle LP"
equal "timers of the host's own, each ms on LP 1" "$(irqs hv-tick-idle=stop)" "$(irqs hv-tick-idle=stop-at-once)"
equal "... and a tick each 10 ms on LP 0" "$(irqs hv-tick-idle=stop)" "[1100,1000]"
equal "with a tick there they are not to be seen" "$(irqs hv-tick-idle=run)" "[200,100]"

# --away recorded: the trace says when the machine was elsewhere.
cat >away.txt <<'END'
{"clock_hz":1000000000,"class":"synthetic","host_model":{"tick_hz":0}}
{"time":0,"event":"sched_in","vp":"d1v0","lp":0}
{"time":10,"event":"arm","vp":"d1v0","dev":"lapic","deadline":1000000,"period":4000000}
{"time":5000000,"event":"away","lp":0,"until":17000000}
{"end":20000000}
END
"$vtick" import text away.txt -o away.vtt || fail "a trace with AWAY"
"$vtick" replay -p virtual away.vtt >drawn.json
"$vtick" replay -p virtual --away drawn away.vtt >same.json
"$vtick" replay -p virtual --away recorded away.vtt >waits.json
"$vtick" replay -p virtual --away recorded --costs zero.costs away.vtt >waits.costed.json
ok "drawn without a profile: no interrupt waits" [ "$(number drawn.json .cells[0].firing_skew_ns.pend.max)" = 0 ]
ok "... and that is the default" sh -c "jq .cells drawn.json >a.txt && jq .cells same.json | cmp - a.txt"
# Due at 1, 5, 9, 13 and 17 ms: those of 5 to 13 wait until 17.
ok "recorded: it does, and is shared" [ "$(number waits.json '.cells[0] | [.timer_interrupts.total, .ticks.due,
	.ticks.delivered, .ticks.coalesced, .firing_skew_ns.pend.max] | tostring')" = '"[2,5,2,3,12000000]"' ]
ok "... with costs of nothing, too" sh -c "jq 'del(.cells[].hypervisor_ns, .cells[].policy.params.costs) | .cells' waits.costed.json >a.txt &&
	jq .cells waits.json | cmp - a.txt"
ok "without a profile there is no hypervisor_ns" [ "$(number waits.json '.cells[0] | has("hypervisor_ns")')" = false ]
ok "it is a parameter" [ "$(number waits.json '.cells[0].policy.params.away')" = '"recorded"' ]
code=0
"$vtick" compare drawn.json waits.json >out.txt 2>err.txt || code=$?
ok "with and without are not comparable" [ "$code" = 2 ]
for policy in virtual-vtm apic-timer-virtualization; do
	"$vtick" replay -p $policy --away recorded away.vtt >$policy.json
done
jq --slurpfile of virtual-vtm.json ".cells[0].policy = \$of[0].cells[0].policy" apic-timer-virtualization.json >other.json
"$vtick" compare --explain --explain-candidate apic-timer-virtualization virtual-vtm.json other.json >out.txt 2>err.txt
ok "--explain replays it as it was" sh -c 'grep -q "the first tick whose fate differs" out.txt && test ! -s err.txt'
for policy in virtual-vtm apic-timer-virtualization; do
	"$vtick" replay -p $policy --costs list.costs away.vtt >$policy.json
done
jq --slurpfile of virtual-vtm.json ".cells[0].policy = \$of[0].cells[0].policy" apic-timer-virtualization.json >other.json
"$vtick" compare --explain --explain-candidate apic-timer-virtualization virtual-vtm.json other.json >out.txt 2>err.txt
ok "... with a list, too" sh -c 'grep -q "the first tick whose fate differs" out.txt && test ! -s err.txt'
"$vtick" replay -p virtual --away recorded "$top/traces/corpus/pvh2.vtt" 2>err.txt >out.json
ok "a trace that does not say it: a warning" grep -q 'pvh2.vtt: warning: the trace has no AWAY events: ' err.txt
fails "no other way" "--away is 'always', expected drawn or recorded" "$vtick" replay --away always away.vtt
fails "not behind a policy" "'away' is no parameter of virtual" "$vtick" replay -p virtual:away=recorded away.vtt

head -c 100000 "$trace" >cut.vtt
ok "info --costs of a cut trace" "$vtick" info --costs cut.vtt >cut.costs 2>err.txt
ok "... with a warning" grep -q "cut.vtt: warning: the trace is cut off" err.txt
ok "... is a profile" "$vtick" replay --costs cut.costs -p virtual "$trace" >/dev/null
fails "costs of two traces" "costs is of one trace" "$vtick" info --costs "$trace" cut.vtt
fails "costs of a trace that tells none" "says nothing of the recorded hypervisor" "$vtick" info --costs "$top/traces/corpus/pvh2.vtt"

refuses() # NAME PATTERN: the profile bad.costs
{
	fails "$1" "$2" "$vtick" replay --costs bad.costs "$trace"
}
fails "no such file" 'nosuch.costs: cannot be opened' "$vtick" replay --costs nosuch.costs "$trace"
echo '{' >bad.costs && refuses "no JSON" 'bad.costs: offset [0-9]*: line 2: .*, expected JSON'
echo '{}' >bad.costs && refuses "another document" 'bad.costs: its .schema. is not "vtick.costs/1"'
echo '{ "schema": "vtick.costs/1" }' >bad.costs && refuses "no figures" 'has no object .figures'
profile latency=1 >bad.costs && refuses "an unknown figure" "'latency' is unknown, expected one of latency_ns, base_ns"
profile base_ns='[1]' >bad.costs && refuses "a list where none may be" 'base_ns has no .ns. that is an integer from 0'
profile latency_ns='[]' >bad.costs && refuses "an empty list" 'the list .ns. of latency_ns is not one of 1 to 64 integers from 0 to 1000000000'
profile latency_ns='[1, -1]' >bad.costs && refuses "a list of something else" 'the list .ns. of latency_ns is not one of 1 to 64 integers'
profile latency_ns="[$(seq -s , 65)]" >bad.costs && refuses "a long list" 'the list .ns. of latency_ns is not one of 1 to 64 integers'
profile own_every_ns=999 >bad.costs && refuses "too often" 'own_every_ns is 999, expected 0 or at least 1000'
profile base_ns=-1 >bad.costs && refuses "a negative one" 'base_ns has no .ns. that is an integer from 0'
profile base_ns=1000000001 >bad.costs && refuses "a huge one" 'base_ns has no .ns. that is an integer from 0'
sed 's/"this test"/""/' some.costs >bad.costs && refuses "one without a source" 'has no .source., expected a text'
fails "no value" "--costs lacks its value, FILE" "$vtick" replay "$trace" --costs
finish
