# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by deb.sh and rpm.sh, with what is theirs in top and kind
# Where packages go: to $out, the first argument or a folder of the build. What $work holds is gone afterwards.

out=${1-$top/build/$kind}
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
version=$(sed -n 's/^VERSION := //p' "$top/Makefile")
