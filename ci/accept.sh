#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Accepts what the corpus gives now as the goldens: shows the difference, writes it, and says how to commit it.
#
#   ci/accept.sh --reason TEXT [OPTION]... [BUILD]
#
# BUILD is the folder that holds vtick (default: build). All goldens are written or none: of an accept that was killed
# between them the next one does the rest. What is no golden stays. Without a difference nothing is written. Exit codes:
# 0 accepted or nothing to accept, 2 trouble; nothing is written then.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/answer.sh"
. "$top/ci/folder.sh"
traces=$our_corpus golden=$our_golden build=$our_build reason=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --traces | --golden | --reason) need "$1" $# ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*)
		build=$1
		shift
		continue
		;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--traces) traces=$(as_path "$2") ;;
	--golden) golden=$(as_path "$2") ;;
	--reason) reason=$(printf '%s' "$2" | tr '\n' ' ') ;;
	esac
	shift 2
done
case $reason in
*[![:space:]]*) ;;
*) trouble "--reason TEXT is missing: why may the numbers change?" ;;
esac
[ "$reason" != WHY ] || trouble "--reason is 'WHY', expected the reason itself"
find_vtick "$build"
default_policies

own_folder 9 "$golden"
replay_each "$traces" "$work/results" || trouble "not every cell was replayed: nothing is accepted"
mkdir "$work/new"
changed='' new='' gone=''
for file in "$work"/results/*.json; do
	name=$(basename "$file" .json)
	"$vtick" compare --golden "$work/new/$name.txt" "$file" || exit 2
	if [ ! -e "$golden/$name.txt" ]; then
		new="$new $name"
	elif ! is_golden "$golden/$name.txt"; then
		trouble "$golden/$name.txt is no golden, and would be overwritten: move it away"
	elif ! cmp -s "$work/new/$name.txt" "$golden/$name.txt"; then
		changed="$changed $name"
	fi
done
for file in "$golden"/*.txt; do
	name=$(basename "$file" .txt)
	if [ ! -e "$file" ] || [ -e "$work/new/$name.txt" ]; then
		continue
	fi
	# Made of the trace of that name, and of no other: it was accepted.
	if is_golden_of "$name" "$file"; then
		gone="$gone $name"
		printf '%s\n' "$name.txt" >>"$work/gone"
	fi
done
if [ -z "$changed$new$gone" ]; then
	echo "Nothing to accept: $replayed traces give what the goldens hold."
	exit 0
fi

set --
for file in "$golden"/*.txt; do
	[ ! -e "$file" ] || ! is_golden "$file" || set -- "$@" "$file"
done
if [ $# -gt 0 ]; then
	# Its exit code says that there is a difference, or that a cell came or went: that is what is accepted.
	# shellcheck disable=SC2086 # words
	"$vtick" compare $allow_empty --fail-on change --allow-new --base-files "$@" --candidate-files "$work"/results/*.json || true
fi

stage "$golden"
cp "$work"/new/*.txt "$golden/.vtick-new/"
[ ! -e "$work/gone" ] || cp "$work/gone" "$golden/.vtick-new/.gone"
place_all "$golden"
echo
printf '%s\n' "Accepted:${changed:+ changed:$changed}${new:+ new:$new}${gone:+ gone:$gone}. Commit the goldens, with the reason:" | plain
printf '%s\n' "  git add $(quoted "$golden") && git commit --trailer $(quoted "Golden: $reason")" | plain
