# SPDX-License-Identifier: GPL-2.0-only
# Of fidelity.sh: a row for each cell of a pair's recording. $kernel: whose it is.
def percent: . / 100 | round | . / 100 | tostring | if test("\\.") then if test("\\.[0-9]$") then . + "0" else . end else . + ".00" end;
def signed: percent | if startswith("-") then . else "+" + . end;
.cells[] | .policy.params.late as $late | .fidelity.expiries |
"| \($kernel) | \($late) | \(.observed) | \(.predicted), \(.count_error_ppm | signed) % | \(.precision_ppm | percent) \(.recall_ppm | percent) | \(.by_chance_ppm | percent) |"
