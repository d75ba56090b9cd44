#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Versions of a hypervisor side by side: builds the policy of each, replays traces through all of them, and prints which
# behave alike on which trace, and where two neighbours part (TIME-MACHINE.md). Markdown.
#
#   bench/time-machine.sh [OPTION]... TREE...              folders
#   bench/time-machine.sh [OPTION]... --git GIT REV...     revisions of a git repository
#
#   --kind KIND[:key=value,...]   kvm (default) or xen (replay/kinds/KINDS.md), with its parameters
#   --traces FOLDER    instead of traces/corpus without what other hypervisors were recorded with
#   --build FOLDER     holds vtick (default build)
#
# Exit codes: 0, or 2 trouble: a version does not build, or lost a cell (!); the others are there all the same.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/answer.sh"
. "$top/ci/revisions.sh"
traces='' build='' git='' kind=kvm charge=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--kind | --traces | --git | --build) need "$1" $# ;;
	-*) trouble "'$1' is no option (see ${0##*/} --help)" ;;
	*) break ;;
	esac
	case $1 in
	--kind) kind=$2 ;;
	--traces) traces=$(cd -- "$2" && pwd) || trouble "$2 is no folder" ;;
	--git) git=$2 ;;
	--build) build=$2 ;;
	esac
	shift 2
done
# find_traces: a path a line, into $work/traces.
find_traces()
{
	for trace in "${traces:-$top/traces/corpus}"/*.vtt; do
		[ -e "$trace" ] || trouble "$traces holds no trace (*.vtt)"
		if [ -z "$traces" ]; then
			# What was recorded says whose it is; what was made is anybody's.
			case $kind:$("$this_vtick" info --json "$trace" | jq -r .source.tool) in
			kvm:xentrace | xen:trace-cmd | xen:vtick*) continue ;;
			esac
		fi
		printf '%s\n' "$trace"
	done >"$work/traces"
	[ -s "$work/traces" ] || trouble "no trace is one of $kind's"
}

[ $# -gt 0 ] || trouble "expected trees (see ${0##*/} --help)"
# One way, and not all of its variants.
case $kind in
*:*) echo "$kind" ;;
*) echo "$kind:" ;;
esac >"$work/policies"
. "$top/ci/trees.sh"
. "$top/ci/tree-first.sh"
. "$top/bench/time-machine-parts.sh"
find_this_vtick
if [ -n "$git" ]; then
	tree=$git
	find_tree
else
	find_kind
fi
number=0 code=0
: >"$work/numbers"
for version; do
	number=$((number + 1)) commit=folder
	if [ -n "$git" ]; then
		commit=$(tree_commit "$version") || exit 2
	else
		tree=$(cd -- "$version" 2>/dev/null && pwd) || trouble "$version is no folder"
		version=${tree##*/}
	fi
	printf '%s\t%s\t%s\t%s\n' "$number" "$commit" "$tree" "$version" >>"$work/versions"
done
find_traces
cd "$work"
while IFS='	' read -r number commit tree version; do
	try_version || code=2
done <versions
awk -F '\t' -f "$top/bench/time-machine.awk" built numbers >table.md
cat table.md
while IFS='	' read -r was is charge; do
	neighbours || code=2
done <parts
answer "$code"
