#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The recorded traces: whole, small enough for the tree, and what their table says they are.
. "$PWD/ci/tests/lib.sh"
build=$1
corpus=traces/corpus

total=0
for trace in "$corpus"/*.vtt; do
	name=$(basename "$trace" .vtt)
	size=$(wc -c <"$trace")
	total=$((total + size))

	ok "$name: whole and legal" "$vtick" check --quiet "$trace"
	ok "$name: at most 2 MiB" test "$size" -le 2097152
	events=$("$build/vtick" info --json "$trace" | sed -n 's/.*"events_total": *\([0-9]*\).*/\1/p')
	sha=$("$build/vtick" info --json "$trace" | sed -n 's/.*"capture_sha256": *"\([0-9a-f]*\)".*/\1/p')
	equal "$name: rows with its event count in the table" "$(grep -c "^| $name | .* | $events | " "$corpus/README.md")" 1
	if [ -n "$sha" ]; then
		source="\`$sha\`.*$name\\.vtt"
	elif [ "${name#made-}" != "$name" ]; then
		source="\`traces/corpus/made\.sh $name .*-o $name\.vtt\`"
	else # recorded by vtick itself: there is no capture
		source="\`vtick record -o $name\\.vtt .*\`"
	fi
	equal "$name: rows with its source in the table" "$(grep -c "$source" "$corpus/README.md")" 1
done
ok "all: at most 12 MiB" test "$total" -le 12582912

finish
