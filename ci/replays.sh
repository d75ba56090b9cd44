# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by common.sh
# What is replayed, and how.

# The policies of replay/policies by their names, and ci/variants, one to a line, unless -p gave others.
default_policies()
{
	[ ! -s "$work/policies" ] || return 0
	{
		our_policies
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

# fleet TRACE...: the same in shards, where $VTICK_FLEET says (FLEET.md): $work/fleet has the results. The exit code of fleet.sh.
fleet()
{
	rm -rf "$work/fleet" "$work/fleet-traces"
	mkdir "$work/fleet-traces"
	for trace; do
		ln -s "$(absolute "$trace")" "$work/fleet-traces/" || return 2
	done
	set -- "$work/fleet-traces"
	while IFS= read -r spec; do
		set -- "$@" -p "$spec"
	done <"$work/policies"
	# shellcheck disable=SC2086 # words
	"$top/ci/fleet.sh" $VTICK_FLEET --wait --build "${vtick%/vtick}" --out "$work/fleet" "$@" >"$work/fleet.txt"
}

# replay_all RESULT TRACE...: one result of all; none of them has another's name. The exit code of vtick replay.
replay_all()
{
	result=$1 code_of_all=0
	shift
	if [ -z "${VTICK_FLEET-}" ]; then
		replay "$vtick" "$work/policies" "$result" "$@"
	else
		fleet "$@" || code_of_all=$?
		mv "$work/fleet/merged.json" "$result" || return 2
		return "$code_of_all"
	fi
}

# replay_each FOLDER-OF-TRACES INTO: one result a trace. 2 if a cell was lost, after all of them.
replay_each()
{
	replayed=0 code=0
	mkdir -p "$2" || return 2
	[ -z "${VTICK_FLEET-}" ] || fleet "$1"/*.vtt || code=$?
	for trace in "$1"/*.vtt; do
		[ -e "$trace" ] || trouble "$1 holds no trace (*.vtt)"
		name=$(basename "$trace" .vtt)
		rm -f "$2/$name.json"
		if [ -z "${VTICK_FLEET-}" ]; then
			replay "$vtick" "$work/policies" "$2/$name.json" "$trace" || code=$?
		elif ! grep -q '"unreadable"' "$work/fleet/results/$name.json"; then
			mv "$work/fleet/results/$name.json" "$2/"
		fi
		[ -s "$2/$name.json" ] || trouble "$trace was not replayed"
		replayed=$((replayed + 1))
	done
	return "$code"
}
