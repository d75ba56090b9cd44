#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# clang-tidy over every C file (checks: .clang-tidy). The static analyzer, which takes nearly all of the time, reads
# those that differ from where HEAD left the main branch, or on it from the commit before, and what includes a header
# that does; with --all every file. Part of ci/lint.sh.
# Usage: ci/tidy.sh [--all]
set -eu

cd "$(dirname "$0")/.."
# shellcheck source=ci/base.sh
. ci/base.sh
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find vtick.c traces replay compare bench -name '*.c' ! -name '*.bpf.c' ! -path 'replay/kinds/*/shell.c' ! -path '*/tests/tree/*' | sort >"$work/all"

changed()
{
	base=$(base_of .)
	[ -n "$base" ] || { cat "$work/all" && return; }
	git diff --name-only "$base" -- '*.c' '*.h' >"$work/changed"
	sed -n 's,.*/\([^/]*\)\.h$,#include.*[/"]\1[.]h",p' "$work/changed" >"$work/headers"
	{
		grep '\.c$' "$work/changed" || true
		[ ! -s "$work/headers" ] || xargs grep -l -f "$work/headers" <"$work/all" || true
	} | sort -u | grep -xF -f "$work/all" || true
}

# tidy CHECKS: of the files on stdin, if there are any.
tidy()
{
	xargs -r -P 2 -n 4 clang-tidy --quiet --checks="$1" --warnings-as-errors='*' 2>/dev/null || failed=1
}

tidy '-clang-analyzer-*' <"$work/all"
if [ "${1-}" = --all ]; then cat "$work/all"; else changed; fi >"$work/analyzed"
tidy '' <"$work/analyzed"
[ "$failed" = 0 ] || exit 1
echo "tidy: the analyzer read $(wc -l <"$work/analyzed") of $(wc -l <"$work/all") files"
