#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Memory does not grow with the trace: 100 million events are made, read and replayed in less than 64 MiB.
# time -v says the largest resident size of a process and of all that it has waited for; a child of the
# replay is among them, as the first check makes sure.
# Tier: check
vtick=$1/vtick
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
limit=65536 # KiB

time=$(command -v time) || {
	echo "skipped: no time(1)"
	exit 77
}
if grep -q __asan_init "$vtick"; then
	echo "skipped: a sanitizer's memory is not vtick's"
	exit 77
fi

peak() { # of the last run, KiB
	sed -n 's/.*Maximum resident set size (kbytes): //p' "$dir/time"
}

# A grandchild that holds 50 MB shows.
# shellcheck disable=SC2016 # for the inner shells
"$time" -v -o "$dir/time" sh -c 'sh -c "x=\$(head -c 50000000 /dev/zero | tr \"\\\\0\" x); : \${#x}"; :' || exit 1
if [ "$(peak)" -ge 48000 ]; then
	echo "ok: time sees the memory of a child's child: $(peak) KiB"
else
	echo "FAILED: time does not see the memory of a child's child: $(peak) KiB"
	failed=1
fi

# flat NAME COMMAND...
flat() {
	name=$1
	shift
	if ! "$time" -v -o "$dir/time" "$@" >"$dir/out"; then
		echo "FAILED: $name"
		failed=1
	elif [ "$(peak)" -lt "$limit" ]; then
		echo "ok: $name: $(peak) KiB, $(sed -n 's/.*Elapsed.*): //p' "$dir/time")"
	else
		echo "FAILED: $name: $(peak) KiB, expected less than $limit"
		failed=1
	fi
}

trace=$dir/long.vtt
flat "gen" "$vtick" gen --domains 16 --vcpus 4 --lps 4 --tick 5000 --migrate 5 --duration 5000 -o "$trace"
flat "info" "$vtick" info --json "$trace"
events=$(sed -n 's/.*"events_total": *\([0-9]*\).*/\1/p' "$dir/out")
if [ "${events:-0}" -ge 100000000 ]; then
	echo "ok: the trace has $events events, $(wc -c <"$trace") bytes"
else
	echo "FAILED: the trace has only ${events:-0} events"
	failed=1
fi
flat "replay through passthrough and virtual" "$vtick" replay -o "$dir/result.json" "$trace"
grep -q "\"events\": *$events" "$dir/result.json" || {
	echo "FAILED: the result is not of $events events"
	failed=1
}
exit $failed
