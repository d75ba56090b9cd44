#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The engine against the naive reference on generated workloads: 64 VPs, periodic and not, busy and halting.
# Tier: check
set -eu

build=$1
reference=$build/tests/replay-test_reference
if ! [ -x "$build/vtick" ] || ! [ -x "$reference" ]; then
	echo "skipped: $build/vtick or $reference is not built"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for preset in mail-16x4 mail-16x4-idle mail-16x4-itc lapic-16x4 lapic-16x4-idle tickless-16x4; do
	"$build/vtick" gen --preset "$preset" --duration 2s -o "$dir/$preset.vtt" 2>"$dir/log" || {
		cat "$dir/log"
		exit 1
	}
	if VTICK_TEST_TRACES="$dir/$preset.vtt" "$reference" --filter '*/corpus' >"$dir/log" 2>&1; then
		echo "ok: $preset"
	else
		cat "$dir/log"
		echo "failed: $preset"
		exit 1
	fi
done
