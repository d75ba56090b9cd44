# SPDX-License-Identifier: GPL-2.0-only
# Instructions of vtick and its policies, and all of them. A callgrind file is a list of functions, each named with
# its object, and of their lines' costs; what stands below "calls=" is the callee's.
/^c?ob=/ {
	id = $0
	sub(/^c?ob=/, "", id)
	name = id
	sub(/ .*/, "", id)
	if (sub(/^[^ ]* /, "", name)) own[id] = name ~ /\/vtick$|\/heap_loop$|\/policies\/[^\/]*\.so$/
	if (/^ob=/) object = id
}
/^calls=/ { called = 1; next }
/^[0-9+*-]/ {
	if (!called) { all += $2; if (own[object]) mine += $2 }
	called = 0
}
FNR == 1 { split("", own) }
END { printf "%.0f %.0f\n", mine, all }
