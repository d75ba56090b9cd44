#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # they use what is set here
# What the tests of this folder share. $1 is the build directory.

build=$(cd "$1" && pwd) || exit 1
top=$PWD
vtick=$build/vtick
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 77; }
cd "$work" || exit 1
failed=0
unset VTICK_POLICY_PATH
export NO_COLOR=1

# Two cells of a recorded trace: the baseline of most tests.
"$vtick" replay "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1

verdict()
{
	if [ "$1" = 0 ]; then
		echo "ok: $2"
	else
		echo "FAILED: $2"
		cat "$3" "$4"
		failed=1
	fi
}

# is NAME COMMAND...: the command succeeds.
is()
{
	name=$1
	shift
	status=0
	"$@" >is.txt 2>&1 || status=1
	verdict "$status" "$name" is.txt /dev/null
}

# gives NAME CODE PATTERN ARGUMENTS...: vtick compare ends with CODE; the first line of its output (of its one
# line on stderr, if it wrote nothing else) matches PATTERN.
gives()
{
	name=$1 want=$2 pattern=$3
	shift 3
	code=0
	"$vtick" compare "$@" >out.txt 2>err.txt || code=$?
	status=0
	[ "$code" = "$want" ] || status=1
	if [ -s out.txt ]; then
		head -n 1 out.txt | grep -q -e "$pattern" || status=1
	else
		[ "$(wc -l <err.txt)" = 1 ] && grep -q -e "$pattern" err.txt || status=1
	fi
	verdict "$status" "$name (exit $want)" out.txt err.txt
	[ "$status" = 0 ] || echo "  exit was $code"
}

# edit FILTER [FILE]: the baseline, edited by jq, as cand.json.
edit()
{
	jq "$1" "${2-base.json}" >cand.json || exit 1
}
