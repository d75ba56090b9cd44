#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The parts of the manual pages that are made from the commands' tables: makes them anew in the
# pages, or with --check says which pages differ from them and changes nothing.
# usage: ci/man.sh [--check] [BUILD]
set -eu
cd "$(dirname "$0")/.."
check=0
if [ "${1-}" = --check ]; then
	check=1
	shift
fi
build=${1:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
code=0

"$build/vtick" help --options >"$dir/table"
for page in *.1 */man/*.1; do
	awk -f ci/man.awk "$dir/table" "$page" >"$dir/page"
	cmp -s "$dir/page" "$page" && continue
	if [ $check = 1 ]; then
		echo "$page is not what the tables of options make, 'make man' makes it" >&2
		diff "$page" "$dir/page" | head -n 20 >&2 || true
		code=1
	else
		cat "$dir/page" >"$page"
		echo "$page"
	fi
done
exit $code
