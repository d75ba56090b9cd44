# SPDX-License-Identifier: GPL-2.0-only
# What `perf script` prints of a KVM host, as text for `vtick import text`. WRITING-AN-IMPORTER.md
# explains it.
#
#   perf record -a -k mono -e kvm:kvm_msr -e kvm:kvm_apic -e kvm:kvm_apic_accept_irq \
#       -e kvm:kvm_eoi -e timer:hrtimer_start -e timer:hrtimer_expire_entry \
#       -e sched:sched_switch -e sched:sched_waking -e irq_vectors:local_timer_entry sleep 10
#   perf script --ns -F pid,tid,cpu,time,event,trace | awk -f perf-script.awk |
#       vtick import text -o kvm.vtt
#
# With kvm:kvm_exit and kvm:kvm_userspace_exit too, it tells a guest's halt from another sleep.
# -v class=bare-metal (nested, emulated) says what the machine was. POSIX awk.

# "578.484750635" s or "578484750635" ns, as ns since the first line. Differences first: a double
# holds 2^53.
function ns(text,    cut) {
	cut = index(text, ".") ? index(text, ".") - 1 : length(text) - 9
	if (!begun++) { second = substr(text, 1, cut); first = substr(text, cut + 2) }
	return (substr(text, 1, cut) - second) * 1000000000 + substr(text, length(text) - 8, 9) - first
}
function field(key,    at) { # the value of "key=value", or of "key value" for "key "
	at = index(" " $0, " " key)
	return at ? substr($0, at + length(key)) + 0 : -1
}
function word(key,    at, rest) {
	at = index(" " $0, " " key)
	rest = substr($0, at + length(key))
	sub(/ .*/, "", rest)
	return rest
}
function hex(text,    i, v) {
	sub(/^0x/, "", text)
	for (i = 1; i <= length(text); i++) v = v * 16 + index("123456789abcdef", substr(text, i, 1))
	return v + 0
}
function bit(v, weight) { return int(v / weight) % 2 }

# ---- the text ----
function say(event, what) { printf "{\"time\":%.0f,\"event\":\"%s\"%s}\n", now, event, what }
function of(vp) { return ",\"vp\":" vp }
function out(vp, reason) {
	say("sched_out", of(vp) ",\"reason\":\"" reason "\"")
	delete runs[on[vp]]; delete on[vp]
	blocked[vp] = reason == "block" || reason == "wait"
}
function in_(vp) { # whoever the recording left running runs no more
	if (cpu in runs) out(runs[cpu], "lost")
	if (vp in on) out(vp, "lost")
	say("sched_in", of(vp) ",\"lp\":" cpu)
	runs[cpu] = vp; on[vp] = cpu; blocked[vp] = 0
}
function arm(vp, dev, deadline, period) {
	tmict[vp] = 0
	say("arm", of(vp) sprintf(",\"dev\":\"%s\",\"deadline\":%.0f,\"period\":%.0f",
		dev, deadline < 0 ? 0 : deadline, period))
	armed[vp] = 1
}
function disarm(vp) { say("disarm", of(vp)); armed[vp] = 0 }

# A thread that raises a kvm event is a VP of its process's VM, and it runs here.
function here(    vp) {
	if (!(tid in vps)) {
		vps[tid] = n++
		printf "{\"vp\":%d,\"domain\":%d,\"vcpu\":%d,\"name\":\"%d/%d\"}\n",
			vps[tid], pid, vcpus[pid]++, pid, tid
	}
	vp = vps[tid]
	if (!(cpu in runs) || runs[cpu] != vp) in_(vp)
	return vp
}

