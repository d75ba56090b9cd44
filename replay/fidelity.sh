#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How near the replay of each recorded design is to its recording: the tables of FIDELITY.md.
# Usage: replay/fidelity.sh BUILD
set -eu

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
done

jq -rn --arg costed "$costed" '
def row: "| " + (map(tostring) | join(" | ")) + " |";
def hundredths: . as $n | "\($n / 100 | floor).\($n % 100 + 100 | tostring | .[1:])";
def percent: if . == null then "-" else . / 100 | floor | hundredths end;
def time: if . == null then "-" elif . < 0 then "-" + (-. | time)
	elif . < 1000000 then "\(. / 1000 | floor) us" else "\(. / 10000 | floor | hundredths) ms" end;
def pair: if . == null or .precision_ppm == null and .recall_ppm == null then "-" else "\(.precision_ppm | percent) \(.recall_ppm | percent)" end;
def more: if . == null then "-" else (if . > 0 then "+" else "" end) + (if . < 0 then "-" + (-. | percent) else percent end) end;
reduce inputs as $in ({}; .[$in.provenance.command | capture("-o \\S*/(?<file>[^/]*)[.]json").file] = $in.cells) | . as $r |
"How late the recorded hypervisor was itself, and the window that follows:", "",
(["trace", "class", "expiries", "of no deadline", "p50", "p90", "p99", "largest", "window", "from"] | row), "|---|---|--:|--:|--:|--:|--:|--:|--:|---|",
(($r.kvm + $r.xen)[] | .fidelity as $f | [.trace.name, .trace.class, $f.lateness_ns.count, $f.lateness_ns.without_deadline, ($f.lateness_ns | .p50, .p90, .p99, .max | time), ($f.window_ns | time),
	$f.window_from] | row),
"", "Precision and recall in percent within that window; chance: how much of the time is that near to a
predicted expiry; count: more or fewer predicted than observed, in percent; out: events left out:", "",
(["trace", "expiries", "chance", "count", "injections", "count", "out", "interrupts", "count"] | row), "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
(($r.kvm + $r.xen)[] | .fidelity as $f | [.trace.name, ($f.expiries | pair, (.by_chance_ppm | percent), (.count_error_ppm | more)),
	($f.injections | pair, (.count_error_ppm | more), (if . then .left_out | add else "-" end)),
	($f.machine_interrupts | pair, (.count_error_ppm | more))] | row),
"", "The same within 200 us, and by halves of the trace (`--window 200us`):", "",
(["trace", "expiries", "chance", "first half", "second half", "injections", "chance", "first half", "second half"] | row),
"|---|--:|--:|--:|--:|--:|--:|--:|--:|",
(($r["kvm-200us"] + $r["xen-200us"])[] | [.trace.name, (.fidelity | .expiries, .injections |
	pair, (.by_chance_ppm | percent), (.first_half | pair), (.second_half | pair))] | row),
"", "Expiries by what the VP did at the deadline, within 1 ms, by the design that was recorded, which
keeps the timer of a preempted VP, and by two that stop it:", "",
(["trace", "policy", "running", "preempted", "blocked"] | row), "|---|---|--:|--:|--:|",
($r.parts[] | [.trace.name, .policy.name, (.fidelity.expiries | .running, .preempted, .blocked | pair)] | row),
"", "Injections of Xen'"'"'s periodic timers within 1 ms, with `align=yes`, the first tick of a period
moved to a multiple of it, and `align=no`:", "",
(["trace", "align=yes", "align=no"] | row), "|---|--:|--:|",
([$r.given, $r["xen-1ms"]] | transpose[] | select(.[0].fidelity.injections) | [.[0].trace.name, (.[] | .fidelity.injections | pair)] | row),
"", "The second half within 200 us, and its interrupts within the capture'"'"'s own lateness too, without
costs and with costs that the first half tells (`vtick info --costs --half`):", "",
(["trace", "costs", "expiries", "median distance", "injections", "median distance", "interrupts", "median distance", "within its lateness", "count"] | row), "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
($costed | split(" ")[] as $name | ("free", "costs") as $how | $r["\($how)-\($name)"][0].fidelity |
	[$name, (if $how == "free" then "none" else "first half" end), (.expiries, .injections, .machine_interrupts | .second_half | pair, (.dt_ns.abs_p50 | time)),
	($r["wide-\($how)-\($name)"][0].fidelity.machine_interrupts | if . then .second_half | pair else "-" end),
	(.machine_interrupts.second_half.count_error_ppm | if . then more else "-" end)] | row)
' "$work"/*.json

echo
echo "Machine timer interrupts of the KVM recordings by how many guest timers expired in them, until the
next one of that LP:"
echo
echo "| trace | none | one | two | more |"
echo "|---|--:|--:|--:|--:|"
for name in kvm-4x2-all kvm-live-2x2 kvm-live-mixed-2x3 kvm-unstable-tsc-1; do
	"$build/vtick" dump "traces/corpus/$name.vtt" | awk -v name="$name" '
		$6 == "obs_hv_irq" { if ($4 in expired) irqs[expired[$4] > 3 ? 3 : expired[$4]]++; expired[$4] = 0 }
		$6 == "sched_in" { lp[$5] = $4 }
		$6 == "obs_fire" { expired[lp[$5]]++ }
		END { printf "| %s | %d | %d | %d | %d |\n", name, irqs[0], irqs[1], irqs[2], irqs[3] }'
done

echo
echo "Deadlines of the KVM recordings that a replay serves in another way:"
echo
echo "| trace | overwritten after they passed, before KVM got to them: more expiries in a replay | past when they were written, but KVM started a timer: fewer |"
echo "|---|--:|--:|"
for name in $kvm; do
	"$build/vtick" dump --json "traces/corpus/$name.vtt" |
		jq -r 'select(.event == "arm" or .event == "disarm" or .event == "obs_fire") | [.event, .vp, .time, .deadline, .period] | @tsv' |
		awk -v name="$name" '
			$1 != "obs_fire" { if ($2 in due && due[$2] <= $3 && due[$2] > at[$2]) over++; delete due[$2] }
			$1 == "arm" { due[$2] = $4; at[$2] = $3; periodic[$2] = $5 > 0 }
			$1 == "obs_fire" { if ($2 in due && due[$2] <= at[$2]) past++; if (!periodic[$2]) delete due[$2] }
			END { printf "| %s | %d | %d |\n", name, over, past }'
done
