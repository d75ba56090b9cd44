#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What ci/instructions.sh counts: makes the inputs in WORK and prints the runs, each a name and a command in which % is
# vtick. Usage: ci/instruction-runs.sh BUILD WORK
set -eu

build=$1 work=$2
vtick=$build/vtick xen_capture=$build/bench/xen_capture

gen()
{
	"$vtick" gen -o "$work/$1.vtt" --preset "$2" --lps 4 --duration "$3"
}
gen halting mail-16x4-idle 5
gen busy busy-16x4-4lp 20
"$xen_capture" "$work/many.trc" 1 256 20000 0
"$xen_capture" "$work/xen.trc" 4 16 2000 12
"$vtick" import xentrace "$work/many.trc" --cpu-hz 2400M -o "$work/many.vtt"
set -- -p virtual
for slop in 1 2 3 4 5 6 7 8 9; do
	set -- "$@" -p "virtual:slop=${slop}us"
done
"$vtick" replay -o "$work/result.json" "$@" traces/corpus/kvm-[t2]*.vtt >/dev/null

replayed="-o $work/out.json $work/halting.vtt $work/busy.vtt $work/many.vtt"
cat <<END
decode % info $work/busy.vtt
virtual % replay -j1 -p virtual $replayed
passthrough % replay -j1 -p passthrough $replayed
both % replay -j1 -p virtual -p passthrough $replayed
import % import xentrace $work/xen.trc --cpu-hz 2400M -o $work/out.vtt
compare % compare $work/result.json $work/result.json
END
