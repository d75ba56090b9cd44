#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick import trace-cmd` of real trace.dat files: against `trace-cmd report`, cut, damaged, with lost events.
. "$PWD/ci/tests/lib.sh"
need jq zstd trace-cmd
build=$1
data=traces/import/tests/data
dir=$work

# run NAME FILE [OPTION]...: imports to $dir/NAME.vtt; that must work without a word but the TSC rate.
run()
{
	name=$1
	file=$2
	shift 2
	"$build/vtick" import trace-cmd "$file" -o "$dir/$name.vtt" "$@" >"$dir/out" 2>"$dir/err"
	equal "$name: exit code" $? 0
	equal "$name: says nothing else" "$(grep -cv 'TSC rate' "$dir/err")$(cat "$dir/out")" 0
	"$build/vtick" check --quiet "$dir/$name.vtt"
	equal "$name: legal" $? 0
	"$build/vtick" info --json "$dir/$name.vtt" >"$dir/$name.json"
}

get()
{
	jq -r "$2" "$dir/$1.json"
}

# counts NAME WRITES STARTS FIRES PENDS IN OUT: as counted by hand in trace-cmd's report. IN and OUT are
# switches; each vCPU that ran when the file begins has one more sched_in.
counts()
{
	equal "$1: arms and disarms" "$(get "$1" '.events.arm + .events.disarm')" "$2"
	equal "$1: apic_timer_fn started" "$(get "$1" .source.seen.hrtimer_start_apic_timer_fn)" "$3"
	equal "$1: obs_fire" "$(get "$1" .events.obs_fire)" "$4"
	equal "$1: obs_pend" "$(get "$1" .events.obs_pend)" "$5"
	equal "$1: sched_in" "$(get "$1" .events.sched_in)" "$6"
	equal "$1: sched_out" "$(get "$1" .events.sched_out)" "$7"
}

zstd -dq "$data/kvm-4x2-60ms.dat.zst" -o "$dir/all.dat"
zstd -dq "$data/kvm-tmict-150ms.dat.zst" -o "$dir/tmict.dat"
zstd -dq "$data/kvm-tsc-107ms.dat.zst" -o "$dir/tsc.dat"
cp "$data/k-v7-150ms.dat" "$dir/v7.dat"
run all "$dir/all.dat"
run tmict "$dir/tmict.dat"
run tsc "$dir/tsc.dat"
run v7 "$dir/v7.dat"
counts all 154 156 96 95 136 135
counts tmict 44 44 20 20 17 16
counts tsc 126 127 73 74 82 80
counts v7 75 75 31 30 30 30
equal "all: local timer interrupts" "$(get all .events.obs_hv_irq)" 100
equal "all: end of interrupts" "$(get all .events.ack)" 95
equal "all: VPs" "$(get all '[.per_vp[] | "\(.domain)/\(.vcpu)"] | join(" ")')" \
	"144/0 144/1 145/0 145/1 208/0 208/1 211/0 211/1"
equal "all: host's tick" "$(get all .host_model.tick_hz)" 250
equal "all: host's slop" "$(get all .host_model.slop_ns)" 0
# Why they slept: in these captures each did for its guest's HLT, which kvm_exit says (SVM).
equal "all: slept for a halt, and else" "$(get all '[.sched_out.block, .sched_out.wait] | join(" ")')" "94 0"
# The same with an event's name and field written over: kvm_userspace_exit is read, kvm_exit is missing.
LC_ALL=C sed 's/name: kvm_userspace_exit/name: kvm_userspace_exix/
	/name: kvm_hv_timer_state/,/print fmt/s/unsigned int vcpu_id;/unsigned int  reason;/
	s/name: kvm_hv_timer_state/name: kvm_userspace_exit/' "$dir/all.dat" >"$dir/user.dat"
run user "$dir/user.dat"
ok "user: kvm_userspace_exit is read" test "$(get user '.source.seen.kvm_userspace_exit - (.skipped.kvm_userspace_exit // 0)')" -gt 100
LC_ALL=C sed 's/name: kvm_exit$/name: kvm_exix/' "$dir/all.dat" >"$dir/noexit.dat"
run noexit "$dir/noexit.dat"
equal "noexit: every sleep is a halt" "$(get noexit '[.sched_out.block, .sched_out.wait] | join(" ")')" "94 0"
ok "noexit: and it is said" jq -e '.unseen[] | select(startswith("kvm_exit: so a vCPU thread that sleeps counts as halted"))' "$dir/noexit.json"
equal "v7: version of the format" "$(get v7 .source.format)" 7
equal "tmict: device" "$(get tmict .arms.lapic)" 44
equal "tsc: clock" "$(get tsc .source.clock.method)" measured
equal "tsc: VMs" "$(get tsc '[.per_vp[] | "\(.domain)/\(.vcpu)"] | join(" ")')" "149/0 149/1 151/0 151/1"

