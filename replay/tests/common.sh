#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # they use what is set here
# What the tests of this folder share. $1 is the build directory.

build=$(cd "$1" && pwd) || exit 1
top=$PWD
vtick=$build/vtick
plugins=$top/replay/tests/plugins
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 77; }
cd "$work" || exit 1
exec 3>&1 # verdicts: a test may redirect the output of what it calls
failed=0
unset VTICK_POLICY_PATH
: "${CC:=cc}"
export CC

# ok NAME COMMAND...: the command succeeds.
ok()
{
	title=$1
	shift
	if "$@"; then
		echo "ok: $title" >&3
	else
		echo "FAILED: $title: $*" >&3
		failed=1
	fi
}

# fails NAME PATTERN COMMAND...: exit code 2, nothing on stdout, one line on stderr that matches.
fails()
{
	title=$1 pattern=$2
	shift 2
	code=0
	"$@" >out.txt 2>err.txt || code=$?
	if [ "$code" = 2 ] && [ ! -s out.txt ] && [ "$(wc -l <err.txt)" = 1 ] && grep -q -e "$pattern" err.txt; then
		echo "ok: $title"
	else
		echo "FAILED: $title: code $code, expected 2 and one line with '$pattern', but:"
		cat out.txt err.txt
		failed=1
	fi
}

# The document without what may differ between equal results.
bare()
{
	jq 'del(.provenance)' "$1"
}

same()
{
	bare "$1" >same.1 && bare "$2" >same.2 && cmp same.1 same.2
}

sanitized()
{
	grep -q __asan_init "$vtick"
}

compile()
{
	object=$1
	shift
	# $CC may be a compiler with options.
	# shellcheck disable=SC2086
	$CC -std=gnu11 -shared -fPIC -O1 -I "$top" -o "$object" "$@"
}
