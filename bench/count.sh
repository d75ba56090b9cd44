# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Counts instructions with callgrind: they repeat where seconds do not. Read in by bench.sh and ci/instructions.sh.

# count FOLDER COMMAND...: prints how many instructions vtick's and its policies' own code takes and how many all of
# it with its libraries, children included. FOLDER is for callgrind's files. The command's exit code.
count()
{
	count_folder=$1
	shift
	rm -rf "$count_folder"
	mkdir -p "$count_folder"
	valgrind --quiet --tool=callgrind --trace-children=yes --callgrind-out-file="$count_folder/%p" "$@" \
		>/dev/null || return
	# A file is a list of functions, each named with its object, and of their lines' costs; what stands below
	# "calls=" is the callee's.
	awk '
		/^c?ob=/ {
			id = $0
			sub(/^c?ob=/, "", id)
			name = id
			sub(/ .*/, "", id)
			if (sub(/^[^ ]* /, "", name)) own[id] = name ~ /\/vtick$|\/policies\/[^\/]*\.so$/
			if (/^ob=/) object = id
		}
		/^calls=/ { called = 1; next }
		/^[0-9+*-]/ {
			if (!called) { all += $2; if (own[object]) mine += $2 }
			called = 0
		}
		FNR == 1 { split("", own) }
		END { printf "%.0f %.0f\n", mine, all }' "$count_folder"/*
}
