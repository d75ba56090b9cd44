#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A Xen guest whose I/O a device model emulates: it is offline in each of its waits, and its ticks still come.
. "$PWD/ci/tests/lib.sh"
build=$1
trace=$work/devmodel.vtt

ok "imports" "$vtick" import xentrace traces/import/tests/data/offline-devmodel.trc.zst --cpu-hz 2G -o "$trace"
equal "why it stopped, and what it armed" \
	"$("$vtick" info --json "$trace" | jq -c '[.sched_out.wait, .sched_out.offline, .sched_out.block, .arms.total, .arms.past]')" \
	'[20,0,21,20,0]'
set --
for policy in replay/policies/*.c; do
	set -- "$@" -p "$(basename "$policy" .c)"
done
"$vtick" replay "$@" -o "$work/result.json" "$trace" >/dev/null || fail "replay"
equal "ticks due, in every design" \
	"$(jq -c '[.cells[] | [.status, .ticks.due]] | unique' "$work/result.json")" '[["ok",20]]'
equal "designs" "$(jq '.cells | length' "$work/result.json")" $(($# / 2))
finish
