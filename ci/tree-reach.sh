# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by compare-tree.sh
# Which of the code that a patch changes the replays come to. Both revisions are built once more with a call at each block
# of code (vtick policy build --lines); changed is a function whose machine code is another one, and its lines are those
# of the diff.

# taken SIDE: the files of the tree that were compiled.
taken()
{
	jq -r '.built.files[].name' "$1.built"
}

# Is there more than comments and white space between the two in what is compiled?
same_text()
{
	[ "$(taken base)" = "$(taken head)" ] || return 1
	taken base >paths
	while IFS= read -r path; do
		for side in base head; do
			commit=$base_commit
			[ "$side" = base ] || commit=$head_commit
			tree_file "$commit" "$path" | LC_ALL=C awk -f "$top/ci/without-comments.awk" >"$side.text"
		done
		cmp -s base.text head.text || return 1
	done <paths
}

# came_to SIDE TRACE...: "TRACE ADDRESS..." lines of what its replays come to, into SIDE.came.
came_to()
{
	side=$1
	shift
	: >"$side.came"
	for trace; do
		replay_with "./$side-lines.so" "$trace" -o "$side-lines.json" 2>"$side-lines.said" || :
		sed -n "s/^vtick: .*: came to: /$(basename -- "$trace" .vtt) /p" "$side-lines.said" >>"$side.came"
	done
}

# read_side SIDE COMMIT TRACE...: the code, its lines, and what came to it.
read_side()
{
	side=$1
	build_tree "$2" "$work/$side-lines.so" --lines >/dev/null 2>"$side.said" || { cat "$side.said" >&2 && return 1; }
	objdump -d -w --no-show-raw-insn "$side-lines.so" >"$side.code"
	objdump --dwarf=decodedline -WL "$side-lines.so" >"$side.rows" 2>/dev/null
	shift 2
	came_to "$side" "$@"
}

# What else the patch changes is told, and never replayed.
others()
{
	tree_diff "$base_commit" "$head_commit" --name-only >changed
	{ taken base && taken head; } | sort -u >paths
	grep -vxF -f paths changed >others || return 0
	printf '\nChanged, and never replayed: %s\n' "$(few others "$(wc -l <changed)")"
}

# reach TRACE...: into reach.md. Sets $unreached: why nothing of what is changed was replayed, '' if something was.
reach()
{
	unreached=''
	others >others.md
	if same_text; then
		[ ! -s others.md ] || unreached="no code of $(taken head | tr '\n' ' ')differs, other files do"
		printf "\nCode that is compiled: the same, but for comments and white space\n" >reach.md
	elif read_side base "$base_commit" "$@" && read_side head "$head_commit" "$@"; then
		# shellcheck disable=SC2046 # words
		tree_diff "$base_commit" "$head_commit" -U0 --src-prefix=a/ --dst-prefix=b/ -- $(taken head) >patch.diff
		LC_ALL=C awk -f "$top/ci/tree-reach.awk" kind=code side=base base.code side=head head.code kind=rows side=base \
			base.rows side=head head.rows kind=diff patch.diff kind=came side=base base.came side=head head.came >reached
		tell_reach $# >reach.md
		! grep -q '^same	' reached || [ ! -s others.md ] || unreached="what is compiled is the same, other files are not"
		grep -q '^came	\|^same	' reached ||
			unreached=$(awk -F '\t' 'NR <= 5 { printf "%s%s", (NR > 1 ? ", " : ""), $2 }
				END { printf "%s", (NR > 5 ? ", ..." : NR ? "" : "what differs is no code that is compiled here") }' reached)
	else
		unreached="what is changed cannot be built so that it tells"
	fi
	cat others.md >>reach.md
}

# tell_reach TRACES
tell_reach()
{
	printf '\nChanged code, and the traces of which a replay comes to it:\n\n'
	LC_ALL=C awk -F '\t' -v of="$1" -f "$top/ci/tree-reach-said.awk" reached
}
