#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A live recording of this host's KVM, replayed by KVM's own design, is what was recorded.
# Tier: check
# Needs: kvm root
# Alone: it records what the host does, and in time
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

load=$build/tests/record-load
"$load" --probe 2>why.txt || skip "$(cat why.txt)"
"$vtick" record --allow-empty --duration 200ms -o probe.vtt 2>why.txt || skip "$(cat why.txt)"
[ "$("$vtick" info --json probe.vtt | jq .vps)" = 0 ] || skip "other virtual machines run here"

before_others timeout 60 "$vtick" record -o live.vtt -- "$load" --vms 2 --vcpus 2 --ticks 2000 >load.txt 2>err.txt || { cat err.txt; exit 1; }
ok "it replays" "$vtick" replay --against-recording -p kvm-hrtimer -o live.json live.vtt >table.txt
jq -c '.cells[0].fidelity | {window_ns, lateness_ns, expiries: (.expiries | [.precision_ppm, .recall_ppm, .count_error_ppm]),
	injections: (.injections | [.precision_ppm, .recall_ppm, .count_error_ppm])}' live.json
# About one in a hundred is later than the window, which is the 99th percentile of the lateness. The rest of the room is for a host
# that does other things beside; a recording that is wrong is wrong altogether.
ok "expiries: precision and recall" jq -e '.cells[0].fidelity.expiries | [.precision_ppm, .recall_ppm] | all(. >= 900000)' live.json >/dev/null
ok "injections: precision and recall" jq -e '.cells[0].fidelity.injections | [.precision_ppm, .recall_ppm] | all(. >= 900000)' live.json >/dev/null
ok "expiries: their count" jq -e '.cells[0].fidelity.expiries.count_error_ppm | . >= -20000 and . <= 20000' live.json >/dev/null
finish
