#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Which tests ci/test.sh runs, and how: a line for each, "together|alone NUMBER BUILD TEST NEED...", NEED - for none.
# Usage: ci/test-pick.sh TIER NAME-GLOB build=FOLDER TEST... [build=FOLDER TEST...]    NAME-GLOB may be empty
set -eu

tier=$1 name=$2 build=build
shift 2

trouble()
{
	echo "ci/test.sh: $*" >&2
	exit 2
}

# source_of TEST: build/tests/traces-import-test_x is traces/import/tests/test_x.c, build/fuzzers/x is some fuzz_x.c.
source_of()
{
	case $1 in
	*.sh) echo "$1" ;;
	*/fuzzers/*) find ./*/ -path "./build*" -prune -o -name "fuzz_${1##*/}.c" -print ;;
	*) echo "${1##*/}.c" | sed 's|-test_|/tests/test_|; s|-|/|g' ;;
	esac
}

# mark SOURCE KEY: what stands behind it.
mark()
{
	sed -n "1,25s|^[#/* ]* $2: *\(.*[^ */]\)[ */]*\$|\1|p" "$1"
}

# tier_of TEST: what it says, or check for a fuzzer, none for the others.
tier_of()
{
	case $1 in
	*/fuzzers/*) echo check ;;
	*) mark "$source" Tier ;;
	esac
}

# wanted TEST: its name was asked for, or it is of the tier.
wanted()
{
	base=${1##*/}
	base=${base%.sh}
	base=${base##*test_}
	case $name in
	'') ;;
	*)
		# shellcheck disable=SC2254 # a pattern
		case $base in
		${name#test_}) return 0 ;;
		esac
		return 1
		;;
	esac
	case $(tier_of "$1") in
	'') ;;
	check) [ "$tier" != test ] ;;
	all) [ "$tier" = all ] ;;
	*) trouble "$source: its tier is '$(mark "$source" Tier)', expected check or all" ;;
	esac
}

count=0
for test; do
	case $test in
	build=*)
		build=${test#build=}
		continue
		;;
	esac
	source=$(source_of "$test")
	[ -e "$source" ] || trouble "$test: there is no $source"
	wanted "$test" || continue
	count=$((count + 1))
	list=together
	[ -z "$(mark "$source" Alone)" ] || list=alone
	needs=$(mark "$source" Needs)
	echo "$list $count $build $test ${needs:--}"
done
