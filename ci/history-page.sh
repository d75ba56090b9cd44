#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The history of a store of nights as a page for a browser, with accepted changes marked: those whose commits have a
# trailer 'Golden: WHY' (ci/accept.sh) are said of the first night that holds them.
#
#   ci/history-page.sh [OPTION]... [METRIC]
#
#   --store FOLDER     of ci/nightly.sh (default nightly)
#   -o FILE            the page (default FOLDER/history.html)
#   --nights N, --trace GLOB, --policy GLOB    as vtick history has them
#   --build FOLDER     holds vtick (default build)
#
# Exit codes: 0 the page is there, 2 trouble. A night of a revision that this repository does not have marks nothing.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
store=nightly build=$our_build page='' metric=''
: >"$work/options"

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--store | -o | --nights | --trace | --policy | --build) need "$1" $# ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*)
		metric=$1
		shift
		continue
		;;
	esac
	case $1 in
	--store) store=$(as_path "$2") ;;
	-o) page=$(as_path "$2") ;;
	--build) build=$2 ;;
	*) printf '%s=%s\n' "$1" "$2" >>"$work/options" ;;
	esac
	shift 2
done
find_vtick "$build"
[ -d "$store/results" ] || trouble "$store holds no nights, expected the folder of ci/nightly.sh"
page=${page:-$store/history.html}

# "FIRST LAST" of what is new on each night that has another revision than the one before; a + is what was not committed.
find "$store/results" -type f -name '[0-9]*-*-[0-9]*.json' | sed 's|.*/||' | LC_ALL=C awk -f "$top/ci/nights.awk" | sort -n -k 2 |
	sed 's/^....-..-..-\(.*\)-[0-9]* [0-9]*$/\1/' |
	awk '$1 != last { if (last != "") print last, $1; last = $1 }' >"$work/steps"
while read -r from to; do
	why=$(git -C "$top" log --format='%(trailers:key=Golden,valueonly,unfold)' "${from%+}..${to%+}" -- 2>/dev/null |
		awk 'NF { text = text (text == "" ? "" : "; ") $0 } END { print text }') || continue
	[ -z "$why" ] || jq -n --arg to "$to" --arg why "$why" '{ ($to): $why }'
done <"$work/steps" | jq -s 'add // {}' >"$work/accepted.json"

set --
while IFS= read -r option; do
	set -- "$@" "$option"
done <"$work/options"
# shellcheck disable=SC2086 # a metric or nothing
"$vtick" history --db "$store/history.db" --report "html:$page" --accepted "$work/accepted.json" "$@" ${metric:+"$metric"} >/dev/null
