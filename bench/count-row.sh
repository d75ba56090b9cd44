# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets vtick, tool, top and work
# What bench.sh counts.

# count_row NAME INPUT COMMAND: instructions of vtick for an item, with what starting and ending costs taken off: by
# the difference of two inputs of the same kind. One line of JSON, or none for what has no shorter inputs, and to count
# vps-256 is enough.
count_row()
{
	case $3 in
	"$vtick "* | "$tool/heap_loop "*) ;;
	*) return 0 ;;
	esac
	case $2 in
	vps-1 | vps-16) return 0 ;;
	esac
	for ending in vtt trc; do
		[ -e "$work/$2.short.$ending" ] || continue
		for size in short tiny; do
			# shellcheck disable=SC2046 # words
			"$top/count.sh" "$work/count" $(echo "$3" | sed "s|/$2\.$ending|/$2.$size.$ending|") \
				>"$work/count.$size" 2>"$work/err" || {
				cat "$work/err" >&2
				exit 2
			}
		done
		if [ "$ending" = vtt ]; then
			items=$(($(events "$work/$2.short.vtt") - $(events "$work/$2.tiny.vtt")))
		else
			items=$(($(records "$work/$2.short.trc") - $(records "$work/$2.tiny.trc")))
		fi
		jq -cn --arg name "$1" --arg input "$2" --argjson items "$items" --rawfile short "$work/count.short" \
			--rawfile tiny "$work/count.tiny" '
			def pair: split(" ") | map(tonumber);
			[$short, $tiny] | map(pair) | {row: $name, input: $input,
				own_milli: ((.[0][0] - .[1][0]) * 1000 / $items | round),
				all_milli: ((.[0][1] - .[1][1]) * 1000 / $items | round)}'
	done
}
