#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tables that README opens with are what bench/claims.sh prints. After a change that is meant:
#   bench/claims.sh build | replay/tests/test_readme.sh --update
# Tier: check
set -eu

file=README.md
if [ "${1-}" = --update ]; then
	tables=$(mktemp)
	cat >"$tables"
	sed -i -e '/^<!-- claims -->$/,/^<!-- \/claims -->$/{/^<!-- claims -->$/!{/^<!-- \/claims -->$/!d}}' \
		-e "/^<!-- claims -->\$/r $tables" "$file"
	rm -f "$tables"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n '/^<!-- claims -->$/,/^<!-- \/claims -->$/p' "$file" | sed '1d;$d' >"$work/readme"
bench/claims.sh "$1" >"$work/now"
if [ ! -s "$work/now" ] || ! diff -u "$work/readme" "$work/now"; then
	echo "FAIL the tables in $file are not what bench/claims.sh prints"
	exit 1
fi
echo "ok   the tables in $file are what bench/claims.sh prints"
