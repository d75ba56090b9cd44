# SPDX-License-Identifier: GPL-2.0-only
# From the lines of packets.awk: for how many ns the lists of the LPs of -v group= were how long, as ac_timer_list.by_time_ns
# of a result has it (with a clock of 1 GHz); -v end= is when the trace ends. Before the first line of an LP its list is empty.
BEGIN { FS = "\t" }
$1 == "COUNTER" && index($3, group "/LP ") == 1 {
	if ($2 - since[$3] > 0) time[len[$3] + 0] += $2 - since[$3]
	len[$3] = $4
	since[$3] = $2
}
END {
	for (lp in len) if (end > since[lp]) time[len[lp]] += end - since[lp]
	for (l in time) printf "%d %d\n", l, time[l]
}
