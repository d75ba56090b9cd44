# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by common.sh
# Where things lie: in a clone, or where `make install` put them, which it wrote into ci/installed; and what a user calls
# this script.

our_corpus=$top/traces/corpus our_golden=$top/ci/golden our_kinds=$top/replay/kinds our_build=$top/build installed=''
if [ -e "$top/ci/installed" ]; then
	# shellcheck disable=SC1091 # not in a clone
	. "$top/ci/installed"
	installed=yes
	our_corpus=$(realpath -ms "$our_corpus") our_golden=$(realpath -ms "$our_golden")
fi

# `vtick NAME` runs the script NAME.sh by the vtick that it is itself.
we=${0##*/} me=${0##*/} beside=$(dirname "$0")/
if [ -n "${VTICK_CALLED-}" ]; then
	me=$(basename "$0" .sh)
	we="$VTICK_CALLED $me" me="vtick: $me" beside=''
	our_build=$VTICK_BUILD
fi
called=${VTICK_CALLED-}
unset VTICK_CALLED VTICK_BUILD

# script NAME: as a user would call that one, for messages.
script()
{
	if [ -n "$called" ]; then printf '%s %s' "$(quoted "$called")" "$1"; else quoted "$beside$1.sh"; fi
}

# our_policies: the names of those that came with vtick, a line each.
our_policies()
{
	if [ -n "$installed" ]; then
		cat "$top/ci/policies"
	else
		for source in "$top"/replay/policies/*.c; do
			basename "$source" .c
		done
	fi
}

# need_clone WHAT: it is about this repository, of which only a clone has any revisions.
need_clone()
{
	[ -z "$installed" ] || trouble "$1 is about vtick's own repository, expected a clone of it, and its ci/$(basename "$0")"
}
