#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Is a patch better or worse, and where: replays traces through two revisions of a policy and compares.
#
#   ci/compare-patch.sh [OPTION]... BASE [HEAD]
#
#   --build FOLDER     holds this tree's vtick (default build; made if it is not there)
#
# HEAD defaults to what is checked out, with the uncommitted changes of tracked files. Exit codes: 0 not worse, 1 worse,
# 2 trouble: a revision does not build, a cell is missing on one side; with --tree also: no trace comes to the change.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/answer.sh"
. "$top/ci/revisions.sh"
traces=$our_corpus make='' format=markdown fail_on='' tree='' build='' rules='' full='' base='' head='' charge=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --traces | --tree | --costs | --make | --format | --fail-on | --rules | --full | --build) need "$1" $# ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*)
		[ -z "$head" ] || trouble "'$1' is one revision too many"
		if [ -z "$base" ]; then base=$1; else head=$1; fi
		shift
		continue
		;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--traces) traces=$(cd -- "$2" && pwd) || trouble "$2 is no folder" ;;
	--tree) tree=$2 ;;
	--costs) charge=$2 ;;
	--make) make=$2 ;;
	--format) format=$2 ;;
	--fail-on) fail_on=$2 ;;
	--rules) rules=$(absolute "$2") ;;
	--full) full=$(absolute "$2") ;;
	--build) build=$2 ;;
	esac
	shift 2
done
[ -n "$base" ] || trouble "BASE is missing (see $we --help)"
[ -z "$tree" ] || . "$top/ci/compare-tree.sh" # and ends
[ -z "$charge" ] || trouble "--costs is of --tree alone"
given=yes
[ -s "$work/policies" ] || given=''
[ -n "$given" ] || need_clone "a call without -p"
default_policies
find_repository
find_this_vtick

base_commit=$(commit_of "$base") || exit 2
if [ -n "$head" ]; then
	head_commit=$(commit_of "$head") || exit 2
else
	head_commit=$(git -C "$repository" stash create) || exit 2
	changed=$head_commit # what is not committed, as a commit
	[ -n "$head_commit" ] || head_commit=$(commit_of HEAD) || exit 2
fi
# pretty COMMIT FORMAT: as git log says it; of what is not committed as of HEAD, with a +.
pretty()
{
	if [ "$1" = "${changed-}" ]; then
		git -C "$repository" log -1 --format="$(echo "$2" | sed 's/%h/%h+/; s/%s/uncommitted, on: %s/')" HEAD
	else
		git -C "$repository" log -1 --format="$2" "$1"
	fi
}
set -- "$traces"/*.vtt
[ -e "$1" ] || trouble "$traces holds no trace (*.vtt)"
apart_all "$full" "$@"

tree=$work/tree
for side in base head; do
	# One worktree for both, so that the second builds only what the patch touches.
	commit=$base_commit make_tree=add_worktree
	[ "$side" = base ] || commit=$head_commit make_tree=switch_worktree
	"$make_tree" "$tree" "$commit"
	prepare "$tree" || trouble "$side revision $commit does not build"
	[ "$side$given" != base ] || known_only "$base" "$1"
	# A lost cell is in the result and compare's to judge.
	result=$work/$side-$(pretty "$commit" %h).json
	replay_revision "$tree" "$result" "$@" || [ -s "$result" ] ||
		trouble "$side revision $commit does not replay"
done

title="Replayed $(counted "$(wc -l <"${list:-$work/relative}")" policy policies) on $(counted $# trace traces): $(pretty "$base_commit" '%h (%s)') → $(pretty "$head_commit" '%h (%s)')"
verdict=0
cd "$work" # what the report calls the two
# shellcheck disable=SC2086 # words
"$this_vtick" compare $allow_empty base-*.json head-*.json --title "$title" --format "$format" --fail-on "${fail_on:-regression}" \
	${rules:+--rules "$rules"} ${full:+--full "$full"} || verdict=$?
answer "$verdict"
