# SPDX-License-Identifier: GPL-2.0-only
# trace-cmd report -t, clock mono: hrtimers that expire more than 1 ms late on a CPU without any record since
# they were due. A line for each such silence: CPU, when the first of them was due, when the first expired, in ns.
# ns of a day don't fit what awk counts exactly, so seconds of the first stamp are taken off.
function ns(text, part) { split(text, part, "."); return (part[1] - base) * 1000000000 + part[2] }
function mono(text) { return (substr(text, 1, length(text) - 9) - base) * 1000000000 + substr(text, length(text) - 8) }
function field(name) {
	return match($0, " " name "=[0-9a-fx]+") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2) : ""
}
!match($0, /\[[0-9]+\] +[0-9]+\.[0-9]+: /) { next }
{
	split(substr($0, RSTART + 1, RLENGTH - 1), at, " ")
	cpu = at[1] + 0
	sub(":", "", at[2])
	if (!base) { split(at[2], start, "."); base = start[1]; first = ns(at[2]) }
	now = ns(at[2])
	# Behind a silence, until something else than interrupts happens there.
	if (cpu in last && now - last[cpu] > 1000000) { silent[cpu] = 1; before[cpu] = last[cpu] }
	last[cpu] = now
}
/ hrtimer_start: / { expires[field("hrtimer")] = mono(field("expires")) }
/ hrtimer_expire_entry: / && silent[cpu] && (timer = field("hrtimer")) in expires {
	due = expires[timer]
	# A few us lie between the clock of timers and that of stamps.
	if (mono(field("now")) - due <= 1000000 || before[cpu] > due + 5000) next
	key = cpu " " before[cpu]
	if (!(key in from)) { order[++n] = key; until[key] = now - first; from[key] = due - first }
	if (due - first < from[key]) from[key] = due - first
}
/ sched_switch: | kvm_entry: / { silent[cpu] = 0 }
END { for (i = 1; i <= n; i++) { split(order[i], part, " "); printf "%d %d %d\n", part[1], from[order[i]], until[order[i]] } }
