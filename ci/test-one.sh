#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs one test for ci/test.sh. Usage: ci/test-one.sh WORK NUMBER BUILD TEST [NEED]...
# Leaves WORK/NUMBER.result, and WORK/NUMBER.failed with the end of the log if there is anything to see.
set -eu

work=$1 number=$2 build=$3 test=$4
shift 4
log=$work/$number.log
# Seconds, and the fuzzers' seed: what a merge is judged by is the same each time, what a night tries is new.
limit=600 fuzz=4 seed=1
[ "${VTICK_TIER-}" != all ] || limit=3600 fuzz=120 seed=0
export LC_ALL=C.UTF-8 TZ=UTC

# A Criterion program's own count of passing, failing or crashing tests, from its closing line.
counted()
{
	sed -n "s/.*$1: *\([0-9]*\).*/\1/p" "$log" | tail -n 1
}

# done_with WORD PASSED FAILED SKIPPED ILLEGAL
done_with()
{
	times >"$work/$number.times"
	cpu=$(awk 'NR == 2 { split($1, u, /[ms]/); split($2, s, /[ms]/)
		printf "%.0f", (60 * (u[1] + s[1]) + u[2] + s[2]) * 1000 }' "$work/$number.times")
	wall=$(($(date +%s%N) / 1000000 - start))
	echo "$wall $cpu $2 $3 $4 $test $5" >"$work/$number.result"
	printf '%-7s %6s s  %s\n' "$1" "$((wall / 1000)).$((wall % 1000 / 100))" "$test"
	exit 0
}

# What is told at the end, when nothing else prints.
keep_log()
{
	{
		echo "---- $1 ----"
		grep "^not ok" "$log" | head -n 20 || true
		tail -n 60 "$log"
	} >"$work/$number.failed"
}

start=$(($(date +%s%N) / 1000000))
for need; do
	case $need in
	-) ;;
	kvm) [ -r /dev/kvm ] && [ -w /dev/kvm ] ;;
	root) [ "$(id -u)" = 0 ] ;;
	*) false ;;
	esac || {
		echo "needs $need" >"$log"
		keep_log "not of this machine: $test"
		done_with skipped 0 0 1 0
	}
done

code=0
case $test in
*.sh) timeout "$limit" sh "$test" "$build" >"$log" 2>&1 </dev/null || code=$? ;;
*/fuzzers/*)
	timeout "$limit" sh ci/fuzz.sh --seconds "$fuzz" --seed "$seed" "$build" "${test##*/}" >"$log" 2>&1 </dev/null || code=$?
	;;
*) VTICK_POLICIES=$build/policies timeout "$limit" "$test" >"$log" 2>&1 </dev/null || code=$? ;;
esac
case $test:$code in
*/tests/*.sh:0) done_with ok 1 0 0 0 ;;
*.sh:0 | */fuzzers/*:0) # no test: what it says is worth reading
	keep_log "$test"
	done_with ok 1 0 0 0
	;;
*.sh:77)
	keep_log "skipped: $test"
	done_with SKIPPED 0 0 1 1
	;;
*.sh:* | */fuzzers/*)
	keep_log "FAILED (exit $code): $test"
	done_with FAILED 0 1 0 0
	;;
esac
passing=$(counted Passing)
if [ "$code" = 0 ] && [ "${passing:-0}" -gt 0 ]; then
	done_with ok "$passing" 0 0 0
fi
keep_log "FAILED (exit $code): $test"
bad=$(($(counted Failing) + $(counted Crashing) + 0))
[ "$bad" -gt 0 ] || bad=1
done_with FAILED "${passing:-0}" "$bad" 0 0
