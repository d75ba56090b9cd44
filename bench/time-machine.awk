# SPDX-License-Identifier: GPL-2.0-only
# The table of time-machine.sh, and into `parts` the neighbours that differ. It reads, between tabs:
#   built    NUMBER NAME VERSION MS      one that does not build has no version
#   numbers  NUMBER CHARGE TRACE STATUS DIGEST ALL

# A letter for each digest that is seen on a trace, in the order in which they come; with a number behind it where the
# same ticks come with other numbers.
function class(where, digest, all,  n)
{
	if (!((where, digest) in letter)) {
		n = ++letters[where]
		letter[where, digest] = n <= 26 ? substr("abcdefghijklmnopqrstuvwxyz", n, 1) : "(" n ")"
	}
	if (!((where, digest, all) in variant))
		variant[where, digest, all] = ++variants[where, digest]
	n = variant[where, digest, all]
	return letter[where, digest] (n > 1 ? n : "")
}

$1 == "built" {
	name[++versions] = $3
	version[versions] = $4
	ms[versions] = $5
}

$1 == "numbers" {
	if (!($4 in known)) {
		known[$4]
		trace[++traces] = $4
	}
	seen[$2]
	is[$2, $3, $4] = $5 == "ok" ? class($3 SUBSEP $4, $6, $7) : "!"
}

function cell(v, t,  i, text, c)
{
	for (i = 1; i <= 3; i++) {
		c = (v, charge[i], trace[t]) in is ? is[v, charge[i], trace[t]] : "-"
		text = text (i > 1 ? " " : "") c
	}
	return text
}

# Which neighbours differ, by which costs.
function part(was, now,  i, t, differ)
{
	for (i = 1; i <= 3; i++) {
		differ = 0
		for (t = 1; t <= traces; t++)
			differ += is[was, charge[i], trace[t]] != is[now, charge[i], trace[t]]
		if (differ)
			printf "%s\t%s\t%s\n", was, now, charge[i] >"parts"
	}
}

END {
	split("none own made", charge, " ")
	printf "" >"parts"
	head = "| version | of | built in CPU time |"
	line = "|---|---|--:|"
	for (t = 1; t <= traces; t++) {
		head = head " " trace[t] " |"
		line = line "---|"
	}
	print head
	print line
	for (v = 1; v <= versions; v++) {
		if (!(v in seen)) {
			printf "| | %s | does not build |\n", name[v]
			continue
		}
		row = ""
		for (t = 1; t <= traces; t++)
			row = row " " cell(v, t) " |"
		printf "| %s | %s | %.1f s |%s\n", version[v], name[v], ms[v] / 1000, row
		if (!(row in alike))
			rows[++different] = row
		alike[row] = alike[row] (alike[row] ? ", " : "") version[v]
		if (before)
			part(before, v)
		before = v
	}
	printf "\nAlike in all of it: "
	for (d = 1; d <= different; d++)
		printf "%s%s", (d > 1 ? "; " : ""), alike[rows[d]]
	print "."
}
