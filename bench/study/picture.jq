# SPDX-License-Identifier: GPL-2.0-only
# One picture of pictures.json as a gnuplot script that draws it, apart from the terminal. Input: the rows of
# scaling.sh, slurped. Arguments: $picture, and $policies, $guests (policies.json, guests.json, slurped).
# All places are worked out here: y goes from 0 to 1 in every panel, x is the number of the point.

def places(n): pow(10; n) as $p | . * $p | round / $p;
# Three digits are enough; of a count below 10 000 also the fourth.
def digits:
	if . == 0 then 0 elif . < 0 then 0 - . | digits | 0 - . else (log10 | floor) as $e
	| if $e == 3 and $picture.unit == "count" then round
	elif $e > 2 then pow(10; $e - 2) as $unit | (. / $unit | round) * $unit
	else places(2 - $e) end end;
def text: gsub("(?<c>[\"\\\\])"; "\\" + .c);
def tidy: tostring | if length > 3 and test("^[0-9]+$") then (.[:-3] | tidy) + " " + .[-3:] else . end;
def count: if . >= 1000000 then "\(. / 1000000) M" elif . >= 10000 then "\(. / 1000) k" else tidy end;
def time: if . < 0 then "-" + (0 - . | time) elif . >= 1000000000 then "\(. / 1000000000) s" elif . >= 1000000 then "\(. / 1000000) ms"
	elif . >= 1000 then "\(. / 1000) us" else "\(.) ns" end;

$picture as $p
| . as $rows
| ([$rows[].domains] | unique) as $domains
| ($domains | length) as $n

