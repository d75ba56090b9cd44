#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes the tables of metrics of replay/RESULT.md and of the manual page of vtick compare, and that of limits of
# traces/LIMITS.md anew from the tables that vtick itself has, between the marks that stand there ('make pages').
#
#   ci/metric-pages.sh [--check] [BUILD]
#
#   --check    writes nothing and says which page differs
#
# BUILD is the folder that holds vtick (default: build). Exit codes: 0 fine, 1 a page differs, 2 trouble.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
check=''
case ${1-} in
-h | --help) help ;;
--check)
	check=yes
	shift
	;;
-*) trouble "'$1' is no option (see $we --help)" ;;
esac
find_vtick "${1:-$top/build}"
"$vtick" compare --metrics >"$work/metrics.txt"

# shellcheck disable=SC2317 # renew calls the makers
# The metrics of results, a row each. The columns of --metrics are words but for the last.
markdown()
{
	echo '| metric | when | since | what |'
	echo '|---|---|--:|---|'
	awk 'NR > 1 && $2 != "samples" {
		what = $0
		for (i = 1; i <= 6; i++) sub(/^[^ ]+ +/, "", what)
		printf "| `%s` | %s | %s | %s |\n", $1, $5, $6, what
	}' "$work/metrics.txt"
}

# shellcheck disable=SC2317
manual()
{
	echo '.nf'
	sed 's/-/\\-/g' "$work/metrics.txt"
	echo '.fi'
}

# shellcheck disable=SC2317
limits()
{
	"$vtick" help --limits
}

# renew PAGE MAKER WHAT: what stands between the lines that hold 'make pages' and 'end of the WHAT'.
different=0
renew()
{
	grep -q "end of the $3" "$top/$1" || trouble "$1 has no mark 'end of the $3'"
	"$2" >"$work/made"
	awk -v made="$work/made" -v end="end of the $3" '
		index($0, end) { inside = 0 }
		!inside
		/make pages/ { inside = 1; while ((getline line <made) > 0) print line }' "$top/$1" >"$work/page"
	cmp -s "$work/page" "$top/$1" && return
	if [ -n "$check" ]; then
		echo "$1 differs from what vtick says of its $3: make pages"
		different=1
	else
		cp "$work/page" "$top/$1"
	fi
}
renew replay/RESULT.md markdown metrics
renew compare/man/vtick-compare.1 manual metrics
renew traces/LIMITS.md limits limits
exit $different
