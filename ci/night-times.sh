# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by nightly.sh
# How long a night's replays take, in turns with an earlier revision's.
. "$top/ci/revisions.sh"

# timed NAME FOLDER TRACE...: a script that replays them by the vtick in FOLDER, for hyperfine without a shell.
timed()
{
	script=$work/run-$1
	{
		echo '#!/bin/sh'
		printf 'exec %s replay -j1 -o %s' "$(quoted "$2/vtick")" "$(quoted "$work/timed.json")"
		while IFS= read -r spec; do
			printf ' -p %s' "$(quoted "$spec")"
		done <"$work/policies"
		shift 2
		for trace; do
			printf ' %s' "$(quoted "$trace")"
		done
		echo
	} >"$script"
	chmod +x "$script"
}

# one_run NAME ROUND: a timed run, named alike on both sides.
one_run()
{
	hyperfine -N --style none --runs 1 --command-name 'vtick replay' --export-json "$work/$1.$2.time" \
		"$(quoted "$work/run-$1")" >/dev/null 2>"$work/hyperfine.txt" ||
		{ cat "$work/hyperfine.txt"; return 1; }
}

runs() # NAME: those of all rounds as one export
{
	jq -s '{ results: [{ command: .[0].results[0].command, times: map(.results[0].times[]),
		exit_codes: map(.results[0].exit_codes[]) }] }' "$work/$1".*.time
}

# time_pairs TRACE...: this vtick in turns with the base revision's, base first on odd rounds; this one alone where
# there is no base or it is the same.
time_pairs()
{
	echo
	command -v hyperfine >/dev/null || { echo "Timings: hyperfine is not installed."; worse 2; return; }
	# Of a file's name only what nightly.sh writes: a hash.
	[ -n "$base" ] || base=$(nights | tail -n 1 | cut -d ' ' -f 1 | sed -n 's/^....-..-..-\([0-9a-f]*\)+*-[0-9]*$/\1/p')
	case $base in
	'' | -*) base_commit='' ;;
	*) base_commit=$(git -C "$top" rev-parse --verify --quiet "$base^{commit}") || base_commit='' ;;
	esac
	sides='base tonight' swapped='tonight base'
	if [ -z "$base_commit" ] || [ "$base_commit" = "$(git -C "$top" rev-parse HEAD)" ]; then
		sides=tonight swapped=tonight
		echo "Timings: ${base:-no earlier revision} is ${base:+not }there to compare with, $pairs runs are kept."
	else
		echo "Timings: $pairs pairs, $base in turns with $(revision)."
		add_worktree "$work/base" "$base_commit"
		build_vtick "$work/base" "$work/base/build" 2>"$work/make.txt" ||
			{ echo "$base does not build:"; tail -n 5 "$work/make.txt" | plain; worse 2; return; }
		timed base "$work/base/build" "$@"
	fi
	timed tonight "$build" "$@"
	round=0
	while [ "$round" -lt "$pairs" ]; do
		round=$((round + 1))
		for side in $sides; do
			one_run "$side" "$round" || { worse 2; return; }
		done
		swap=$sides sides=$swapped swapped=$swap
	done
	runs tonight >"$work/timing.json"
	[ -e "$work/run-base" ] || return 0
	runs base >"$work/timing-base.json"
	"$vtick" compare ${rules:+--rules "$rules"} "$work/timing-base.json" "$work/timing.json" || worse $?
}
