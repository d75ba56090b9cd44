#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replays 1 to 64 domains of 4 VPs on 1, 4 and 16 LPs, of each kind of guest, through each policy; prints a JSON
# line for each of them, the same ones in every run on every machine.
# Usage: bench/study/scaling.sh [-d "DOMAINS..."] [-l "LPS..."] [-s SECONDS] BUILD
set -eu

here=$(dirname "$0")
# shellcheck source=bench/study/guests.sh
. "$here/guests.sh"
domains="1 2 4 8 16 32 64"
lps="1 4 16"
seconds=60
while getopts d:l:s: option; do
	case $option in
	d) domains=$OPTARG ;;
	l) lps=$OPTARG ;;
	s) seconds=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

set --
for spec in $(jq -r '.[].spec' "$here/policies.json"); do
	set -- "$@" -p "$spec"
done

for guests in $GUESTS; do
	for n in $lps; do
		printf 'study: %s guests, %s LPs: %s domains\n' "$guests" "$n" "$domains" >&2
		traces=
		for d in $domains; do
			trace=$work/$d.vtt
			# With a single LP there is nowhere to go.
			# shellcheck disable=SC2046 # options
			"$build/vtick" gen $(guest_options "$guests" "$d") --lps "$n" --duration "$seconds" \
				--migrate $((n > 1 ? 5 : 0)) -o "$trace"
			traces="$traces $trace"
		done
		# shellcheck disable=SC2086 # a list
		"$build/vtick" replay "$@" -o "$work/result.json" $traces >/dev/null
		jq -c --arg guests "$guests" --slurpfile policies "$here/policies.json" -f "$here/rows.jq" \
			"$work/result.json"
	done
done
