#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs Criterion programs and test scripts, several at a time; the last line counts them:
#   N passed, N failed, N skipped
# Criterion programs count by test, scripts by script. A script that says "skipped" (exit code 77) fails all the same:
# what a tier holds must run.
#
#   ci/test.sh [OPTION]... [build=FOLDER] TEST... [build=FOLDER TEST...]
#
#   -j N           so many at a time (default: one for each CPU and one more, as some wait rather than compute)
#   --tier TIER    test, check (default) or all: the tests of that tier and of those before it
#   --name GLOB    only those whose name, with or without test_, matches, whatever their tier
#
# The first lines of a test's source say in a comment of their own where it belongs:
#   Tier: check          not in `make test`: it takes long, or needs root; `all`: only in `make check-all`
#   Alone: WHY           runs when no other does: what it measures is time
#   Needs: kvm root      what not every machine has; where it lacks, the test is skipped, and only then may it be
# BUILD/fuzzers/NAME is a fuzzer (ci/fuzz.sh), of the tier check: a few seconds there, minutes in all.
# $VTICK_TIER tells a test how thorough to be.
set -eu

trouble()
{
	echo "ci/test.sh: $*" >&2
	exit 2
}

jobs=$(($(getconf _NPROCESSORS_ONLN) + 1)) tier=check name=''
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

ci/test-pick.sh "$tier" "$name" "$@" >"$work/picked"
count=$(wc -l <"$work/picked")
[ "$count" -gt 0 ] || trouble "no test is called '$name'"
sed -n 's/^together //p' "$work/picked" >"$work/together"
sed -n 's/^alone //p' "$work/picked" >"$work/alone"

export VTICK_TIER="$tier"
start=$(date +%s)
xargs -r -P "$jobs" -L 1 sh ci/test-one.sh "$work" <"$work/together" || true
xargs -r -L 1 sh ci/test-one.sh "$work" <"$work/alone" || true

# ---- what came out ----
cat "$work"/*.result >"$work/results" 2>/dev/null || true
for log in "$work"/*.failed; do
	[ ! -e "$log" ] || cat "$log"
done
sort -rn "$work/results" | awk -v seconds="$(($(date +%s) - start))" -v expected="$count" -f ci/test-summary.awk
