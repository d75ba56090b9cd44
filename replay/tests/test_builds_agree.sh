#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Results are identical to the last byte for -j1, -j2 and -j7 and among compilers, with and without
# sanitizers: $1 holds one build, $1/clang, $1/clang-san and $1/gcc-san may hold others (make builds, make builds-all).
# Tier: check
. "$PWD/ci/tests/lib.sh"
need jq
dir=$work build=$1

others=
for other in clang clang-san gcc-san; do
	if [ -x "$build/$other/vtick" ]; then
		others="$others $other"
	fi
done
[ -n "$others" ] || fail "there is only one build (make builds)"
[ "${VTICK_TIER-}" != all ] || equal "all builds are there (make builds-all)" "$others" " clang clang-san gcc-san"

# Every device, busy and halting guests, moves and cancels, counters that are set.
presets="mail-16x4 mail-16x4-idle mail-16x4-itc lapic-16x4 lapic-16x4-idle tickless-16x4 busy-16x4-4lp"
for preset in $presets; do
	"$build/vtick" gen --preset "$preset" --duration 3 -o "$dir/$preset.vtt" || exit 1
	for other in $others; do
		if ! "$build/$other/vtick" gen --preset "$preset" --duration 3 -o "$dir/other.vtt" ||
			! cmp "$dir/$preset.vtt" "$dir/other.vtt"; then
			fail "gen --preset $preset by $other"
		fi
	done
done
rm -f "$dir/other.vtt"
ok "the plain build and$others generate the same traces: $presets"

set -- "$dir"/*.vtt
for trace in traces/corpus/*.vtt; do
	[ -f "$trace" ] && set -- "$@" "$trace"
done
echo "replaying $# traces"

# result NAME BUILD OPTIONS TRACE...: the result without its provenance in $dir/NAME
result() {
	name=$1
	vtick=$2/vtick
	shift 2
	# A trace of the corpus has no guest timer at all, and a replay says so.
	if ! "$vtick" replay -o "$dir/result" "$@" >"$dir/table.$name" 2>"$dir/err" ||
		grep -qv ": nothing to compare: no guest timer write with a known deadline$" "$dir/err" ||
		! jq 'del(.provenance)' "$dir/result" >"$dir/$name"; then
		fail "$name: replay by $vtick"
		head -n 5 "$dir/err"
	fi
}

# same NAME NAME: two results, and their tables
same() {
	if cmp "$dir/$1" "$dir/$2" && cmp "$dir/table.$1" "$dir/table.$2"; then
		ok "$1 and $2 agree"
	else
		fail "$1 and $2 differ"
	fi
}

variants="-p passthrough -p passthrough:scope=current -p passthrough:switch=none,scope=current
	-p virtual -p virtual:block=remove -p virtual:switch=keep,hv-tick=0"

"$build/vtick" info --json "$@" >"$dir/info"
result plain-j1 "$build" -j1 "$@"
# shellcheck disable=SC2086 # options
result plain-variants "$build" -j2 $variants "$@"
for j in 2 7; do
	result "plain-j$j" "$build" "-j$j" "$@"
	same plain-j1 "plain-j$j"
done
# shellcheck disable=SC2086
result plain-variants-j1 "$build" -j1 $variants "$@"
same plain-variants plain-variants-j1
for other in $others; do
	"$build/$other/vtick" info --json "$@" | cmp - "$dir/info" || fail "info by $other"
	for j in 1 2 7; do
		result "$other-j$j" "$build/$other" "-j$j" "$@"
		same plain-j1 "$other-j$j"
	done
	# shellcheck disable=SC2086
	result "$other-variants" "$build/$other" -j2 $variants "$@"
	same plain-variants "$other-variants"
done
jq -e --argjson n $# '(.cells | length == $n * (map(.policy.name) | unique | length)) and all(.cells[]; .status == "ok")' "$dir/plain-j1" >/dev/null ||
	fail "every cell has a result"
echo "compared: $build and$(for other in $others; do printf ' %s' "$build/$other"; done)"
finish
