# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by bisect.sh
# The commit of a hypervisor's tree that changed a metric. Each step builds and replays from git alone; git bisect run
# would want a work tree, and leave its refs in a repository that is not ours.
. "$top/ci/trees.sh"

# measure_tree COMMIT: the metric in all cells, on one line; of a COMMAND its exit code. 125: it cannot be told.
measure_tree()
{
	build_tree "$1" "$work/step.so" >/dev/null 2>"$work/said" || return 125
	if [ -n "$command" ]; then
		code=0
		(cd "$work" && VTICK=$this_vtick POLICY=$work/step.so sh -c "$metric" >&2) || code=$?
		[ "$code" != 125 ] || return 125
		echo "$((code != 0))"
		return
	fi
	set --
	while IFS= read -r trace; do
		set -- "$@" "$trace"
	done <"$work/traces"
	rm -rf "$work/results"
	(replay_tree "$work/step.so" "$work/results" "$@") 2>"$work/said" || return 125
	jq -c --arg metric "$metric" '[.cells[] | getpath($metric / ".")]' "$work/results"/*.json | tr -d '\n' | grep . || return 125
}

# left: the commits that may be it, the one that halves them best first; those between that touch nothing that is
# replayed are not it.
left()
{
	# shellcheck disable=SC2046 # words
	tree_git rev-list --bisect-all "$bad" $(sed 's/^/^/' "$work/good") -- $(cat "$work/paths") | cut -d ' ' -f 1
}

# halve: to $first.
halve()
{
	while left >"$work/left" && [ "$(wc -l <"$work/left")" -gt 1 ]; do
		pick=$(grep -vxF -e "$bad" "$work/left" | grep -vxF -f "$work/skipped" | head -n 1)
		[ -n "$pick" ] || trouble "those between do not build or replay; it is one of $(tr '\n' ' ' <"$work/left")"
		if value=$(measure_tree "$pick"); then
			printf '%s: %s %.200s\n' "$(tree_title "$pick")" "$metric" "$value" | plain >&2
			if [ "$value" = "$expected" ]; then echo "$pick" >>"$work/good"; else bad=$pick; fi
		else
			echo "$(tree_title "$pick"): does not build or replay, skipped" | plain >&2
			echo "$pick" >>"$work/skipped"
		fi
	done
	first=$(cat "$work/left")
	[ -n "$first" ] || trouble "no commit between them touches what is replayed: $(tr "\n" " " <"$work/paths")"
}

# bisect_tree GOOD BAD
bisect_tree()
{
	find_this_vtick
	find_tree
	[ -s "$work/traces" ] || printf '%s\n' "$our_corpus"/*.vtt >"$work/traces"
	good=$(tree_commit "$1") || exit 2
	bad=$(tree_commit "$2") || exit 2
	tree_git merge-base --is-ancestor "$good" "$bad" || trouble "$1 is no ancestor of $2"
	: >"$work/skipped"
	echo "$good" >"$work/good"
	for commit in "$good" "$bad"; do
		build_tree "$commit" "$work/step.so" --json 2>/dev/null | jq -r '.built.files[].name'
	done | sort -u >"$work/paths"
	expected=$(measure_tree "$good") || trouble "$1 ($good) does not build or replay: $(tail -n 1 "$work/said")"
	case $expected in
	*null*) trouble "$metric is no metric of every cell at $1" ;;
	esac
	[ -z "$command" ] || [ "$expected" = 0 ] || trouble "$1 ($good) is not good"
	value=$(measure_tree "$bad") || trouble "$2 ($bad) does not build or replay: $(tail -n 1 "$work/said")"
	[ "$value" != "$expected" ] || trouble "$2 ($bad) is as good as $1: there is nothing to find"
	halve
	tree_git log -1 --stat --format='%H%n%an, %ad%n%n    %s%n' "$first" | "$this_vtick" help --plain
}

[ $# = 3 ] || trouble "expected METRIC or -- COMMAND, then GOOD and BAD (see $we --help)"
metric=$1
bisect_tree "$2" "$3"
exit
