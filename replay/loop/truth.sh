#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The closed loop against known truth. A line of replay/loop/truth.pairs is one load, that gen makes under a setting A
# and under a setting B. What the closed loop makes of B from A's trace stands beside what B's trace shows, and beside
# the open loop's answer: a table, or with --json an object a pair. Exit code 1: not all is
# right.
# Usage: replay/loop/truth.sh [--json] [--seconds N] BUILD [PAIR]...
set -eu

here=$(dirname "$0")
form=table shorter=
while :; do
	case $1 in
	--json) form=json ;;
	--seconds)
		shorter=$2
		shift
		;;
	*) break ;;
	esac
	shift
done
build=$1
shift
asked=" $* "
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# made SIDE SLOP COST SLICE: the load under a setting, and what its trace shows; the cost is in us.
made()
{
	side=$1 slop=$2 cost=$3 slice=$4
	# shellcheck disable=SC2086 # words
	"$build/vtick" gen --hypervisor virtual --duration "$seconds" $load --slop "$slop" --irq-cost "${cost}us" \
		--slice "$slice" -o "$work/$side.vtt"
	"$build/vtick" dump "$work/$side.vtt" |
		awk -v cost="$((cost * 1000))" -v end="$((seconds * 1000000000))" -f "$here/truth.awk" >"$work/$side.json"
}

# answer MODE [--closed-loop]: to B, from A's trace.
answer()
{
	mode=$1
	shift
	echo "{\"schema\":\"vtick.costs/1\",\"figures\":{\"base_ns\":{\"ns\":$((cost * 1000)),\"source\":\"B\"}}}" >"$work/costs"
	"$build/vtick" replay "$@" --costs "$work/costs" -p "virtual:slop=$slop,hv-slice=$slice" "$work/a.vtt" \
		-o "$work/$mode.json" >/dev/null
}

grep -v '^#' "$here/truth.pairs" | while IFS='|' read -r name seconds load a b; do
	name=$(echo "$name" | tr -d ' ')
	[ "$asked" = "  " ] || [ "${asked#* "$name" }" != "$asked" ] || continue
	seconds=${shorter:-$((seconds))}
	# shellcheck disable=SC2086 # words
	made a $a
	# shellcheck disable=SC2086 # words
	made b $b
	answer closed --closed-loop
	answer open
	jq -n --arg name "$name" --arg load "$load" --arg set_a "$a" --arg set_b "$b" --slurpfile seen_a "$work/a.json" \
		--slurpfile seen_b "$work/b.json" --slurpfile closed "$work/closed.json" --slurpfile open "$work/open.json" \
		-f "$here/truth.jq"
done >"$work/all.json"

if [ $form = json ]; then
	cat "$work/all.json"
else
	jq -rs -f "$here/truth_table.jq" "$work/all.json"
fi
jq -es 'length > 0 and ([.[].numbers[] | .right != false] | all)' "$work/all.json" >/dev/null
