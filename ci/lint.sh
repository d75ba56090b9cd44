#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The form of all sources, and clang-tidy's word on them (.clang-format, .clang-tidy, .shellcheckrc say what is asked).
# clang's static analyzer, which takes nearly all of clang-tidy's time, reads the files that the change touches.
#
#   ci/lint.sh [--all] [BUILD]
#
#   --all    the analyzer reads every file
#
# BUILD (default build) holds the objects.
set -eu

cd "$(dirname "$0")/.."
# shellcheck source=ci/base.sh
. ci/base.sh
failed=0 all='' build=build
for word; do
	case $word in
	--all) all=yes ;;
	*) build=$word ;;
	esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# said WHAT FILE: what is in the file is wrong.
said()
{
	[ -s "$2" ] || return 0
	echo "lint: $1:"
	sed 's/^/    /' "$2"
	failed=1
}

# Every file of ours that matches one of the patterns.
ours()
{
	for pattern; do
		find . \( -name 'build*' -o -name .git \) -prune -o -type f -name "$pattern" -print
	done | sed 's|^\./||' | sort
}

scripts="$(ours '*.sh') bootstrap .ci/run"
c_files=$(ours '*.c' | grep -v '\.bpf\.c$')

# shellcheck disable=SC2086 # no file name of ours holds a space
{
	shellcheck $scripts >"$work/said" 2>&1 || true
	said "shellcheck" "$work/said"
	ours '*.[ch]' | xargs clang-format -n --Werror >"$work/said" 2>&1 || true
	said "clang-format -i FILE mends these" "$work/said"
	for file in $(ours '*.[chS]' '*.jq' '*.awk') Makefile $scripts; do
		sed 3q "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$file"
	done >"$work/said"
	said "no SPDX line among the first three" "$work/said"
	# shellcheck disable=SC2046 # nor here
	grep -nE '\b(malloc|calloc|realloc|v?asprintf|strn?dup)\([^)]' $(echo "$c_files" |
		grep -vE '^(bench|replay/policies|replay/example|traces/base)/|/tests/') /dev/null >"$work/said" || true
	said "memory is asked for with the functions of traces/base/mem.h" "$work/said"
	ci/circles.sh "$build" >"$work/said" 2>&1 || true
	said "files that need each other" "$work/said"
}

# ---- clang-tidy ----

# Files of the change, and those that include a header of it.
changed()
{
	base=$(base_of .)
	[ -n "$base" ] || { echo "$c_files" && return; }
	git diff --name-only "$base" -- '*.c' '*.h' >"$work/changed"
	sed -n 's,.*/\([^/]*\)\.h$,#include.*[/"]\1[.]h",p' "$work/changed" >"$work/headers"
	{
		grep '\.c$' "$work/changed" || true
		[ ! -s "$work/headers" ] || echo "$c_files" | xargs grep -l -f "$work/headers" || true
	} | sort -u | while read -r file; do
		! echo "$c_files" | grep -qxF "$file" || echo "$file"
	done
}

tidy() # CHECKS: of the files on stdin, if there are any
{
	xargs -r -P 2 -n 4 clang-tidy --quiet --checks="$1" --warnings-as-errors='*' >"$work/said" 2>/dev/null || failed=1
	said "clang-tidy" "$work/said"
}

echo "$c_files" | tidy '-clang-analyzer-*'
if [ "$all" ]; then
	echo "$c_files"
else
	changed
fi >"$work/analyzed"
tidy '' <"$work/analyzed"
[ "$failed" = 0 ] || exit 1
circles=$(ci/circles.sh "$build" | grep -c 'in a circle' || true)
echo "lint: clean but for $circles circles of files (ci/circles.sh); the analyzer read $(wc -l <"$work/analyzed") of $(echo "$c_files" | wc -l) files"
