# SPDX-License-Identifier: GPL-2.0-only
# Of `vtick dump --json`, -v name=TRACE: lines of what is in the trace, a tab, its name.

# The value of a key that is a number.
function number(key)
{
	return match($0, "\"" key "\":[0-9]+") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : 0
}
NR == 1 { hz = number("clock_hz") }
/"event":"arm"/ {
	if ((period = number("period"))) {
		seen["periods"]++
		if (period * 1000000 / hz < 200)
			seen["periods under 200 us"]++
	} else {
		seen[/"dev":"lapic"/ ? "one-shot counts" : "deadlines"]++
	}
}
/"event":"disarm"/ { seen["stops"]++ }
/"event":"mask".*"masked":true/ { seen["masks"]++ }
/"event":"sched_in"/ {
	vp = number("vp")
	if (vp in at && at[vp] != number("lp"))
		seen["VPs on several LPs"]++
	at[vp] = number("lp")
}
END {
	for (what in seen)
		printf "%s\t%s\n", what, name
}
