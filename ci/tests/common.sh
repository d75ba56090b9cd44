# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # they use what is set here
# What the tests of this folder share. $1 is the build directory.

build=$(cd "$1" && pwd) || exit 1
top=$PWD
vtick=$build/vtick
ci=$top/ci
work=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
for tool in jq git; do
	command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
cd "$work" || exit 1
failed=0
unset VTICK_POLICY_PATH MAKEFLAGS MAKELEVEL MFLAGS
export GIT_CONFIG_GLOBAL="$work/gitconfig" GIT_CONFIG_NOSYSTEM=1
git config --global user.name test
git config --global user.email test@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false

# ok NAME COMMAND...: the command succeeds.
ok()
{
	title=$1
	shift
	if "$@"; then
		echo "ok: $title"
	else
		echo "FAILED: $title: $*"
		failed=1
	fi
}

# code NAME EXPECTED COMMAND...: the exit code; the output stays in out.txt and err.txt.
code()
{
	title=$1 expected=$2 got=0
	shift 2
	"$@" >out.txt 2>err.txt </dev/null || got=$?
	if [ "$got" = "$expected" ]; then
		echo "ok: $title"
	else
		echo "FAILED: $title: code $got, expected $expected: $*"
		cat out.txt err.txt
		failed=1
	fi
}

# first NAME PATTERN [FILE]: the first line that a user sees.
first()
{
	if head -n 1 "${3-out.txt}" | grep -q -e "$2"; then
		echo "ok: $1"
	else
		echo "FAILED: $1: expected '$2' in the first line of:"
		cat "${3-out.txt}"
		failed=1
	fi
}

# has NAME PATTERN [FILE]
has()
{
	if grep -q -e "$2" "${3-out.txt}"; then
		echo "ok: $1"
	else
		echo "FAILED: $1: expected '$2' in:"
		cat "${3-out.txt}"
		failed=1
	fi
}

# inject FOLDER ADDRESS TEXT: FOLDER/virtual.so, a virtual with TEXT behind the line that sed finds at ADDRESS, and a
# counter of its own there.
inject()
{
	mkdir -p "$1"
	sed -e '/^#include "policy.h"/a static unsigned long calls;' -e "$2a $3" \
		"$top/replay/policies/virtual.c" >"$1/virtual.c"
	! cmp -s "$1/virtual.c" "$top/replay/policies/virtual.c" || exit 1
	${CC:-cc} -std=gnu11 -shared -fPIC -O1 -I "$top/replay" -o "$1/virtual.so" "$1/virtual.c" || exit 1
}
