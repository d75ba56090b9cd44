#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The form of all sources (.clang-format, .shellcheckrc and the rules below say what is asked), and clang-tidy.
#
#   ci/lint.sh [--all] [BUILD]
#
#   --all    clang's static analyzer reads every file, not only those of the change
#
# BUILD (default build) holds the objects.
# Run by ci/test.sh beside the tests, with --all in the tier all.
# Tier: check
set -eu

cd "$(dirname "$0")/.."
failed=0 all='' build=build
[ "${VTICK_TIER-}" != all ] || all=--all
for word; do
	case $word in
	--all) all=--all ;;
	*) build=$word ;;
	esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# rule WHAT: what stands in $work/said is against it.
rule()
{
	[ -s "$work/said" ] || return 0
	echo "lint: $1:"
	sed 's/^/    /' "$work/said"
	failed=1
}

# Every file of ours that matches one of the patterns.
ours()
{
	for pattern; do
		find . \( -name 'build*' -o -name .git \) -prune -o -type f -name "$pattern" -print
	done | sed 's|^\./||' | sort
}

{
	ours '*.sh' '*.bash'
	echo bootstrap
	echo .ci/run
} >"$work/scripts"

xargs -P 2 -n 40 shellcheck <"$work/scripts" >"$work/said" 2>&1 || true
rule "shellcheck"
grep -v '/tests/' "$work/scripts" | xargs wc -l | awk '$2 != "total" && $1 > 100' >"$work/said"
rule "a script has at most 100 lines (what is in tests/ may have more): jq and awk go into files of their own"
ours '*.[ch]' | xargs clang-format -n --Werror >"$work/said" 2>&1 || true
rule "clang-format -i FILE mends these"
{
	ours '*.[chS]' '*.jq' '*.awk'
	cat "$work/scripts"
	echo Makefile
} | while read -r file; do
	sed 3q "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$file"
done >"$work/said"
rule "an SPDX line is among the first three"
ours '*.c' | grep -vE '\.bpf\.c$|^(bench|replay/policies|replay/example|traces/base)/|/tests/' |
	xargs grep -nE '\b(malloc|calloc|realloc|v?asprintf|strn?dup)\([^)]' >"$work/said" || true
rule "memory is asked for with the functions of traces/base/mem.h"
ours '*.c' | grep -vE '\.bpf\.c$|^traces/base/|/tests/' |
	xargs grep -nE '\bjson_(object_set_new|array_append_new|v?pack|string|dumps)\(' >"$work/said" || true
rule "JSON is built with the functions of traces/base/json.h"
ours '*.md' | while read -r file; do
	awk -v file="$file" '/^ *```/ { code = !code } !code && !/^[|]|^    / { print file ":" FNR ": " $0 }' "$file"
done | LC_ALL=C.UTF-8 grep -E '^[^ ]* .{101,}' >"$work/said" || true
rule "prose has lines of at most 100 columns"
ci/circles.sh "$build" >"$work/said" 2>&1 || true
rule "files do not need each other"

# shellcheck disable=SC2086 # an option or nothing
ci/tidy.sh $all || failed=1
[ "$failed" = 0 ] || exit 1
echo "lint: clean"
