# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in after common.sh and revisions.sh
# Hypervisors' trees, and a kind's policy of each (replay/kinds/KINDS.md). Of a git tree files are read from git; nothing
# is checked out, fetched or written there.

tree_git()
{
	GIT_NO_LAZY_FETCH=1 GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 git -C "$tree" --no-pager -c core.fsmonitor=false "$@"
}

# find_kind: of -p sets $kind, and $work/params: what stands behind the kind's name, a line each. A kind alone is all of
# its `variants`.
find_kind()
{
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
		*,tree=* | *,rev=* | *,name=*) trouble "-p $spec: tree, rev and name are options, and no parameters" ;;
		"$spec" | ,"$kind") cat "$our_kinds/$kind/variants" 2>/dev/null || echo ;;
		*) printf '%s\n' "${spec#*:}" ;;
		esac >>"$work/params"
	done <"$work/policies"
}

# find_tree: $tree is a git repository, and there is a kind.
find_tree()
{
	[ -d "$tree" ] || trouble "$tree is no folder, expected a git repository"
	tree=$(cd -- "$tree" && pwd)
	tree_git rev-parse --git-dir >/dev/null 2>&1 || trouble "$tree is no git repository"
	find_kind
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
	if [ "$1" = uncommitted ]; then
		printf 'what is not committed, on %s\n' "$(tree_title HEAD)"
	else
		tree_git log -1 --abbrev=12 --format='%h (%s)' "$1"
	fi
}

# build_tree COMMIT FILE.so [OPTION]...: or `uncommitted`, or `folder`: as the files lie.
build_tree()
{
	built_commit=$1 built_file=$2
	shift 2
	case $built_commit in
	uncommitted | folder) ;;
	*) set -- --rev "$built_commit" "$@" ;;
	esac
	"$this_vtick" policy build "$kind" --tree "$tree" -o "$built_file" "$@"
}

# tree_file COMMIT PATH: on stdout.
tree_file()
{
	if [ "$1" = uncommitted ]; then
		cat -- "$tree/$2" 2>/dev/null
	else
		tree_git cat-file blob "$1:$2" 2>/dev/null
	fi
}

# tree_diff BASE HEAD [OPTION]...: git's, and no other program's.
tree_diff()
{
	diff_base=$1 diff_head=$2
	shift 2
	[ "$diff_head" = uncommitted ] || set -- "$diff_head" "$@"
	tree_git diff --no-ext-diff --no-textconv --no-renames --no-color "$diff_base" "$@"
}

. "$top/ci/tree-replays.sh"