# The panels' series, as values.
| def series($panel):
	if $panel.ratio then
		({ label: "one for each VP", colour: "#777777", width: 1.5, values: ($domains | map(. * 4)) }),
		($guests[0][] | . as $g
		| { label: .label, colour, width, values: [$domains[] as $d
			| [$rows[] | select(.guests == $g.key and .lps == $panel.lps and .domains == $d)]
			| (map(select(.policy == "passthrough"))[0].irqs.total)
				/ (map(select(.policy == "virtual"))[0].irqs.total)] })
	else
		($panel.metric // $p.metric) as $metric
		| $policies[0][] | . as $s
		| { label: .label, colour, width, values: [$domains[] as $d | $rows[]
			| select(.guests == $panel.guests and .lps == $panel.lps and .domains == $d and .policy == $s.key)
			| getpath($metric) / ($p.divide // 1)] }
	end;
[$p.panels[] | . as $panel | { title: (.title // ""), series: [series($panel)] }] as $panels
| [$panels[].series[].values[]] as $all
| if ($all | length) != ([$panels[].series[]] | length) * $n then error("\($p.name): rows are missing") else . end

# The axis: its marks as values, and where a value lies. On a log axis nothing lies below the 0 at the bottom.
| ([$all[] | select(. > 0)] | if . == [] then [1] else . end) as $positive
| (if $p.scale == "log" then
	(if $all | min <= 0 then 1 else 0 end) as $zero
	| ($positive | min | log10 | floor) as $low
	| ([($positive | max | log10 | ceil), $low + 1] | max) as $high
	| ($high - $low + $zero) as $span
	| (if $span > 7 then 2 else 1 end) as $step
	| { marks: ((if $zero == 1 then [{ value: 0, at: 0 }] else [] end)
		+ [range($low; $high + 1; $step) | { value: (pow(10; .) | places(6)), at: ((. - $low + $zero) / $span) }]),
	  low: $low, zero: $zero, span: $span }
else
	($positive | max) as $max
	| pow(10; ($max / 4 | log10 | floor)) as $unit
	| first([1, 2, 2.5, 5, 10][] * $unit | select(. * 5 >= $max)) as $step
	| ($max / $step | ceil) as $steps
	| { marks: [range(0; $steps + 1) | { value: (. * $step), at: (. / $steps) }], top: ($steps * $step) }
end) as $axis
| def at: if $p.scale == "log" then
		if . <= 0 then 0 else (log10 - $axis.low + $axis.zero) / $axis.span end
	else . / $axis.top end
	| places(4);
def mark: if .value == 0 then "0" elif $p.unit == "ns" then .value | time else .value | count end;

# Labels at the ends of lines: moved apart, in the order of the lines.
($p.width // 205) as $w
| ($p.height // 215) as $h
| (17 / $h) as $gap
| def spread:
	to_entries | map(.value + { order: -.key }) | sort_by(.end, .order)
	| . as $s
	| (length - 1) as $last
	| reduce range(0; 60) as $round (map(.end);
		reduce range(0; $last) as $i (.;
			(.[$i] + $gap - .[$i + 1]) as $lack
			| if $lack > 0.0001 then .[$i] -= $lack / 2 | .[$i + 1] += $lack / 2 else . end)
		| if .[0] < 0 then .[0] = 0 else . end
		| if .[$last] > 1 then .[$last] = 1 else . end)
	| [range(0; $last + 1) as $i | $s[$i] + { label_at: (.[$i] | places(4)) }];

# The page, in pixels.
($p.columns) as $columns
| (($panels | length) / $columns | ceil) as $lines
| 92 as $left
| 166 as $room
| 92 as $top
| 84 as $under
| ($left + $columns * ($w + $room)) as $width
| ($top + $lines * ($h + $under) - (if $p.note then 2 else 22 end)) as $height
| def x: . / $width | places(5);
def y: 1 - . / $height | places(5);

"width = \($width); height = \($height)",
"#",
"set multiplot",
"unset key",
"set style line 100 lc rgb '#DDDDDD' lw 1",
"set border 3 lc rgb '#444444'",
"set tics nomirror textcolor rgb '#222222'",
"set grid ytics ls 100",
"set xrange [-0.15:\($n - 0.85)]",
"set yrange [-0.02:1.02]",
"set xtics (\([range(0; $n) | "\"\($domains[.])\" \(.)"] | join(", ")))",
"set label 1 \"{/:Bold \($p.title | text)}\" at screen \(16 | x), screen \(26 | y) font ',17' textcolor rgb '#111111'",
"set label 2 \"\($p.subtitle | text)\" at screen \(16 | x), screen \(50 | y) noenhanced font ',12' textcolor rgb '#444444'",
"set label 3 \"\($p.y | text)\" at screen \(20 | x), screen \($top + ($lines * ($h + $under) - $under) / 2 | y) center rotate by 90 noenhanced font ',12' textcolor rgb '#222222'",
(if $p.note then "set label 4 \"\($p.note | text)\" at screen \(16 | x), screen \($height - 16 | y) noenhanced font ',11' textcolor rgb '#444444'" else empty end),
(range(0; $panels | length) as $i
	| ($i % $columns) as $column
	| ($i / $columns | floor) as $line
	| ($left + $column * ($w + $room)) as $x0
	| ($top + $line * ($h + $under)) as $y0
	| [$panels[$i].series[] | . + { places: [.values[] | at] } | . + { end: .places[-1], last: { value: .values[-1] | digits } | mark }] as $series
	| "set lmargin at screen \($x0 | x); set rmargin at screen \($x0 + $w | x)",
	"set tmargin at screen \($y0 | y); set bmargin at screen \($y0 + $h | y)",
	"set label 5 \"{/:Bold \($panels[$i].title | text)}\" at screen \($x0 | x), screen \($y0 - 13 | y) font ',12' textcolor rgb '#222222'",
	"set xlabel 'domains of 4 VPs' offset 0,0.3 textcolor rgb '#222222'",
	"set ytics (\([$axis.marks[] | "\"\(if $column == 0 then mark else "" end)\" \(.at | places(4))"] | join(", ")))",
	# A domain count that has a name.
	($p.mark // {} | .text as $text | .domains as $d | ($domains | index($d)) as $at | select($at != null)
		| "set arrow 9 from first \($at), graph 0 to first \($at), graph 1 nohead back lc rgb '#BBBBBB' lw 1 dt 2",
		  "set label 9 \"\($text | text)\" at first \($at), graph 1 center offset 0,0.6 noenhanced font ',11' textcolor rgb '#444444'"),
	(range(0; $series | length) as $s
		| "$line\($s) << EOD", (range(0; $n) | "\(.) \($series[$s].places[.])"), "EOD"),
	($series | spread | to_entries[]
		| "set label \(10 + .key) \"\(.value.label | text): \(.value.last)\" at screen \($x0 + $w + 15 | x), screen \($y0 + $h * (1 - (.value.label_at + 0.02) / 1.04) | y) left noenhanced font ',11' textcolor rgb '#222222'",
		  "set arrow \(10 + .key) from first \($n - 0.92), first \(.value.end) to screen \($x0 + $w + 12 | x), first \(.value.label_at) nohead lc rgb '\(.value.colour)' lw 2"),
	"plot " + ([range(0; $series | length) as $s | $series[$s]
		| "$line\($s) with linespoints lc rgb '\(.colour)' lw \(.width) pt 7 ps \((.width + 2) / 10)"] | join(", ")),
	"unset label 1; unset label 2; unset label 3; unset label 4"),
"unset multiplot"
