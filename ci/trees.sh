# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in after common.sh and revisions.sh
# Revisions of a hypervisor's tree, and a kind's policy of each (replay/kinds/KINDS.md). Files are read from git; nothing
# is checked out, fetched or written there.

tree_git()
{
	GIT_NO_LAZY_FETCH=1 GIT_TERMINAL_PROMPT=0 git -C "$tree" --no-pager "$@"
}

# find_tree: of $tree and -p sets $kind, and $work/params: what stands behind the kind's name, a line each. A kind alone
# is all of its `variants`.
find_tree()
{
	[ -d "$tree" ] || trouble "$tree is no folder, expected a git repository"
	tree=$(cd -- "$tree" && pwd)
	tree_git rev-parse --git-dir >/dev/null 2>&1 || trouble "$tree is no git repository"
	[ -s "$work/policies" ] || trouble "--tree is a kind's, expected -p KIND too ('vtick policy build --list')"
	kind=''
	: >"$work/params"
	while IFS= read -r spec; do
		[ -z "$kind" ] || [ "$kind" = "${spec%%:*}" ] || trouble "-p is $kind and ${spec%%:*}, expected one kind"
		kind=${spec%%:*}
		case $kind in
		'' | *[!a-z0-9-]*) trouble "'$kind' is no kind, expected one of 'vtick policy build --list'" ;;
		esac
		case ,${spec#*:} in
		*,tree=* | *,rev=* | *,name=*) trouble "-p $spec: tree, rev and name are --tree's, BASE's and HEAD's" ;;
		"$spec" | ,"$kind") cat "$top/replay/kinds/$kind/variants" 2>/dev/null || echo ;;
		*) printf '%s\n' "${spec#*:}" ;;
		esac >>"$work/params"
	done <"$work/policies"
}

# tree_commit REVISION: its hash on stdout.
tree_commit()
{
	[ "${1#-}" = "$1" ] || trouble "$1 is no revision of $tree"
	tree_git rev-parse --verify --quiet --end-of-options "$1^{commit}" || trouble "$1 is no revision of $tree"
}

# "123456789abc (subject)"
tree_title()
{
	tree_git log -1 --abbrev=12 --format='%h (%s)' "$1"
}

# build_tree COMMIT FILE.so [OPTION]...
build_tree()
{
	built_commit=$1 built_file=$2
	shift 2
	"$this_vtick" policy build "$kind" --tree "$tree" --rev "$built_commit" -o "$built_file" "$@"
}

# costs_of TRACE: sets $costs, its profile: its own, or if it says nothing of them one that was made up.
costs_of()
{
	costs=$work/costs/$(basename -- "$1" .vtt).json
	[ ! -e "$costs" ] || return 0
	mkdir -p "$work/costs"
	if "$this_vtick" info --costs "$1" >"$costs" 2>/dev/null; then
		basename -- "$1" .vtt >>"$work/own-costs"
	else
		cp "$top/ci/made-costs.json" "$costs"
	fi
}

# replay_with FILE.so TRACE [OPTION]...: through all that find_tree() found, with the trace's costs.
replay_with()
{
	with_so=$1 with_trace=$2
	shift 2
	costs_of "$with_trace"
	while IFS= read -r params; do
		set -- "$@" -p "$with_so${params:+:$params}"
	done <"$work/params"
	"$this_vtick" replay --costs "$costs" "$@" "$with_trace" >/dev/null
}

# replay_tree FILE.so FOLDER TRACE...: a result a trace.
replay_tree()
{
	tree_so=$1 tree_into=$2
	shift 2
	mkdir -p "$tree_into"
	for trace; do
		name=$(basename -- "$trace" .vtt)
		replay_with "$tree_so" "$trace" -o "$tree_into/$name.json" || [ -s "$tree_into/$name.json" ] ||
			trouble "$name was not replayed"
	done
}
