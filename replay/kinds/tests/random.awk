# SPDX-License-Identifier: GPL-2.0-only
# Lines of a time, a tab, an event of a random trace by `seed`: a few VPs that run, block, move, mask, stop and write
# their timers, as a guest of KVM can (periods that KVM does not raise, first deadlines a period ahead).

function say(t, vp, event, rest)
{
	printf "%d\t{\"time\":%d,\"event\":\"%s\",\"vp\":\"d%dv0\"%s}\n", t, t, event, vp + 1, rest
}
function arm(t, vp, dev, deadline, period)
{
	say(t, vp, "arm", sprintf(",\"dev\":\"%s\",\"deadline\":%d,\"period\":%d", dev, deadline, period))
}
function below(n)
{
	return int(rand() * n)
}
function enter(t, vp,  lp)
{
	if (blocked[vp] && below(2)) {
		say(t, vp, "wake", ",\"lp\":" below(lps))
		blocked[vp] = 0
		if (below(2))
			return
	}
	lp = below(lps)
	if (lp in runs)
		return
	runs[lp] = vp
	on[vp] = lp
	blocked[vp] = 0
	say(t, vp, "sched_in", ",\"lp\":" lp)
}
function leave(t, vp,  why)
{
	why = below(3)
	blocked[vp] = !why
	say(t, vp, "sched_out", ",\"reason\":\"" (!why ? "block" : why == 1 ? "preempt" : "yield") "\"")
	delete runs[on[vp]]
	delete on[vp]
}
function act(t, vp,  what, period)
{
	what = below(8)
	if (what < 2)
		say(t, vp, "mask", ",\"masked\":" (below(2) ? "true" : "false") ",\"vector\":236")
	else if (what == 2)
		say(t, vp, "disarm", "")
	else if (what < 6)
		arm(t, vp, "tsc-deadline", t + below(below(2) ? 3 * scale : 3000) - (below(5) ? 0 : 500), 0)
	else if (what == 6)
		arm(t, vp, "lapic", t + 1 + below(3 * scale), 0)
	else {
		period = 200000 + below(2 * scale)
		arm(t, vp, "lapic", t + period, period)
	}
}
BEGIN {
	srand(seed)
	lps = 2 + below(2)
	vps = 1 + below(4)
	scale = 30000 * 4 ^ below(4)
	for (;;) {
		t += 1 + below(below(4) ? scale : 10)
		if (t >= 20000000)
			exit
		vp = below(vps)
		if (!(vp in on))
			enter(t, vp)
		else if (below(3))
			act(t, vp)
		else
			leave(t, vp)
	}
}
