# SPDX-License-Identifier: GPL-2.0-only
# The tables of the claims of 2005 from the result of bench/claims.sh; $part: all, or summary, the one of README.
def row: "| " + (map(tostring) | join(" | ")) + " |";
def hundredths: . * 100 | round | (. / 100 | floor | tostring) + "." + (. % 100 + 100 | tostring | .[1:]);
def times: . / 10 | floor | . / 100 | hundredths;
def us: if . == null then "-" else . / 1000 | floor end;
[.cells | group_by(.trace.name)[] | { name: .[0].trace.name, class: .[0].trace.class, cells: . }] as $all |
def order: ["mail-16x4", "mail-16x4-idle", "lapic-16x4", "mail-16x4-itc", "x16x4-credit2-2p-all",
	"pvh8-credit-2p-all", "pvhlinux-credit2-2p-all", "hvm3-credit2-2p-core"];
def traces: order[] as $n | $all[] | select(.name == $n);
def cell($policy; $params): .cells[] | select(.policy.name == $policy and (.policy.params | contains($params)));
def nearest: cell("passthrough"; { scope: "nearest" });
def current: cell("passthrough"; { scope: "current" });
def remove: cell("virtual"; { switch: "remove", block: "keep" });
def letter: cell("virtual"; { switch: "remove", block: "remove" });
def keep: cell("virtual"; { switch: "keep" });

def summary:
	(["trace", "VPs", "interrupts: pass-through", "virtual", "ratio", "times the least: pass-through", "virtual", "guest timers in a list: virtual",
		"wake-ups lost without those of halted VPs"] | row),
	"|---|--:|--:|--:|--:|--:|--:|--:|--:|",
	(traces | [.name, .cells[0].trace.vps, nearest.timer_interrupts.total, remove.timer_interrupts.total,
		(nearest.timer_interrupts.total / remove.timer_interrupts.total | hundredths),
		(nearest, remove | .bound.multiple_milli | times),
		remove.ac_timer_list.guest_len_max, "\(letter.wakeups.lost) of \(letter.wakeups.due)"] | row);
def all_of_them:
	"Machine timer interrupts:", "",
	(["trace", "passthrough", "virtual", "ratio", "virtual:block=remove", "of its wake-ups lost"] | row),
	"|---|--:|--:|--:|--:|--:|",
	(traces | [.name, nearest.timer_interrupts.total, remove.timer_interrupts.total,
		(nearest.timer_interrupts.total / remove.timer_interrupts.total | hundredths),
		letter.timer_interrupts.total, "\(letter.wakeups.lost) of \(letter.wakeups.due)"] | row),
	"", "Most guest timers in the ac_timer list of one LP at a time:", "",
	(["trace", "VPs", "passthrough", "virtual", "virtual:block=remove", "virtual:switch=keep"] | row),
	"|---|--:|--:|--:|--:|--:|",
	(traces | [.name, .cells[0].trace.vps] + [nearest, remove, letter, keep | .ac_timer_list.guest_len_max] | row),
	"", "Microseconds that the policy, not the scheduler, added to a tick (policy skew, 99th percentile and
largest):", "",
	(["trace", "passthrough", "passthrough:scope=current,switch=none", "virtual"] | row),
	"|---|--:|--:|--:|",
	(traces | [.name] + [nearest, current, remove | .firing_skew_ns.policy | "\(.p99 | us), \(.max | us)"] | row),
	"", "Milliseconds that a clock was wrong after guests had set their ITC (hypervisor, running guests),
and ticks missed:", "",
	(["trace", "passthrough", "virtual"] | row),
	"|---|--:|--:|",
	($all[] | select(.name == "mail-16x4-itc") | [.name] + [nearest, remove |
		"\(.hv_clock_error_ns / 1000000 | floor), \(.guest_clock_error_ns / 1000000 | floor); \(.ticks.missed)"] | row);

if $part == "summary" then summary else all_of_them end
