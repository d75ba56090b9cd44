#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What vtick says does not depend on the machine: built for arm64, and for s390x, whose bytes have the other order, and
# run with qemu's user emulation, it gives the results of this build to the last byte, and the replay half of the tests
# passes.
#
# Tier: all
# shellcheck disable=SC2317 # called by name
. "$PWD/ci/tests/lib.sh"
need mmdebstrap qemu-aarch64-static qemu-s390x-static aarch64-linux-gnu-gcc s390x-linux-gnu-gcc jq
: "${VTICK_MACHINES:=$build/machines}" # their packages and builds stay here

# told FILE: a result without what says on which machine and by which command it was made.
told()
{
	jq -S 'del(.provenance)' "$1"
}

# reads VTICK TRACE: all that it says of a trace.
reads()
{
	"$1" replay -p all -o "$work/result.json" "$2"
	told "$work/result.json"
	"$1" replay -p virtual --fates "$work/fates.csv" -o "$work/result.json" "$2"
	cat "$work/fates.csv"
	"$1" info "$2"
	"$1" late "$2" || true
	"$1" dump --json "$2"
}

# writes VTICK: what it writes, and says of that.
writes()
{
	"$1" gen --domains 3 --vcpus 2 --lps 2 --duration 2 --seed 7 -o "$work/gen.vtt"
	"$1" dump --json "$work/gen.vtt" | "$1" import text - -o "$work/text.vtt"
	"$1" cut "$work/text.vtt" --from 0.5 --to 1.5 -o "$work/cut.vtt"
	sha256sum <"$work/gen.vtt"
	"$1" info --json "$work/text.vtt" | jq -r .events_sha256
	"$1" info --json "$work/cut.vtt" | jq -r .events_sha256
	"$1" replay --closed-loop -p virtual -p kvm-hrtimer "$work/gen.vtt" -o "$work/loop.json"
	told "$work/loop.json" | sha256sum
	"$1" compare --base virtual --candidate kvm-hrtimer "$work/loop.json" || true
}

# same NAME FUNCTION [TRACE]: this build and the other's say the same, and something.
same()
{
	title=$1 says=$2
	shift 2
	"$says" "$vtick" "$@" >"$work/here" 2>&1
	"$says" "$other" "$@" >"$work/there" 2>&1
	if [ -s "$work/here" ] && cmp -s "$work/here" "$work/there"; then
		ok "$title"
	else
		diff "$work/here" "$work/there" >"$work/diff.txt"
		fail "$title" "$work/diff.txt"
	fi
}
for arch in arm64 s390x; do
	if ci/cross.sh $arch "$VTICK_MACHINES/$arch" >"$work/built.txt" 2>&1; then
		ok "$arch: it is built"
	else
		fail "$arch: it is not built" "$work/built.txt"
		continue
	fi
	other=$VTICK_MACHINES/$arch/run/vtick
	for trace in traces/corpus/*.vtt; do
		same "$arch: ${trace##*/}: results, tables, fates, info, late and dump" reads "$trace"
	done
	same "$arch: gen, import, cut, a closed loop and compare" writes
	# Criterion's programs start processes in a way that this emulation does not know.
	for name in closed_loop fates saturated seed; do
		if sh "replay/tests/test_$name.sh" "$VTICK_MACHINES/$arch/run" >"$work/out.txt" 2>&1; then
			ok "$arch: test_$name"
		else
			fail "$arch: test_$name" "$work/out.txt"
		fi
	done
done
finish
