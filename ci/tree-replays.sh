# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by trees.sh
# What traces go through the policies of trees, and with which costs.

# costs_of TRACE: sets $costs, its profile by $charge: `own`, the trace's, or if it says nothing of them one that was made
# up; `made`, always that one; `none` ('', then); or a file. And $away: `recorded` with `own`, where the trace says when
# its machine was elsewhere, else ''.
costs_of()
{
	away=''
	case $charge in
	none) costs='' ;;
	made) costs=$top/ci/made-costs.json ;;
	own) own_costs "$1" ;;
	*) costs=$charge ;;
	esac
}

own_costs()
{
	costs=$work/costs/$(basename -- "$1" .vtt).json
	[ -e "$costs" ] || tell_costs "$1"
	[ ! -e "$costs.away" ] || away=recorded
}

tell_costs()
{
	mkdir -p "$work/costs"
	if "$this_vtick" info --costs "$1" >"$costs" 2>/dev/null; then
		basename -- "$1" .vtt >>"$work/own-costs"
		[ "$("$this_vtick" info --json "$1" | jq .events.away)" = 0 ] || : >"$costs.away"
	else
		cp "$top/ci/made-costs.json" "$costs"
	fi
}

# replay_charged [OPTION]...: a replay with what costs_of() set.
replay_charged()
{
	"$this_vtick" replay ${costs:+--costs "$costs"} ${away:+--away "$away"} "$@"
}

# replay_with FILE.so TRACE [OPTION]...: through all that find_kind() found, with the trace's costs.
replay_with()
{
	with_so=$1 with_trace=$2
	shift 2
	costs_of "$with_trace"
	while IFS= read -r params; do
		set -- "$@" -p "$with_so${params:+:$params}"
	done <"$work/params"
	replay_charged "$@" "$with_trace" >/dev/null
}

# replay_tree FILE.so FOLDER TRACE...: a result a trace.
replay_tree()
{
	tree_so=$1 tree_into=$2
	shift 2
	mkdir -p "$tree_into"
	for trace; do
		tree_result=$tree_into/$(basename -- "$trace" .vtt).json
		replay_with "$tree_so" "$trace" -o "$tree_result" || [ -s "$tree_result" ] || trouble "$trace was not replayed"
	done
}

case ${charge:=own} in
own | made | none) ;;
*)
	[ -f "$charge" ] || trouble "--costs is '$charge', expected own, made, none or a file"
	charge=$(absolute "$charge")
	;;
esac
