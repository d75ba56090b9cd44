#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Puts what `make bench` measured into the tree: keeps BUILD/bench/bench.json as bench/results/bench.json and writes
# the tables of bench/README.md, which stand between <!-- bench --> and <!-- /bench -->, and so on, from it.
#
# Usage: bench/update.sh BUILD
#        bench/update.sh --check    says whether README.md is what bench/results/bench.json gives: exit 0 or 1
set -eu

top=$(dirname "$0")
result=$top/results/bench.json

readme() # README.md with its tables made anew
{
	for part in bench where; do
		jq -rf "$top/$part.jq" "$result" >"$work/$part" || return 1
	done
	awk -v work="$work" '
		/^<!-- \/[a-z]+ -->$/ { inside = 0 }
		!inside { print }
		/^<!-- [a-z]+ -->$/ {
			inside = 1
			file = work "/" $2
			print ""
			while ((getline line <file) > 0) print line
			print ""
		}' "$top/README.md"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case ${1-} in
--check)
	readme >"$work/README.md"
	diff "$top/README.md" "$work/README.md"
	;;
'' | -*)
	echo "usage: bench/update.sh BUILD | --check" >&2
	exit 2
	;;
*)
	mkdir -p "$top/results"
	cp "$1/bench/bench.json" "$result"
	readme >"$work/README.md"
	cat "$work/README.md" >"$top/README.md"
	;;
esac
