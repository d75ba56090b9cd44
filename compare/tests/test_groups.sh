#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Reports for a reviewer: by policy and cause, variants that move alike in one line, worst first, the geometric mean
# over the traces, ten lines and the rest behind an option.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

# Three variants of virtual and passthrough on four traces.
"$vtick" replay -p virtual -p virtual:switch=keep -p virtual:block=remove -p passthrough \
	"$top/traces/corpus/pvh2.vtt" -o one.json >/dev/null || exit 1
jq '.cells |= [range(4) as $t | .[] | .trace.name = "trace-\($t)"]' one.json >many.json

# json FILTER...: the groups of many.json against cand.json, edited by the filters.
json()
{
	jq -L "$top/ci/tests" "include \"edits\"; $1" many.json >cand.json || exit 1
	"$vtick" compare --fail-on change --format json many.json cand.json >out.txt 2>err.txt
	[ $? = 1 ] || echo "the gate did not fail"
}
virtual='.cells[] | select(.policy.name == "virtual")'

# ---- one regression of one policy ----

json "($virtual).firing_skew_ns.pend |= (.sum *= 2 | .max += 1 | .p50 += 1 | .p90 += 1 | .p99 += 1 | .histogram[-1][0] += 128)"
ok "one cause is one group" jq -e '.groups | length == 1 and (.[0] | .policy == "virtual" and .cause == "firing_skew_ns.pend"
	and .metric == "firing_skew_ns.pend.sum" and .cells == 12 and .cells_compared == 12 and .traces == 4
	and (.variants | length) == 3 and .variants_compared == 3 and .metrics == 72 and .verdict == "worse")' out.txt
ok "its mean" jq -e '.groups[0].mean | .cells == 12 and .ratio > 1.999999 and .ratio < 2.000001' out.txt
ok "the first line names policy, cause and size" jq -e '.headline |
	test("gate failed: virtual \\(3 variants\\), 4 traces: firing_skew_ns.pend.sum \\+100.0 % in the mean, most in trace-")' out.txt
"$vtick" compare --fail-on change many.json cand.json >text.txt
ok "one line of text" [ "$(grep -c '^[-+~!?] firing' text.txt)" = 1 ]
ok "its policy over it" grep -q '^virtual, 3 variants, 4 traces: .*; 72 fail$' text.txt

# ---- the mean ----

