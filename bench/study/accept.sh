#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Takes a study's pictures, sums and tables into the tree. Usage: bench/study/accept.sh FOLDER
set -eu

here=$(dirname "$0")
folder=$1

# PAGE NAME: what lies between <!-- NAME --> and <!-- /NAME --> becomes FOLDER/NAME.md.
put() {
	awk -v name="$2" -v file="$folder/$2.md" '
		$0 == "<!-- /" name " -->" { skip = 0 }
		!skip
		$0 == "<!-- " name " -->" { skip = 1; while ((getline line <file) > 0) print line }
	' "$1" >"$folder/page"
	cat "$folder/page" >"$1"
	rm "$folder/page"
}

put "$here/../STUDY.md" model
put "$here/../SENSITIVITY.md" sensitivity
cp "$folder"/*.svg "$folder/sums" "$here/"
