#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Accepts what the corpus gives now as the goldens: shows the difference, writes it, and says how to commit it.
#
#   ci/accept.sh --reason TEXT [OPTION]... [BUILD]
#
#   --reason TEXT      why the numbers may change: the commit's trailer 'Golden: TEXT'
#   -p POLICY          instead of all of replay/policies and ci/variants; may be repeated
#   --traces FOLDER    instead of traces/corpus
#   --golden FOLDER    instead of ci/golden
#
# BUILD is the folder that holds vtick (default: build). Without a difference nothing is written. Exit codes: 0
# accepted or nothing to accept, 2 trouble; nothing is written then.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
traces=$top/traces/corpus golden=$top/ci/golden build=$top/build reason=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --traces | --golden | --reason) need "$1" $# ;;
	-*) trouble "'$1' is no option (see ${0##*/} --help)" ;;
	*)
		build=$1
		shift
		continue
		;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--traces) traces=$2 ;;
	--golden) golden=$2 ;;
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

replay_each "$traces" "$work/results" || trouble "not every cell was replayed: nothing is accepted"
mkdir "$work/new"
changed='' new='' gone=''
for file in "$work"/results/*.json; do
	name=$(basename "$file" .json)
	"$vtick" compare --golden "$work/new/$name.txt" "$file" || exit 2
	if [ ! -e "$golden/$name.txt" ]; then
		new="$new $name"
	elif ! cmp -s "$work/new/$name.txt" "$golden/$name.txt"; then
		changed="$changed $name"
	fi
done
for file in "$golden"/*.txt; do
	name=$(basename "$file" .txt)
	[ ! -e "$file" ] || [ -e "$work/new/$name.txt" ] || gone="$gone $name"
done
if [ -z "$changed$new$gone" ]; then
	echo "Nothing to accept: $replayed traces give what the goldens hold."
	exit 0
fi

mkdir -p "$golden"
set -- "$golden"/*.txt
if [ -e "$1" ]; then
	# Its exit code says that there is a difference, or that a cell came or went: that is what is accepted.
	# shellcheck disable=SC2086 # words
	"$vtick" compare $allow_empty --fail-on change --allow-new --base-files "$@" --candidate-files "$work"/results/*.json || true
fi

# Beside the goldens first, then all by rename.
for file in "$work"/new/*.txt; do
	cp "$file" "$golden/.$(basename "$file").tmp"
done
for file in "$work"/new/*.txt; do
	mv "$golden/.$(basename "$file").tmp" "$golden/$(basename "$file")"
done
for file in "$golden"/*.txt; do
	[ -e "$work/new/$(basename "$file")" ] || rm "$file"
done
echo
echo "Accepted:${changed:+ changed:$changed}${new:+ new:$new}${gone:+ gone:$gone}. Commit the goldens, with the reason:"
echo "  git add $(quoted "$golden") && git commit --trailer $(quoted "Golden: $reason")"
