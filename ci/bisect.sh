#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Finds the commit that changed a metric, by git bisect run in a worktree of its own.
#
#   ci/bisect.sh [OPTION]... METRIC GOOD BAD
#   ci/bisect.sh [OPTION]... -- COMMAND GOOD BAD
#
#   --build FOLDER  holds this tree's vtick (default build)
#
# What does not build or replay is skipped (125). Exit codes: 0 found, 2 trouble: METRIC is the same at both ends.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/revisions.sh"

make='' build='' command='' tree='' charge=''
: >"$work/traces"
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --trace | --tree | --make | --build) need "$1" $# ;;
	--)
		command=yes
		shift
		break
		;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*) break ;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--trace) printf '%s\n' "$(cd "$(dirname "$2")" && pwd)/$(basename "$2")" >>"$work/traces" ;;
	--tree) tree=$2 ;;
	--make) make=$2 ;;
	--build) build=$2 ;;
	esac
	shift 2
done
[ -z "$tree" ] || . "$top/ci/bisect-tree.sh" # and ends
[ $# = 3 ] || trouble "expected METRIC or -- COMMAND, then GOOD and BAD (see $we --help)"
metric=$1
[ -s "$work/policies" ] || echo virtual >"$work/policies"
find_repository
find_this_vtick
good=$(commit_of "$2") || exit 2
bad=$(commit_of "$3") || exit 2
[ -s "$work/traces" ] || printf '%s\n' "$our_corpus"/*.vtt >"$work/traces"

tree=$work/tree
add_worktree "$tree" "$good"
# What a step has to know, a file each.
mkdir "$work/state"
keep()
{
	printf '%s\n' "$2" >"$work/state/$1"
}
keep own "${own-}"
keep make "$make"
keep vtick "$this_vtick"
keep repository "$repository"
keep tree "$tree"
keep command "$command"
keep metric "$metric"
step=$top/ci/bisect-step.sh

if [ -z "$command" ]; then
	"$step" "$work" measure >"$work/expected" || trouble "$2 does not build or replay"
	! grep -q null "$work/expected" || trouble "$metric is no metric of every cell at $2"
fi
code=0
"$step" "$work" || code=$?
[ "$code" = 0 ] || trouble "$2 ($good) is not good: code $code"
git -C "$tree" checkout --quiet --detach "$bad"
"$step" "$work" || code=$?
case $code in
0) trouble "$3 ($bad) is as good as $2: there is nothing to find" ;;
125) trouble "$3 ($bad) does not build or replay" ;;
esac

cd "$tree"
git bisect start "$bad" "$good" -- >/dev/null
git bisect run "$step" "$work" >"$work/log" 2>"$work/steps" || trouble "$(cat "$work/log" "$work/steps")"
"$this_vtick" help --plain <"$work/steps" >&2
first=$(sed -n 's/^\([0-9a-f]*\) is the first bad commit$/\1/p' "$work/log")
[ -n "$first" ] || trouble "$(tail -n 20 "$work/log")"
git log -1 --stat --format='%H%n%an, %ad%n%n    %s%n' "$first" | "$this_vtick" help --plain
