#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The claims of the 2005 mail, each with the numbers that replays give for it: the tables of bench/CLAIMS.md;
# with --summary the one table of README.
# Usage: bench/claims.sh [--summary] BUILD
set -eu

part=all
if [ "$1" = --summary ]; then
	part=summary
	shift
fi
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

made="mail-16x4 mail-16x4-idle mail-16x4-itc lapic-16x4"
real="x16x4-credit2-2p-all pvh8-credit-2p-all pvhlinux-credit2-2p-all hvm3-credit2-2p-core"
traces=
for preset in $made; do
	"$build/vtick" gen --preset "$preset" -o "$work/$preset.vtt"
	traces="$traces $work/$preset.vtt"
done
for name in $real; do
	traces="$traces traces/corpus/$name.vtt"
done
# shellcheck disable=SC2086 # a list of words
"$build/vtick" replay --bound -p passthrough -p passthrough:scope=current,switch=none -p virtual \
	-p virtual:block=remove -p virtual:switch=keep -o "$work/result.json" $traces >/dev/null

jq -r --arg part "$part" -f bench/claims.jq "$work/result.json"
