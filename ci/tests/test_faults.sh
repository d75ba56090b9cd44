#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Tier: check
# Each command with memory, disk and signals against it (ci/tests/faults/faults.c): a sample here, another one each day and
# a larger one in the tier all, each allocation and each system call that can fail by `make faults`.
. "$PWD/ci/tests/lib.sh"
need jq zstd gzip

# Which there are, says the command itself.
"$vtick" help | sed -n '/^A first minute/q; s/^  \([a-z-]*\)  *[a-z].*/\1/p' >"$work/listed"
ok "commands are listed" test "$(wc -l <"$work/listed")" -gt 8
while read -r command; do
	ok "faults of '$command' are tried" grep -qE "^([?~!] )?$command " ci/tests/faults/commands
done <"$work/listed"

if sanitized; then
	ok "a sanitizer's malloc() is its own"
	finish
fi
ok "inputs" sh ci/tests/faults/inputs.sh "$vtick" "$work"
case ${VTICK_TIER-} in
each) set -- ;;
all) set -- --sample 1000 --seed "$(date +%j)" ;;
*) set -- --sample 2 --seed 1 ;;
esac
code=0
"$build/tests/faults/faults" "$@" "$vtick" "$build/tests/faults/preload.so" ci/tests/faults/commands "$work" \
	>"$work/faults.txt" || code=$?
[ "${VTICK_TIER-}" != each ] || sed 's/^/# /' "$work/faults.txt" >&3
grep -A 1 -e WRONG -e '^faults' "$work/faults.txt" >"$work/wrong"
if [ "$code" = 0 ]; then
	ok "$(tail -n 1 "$work/faults.txt")"
else
	fail "faults" "$work/wrong"
fi
finish
