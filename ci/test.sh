#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs Criterion programs and test scripts, several at a time; the last line counts them:
#   N passed, N failed, N skipped
# Criterion programs count by test, scripts by script. A script that says "skipped" (exit code 77) fails all the same:
# what a tier holds must run.
#
#   ci/test.sh [OPTION]... [build=FOLDER] TEST... [build=FOLDER TEST...]
#
#   -j N           so many at a time (default: one for each CPU)
#   --tier TIER    test, check (default) or all: the tests of that tier and of those before it
#   --name GLOB    only those whose name, with or without test_, matches, whatever their tier
#
# The first lines of a test's source say in a comment of their own where it belongs:
#   Tier: check          not in `make test`: it takes long, or needs root; `all`: only in `make check-all`
#   Alone: WHY           runs when no other does: what it measures is time
#   Needs: kvm root      what not every machine has; where it lacks, the test is skipped, and only then may it be
# $VTICK_TIER tells a test how thorough to be.
set -eu

trouble()
{
	echo "ci/test.sh: $*" >&2
	exit 2
}

jobs=$(getconf _NPROCESSORS_ONLN) tier=check name='' build=build
while [ $# -gt 1 ]; do
	case $1 in
	-j) jobs=$2 ;;
	--tier) tier=$2 ;;
	--name) name=$2 ;;
	*) break ;;
	esac
	shift 2
done
case $tier in
test | check | all) ;;
*) trouble "--tier is '$tier', expected test, check or all" ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# source_of TEST: build/tests/traces-import-test_x is traces/import/tests/test_x.c.
source_of()
{
	case $1 in
	*.sh) echo "$1" ;;
	*) echo "${1##*/}.c" | sed 's|-test_|/tests/test_|; s|-|/|g' ;;
	esac
}

# mark SOURCE KEY: what stands behind it.
mark()
{
	sed -n "1,25s|^[#/* ]* $2: *\(.*[^ */]\)[ */]*\$|\1|p" "$1"
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
	case $(mark "$source" Tier) in
	'') ;;
	check) [ "$tier" != test ] ;;
	all) [ "$tier" = all ] ;;
	*) trouble "$source: its tier is '$(mark "$source" Tier)', expected check or all" ;;
	esac
}

: >"$work/together"
: >"$work/alone"
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
	echo "$count $build $test ${needs:--}" >>"$work/$list"
done
[ "$count" -gt 0 ] || trouble "no test is called '$name'"

export VTICK_TIER="$tier"
start=$(date +%s)
xargs -r -P "$jobs" -L 1 sh ci/test-one.sh "$work" <"$work/together" || true
xargs -r -L 1 sh ci/test-one.sh "$work" <"$work/alone" || true

# ---- what came out: milliseconds on the clock and of CPU, passed, failed, skipped, and the test ----
cat "$work"/*.result >"$work/results" 2>/dev/null || true
for log in "$work"/*.failed; do
	[ ! -e "$log" ] || cat "$log"
done
echo "The slowest, in seconds on the clock and of CPU time:"
sort -rn "$work/results" | awk 'NR <= 10 { printf "%8.1f %8.1f  %s\n", $1 / 1000, $2 / 1000, $6 }'
awk -v seconds="$(($(date +%s) - start))" -v expected="$count" '
	{ cpu += $2; passed += $3; failed += $4; skipped += $5; illegal += $7 }
	END {
		printf "%d s, %d s of CPU time\n", seconds, cpu / 1000
		if (NR != expected) { print expected - NR " did not end"; failed += expected - NR }
		if (illegal) print illegal " skipped what they must not skip: that fails"
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed + illegal > 0
	}' "$work/results"
