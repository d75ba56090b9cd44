# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by compare-patch.sh
# Two revisions of a hypervisor's tree: what their policies do, and which of the changed code the traces come to.
. "$top/ci/trees.sh"
. "$top/ci/tree-reach.sh"
. "$top/ci/tree-first.sh"

# compare_tree TRACE...: the exit code.
compare_tree()
{
	find_this_vtick
	find_tree
	base_commit=$(tree_commit "$base") || exit 2
	head_commit=$(tree_commit "${head:-HEAD}") || exit 2
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
	title="Replayed $kind in $(wc -l <params) ways on $# traces, with costs: $(tree_title "$base_commit") → $(tree_title "$head_commit")"
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

# few LIST: names on one line, the first of them.
few()
{
	awk -v of="$2" 'NR <= 3 { printf "%s%s", (NR > 1 ? ", " : ""), $0 }
		END { if (NR > 3) printf " and %d more", NR - 3
		printf "%s\n", (NR ? " (" NR " of " of ")" : "none") }' "$1"
}

# can_show TRACE...: what is in them.
can_show()
{
	: >can
	for trace; do
		"$this_vtick" dump --json "$trace" | awk -v name="$(basename -- "$trace" .vtt)" -f "$top/ci/can-show.awk" >>can
	done
	printf '\nWhat these traces can show:\n\n'
	for what in 'periods under 200 us' 'periods' 'one-shot counts' 'deadlines' 'stops' 'masks' 'VPs on several LPs'; do
		sed -n "s/^$what	//p" can >some
		echo "- $what: $(few some $#)"
	done
	sort -u own-costs >some 2>/dev/null || :
	echo "- what comes late, by the recording's own costs: $(few some $#); by made-up ones (ci/made-costs.json): the others"
}

compare_tree_of "$traces"
