# SPDX-License-Identifier: GPL-2.0-only
# Of truth.sh: all pairs as a table.
def row: "| " + (map(tostring) | join(" | ")) + " |";
def hundredths: round | "\(. / 100 | floor).\(. % 100 + 100 | tostring | .[1:])";
def time: if . < 1000000 then "\(. / 1000 | round) us" elif . < 10000000000 then "\(. / 10000 | hundredths) ms" else "\(. / 10000000 | hundredths) s" end;
def number($key): if $key | endswith("_ns") then time else tostring end;
def mark($right; $key): number($key) | if $right == false then "**\(.)**" elif $right == null then "(\(.))" else . end;
(["pair", "", "interrupts", "ticks", "wake-ups", "work", "p50", "p99"] | row), "|---|---|--:|--:|--:|--:|--:|--:|",
(.[] | . as $p | .numbers as $n |
	(["`\(.pair)`", "A: \(.settings.a)"] + [$n[] | .key as $k | .a | number($k)] | row),
	(["", "B: \(.settings.b)"] + [$n[] | .key as $k | .b | number($k)] | row),
	(["", "closed loop"] + [$n[] | .key as $k | .right as $r | .closed | mark($r; $k)] | row),
	(["", "open loop"] + [$n[] | .key as $k | .open_right as $r | .open | mark($r; $k)] | row)),
"",
([.[].numbers[] | select(.right != null)] | "Right: \([.[] | select(.right)] | length) of \(length) numbers of the closed loop, \([.[] | select(.open_right)] | length) of the open loop.")
