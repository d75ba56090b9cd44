#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Memory does not grow with what is exported: one million events and ten, with a policy beside them, in both formats.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need time jq
! sanitized || skip "a sanitizer's memory is not vtick's"
time=$(command -v time)
limit=32768 # KiB

# peak NAME COMMAND...: how much memory it and its children took at most, KiB, as $kib.
peak()
{
	name=$1
	shift
	if "$time" -v -o "$work/time" "$@" >/dev/null 2>"$work/err.txt"; then
		kib=$(sed -n 's/.*Maximum resident set size (kbytes): //p' "$work/time")
		ok "$name: $kib KiB of $limit, $(sed -n 's/.*Elapsed.*): //p' "$work/time")" [ "$kib" -lt "$limit" ]
	else
		kib=0
		fail "$name" "$work/err.txt"
	fi
}

for seconds in 50 500; do
	"$vtick" gen --domains 16 --vcpus 4 --lps 4 --tick 5000 --migrate 5 --duration $seconds -o "$work/$seconds.vtt" || exit 1
done
few=$("$vtick" info --json "$work/50.vtt" | jq .events_total)
many=$("$vtick" info --json "$work/500.vtt" | jq .events_total)
ok "traces of $few and $many events" [ "$many" -ge $((9 * few)) ] && [ "$few" -ge 1000000 ]
for format in perfetto csv; do
	peak "$format, $few events" "$vtick" export --format $format -p virtual "$work/50.vtt" -o /dev/null
	before=$kib
	peak "$format, $many events" "$vtick" export --format $format -p virtual "$work/500.vtt" -o /dev/null
	ok "$format: it is the same" [ "$kib" -lt $((before + 2048)) ]
done
finish
