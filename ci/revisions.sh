# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in after common.sh
# Revisions of a policy, for compare-patch.sh and bisect.sh: git worktrees in $work, gone with it.
#
# A policy given by name is this repository's, one given as a path is of the repository that holds the path. Of this
# repository vtick is built at each revision too; for a policy of another one this tree's vtick replays both.

repository=''
. "$top/ci/worktrees.sh"

# repository_of FILE: the top of the git repository that holds it, physical.
repository_of()
{
	folder=$(dirname -- "$1")
	[ -d "$folder" ] || return 1
	git -C "$folder" rev-parse --show-toplevel 2>/dev/null
}

# Sets $repository, and $work/relative: the policies with paths as they are inside it.
find_repository()
{
	: >"$work/relative"
	while IFS= read -r spec; do
		file=${spec%%:*} params=''
		case $spec in
		*:*) params=:${spec#*:} ;;
		esac
		case $file in
		*/* | *.c | *.so)
			here=$(repository_of "$file") || trouble "$file is in no git repository"
			inside=$(cd "$(dirname -- "$file")" && git rev-parse --show-prefix)
			printf '%s\n' "./$inside$(basename -- "$file")$params" >>"$work/relative"
			;;
		*)
			need_clone "-p $spec"
			here=$top
			printf '%s\n' "$spec" >>"$work/relative"
			;;
		esac
		here=$(cd "$here" && pwd -P)
		[ -z "$repository" ] || [ "$repository" = "$here" ] ||
			trouble "policies of two repositories, $repository and $here: compare one at a time"
		repository=$here
	done <"$work/policies"
	git -C "$repository" rev-parse --git-dir >/dev/null 2>&1 || trouble "$repository is no git repository"
	[ "$repository" != "$(cd "$top" && pwd -P)" ] || own=yes
}

# commit_of REVISION: its hash on stdout.
commit_of()
{
	[ "${1#-}" = "$1" ] || trouble "$1 is no revision of $repository"
	git -C "$repository" rev-parse --verify --quiet "$1^{commit}" ||
		trouble "$1 is no revision of $repository"
}

# prepare FOLDER: builds what a checked-out revision needs and sets $vtick. 1 if it does not build.
prepare()
{
	vtick=$this_vtick
	if [ -n "${own-}" ]; then
		build_vtick "$1" "$1/build" || return 1
		vtick=$1/build/vtick
	fi
	[ -z "${make-}" ] || (cd "$1" && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS sh -c "$make") >&2 || return 1
}

# replay_revision FOLDER RESULT TRACE...: paths of policies are meant from FOLDER.
replay_revision()
{
	from=$1
	shift
	(cd "$from" && replay "$vtick" "${list:-$work/relative}" "$@")
}

# This tree's vtick: compares, and replays policies of other repositories.
find_this_vtick()
{
	build=${build:-$our_build}
	if [ ! -x "$build/vtick" ]; then
		build_vtick "$top" "$build" || trouble "$top does not build"
	fi
	this_vtick=$(cd "$build" && pwd)/vtick
}

# known_only BASE TRACE: sets $list to those policies that this revision's vtick knows; says which it does not. One that
# came with the patch, or a parameter that did, has nothing to be compared with.
known_only()
{
	list=$work/known
	while IFS= read -r spec; do
		if "$vtick" replay -p "$spec" "$2" >/dev/null 2>&1; then
			printf '%s\n' "$spec" >>"$list"
		else
			printf '%s\n' "$me: $spec is left out: $1 does not know it" | plain >&2
		fi
	done <"$work/relative"
	[ -s "$list" ] || trouble "$1 knows none of replay/policies"
}
