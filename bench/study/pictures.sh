#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Draws the pictures of pictures.json from what scaling.sh printed: FOLDER/NAME.svg, with -p NAME.png too.
# Usage: bench/study/pictures.sh [-p] ROWS.jsonl FOLDER
set -eu

here=$(dirname "$0")
png=
[ "${1-}" != -p ] || { png=1 && shift; }
rows=$1
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# TERMINAL SCALE: the picture into $work/out. The script's first line says how large it is.
draw() {
	{
		sed -n 1p "$work/script"
		echo "set terminal $1 enhanced size $2*width,$2*height background rgb 'white' font 'sans-serif,12'"
		echo "set output '$work/out'"
		sed 1d "$work/script"
	} >"$work/whole"
	gnuplot "$work/whole"
}

# gnuplot wraps everything, also nothing, into groups: those are half of the file.
trim() {
	awk '{
		if (held != "" && $0 == "</g>") { held = ""; next }
		if (held != "") print held
		held = ""
		if ($0 ~ /^<g [^>]*>$/) held = $0; else print
	}' "$work/out"
}

for name in $(jq -r '.[].name' "$here/pictures.json"); do
	picture=$(jq -c --arg name "$name" '.[] | select(.name == $name)' "$here/pictures.json")
	jq -rs --argjson picture "$picture" --slurpfile policies "$here/policies.json" \
		--slurpfile guests "$here/guests.json" -f "$here/picture.jq" "$rows" >"$work/script"
	draw svg 1
	trim >"$folder/$name.svg"
	[ -n "$png" ] || continue
	# Its sizes are in points of 1/72 inch, the SVG's in pixels of 1/96.
	draw "pngcairo fontscale 1.5 linewidth 2 pointscale 2" 2
	cp "$work/out" "$folder/$name.png"
done
