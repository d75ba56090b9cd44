# SPDX-License-Identifier: GPL-2.0-only
# From callgrind_annotate: instructions per event, by file and by function.
/PROGRAM TOTALS/ { gsub(",", "", $1); printf "%8.1f  all\n", $1 / events }
/^ *[0-9,]+ \([ 0-9.]+%\) +[^ ]*:[^ ]+/ {
	n = $1
	gsub(",", "", n)
	name = $0
	sub(/^[^)]*\) */, "", name)
	sub(/ \[.*/, "", name)
	file = name
	sub(/:[^:]*$/, "", file)
	sub(/.*\//, "", file)
	sub(/.*:/, "", name)
	if (name ~ /^0x/) { file = "zstd and others"; name = file }
	sum[name] += n
	files[file] += n
}
END {
	for (k in files) if (files[k] / events >= 5) printf "%8.1f  %s\n", files[k] / events, k | "sort -rn"
	close("sort -rn")
	print "by function"
	for (k in sum) if (sum[k] / events >= 5) printf "%8.1f  %s\n", sum[k] / events, k | "sort -rn"
}
