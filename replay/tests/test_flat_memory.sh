#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Memory does not grow with the trace. 20 million events, in check-all 100 million, are made, read and
# replayed in less than 64 MiB.
# time -v says the largest resident size of a process and of all that it has waited for; a child of the
# replay is among them, as the first check makes sure.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need time
dir=$work
limit=65536 # KiB

time=$(command -v time)
! sanitized || skip "a sanitizer's memory is not vtick's"

peak() { # of the last run, KiB
	sed -n 's/.*Maximum resident set size (kbytes): //p' "$dir/time"
}

# A grandchild that holds 50 MB shows.
# shellcheck disable=SC2016 # for the inner shells
"$time" -v -o "$dir/time" sh -c 'sh -c "x=\$(head -c 50000000 /dev/zero | tr \"\\\\0\" x); : \${#x}"; :' || exit 1
ok "time sees the memory of a child's child: $(peak) KiB" [ "$(peak)" -ge 48000 ]

# flat NAME COMMAND...
flat() {
	name=$1
	shift
	if "$time" -v -o "$dir/time" "$@" >"$dir/out"; then
		ok "$name: $(peak) KiB of $limit, $(sed -n 's/.*Elapsed.*): //p' "$dir/time")" [ "$(peak)" -lt "$limit" ]
	else
		fail "$name"
	fi
}

seconds=1000
[ "${VTICK_TIER-}" != all ] || seconds=5000
trace=$dir/long.vtt
flat "gen" "$vtick" gen --domains 16 --vcpus 4 --lps 4 --tick 5000 --migrate 5 --duration "$seconds" -o "$trace"
flat "info" "$vtick" info --json "$trace"
events=$(sed -n 's/.*"events_total": *\([0-9]*\).*/\1/p' "$dir/out")
ok "the trace has $events events, $(wc -c <"$trace") bytes" [ "${events:-0}" -ge $((20000 * seconds)) ]
flat "replay through passthrough and virtual" "$vtick" replay -o "$dir/result.json" "$trace"
ok "the result is of $events events" grep -q "\"events\": *$events" "$dir/result.json"

# In the closed loop a tape is read as far as it is needed: four times as long a trace takes no more. Busy guests that
# are alone on their LPs run all the time, halting ones wait for each other, and all are late; or they never wake again.
# closed_loop POLICY LOAD SECONDS
closed_loop() {
	for seconds in "$3" $((4 * $3)); do
		# shellcheck disable=SC2086 # words
		"$vtick" gen --preset $2 --duration "$seconds" -o "$dir/$seconds.vtt"
		"$time" -v -o "$dir/time" "$vtick" replay -j 1 --closed-loop -p "$1" -o "$dir/result.json" "$dir/$seconds.vtt" >"$dir/out" ||
			fail "closed loop of $2"
		peak >"$dir/peak.$seconds"
	done
	ok "closed loop, $1 on $2: $(cat "$dir/peak.$3") KiB for $3 s, $(cat "$dir/peak.$seconds") for $seconds s" \
		[ "$(cat "$dir/peak.$seconds")" -lt $(($(cat "$dir/peak.$3") + 1024)) ]
}
closed_loop virtual:slop=2ms 'mail-16x4 --lps 64 --tick 100' 10
closed_loop virtual:slop=2ms 'mail-16x4-idle --tick 50' 10
closed_loop virtual:slop=2ms 'lapic-16x4 --lps 64' 10
closed_loop virtual:block=remove 'mail-16x4-idle' 20
finish
