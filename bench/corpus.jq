# SPDX-License-Identifier: GPL-2.0-only
# The rows of a trace: what was recorded, and each policy.
def row: "| " + (map(tostring) | join(" | ")) + " |";
def fixed($digits): pow(10; $digits) as $p | . * $p | round | (. / $p | floor | tostring) + "." +
	(. % $p + $p | tostring | .[1:]);
def per($n): if $n == 0 then "-" else . / $n | fixed(2) end;
def share: if . == null then "-" else . / 10000 | fixed(1) end;
def pair: if . == null or (.precision_ppm == null and .recall_ppm == null) then empty
	else "\(.precision_ppm | share) \(.recall_ppm | share)" end;
def fidelity: [("expiries", "injections", "machine_interrupts") as $kind | .fidelity[$kind] | pair |
	"\($kind | sub("machine_"; "")) \(.)"] | if length > 0 then join(", ") else "the recording does not say" end;
($policies | [splits("\\s+")]) as $names | [.cells, $names] | transpose | . as $rows |
([$rows[][0] | select(.policy.name == $recorded)][0]) as $r |
([$r.trace.name, "*\($recorded), as recorded: \($r | fidelity)*", "", "", "", "", "", "", "", ""] | row),
($rows[] | . as [$c, $name] | $c.ticks.delivered as $ticks | $c.timer_interrupts.total as $irqs | ["", "`\($name)`", $irqs,
	($c.ac_timer_list.fires | per($irqs)), $c.hardware_writes,
	($c.exits | .arm + .fire + .guest_timer | per($ticks)), ($c.arms.total | per($ticks)),
	"\($c.ac_timer_list.guest_len_mean_milli / 1000 | fixed(2)), \($c.ac_timer_list.guest_len_max)",
	"\($c.wakeups.late), \($c.wakeups.lost)", ($c.hypervisor_ns.per_tick // "-")] | row)
