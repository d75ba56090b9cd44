# SPDX-License-Identifier: GPL-2.0-only
# From "FILE.o: SYMBOL TYPE ..." of nm the circles of files, largest first; those of `allowed` files alone may be. Files
# of two folders are two graphs.

{
	sub(/\.o:$/, "", $1)
	folder = $1
	sub(/\/.*/, "", folder)
	file[$1] = folder
	if ($3 == "U" || $3 == "w")
		needs[$1, $2] = 1
	else
		home[folder, $2] = $1
}

# visit(FROM, AT): all that can be reached from FROM.
function visit(from, at,   i, n, to)
{
	n = split(next_of[at], to, " ")
	for (i = 1; i <= n; i++)
		if (!((from, to[i]) in reach)) {
			reach[from, to[i]] = 1
			visit(from, to[i])
		}
}

function is_allowed(members,   i, n, one)
{
	n = split(members, one, " ")
	for (i = 1; i <= n; i++)
		if (index(" " allowed " ", " " one[i] " ") == 0)
			return 0
	return n <= 3
}

END {
	for (pair in needs) {
		split(pair, part, SUBSEP)
		to = home[file[part[1]], part[2]]
		if (to == "" || to == part[1])
			continue
		if (!((part[1], to) in symbols))
			next_of[part[1]] = next_of[part[1]] " " to
		symbols[part[1], to] = symbols[part[1], to] " " part[2]
	}
	for (f in file)
		visit(f, f)
	for (f in file) {
		if (f in told || !((f, f) in reach))
			continue
		members = ""
		size = 0
		for (g in file)
			if ((f, g) in reach && (g, f) in reach) {
				told[g] = 1
				members = members " " g
				size++
			}
		if (is_allowed(members))
			continue
		circles++
		print size " files in a circle:" members
		for (edge in symbols) {
			split(edge, part, SUBSEP)
			if (index(members " ", " " part[1] " ") && index(members " ", " " part[2] " "))
				print "    " part[1] " needs of " part[2] ":" symbols[edge] | "sort"
		}
		close("sort")
	}
	exit circles > 0
}
