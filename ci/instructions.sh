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
# shellcheck source=bench/count.sh
. "$top/bench/count.sh"
base=${VTICK_BASE-} limit=2 build='' cells=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--base | --limit | --cell) need "$1" $# ;;
	-*) trouble "'$1' is no option (see ${0##*/} --help)" ;;
	*)
		build=$1
		shift
		continue
		;;
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
	echo "instructions: not compared: $*"
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
base_name=$(git -C "$top" log -1 --format='%h (%s)' "$base_commit")

tree=$build/instructions.$$
add_worktree "$tree" "$base_commit"
CC=${CC-gcc} OPT=${OPT--O3 -g} build_vtick "$tree" "$tree/build" 2>"$work/err" || {
	tail -n 5 "$work/err" >&2
	not_compared "$base_name does not build here"
}

# ---- the runs; a name, and a command in which % is vtick ----

gen()
{
	"$vtick" gen -o "$work/$1.vtt" --preset "$2" --lps 4 --duration "$3"
}

list_cells()
{
	gen halting mail-16x4-idle 5
	gen busy busy-16x4-4lp 20
	xen_capture=$build/bench/xen_capture
	"$xen_capture" "$work/many.trc" 1 256 20000 0
	"$xen_capture" "$work/xen.trc" 4 16 2000 12
	"$vtick" import xentrace "$work/many.trc" --cpu-hz 2400M -o "$work/many.vtt"
	set -- virtual
	for slop in 1 2 3 4 5 6 7 8 9; do
		set -- "$@" "virtual:slop=${slop}us"
	done
	printf '%s\n' "$@" >"$work/slops"
	replay "$vtick" "$work/slops" "$work/result.json" traces/corpus/kvm-[t2]*.vtt
	replayed="-o $work/out.json $work/halting.vtt $work/busy.vtt $work/many.vtt"
	cat <<END
decode % info $work/busy.vtt
virtual % replay -j1 -p virtual $replayed
passthrough % replay -j1 -p passthrough $replayed
both % replay -j1 -p virtual -p passthrough $replayed
import % import xentrace $work/xen.trc --cpu-hz 2400M -o $work/out.vtt
compare % compare $work/result.json $work/result.json
END
}

# count_cell VTICK COMMAND: two numbers, or nothing if it does not run.
count_cell()
{
	# shellcheck disable=SC2046 # a command is words
	count "$work/count" $(printf '%s\n' "$2" | sed "s|%|$1|") 2>"$work/err"
}

cd "$top"
list_cells >"$work/cells"
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

accepted=$(git -C "$top" log --format='%(trailers:key=Instructions,valueonly)' "$base_commit..HEAD" | grep . || true)
more=$(printf '%s\n' "$accepted" | sed -n 's/^+\{0,1\}\([0-9][0-9]*\) *%.*/\1/p' | sort -n | tail -n 1)
if [ "${more:-0}" -gt "$limit" ]; then
	echo "limit lifted from $limit % to $more %: $accepted"
	limit=$more
fi
awk -v limit="$limit" -v base="$base_name" '
	function growth(now, before) { return (now - before) * 100 / before }
	# A few instructions less are none: which sign they have is chance.
	function shown(percent,   text) { text = sprintf("%+.2f%%", percent); return text == "-0.00%" ? "+0.00%" : text }
	BEGIN {
		rows = sprintf("%-12s %14s %14s %8s %8s\n", "cell", "base", "now", "growth", "with libraries")
	}
	$2 == "-" {
		rows = rows sprintf("%-12s %14s %14.0f   not compared: the base cannot run it\n", $1, "", $4)
		next
	}
	{
		own = growth($4, $2)
		all = growth($5, $3)
		rows = rows sprintf("%-12s %14.0f %14.0f %8s %8s\n", $1, $2, $4, shown(own), shown(all))
		if (own > limit || all > limit) worse = worse " " $1
	}
	END {
		if (worse) printf "instructions: more than %d %% more than %s:%s\n", limit, base, worse
		else printf "instructions: at most %d %% more than %s\n", limit, base
		printf "%s", rows
		if (worse) {
			print "If it is worth it, say so in the commit, with a trailer:"
			print "    Instructions: +N % because ..."
		}
		exit worse != ""
	}' "$work/counts"
