#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick record` on real virtual machines: what it recorded against what the guests say they did.
# Tier: check
# Needs: kvm root
# Alone: it records what the host does, and in time
. "$PWD/ci/tests/lib.sh"
need jq
load=$build/tests/record-load
dir=$work

holds() { # NAME JQ-CONDITION FILE
	if [ "$(jq -r "$2" "$3")" = true ]; then ok "$1"; else fail "$1: $2 in $(jq -c '.accounts // .' "$3")"; fi
}

"$load" --probe 2>"$dir/why" || skip "$(cat "$dir/why")"
if ! "$vtick" record --allow-empty --duration 300ms -o "$dir/probe.vtt" 2>"$dir/why"; then
	grep -q 'record needs' "$dir/why" || {
		cat "$dir/why"
		fail "record --allow-empty --duration 300ms"
		exit 1
	}
	skip "$(cat "$dir/why")"
fi
[ "$("$vtick" info --json "$dir/probe.vtt" | jq .vps)" = 0 ] || skip "other virtual machines run here"

# record NAME RECORD-OPTIONS -- LOAD-OPTIONS: leaves NAME.vtt, NAME.load, NAME.json (info), NAME.err
record() {
	name=$1
	shift
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options are words
	before_others timeout 60 "$vtick" record $options -o "$dir/$name.vtt" -- "$load" "$@" >"$dir/$name.load" 2>"$dir/$name.err" || {
		cat "$dir/$name.err"
		fail "record $name"
	}
	if "$vtick" check "$dir/$name.vtt" >"$dir/check" 2>&1; then ok "$name: check"; else fail "$name: $(cat "$dir/check")"; fi
	"$vtick" info --json "$dir/$name.vtt" >"$dir/$name.json" || fail "$name: info"
	holds "$name: hits = recorded + lost" '.accounts | .hits == .recorded + .lost' "$dir/$name.json"
	equal "$name: every loss is in the trace" \
		"$(jq '.accounts | .lost + .recursion_misses + .unseen_fires + .unseen_switches' "$dir/$name.json")" \
		"$(jq .lost_records "$dir/$name.json")"
}

# What the guests wrote, by their own count, is what was recorded: of each vCPU, not only in sum.
writes_agree() { # NAME
	jq -c '.guests | map(.writes.deadline + .writes.tmict) | sort' "$dir/$1.load" >"$dir/wrote"
	jq -c '.per_vp | map(.arms) | sort' "$dir/$1.json" >"$dir/arms"
	equal "$1: arms of each vCPU" "$(cat "$dir/arms")" "$(cat "$dir/wrote")"
	equal "$1: disarms" "$(jq .events.disarm "$dir/$1.json")" \
		"$(jq '.guests | map(.writes.zero + .writes.tmict_zero) | add' "$dir/$1.load")"
	equal "$1: LVTT writes" "$(jq .events.mask "$dir/$1.json")" "$(jq '.guests | map(.writes.lvtt) | add' "$dir/$1.load")"
	equal "$1: ignored writes" "$(jq .recorded.writes.ignored "$dir/$1.json")" \
		"$(jq '.guests | map(.writes.ignored) | add' "$dir/$1.load")"
	# A periodic timer may expire once more between its guest's last tick and the end of its VM.
	holds "$1: one injection a tick" \
		". as \$t | .events.obs_pend - $(jq .ticks "$dir/$1.load") | . >= 0 and . <= \$t.arms.periodic" "$dir/$1.json"
	# Thread switches by the kernel's count; the thread's end is one more, what comes after the guest's own
	# end is not in it.
	holds "$1: switches of each thread, within 5 of the kernel's count" \
		"[.per_vp[].sched_out] | add - $(jq '[.guests[] | .blocks + .preemptions] | add' "$dir/$1.load")
		| . >= 0 and . <= 5 * $(jq '.guests | length' "$dir/$1.load")" "$dir/$1.json"
}

