# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # tests use what is set here
# What all shell tests speak. A test begins with
#   . "$PWD/ci/tests/lib.sh"
# while it stands at the top of the tree, with the folder of the build as $1, and ends with `finish`. Its output is TAP:
# "ok N - NAME" or "not ok N - NAME" and why, at the end "1..N". $work is a folder of its own, gone afterwards.

top=$PWD
build=$(cd "$1" && pwd) || exit 1
vtick=$build/vtick
work=$(mktemp -d) || exit 1
checks=0 failed=0 finished=''
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"; [ -n "$finished" ] || { echo "not ok - the test ended early"; exit 1; }' EXIT
trap 'exit 1' HUP INT TERM
exec 3>&1 # verdicts: a test may redirect the output of what it calls
# Tests that want a caller behind root say so.
unset VTICK_POLICY_PATH MAKEFLAGS MAKELEVEL MFLAGS SUDO_UID SUDO_GID SUDO_USER PKEXEC_UID DOAS_USER
unset COLUMNS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE LANGUAGE
export NO_COLOR=1 LC_ALL=C.UTF-8 TZ=UTC

finish()
{
	echo "1..$checks" >&3
	finished=yes
	[ "$checks" -gt 0 ] && [ "$failed" = 0 ]
	exit
}

# skip WHY: the whole test; that fails the tier that holds it (ci/test.sh).
skip()
{
	echo "1..0 # skipped: $*" >&3
	finished=yes
	exit 77
}

# need TOOL...: without one the test fails, and says so.
need()
{
	for needed; do
		command -v "$needed" >/dev/null || {
			fail "$needed is not installed (make deps)"
			finish
		}
	done
}

# fail NAME [FILE]...: not as it should be; the files say more.
fail()
{
	checks=$((checks + 1)) failed=$((failed + 1))
	echo "not ok $checks - $1" >&3
	shift
	for shown; do
		sed 's/^/#   /' "$shown" | head -n 40 >&3
	done
}

# ok NAME [COMMAND...]: the command succeeds; without one what was to be shown has been.
ok()
{
	title=$1
	shift
	if "$@"; then
		checks=$((checks + 1))
		echo "ok $checks - $title" >&3
	else
		fail "$title: $*"
	fi
}

# equal NAME GOT EXPECTED
equal()
{
	if [ "$2" = "$3" ]; then ok "$1"; else fail "$1: got '$2', expected '$3'"; fi
}

# code NAME EXPECTED COMMAND...: the exit code; the output stays in $work/out.txt and $work/err.txt.
code()
{
	title=$1 expected=$2 got=0
	shift 2
	"$@" >"$work/out.txt" 2>"$work/err.txt" </dev/null || got=$?
	if [ "$got" = "$expected" ]; then
		ok "$title"
	else
		fail "$title: exit code $got, expected $expected: $*" "$work/out.txt" "$work/err.txt"
	fi
}

# fails NAME PATTERN COMMAND...: exit code 2, nothing on stdout, one line on stderr that matches.
fails()
{
	title=$1 pattern=$2 got=0
	shift 2
	"$@" >"$work/out.txt" 2>"$work/err.txt" || got=$?
	if [ "$got" = 2 ] && [ ! -s "$work/out.txt" ] && [ "$(wc -l <"$work/err.txt")" = 1 ] &&
		grep -q -e "$pattern" "$work/err.txt"; then
		ok "$title"
	else
		fail "$title: exit code $got, expected 2 and one line with '$pattern'" "$work/out.txt" "$work/err.txt"
	fi
}

# has NAME PATTERN [FILE]: a line of the output, or of the file, matches.
has()
{
	if grep -q -e "$2" "${3-$work/out.txt}"; then ok "$1"; else fail "$1: no line with '$2'" "${3-$work/out.txt}"; fi
}

# first NAME PATTERN [FILE]: the first line does, which is what a user sees.
first()
{
	if head -n 1 "${3-$work/out.txt}" | grep -q -e "$2"; then
		ok "$1"
	else
		fail "$1: no '$2' in the first line" "${3-$work/out.txt}"
	fi
}

# page_holds FILE: a page is XML, but for its own scripts, which begin a line, and has no others; without them it stays
# in $work/page.xml.
page_holds()
{
	head -n 1 "$1" | grep -q '^<!DOCTYPE html>$' || return 1
	awk '/^<script>/ { own = 1 } !own; /<.script>$/ { own = 0 }' "$1" >"$work/page.xml"
	xmllint --noout "$work/page.xml" 2>/dev/null && ! grep -q '<script' "$work/page.xml"
}

# in_page XPATH: of the page that held last.
in_page()
{
	xmllint --xpath "$1" "$work/page.xml"
}

