#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tables of README and CORPUS.md are what bench/corpus.sh prints. After a change that is meant:
#   bench/tests/test_corpus.sh --update build
# Tier: check
set -eu

command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
update=false
if [ "$1" = --update ]; then
	update=true
	shift
fi

check() # FILE TRACE...
{
	file=$1
	shift
	bench/corpus.sh "$build" "$@" >"$work/now"
	if $update; then
		sed -i -e '/^<!-- corpus -->$/,/^<!-- \/corpus -->$/{/^<!-- corpus -->$/!{/^<!-- \/corpus -->$/!d}}' \
			-e "/^<!-- corpus -->\$/r $work/now" "$file"
		return
	fi
	sed -n '/^<!-- corpus -->$/,/^<!-- \/corpus -->$/p' "$file" | sed '1d;$d' >"$work/page"
	if [ ! -s "$work/now" ] || ! diff -u "$work/page" "$work/now"; then
		echo "FAILED: the table in $file is what bench/corpus.sh prints"
		failed=1
	else
		echo "ok: the table in $file is what bench/corpus.sh prints"
	fi
}

build=$1
check README.md kvm-4x2-all pvhlinux-credit2-2p-all
check bench/CORPUS.md
exit "$failed"