# shellcheck disable=SC2016 # jq's variables
# Timers that KVM started have expired, or were cancelled by the guest.
expiries_agree() { # NAME
	holds "$1: expiries = writes - cancelled - past" \
		'.arms.periodic as $p | .recorded | .timers as $t | .writes as $w
		 | $w.deadline + $w.tmict == $t.started + $t.due_at_once + $p
		 and $t.started == $t.fired + $t.fired_unknown + $t.cancelled and $t.fired_unarmed == 0' "$dir/$1.json"
	holds "$1: what KVM did not start was due" '.recorded.timers.due_at_once >= .arms.past - 50' "$dir/$1.json"
	equal "$1: cancels" "$(jq .recorded.timers.cancelled "$dir/$1.json")" \
		"$(jq '.guests | map(if .mode == "periodic" then 0 else .writes.zero + .writes.tmict_zero end) | add' "$dir/$1.load")"
}

replays() { # NAME
	if "$vtick" replay "$dir/$1.vtt" -o "$dir/result.json" >/dev/null 2>"$dir/replay.err" && ! grep '^vtick:' "$dir/replay.err"; then
		holds "$1: replays" '[.cells[].status] == ["ok", "ok", "ok"]' "$dir/result.json"
	else
		fail "$1: replay: $(cat "$dir/replay.err")"
	fi
}

# From deadline to injection, the median of each vCPU, against the guest's own from deadline to interrupt.
latencies_agree() { # NAME
	"$vtick" dump --json --type arm --type obs_pend "$dir/$1.vtt" |
		jq -r 'select(.event) | [.vp, .event, .time, .deadline // 0] | @tsv' |
		awk '$2 == "arm" { due[$1] = $4 } $2 == "obs_pend" && due[$1] { print $1, $3 - due[$1]; due[$1] = 0 }' |
		sort -k1,1n -k2,2n |
		awk '{ if ($1 != vp && n) print v[int((n + 1) / 2)]; if ($1 != vp) { vp = $1; n = 0 } v[++n] = $2 }
			END { print v[int((n + 1) / 2)] }' | sort -n >"$dir/recorded"
	jq '.guests[].latency_ns.p50' "$dir/$1.load" | sort -n >"$dir/witnessed"
	echo "   recorded medians $(tr '\n' ' ' <"$dir/recorded")ns, the guests' $(tr '\n' ' ' <"$dir/witnessed")ns"
	# What lies between is the guest's way into its interrupt handler, emulated at worst: some us, more where
	# the machine is busy.
	paste "$dir/recorded" "$dir/witnessed" | awk '$1 >= $2 || $2 - $1 > 100000 { bad = 1 } END { exit bad }'
}

# A guest that only halts blocks.
# shellcheck disable=SC2317 # ok() calls it
blocks() { # NAME
	jq -e '.sched_out.block > 1000 and .sched_out.wait * 20 < .sched_out.block' "$dir/$1.json" >/dev/null
}

# Other things that the host has to do hold guests up: then it is recorded anew.
for _ in 1 2 3; do
	record plain -- --vms 2 --vcpus 2 --ticks 2000
	! { latencies_agree plain && blocks plain; } || break
done
holds "plain: nothing lost" '.accounts.lost == 0' "$dir/plain.json"
writes_agree plain
expiries_agree plain
ok "plain: injected before the guest had it, and not long before" latencies_agree plain
ok "plain: a guest that only halts blocks" blocks plain
replays plain

# The VMM of each vCPU sleeps once, outside KVM_RUN.
record linger -- --vms 2 --vcpus 2 --ticks 100 --linger-ms 20
holds "linger: each vCPU waits for its VMM" '.sched_out.wait >= 4 and .sched_out.wait <= 4 * 8' "$dir/linger.json"
"$vtick" dump --json --type sched_out --type wake --type sched_in "$dir/linger.vtt" |
	jq -r 'select(.event) | [.vp, .event, .reason // "-", .time] | @tsv' |
	awk '$3 == "wait" { since[$1] = $4 } $2 == "wake" && since[$1] { if ($4 - since[$1] > 19000000) woken[$1] = 1; since[$1] = 0 }
		$2 == "sched_in" { since[$1] = 0 }
		END { for (vp in woken) n++; print n + 0 }' >"$dir/woken"
