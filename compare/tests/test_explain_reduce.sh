#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# compare --explain --reduce: the first tick whose fate differs, on a trace of a few events that text makes again.
# Tier: check
# shellcheck disable=SC2317 # functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
mkdir tmp
TMPDIR=$work/tmp
export TMPDIR
trace=made-moves
"$vtick" replay -j1 -p virtual -p virtual-2005 "$top/traces/corpus/$trace.vtt" -o two.json >/dev/null || exit 1

code "the verdict is as without" 1 "$vtick" compare --reduce --trace-dir "$top/traces/corpus" --base virtual --candidate virtual-2005 two.json
cp out.txt report.txt
ok "the tick as it was recorded" grep -q "^$trace, virtual -> virtual-2005: the first tick whose fate differs is " report.txt
ok "the small trace" grep -q "^$trace, virtual -> virtual-2005: the same on [0-9]* of [0-9]* events ([0-9]* traces tried)" report.txt
sed -n '/vtick import text/,$p' report.txt | grep '^{' >small.txt
ok "... of at most 10 events" [ "$(grep -c '"event"' small.txt)" -le 10 ]
ok "... makes a trace" "$vtick" import text small.txt -o small.vtt
ok "... that is legal" "$vtick" check small.vtt
first() # of a policy: the kind of the first fate
{
	"$vtick" replay -j1 -p "$1" small.vtt --fates fates.txt -o /dev/null >/dev/null && sed -n 2p fates.txt
}
ok "... on which the policies differ" [ "$(first virtual)" != "$(first virtual-2005)" ]
code "again" 1 "$vtick" compare --reduce --trace-dir "$top/traces/corpus" --base virtual --candidate virtual-2005 two.json
ok "... the same, to the byte" cmp out.txt report.txt
# A replay that has no memory is no other fate.
if ! sanitized; then
	(cd "$top" && sh ci/tests/faults/inputs.sh "$vtick" "$work/faults") || exit 1
	grep "compare --reduce" "$top/ci/tests/faults/commands" | sed "s/^! //" >line
	ok "a replay without memory ends it" "$build/tests/faults/faults" --kind memory --sample 6 --seed 1 "$vtick" "$build/tests/faults/preload.so" line "$work/faults"
fi
ok "no file is left behind" [ -z "$(ls -A tmp)" ]
finish
