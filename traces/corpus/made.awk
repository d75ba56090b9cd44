# SPDX-License-Identifier: GPL-2.0-only
# Of made.sh: lines of a time in ns, a tab, an event.

function say(t, vp, event, rest)
{
	printf "%d\t{\"time\":%d,\"event\":\"%s\",\"vp\":\"%s\"%s}\n", t, t, event, vp, rest
}
function enter(t, vp, lp) { say(t, vp, "sched_in", ",\"lp\":" lp) }
function leave(t, vp, why) { say(t, vp, "sched_out", ",\"reason\":\"" why "\"") }
function wake(t, vp, lp) { say(t, vp, "wake", ",\"lp\":" lp) }
function mask(t, vp, is) { say(t, vp, "mask", ",\"masked\":" (is ? "true" : "false") ",\"vector\":236") }
function stop(t, vp) { say(t, vp, "disarm", "") }
function one_shot(t, vp, after)
{
	say(t, vp, "arm", sprintf(",\"dev\":\"lapic\",\"deadline\":%d,\"period\":0", t + after))
}
function periodic(t, vp, every)
{
	say(t, vp, "arm", sprintf(",\"dev\":\"lapic\",\"deadline\":%d,\"period\":%d", t + every, every))
}
function deadline(t, vp, after)
{
	say(t, vp, "arm", sprintf(",\"dev\":\"tsc-deadline\",\"deadline\":%d,\"period\":0", t + after))
}

# The first VP runs all the time; the second halts, and a host that makes 200 us of its 50 wakes it.
function periods(  t)
{
	enter(0, "d1v0", 0)
	mask(10 * US, "d1v0", 0)
	periodic(100 * US, "d1v0", 50 * US)
	stop(20 * MS, "d1v0")
	periodic(21 * MS, "d1v0", 100 * US)
	periodic(40 * MS, "d1v0", 200 * US)
	periodic(60 * MS, "d1v0", 300 * US)
	stop(95 * MS, "d1v0")
	enter(0, "d1v1", 1)
	mask(10 * US, "d1v1", 0)
	periodic(1 * MS, "d1v1", 50 * US)
	leave(1 * MS + 10 * US, "d1v1", "block")
	for (t = 1 * MS + 200 * US; t < 50 * MS; t += 200 * US) {
		wake(t + 30 * US, "d1v1", 1)
		enter(t + 35 * US, "d1v1", 1)
		leave(t + 50 * US, "d1v1", "block")
	}
}

# One of these lasts 4 ms.
function mode_switches(t, vp, lp, round)
{
	one_shot(t, vp, 1 * MS)
	periodic(t + 200 * US, vp, 300 * US) # the one-shot is armed still
	deadline(t + 1350 * US, vp, 400 * US)
	if (round % 2)
		stop(t + 1500 * US, vp)
	one_shot(t + 2000 * US, vp, 500 * US)
	if (round % 3 == 1)
		stop(t + 2200 * US, vp)
	if (round % 3 == 2) { # due under mask, then another mode, then unmasked
		mask(t + 2300 * US, vp, 1)
		periodic(t + 2600 * US, vp, 700 * US)
		mask(t + 2700 * US, vp, 0)
	} else if (lp == 1) { # due while others run
		leave(t + 2300 * US, vp, "preempt")
		enter(t + 2600 * US, vp, lp)
		periodic(t + 2601 * US, vp, 700 * US)
	} else {
		deadline(t + 2600 * US, vp, 300 * US)
	}
	one_shot(t + 3700 * US, vp, 200 * US)
}
function modes(  i)
{
	for (i = 0; i < 2; i++) {
		enter(0, "d1v" i, i)
		mask(10 * US, "d1v" i, 0)
	}
	for (i = 0; i < 23; i++) {
		mode_switches(1 * MS + i * 4 * MS, "d1v0", 0, i)
		mode_switches(1100 * US + i * 4 * MS, "d1v1", 1, i)
	}
}

# A VP between two LPs, for 2.4 ms: moved as it runs, then as it is halted.
function moved(t, vp, here, there, counts)
{
	if (counts)
		one_shot(t, vp, 1 * MS)
	else
		deadline(t, vp, 1 * MS)
	leave(t + 100 * US, vp, "preempt")
	enter(t + 300 * US, vp, there)
	if (counts)
		one_shot(t + 1200 * US, vp, 700 * US)
	else
		deadline(t + 1200 * US, vp, 700 * US)
	leave(t + 1250 * US, vp, "block")
	wake(t + 1500 * US, vp, there) # by another cause
	enter(t + 1510 * US, vp, here)
	leave(t + 1600 * US, vp, "block")
	wake(t + 1950 * US, vp, here)
	enter(t + 1960 * US, vp, here)
}
function moves(  i, t)
{
	enter(0, "d1v0", 0)
	enter(0, "d1v1", 2)
	mask(10 * US, "d1v0", 0)
	mask(10 * US, "d1v1", 0)
	for (i = 0; i < 40; i++)
		moved(1 * MS + i * 2400 * US, "d1v0", 0, 1, i % 2)
	periodic(500 * US, "d1v1", 1 * MS)
	for (i = 0; i < 40; i++) {
		t = 1 * MS + i * 2300 * US
		leave(t, "d1v1", i % 3 ? "preempt" : "wait")
		enter(t + (i % 4 == 3 ? 1300 : 200) * US, "d1v1", i % 2 ? 2 : 3)
	}
}

BEGIN {
	US = 1000
	MS = 1000000
	if (name == "made-period-50us")
		periods()
	else if (name == "made-modes")
		modes()
	else
		moves()
}
