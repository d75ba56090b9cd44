# SPDX-License-Identifier: GPL-2.0-only
# What tree-reach.awk says, in words, of `of` traces.

function names(list, n,  i, a, text)
{
	split(list, a, " ")
	for (i = 1; i <= n && i <= 3; i++)
		text = text (i > 1 ? ", " : "") a[i]
	return text (n > 3 ? " and " n - 3 " more" : "") " (" n " of " of ")"
}

function missing(lines)
{
	if (lines == "?")
		return "; it is the function: whether what differs of it is reached is not known"
	return lines ? "; not reached, of its changed lines: " lines : ""
}

NR > 12 {
	more++
	next
}
$1 == "came" { printf "- `%s`: %s%s\n", $2, names($4, $3), missing($5) }
$1 == "entered" {
	printf "- `%s`: its changed lines are not reached by these traces; the function is: %s\n", $2, names($4, $3)
}
$1 == "never" { printf "- `%s`: not reached by these traces\n", $2 }
$1 == "same" { print "- none: all of it is compiled, to the same instructions" }

END {
	if (more)
		printf "- and %d functions more\n", more
	if (!NR)
		print "- none: what differs is no code that is compiled here"
}
