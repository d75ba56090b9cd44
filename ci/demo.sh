#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration: recorded hosts, this one too if it runs KVM and lets us, and the 2005 mail's own case through both of its timers.
# Usage: ci/demo.sh BUILD
set -eu

build=$1
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

for preset in mail-16x4 mail-16x4-idle; do
	"$build/vtick" gen --preset "$preset" -o "$made/$preset.vtt"
done
# Four timer guests on this host. Where that cannot be, the corpus has to do.
load=$build/tests/record-load
if "$load" --probe 2>"$made/why" && "$build/vtick" record --user "$(id -u)" -o "$made/this-host.vtt" -- \
	"$load" --vms 2 --vcpus 2 --ticks 2000 >/dev/null 2>"$made/why"; then
	"$build/vtick" info "$made/this-host.vtt"
else
	rm -f "$made/this-host.vtt"
	echo "Nothing is recorded on this host: $(tail -n 1 "$made/why")"
fi
"$build/vtick" replay -o "$build/demo.json" traces/corpus/*.vtt "$made"/*.vtt
echo "The whole result is in $build/demo.json."