equal "linger: and is woken from it" "$(cat "$dir/woken")" 4

# VMs that are made and destroyed again and again by one process, whose addresses are used again.
record again -- --again 8 --vms 2 --vcpus 3 --ticks 20
record lone -- --again 8 --in-main --ticks 20
for t in again lone; do
	equal "$t: each is a VM of its own" \
		"$(jq -c '[.vps, (.per_vp | map(.domain) | unique | length), (.per_vp | map(.arms) | unique)]' "$dir/$t.json")" \
		"$([ $t = again ] && echo '[48,16,[20]]' || echo '[8,8,[20]]')"
	replays $t
done

record mixed -- --vms 2 --vcpus 3 --ticks 700 --mode mixed --cancel-every 5 --past-every 9 --move-ms 7
holds "mixed: nothing lost" '.accounts.lost == 0' "$dir/mixed.json"
writes_agree mixed
expiries_agree mixed
replays mixed

record busy -- --vms 1 --vcpus 5 --ticks 150 --busy
writes_agree busy
replays busy

record many -- --vms 3 --vcpus 4 --period-us 250 --seconds 3
holds "12 vCPUs at 4 kHz: nothing lost" '.accounts.lost == 0' "$dir/many.json"
writes_agree many

record small --buffer 4 -- --vms 3 --vcpus 4 --period-us 250 --seconds 2
holds "small buffer: something is lost" '.accounts.lost > 0' "$dir/small.json"
replays small

# Threads that others stop and let go on: some are woken when they are still on their way to sleep.
"$load" --vcpus 3 --mode oneshot --period-us 100 --seconds 60 >"$dir/stops.load" &
stopped=$!
sleep 0.3
(while kill -STOP $stopped && kill -CONT $stopped; do :; done) 2>/dev/null &
if "$vtick" record --pid $stopped --duration 1 -o "$dir/stops.vtt" 2>"$dir/stops.err"; then ok "stops"; else fail "stops: $(cat "$dir/stops.err")"; fi
kill -9 $stopped
"$vtick" info --json "$dir/stops.vtt" >"$dir/stops.json"
"$vtick" dump --json --type sched_out --type wake --type sched_in "$dir/stops.vtt" |
	jq -r 'select(.event) | [.vp, .event, .reason // "-"] | @tsv' |
	awk '$3 == "block" || $3 == "wait" { asleep[$1] = 1 } $2 == "wake" { woken += asleep[$1]; asleep[$1] = 0 }
		$2 == "sched_in" { bad += asleep[$1]; asleep[$1] = 0 } END { print bad + 0; exit woken < 1000 }' >"$dir/bad" ||
	fail "stops: hardly any of the threads was woken"
if [ "$(cat "$dir/bad")" -le "$(jq '.accounts | .unseen_switches + .unseen_fires' "$dir/stops.json")" ]; then
	ok "stops: who sleeps and comes back was woken"
else
	fail "stops: $(cat "$dir/bad") sleepers came back without a wake-up, $(jq -c .accounts "$dir/stops.json")"
fi

