# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by fleet.sh
# A fleet on a Slurm cluster: jobs, and what they depend on.

# What was submitted before has ended.
not_running()
{
	[ -s "$out/jobs" ] || return 0
	read -r array merge <"$out/jobs"
	[ -z "$(squeue -h -j "$array,${merge:-$array}" 2>/dev/null)" ] ||
		trouble "the jobs $array and $merge still run on $out (scancel $array $merge ends them)"
}

# sbatch WORD...: as submitted with the caller's options; the number of the job.
submitted()
{
	while IFS= read -r option; do
		set -- "$option" "$@"
	done <"$work/sbatch"
	sbatch --parsable "$@" || trouble "sbatch failed"
}

submit()
{
	command -v sbatch >/dev/null || trouble "sbatch is not installed: no Slurm here? (--local needs none)"
	logs=$(printf '%s\n' "$out/logs" | sed 's/%/%%/g')
	array=$(submitted --job-name=vtick-fleet --array="1-$shards${jobs:+%$jobs}" --output="$logs/%a.txt" \
		--wrap="exec $(quoted "$top/ci/fleet-task.sh") $(quoted "$out") \"\$SLURM_ARRAY_TASK_ID\"")
	array=${array%%;*}
	printf '%s\n' "$array" >"$out/jobs"
	merge=$(submitted --job-name=vtick-merge --dependency="afterany:$array" --output="$logs/merge.txt" \
		--error="$logs/merge-said.txt" \
		--wrap="exec $(quoted "$top/ci/fleet-merge.sh") $(quoted "$out")") || {
		scancel "$array"
		rm "$out/jobs"
		exit 2
	}
	merge=${merge%%;*}
	printf '%s %s\n' "$array" "$merge" >"$out/jobs"
	echo "submitted: the array $array of $shards shards, and the merge $merge, which writes $out/merged.json"
	[ -n "$waits" ] || return 0
	while [ -n "$(squeue -h -j "$array,$merge" 2>/dev/null)" ]; do
		sleep 2
	done
	[ -s "$out/ended" ] ||
		trouble "the merge $merge has not ended, and Slurm knows it no more: see $out/logs/merge-said.txt"
	cat "$out/logs/merge-said.txt" >&2
	cat "$out/logs/merge.txt"
	return "$(cat "$out/ended")"
}
