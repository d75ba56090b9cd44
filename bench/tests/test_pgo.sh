#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `make pgo` makes a program whose results are those of the plain build, $1, to the last byte; it learnt what workers and
# policies do; and it is installed like any other.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need jq gcov-dump clang
pgo=$work/pgo
ln -s "$build" "$work/plain"

code "clang is refused" 2 make -s pgo B="$work/clang" CC=clang
equal "by one line" "$(grep -c "^vtick: 'make pgo' needs gcc" "$work/err.txt")" 1
if [ -e "$work/clang" ]; then
	fail "and makes nothing"
fi

if ! make -s -j2 pgo B="$pgo" >"$work/made" 2>&1; then
	fail "make pgo" "$work/made"
	finish
fi
if [ -s "$work/made" ]; then
	fail "without a word" "$work/made"
fi

# A worker that leaves by _exit() tells nothing, and the command's own process does not run these.
for object in obj/replay/engine/machine obj/replay/loop/loop policies/virtual.so-virtual; do
	gcov-dump -l "$pgo/$object.gcda" >"$work/said" 2>&1
	if grep -q '^[^:]*: *[0-9]*: [0-9 ]*[0-9]\{5\}' "$work/said"; then
		ok "$object was trained"
	else
		fail "$object was trained" "$work/said"
	fi
done
# A linker that optimizes does not look for malloc() by itself (traces/base/malloc.c).
for each in plain pgo; do
	nm -D --defined-only "$work/$each/vtick" | sed -n "s/^[0-9a-f]* T //p" >"$work/symbols.$each"
done
has "malloc() is ours" "^malloc\$" "$work/symbols.plain"
ok "and all that is, is in both" cmp "$work/symbols.plain" "$work/symbols.pgo"
nm "$pgo/vtick" >"$work/names"
if grep -q gcov "$work/names"; then
	fail "it counts nothing itself"
fi

# same NAME COMMAND...: what both builds write, without its provenance, and what they print.
same()
{
	name=$1
	shift
	for each in plain pgo; do
		if ! "$work/$each/vtick" "$@" -o "$work/result" >"$work/table.$each" 2>"$work/err"; then
			fail "$name: vtick $*" "$work/err"
			return
		fi
		jq 'del(.provenance)' "$work/result" >"$work/result.$each"
	done
	if cmp "$work/result.plain" "$work/result.pgo" && cmp "$work/table.plain" "$work/table.pgo"; then
		ok "$name: the same"
	else
		fail "$name: the same"
	fi
}

# Seeds and lengths that it was not trained with.
for preset in mail-16x4 mail-16x4-idle lapic-16x4-idle tickless-16x4 busy-16x4-4lp; do
	for each in plain pgo; do
		"$work/$each/vtick" gen --preset "$preset" --seed 7 --duration 3 -o "$work/$preset.$each"
	done
	ok "$preset: the same trace" cmp "$work/$preset.plain" "$work/$preset.pgo"
	mv "$work/$preset.pgo" "$work/$preset.vtt"
	rm "$work/$preset.plain"
done
same "all policies, made traces" replay -p all "$work"/*.vtt
same "all policies, made traces, costs" replay -p all --costs ci/made-costs.json "$work"/*.vtt
same "all policies, made traces, closed loop" replay -p all --closed-loop "$work"/*.vtt
same "all policies, made traces, closed loop, costs" replay -p all --closed-loop --costs ci/made-costs.json "$work"/*.vtt
set -- traces/corpus/kvm-4x2-all.vtt traces/corpus/x16x4-credit2-2p-all.vtt
same "all policies, recorded traces, bound" replay -p all --bound "$@"
same "recorded traces, closed loop" replay --closed-loop "$@"

code "make install" 0 make -s install B="$pgo" DESTDIR="$work/root" prefix=/usr libdir=/usr/lib/somewhere
code "what was installed finds its policies" 0 "$work/root/usr/bin/vtick" replay -p virtual -o "$work/installed" "$work/mail-16x4.vtt"
finish