BEGIN {
	split("4 8 16 32 64 128 1", divisor, " "); divisor[0] = 2
	printf "{\"clock_hz\":1000000000,\"source\":{\"hypervisor\":\"KVM\",\"tool\":\"perf script\"}," \
		"\"host_model\":{\"slop_ns\":0}%s}\n", class ? ",\"class\":\"" class "\"" : ""
}
$1 !~ /^[0-9]+\/-?[0-9]+$/ || $2 !~ /^\[[0-9]+\]$/ ||
		$3 !~ /^[0-9]+\.[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]:$/ {
	printf "perf-script.awk: line %d: expected what " \
		"perf script --ns -F pid,tid,cpu,time,event,trace prints\n", NR | "cat >&2"
	exit failed = 2
}
{
	split($1, id, "/"); pid = id[1]; tid = id[2]
	cpu = substr($2, 2) + 0; now = ns(substr($3, 1, length($3) - 1))
	name = $4; sub(/:$/, "", name)
	started = tid in start ? start[tid] : ""; timer = timers[tid]; delete start[tid]
	vp = tid in vps ? vps[tid] : -1
	# Not one that goes on by itself, in an interrupt of whichever thread runs.
	mine = name == "timer:hrtimer_start" && word("function=") ~ /^apic_timer_fn|^(0x)?[0-9a-f]+$/ &&
		!(word("hrtimer=") in owner && owner[word("hrtimer=")] != vp)
}
# A deadline is that of the hrtimer which KVM starts for the write, in the same thread with nothing
# between: of a write of TMICT just after its record; of one of the TSC deadline just before, and 1 us
# early (lapic_timer_advance_ns). Without one the deadline had passed.
vp >= 0 && tmict[vp] {
	if (mine) owner[word("hrtimer=")] = vp
	arm(vp, "lapic", mine ? ns(word("expires=")) : now, bit(lvtt[vp], 131072) ? period[vp] : 0)
	if (mine) next
}
mine { start[tid] = ns(word("expires=")); timers[tid] = word("hrtimer=") }
name == "timer:hrtimer_expire_entry" {
	if (word("hrtimer=") in owner) say("obs_fire", of(owner[word("hrtimer=")]))
	else if (word("function=") ~ /^apic_timer_fn/) unseen++
}
name == "kvm:kvm_msr" && $5 == "msr_write" && $6 == "6e0" {
	vp = here()
	if (vp in lvtt && !bit(lvtt[vp], 262144)) next # ignored: its timer is in another mode
	if (!hex($8)) { disarm(vp); next }
	if (started != "") owner[timer] = vp
	arm(vp, "tsc-deadline", started == "" ? now : started + 1000, 0)
}
name == "kvm:kvm_apic" && $5 == "apic_write" {
	vp = here(); value = hex($8)
	if ($6 == "APIC_TDCR") divide[vp] = divisor[value % 4 + 4 * bit(value, 8)]
	if ($6 == "APIC_LVTT") {
		if (vp in lvtt && bit(lvtt[vp], 262144) != bit(value, 262144) && armed[vp]) disarm(vp)
		lvtt[vp] = value
		say("mask", of(vp) ",\"masked\":" (bit(value, 65536) ? "true" : "false") \
			",\"vector\":" value % 256)
	}
	if ($6 == "APIC_TMICT" && !bit(lvtt[vp], 262144)) {
		period[vp] = value * (vp in divide ? divide[vp] : 2) # the bus counts ns
		if (value) tmict[vp] = 1
		else disarm(vp)
	}
}
name == "kvm:kvm_apic_accept_irq" {
	vp = here()
	if (vp in lvtt && field("vec ") == lvtt[vp] % 256) say("obs_pend", of(vp))
}
name == "kvm:kvm_eoi" {
	vp = here()
	if (vp in lvtt && field("vector ") == lvtt[vp] % 256) say("ack", of(vp))
}
name == "kvm:kvm_exit" { vp = here(); exits = 1; halts[vp] = tolower($0) ~ / reason hlt / }
name == "kvm:kvm_userspace_exit" { halts[here()] = 0 } # the VMM goes on
name == "irq_vectors:local_timer_entry" { say("obs_hv_irq", ",\"lp\":" cpu) }
name == "sched:sched_waking" && field("pid=") in vps {
	vp = vps[field("pid=")]
	if (blocked[vp]) { say("wake", of(vp) ",\"lp\":" cpu); blocked[vp] = 0 }
}
name == "sched:sched_switch" {
	state = word("prev_state=")
	sleeps = !exits || (cpu in runs && halts[runs[cpu]]) ? "block" : "wait"
	if (cpu in runs) out(runs[cpu], state ~ /^R/ ? "preempt" : state ~ /^[XZ]/ ? "offline" : sleeps)
	if (field("next_pid=") in vps) in_(vps[field("next_pid=")])
}
END {
	if (failed) exit failed
	printf "{\"end\":%.0f,\"unseen_ticks\":%d}\n", now, unseen
}