# Two VMMs, three recorders at once: of one, of the other, of all.
"$load" --vcpus 2 --seconds 60 >"$dir/a.load" &
a=$!
"$load" --vcpus 3 --seconds 60 >"$dir/b.load" &
b=$!
sleep 0.5
"$vtick" record --pid $a --duration 1 -o "$dir/a.vtt" 2>"$dir/a.err" &
ra=$!
"$vtick" record --pid $b -o "$dir/b.vtt" 2>"$dir/b.err" &
rb=$!
"$vtick" record --duration 1 -o "$dir/all.vtt" 2>"$dir/all.err" &
rall=$!
wait $ra || fail "--pid: $(cat "$dir/a.err")"
wait $rall || fail "all: $(cat "$dir/all.err")"
kill -9 $b # a VMM that is killed under the recorder
sleep 0.3
kill -INT $rb
wait $rb || fail "SIGINT: $(cat "$dir/b.err")"
kill $a
wait $a $b 2>/dev/null
for t in a b all; do
	"$vtick" check "$dir/$t.vtt" >/dev/null 2>&1 || fail "$t.vtt is not fine"
	"$vtick" info --json "$dir/$t.vtt" >"$dir/$t.json"
done
equal "--pid: of that VMM only" "$(jq -c '[.per_vp[].name] | sort' "$dir/a.json")" \
	"[\"record-load-${a}v0\",\"record-load-${a}v1\"]"
equal "all VMMs without it" "$(jq .vps "$dir/all.json")" 5
equal "a VMM that is killed" "$(jq .sched_out.offline "$dir/b.json")" 3
holds "running guests are met at the start" '[.per_vp[].arms] | min > 100' "$dir/all.json"

# A flight recorder, and a recorder that is killed.
"$load" --vcpus 2 --seconds 60 --period-us 500 >/dev/null &
l=$!
# Its command begins when it records.
"$vtick" record --flight 1 -o "$dir/f.vtt" -- sh -c "echo >'$dir/f.begun'; exec sleep 600" 2>"$dir/f.err" &
f=$!
"$vtick" record -o "$dir/k.vtt" 2>/dev/null &
k=$!
# shellcheck disable=SC2317 # soon() calls it
larger() { # SIZE FILE
	[ "$(wc -c <"$2")" -gt "$1" ]
}
soon test -e "$dir/f.begun"
sleep 1.3
kill -USR1 $f
sleep 1
soon larger 100000 "$dir/k.vtt"
kill -USR1 $f
kill -9 $k
sleep 0.5
soon grep -q "f.2.vtt: the last" "$dir/f.err"
kill -TERM $f
wait $f || fail "flight: $(cat "$dir/f.err")"
wait $k 2>/dev/null
kill $l
wait $l 2>/dev/null
ok "flight: the end writes, too" grep -q 'f.3.vtt: the last [0-9]* ms' "$dir/f.err"
for t in f f.2 f.3; do
	if "$vtick" check "$dir/$t.vtt" >/dev/null 2>&1; then ok "flight: check $t"; else fail "flight: check $t"; fi
	"$vtick" info --json "$dir/$t.vtt" >"$dir/$t.json"
	holds "flight: $t is the last second" '.duration_ns > 600000000 and .duration_ns < 1400000000' "$dir/$t.json"
done
replays f
"$vtick" info --json "$dir/k.vtt" >"$dir/k.json" 2>/dev/null || fail "killed: info"
holds "killed: opens to its last block" '.truncated and .events.arm > 1000' "$dir/k.json"

# An end without a signal before: what the recorder holds is written.
"$vtick" record --flight 2 -o "$dir/fe.vtt" -- "$load" --vcpus 1 --ticks 500 >"$dir/fe.load" 2>"$dir/fe.err" ||
	fail "flight to the end: $(cat "$dir/fe.err")"
"$vtick" info --json "$dir/fe.vtt" >"$dir/fe.json" || fail "flight to the end: info"
ok "flight: what was written, and of whom" grep -q 'fe.vtt: the last [0-9]* ms, [0-9]* events of 1 VP in 1 VM$' "$dir/fe.err"
equal "flight: no other count of events" "$(grep -c ' events of ' "$dir/fe.err")" 1
holds "flight: the end of the command" '.vps == 1 and .events.arm > 400 and (.truncated | not)' "$dir/fe.json"

