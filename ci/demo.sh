#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration: recorded Xen hosts and the 2005 mail's own case through both of its timers.
# Usage: ci/demo.sh BUILD
set -eu

build=$1
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

for preset in mail-16x4 mail-16x4-idle; do
	"$build/vtick" gen --preset "$preset" -o "$made/$preset.vtt"
done
"$build/vtick" replay -o "$build/demo.json" traces/corpus/*.vtt "$made"/*.vtt
echo "The whole result is in $build/demo.json."
