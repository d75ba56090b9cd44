# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by compare-patch.sh
# Two revisions of a hypervisor's tree: what their policies do, and which of the changed code the traces come to.
. "$top/ci/trees.sh"
. "$top/ci/tree-reach.sh"
. "$top/ci/tree-traces.sh"
. "$top/ci/tree-first.sh"

# head_of_tree: the commit; without HEAD what lies in the work tree, if that is another.
head_of_tree()
{
	if [ -z "$head" ] && [ "$(tree_git rev-parse --is-inside-work-tree)" = true ] && ! tree_git diff --quiet --no-ext-diff HEAD; then
		echo uncommitted
	else
		tree_commit "${head:-HEAD}"
	fi
}

# compare_tree TRACE...: the exit code.
compare_tree()
{
	find_this_vtick
	find_tree
	base_commit=$(tree_commit "$base") || exit 2
	head_commit=$(head_of_tree) || exit 2
	[ "$head_commit" != uncommitted ] || tree=$(tree_git rev-parse --show-toplevel) || exit 2
	cd "$work" || exit 2
	for side in base head; do
		commit=$base_commit
		[ "$side" = base ] || commit=$head_commit
		build_tree "$commit" "$work/$side.so" --json >"$side.built" 2>"$side.said" ||
			{ cat "$side.said" >&2 && trouble "$side revision $commit does not build"; }
	done
	cat base.said head.said | sort -u >&2
	replay_tree ./base.so base "$@"
	if [ "$(jq -c .built.files base.built)" = "$(jq -c .built.files head.built)" ]; then
		cp -r base head
	else
		replay_tree ./head.so head "$@"
	fi
	title="Replayed $kind in $(counted "$(wc -l <params)" way ways) on $(counted $# trace traces), $(charged): $(tree_title "$base_commit") → $(tree_title "$head_commit")"
	verdict=0
	# shellcheck disable=SC2086 # words
	"$this_vtick" compare $allow_empty --rows 6 --title "$title" --format "$format" --fail-on "${fail_on:-change}" \
		${rules:+--rules "$rules"} \
		${full:+--full "$full"} --base-files base/*.json --candidate-files head/*.json >whole || verdict=$?
	sed '/^<details>/,/^<.details>/d' whole | cat -s >report # what a browser folds away is not in a mail
	: >reach.md
	: >first.md
	reach "$@" # sets $unreached
	[ "$verdict" = 2 ] || first_difference "$@" >first.md
	if [ "$verdict" = 0 ] && [ -n "$unreached" ] && [ ! -s first.md ]; then
		verdict=2
		case $format in
		text | mail | markdown) not_reached >report ;;
		*) trouble "not reached by these traces: $unreached" ;;
		esac
	fi
	case $format in
	text | mail | markdown) { cat report first.md reach.md && can_show "$@"; } | "$this_vtick" help --plain ;;
	*) cat whole ;;
	esac
	answer "$verdict"
}

# compare_tree_of FOLDER-OF-TRACES: ends with the exit code.
compare_tree_of()
{
	set -- "$1"/*.vtt
	[ -e "$1" ] || trouble "${1%/*} holds no trace (*.vtt)"
	apart_all "$full" "$@"
	compare_tree "$@"
}

not_reached()
{
	printf '### vtick: not reached by these traces\n\n%s\n\n' "$title"
	echo "Nothing of the change was replayed, so this says nothing of it: $unreached."
}

compare_tree_of "$traces"
