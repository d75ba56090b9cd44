#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# WRITING-AN-IMPORTER.md's example on a real perf.data: the trace is legal, and each VP did in it what its guest
# says that it did.
# shellcheck disable=SC2016 # programs of awk and jq
. "$PWD/ci/tests/lib.sh"
need perf mawk gawk jq zstd
data=$top/traces/import/tests/data/perf-5vp-130ms
script=$top/traces/import/example/perf-script.awk
cd "$work" || exit 1

zstd -dqf "$data.data.zst" -o perf.data
# The page's own command.
perf script -i perf.data --ns -F pid,tid,cpu,time,event,trace >perf.txt 2>err.txt
ok "perf script" test "$(wc -l <perf.txt)" -gt 5000
mawk -f "$script" -v class=nested perf.txt >text.json
gawk --posix -f "$script" -v class=nested perf.txt >gawk.json
ok "mawk and gawk agree" cmp text.json gawk.json
code "import text" 0 "$vtick" import text text.json -o t.vtt
code "check" 0 "$vtick" check t.vtt
"$vtick" info --json t.vtt >info.json
equal "two processes, five VPs on two LPs" "$(jq -c '[.class, .lps, .vps, ([.per_vp[].domain] | unique | length)]' info.json)" \
	'["nested",2,5,2]'

# What the guests counted themselves: writes, ticks, and how often their threads blocked and ended. (Preemptions of a
# thread before it was a VP are not in the trace.)
"$vtick" dump --json t.vtt | jq -cs '.[0].vps as $vps | .[1:] |
	def count(f): map(select(f)) | length;
	group_by(.vp)[] | select(.[0].vp != null) | {
		tid: ($vps[.[0].vp].name | split("/")[1] | tonumber),
		arms: count(.event == "arm"), disarms: count(.event == "disarm"), pends: count(.event == "obs_pend"),
		blocks: count(.event == "sched_out" and .reason == "block"),
		ends: count(.event == "sched_out" and .reason == "offline"),
		periodic: count(.event == "arm" and .period > 0) }' | sort >got.json
jq -c '{ tid, arms: (.writes.deadline + .writes.tmict), disarms: (.writes.zero + .writes.tmict_zero), pends: .ticks,
	blocks, ends: 1, periodic: (if .mode == "periodic" then 1 else 0 end) }' "$data.guests" | sort >expected.json
ok "each VP did what its guest says" cmp got.json expected.json
equal "no expiry is of a timer that nobody wrote" "$(jq .unseen_ticks info.json)" 0
"$vtick" replay -p virtual t.vtt -o result.json >out.txt 2>&1
# One or two more: KVM lets a periodic timer that was late begin anew, a replay keeps its phase.
took=$(jq -s 'map(.ticks) | add' "$data.guests")
due=$(jq '.cells[0].ticks.due' result.json)
ok "a replay owes the ticks that the guests took" test "$due" -ge "$took"
ok "... and hardly more" test "$due" -le $((took + 2))

# The deadlines of a VP, which are KVM's hrtimers', against the guest's TSC that it wrote, at 2245.780 MHz.
"$vtick" dump --json t.vtt | jq -rs '.[0].vps as $vps | .[1:][] | select(.event == "arm" and .dev == "tsc-deadline") |
	"\($vps[.vp].name | split("/")[1]) \(.deadline) \(.past)"' >arms.txt
ok "there are arms" test "$(wc -l <arms.txt)" -gt 200
gawk -f "$top/traces/import/tests/tsc_deadlines.awk" perf.txt arms.txt >verdict.txt
equal "deadlines against the TSC that was written" "$(cat verdict.txt)" agree

# With exits: a sleep is a halt if the last one was HLT and KVM kept it to itself.
cat >exits.txt <<'END'
100/101 [000] 1.000000000: kvm:kvm_exit: vcpu 0 reason HLT rip 0x10 info1 0x0
100/101 [000] 1.000000100: sched:sched_switch: prev_comm=a prev_pid=101 prev_prio=120 prev_state=S ==> next_comm=b next_pid=0
0/0 [001] 1.000000200: sched:sched_waking: comm=a pid=101 prio=120 target_cpu=000
0/0 [000] 1.000000300: sched:sched_switch: prev_comm=b prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a next_pid=101
100/101 [000] 1.000000400: kvm:kvm_exit: vcpu 0 reason IO_INSTRUCTION rip 0x10 info1 0x0
100/101 [000] 1.000000500: sched:sched_switch: prev_comm=a prev_pid=101 prev_prio=120 prev_state=D ==> next_comm=b next_pid=0
0/0 [001] 1.000000600: sched:sched_waking: comm=a pid=101 prio=120 target_cpu=000
0/0 [000] 1.000000700: sched:sched_switch: prev_comm=b prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a next_pid=101
100/101 [000] 1.000000800: kvm:kvm_exit: vcpu 0 reason hlt rip 0x10 info1 0x0
100/101 [000] 1.000000900: kvm:kvm_userspace_exit: reason KVM_EXIT_HLT (5)
100/101 [000] 1.000001000: sched:sched_switch: prev_comm=a prev_pid=101 prev_prio=120 prev_state=S ==> next_comm=b next_pid=0
END
mawk -f "$script" exits.txt | "$vtick" import text -o exits.vtt -
equal "exits: why it slept, and that it was woken" \
	"$("$vtick" dump --json exits.vtt | jq -r 'select(.event == "sched_out" or .event == "wake") | .reason // "wake"' | tr '\n' ' ')" \
	"block wake wait wake wait "

# What is no perf script of that form ends both programs of the pipe with a line each.
perf script -i perf.data -F tid,event 2>/dev/null >short.txt
code "another form of perf script" 2 mawk -f "$script" short.txt
has "... is named" 'line 1: expected what perf script' err.txt
: >none.txt
code "nothing" 0 mawk -f "$script" none.txt
finish
