# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets vtick, work and part
# Many traces and many cells among what bench.sh works on; inputs.sh has the rest.

# Two results of a thousand cells: ten traces, a hundred slops.
results_input()
{
	say "making results to compare"
	slop=0
	set --
	while [ "$slop" -lt 100 ]; do
		set -- "$@" -p "virtual:slop=${slop}us"
		slop=$((slop + 1))
	done
	for seed in 0 1 2 3 4 5 6 7 8 9; do
		"$vtick" gen --domains 2 --blocked 90 --tick 100 --duration 1 --seed "$seed" -o "$work/seed-$seed.vtt"
	done
	"$vtick" replay "$@" -o "$work/base.json" "$work"/seed-?.vtt >/dev/null
	# The candidate lies elsewhere, as a candidate does.
	cp "$work/base.json" "$work/candidate.json"
	input results "$work/base.json" "$(jq '.cells | length' "$work/base.json")" cells \
		"vtick replay of ten traces, virtual with a hundred slops"
}

# Small traces, ten for each percent.
fleet_input()
{
	say "making the fleet"
	mkdir "$work/fleet"
	for seed in $(seq $((10 * part))); do
		"$vtick" gen --domains 2 --blocked 90 --tick 100 --duration 1 --seed "$seed" -o "$work/fleet/$seed.vtt"
	done
	cat "$work/fleet"/*.vtt >"$work/fleet.all"
	input fleet "$work/fleet.all" $((10 * part)) traces \
		"vtick gen --domains 2 --blocked 90 --tick 100 --duration 1, with the seeds 1 to $((10 * part))"
	rm "$work/fleet.all"
}
