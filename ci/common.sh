# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # they set `top` and use what is set here
# What the scripts of this folder share: options, messages and replays.
# Whoever reads this file in has set `top`, the folder that holds ci/.

# A name drives no terminal, and no CI that reads its log.
plain()
{
	LC_ALL=C tr -c '\n -~' '?' | sed 's/##/#?/g; s/^\( *\)::/\1:?/'
}

trouble()
{
	printf '%s: %s\n' "$me" "$*" | plain >&2
	exit 2
}

# A folder of its own, gone at the end however that comes. What else must be undone: a function `undo`. A step of
# bisect.sh works in the folder of the bisection.
undo() { :; }
end_on_signals()
{
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}
if [ -n "${VTICK_CI_STEP-}" ]; then
	work=$VTICK_CI_STEP
else
	work=$(mktemp -d) || exit 2
	trap 'undo; rm -rf "$work"' EXIT
	end_on_signals
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

# A path, and no option.
as_path()
{
	case $1 in
	-*) printf './%s' "$1" ;;
	*) printf '%s' "$1" ;;
	esac
}

# A path that holds wherever one stands.
absolute()
{
	printf '%s/%s\n' "$(cd "$(dirname -- "$1")" && pwd)" "$(basename -- "$1")"
}

# apart_all OUTPUT FILE...: none of them is the file that is to be written (which may be ''), nor is a policy's.
apart_all()
{
	apart_output=$1
	shift
	while IFS= read -r spec; do
		set -- "$@" "${spec%%:*}"
	done <"$work/policies"
	for file; do
		if [ -e "$apart_output" ] && [ -e "$file" ] &&
			[ "$(stat -Lc %d:%i -- "$apart_output")" = "$(stat -Lc %d:%i -- "$file")" ]; then
			trouble "$apart_output would be overwritten, but is also read as $file"
		fi
	done
}

# need OPTION COUNT-OF-WORDS-LEFT
need()
{
	[ "$2" -ge 2 ] || trouble "$1 lacks its value (see $we --help)"
}

# The comment that a script begins with, and its options, which `vtick` has a table of.
help()
{
	sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"
	"${build:-$our_build}/vtick" help "$(basename "$0" .sh)" 2>/dev/null || :
	exit 0
}

# find_vtick BUILD: sets $vtick.
find_vtick()
{
	vtick=$1/vtick
	[ -x "$vtick" ] || trouble "$vtick is not there: build it (make)"
}

. "$top/ci/layout.sh"
. "$top/ci/replays.sh"
