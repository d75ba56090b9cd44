# SPDX-License-Identifier: GPL-2.0-only
# The tables of FIDELITY.md from the results of fidelity.sh, whose files tell which is which.
def row: "| " + (map(tostring) | join(" | ")) + " |";
def hundredths: . as $n | "\($n / 100 | floor).\($n % 100 + 100 | tostring | .[1:])";
def percent: if . == null then "-" else . / 100 | floor | hundredths end;
def time: if . == null then "-" elif . < 0 then "-" + (-. | time)
	elif . < 1000000 then "\(. / 1000 | floor) us" else "\(. / 10000 | floor | hundredths) ms" end;
def pair: if . == null or .precision_ppm == null and .recall_ppm == null then "-" else "\(.precision_ppm | percent) \(.recall_ppm | percent)" end;
def more: if . == null then "-" else (if . > 0 then "+" else "" end) + (if . < 0 then "-" + (-. | percent) else percent end) end;
reduce inputs as $in ({}; .[$in.provenance.command | capture("-o \\S*/(?<file>[^/]*)[.]json").file] = $in.cells) | . as $r |
"How late the recorded hypervisor was itself, and the window that follows:", "",
(["trace", "class", "expiries", "of no deadline", "p50", "p90", "p99", "largest", "window", "from"] | row), "|---|---|--:|--:|--:|--:|--:|--:|--:|---|",
(($r.kvm + $r.xen)[] | .fidelity as $f | [.trace.name, .trace.class, $f.lateness_ns.count, $f.lateness_ns.without_deadline, ($f.lateness_ns | .p50, .p90, .p99, .max | time), ($f.window_ns | time),
	$f.window_from] | row),
"", "Precision and recall in percent within that window; chance: how much of the time is that near to a
predicted expiry; count: more or fewer predicted than observed, in percent; out: events left out:", "",
(["trace", "expiries", "chance", "count", "injections", "count", "out", "interrupts", "count"] | row), "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
(($r.kvm + $r.xen)[] | .fidelity as $f | [.trace.name, ($f.expiries | pair, (.by_chance_ppm | percent), (.count_error_ppm | more)),
	($f.injections | pair, (.count_error_ppm | more), (if . then .left_out | add else "-" end)),
	($f.machine_interrupts | pair, (.count_error_ppm | more))] | row),
"", "The same within 200 us, and by halves of the trace (`--window 200us`):", "",
(["trace", "expiries", "chance", "first half", "second half", "injections", "chance", "first half", "second half"] | row),
"|---|--:|--:|--:|--:|--:|--:|--:|--:|",
(($r["kvm-200us"] + $r["xen-200us"])[] | [.trace.name, (.fidelity | .expiries, .injections |
	pair, (.by_chance_ppm | percent), (.first_half | pair), (.second_half | pair))] | row),
"", "Expiries by what the VP did at the deadline, within 1 ms, by the design that was recorded, which
keeps the timer of a preempted VP, and by two that stop it:", "",
(["trace", "policy", "running", "preempted", "blocked"] | row), "|---|---|--:|--:|--:|",
($r.parts[] | [.trace.name, .policy.name, (.fidelity.expiries | .running, .preempted, .blocked | pair)] | row),
"", "Injections of Xen's periodic timers within 1 ms, with `align=yes`, the first tick of a period
moved to a multiple of it, and `align=no`:", "",
(["trace", "align=yes", "align=no"] | row), "|---|--:|--:|",
([$r.given, $r["xen-1ms"]] | transpose[] | select(.[0].fidelity.injections) | [.[0].trace.name, (.[] | .fidelity.injections | pair)] | row),
"", "The second half within 200 us, and its interrupts within the capture's own lateness too, without
costs, with costs that the first half tells (`vtick info --costs --half`), and with these and the
stretches away that the recording tells (`--away recorded`):", "",
(["trace", "costs", "expiries", "median distance", "injections", "median distance", "interrupts", "median distance", "within its lateness", "count"] | row), "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
($costed | split(" ")[] as $name | ("free", "costs", "away") as $how | $r["\($how)-\($name)"] | select(.) | .[0].fidelity |
	[$name, {free: "none", costs: "first half", away: "first half, away recorded"}[$how], (.expiries, .injections, .machine_interrupts | .second_half | pair, (.dt_ns.abs_p50 | time)),
	($r["wide-\($how)-\($name)"][0].fidelity.machine_interrupts | if . then .second_half | pair else "-" end),
	(.machine_interrupts.second_half.count_error_ppm | if . then more else "-" end)] | row)
