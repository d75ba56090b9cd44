#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One load on hosts of two kernels that were away again and again (traces/pairs): each recording is matched best by what
# its kernel does with late periods.
. "$PWD/ci/tests/lib.sh"
need jq
pairs=$top/traces/pairs
cd "$work" || exit 1

# matched KERNEL HOW: its expiries' count is within 5 %, and within 200 us it is nearer to them than the other way, and
# than chance.
matched()
{
	"$vtick" replay --against-recording --window 200us --away recorded -p "kvm-hrtimer:late=$2" -p "kvm-hrtimer:late=$3" \
		"$pairs/kvm-away-$1.vtt" >r.json 2>err.txt
	jq '.cells | map(.fidelity.expiries)' r.json >expiries.json
	ok "$1: late=$2 has as many expiries" jq -e '.[0].count_error_ppm | fabs < 50000' expiries.json >jq.txt
	ok "$1: more of late=$2's are there" jq -e '.[0].precision_ppm > 1.2 * .[1].precision_ppm' expiries.json >jq.txt
	ok "$1: late=$2 has more of them" jq -e '.[0].recall_ppm > 1.2 * .[1].recall_ppm' expiries.json >jq.txt
	ok "$1: that is no chance" jq -e '.[0] | .precision_ppm > 4 * .by_chance_ppm' expiries.json >jq.txt
}

matched 5.10.223 catchup rebase
matched 6.1.192 rebase catchup

# Without the stretches away no period is late, and nothing is told apart.
"$vtick" replay --against-recording --window 200us -p kvm-hrtimer:late=catchup -p kvm-hrtimer:late=rebase \
	"$pairs/kvm-away-6.1.192.vtt" >r.json 2>err.txt
ok "else the two are alike" jq -e '.cells | .[0].digest == .[1].digest' r.json >jq.txt

# In the closed loop each is the recording, as it was recorded, and a prediction of the other within 3 %.
predicts()
{
	"$vtick" replay --closed-loop --away recorded -p "kvm-hrtimer:late=$2" -p "kvm-hrtimer:late=$3" "$pairs/kvm-away-$1.vtt" >r.json 2>err.txt
	ok "$1: late=$2 is the recording" jq -e '.cells[0].loop.identity | .same == .of' r.json >jq.txt
	# shellcheck disable=SC2016 # jq's $n
	ok "... and late=$3 has the ticks of $4" jq -e --argjson n "$(recorded "$4" .events.obs_pend)" \
		'.cells[1].ticks.delivered | . > 0.97 * $n and . < 1.03 * $n' r.json >jq.txt
	# shellcheck disable=SC2016
	ok "... and its wake-ups" jq -e --argjson n "$(recorded "$4" '.per_vp[0].wakes')" \
		'.cells[1].loop.per_vp[0].wakeups | . > 0.97 * $n and . < 1.03 * $n' r.json >jq.txt
}
recorded()
{
	"$vtick" info --json "$pairs/kvm-away-$1.vtt" | jq "$2"
}

predicts 5.10.223 catchup rebase 6.1.192
predicts 6.1.192 rebase catchup 5.10.223

finish
