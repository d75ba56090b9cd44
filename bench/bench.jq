# SPDX-License-Identifier: GPL-2.0-only
# A vtick.bench/1 document as Markdown.

def row: "| " + (map(tostring) | join(" | ")) + " |";
# Three digits.
def short: if . >= 100 then round elif . >= 10 then . * 10 | round / 10 else . * 100 | round / 100 end;
def thousandths: . / 1000 | short | tostring;
def percent: "\(. / 10 | round) %";
def spread(unit): (.median | unit) + " (" + (.low | unit) + " to " + (.high | unit) + ")";
def reached($is; $aim): if $is <= $aim then "reached" else "not reached" end;
# Of a row that replays a tree's code: of which.
def tree: .command | capture("policies/(?<of>[^ /]+)[.]so").of // null | if . then ", \(.)" else "" end;

. as $all |
def input($name): $all.inputs[] | select(.name == $name);

"\(.machine).", "", "\(.vtick), \(.rounds) rounds; load \(.load[0]) before, \(.load[1]) after.",
"",
(["what", "input", "CPU time, ms", "ns an item", "peak MiB", "instructions an item: own code, all"] | row),
"|---|---|--:|--:|--:|--:|",
(.rows[] | input(.input) as $i |
	[.row + tree, .input, (.cpu_us | spread(thousandths)), (.cpu_us.median * 1000 / $i.items | short),
	(.peak_kib / 1024 | short),
	(.instructions | if . then "\(.own_milli / 1000 | short), \(.all_milli / 1000 | short)" else "" end)] | row),
(.missing[] | [.row, .input, .why, "", "", ""] | row),
"",
(["ratio", "input", "median (spread)", "aim", ""] | row),
"|---|---|--:|--:|---|",
(.ratios[] |
	(.name | test("(bare|heap) loop")) as $loop |
	def unit: if $loop then "1/" + thousandths else percent end;
	[.name, .input, (if .milli then .milli | spread(unit) else "\(.least_milli | unit) (least of all)" end),
	(if .aim_milli then .aim_milli | unit else "" end),
	(if .aim_milli then reached(.least_milli // .milli.median; .aim_milli) else "" end)] | row),
(.corpus | {name: "all of them", bytes: (map(.bytes) | add), events: (map(.events) | add)}, (max_by(.bytes / .events) | .name |= "the worst, \(.)") |
	["bytes an event, recorded traces", .name, (.bytes / .events | short), 5,
	reached(.bytes; 5 * .events)] | row),
"",
(["input", "items", "bytes an item", "made by"] | row),
"|---|--:|--:|---|",
(.inputs[] | [.name, "\(.items) \(.unit)", (.bytes / .items | short), .how] | row)
