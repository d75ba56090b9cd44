# SPDX-License-Identifier: GPL-2.0-only
# Of truth.sh: one pair, what was seen of both sides and the answers, judged.
def quantile(q): (.late_ns | sort) as $l | if $l | length == 0 then 0 else $l[($l | length) * q | ceil - 1] end;
def seen: { interrupts, ticks, wakeups, work_ns, p50_ns: quantile(0.5), p99_ns: quantile(0.99) };
def skew: .firing_skew_ns.delivery;
def closed: { interrupts: .timer_interrupts.total, ticks: .ticks.delivered, wakeups: ([.loop.per_vp[].wakeups] | add),
	work_ns: .loop.work_ns, p50_ns: skew.p50, p99_ns: skew.p99 };
# The schedule stays: who wakes and what is done is A's.
def open($a): { interrupts: .timer_interrupts.total, ticks: .ticks.delivered, wakeups: $a.wakeups, work_ns: $a.work_ns,
	p50_ns: skew.p50, p99_ns: skew.p99 };
def sign: if . > 0 then 1 elif . < 0 then -1 else 0 end;
# What the truth may be missed by: 2 %, 2 us, 3 events.
def allowed($key; $truth): [$truth * 0.02, (if $key | endswith("_ns") then 2000 else 3 end)] | max;
def right($key; $a; $b; $got): allowed($key; $b) as $ok |
	($got - $b | fabs) <= $ok and (($b - $a | fabs) <= $ok or ($got - $a | sign) == ($b - $a | sign));
($seen_a[0] | seen) as $a | ($seen_b[0] | seen) as $b | ($closed[0].cells[0] | closed) as $closed | ($open[0].cells[0] | open($a)) as $open |
{ pair: $name, load: ($load | gsub("^ +| +$"; "")), settings: { a: ($set_a | gsub("^ +| +$"; "")), b: ($set_b | gsub("^ +| +$"; "")) },
	numbers: [$a | keys_unsorted[] | . as $key | { key: $key, a: $a[$key], b: $b[$key], closed: $closed[$key], open: $open[$key] } |
		if $key == "p99_ns" and $b.ticks < 1000 then .right = null else
		.right = right($key; .a; .b; .closed) | .open_right = right($key; .a; .b; .open) end] }
