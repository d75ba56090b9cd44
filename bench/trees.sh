# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets vtick and work
# Real code among what bench.sh runs: a kind's policy beside the one that is modelled on it.

# tree_rows KIND TREE MODEL INPUT...: TREE is '' where none was given.
tree_rows()
{
	kind=$1 tree=$2 model=$3
	shift 3
	if [ -z "$tree" ]; then
		for name; do
			missing "$kind's code" "$name" "no tree was given"
		done
		return 0
	fi
	say "building the policy $kind"
	mkdir -p "$work/policies"
	"$vtick" policy build "$kind" --tree "$tree" -o "$work/$kind.so" >"$work/out" 2>"$work/err" ||
		failed "vtick policy build $kind"
	# Its file has the name of what it was made from: "kvm: Linux 6.12.95".
	made=$work/policies/$(sed -n "1s/^$kind: //p" "$work/out" | tr ' ' -).so
	mv "$work/$kind.so" "$made"
	for name; do
		row "$model" "$name" "$vtick replay -j1 -p $model -o $work/result.json $work/$name.vtt"
		row "$kind's code" "$name" "$vtick replay -j1 -p $made -o $work/result.json $work/$name.vtt"
	done
}
