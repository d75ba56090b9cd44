#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ci/circles.sh finds a circle of files by what they call, and only that.
# shellcheck disable=SC2317 # a function that code() calls
. "$PWD/ci/tests/lib.sh"
cd "$work" || exit 1

# object NAME DEFINES NEEDS...: b/obj/NAME.o
object()
{
	object=b/obj/$1.o source=$1.c defines=$2
	shift 2
	mkdir -p "$(dirname "$object")" "$(dirname "$source")"
	{
		for needs; do
			echo "void $needs(void);"
		done
		echo "void $defines(void); void $defines(void) {"
		for needs; do
			echo "$needs();"
		done
		echo "}"
	} >"$source"
	${CC:-cc} -c -o "$object" "$source" || exit 1
}
circles()
{
	"$top/ci/circles.sh" b
}

code "nothing built" 2 circles
object replay/a a b
object replay/x/b b c absent
object replay/c c
object compare/d d a e
object compare/e e
code "a tree is none" 0 circles
object replay/c c a
code "three files in a circle" 1 circles
first "it names them" "^3 files in a circle: "
has "and why" "^    replay/c needs of replay/a: a$"
object compare/e e d
code "two circles" 1 circles
ok "both are told" test "$(grep -c 'in a circle' out.txt)" = 2
object replay/c c
object compare/e e
object replay/engine/costed costed machine
object replay/engine/machine machine truth
object replay/engine/truth truth costed
code "the one that may be" 0 circles
object replay/engine/truth truth costed a
object replay/c c costed
code "but no fourth file in it" 1 circles
finish
