# SPDX-License-Identifier: GPL-2.0-only
# Slices from the lines of packets.awk: BEGIN END TRACK NAME, parted by tabs, in the order of their ends; with -v from=NS
# -v to=NS cut to that window. "bad: WHAT" for slices that do not nest, or are open at the end.
BEGIN { FS = OFS = "\t" }
$1 == "SLICE_BEGIN" {
	d = ++depth[$3]; b[$3, d] = $2; n[$3, d] = $4
	if ($2 < last[$3]) print "bad: a slice of " $3 " begins before the last event there, at " $2
}
$1 == "SLICE_END" {
	d = depth[$3]--
	if (d < 1) { print "bad: a slice of " $3 " ends that never began, at " $2; next }
	if ($2 < b[$3, d]) print "bad: a slice of " $3 " ends before it begins, at " $2
	s = b[$3, d]; e = $2
	if (to != "") {
		if (e + 0 < from + 0 || s + 0 > to + 0) next
		if (s + 0 < from + 0) s = from
		if (e + 0 > to + 0) e = to
	}
	print s, e, $3, n[$3, d]
}
/^SLICE/ { last[$3] = $2 }
END { for (t in depth) if (depth[t]) print "bad: a slice of " t " is open at the end" }
