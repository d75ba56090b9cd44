#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every policy on recorded traces, with how near the replay of the design that was recorded comes to the recording: the
# table of README and those of CORPUS.md. Costs are what each recording tells of them.
# Usage: bench/corpus.sh BUILD [TRACE...]    names of traces/corpus without .vtt; default: all of them
set -eu

build=$1
shift
[ $# -gt 0 ] || {
	for file in traces/corpus/*.vtt; do
		set -- "$@" "$(basename "$file" .vtt)"
	done
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

policies="passthrough passthrough:scope=current,switch=none virtual virtual:switch=keep virtual-2005 virtual-vtm xen-vpt:align=no
	xen-pv kvm-hrtimer kvm-preemption-timer apic-timer-virtualization passthrough-2021"
cat <<'END'
| trace | policy | interrupts | expiries each | hardware writes | exits a tick | arms a tick | list | late, lost | hv ns a tick |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
END
for name; do
	trace=traces/corpus/$name.vtt
	# Who was recorded.
	case $name in kvm-*) recorded=kvm-hrtimer ;; *) recorded=xen-vpt ;; esac
	set -- --against-recording -o "$work/result.json"
	if "$build/vtick" info --costs "$trace" >"$work/costs" 2>/dev/null; then
		set -- "$@" --costs "$work/costs"
	fi
	for policy in $policies; do
		set -- "$@" -p "$policy"
	done
	"$build/vtick" replay "$@" "$trace" >/dev/null
	jq -r --arg recorded "$recorded" --arg policies "$policies" -f bench/corpus.jq "$work/result.json"
done
