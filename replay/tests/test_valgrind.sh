#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# valgrind finds nothing in any command, on good and on broken input, nor in the children of a replay.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need valgrind
! sanitized || skip "valgrind does not go with the address sanitizer"
dir=$work build=$1

# memcheck ARGUMENT...: runs vtick; sets code; what valgrind found in any process in $dir/all
memcheck() {
	rm -f "$dir"/log.*
	timeout 120 valgrind -q --tool=memcheck --error-exitcode=99 --leak-check=full --trace-children=yes \
		--child-silent-after-fork=no --log-file="$dir/log.%p" "$build/vtick" "$@" >"$dir/out" 2>"$dir/err"
	code=$?
	cat "$dir"/log.* >"$dir/all"
}

# clean NAME CODE COMMAND...: vtick ends with CODE, and valgrind has found nothing in any process
clean() {
	name=$1
	want=$2
	shift 2
	memcheck "$@"
	if [ $code = "$want" ] && [ ! -s "$dir/all" ]; then
		ok "$name"
	else
		fail "$name: exit $code, expected $want" "$dir/all" "$dir/err"
	fi
}

# number VALUE: a 32-bit little-endian word
number() {
	printf '%b' "$(printf '\\0%03o\\0%03o\\0%03o\\0%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
		$(($1 >> 24 & 255)))"
}

# record EVENT TSC WORD...: a record of xentrace with a time stamp
record() {
	event=$1
	tsc=$2
	shift 2
	number $((event | $# << 28 | 0x80000000))
	number "$tsc"
	number 0
	for word; do
		number "$word"
	done
}

# The records of a pCPU on which domain 1's VP 0 runs, programs its timer, blocks and is woken.
records() {
	tsc=1000
	i=0
	while [ $i -lt 20 ]; do
		# runnable to running, the local APIC's timer in 500 us, running to blocked, blocked to runnable
		record 0x00021101 $((tsc + 100)) 0x00010000
		record 0x00084004 $((tsc + 200)) 500000 0 0 0 0xec
		record 0x00021021 $((tsc + 300)) 0x00010000
		record 0x00021211 $((tsc + 800)) 0x00010000
		tsc=$((tsc + 1000))
		i=$((i + 1))
	done
}
records >"$dir/records"
{
	number 0x2001f003 # CPU_CHANGE: pCPU, bytes that follow
	number 0
	number "$(wc -c <"$dir/records")"
	cat "$dir/records"
} >"$dir/small.trc"

t=$dir/t.vtt
clean "gen" 0 gen --domains 3 --vcpus 2 --lps 2 --blocked 40 --moves 10 --cancel 10 --migrate 10 --set-itc 1 \
	--set-itc-every 100ms --duration 400ms -o "$t"
clean "gen, an option that is refused" 2 gen --domains 0 -o "$dir/no.vtt"
[ -s "$t" ] || exit 1
# What is clean below must not be so because valgrind does not see it: a policy reads what it never wrote.
cat >"$dir/bad.c" <<'END'
#include <stdlib.h>
#include "policy.h"
static void bad_arm(void *state, struct vtick_host *host, uint32_t vp, const struct vtick_arm *arm)
{
	volatile uint64_t *p = malloc(sizeof(*p));

	(void)state;
	if (p && *p == 77)
		host->pend(host, vp, arm->deadline);
	free((void *)p);
}
VTICK_POLICY = { VTICK_POLICY_HEAD, .name = "bad", .arm = bad_arm };
END
# shellcheck disable=SC2086 # $CC may be a compiler with options
if ${CC:-cc} -g -O0 -fPIC -shared -Ireplay -o "$dir/bad.so" "$dir/bad.c"; then
	memcheck replay -p "$dir/bad.so" "$t"
	if grep -q bad_arm "$dir/all" && [ "$code" = 2 ]; then
		ok "valgrind sees a fault in a policy"
	else
		fail "valgrind sees no fault in a policy (exit $code)"
	fi
else
	fail "bad.c compiles"
fi

clean "info" 0 info "$t"
clean "info --json" 0 info --json "$t"
clean "dump" 0 dump --from 100ms --to 300ms --vp d1v0 "$t"
clean "dump --json" 0 dump --json --lp 1 "$t"
clean "check" 0 check "$t"
clean "import xentrace" 0 import xentrace --cpu-hz 1M "$dir/small.trc" -o "$dir/imported.vtt"
clean "check of what was imported" 0 check "$dir/imported.vtt"
clean "replay through both policies" 0 replay -j1 -p passthrough -p virtual "$t"
clean "replay through variants, with children at once" 0 replay -j3 -p passthrough:scope=current,switch=none \
	-p virtual:block=remove -p virtual:switch=keep -o "$dir/result.json" "$t" "$dir/imported.vtt"
clean "replay against the recording" 0 replay -p virtual --against-recording traces/corpus/kvm-tmict-1.vtt
clean "replay, a parameter that is not there" 2 replay -p virtual:colour=red "$t"
clean "replay, a policy that is not there" 2 replay -p nothing "$t"
clean "policy list" 0 policy list
clean "policy list --json" 0 policy list --json
clean "policy show" 0 policy show passthrough

# Broken input: cut off, damaged, no trace at all.
head -c $(($(wc -c <"$t") * 2 / 3)) "$t" >"$dir/cut.vtt"
{
	head -c $(($(wc -c <"$t") / 2)) "$t"
	echo "something else that is as good as random"
	tail -c 3000 "$t"
} >"$dir/damaged.vtt"
head -c 40 "$dir/small.trc" >"$dir/cut.trc"
for command in info dump check replay; do
	want=0
	[ $command != check ] || want=1
	clean "$command of a trace that is cut off" $want $command "$dir/cut.vtt"
	want=2
	[ $command != check ] || want=1
	clean "$command of a trace that is damaged" $want $command "$dir/damaged.vtt"
	clean "$command of no trace" 2 $command "$dir/small.trc"
done
clean "import of no capture" 2 import xentrace "$t" -o "$dir/no.vtt"
"$build/vtick" import xentrace "$dir/cut.trc" -o "$dir/cut-import.vtt" >/dev/null 2>&1
clean "import of a capture that is cut off" $? import xentrace "$dir/cut.trc" -o "$dir/cut-import.vtt"
finish
