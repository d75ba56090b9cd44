# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by revisions.sh
# git worktrees of $repository in $work, gone with it; and vtick built in one.

[ -n "${VTICK_CI_STEP-}" ] || : >"$work/worktrees"

# A revision that is checked out may hold the folder that core.hooksPath names: no hook of it runs.
if [ -z "${VTICK_CI_STEP-}" ]; then
	export "GIT_CONFIG_KEY_${GIT_CONFIG_COUNT:-0}=core.hooksPath" "GIT_CONFIG_VALUE_${GIT_CONFIG_COUNT:-0}=/dev/null"
	export GIT_CONFIG_COUNT=$((${GIT_CONFIG_COUNT:-0} + 1))
fi

undo()
{
	while IFS= read -r tree; do
		git -C "$repository" worktree remove --force "$tree" 2>/dev/null || true
	done <"$work/worktrees"
	[ -z "$repository" ] || git -C "$repository" worktree prune
}

# add_worktree FOLDER COMMIT
add_worktree()
{
	printf '%s\n' "$1" >>"$work/worktrees"
	git -C "$repository" worktree add --quiet --detach "$1" "$2" >&2 || trouble "no worktree of $2"
}

# switch_worktree FOLDER COMMIT: what the other revision made is gone, but for objects that make knows to be up to date.
switch_worktree()
{
	git -C "$1" checkout --quiet --force --detach "$2" >&2 || trouble "no worktree of $2"
	git -C "$1" clean -ffdxq -e /build >&2
	rm -rf "$1/build/policies" "$1/build/vtick"
	[ -n "${own-}" ] || rm -rf "$1/build"
}

# build_vtick FOLDER BUILD: builds a revision of vtick.
build_vtick()
{
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -j2 -C "$1" B="$2" all >&2
}
