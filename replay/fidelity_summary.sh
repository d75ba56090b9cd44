#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What FIDELITY.md comes to: the recorded designs against their recordings, in open and closed loop, and pairs of
# recordings. The pairs' numbers are those that the page has below, from recordings that are not all in the tree.
# Usage: replay/fidelity_summary.sh BUILD
set -eu

here=$(dirname "$0")
vtick=$1/vtick
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "Of each recording, replayed as the design that was recorded: how much of what was predicted was
recorded and how much of what was recorded was predicted, within 200 us, in percent; in parentheses
how much a guess would find; KVM with the stretches away that the recording tells, nothing costs
anything. Then the closed loop of that design: events that come as recorded, what it takes over from
the recording without a rule (how long after its tick a guest woke, an LP that stood still while it
waited), in percent of the guests' time, and how many of the writes and wake-ups come within 10 us
without that, in percent: a guest that is 20 us early once is so from then on."
echo
echo "| trace | recorded design | expiries | injections | machine interrupts | closed loop | unexplained | without |"
echo "|---|---|--:|--:|--:|--:|--:|--:|"
for trace in traces/corpus/*.vtt; do
	case $trace in
	*/kvm-*) design=kvm-hrtimer away="--away recorded" ;;
	*/made-*) continue ;;
	*) design=xen-vpt:align=no away= ;;
	esac
	# shellcheck disable=SC2086 # words
	{
		"$vtick" replay --against-recording --window 200us $away -p $design "$trace" >"$work/open.json"
		"$vtick" replay --closed-loop $away -p $design "$trace" >"$work/closed.json"
		"$vtick" replay --closed-loop --residuals 0 $away -p $design "$trace" >"$work/without.json"
	} 2>"$work/err" || { cat "$work/err" >&2; exit 2; }
	jq -rn --arg trace "$(basename "$trace" .vtt)" --arg design "$design" --slurpfile open "$work/open.json" \
		--slurpfile closed "$work/closed.json" --slurpfile without "$work/without.json" -f "$here/fidelity_summary.jq"
done

echo
echo "Of recordings that exist under two settings, what the closed loop predicts from the one, beside what
was recorded under the other, by how much two runs of one setting differ, and what the open loop
says (below: [One load under other settings](#one-load-under-other-settings)):"
echo
echo "| from | predicted | what | predicted | recorded | error | equal runs differ | open loop |"
echo "|---|---|---|--:|--:|--:|--:|--:|"
awk -f "$here/fidelity_summary.awk" replay/FIDELITY.md
