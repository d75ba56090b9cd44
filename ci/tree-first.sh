# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by compare-tree.sh
# Where two revisions of a tree part: the first tick that differs, or if none does the first timer operation or interrupt.

# What of a result's cells is simulated, a line each.
simulated()
{
	jq -c '.cells[] | del(.policy, .trace)' "$1"
}

# first_cell FILTER TRACE...: "TRACE NUMBER" of the first cell in which the two differ by what the filter says.
first_cell()
{
	filter=$1
	shift
	for trace; do
		name=$(basename -- "$trace" .vtt)
		jq -c ".cells[] | $filter" "base/$name.json" >base.cells
		jq -c ".cells[] | $filter" "head/$name.json" >head.cells
		number=$(LC_ALL=C cmp -s base.cells head.cells || paste -d '\n' base.cells head.cells |
			awk 'NR % 2 { was = $0; next } $0 != was { print NR / 2; exit }')
		[ -z "$number" ] || { printf '%s\t%s\n' "$trace" "$number" && return; }
	done
}

# one_cell TRACE NUMBER [OPTION]...: both sides' results of it, in one-base.json and one-head.json.
one_cell()
{
	params=$(sed -n "$2p" params)
	for side in base head; do
		replay_charged -p "./$side.so${params:+:$params}" -o "one-$side.json" "$1" >/dev/null 2>&1 || :
	done
}

first_difference()
{
	cell=$(first_cell .digest "$@")
	how=tick
	[ -n "$cell" ] || { cell=$(first_cell 'del(.policy, .trace)' "$@") && how=operation; }
	[ -n "$cell" ] || return 0
	trace=${cell%	*} number=${cell##*	}
	costs_of "$trace"
	one_cell "$trace" "$number"
	printf '\nWhere they part, %s, %s:\n\n' "$(basename -- "$trace" .vtt)" "$kind${params:+:$params}"
	first_"$how"
}

# With its events; the report itself is left out.
first_tick()
{
	"$this_vtick" compare --explain --trace-dir "$(dirname -- "$trace")" --explain-base ./base.so --explain-candidate ./head.so \
		--allow-empty '*' one-base.json one-head.json 2>/dev/null | sed -n '/the first tick whose fate/,$s/^/    /p' | head -n 24
}

# differs_by NS: what was simulated until then.
differs_by()
{
	"$this_vtick" cut --to "$1"ns "$trace" -o cut.vtt 2>/dev/null || return 1
	one_cell cut.vtt "$number"
	[ "$(simulated one-base.json)" != "$(simulated one-head.json)" ]
}

# By halves of the trace.
first_operation()
{
	low=0 high=$("$this_vtick" info --json "$trace" | jq .duration_ns)
	while [ $((high - low)) -gt 1 ]; do
		mid=$(((low + high) / 2))
		if differs_by "$mid"; then high=$mid; else low=$mid; fi
	done
	differs_by "$high" || one_cell "$trace" "$number"
	echo "    no tick's fate differs; the first timer operation or interrupt that does is by $high ns:"
	jq -rn --slurpfile base one-base.json --slurpfile head one-head.json -f "$top/ci/tree-first.jq" | head -n 6
}
