#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# evil.c's ways to reach out of a policy's own cell, and a stray write.
. "$PWD/ci/tests/lib.sh"
. "$PWD/replay/tests/contained.sh"
ok "build the plugin" compile evil.so "$plugins/evil.c"

host="expected no write: the host is the engine's at event "
contained evil:nothing ok
contained evil:longjmp crashed
contained evil:closeall crashed 'no room for its result'
contained evil:closefrom crashed 'no room for its result'
contained evil:garbage crashed 'no result'
contained evil:lphigh misused 'in arm: timer_add(): lp 7, expected below 2 at event '
contained evil:vphigh misused 'in arm: pend(): vp 7, expected below 4 at event '
contained evil:hwhigh misused 'in arm: hw_arm(): lp 2, expected below 2 at event '
contained evil:guestarmhigh misused 'in arm: guest_arm(): lp 1002, expected below 2 at event '
contained evil:timergarb misused 'in arm: timer_add(): vp 1515870810, expected below 4 at event '
contained evil:slop misused "in arm: wrote to host->slop, $host"
contained evil:now misused "in arm: wrote to host->now, $host"
contained evil:timertwice ok
contained evil:timerpast ok
contained evil:setrlim ok
contained evil:fakefile ok
contained evil:neighbour ok
contained evil:stdinread ok
contained evil:printfn crashed
contained evil:munmap crashed
contained evil:raiseterm crashed 'signal 15 (SIGTERM)'
contained evil:logloop ok
equal "of a log 20 lines are shown, without what drives a terminal" \
	"$(grep -c '^vtick: t: evil:how=logloop: at [0-9]*: line [0-9]* \\x1b\[2J x\\x0ay$' err.txt)" 20
ok "the rest is counted" grep -q '^vtick: t: evil:how=logloop: 999980 more lines$' err.txt
contained evil:errloop ok
equal "of what it prints the first lines are shown" \
	"$(grep -c '^vtick: t: evil:how=errloop: printed: chatter \\x1b\[2J chatter$' err.txt)" 40
ok "the rest is counted, too" grep -q '^vtick: t: .* printed 99960 more lines$' err.txt

if ! sanitized; then # which sees what is freed, sets no limits and has no sandbox
	contained evil:timerfree misused 'a timer in the queue of lp 0 was written to, freed or moved while it was active at event '
	contained evil:milliontimers 'out of memory'
	forbidden evil:killppterm kill
	forbidden evil:forkspin clone
	forbidden evil:forkexit clone
	forbidden evil:threadlock rt_sigaction
	forbidden evil:alarmloop rt_sigaction
	forbidden evil:chdir chdir
	forbidden evil:stopself kill
	forbidden evil:execve execve
	forbidden evil:priority getpriority
	contained evil:sigmask misused
	contained evil:pagehang crashed
	contained evil:pagetrace crashed

	# What the parent sees to by itself.
	contained evil:pagehang timeout '^stuck for more than LIMIT at event ' --no-sandbox
	contained evil:pagetrace crashed 'could not be read' --no-sandbox
	contained evil:munmap crashed '' --no-sandbox
	contained evil:garbage crashed 'no result' --no-sandbox
	contained evil:chdir ok '' --no-sandbox
	contained evil:sigmask crashed 'signal 11 (SIGSEGV)' --no-sandbox
	contained evil:stopself timeout '' --no-sandbox
	contained evil:execve crashed '' --no-sandbox
fi

# A stray write finds no file of vtick's.
ok "build the stray one" compile stray.so "$plugins/stray.c"
for jobs in 1 3; do
	for sandbox in '' --no-sandbox; do
		# shellcheck disable=SC2086 # an option or nothing
		ok "stray $sandbox, -j$jobs" "$vtick" replay $sandbox -j "$jobs" -p virtual -p ./stray.so -p passthrough t.vtt \
			-o stray.json >out.txt
		jq 'del(.cells[1])' stray.json >rest.json
		ok "the result is whole, -j$jobs $sandbox" same rest.json good.json
	done
done
finish
