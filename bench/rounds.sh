# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets tool, work and rounds
# How bench.sh measures: peak memory once, then times, round by round.

# prepare_row NAME INPUT: what a row wants to find, or not to find, before each run.
prepare_row()
{
	case $1 in
	bare) fill_bare "$2" ;;
	fleet) rm -rf "$work/fleet.out" ;;
	esac
}

# failed COMMAND: the end, with what $work/err says.
failed()
{
	say
	cat "$work/err" >&2
	echo "bench: $*" >&2
	exit 2
}

# The largest process of each row, and the round that warms the caches: $work/memory.
measure_memory()
{
	while IFS='	' read -r name input command; do
		say "memory: $name, $input"
		prepare_row "$name" "$input"
		# shellcheck disable=SC2086 # a command is words
		"$tool/run_cost" "$work/memory" "$name, $input" $command </dev/null 2>"$work/err" || failed "$command"
	done <"$work/rows"
}

# Each row once a round, by hyperfine: its exports are $work/times, an array a round.
measure_times()
{
	round=1
	while [ "$round" -le "$rounds" ]; do
		count=0
		mkdir "$work/round"
		while IFS='	' read -r name input command; do
			say "round $round of $rounds: $name, $input"
			prepare_row "$name" "$input"
			count=$((count + 1))
			hyperfine -N --style none --runs 1 "--command-name=$name, $input" --export-json "$work/round/$count" \
				"$command" </dev/null >"$work/err" 2>&1 || failed "$command"
		done <"$work/rows"
		jq -cs . "$work/round"/*
		rm -r "$work/round"
		round=$((round + 1))
	done >"$work/times"
}
