#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One shard of a fleet, as ci/fleet.sh has laid it out. Usage: ci/fleet-task.sh FOLDER SHARD
# Exit code: of vtick replay. tasks/SHARD has the last word about it, also if this is killed.
set -eu

folder=$1
shard=$2
say()
{
	printf '%s\n' "$*" >"$folder/tasks/.$shard"
	mv "$folder/tasks/.$shard" "$folder/tasks/$shard"
}

say "was killed"
IFS= read -r vtick <"$folder/vtick"
read -r shards <"$folder/shards"
IFS= read -r where <"$folder/where"
set -- -j "${SLURM_CPUS_PER_TASK:-1}"
while IFS= read -r option; do
	set -- "$@" "$option"
done <"$folder/options"
cd "$where"
code=0
"$vtick" replay "$@" -O "$folder/results" --shard "$shard/$shards" --keep-going --files-from "$folder/traces" || code=$?
# 128 and more: by a signal, of which there may be no time to tell.
[ "$code" -ge 128 ] || say "ended $code"
exit "$code"
