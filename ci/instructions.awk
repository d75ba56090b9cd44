# SPDX-License-Identifier: GPL-2.0-only
# The verdict and a row for each run, from "CELL BASE BASE-ALL NOW NOW-ALL". Exit code 1 if one grew beyond the limit.
function growth(now, before) { return (now - before) * 100 / before }
# A few instructions less are none: which sign they have is chance.
function shown(percent,   text) { text = sprintf("%+.2f%%", percent); return text == "-0.00%" ? "+0.00%" : text }
BEGIN {
	rows = sprintf("%-12s %14s %14s %8s %8s\n", "cell", "base", "now", "growth", "with libraries")
}
$2 == "-" {
	rows = rows sprintf("%-12s %14s %14.0f   not compared: the base cannot run it\n", $1, "", $4)
	next
}
{
	own = growth($4, $2)
	all = growth($5, $3)
	rows = rows sprintf("%-12s %14.0f %14.0f %8s %8s\n", $1, $2, $4, shown(own), shown(all))
	if (own > limit || all > limit) worse = worse " " $1
}
END {
	if (worse) printf "instructions: more than %d %% more than %s:%s\n", limit, ENVIRON["base"], worse
	else printf "instructions: at most %d %% more than %s\n", limit, ENVIRON["base"]
	printf "%s", rows
	if (worse) {
		print "If it is worth it, say so in the commit, with a trailer:"
		print "    Instructions: +N % because ..."
	}
	exit worse != ""
}
