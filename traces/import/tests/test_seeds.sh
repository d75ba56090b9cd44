#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Timers that were armed before a capture began: what becomes of them from the capture to the result.
. "$PWD/ci/tests/lib.sh"
need jq
build=$1
data=traces/import/tests/data
dir=$work

# take NAME DATA [OPTION]...: imports it to $dir/NAME.vtt, with its info in $dir/NAME.json.
take()
{
	name=$1
	capture=$2
	shift 2
	ok "$name: import" "$build/vtick" import "$data/$capture" -o "$dir/$name.vtt" "$@"
	ok "$name: legal" "$build/vtick" check --quiet "$dir/$name.vtt"
	"$build/vtick" info --json "$dir/$name.vtt" >"$dir/$name.json"
}

# get NAME FILTER: of its info.
get()
{
	jq -c "$2" "$dir/$1.json"
}

# A periodic timer on a host that is elsewhere for some periods now and then, under two kernels: one lets all of them
# expire when it is back, the other begins the period anew. Either way most steps between the times of its hrtimer are it.
for row in 5.10:4000320:100 6.1:4001456:83; do
	kernel=${row%%:*}
	fires=${row##*:}
	period=${row#*:}
	period=${period%:*}
	take "$kernel" "kvm-away-$kernel-400ms.dat.zst" 2>"$dir/err"
	equal "$kernel: says nothing" "$(cat "$dir/err")" ""
	equal "$kernel: inferred, unseen, arms, expiries" \
		"$(get "$kernel" '[.arms.inferred, .unseen_ticks, .arms.total, .events.obs_fire]')" "[1,0,0,$fires]"
	equal "$kernel: what told it" "$(get "$kernel" '[.seeds[] | [.dev, .period_ns, .by]]')" \
		"[[\"lapic\",$period,\"starts of its hrtimer\"]]"
	equal "$kernel: named" "$(get "$kernel" '[.notes[] | select(test("SEED: 1, 1 of them periodic .d[0-9]+v0."))] | length')" 1
	ok "$kernel: replay" "$build/vtick" replay -p kvm-hrtimer "$dir/$kernel.vtt" -o "$dir/$kernel.result" >"$dir/out"
	# 400 ms of 4 ms, whatever the host made of them.
	equal "$kernel: ticks that rest on it" "$(jq -c '.cells[0].ticks | [.due, .inferred]' "$dir/$kernel.result")" "[100,100]"
	take "$kernel-none" "kvm-away-$kernel-400ms.dat.zst" --no-infer 2>"$dir/err"
	equal "$kernel: without" "$(get "$kernel-none" '[.arms.inferred, .unseen_ticks, .seeds]')" "[0,$fires,null]"
	equal "$kernel: without, the command" "$(get "$kernel-none" '.source.command | test(" --no-infer")')" true
	ok "$kernel: without, nothing to compare" grep -q 'nothing to compare' "$dir/err"
	# Nothing else differs.
	"$build/vtick" dump --json "$dir/$kernel.vtt" | sed 1d | jq -c 'select(.event != "seed") | del(.index)' >"$dir/with"
	"$build/vtick" dump --json "$dir/$kernel-none.vtt" | sed 1d | jq -c 'del(.index)' >"$dir/without"
	ok "$kernel: the same but for it" cmp "$dir/with" "$dir/without"
done

# 5.10: each expiry that was recorded has one that is predicted, none more.
ok "5.10: fidelity" "$build/vtick" replay -p kvm-hrtimer --against-recording "$dir/5.10.vtt" -o "$dir/fidelity" >"$dir/out"
equal "5.10: expiries, recorded and predicted" \
	"$(jq -c '.cells[0].fidelity.expiries | [.observed, .predicted, .left_out.unseen_observed]' "$dir/fidelity")" '[100,100,0]'

# One-shots that were pending.
take tsc kvm-tsc-107ms.dat.zst 2>/dev/null
equal "tsc: inferred, unseen" "$(get tsc '[.arms.inferred, .unseen_ticks, ([.seeds[].dev] | unique)]')" '[3,0,["tsc-deadline"]]'

finish
