# SPDX-License-Identifier: GPL-2.0-only
# Which of some small traces show that a policy is worse than another by a metric. Input: a result of all policies on all
# of them. $traces: {name, header, events} of each, $metrics: {letter, metric, better, unit} of each in any order, $letters:
# in this one. $mode: "keep" prints the names of those that are needed, a line each, "page" what stands in ADVERSARY.md.

def abs: if . < 0 then -. else . end;

# How bad a number is, as replay/catalogue.h has it.
def badness($m): if . == null then null elif $m.better == "higher" then -. elif $m.better == "zero" then abs else . end;

# Shortest first, then those with the fewest members and no host of their own; what is longer in text has longer numbers.
def order: [(.events | length), (.header.lps + (.header.vps | length)), (.header.host_model != null), (.text | length), .text];

def event($t):
	"\(.time) "
	+ (if ($t.header.vps | length) > 1 and .vp != null then "v\(.vp) " else "" end)
	+ (if .event == "sched_in" then "in" elif .event == "sched_out" then "out \(.reason)" else .event end)
	+ (if .dev then " \(.dev) \(.deadline)" else "" end)
	+ (if .period > 0 then " every \(.period)" else "" end)
	+ (if .event == "mask" then (if .masked then "" else " off" end) else "" end)
	+ (if .value != null then " \(.value)" else "" end)
	+ (if $t.header.lps > 1 and .lp != null then " lp\(.lp)" else "" end);

def compact:
	. as $t
	| ([.events[] | event($t)] | join("; "))
	+ (if .header.end > (.events[-1].time // 0) then "; to \(.header.end)" else "" end)
	+ ([.header.vps[] | "d\(.domain)v\(.vcpu)"] as $vps | if $vps == ["d0v0"] then "" else " (\($vps | join(" ")))" end)
	+ (if .header.clock_hz != 1000000000 then " (at \(.header.clock_hz) Hz)" else "" end)
	+ (if .header.host_model then " (host \(.header.host_model | tojson))" else "" end);

# The numbers of a metric by trace and policy.
def numbers($m): reduce .[] as $c ({}; .[$c.trace.name][$c.policy.name] = ($c | getpath($m.metric / ".")));

# For each pair of policies the traces that show it and are as short as any: known ones, if one of them is.
def pairs($m; $numbers; $policies; $sorted):
	[$policies[] as $a | $policies[] as $b | select($a != $b)
	| [$sorted[] | select(($numbers[.name][$a] | badness($m)) as $x | ($numbers[.name][$b] | badness($m)) as $y
		| $x != null and $y != null and $x > $y)] as $show
	| select($show | length > 0)
	| ($show[0].events | length) as $n
	| [$show[] | select((.events | length) == $n) | .name] as $names
	| [$names[] | select(startswith("known"))] as $known
	| { a: $a, b: $b, traces: (if $known == [] then $names else $known end) }];

# A few traces for all pairs: the one that shows most of what is left, and so on.
def cover($sorted):
	def go: if .left == [] then .chosen else
		.left as $left
		| ([$left[].traces[]] | group_by(.) | map({ key: .[0], value: length }) | from_entries) as $n
		| ([$sorted[].name | select($n[.])] | reduce .[] as $t (null; if . == null or $n[$t] > $n[.] then $t else . end)) as $best
		| { left: [$left[] | select(.traces | index($best) | not)], chosen: (.chosen + [$best]) } | go
	end;
	{ left: ., chosen: [] } | go;

def code: "`\(.)`";

# "**0** `virtual`; **1** others", from the best to the worst; the others are the most, where that is short.
def by_value($m; $of; $policies):
	[$policies[] | { p: ., v: $of[.] }] | group_by(.v | badness($m), .)
	| (map(length) | max) as $most
	| ([.[] | select(length == $most)][0][0].v) as $others
	| map("**\(.[0].v // "none")** " + (if $most > 3 and .[0].v == $others then "others" else map(.p | code) | join(", ") end))
	| join("; ");

.cells as $cells
| ([$cells[].policy.name] | unique) as $policies
| ([$traces[] | .text = (.events | tojson)] | sort_by(order)) as $sorted
| [($letters / "")[] as $letter | $metrics[] as $m | select($m.letter == $letter)
	| ($cells | numbers($m)) as $numbers
	| pairs($m; $numbers; $policies; $sorted) as $pairs
	| ($pairs | cover($sorted)) as $chosen
	| { m: $m, numbers: $numbers, pairs: $pairs, chosen: [$sorted[] | select(.name as $n | $chosen | index($n))] }] as $found
| if $mode == "keep" then ([$found[].chosen[].name] | unique) as $names | $sorted[].name | select(IN($names[])) else
	"| worse, than | " + ([range($policies | length) | "\(. + 1)"] | join(" | ")) + " |",
	"|---|" + ([$policies[] | "---|"] | add),
	($policies | to_entries[] | .value as $a
		| "| \(.key + 1) `\($a)` | " + ([$policies[] as $b
			| [$found[] | select(any(.pairs[]; .a == $a and .b == $b)) | .m.letter] | join("")
			| if $a == $b then "." elif . == "" then "none" else . end] | join(" | ")) + " |"),
	($found[]
		| "", "## \(.m.letter): \(.m.metric)", "",
		(if .chosen == [] then "None." else
			. as $f
			| "| trace | \(.m.unit), by policy | why |", "|---|---|---|",
			(.chosen[] | "| \(compact | code) | \(by_value($f.m; $f.numbers[.name]; $policies)) | \((.header.notes // []) | join(" ")) |")
		end))
end
