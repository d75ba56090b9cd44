# SPDX-License-Identifier: GPL-2.0-only
# A result of vtick replay to a line for each cell. Integers only, and what floor takes away is far below a
# picture's line. Arguments: $guests, $policies (policies.json, slurped).
def per($n): if $n == 0 then 0 else . / $n | floor end;
def skew: { p50_ns: .p50, p99_ns: .p99, max_ns: .max };
.cells
| ($policies[0] | length) as $n
| to_entries[]
| $policies[0][.key % $n] as $policy
| .value
| {
	guests: $guests,
	lps: .trace.lps,
	domains: (.trace.name | tonumber),
	vps: .trace.vps,
	policy: $policy.key,
	status,
	irqs_per_s_lp_milli: (.timer_interrupts.total * 1000000000 / .trace.duration_ns * 1000 / .trace.lps | floor),
	irqs: (.timer_interrupts | { total, guest, hypervisor, both, spurious }),
	guest_len_max: .ac_timer_list.guest_len_max,
	guest_len_mean_milli: .ac_timer_list.guest_len_mean_milli,
	pend: (.firing_skew_ns.pend | skew),
	policy_skew: (.firing_skew_ns.policy | skew),
	delivery: (.firing_skew_ns.delivery | skew),
	ticks: .ticks,
	wakeups: .wakeups,
	lost_of_1000: (.wakeups | .due as $due | .lost * 1000 | per($due)),
	late_of_1000: (.wakeups | .due as $due | .late * 1000 | per($due)),
	hv_clock_error_ns,
	guest_clock_error_ns,
	causality_breaks,
	digest
}
