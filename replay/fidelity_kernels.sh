#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Of fidelity.sh: one load on hosts of two kernels that were away again and again (traces/pairs).
# Usage: replay/fidelity_kernels.sh BUILD
set -eu

here=$(dirname "$0")
vtick=$1/vtick
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernels="5.10.223 6.1.192"

# replay KERNEL FILE OPTION...: with both ways, and the stretches away that the recording tells
replay()
{
	trace=traces/pairs/kvm-away-$1.vtt file=$work/$1.$2.json
	shift 2
	"$vtick" replay --away recorded -p kvm-hrtimer:late=catchup -p kvm-hrtimer:late=rebase "$@" -o "$file" "$trace" >/dev/null
}

for kernel in $kernels; do
	replay "$kernel" open --against-recording --window 200us
	replay "$kernel" closed --closed-loop
	"$vtick" info --json "traces/pairs/kvm-away-$kernel.vtt" >"$work/$kernel.info.json"
done

echo "One load on hosts of two kernels that were away again and again (traces/pairs), with the
stretches away that the recording tells (\`--away recorded --window 200us\`), by what a kernel can do
with late periods:"
echo
echo "| recorded kernel | late= | expiries | predicted | within 200 us | chance |"
echo "|---|---|--:|--:|--:|--:|"
for kernel in $kernels; do
	jq -r --arg kernel "$kernel" -f "$here/fidelity_pairs.jq" "$work/$kernel.open.json"
done

echo
echo "The same in the closed loop (\`--closed-loop --away recorded\`), beside what was recorded on the
kernel that does so; open loop: its deliveries:"
echo
echo "| from | late= | as | ticks predicted | recorded | open loop | wake-ups predicted | recorded |"
echo "|---|---|---|--:|--:|--:|--:|--:|"
for kernel in $kernels; do
	jq -rn --arg kernel "$kernel" --slurpfile open "$work/$kernel.open.json" --slurpfile closed "$work/$kernel.closed.json" \
		--slurpfile catchup "$work/5.10.223.info.json" --slurpfile rebase "$work/6.1.192.info.json" -f "$here/fidelity_kernels.jq"
done
