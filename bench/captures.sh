# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets build, vtick, tool, part and work
# The captures among what bench.sh works on; inputs.sh has the rest.

xen_input()
{
	say "making the capture xen"
	for size in .tiny:1000 .short:20000 :$((1000 * part)); do
		"$tool/xen_capture" "$work/xen${size%:*}.trc" 4 16 "${size#*:}" 12
	done
	input xen "$work/xen.trc" "$(records "$work/xen.trc")" records \
		"xen_capture FILE 4 16 $((1000 * part)) 12"
}

# given NAME FILE ITEMS: a capture from outside, by its name and SHA-256.
given()
{
	ln -s "$(cd "$(dirname "$2")" && pwd)/$(basename "$2")" "$work/$1"
	input "$1" "$2" "$3" records "$(basename "$2"), SHA-256 $(sha256sum <"$2" | cut -d' ' -f1)"
}

# records FILE: of an xentrace file.
records()
{
	"$vtick" import xentrace "$1" -o "$work/out.vtt" 2>"$work/err" || {
		cat "$work/err" >&2
		exit 2
	}
	"$vtick" info --json "$work/out.vtt" | jq .source.records
}

lines()
{
	"$@" 2>/dev/null | wc -l
}

kvm_events='kvm sched timer irq_vectors:local_timer_entry'
kvm_load="record-load --vms 2 --vcpus 2 --ticks 2000"

kvm_input()
{
	say "recording virtual machines"
	if [ -n "${BENCH_TRACE_DAT-}" ]; then
		given kvm "$BENCH_TRACE_DAT" "$(lines trace-cmd report -i "$BENCH_TRACE_DAT")"
	elif command -v trace-cmd >/dev/null && "$build/tests/record-load" --probe >/dev/null 2>&1; then
		# shellcheck disable=SC2046,SC2086 # words
		if trace-cmd record -q -C mono $(printf ' -e %s' $kvm_events) -o "$work/kvm" \
			"$build/tests/"$kvm_load >/dev/null 2>&1; then
			input kvm "$work/kvm" "$(lines trace-cmd report -i "$work/kvm")" records \
				"trace-cmd record of $kvm_load"
		fi
	fi
	# perf reads no trace.dat, only what it recorded itself: the same events of the same load.
	command -v perf >/dev/null && "$build/tests/record-load" --probe >/dev/null 2>&1 || return 0
	# shellcheck disable=SC2086 # words
	perf record -q -a -k CLOCK_MONOTONIC -m 4M -e 'kvm:*,sched:*,timer:*,irq_vectors:local_timer_entry' \
		-o "$work/perf" "$build/tests/"$kvm_load >/dev/null 2>&1 || return 0
	input perf "$work/perf" "$(lines perf script -i "$work/perf")" records "perf record of $kvm_load, each event a line of perf script"
}