# Nothing to record: told after two seconds and at the end, which is trouble unless it is meant.
code=0
"$vtick" record --duration 2500ms -o "$dir/none.vtt" 2>"$dir/none.err" || code=$?
equal "no vCPU: exit code" $code 2
equal "no vCPU: after two seconds" "$(head -n 1 "$dir/none.err")" \
	"vtick: $dir/none.vtt: warning: no vCPU of a KVM guest was seen so far"
equal "no vCPU: at the end" "$(tail -n 1 "$dir/none.err")" \
	"vtick: $dir/none.vtt: no vCPU of a KVM guest was seen, expected one (--allow-empty if that is meant)"
"$vtick" check "$dir/none.vtt" >/dev/null || fail "no vCPU: the trace is not fine"
code=0
"$vtick" record --pid $$ --flight 1 --duration 300ms -o "$dir/none2.vtt" 2>"$dir/none2.err" || code=$?
equal "no vCPU in flight: exit code" $code 2
equal "no vCPU: not told before two seconds" "$(grep -c 'so far' "$dir/none2.err")" 0
code=0
"$vtick" record --allow-empty --duration 300ms -o "$dir/none.vtt" 2>"$dir/none.err" || code=$?
equal "no vCPU, as it is meant: exit code" $code 0

# An older file stays, the last of several; what is no trace is nobody's older one.
rm -f "$dir"/keep*
echo older >"$dir/keep.vtt"
echo mine >"$dir/keep.vtt.old"
"$vtick" record --allow-empty --duration 200ms -o "$dir/keep.vtt" 2>/dev/null
equal "-o: what is no trace stays" "$(cat "$dir/keep.vtt.old")" mine
equal "-o: the older file stays" "$(cat "$dir/keep.vtt.old.2")" older
rm "$dir"/keep.vtt.old*
cp "$top/traces/corpus/pvh2.vtt" "$dir/keep.vtt.old"
"$vtick" check "$dir/keep.vtt" >/dev/null || fail "-o: the new one is not fine"
sha=$(sha256sum <"$dir/keep.vtt")
"$vtick" record --allow-empty --flight 1 --duration 200ms -o "$dir/keep.vtt" 2>/dev/null
equal "-o in flight: so, too" "$(sha256sum <"$dir/keep.vtt.old")" "$sha"
"$vtick" record --allow-empty --duration 200ms -o "$dir/keep.vtt" -- /nonexistent/command 2>/dev/null
equal "a recording that came to nothing moves nothing" "$(sha256sum <"$dir/keep.vtt.old")" "$sha"

# What is missing is said in one line.
message() { # NAME WORD COMMAND...
	name=$1 word=$2
	shift 2
	"$@" >"$dir/out" 2>&1
	code=$?
	if [ $code = 2 ] && [ "$(wc -l <"$dir/out")" = 1 ] && grep -q "$word" "$dir/out"; then
		ok "message: $name"
	else
		fail "message: $name: exit $code, $(cat "$dir/out")"
	fi
}
message "no such command" "cannot run" "$vtick" record -o "$dir/x.vtt" -- /nonexistent/command
[ ! -e "$dir/x.vtt" ] || fail "a command that cannot run leaves a file"
cp "$vtick" "$dir/vtick"
chmod 755 "$dir" "$dir/vtick"
if command -v setpriv >/dev/null; then
	message "not root" "needs root.*sudo" setpriv --reuid 65534 --clear-groups "$dir/vtick" record -o "$dir/x.vtt"
fi
if unshare -m true 2>/dev/null; then
	message "no BTF" "needs BTF.*CONFIG_DEBUG_INFO_BTF" \
		unshare -m sh -c "mount -t tmpfs none /sys/kernel/btf && exec $dir/vtick record -o $dir/x.vtt"
	message "no KVM" "needs KVM.*load kvm" \
		unshare -m sh -c "mount -t tmpfs none /dev && exec $dir/vtick record -o $dir/x.vtt"
fi
finish
