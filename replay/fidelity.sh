#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How near the replay of each recorded design is to its recording: the tables of FIDELITY.md.
# Usage: replay/fidelity.sh BUILD
set -eu

here=$(dirname "$0")
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kvm="kvm-2x2-core kvm-2x2-tsc kvm-4x2-all kvm-live-2x2 kvm-live-mixed-2x3 kvm-tmict-1 kvm-unstable-tsc-1"
xen="pvh2 pvh6-credit2-4p-quiet pvh7tdt-credit2-2p-all pvh8-credit-2p-all pvh8-credit2-2p-life pvhlinux-credit2-2p-all
	x16x4-credit2-2p-all x16x4b-credit2-2p-all hvm3-credit2-2p-core xen-pv-1g"
# What was recorded, as near as the policies have it.
kvm_design="kvm-hrtimer"
xen_design="xen-vpt:align=no"

paths()
{
	for name in $1; do
		echo "traces/corpus/$name.vtt"
	done
}

# against FILE DESIGN TRACES OPTION...
against()
{
	file=$1 designs=$2 names=$3
	shift 3
	set -- "$@" -o "$work/$file.json"
	for design in $designs; do
		set -- "$@" -p "$design"
	done
	# shellcheck disable=SC2046 # a list of words
	"$build/vtick" replay --against-recording "$@" $(paths "$names") >/dev/null
}

against kvm "$kvm_design" "$kvm"
against xen "$xen_design" "$xen"
against kvm-200us "$kvm_design" "$kvm" --window 200us
against xen-200us "$xen_design" "$xen" --window 200us
against parts "$kvm_design kvm-preemption-timer virtual" "kvm-4x2-all kvm-2x2-core kvm-2x2-tsc" --window 1ms
against given xen-vpt "$xen" --window 1ms
against xen-1ms "$xen_design" "$xen" --window 1ms

# Costs from the first half, to judge the second by.
costed="kvm-2x2-tsc kvm-4x2-all kvm-live-2x2 kvm-live-mixed-2x3 kvm-tmict-1 kvm-unstable-tsc-1 pvhlinux-credit2-2p-all"
for name in $costed; do
	case $name in pvh*) design=$xen_design ;; *) design=$kvm_design ;; esac
	"$build/vtick" info --costs --half "traces/corpus/$name.vtt" >"$work/half.costs"
	against "free-$name" "$design" "$name" --window 200us
	against "costs-$name" "$design" "$name" --window 200us --costs "$work/half.costs"
	against "wide-free-$name" "$design" "$name"
	against "wide-costs-$name" "$design" "$name" --costs "$work/half.costs"
	[ "$design" = "$kvm_design" ] || continue
	against "away-$name" "$design" "$name" --window 200us --costs "$work/half.costs" --away recorded
	against "wide-away-$name" "$design" "$name" --costs "$work/half.costs" --away recorded
done

jq -rn --arg costed "$costed" -f "$here/fidelity.jq" "$work"/*.json

echo
echo "Machine timer interrupts of the KVM recordings by how many guest timers expired in them, until the
next one of that LP:"
echo
echo "| trace | none | one | two | more |"
echo "|---|--:|--:|--:|--:|"
for name in kvm-4x2-all kvm-live-2x2 kvm-live-mixed-2x3 kvm-unstable-tsc-1; do
	"$build/vtick" dump "traces/corpus/$name.vtt" |
		awk -v name="$name" -f "$here/fidelity_irqs.awk"
done

echo
echo "Deadlines of the KVM recordings that a replay serves in another way:"
echo
echo "| trace | overwritten after they passed, before KVM got to them: more expiries in a replay | past when they were written, but KVM started a timer: fewer |"
echo "|---|--:|--:|"
for name in $kvm; do
	"$build/vtick" dump --json "traces/corpus/$name.vtt" |
		jq -r 'select(.event == "arm" or .event == "disarm" or .event == "obs_fire") | [.event, .vp, .time, .deadline, .period] | @tsv' |
		awk -v name="$name" -f "$here/fidelity_deadlines.awk"
done

echo
"$here/fidelity_kernels.sh" "$build"
