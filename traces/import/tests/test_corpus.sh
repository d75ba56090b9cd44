#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The recorded traces: whole, small enough for the tree, and what their table says they are.
build=$1
corpus=traces/corpus
failed=0

check()
{
	if test "$2" "$3" "$4"; then
		echo "ok: $1"
	else
		echo "FAILED: $1: '$2' $3 '$4'"
		failed=1
	fi
}

total=0
for trace in "$corpus"/*.vtt; do
	name=$(basename "$trace" .vtt)
	size=$(wc -c <"$trace")
	total=$((total + size))

	"$build/vtick" check --quiet "$trace"
	check "$name: whole and legal" $? -eq 0
	check "$name: at most 2 MiB" "$size" -le 2097152
	events=$("$build/vtick" info --json "$trace" | sed -n 's/.*"events_total": *\([0-9]*\).*/\1/p')
	sha=$("$build/vtick" info --json "$trace" | sed -n 's/.*"capture_sha256": *"\([0-9a-f]*\)".*/\1/p')
	check "$name: rows with its event count in the table" "$(grep -c "^| $name | .* | $events | " "$corpus/README.md")" -eq 1
	if [ -n "$sha" ]; then
		source="\`$sha\`.*$name\\.vtt"
	else # recorded by vtick itself: there is no capture
		source="\`vtick record -o $name\\.vtt .*\`"
	fi
	check "$name: rows with its source in the table" "$(grep -c "$source" "$corpus/README.md")" -eq 1
done
check "all: at most 12 MiB" "$total" -le 12582912

exit $failed
