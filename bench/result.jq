# SPDX-License-Identifier: GPL-2.0-only
# What bench.sh measured as one document, vtick.bench/1 (README.md).

def spread: sort | {low: first, median: .[length / 2 | floor], high: last};
def table($names): split("\n") | map(select(. != "") | split("\t") | with_entries(.key |= $names[.]));
def plain: gsub($build; "") | gsub($work; "");
def milli($a; $b): $a * 1000 / $b | round;

def cpu: .user_us + .system_us;
# This row's runs, in the order of the rounds, of hyperfine's exports.
def micros: . * 1000000 | round;
def runs_of($row; $input): [$times[][].results[] | select(.command == "\($row), \($input)") |
	{user_us: (.user | micros), system_us: (.system | micros), wall_us: (.times[0] | micros)}];
# What these rows cost together, a number a round.
def costs($names; $input; cost): [$names[] | runs_of(.; $input) | map(cost)] | transpose | map(add);

($rows | table(["row", "input", "command"])) as $rows |
($missing | table(["row", "input", "why"])) as $missing |
{
	schema: "vtick.bench/1",
	vtick: $vtick,
	machine: $machine,
	load: [$before, $after],
	rounds: $rounds,
	inputs: $inputs,
	rows: [$rows[] | . as $row | runs_of(.row; .input) as $mine |
		.command |= plain |
		. + {
			cpu_us: ($mine | map(cpu) | spread),
			wall_us: ($mine | map(.wall_us) | spread),
			peak_kib: ($memory[] | select(.row == "\($row.row), \($row.input)").peak_kib),
			instructions: ($counts | map(select(.row == $row.row and .input == $row.input))[0] |
				if . then {own_milli, all_milli} else null end)
		}],
	missing: $missing,
	ratios: [$ratios[0][] | . as $r | .inputs[] as $input |
		select([($r.of, $r.to)[] as $name | runs_of($name; $input) | length] | all(. > 0)) |
		{name: $r.name, input: $input, aim_milli: $r.aim_milli} +
		if $r.wall then
			# Others on the machine make it longer, never shorter: the least of all rounds.
			{least_milli: milli(costs($r.of; $input; .wall_us) | min; costs($r.to; $input; .wall_us) | min)}
		else
			{milli: ([costs($r.of; $input; cpu), costs($r.to; $input; cpu)] | transpose |
				map(milli(.[0]; .[1])) | spread)}
		end],
	corpus: $corpus,
	where: ($where | split("of which")[0] // "" | split("\n")[1:] | map(capture("^ *(?<n>[0-9.]+)  (?<file>.*)$")) |
		map({file, instructions_milli: (.n | tonumber * 1000 | round)}))
}
