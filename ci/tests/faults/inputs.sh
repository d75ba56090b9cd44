#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The small inputs of the commands in `commands`: FOLDER/in, and FOLDER/old, what is there before each of them.
#   inputs.sh VTICK FOLDER      from the top of the tree
set -eu
vtick=$1 into=$2
data=traces/import/tests/data
mkdir -p "$into/in/nights" "$into/old"
top=$PWD
cd "$into/in"

zstd -qdo xen.trc "$top/$data/offline-devmodel.trc.zst"
cp "$top/$data/offline-devmodel.trc.zst" xen.trc.zst
zstd -qdo kvm.dat "$top/$data/kvm-tmict-150ms.dat.zst"
gzip -k kvm.dat
"$vtick" import trace-cmd kvm.dat -o kvm.vtt 2>/dev/null
"$vtick" gen --domains 1 --vcpus 2 --lps 1 --duration 20ms --set-itc 1 -o trace.vtt
"$vtick" dump --json trace.vtt >trace.txt
head -c 900 trace.vtt >broken.vtt
zstd -qdo exits.dat "$top/$data/kvm-4x2-60ms.dat.zst"
"$vtick" import trace-cmd exits.dat --exits -o exits.vtt 2>/dev/null
"$vtick" info --costs exits.vtt >costs.json
rm exits.dat

"$vtick" replay -j1 -p virtual trace.vtt >base.json
jq -c '.cells[0].exits.arm += 9' base.json >worse.json
"$vtick" replay -j1 -p virtual -p virtual-2005 kvm.vtt >two.json
# A tick that comes early: of two events, so that it takes few replays to make that smaller.
"$vtick" import text -o early.vtt 2>/dev/null <<EOF
{"clock_hz":1000000000,"end":3,"lps":1,"vps":[{"domain":0,"name":"d0v0","vcpu":0}]}
{"time":0,"event":"sched_in","lp":0,"vp":0}
{"time":0,"event":"arm","lp":0,"vp":0,"dev":"itm","deadline":3,"period":0}
EOF
"$vtick" replay -j1 -p virtual -p kvm-hrtimer early.vtt >early.json
"$vtick" compare --golden golden.txt base.json
cp "$top/ci/tests/faults/rules.json" .
mkdir fleet half
cp trace.vtt fleet/one.vtt
cp kvm.vtt fleet/two.vtt
cp trace.vtt half/one.vtt
cp broken.vtt half/two.vtt
"$vtick" replay -j1 -p virtual -p xen-pv -O results fleet >/dev/null
# runs FIRST: times from there on
runs()
{
	jq -nc --argjson first "$1" '{results: [{command: "replay", times: [range(24) | $first + . * 0.001], exit_codes: [range(24) | 0]}]}'
}
runs 0.3 >times.json
runs 0.4 >times2.json
jq -c . base.json >nights/2026-01-01-r1-1.json
"$vtick" history --db history.db --rebuild nights
cp history.db "$into/old/history.db"
jq -c . worse.json >nights/2026-01-02-r2-2.json
"$vtick" history --db history.db --update nights

cd "$into/old"
cp ../in/broken.vtt old.vtt
echo '{"old": true}' >old.json
echo 'an older one' >old.txt
