#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The pages, and what they link to, as they are installed: a path a line, from the top. HACKING.md is a clone's.
# Usage: ci/pages.sh
set -eu
cd "$(dirname "$0")/.."

find . \( -name 'build*' -o -name .git -o -name tests \) -prune -o -name '*.md' ! -path './HACKING.md' -print |
	sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r page; do
	echo "$page"
	folder=$(dirname "$page")
	grep -o '](\([^)#]*\)' "$page" | sed 's/^](//' | grep -v '^[a-z]*:' | while IFS= read -r link; do
		[ ! -f "$folder/$link" ] || realpath -s --relative-to=. "$folder/$link"
	done
done | LC_ALL=C sort -u
printf '%s\n' COPYING NEWS replay/example/poll.c