# ---- what takes as long as the machine takes ----

# soon COMMAND...: it succeeds, tried again and again; a minute is for a busy machine.
soon()
{
	soon_tries=0
	until "$@"; do
		[ "$soon_tries" -lt 1200 ] || return 1
		soon_tries=$((soon_tries + 1))
		sleep 0.05
	done
}

# gone PROCESS...: none of them runs. A zombie that its new parent has not seen yet is dead as well.
gone()
{
	for process; do
		case $(sed -n 's/^State:[[:space:]]*//p' "/proc/$process/status" 2>/dev/null) in
		'' | [ZX]*) ;;
		*) return 1 ;;
		esac
	done
}

# children PROCESS: those that it has now.
children()
{
	xargs 2>/dev/null <"/proc/$1/task/$1/children"
}

# has_children PROCESS NUMBER: as many as that; they are in $found.
has_children()
{
	found=$(children "$1")
	[ "$(echo "$found" | wc -w)" = "$2" ]
}

# before_others COMMAND...: before all else that the machine does, in a session of its own.
before_others()
{
	setsid -w sh -c '{ echo -20 >/proc/self/autogroup; } 2>/dev/null; exec nice -n -15 "$@"' sh "$@"
}

# handles PROCESS SIGNAL: that signal, a number, does not end it any more: it is caught, or waited for.
handles()
{
	# shellcheck disable=SC2013 # words
	for mask in $(sed -n 's/^Sig\(Cgt\|Blk\):.*\(.\{8\}\)$/0x\2/p' "/proc/$1/status" 2>/dev/null); do
		[ $((mask >> ($2 - 1) & 1)) = 0 ] || return 0
	done
	return 1
}

# ---- results and policies ----

# bare RESULT: without what may differ between equal results.
bare()
{
	jq 'del(.provenance)' "$1"
}

# same RESULT RESULT
same()
{
	bare "$1" >"$work/same.1" && bare "$2" >"$work/same.2" && cmp "$work/same.1" "$work/same.2"
}

sanitized()
{
	grep -q __asan_init "$vtick"
}

# compile OBJECT SOURCE-OR-OPTION...: a policy.
compile()
{
	object=$1
	shift
	# shellcheck disable=SC2086 # $CC may be a compiler with options
	${CC:-cc} -std=gnu11 -shared -fPIC -O1 -I "$top" -I "$top/replay" -o "$object" "$@"
}

# quick_build: revisions of this tree are built as it was itself, where ccache has what came of that (Makefile), else
# quickly.
quick_build()
{
	case ${CC-} in
	ccache*) ;;
	*) export OPT=-O0 ;;
	esac
}

# inject FOLDER ADDRESS TEXT: FOLDER/virtual.so, a virtual with TEXT behind the line that sed finds at ADDRESS, and a
# counter of its own there.
inject()
{
	mkdir -p "$1"
	sed -e '/^#include "policy.h"/a static unsigned long calls;' -e "$2a $3" \
		"$top/replay/policies/virtual.c" >"$1/virtual.c"
	! cmp -s "$1/virtual.c" "$top/replay/policies/virtual.c" || exit 1
	compile "$1/virtual.so" -I "$top/replay/policies" "$1/virtual.c" || exit 1
}

# edit FILTER [FILE]: base.json, or the file, edited by jq with the functions of edits.jq, as cand.json.
edit()
{
	jq -L "$top/ci/tests" "include \"edits\"; $1" "${2-base.json}" >cand.json || exit 1
}

# gives NAME CODE PATTERN ARGUMENT...: vtick compare ends with CODE; the first line of its output (of its one line on
# stderr, if it wrote nothing else) matches.
gives()
{
	title=$1 expected=$2 pattern=$3 got=0
	shift 3
	"$vtick" compare "$@" >"$work/out.txt" 2>"$work/err.txt" || got=$?
	line=$work/out.txt
	[ -s "$line" ] || line=$work/err.txt
	if [ "$got" = "$expected" ] && head -n 1 "$line" | grep -q -e "$pattern" &&
		{ [ "$line" = "$work/out.txt" ] || [ "$(wc -l <"$line")" = 1 ]; }; then
		ok "$title (exit code $expected)"
	else
		fail "$title: exit code $got, expected $expected and '$pattern'" "$work/out.txt" "$work/err.txt"
	fi
}

# ---- git ----

# git by no one's settings, for repositories in $work.
own_git()
{
	export GIT_CONFIG_GLOBAL="$work/gitconfig" GIT_CONFIG_NOSYSTEM=1
	git config --global user.name test
	git config --global user.email test@example.org
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
}
