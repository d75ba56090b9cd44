#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs of commands: hyperfine's exports through statistics to three answers.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq hyperfine
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1

# runs NAME PERCENT N: N times around a second, PERCENT more, spread by about 1 %; always the same.
runs()
{
	awk -v more="$2" -v n="$3" -v seed="$4" 'BEGIN {
		s = seed
		printf "{\"results\": [{\"command\": \"%s\", \"times\": [", "replay"
		for (i = 0; i < n; i++) {
			s = (s * 1103515245 + 12345) % 2147483648
			printf "%s%.9f", i ? ", " : "", (1 + more / 100) * (1 + 0.01 * (s / 2147483648 - 0.5))
		}
		printf "], \"exit_codes\": [0], \"parameters\": {}}]}\n"
	}' >"$1"
}

runs a.json 0 10 1
runs b.json 0 10 2
runs slow.json 5 10 3
runs fast.json -5 10 4
runs few.json 5 3 5
runs near.json 2 10 6
gives "the same" 0 '^same, gate passed: 1 metric of 1 cell' a.json b.json
gives "itself" 0 '^same' a.json a.json
gives "slower" 1 '^worse, gate failed: hyperfine, replay: wall_ns [0-9]* -> [0-9]*, +[45]\.[0-9]* % \[.*\], p .*built-in: 2 % of wall time' a.json slow.json
gives "faster" 0 '^better, gate passed' a.json fast.json
gives "faster with --fail-on change" 1 '^better, gate failed' --fail-on change a.json fast.json
gives "at the limit itself" 0 '^not enough runs, gate passed: .*runs a side needed\|^not enough runs, gate passed' a.json near.json
gives "... is trouble with --strict" 2 'not enough runs to decide' --strict a.json near.json
gives "too few to say anything" 2 '^not comparable: replay, wall_ns: not enough runs: 10 and 3, at least 5 a side are needed' a.json few.json
gives "too few of the same" 2 'not enough runs' few.json few.json
printf '{"schema": "vtick.rules/1", "rules": [{"metric": "wall_ns", "percent": 10}]}\n' >rules.json
gives "within another limit" 0 '^same' --rules rules.json a.json slow.json
printf '{"schema": "vtick.rules/1", "rules": [{"metric": "wall_ns", "percent": 2, "absolute": 100000000}]}\n' >rules.json
gives "within a floor of 100 ms" 0 '^same' --rules rules.json a.json slow.json
printf '{"schema": "vtick.rules/1", "rules": [{"metric": "wall_ns", "ignore": true}]}\n' >rules.json
gives "ignored" 0 '^same' --rules rules.json a.json slow.json
gives "files of a side are put together" 1 '^worse' --base-files a.json b.json --candidate-files slow.json slow.json
ok "... all of their runs" sh -c '"$0" compare --format json --base-files a.json b.json --candidate-files slow.json few.json |
	jq -e ".cells[0].metrics[0].samples.runs == [20, 13]"' "$vtick"
jq '.results[0].command = "another"' slow.json >other.json
gives "one command a side may have any name" 1 '^worse.*hyperfine, replay -> another: wall_ns' a.json other.json
jq -s '{results: map(.results[0])}' a.json other.json >both.json
gives "two commands of one file" 1 '^worse.*replay -> another' --base replay --candidate another both.json
gives "two commands against one" 2 'is missing in the candidate' both.json other.json
gives "results and runs together" 1 '^worse.*wall_ns' --base-files base.json a.json --candidate-files base.json slow.json
gives "runs on one side alone" 2 'is missing in the candidate' --base-files base.json a.json --candidate-files base.json
jq '.results[0].memory_usage_byte = [range(10) | 1000000 + .]' a.json >am.json
jq '.results[0].memory_usage_byte = [range(10) | 2000000 + .]' b.json >bm.json
gives "memory, of later hyperfines" 1 '^worse.*memory_bytes' am.json bm.json
gives "memory on one side alone" 2 'only the candidate has memory_bytes' a.json bm.json

# The same build against itself, with the noise of this machine as generated: never an alarm.
clean=0
i=0
while [ $i -lt 100 ]; do
	runs x.json 0 10 $((1000 + i))
	runs y.json 0 10 $((5000 + i))
	"$vtick" compare x.json y.json >/dev/null 2>&1 && clean=$((clean + 1))
	i=$((i + 1))
done
ok "A/A: $clean of 100 pass" [ "$clean" = 100 ]
hyperfine -N --runs 10 --export-json hf1.json "$vtick --version" >/dev/null 2>&1
hyperfine -N --runs 10 --export-json hf2.json "$vtick --version" >/dev/null 2>&1
ok "hyperfine's own file is read" sh -c '"$0" compare --format json hf1.json hf2.json | jq -e ".cells[0].metrics | length <= 1"' "$vtick"
finish
