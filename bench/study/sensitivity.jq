# SPDX-License-Identifier: GPL-2.0-only
# A row of bench/SENSITIVITY.md. The cells are those that sensitivity.sh asks for, in its order. Arguments: $what, $skew.
def hundredths: . * 100 | round | (. / 100 | floor | tostring) + "." + (. % 100 + 100 | tostring | .[1:]);
def us: if . == null then "-" else . / 1000 | floor end;
def rate: .timer_interrupts.total * 1000000000 / .trace.duration_ns / .trace.lps | round;
def skew: .firing_skew_ns[$skew] | "\(.p99 | us), \(.max | us)";
def of1000($n): if $n == 0 then "-" elif . > 0 and . * 1000 < $n then "<1" else . * 1000 / $n | floor end;
def breaks: .ticks.due as $due | .causality_breaks | of1000($due);
.cells as [$nearest, $current, $virtual, $keep, $remove]
| [$what, ($nearest | rate), ($virtual | rate),
	($nearest.timer_interrupts.total / $virtual.timer_interrupts.total | hundredths),
	$virtual.ac_timer_list.guest_len_max, $keep.ac_timer_list.guest_len_max,
	($current | skew), ($virtual | skew),
	($remove.wakeups | .due as $due | .lost | of1000($due)),
	($nearest | breaks), ($current | breaks), ($virtual | breaks), ($remove | breaks)]
| "| " + (map(tostring) | join(" | ")) + " |"
