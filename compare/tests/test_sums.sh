#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Numbers of a result that do not add up are refused in one line, of a golden, too; what adds up is not, however old, and
# what is only known to be so large or larger is let be.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
"$vtick" info --costs "$top/traces/corpus/kvm-live-2x2.vtt" >costs.json || exit 1
"$vtick" replay -p virtual --against-recording --costs costs.json "$top/traces/corpus/kvm-live-2x2.vtt" -o base.json \
	>/dev/null || exit 1
gives "what adds up" 0 '^same' base.json base.json

# refused METRIC FILTER PATTERN: one more of it is none that can be; the line names the cell and says what was expected.
refused()
{
	edit ".cells[0]$2 += 1"
	gives "$1" 2 "^vtick: cand.json: offset [0-9]*: the cell of trace 'kvm-live-2x2', policy 'virtual': $3" base.json cand.json
	gives "$1: on the other side" 2 "cand.json: offset [0-9]*: .*$3" cand.json base.json
}

irqs='the sum of guest, hypervisor, both and spurious'
for key in guest hypervisor both spurious; do
	refused "interrupts: $key" ".timer_interrupts.$key" "timer_interrupts.total is [0-9]*, expected [0-9]*, $irqs"
	refused "interrupts of an LP: $key" ".timer_interrupts.per_lp[1].$key" \
		"timer_interrupts.per_lp\[\].total is [0-9]*, expected [0-9]*, $irqs"
done
refused "interrupts: total" .timer_interrupts.total "timer_interrupts.total is [0-9]*, expected [0-9]*, $irqs"
refused "interrupts of idle LPs" .timer_interrupts.lp_idle "timer_interrupts.total is .*, the sum of lp_idle and lp_busy"
refused "interrupts of busy LPs" .timer_interrupts.lp_busy "timer_interrupts.total is .*, the sum of lp_idle and lp_busy"
refused "interrupts of an idle LP" '.timer_interrupts.per_lp[0].lp_idle' \
	"timer_interrupts.per_lp\[\].total is .*, the sum of lp_idle and lp_busy"
refused "exits" .exits.fire "exits.fire is [0-9]*, expected timer_interrupts.lp_busy, [0-9]*"
refused "idle wake-ups" .idle.wakeups "idle.wakeups is [0-9]*, expected timer_interrupts.lp_idle, [0-9]*"
ticks='the sum of delivered, coalesced, missed and pending_at_end'
for key in due delivered coalesced missed pending_at_end; do
	refused "ticks: $key" ".ticks.$key" "ticks.due is [0-9]*, expected [0-9]*, $ticks"
	refused "ticks of a domain: $key" ".per_domain[1].ticks.$key" "per_domain\[\].ticks.due is [0-9]*, expected [0-9]*, $ticks"
done
wakeups='the sum of on_time, late, lost and open'
for key in due on_time late lost open; do
	refused "wake-ups: $key" ".wakeups.$key" "wakeups.due is [0-9]*, expected [0-9]*, $wakeups"
	refused "wake-ups of a domain: $key" ".per_domain[0].wakeups.$key" "per_domain\[\].wakeups.due is .*, $wakeups"
done
refused "inferred" ".ticks.inferred += .cells[0].ticks.due | .cells[0].ticks.inferred" "ticks.inferred is .*, expected at most ticks.due, "
refused "a domain's inferred" '.per_domain[1].ticks.inferred' 'ticks.inferred is 0, expected 1, the sum of per_domain\[\].ticks.inferred'
refused "a list's length" .ac_timer_list.len_max "ac_timer_list.len_max is .*, expected .*, the largest of ac_timer_list.per_lp\[\].len_max"
refused "early ticks" .ticks.early 'ticks.early is 1, expected 0, the sum of per_domain\[\].ticks.early'
refused "the hypervisor's work" .hypervisor_ns.total 'hypervisor_ns.total is .*, the sum of hypervisor_ns.per_lp\[\].total'
for kind in expiries injections machine_interrupts; do
	refused "$kind: precision" ".fidelity.$kind.precision_ppm" "fidelity.$kind.precision_ppm is .*, of matched and predicted"
	refused "$kind: recall" ".fidelity.$kind.recall_ppm" "fidelity.$kind.recall_ppm is .*, of matched and observed"
	refused "$kind: their number" ".fidelity.$kind.count_error_ppm" \
		"fidelity.$kind.count_error_ppm is .*, of predicted less observed and observed"
done
edit '.cells[0].fidelity.expiries |= (.matched = .predicted + 1 | .observed += .matched)'
gives "more matched than predicted" 2 'fidelity.expiries.matched is .*, expected at most fidelity.expiries.predicted, ' base.json cand.json

# A golden is read as a result is.
"$vtick" compare --golden base.txt base.json || exit 1
sed 's/^ ticks.missed .*/ ticks.missed 7/' base.txt >cand.txt
gives "a golden" 2 "^vtick: cand.txt: line [0-9]*: .*ticks.due is [0-9]*, expected [0-9]*, $ticks" cand.txt base.json

# What results of before lack is not missed, and adds up.
for old in oldest costs against guest-timer; do
	gives "$old" 0 '^same' "$top/compare/tests/data/old/$old.json" "$top/compare/tests/data/old/$old.json"
done
jq '.cells[0].ticks.missed += 1' "$top/compare/tests/data/old/oldest.json" >cand.json
gives "an old one that does not" 2 "ticks.due is [0-9]*, expected [0-9]*, $ticks" cand.json cand.json

# Whatever is added to what stands at the limit.
edit '.cells[0] |= (.ticks.delivered = 9007199254740991 | .ticks.due = 9007199254740991
	| .per_domain[0].ticks |= (.delivered = 9007199254740991 | .due = 9007199254740991) | .saturated = ["ticks.delivered", "ticks.due"])'
gives "at the limit" 0 'same' cand.json cand.json
edit '.cells[0] |= (.timer_interrupts.per_lp[].spurious = 9007199254740990)'
gives "sums beyond all numbers" 2 "timer_interrupts.per_lp\[\].total is .*, expected [0-9]*, $irqs" cand.json cand.json
finish
