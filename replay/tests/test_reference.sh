#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The engine against the naive reference on generated workloads: 64 VPs, periodic and not, busy and halting.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need jq
build=$1
reference=$build/tests/replay-test_reference
ok "the programs are built" [ -x "$reference" ]
dir=$work

for preset in mail-16x4 mail-16x4-idle mail-16x4-itc lapic-16x4 lapic-16x4-idle tickless-16x4; do
	"$build/vtick" gen --preset "$preset" --duration 2s -o "$dir/$preset.vtt" 2>"$dir/log" || {
		fail "gen $preset" "$dir/log"
		continue
	}
	if VTICK_TEST_TRACES="$dir/$preset.vtt" "$reference" --filter '*/corpus' >"$dir/log" 2>&1; then
		ok "$preset"
	else
		fail "$preset" "$dir/log"
	fi
done
finish
