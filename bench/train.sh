#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `make pgo` learns from: replays of generated traces, a few seconds in all. BUILD was compiled with
# -fprofile-generate and without _exit(), which forgets the counts; they stay beside its objects.
# Usage: bench/train.sh BUILD
set -eu

vtick=$1/vtick
work=$(mktemp -d)
# Nobody should install a program that counts.
trap 'rm -rf "$work" "$vtick"' EXIT
trap 'exit 2' HUP INT TERM
find "$1" -name '*.gcda' -delete

"$vtick" gen --preset mail-16x4-idle --lps 4 --duration 12 -o "$work/halting.vtt"
"$vtick" gen --preset busy-16x4-4lp --duration 60 -o "$work/busy.vtt"
"$vtick" gen --domains 64 --vcpus 4 --lps 4 --tick 100 --blocked 99 --duration 1 -o "$work/crowded.vtt"

# In a sandbox nothing could be written at the end.
replay()
{
	"$vtick" replay --no-sandbox --cell-timeout 0 -o "$work/result.json" "$@" "$work"/*.vtt >/dev/null
}
for loop in '' --closed-loop; do
	# shellcheck disable=SC2086 # an option or none
	for policies in '-p virtual' '-p passthrough' '-p virtual -p passthrough'; do
		replay $loop $policies
	done
done
replay -p virtual -p kvm-hrtimer --costs ci/made-costs.json
replay -p all
"$vtick" info "$work"/*.vtt "$work"/*.vtt "$work"/*.vtt >/dev/null
