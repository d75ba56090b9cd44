#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How often does `vtick compare` cry wolf over real runs on this machine? The same command is measured against itself,
# ROUNDS times, 10 runs a side: once with one side after the other, once alternating. Prints the verdicts of each.
# Usage: bench/aa.sh BUILD [ROUNDS]
set -eu

vtick=$1/vtick
rounds=${2-30}
command -v hyperfine >/dev/null || { echo "skipped: hyperfine is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command="$vtick replay -j1 traces/corpus/pvh2.vtt -o $work/result.json"

measure() # FILE RUNS
{
	hyperfine -N --runs "$2" --export-json "$1" "$command" >/dev/null 2>&1
}

verdict() # LIST
{
	"$vtick" compare --base-files "$work"/a*.json --candidate-files "$work"/b*.json >"$work/out" || [ $? = 1 ]
	sed -n '1s/:.*//p' "$work/out" >>"$work/$1"
	rm -f "$work"/a*.json "$work"/b*.json
}

round=0
while [ "$round" -lt "$rounds" ]; do
	measure "$work/a.json" 10
	measure "$work/b.json" 10
	verdict "blocks"
	for pair in 0 1 2 3 4; do # a b b a
		measure "$work/a$pair.json" 1
		measure "$work/b$pair.json" 1
		measure "$work/b$pair-.json" 1
		measure "$work/a$pair-.json" 1
	done
	verdict "alternating"
	round=$((round + 1))
done
for order in blocks alternating; do
	echo "$order:"
	sort "$work/$order" | uniq -c
done
