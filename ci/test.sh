#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs Criterion programs and test scripts; the last line counts them:
#   N passed, N failed, N skipped
# Criterion programs count by test, scripts (exit 0 pass, 77 skipped) by script.
# Usage: ci/test.sh build=FOLDER TEST... [build=FOLDER TEST...]
set -eu

build=build
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

count() { # NAME of a Criterion number in its closing line
	sed -n "s/.*$1: *\([0-9]*\).*/\1/p" "$log" | tail -n 1
}

for t; do
	code=0
	case $t in
	build=*)
		build=${t#build=}
		continue
		;;
	*.sh)
		timeout 600 sh "$t" "$build" >"$log" 2>&1 </dev/null || code=$?
		case $code in
		0) passed=$((passed + 1)) ;;
		77) skipped=$((skipped + 1)) ;;
		*) failed=$((failed + 1)) ;;
		esac
		;;
	*)
		VTICK_POLICIES=$build/policies timeout 600 "$t" >"$log" 2>&1 </dev/null || code=$?
		if [ -n "$(count Tested)" ]; then
			passed=$((passed + $(count Passing)))
			failed=$((failed + $(count Failing) + $(count Crashing)))
		elif [ "$code" = 0 ]; then
			code=1
		fi
		if [ "$code" != 0 ] && [ -z "$(count Tested)" ]; then
			failed=$((failed + 1))
		fi
		;;
	esac
	case $code in
	0) echo "ok      $t" ;;
	77)
		echo "skipped $t: $(grep -m 1 skipped "$log" || true)"
		;;
	*)
		echo "FAILED  $t (exit $code)"
		tail -n 60 "$log" | sed 's/^/        /'
		;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
