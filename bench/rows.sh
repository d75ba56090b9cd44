# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets build, vtick, tool and work
# What bench.sh runs: $work/rows has name, input and command of each row, $work/missing what cannot be run here and why.

row() # NAME INPUT COMMAND...
{
	printf '%s\t%s\t' "$1" "$2" >>"$work/rows"
	shift 2
	echo "$*" >>"$work/rows"
}

missing() # NAME INPUT WHY
{
	printf '%s\t%s\t%s\n' "$@" >>"$work/missing"
}

# other TOOL NAME INPUT COMMAND...: a row if the tool is there.
other()
{
	other_tool=$1
	shift
	if command -v "$other_tool" >/dev/null; then
		row "$@"
	else
		missing "$1" "$2" "not installed"
	fi
}

xen_rows() # INPUT FILE
{
	row import "$1" "$vtick import xentrace $2 -o $work/out.vtt"
	svm=''
	# xenalyze must be told that the numbers of VM exits are AMD's; else it stops at the first one it does not know.
	! command -v xenalyze >/dev/null || xenalyze -s "$2" >/dev/null 2>&1 || svm=' --svm-mode'
	other xenalyze "xenalyze summary" "$1" "xenalyze$svm -s $2"
	other xenalyze "xenalyze dump" "$1" "xenalyze$svm --dump-all $2"
}

# Eight policies, which a replay feeds from one reading of the trace.
eight='passthrough passthrough:scope=current passthrough:scope=current,switch=none passthrough:hv-tick=0
virtual virtual:block=remove virtual:switch=keep virtual:hv-tick=0'

list_rows()
{
	: >"$work/missing"
	# Debian 12 has it in the PATH, others beside the hypervisor.
	for folder in /usr/lib/xen-*/bin; do
		PATH=$PATH:$folder
	done
	out="-o $work/result.json"
	for name in halting busy vps-1 vps-16 vps-256; do
		trace=$work/$name.vtt
		row bare "$name" "$tool/bare_loop $work/$name.raw"
		row heap "$name" "$tool/heap_loop $trace"
		case $name in
		vps-1 | vps-16) ;;
		*) row decode "$name" "$vtick info $trace" ;;
		esac
		row virtual "$name" "$vtick replay -j1 -p virtual $out $trace"
		row passthrough "$name" "$vtick replay -j1 -p passthrough $out $trace"
		case $name in
		vps-1 | vps-16) ;;
		*) row both "$name" "$vtick replay -j1 -p virtual -p passthrough $out $trace" ;;
		esac
	done
	for name in halting busy; do
		row "closed loop" "$name" "$vtick replay -j1 -p virtual --closed-loop --cell-timeout 0 $out $work/$name.vtt"
	done
	tree_rows kvm "${BENCH_LINUX-}" kvm-hrtimer halting busy
	tree_rows xen "${BENCH_XEN-}" xen-vpt halting busy
	row "-j 1" cells "$vtick replay -j1 $out" "$work"/cells-?.vtt
	row "-j 2" cells "$vtick replay -j2 $out" "$work"/cells-?.vtt
	# shellcheck disable=SC2086,SC2046 # words
	row "eight policies" policies "$vtick replay -j1 $(printf ' -p %s' $eight) $out $work/policies.vtt"
	for policy in $eight; do
		echo "$vtick replay -j1 -p $policy $out $work/policies.vtt"
	done >"$work/eight.sh"
	row "eight calls" policies "sh -e $work/eight.sh"
	row compare results "$vtick compare $work/base.json $work/candidate.json"
	row fleet fleet "$vtick replay -j1 -p virtual -O $work/fleet.out $work/fleet"
	row "fleet again" fleet "$vtick replay -j1 -p virtual -O $work/fleet.out $work/fleet"
	row merge fleet "$vtick merge -o $work/merged.json $work/fleet.out"
	xen_rows xen "$work/xen.trc"
	[ ! -e "$work/xen-given" ] || xen_rows xen-given "$work/xen-given"
	if [ -e "$work/kvm" ]; then
		row import kvm "$vtick import trace-cmd $work/kvm -o $work/out.vtt"
		other trace-cmd "trace-cmd report" kvm "trace-cmd report -i $work/kvm"
	else
		missing import kvm "no trace.dat (BENCH_TRACE_DAT), and trace-cmd cannot record one here"
		missing "trace-cmd report" kvm "no trace.dat"
	fi
	if [ -e "$work/perf" ]; then
		row "perf script" perf "perf script -i $work/perf"
	elif command -v perf >/dev/null; then
		missing "perf script" perf "cannot record here"
	else
		missing "perf script" perf "not installed"
	fi
}
