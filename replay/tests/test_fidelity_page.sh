#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tables of FIDELITY.md are what replay/fidelity.sh prints. After a change that is meant:
#   replay/fidelity.sh build | replay/tests/test_fidelity_page.sh --update
# Tier: check
set -eu

file=replay/FIDELITY.md
if [ "${1-}" = --update ]; then
	tables=$(mktemp)
	cat >"$tables"
	sed -i -e '/^<!-- fidelity -->$/,/^<!-- \/fidelity -->$/{/^<!-- fidelity -->$/!{/^<!-- \/fidelity -->$/!d}}' \
		-e "/^<!-- fidelity -->\$/r $tables" "$file"
	rm -f "$tables"
	exit 0
fi

command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n '/^<!-- fidelity -->$/,/^<!-- \/fidelity -->$/p' "$file" | sed '1d;$d' >"$work/page"
replay/fidelity.sh "$1" >"$work/now"
if [ ! -s "$work/now" ] || ! diff -u "$work/page" "$work/now"; then
	echo "FAILED: the tables in $file are what replay/fidelity.sh prints"
	exit 1
fi
echo "ok: the tables in $file are what replay/fidelity.sh prints"
