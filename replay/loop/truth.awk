# SPDX-License-Identifier: GPL-2.0-only
# What a trace of `vtick gen --hypervisor virtual` shows, from `vtick dump`, as JSON. $cost: ns of an interrupt, `end`: of the trace.

# The part of the hypervisor's last work on the LP that lies between two times.
function stolen(lp, from, to) {
	if (busy_from[lp] > from)
		from = busy_from[lp]
	if (busy_to[lp] < to)
		to = busy_to[lp]
	return to > from ? to - from : 0
}
function close_run(lp, to) {
	work += to - in_at[lp] - stolen(lp, in_at[lp], to)
}
{ time = $2; lp = $4; vp = $5 + 0 }
$6 == "wake" { wakeups++ }
$6 == "sched_in" { runs[lp] = 1; in_at[lp] = time; on[vp] = lp }
$6 == "sched_out" { close_run(on[vp], time); runs[on[vp]] = 0 }
$6 == "obs_hv_irq" {
	interrupts++
	# What has been taken of the run that goes on is counted here, as the next work forgets it.
	if (runs[lp]) {
		close_run(lp, time)
		in_at[lp] = time
	}
	busy_from[lp] = time
	busy_to[lp] = time + cost
}
$6 == "arm" {
	ahead = $0
	sub(/.*\(\+/, "", ahead)
	due[vp] = time + ahead
	period[vp] = 0
	if (match($0, /period [0-9]+/))
		period[vp] = substr($0, RSTART + 7, RLENGTH - 7)
}
$6 == "disarm" { due[vp] = -1 }
$6 == "obs_pend" {
	late[ticks++] = time - due[vp]
	while (period[vp] && due[vp] <= time)
		due[vp] += period[vp]
}
END {
	for (lp in runs)
		if (runs[lp])
			close_run(lp, end)
	printf "{\"interrupts\":%d,\"ticks\":%d,\"wakeups\":%d,\"work_ns\":%.0f,\"late_ns\":[", interrupts, ticks, wakeups, work
	for (i = 0; i < ticks; i++)
		printf "%s%d", i ? "," : "", late[i]
	print "]}"
}
