# SPDX-License-Identifier: GPL-2.0-only
# Of fidelity_summary.sh: the rows of pairs, from the tables further down in FIDELITY.md.
BEGIN { FS = " *[|] *" }
function error(p, is)
{
	return sprintf("%+.1f %%", 100 * (p - is) / is)
}
/^<!-- fidelity -->/ { kernels = 1 }
/^<!-- transfer -->/ { transfer = 1 }
/^<!-- \// { kernels = transfer = 0 }
kernels && /^\| from \| late= \|/ { rows = 1 }
kernels && rows && $2 ~ /^[56]/ && $2 != $4 {
	all[++n] = "| Linux " $2 " | Linux " $4 " | ticks of a host that is away again and again | " $5 " | " $6 " | " error($5, $6) " | - | " $7 " |"
}
transfer && /^transfer1: / {
	split($0, word, "[ ,]+")
	sub(/-[^-]*$/, "", word[2])
	to = word[2]
	from = word[4]
	sub(/-.*/, "", from)
}
transfer && /judged \|$/ && $3 == "writes /s" {
	all[++n] = "| Xen, slop " from " | slop " to " | writes/s of " $2 " | " $4 " | " $5 " | " $6 " | " $7 " | " $8 " |"
}
END {
	for (i = 1; i <= n; i++)
		print all[i]
}
