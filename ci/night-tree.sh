# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by nightly.sh
# A night over a branch of a hypervisor's tree.
this_vtick=$vtick
. "$top/ci/trees.sh"

# find_branch: $tree at $rev.
find_branch()
{
	case ${pairs:-0}$base in
	0) pairs=0 ;;
	*) trouble "--pairs and --base time vtick's own replays, which are none of a tree's" ;;
	esac
	find_tree
	branch_commit=$(tree_commit "${rev:-HEAD}") || exit 2
}

# replay_branch TRACE...: into $work/table.json, each with its costs.
replay_branch()
{
	if ! build_tree "$branch_commit" "$work/tree.so" --json >"$work/built" 2>"$work/said"; then
		{
			printf 'Night %s: trouble. It does not build: ' "$name"
			tree_title "$branch_commit"
			cat "$work/said"
		} | plain >"$work/summary.txt"
		cp "$work/summary.txt" "$store/summary.txt"
		trouble "${rev:-HEAD} does not build"
	fi
	plain <"$work/said" >&2
	replay_tree "$work/tree.so" "$work/cells" "$@"
	# The profiles differ by trace, so no one is the result's; their hashes stand in the cells.
	for trace; do
		cat "$work/cells/$(basename -- "$trace" .vtt).json"
	done | jq -s '(.[0] | del(.provenance.costs)) + {cells: map(.cells[])}' >"$work/table.json"
	jq -e '.cells | all(.status == "ok")' "$work/table.json" >/dev/null || worse 2
}

# branch_since NIGHT: what the branch got since that one, of what is replayed.
branch_since()
{
	was=$(jq -r '[.cells[].policy.built.commit // empty][0] // ""' "$store/results/$1.json" | grep -x '[0-9a-f]*') || was=''
	printf '\n%s is at %s' "${rev:-HEAD}" "$(tree_title "$branch_commit" | plain)"
	if ! tree_git cat-file -e "$was^{commit}" 2>/dev/null; then
		echo ", and what it was at then is not there any more."
		return
	fi
	# shellcheck disable=SC2046 # words
	tree_git log --abbrev=12 --format='  %h (%s)' "$was..$branch_commit" -- $(jq -r '.built.files[].name' "$work/built") |
		plain >"$work/since"
	if [ -s "$work/since" ]; then
		echo "; since then came, to what is replayed:"
		head -n 20 "$work/since"
		[ "$(wc -l <"$work/since")" -le 20 ] || echo "  and $(($(wc -l <"$work/since") - 20)) more"
	else
		echo "; since then nothing came to what is replayed."
	fi
}
