# SPDX-License-Identifier: GPL-2.0-only
# trace-cmd report -t, clock mono: silences of a CPU of more than 1 ms in which an hrtimer was due that expires more than
# 1 ms late. A line for each: CPU, when it went (as long before the first of them was due as it was late, or behind what
# was heard last), when the last one expired, if that is how the CPU is heard of again; else, if that is 1 ms later, when
# it was heard of. In ns.
# ns of a day don't fit what awk counts exactly, so seconds of the first stamp are taken off.
function ns(text, part) { split(text, part, "."); return (part[1] - base) * 1000000000 + part[2] }
function mono(text) { return (substr(text, 1, length(text) - 9) - base) * 1000000000 + substr(text, length(text) - 8) }
function field(name) {
	return match($0, " " name "=[0-9a-fx]+") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2) : ""
}
# Silence number i of the CPU ends with this expiry, or ended when it was heard of.
function away(i, key, end) {
	key = cpu " " i
	end = i == silences[cpu] && silent[cpu] && now - since[key] <= 1000000 ? now : since[key]
	# A few us lie between the clock of timers and that of stamps.
	if (before[key] > due + 5000 || end <= due || (end < now && end - due <= 1000000 && !(key in from))) return
	if (!(key in from)) { order[++n] = key; until[key] = end - first; from[key] = due - first }
	if (due - first < from[key]) from[key] = due - first
	if (end == now && now - first > until[key]) until[key] = now - first
}
!match($0, /\[[0-9]+\] +[0-9]+\.[0-9]+: /) { next }
{
	split(substr($0, RSTART + 1, RLENGTH - 1), at, " ")
	cpu = at[1] + 0
	sub(":", "", at[2])
	if (!base) { split(at[2], start, "."); base = start[1]; first = ns(at[2]) }
	now = ns(at[2])
	# Behind a silence, until something else than interrupts happens there.
	if (cpu in last && now - last[cpu] > 1000000) {
		key = cpu " " ++silences[cpu]
		before[key] = last[cpu]
		since[key] = now
		silent[cpu] = 1
	}
	last[cpu] = now
}
/ hrtimer_start: / { expires[field("hrtimer")] = mono(field("expires")) }
/ hrtimer_expire_entry: / && (timer = field("hrtimer")) in expires {
	due = expires[timer]
	if (mono(field("now")) - due <= 1000000) next
	for (i = silences[cpu]; i && i > silences[cpu] - 4; i--) away(i)
}
/ sched_switch: | kvm_entry: / { silent[cpu] = 0 }
# It was away for as long before, if it was not heard of.
function went(key, since) {
	since = 2 * from[key] - until[key]
	return since > before[key] - first ? since : before[key] - first
}
END { for (i = 1; i <= n; i++) { split(order[i], part, " "); printf "%d %d %d\n", part[1], went(order[i]), until[order[i]] } }
