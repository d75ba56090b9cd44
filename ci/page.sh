#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Holds a page to what a command prints: what stands between <!-- MARK --> and <!-- /MARK --> of FILE is standard
# input. Exit 1 with the difference if not; with --update FILE is changed instead.
# Usage: COMMAND | ci/page.sh [--update] MARK FILE
set -eu

update=false
if [ "$1" = --update ]; then
	update=true
	shift
fi
mark=$1
file=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/now"
[ -s "$work/now" ] || { echo "FAILED: nothing came for <!-- $mark --> of $file"; exit 1; }
grep -q "^<!-- $mark -->\$" "$file" || { echo "FAILED: $file has no <!-- $mark -->"; exit 1; }
if $update; then
	awk -v mark="$mark" -v now="$work/now" '
		$0 == "<!-- /" mark " -->" { inside = 0 }
		!inside { print }
		$0 == "<!-- " mark " -->" {
			inside = 1
			while ((getline line <now) > 0) print line
		}' "$file" >"$work/file"
	cat "$work/file" >"$file"
	exit 0
fi
sed -n "/^<!-- $mark -->\$/,/^<!-- \/$mark -->\$/p" "$file" | sed '1d;$d' >"$work/page"
if ! diff -u "$work/page" "$work/now"; then
	echo "FAILED: <!-- $mark --> of $file is what its command prints"
	exit 1
fi
echo "ok: <!-- $mark --> of $file is what its command prints"
