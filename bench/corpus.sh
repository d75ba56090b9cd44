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
	jq -r --arg recorded "$recorded" --arg policies "$policies" '
	def row: "| " + (map(tostring) | join(" | ")) + " |";
	def fixed($digits): pow(10; $digits) as $p | . * $p | round | (. / $p | floor | tostring) + "." +
		(. % $p + $p | tostring | .[1:]);
	def per($n): if $n == 0 then "-" else . / $n | fixed(2) end;
	def share: if . == null then "-" else . / 10000 | fixed(1) end;
	def pair: if . == null or (.precision_ppm == null and .recall_ppm == null) then empty
		else "\(.precision_ppm | share) \(.recall_ppm | share)" end;
	def fidelity: [("expiries", "injections", "machine_interrupts") as $kind | .fidelity[$kind] | pair |
		"\($kind | sub("machine_"; "")) \(.)"] | if length > 0 then join(", ") else "the recording does not say" end;
	($policies | [splits("\\s+")]) as $names | [.cells, $names] | transpose | . as $rows |
	([$rows[][0] | select(.policy.name == $recorded)][0]) as $r |
	([$r.trace.name, "*\($recorded), as recorded: \($r | fidelity)*", "", "", "", "", "", "", "", ""] | row),
	($rows[] | . as [$c, $name] | $c.ticks.delivered as $ticks | $c.timer_interrupts.total as $irqs | ["", "`\($name)`", $irqs,
		($c.ac_timer_list.fires | per($irqs)), $c.hardware_writes,
		($c.exits | .arm + .fire + .guest_timer | per($ticks)), ($c.arms.total | per($ticks)),
		"\($c.ac_timer_list.guest_len_mean_milli / 1000 | fixed(2)), \($c.ac_timer_list.guest_len_max)",
		"\($c.wakeups.late), \($c.wakeups.lost)", ($c.hypervisor_ns.per_tick // "-")] | row)' "$work/result.json"
done
