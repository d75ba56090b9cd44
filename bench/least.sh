#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How many times the fewest interrupts that serve each tick in time every design takes: the table of README.
# Usage: bench/least.sh BUILD
set -eu

build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/vtick" gen --preset lapic-16x4 --duration 5s -o "$work/lapic-16x4.vtt"
set -- "$work/lapic-16x4.vtt"
for name in x16x4-credit2-2p-all pvh8-credit2-2p-life hvm3-credit2-2p-core kvm-4x2-all kvm-live-2x2; do
	set -- "$@" "traces/corpus/$name.vtt"
done
"$build/vtick" replay --bound -p virtual-2005 -p virtual -p passthrough -p virtual-vtm -p xen-vpt -p xen-pv -p kvm-hrtimer \
	-p kvm-preemption-timer -p apic-timer-virtualization -p passthrough-2021 -o "$work/result.json" "$@" >/dev/null
jq -r -f bench/least.jq "$work/result.json"
