# SPDX-License-Identifier: GPL-2.0-only
# Of fidelity_summary.sh: the row of a trace. $open, $closed, $without: results.
def hundredths: . as $n | "\($n / 100 | floor).\($n % 100 + 100 | tostring | .[1:])";
def percent: . / 100 | floor | hundredths;
def found: if . == null or .precision_ppm == null or .recall_ppm == null then "-"
	else "\(.precision_ppm | percent) \(.recall_ppm | percent) (\(.by_chance_ppm | percent))" end;
$open[0].cells[0].fidelity as $f | $closed[0].cells[0].loop as $l | $without[0].cells[0].loop.near as $near |
"| \($trace) | `\($design)` | \($f.expiries | found) | \($f.injections | found) | \($f.machine_interrupts | found) | \($l.identity.same) of \($l.identity.of) | \($l.residuals.ns * 10000 / ([$closed[0].cells[0].trace | (.duration_ns * .vps), 1] | max) | floor | hundredths) | \($near.same * 10000 / ([$near.of, 1] | max) | floor | hundredths) |"
