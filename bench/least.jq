# SPDX-License-Identifier: GPL-2.0-only
# The table of bench/least.sh from its result. A design that does not serve each tick by an interrupt stands in brackets.
def row: "| " + (map(tostring) | join(" | ")) + " |";
def hundredths: . / 10 | floor | (. / 100 | floor | tostring) + "." + (. % 100 + 100 | tostring | .[1:]);
def serves_all: .exits.guest_timer == 0 and .wakeups.lost == 0 and .bound.multiple_milli >= 1000;
[.cells | group_by(.trace.name)[] | { name: .[0].trace.name, cells: . }] as $all |
(reduce .cells[] as $c ([]; if index([$c.trace.name]) then . else . + [$c.trace.name] end)) as $traces |
(reduce .cells[] as $c ([]; if index([$c.policy.name]) then . else . + [$c.policy.name] end)) as $policies |
def cells($policy): $traces[] as $t | $all[] | select(.name == $t) | .cells[] | select(.policy.name == $policy);
(["design"] + $traces | row),
("|---" + ($traces | map("|--:") | join("")) + "|"),
(["*the least, interrupts*"] + [cells($policies[0]) | .bound.with_hv] | row),
($policies[] as $p | ["`\($p)`"] + [cells($p) | (.bound.multiple_milli | hundredths) as $x |
	if serves_all then $x else "(\($x))" end] | row)