json "($virtual | select(.trace.name == \"trace-0\")).hardware_writes *= 4"
ok "the mean is over all traces: 4, 1, 1, 1" jq -e '.groups[0].mean | .cells == 12 and (.ratio - pow(4; 1/4) | fabs) < 0.000001' out.txt
json "($virtual).hardware_writes *= 2
	| ($virtual | select(.trace.name != \"trace-0\")).hardware_writes |= (. / 4 | floor)"
ok "2 and 1/2, 1/2, 1/2" jq -e '.groups[0].mean.ratio - pow(2; -1/2) | fabs < 0.01' out.txt
json "($virtual | select(.trace.name == \"trace-3\")) |= become(\"ticks\"; \"delivered\"; \"missed\"; 5)
	| ($virtual | select(.trace.name == \"trace-1\")) |= become(\"ticks\"; \"delivered\"; \"missed\"; 7)"
ok "a baseline of 0 is in no mean, and named" jq -e '.groups[0] | .metric == "ticks.missed" and .mean.ratio == null and .mean.from_zero == 6
	and .worst.trace == "trace-1" and .worst.candidate == 7' out.txt
ok "... in the first line, too" jq -e '.headline | test("virtual \\(3 variants\\), 2 of 4 traces: ticks.missed 6 from 0, most in trace-1, ")' out.txt

# ---- variants ----

one="$virtual | select(.policy.params.switch == \"keep\")"
json "($one).exits.arm += 1"
ok "a variant alone bears its name" jq -e '.groups | length == 1 and .[0].variants == ["virtual:block=keep,switch=keep"]' out.txt
json "($virtual).exits.arm += 2 | ($one).exits.arm -= 3"
ok "one that moves the other way has its own line" jq -e '[.groups[] | [.verdict, (.variants | length)]] == [["worse", 2], ["better", 1]]' out.txt
json "(.cells[]).hardware_writes += 1"
ok "policies are told apart" jq -e '[.groups[].policy] | sort == ["passthrough", "virtual"]' out.txt
ok "... in the first line, too" jq -e '.headline | test("; 1 more policy$")' out.txt

# ---- order ----

json "($virtual).hardware_writes *= 2 | (.cells[] | select(.policy.name == \"passthrough\")) |= become(\"ticks\"; \"delivered\"; \"missed\"; 1)
	| ($virtual).digest = \"0123456789abcdef\" | ($one).exits.arm -= 1"
ok "what guests lost comes first, what only changed last; policies stay together" jq -e '[.groups[] | .cause] ==
	["ticks", "hardware_writes", "exits.arm", "digest"]' out.txt
json "(.cells[].ac_timer_list.per_lp[0].len_mean_milli) += 1"
ok "a part belongs to its total's cause" jq -e '[.groups[] | [.cause, .metric]] | unique ==
	[["ac_timer_list.len", "ac_timer_list.per_lp[].len_mean_milli"]]' out.txt

# ---- every row is in one group ----

"$vtick" compare --format json --base passthrough --candidate virtual:switch=keep many.json >out.txt
ok "all rows, once" jq -e '([.groups[].metrics] | add) == ([.cells[].metrics[] | select(.verdict != "same")] | length)' out.txt
jq -L "$top/ci/tests" "include \"edits\"; ($virtual) |= (irqs(1) | .hardware_writes += 1 | .exits.arm += 1 | .exits.guest_timer += 1
	| .idle.longest_ns -= 1 | become(\"ticks\"; \"delivered\"; \"coalesced\"; 1)
	| .causality_breaks += 1 | .guest_clock_error_ns += 1
	| .hv_clock_error_ns += 1 | .ac_timer_list.adds += 1 | .ac_timer_list |= (.len_max += 1 | .per_lp[0].len_max = .len_max)
	| .firing_skew_ns.pend.max += 1 | .firing_skew_ns.policy.max += 1)" many.json >cand.json
causes=$("$vtick" compare --format json many.json cand.json | jq '.groups | length')
"$vtick" compare many.json cand.json >text.txt
ok "ten lines of $causes" [ "$(grep -c '^[-+~!?] [a-z_]*[._]' text.txt)" = 10 ]
ok "and how many more" grep -q "^and $((causes - 10)) more, --rows 0 shows all$" text.txt
"$vtick" compare --rows 0 many.json cand.json >text.txt
ok "all of them" [ "$(grep -c '^[-+~!?] [a-z_]*[._]' text.txt)" = "$causes" ]
"$vtick" compare --each --base passthrough --candidate virtual:switch=keep many.json >text.txt
ok "each of the rows" [ "$(grep -c '^[-+~!?]  trace-' text.txt)" = "$(jq '[.cells[].metrics | length] | add' out.txt)" ]

# ---- rules ----

echo '{"schema": "vtick.rules/1", "rules": [{"metric": "exits.*", "ignore": true}, {"metric": "hardware_writes", "absolute": 5}]}' >rules.json
jq "($virtual) |= (.exits.arm += 1 | .hardware_writes += 2 | .guest_clock_error_ns += 1)" many.json >cand.json
"$vtick" compare --rules rules.json many.json cand.json >text.txt
tr -s ' \n' ' ' <text.txt >flat.txt
ok "what is within a limit, and behind it what rules ignore" grep -q \
	'hardware_writes .*; within (rules.json rules\[1\]: 5) .* exits.arm .*; ignored (rules.json rules\[0\])' flat.txt
ok "what fails says it in the line of its policy" grep -q '^virtual, .*; 12 fail$' text.txt
finish