# The offsets that debugfs showed on that host, within 4 us.
equal "tsc: offset of domain 149" "$(get tsc '.source.guest_tsc[0].offset + 41705484937 | fabs < 10000')" true
equal "tsc: offset of domain 151" "$(get tsc '.source.guest_tsc[2].offset + 41660747413 | fabs < 10000')" true

# The schedule and the writes once more, by awk over what trace-cmd prints.
for name in all tmict tsc v7; do
	trace-cmd report "$dir/$name.dat" >"$dir/$name.txt" 2>/dev/null
	case $name in
	all) tids="144 145 146 147 208 209 211 212" ;;
	tmict) tids=138 ;;
	tsc) tids="149 150 151 152" ;;
	v7) tids=143 ;;
	esac
	awk -v tids="$tids" '
	BEGIN { n = split(tids, t, " "); for (i = 1; i <= n; i++) vcpu[t[i]] = 1 }
	/ sched_switch: / {
		match($0, /:[0-9]+ \[[0-9]+\] [A-Z+]+ ==> /)
		from = substr($0, RSTART + 1) + 0
		rest = substr($0, RSTART + RLENGTH)
		match(rest, /:[0-9]+ \[/)
		to = substr(rest, RSTART + 1) + 0
		out += from in vcpu
		in_ += to in vcpu
	}
	/ msr_write 6e0 / || / apic_write APIC_TMICT / { writes++ }
	/ hrtimer_expire_entry: .*function=apic_timer_fn/ { fires++ }
	/ kvm_apic_accept_irq: .* vec 236 / { pends++ }
	END { print writes + 0, fires + 0, pends + 0, in_ + 0, out + 0 }' "$dir/$name.txt" >"$dir/counts"
	# Who ran when the file begins.
	seeds=$("$build/vtick" dump "$dir/$name.vtt" | awk '$2 == 0 && $6 == "sched_in" { n++ } END { print n + 0 }')
	equal "$name: as trace-cmd reports" \
		"$(get "$name" "[.events.arm + .events.disarm, .events.obs_fire, .events.obs_pend,
			.events.sched_in - $seeds, .events.sched_out] | join(\" \")")" "$(cat "$dir/counts")"
done

# When the machine under a CPU was elsewhere, by awk as well. The stamps are the timers' clock, but for the few us
# that lie between.
zstd -dq "$data/kvm-away-160ms.dat.zst" -o "$dir/away.dat"
"$build/vtick" import trace-cmd "$dir/away.dat" -o "$dir/away.vtt" 2>"$dir/err"
for name in away all tmict; do
	trace-cmd report -t "$dir/$name.dat" 2>/dev/null | awk -f traces/import/tests/late_timers.awk >"$dir/late.awk.txt"
	"$build/vtick" dump --json --type away "$dir/$name.vtt" | sed 1d | jq -r '"\(.lp) \(.time) \(.until)"' >"$dir/late.txt"
	equal "$name: times elsewhere" "$(cut -d' ' -f1,3 "$dir/late.txt")" "$(sort -k2n "$dir/late.awk.txt" | cut -d' ' -f1,3)"
	ok "$name: since when, within 10 us" sh -c "sort -k2n '$dir/late.awk.txt' | paste -d' ' - '$dir/late.txt' |
		awk '{ off = \$2 - \$5; if (off < -10000 || off > 10000) bad = 1 } END { exit bad }'"
done
equal "away: there are such" "$("$build/vtick" info --json "$dir/away.vtt" | jq .events.away)" 5
ok "away: legal" "$build/vtick" check --quiet "$dir/away.vtt"

# Compressed, and through a pipe, it is the same trace.
run packed "$data/kvm-4x2-60ms.dat.zst"
cat "$dir/all.dat" >"$dir/x.dat"
mkfifo "$dir/pipe.dat"
cat "$dir/all.dat" >"$dir/pipe.dat" &
run pipe "$dir/pipe.dat"
wait
equal "packed: same events" "$(get packed .sha256)" "$(get all .sha256)"
equal "pipe: same events" "$(get pipe .sha256)" "$(get all .sha256)"
run exits "$dir/all.dat" --exits
equal "exits: pairs but for the ends" "$(get exits '(.events.exit - .events.entry | fabs) <= 8 and .events.exit > 300')" true

# Lost events: the mark in the header of the second page of CPU 0 (bit 31 of its commit word).
cp "$dir/all.dat" "$dir/lost.dat"
at=$(($(wc -c <"$dir/all.dat") - 77824 - 49152 + 4096 + 8 + 3))
printf '\200' | dd of="$dir/lost.dat" bs=1 seek="$at" conv=notrunc 2>/dev/null
run lost "$dir/lost.dat"
equal "lost: one LOST event" "$(get lost .events.lost)" 1
equal "lost: the gap's LP" "$("$build/vtick" dump "$dir/lost.vtt" | grep -c ' 0 -  *lost ')" 1

# Cut off anywhere: a warning, exit 0, what is left is legal and a beginning of the whole.
size=$(wc -c <"$dir/all.dat")
last=0
for at in 1 9 11 18 500 40000 92500 95000 98304 110001 130000 143360 143371 150000 180003 200000 $((size - 1)); do
	head -c "$at" "$dir/all.dat" >"$dir/cut.dat"
	"$build/vtick" import trace-cmd "$dir/cut.dat" -o "$dir/cut.vtt" 2>"$dir/err"
	equal "cut at $at: exit code" $? 0
	equal "cut at $at: one warning" "$(grep -c 'warning: cut off' "$dir/err")/$(wc -l <"$dir/err")" 1/1
	"$build/vtick" check --quiet "$dir/cut.vtt"
	equal "cut at $at: legal" $? 0
	events=$("$build/vtick" info --json "$dir/cut.vtt" | jq .events_total)
	[ "$events" -ge "$last" ]
	equal "cut at $at: $events events, not less than before" $? 0
	last=$events
done
head -c 20000 "$dir/v7.dat" >"$dir/cut.dat"
"$build/vtick" import trace-cmd "$dir/cut.dat" -o "$dir/cut.vtt" 2>"$dir/err"
equal "v7 cut: exit code" $? 0

# refuse NAME FILE TEXT: exit 2, one line that holds TEXT, no file.
refuse()
{
	rm -f "$dir/bad.vtt"
	"$build/vtick" import trace-cmd "$2" -o "$dir/bad.vtt" >"$dir/out" 2>"$dir/err"
	equal "$1: exit code" $? 2
	equal "$1: one line that says '$3'" "$(wc -l <"$dir/err")/$(grep -c "$3" "$dir/err")" 1/1
	equal "$1: nothing left" "$(find "$dir" -name 'bad.vtt*' | wc -l)" 0
}

: >"$dir/empty.dat"
head -c 5000 "$dir/all.vtt" >"$dir/noise.dat"
{ head -c 10 "$dir/all.dat"; printf '5\000'; tail -c +13 "$dir/all.dat"; } >"$dir/version.dat"
{ head -c 14 "$dir/all.dat"; printf '\007'; tail -c +16 "$dir/all.dat"; } >"$dir/page.dat"
refuse "empty file" "$dir/empty.dat" "is empty"
refuse "no trace.dat" "$dir/noise.dat" "offset 0: not a trace.dat file"
refuse "another version" "$dir/version.dat" "another version, expected 6 or 7"
refuse "impossible page size" "$dir/page.dat" "impossible page size"

# Flipped bytes: fine or refused with one line, never anything else.
seed=12345
odd=0
n=0
while [ $n -lt 40 ]; do
	case $((n % 2)) in
	0) whole=$dir/all.dat ;;
	1) whole=$dir/v7.dat ;;
	esac
	cp "$whole" "$dir/flip.dat"
	for _ in 1 2 3; do
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		at=$((seed % $(wc -c <"$whole")))
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$(printf %03o $((seed / 65536 % 256)))" |
			dd of="$dir/flip.dat" bs=1 seek="$at" conv=notrunc 2>/dev/null
	done
	rm -f "$dir/flip.vtt"
	timeout 120 "$build/vtick" import trace-cmd "$dir/flip.dat" -o "$dir/flip.vtt" >"$dir/out" 2>"$dir/err"
	code=$?
	case $code in
	0) "$build/vtick" check --quiet "$dir/flip.vtt" || odd=$((odd + 1)) ;;
	2) [ "$(wc -l <"$dir/err")" = 1 ] && [ ! -e "$dir/flip.vtt" ] || odd=$((odd + 1)) ;;
	*)
		echo "flip $n: exit code $code"
		odd=$((odd + 1))
		;;
	esac
	n=$((n + 1))
done
equal "flipped bytes: cases that were neither fine nor refused" "$odd" 0

finish
