#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Small trace.dat files made after public reports, each with what it must say (data/README.md).
. "$PWD/ci/tests/lib.sh"
need jq zstd
build=$1
data=traces/import/tests/data
dir=$work

# take NAME [OPTION]...: imports data/NAME.dat.zst to $dir/NAME.vtt; what it says goes to $dir/NAME.err.
take()
{
	name=$1
	shift
	"$build/vtick" import trace-cmd "$data/$name.dat.zst" -o "$dir/$name.vtt" "$@" 2>"$dir/$name.err"
	equal "$name: exit code" $? 0
	ok "$name: legal" "$build/vtick" check --quiet "$dir/$name.vtt"
	"$build/vtick" info --json "$dir/$name.vtt" >"$dir/$name.json"
	"$build/vtick" dump --json "$dir/$name.vtt" | sed 1d >"$dir/$name.events"
	"$build/vtick" replay -p kvm-hrtimer "$dir/$name.vtt" -o "$dir/$name.result" >/dev/null 2>&1
}

get()
{
	jq -r "$2" "$dir/$1.json"
}

# arms NAME ARMS PAST DUE
arms()
{
	equal "$1: arms, past ones, ticks due" \
		"$(get "$1" '"\(.events.arm // 0) \(.arms.past)"') $(jq '.cells[0].ticks.due' "$dir/$1.result")" "$2 $3 $4"
}

# silent NAME: says nothing on stderr.
silent()
{
	equal "$1: says nothing" "$(cat "$dir/$1.err")" ""
}

# deadlines NAME VP: of its arms, in order.
deadlines()
{
	jq -r --argjson vp "$2" 'select(.event == "arm" and .vp == $vp) | .deadline' "$dir/$1.events"
}

# A deadline of "never": the ordinary ones behind it are what they are without it.
take far-plain
arms far-plain 40 0 40
silent far-plain
take far-first-2p62
arms far-first-2p62 41 0 40
equal "far-first-2p62: never" "$(deadlines far-first-2p62 0 | jq -s ".[0] > 1e18")" true
equal "far-first-2p62: one line" "$(grep -c '1 of 41 TSC deadlines .*(1 never within the trace)' "$dir/far-first-2p62.err")" 1
equal "far-first-2p62: in the header" "$(get far-first-2p62 '[.notes[] | select(test("1, of which 1 never"))] | length')" 1
equal "far-first-2p62: the others as without it" "$(deadlines far-first-2p62 0 | sed 1d)" "$(deadlines far-plain 0)"

# trace-cmd's DATE shifts the stamps, not the hrtimers' times.
take date-plain
arms date-plain 200 0 200
take date-mono
arms date-mono 200 0 200
silent date-mono
equal "date-mono: the same events" "$(get date-mono .sha256)" "$(get date-plain .sha256)"

# A guest whose TSC runs at a rate of its own, with too few writes to outvote its neighbour.
take scaled-tsc-few-writes
arms scaled-tsc-few-writes 76 0 76
silent scaled-tsc-few-writes
equal "scaled-tsc-few-writes: the first deadline" "$(deadlines scaled-tsc-few-writes 1 | head -n 1)" 100470000

# The VMX preemption timer serves a guest that never halts: its exits tell the deadlines.
take preemption-timer-busy
arms preemption-timer-busy 50 0 50
silent preemption-timer-busy
equal "preemption-timer-busy: from exits" "$(get preemption-timer-busy '.deadlines_from_exits')" 50
equal "preemption-timer-busy: the first ones" "$(deadlines preemption-timer-busy 0 | head -n 2 | xargs)" "9970000 19970000"

# A guest on Hyper-V's synthetic timers.
take hyperv-stimer
arms hyperv-stimer 50 0 50
silent hyperv-stimer
equal "hyperv-stimer: the first deadline" "$(deadlines hyperv-stimer 0 | head -n 1)" 9970000
equal "hyperv-stimer: expiries, injections, ends of interrupt" \
	"$(get hyperv-stimer '"\(.events.obs_fire) \(.events.obs_pend) \(.events.ack)"')" "50 50 50"

# The thread of a vCPU ends, a later one is that vCPU again.
take vcpu-replug
arms vcpu-replug 205 0 205
silent vcpu-replug
equal "vcpu-replug: VPs and their arms" "$(get vcpu-replug '[.per_vp[] | "\(.domain)/\(.vcpu) \(.arms)"] | join(" ")')" \
	"101/0 60 101/1 45 301/0 50 301/1 50"
equal "vcpu-replug: ends once" "$(get vcpu-replug .sched_out.offline)" 1

# The id of a thread that ended is another one's: of a vCPU of another VM, of no vCPU at all.
take tid-again
arms tid-again 102 0 102
silent tid-again
equal "tid-again: VPs, their arms and runs" \
	"$(get tid-again '[.per_vp[] | "\(.domain)/\(.vcpu) \(.arms) \(.sched_in)"] | join(", ")')" \
	"101/0 40 41, 101/1 10 11, 301/0 40 41, 301/1 12 13"
equal "tid-again: in the header" "$(get tid-again '[.notes[] | select(test("others had before them.*: 2$"))] | length')" 1

# Events in a buffer instance, none in the top buffer.
take instance-only
arms instance-only 100 0 100
silent instance-only
equal "instance-only: named" "$(get instance-only '[.notes[] | select(test("instance .kvm."))] | length')" 1

# The same with CPU 0's events in the top buffer too, and there alone: the tables of both buffers say where they lie.
zstd -dqf "$data/instance-only.dat.zst" -o "$dir/twice.dat"
tables=$(LC_ALL=C grep -abo flyrecord "$dir/twice.dat" | cut -d: -f1 | xargs)
top=$((${tables% *} + 10))
instance=$((${tables#* } + 10))
dd if="$dir/twice.dat" of="$dir/entry" bs=1 skip="$instance" count=16 2>/dev/null
dd if="$dir/entry" of="$dir/twice.dat" bs=1 seek="$top" conv=notrunc 2>/dev/null
cp "$dir/twice.dat" "$dir/apart.dat"
dd if=/dev/zero of="$dir/apart.dat" bs=1 seek="$instance" count=16 conv=notrunc 2>/dev/null
for name in twice apart; do
	ok "$name: import" "$build/vtick" import trace-cmd "$dir/$name.dat" -o "$dir/$name.vtt"
	equal "$name: the same events" "$("$build/vtick" info --json "$dir/$name.vtt" | jq -r .sha256)" \
		"$(get instance-only .sha256)"
done

# Cut off anywhere in an instance, or before it.
zstd -dqf "$data/instance-only.dat.zst" -o "$dir/whole.dat"
last=0
for at in 90400 91000 94208 94230 110000 140000 152032 172031; do
	head -c "$at" "$dir/whole.dat" >"$dir/cut.dat"
	"$build/vtick" import trace-cmd "$dir/cut.dat" -o "$dir/cut.vtt" 2>"$dir/cut.err"
	equal "instance cut at $at: exit code, warnings" "$? $(grep -c 'warning: cut off' "$dir/cut.err")/$(wc -l <"$dir/cut.err")" "0 1/1"
	ok "instance cut at $at: legal" "$build/vtick" check --quiet "$dir/cut.vtt"
	events=$("$build/vtick" info --json "$dir/cut.vtt" | jq .events_total)
	ok "instance cut at $at: $events events, not less than before" [ "$events" -ge "$last" ]
	last=$events
done
equal "instance cut: all but the last of them" "$last" 804

# nothing NAME DATA SED TEXT: DATA as if events were not recorded says so in one line with TEXT; --strict is 2.
nothing()
{
	zstd -dqf "$data/$2.dat.zst" -o "$dir/whole.dat"
	LC_ALL=C sed "$3" "$dir/whole.dat" >"$dir/$1.dat"
	code=0
	for strict in '' --strict; do
		# shellcheck disable=SC2086 # one option or none
		"$build/vtick" import trace-cmd "$dir/$1.dat" -o "$dir/$1.vtt" $strict 2>"$dir/$1.err"
		equal "$1 $strict: exit code" $? "$code"
		equal "$1 $strict: one line" "$(wc -l <"$dir/$1.err") $(grep -c "nothing to compare.*$4.*; expected " "$dir/$1.err")" "1 1"
		code=2
	done
	equal "$1: no arms" "$("$build/vtick" info --json "$dir/$1.vtt" | jq '"\(.events.arm) \(.unknown_writes)"')" "\"0 $5\""
}
nothing kvm-and-sched far-plain 's/name: hrtimer_/name: xrtimer_/' 'no hrtimer_start' 40
nothing msr-alone hyperv-stimer 's/name: kvm_hv_stimer/name: kvm_hv_xtimer/' 'kvm_hv_stimer' null
nothing sets-not hyperv-stimer 's/name: kvm_hv_stimer_set/name: kvm_hv_xtimer_set/' '_set_config and _set_count events' null
nothing no-writes far-plain 's/name: kvm_msr/name: kvm_xsr/' 'no kvm_msr' null
nothing silent-writes preemption-timer-busy 's/name: kvm_exit/name: kvm_xxit/' 'explains' 50

# Hyper-V's timers without hrtimers: KVM says itself how far ahead they are.
zstd -dqf "$data/hyperv-stimer.dat.zst" -o "$dir/whole.dat"
LC_ALL=C sed 's/name: hrtimer_start/name: xrtimer_start/' "$dir/whole.dat" >"$dir/stimer.dat"
ok "stimer without hrtimers" "$build/vtick" import trace-cmd "$dir/stimer.dat" -o "$dir/stimer.vtt"
equal "stimer without hrtimers: the first deadline" \
	"$("$build/vtick" dump --json "$dir/stimer.vtt" | jq -s 'map(select(.event == "arm")) | "\(length) \(.[0].deadline)"')" '"50 9973000"'

finish
