#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whatever a policy does, it loses its own cell at most: the others are as without it, to the last bit.
. "$PWD/ci/tests/lib.sh"
need jq
plugins=$top/replay/tests/plugins
: "${CC:=cc}"
export CC
cd "$work" || exit 1

ok "a trace" "$vtick" gen --domains 2 --vcpus 2 --lps 2 --duration 1 -o t.vtt
ok "build the plugin" compile evil.so "$plugins/evil.c"
ok "replay without it" "$vtick" replay -p virtual -p passthrough t.vtt -o good.json >table.txt

# contained HOW STATUS [MESSAGE]: what becomes of the cell, and nothing of the others.
contained()
{
	how=$1 status=$2 message=${3-} want=2
	[ "$status" != ok ] || want=0
	for jobs in 1 3; do
		code=0
		"$vtick" replay --cell-timeout 1 --cell-memory 64 -j "$jobs" -p virtual -p "./evil.so:how=$how" \
			-p passthrough t.vtt >evil.json 2>err.txt </dev/null || code=$?
		jq -r '.cells[1] | .status, .message // ""' evil.json >cell.txt
		jq 'del(.cells[1])' evil.json >rest.json
		if [ $code = $want ] && [ "$(sed -n 1p cell.txt)" = "$status" ] &&
			sed -n 2p cell.txt | grep -q -e "$message" && same rest.json good.json; then
			ok "$how: $status, -j$jobs"
		else
			fail "$how, -j$jobs: exit code $code, expected $want, and $status '$message'" cell.txt err.txt
		fi
	done
}

contained nothing ok
contained longjmp crashed
contained closeall crashed
contained closefrom crashed
contained garbage crashed 'no result'
contained pagehang timeout 'stuck for more than 1s at event '
contained pagetrace crashed 'could not be read'
contained lphigh misused 'in arm: timer_add(): lp 7, expected below 2 at event '
contained vphigh misused 'in arm: pend(): vp 7, expected below 4 at event '
contained hwhigh misused 'in arm: hw_arm(): lp 2, expected below 2 at event '
contained guestarmhigh misused 'in arm: guest_arm(): lp 1002, expected below 2 at event '
contained timergarb misused 'in arm: timer_add(): vp 1515870810, expected below 4 at event '
contained slop misused "in arm: wrote to host->slop, expected no write: the host is the engine's at event "
contained now misused "in arm: wrote to host->now, expected no write: the host is the engine's at event "
contained timertwice ok
contained timerpast ok
if ! sanitized; then # which sees the one itself, and sets no limit
	contained timerfree misused 'a timer in the queue of lp 0 was written to, freed or moved while it was active at event '
	contained milliontimers 'out of memory'
fi
contained logloop ok
equal "of a log 20 lines are shown, without what drives a terminal" \
	"$(grep -c '^vtick: t: evil:how=logloop: at [0-9]*: line [0-9]* \\x1b\[2J x\\x0ay$' err.txt)" 20
ok "the rest is counted" grep -q '^vtick: t: evil:how=logloop: 999980 more lines$' err.txt
contained errloop ok
equal "of what it prints the first lines are shown" \
	"$(grep -c '^vtick: t: evil:how=errloop: printed: chatter \\x1b\[2J chatter$' err.txt)" 40
ok "the rest is counted, too" grep -q '^vtick: t: .* printed 99960 more lines$' err.txt
contained printfn crashed
contained munmap crashed
contained stopself timeout
contained sigmask crashed 'signal 11 (SIGSEGV)'
contained execve crashed
contained raiseterm crashed
contained chdir ok
contained priority ok
contained stdinread ok

# A stray write finds no file of vtick's.
ok "build the stray one" compile stray.so "$plugins/stray.c"
for jobs in 1 3; do
	ok "stray, -j$jobs" "$vtick" replay -j "$jobs" -p virtual -p ./stray.so -p passthrough t.vtt -o stray.json >out.txt
	jq 'del(.cells[1])' stray.json >rest.json
	ok "the result is whole, -j$jobs" same rest.json good.json
done
finish
