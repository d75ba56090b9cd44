# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # they set `top` and use what is set here
# What the scripts of this folder share: options, messages and replays.
# Whoever reads this file in has set `top`, the folder that holds ci/.

trouble()
{
	echo "${0##*/}: $*" >&2
	exit 2
}

# A folder of its own, gone at the end however that comes. What else must be undone: a function `undo`. A step of
# bisect.sh works in the folder of the bisection.
undo() { :; }
if [ -n "${VTICK_CI_STEP-}" ]; then
	work=$VTICK_CI_STEP
else
	work=$(mktemp -d) || exit 2
	trap 'undo; rm -rf "$work"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	: >"$work/policies"
fi

# A word as a shell would take it back.
quoted()
{
	case $1 in
	'' | *[!A-Za-z0-9_./:=,+@%-]*) printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf '%s' "$1" ;;
	esac
}

# A path that holds wherever one stands.
absolute()
{
	printf '%s/%s\n' "$(cd "$(dirname -- "$1")" && pwd)" "$(basename -- "$1")"
}

# need OPTION COUNT-OF-WORDS-LEFT
need()
{
	[ "$2" -ge 2 ] || trouble "$1 lacks its value (see ${0##*/} --help)"
}

# The comment that a script begins with, as its help.
help()
{
	sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit 0
}

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
# find_vtick BUILD: sets $vtick.
find_vtick()
{
	vtick=$1/vtick
	[ -x "$vtick" ] || trouble "$vtick is not there: build it (make)"
}

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
