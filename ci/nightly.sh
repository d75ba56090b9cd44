#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One night: replays the corpus and further traces, keeps the result, compares with the night before, measures how
# long it took against that night's revision, prints one summary.
#
#   ci/nightly.sh [OPTION]... [FOLDER-OF-TRACES]...
#
#   --build FOLDER     holds vtick (default build)
#
# May be killed at any time and started again: files in results/ appear whole and are never written again, the index
# follows them. Exit codes: 0 as the night before, 1 something changed, 2 trouble: a cell was lost or is missing.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/answer.sh"
. "$top/ci/night.sh"
store=nightly build=$our_build base='' pairs='' rules='' nowait=-n corpus=$our_corpus tree='' rev='' charge=''
: >"$work/folders"

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --store | --traces | --tree | --rev | --costs | --base | --pairs | --rules | --build) need "$1" $# ;;
	--wait) nowait='' && shift && continue ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*)
		[ -d "$1" ] || trouble "$1 is no folder of traces"
		(cd -- "$1" && pwd) >>"$work/folders"
		shift
		continue
		;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--store) store=$(as_path "$2") ;;
	--traces) corpus=$(as_path "$2") ;;
	--tree) tree=$2 ;;
	--rev) rev=$2 ;;
	--costs) charge=$2 ;;
	--base) base=$2 ;;
	--pairs) pairs=$2 ;;
	--rules) rules=$2 ;;
	--build) build=$2 ;;
	esac
	shift 2
done
[ "$pairs" = "${pairs#*[!0-9]}" ] || trouble "--pairs is '$pairs', expected a number"
find_vtick "$build"
build=$(cd "$build" && pwd)
if [ -n "$tree" ]; then
	. "$top/ci/night-tree.sh"
	find_branch
else
	[ -z "$rev$charge" ] || trouble "--rev and --costs are of --tree alone"
	default_policies
	[ -z "$base" ] || need_clone "--base"
	pairs=${pairs:-${installed:+0}}
	pairs=${pairs:-10}
fi
check_store
(cd "$corpus" && pwd) >>"$work/folders" || trouble "$corpus is no folder of traces"
take_store
. "$top/ci/night-times.sh"
[ -n "$installed" ] || find_repository
# What went wrong is told even if the summary stays unfinished.
trap 'ended=$?; cat "$work/summary.txt" 2>/dev/null || :; as_meant "$ended"' EXIT
number=$(($(nights | tail -n 1 | cut -d ' ' -f 2 | grep . || echo 0) + 1))
name=$(date -u +%Y-%m-%d)-$(revision)-$number
code=0
set --
while IFS= read -r folder; do
	for trace in "$folder"/*.vtt; do
		[ -e "$trace" ] || trouble "$folder holds no trace (*.vtt)"
		set -- "$@" "$trace"
	done
done <"$work/folders"
twice=$(for trace; do basename "$trace"; done | sort | uniq -d)
[ -z "$twice" ] || trouble "traces of the same name in two folders, expected other names, by which nights are compared:" \
	"$(for trace; do printf '%s\n' "$trace"; done | grep -F "/$(printf '%s\n' "$twice" | head -n 1)" | paste -s -d ' ')"

if [ -n "$tree" ]; then
	replay_branch "$@"
else
	replay_all "$work/table.json" "$@" || worse $?
fi
[ -s "$work/table.json" ] || trouble "nothing was replayed"
jq -c . "$work/table.json" >"$work/result.json"

summary "$@" >"$work/summary.txt" 2>&1
cat "$work/summary.txt"
mv "$work/summary.txt" "$store/summary.txt"
answer "$code"
