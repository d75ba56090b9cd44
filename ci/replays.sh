# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by common.sh
# What is replayed, and how.

# The policies of replay/policies by their names, and ci/variants, one to a line, unless -p gave others.
default_policies()
{
	[ ! -s "$work/policies" ] || return 0
	{
		for source in "$top"/replay/policies/*.c; do
			basename "$source" .c
		done
		cat "$top/ci/variants"
	} | LC_ALL=C sort >"$work/policies"
}

allow_empty=$(sed -n '/^[^#]/s/^/--allow-empty=/p' "$top/ci/allow-empty" 2>/dev/null || :) # options of vtick compare
# replay VTICK LIST-OF-POLICIES RESULT TRACE...: the exit code of vtick replay.
replay()
{
	replay_vtick=$1 replay_list=$2 replay_result=$3
	shift 3
	while IFS= read -r spec; do
		set -- "$@" -p "$spec"
	done <"$replay_list"
	"$replay_vtick" replay -o "$replay_result" "$@" >/dev/null
}

# replay_each FOLDER-OF-TRACES INTO: one result a trace. 2 if a cell was lost, after all of them.
replay_each()
{
	replayed=0 code=0
	mkdir -p "$2" || return 2
	for trace in "$1"/*.vtt; do
		[ -e "$trace" ] || trouble "$1 holds no trace (*.vtt)"
		name=$(basename "$trace" .vtt)
		rm -f "$2/$name.json"
		replay "$vtick" "$work/policies" "$2/$name.json" "$trace" || code=$?
		[ -s "$2/$name.json" ] || trouble "$trace was not replayed"
		replayed=$((replayed + 1))
	done
	return "$code"
}
