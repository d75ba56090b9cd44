#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Does vtick itself need more instructions than before: counts some short runs of BUILD and of an earlier revision,
# built and counted here and now, with callgrind. Fails where one grew by more than 2 %.
#
#   ci/instructions.sh [OPTION]... [BUILD]
#
#   --base REVISION    instead of $VTICK_BASE; without both: where HEAD left the main branch, or on it the commit before
#   --limit PERCENT    instead of 2
#   --cell NAME        only this run; may be repeated
#
# Growth that is worth it: a line 'Instructions: +N % because ...' among the trailers of a commit since the base lifts
# the limit to N.
#
# BUILD is the folder that holds vtick (default: build). CC and OPT are handed on to the base's build. Exit codes:
# 0 not more, or nothing to compare with (it says so), 1 more, 2 trouble.
set -eu

# Run by ci/test.sh beside the tests.
# Tier: check

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/revisions.sh"
. "$top/ci/base.sh"
base=${VTICK_BASE-} limit=2 build='' cells=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--base | --limit | --cell) need "$1" $# ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*) build=$1 && shift && continue ;;
	esac
	case $1 in
	--base) base=$2 ;;
	--limit) limit=$2 ;;
	--cell) cells="$cells $2" ;;
	esac
	shift 2
done
case $limit in
'' | *[!0-9]*) trouble "--limit '$limit': expected whole percents" ;;
esac
build=${build:-$top/build}
find_vtick "$build"
build=$(cd "$build" && pwd) vtick=$build/vtick
repository=$top

not_compared()
{
	printf '%s\n' "instructions: not compared: $*"
	exit 0
}

command -v valgrind >/dev/null || trouble "valgrind is not installed"
git -C "$top" rev-parse --verify --quiet HEAD >/dev/null || not_compared "$top is no git repository"
if [ -n "$base" ]; then
	base_commit=$(commit_of "$base") || exit 2
else
	base_commit=$(base_of "$top")
	[ -n "$base_commit" ] || not_compared "HEAD has no parent here (first commit, or a shallow clone)"
fi
base_name=$(git -C "$top" log -1 --format='%h (%s)' "$base_commit" | plain)

tree=$build/instructions.$$
add_worktree "$tree" "$base_commit"
CC=${CC-gcc} OPT=${OPT--O3 -g} build_vtick "$tree" "$tree/build" 2>"$work/err" || {
	tail -n 5 "$work/err" >&2
	not_compared "$base_name does not build here"
}

# count_cell VTICK COMMAND: two numbers, or nothing if it does not run.
count_cell()
{
	# shellcheck disable=SC2046 # a command is words
	bench/count.sh "$work/count" $(printf '%s\n' "$2" | sed "s|%|$1|") 2>"$work/err"
}

cd "$top"
ci/instruction-runs.sh "$build" "$work" >"$work/cells"
: >"$work/counts"
while read -r name command; do
	case "$cells " in
	' ' | *" $name "*) ;;
	*) continue ;;
	esac
	now=$(count_cell "$vtick" "$command") || {
		cat "$work/err" >&2
		trouble "cell $name does not run"
	}
	before=$(count_cell "$tree/build/vtick" "$command") || before='- -'
	echo "$name $before $now" >>"$work/counts"
done <"$work/cells"
[ -s "$work/counts" ] || trouble "no such cell:$cells"

exec 3>&1
limit=$(limit_since "$base_commit" "$limit")
base="$base_name" awk -v limit="$limit" -f "$top/ci/instructions.awk" "$work/counts"
