#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Names the shards of a fleet that did not end well, and merges what is there. Usage: ci/fleet-merge.sh FOLDER
# It is called merged.json if each trace has its result or is told to be bad, else partial.json. Exit code: 0 or 2.
set -eu

folder=$1
code=0
IFS= read -r vtick <"$folder/vtick"
read -r shards <"$folder/shards"
rm -f "$folder/merged.json" "$folder/merged.csv" "$folder/partial.json" "$folder/partial.csv"
for shard in $(seq "$shards"); do
	ended=$(cat "$folder/tasks/$shard")
	case $ended in
	'ended 0') continue ;;
	ended*) ended="ended with exit code ${ended#ended }" ;;
	*) ended="$ended; the same call again does what is missing" ;;
	esac
	echo "fleet: shard $shard of $shards $ended: see $folder/logs/$shard.txt" >&2
	code=2
done
"$vtick" merge -o "$folder/partial.json" --report "csv:$folder/partial.csv" "$folder/results" || code=2
if [ -s "$folder/partial.json" ] && ! grep -q '"status":"missing"' "$folder/partial.json"; then
	mv "$folder/partial.csv" "$folder/merged.csv"
	mv "$folder/partial.json" "$folder/merged.json"
fi
echo "$code" >"$folder/ended"
exit "$code"
