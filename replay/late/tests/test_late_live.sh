#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # functions are called by ok
# late of a live recording against a witness: guests that measure their own latency. One LP is overcommitted, with a spinner.
# A host that takes an LP away between the interrupt and its handler parts the two; so some runs may not agree, and one must.
# Tier: check
# Needs: kvm root
# Alone: it measures how late guests are
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

load=$build/tests/record-load
"$load" --probe 2>why.txt || skip "$(cat why.txt)"
"$vtick" record --allow-empty --duration 200ms -o probe.vtt 2>why.txt || skip "$(cat why.txt)"
[ "$("$vtick" info --json probe.vtt | jq .vps)" = 0 ] || skip "other virtual machines run here"
for name in spinner web db; do
	cp "$load" $name
done
# The session goes before others; within it the spinner goes before web.
cat >guests.sh <<'END'
{ echo -20 >/proc/self/autogroup; } 2>/dev/null
nice -n -15 ./spinner --vms 1 --vcpus 1 --busy --pin 1 --period-us 4000 --seconds 60 >spinner.json &
spinner=$!
sleep 0.2
./web --vms 1 --vcpus 1 --ticks 5000 --from-now --pin 1 >web.json &
web=$!
nice -n -15 ./db --vms 1 --vcpus 1 --ticks 5000 --from-now --pin 0 >db.json
wait $web
kill $spinner
wait
END

# beside NAME: what the guest measured, and what the recording says: ticks, p99, largest.
beside()
{
	jq -r '.guests[0] | "\(.ticks) \(.latency_ns.p99) \(.latency_ns.max)"' "$1.json"
	jq -r --arg name "$1" '.views[0].vms[] | select(.name | startswith($name)) | .ticks.delivered, .lateness_ns.p99, .lateness_ns.max' late.json |
		paste -sd ' '
}
# The guest's own time has the way into the guest in it, some us, which is much of a p99 of some us.
agree()
{
	beside "$1" | tee beside.txt | paste -sd ';' | sed "s/^/# $1, its own and recorded: ticks p99 largest (ns): /" >&3
	awk 'function apart(a, b) { return a > b ? a - b : b - a }
		NR == 1 { ticks = $1; p99 = $2; most = $3 }
		NR == 2 { ok = $1 >= ticks - 10 && ticks >= 5000 &&
			(apart($3, most) <= 100000 || apart($3, most) <= most * 0.02) &&
			(apart($2, p99) <= p99 * 0.03 || apart($2, p99) <= 20000) }
		END { exit !ok }' beside.txt
}
runs=1 run=0 agreed=0
[ "${VTICK_TIER-}" != all ] || runs=3
while [ $agreed -lt $runs ] && [ $run -lt $((runs + 3)) ]; do
	run=$((run + 1))
	timeout 200 setsid -w "$vtick" record -o live.vtt -- setsid -w sh guests.sh >out.txt 2>err.txt || fail "run $run: it records" err.txt
	"$vtick" late --json live.vtt >late.json
	! { agree web && agree db; } || agreed=$((agreed + 1))
done
ok "web's and db's own figures are those of late, in $agreed of $run runs" [ $agreed = $runs ]
"$vtick" late live.vtt >late.txt
sed 's/^/# /' late.txt
ok "the VM beside the spinner is named" grep -q '^  Latest by p99 is web-' late.txt
ok "... the cause, and the spinner" grep -Eq '^  [0-9]+ % of its lateness is waiting for an LP, [0-9]+ % of that behind spinner-' late.txt
ok "it adds up" [ -z "$(jq -r -f "$top/replay/late/tests/adds_up.jq" late.json)" ]
finish
