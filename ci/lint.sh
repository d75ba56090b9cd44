#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs shellcheck over every script and clang-tidy over every C file (checks: .clang-tidy). Usage: ci/lint.sh [FILE.c...]
set -eu

find . -name 'build*' -prune -o -name '*.sh' -exec shellcheck {} +
shellcheck bootstrap .ci/run

# shellcheck disable=SC2046 # no file name of ours holds a space
[ $# -gt 0 ] || set -- $(find vtick.c traces replay compare bench -name '*.c' ! -name '*.bpf.c' | sort)
printf '%s\n' "$@" | xargs -P 2 -n 1 clang-tidy --quiet --warnings-as-errors='*' 2>/dev/null
echo "lint: clean"
