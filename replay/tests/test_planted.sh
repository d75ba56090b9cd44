#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A fault planted in a copy of a policy is found by the small worlds (test_small_worlds.c), unaided, and shown as a trace
# of under ten events.
. "$PWD/ci/tests/lib.sh"
need sed awk
: "${CC:=cc}"

# planted POLICY FAULT SCRIPT: the copy of POLICY that sed's SCRIPT makes is wrong.
planted()
{
	policies=$work/$1
	mkdir "$policies"
	sed "$3" "replay/policies/$1.c" >"$policies/$1.c"
	if cmp -s "$policies/$1.c" "replay/policies/$1.c"; then
		fail "$1: $2: nothing was planted"
		return
	fi
	# shellcheck disable=SC2086 # words
	$CC -std=gnu11 -O1 -fPIC -shared -I. -Ireplay -Ireplay/policies -o "$policies/$1.so" "$policies/$1.c" || return
	code=0
	VTICK_POLICIES=$policies VTICK_TEST_POLICY=$1 VTICK_TEST_EVENTS=4 "$build/tests/replay-test_small_worlds" \
		-j1 >"$work/out.txt" 2>"$work/said.txt" || code=$?
	awk '/^clock_hz/ && ++n == 2 { exit } !/^\[/' "$work/said.txt" >"$work/shown.txt"
	events=$(grep -c '^ ' "$work/shown.txt")
	if [ "$code" != 0 ] && [ "$events" -gt 0 ] && [ "$events" -lt 10 ]; then
		ok "$1: $2: $(sed -n '/^clock_hz/q; s/.*: //p' "$work/shown.txt" | tail -n 1), $events events"
		sed -n '/^clock_hz/,/^[^ c]/{ /^[ c]/s/^/# /p; }' "$work/shown.txt" >&3
	else
		fail "$1: $2 (exit code $code)" "$work/said.txt"
	fi
}

planted virtual "not added again at schedule-in" '/Step 6/,/^}/ s/^\t\tplace(h, v, lp);/\t\treturn;/'
planted passthrough "a mask is ignored" 's/v->masked = masked;/v->masked = 0;/'
planted virtual-vtm "a timer is left at offline" '/^static void disarm/,/^}/ { /timer_del/d; /itm = 0/d; }'
planted kvm-hrtimer "of equal deadlines one is dropped" '/^static void arm/,/^}/ s/^\tkvm_soft_start/\
	for (uint32_t i = 0; i < h->vps; i++) {\
		const struct kvm_timer *other = vtick_vp(h, i);\
\
		if (other != t \&\& vtick_timer_active(\&other->soft) \&\& other->target == t->target)\
			return;\
	}\
&/'
planted xen-vpt "a period is one tick short" 's/v->scheduled += v->period;/v->scheduled += v->period - 1;/'
finish
