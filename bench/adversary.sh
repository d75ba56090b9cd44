#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Small traces on which a policy is worse than another: what stands in ADVERSARY.md, made of bench/adversary.txt.
# With --search it looks for more, by all metrics or those of some letters, for the pairs whose worse policy is named or
# for all, and prints what adversary.txt is to hold: what it held, but where shorter ones were found.
# Usage: bench/adversary.sh [--search] [--seeds N] [--letters LETTERS] BUILD [POLICY]...
set -eu

search=false seeds=60 letters=A-Z
while :; do
	case ${1-} in
	--search) search=true ;;
	--seeds) seeds=$2 && shift ;;
	--letters) letters=$2 && shift ;;
	*) break ;;
	esac
	shift
done
[ $# -ge 1 ] || { sed -n 's/^# Usage:/usage:/p' "$0" >&2; exit 2; }
vtick=$1/vtick
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pool" "$work/cuts"

# A handful: interrupts, writes and exits are what a design costs, the others what its guests get.
cat >"$work/metrics" <<'END'
I timer_interrupts.total
W hardware_writes
X exits.arm
S firing_skew_ns.policy.max
M ticks.missed
L wakeups.lost
E ticks.early
END
policies=$("$vtick" policy list --json | jq -r '.policies[].name')

# add KIND: traces, each a header and its events as `import text` takes them, come to the others; old ones sort first.
add()
{
	awk -v name="$work/pool/$1" -v n="$(find "$work/pool" -name '*.txt' | wc -l)" '
		/^{"c/ { n++ }
		{ print >sprintf("%s%05d.txt", name, n) }'
	for t in "$work"/pool/*.txt; do
		[ -e "${t%.txt}.vtt" ] || "$vtick" import text "$t" -o "${t%.txt}.vtt" 2>>"$work/said"
	done
}

# finds POLICY [-p BETTER]: true if there is one by $metric.
finds()
{
	got=0
	"$vtick" reduce --find -p "$@" --metric "$metric" --seeds "$seeds" "$work"/cuts/*.vtt >"$work/out" 2>"$work/err" || got=$?
	[ $got -lt 2 ] || { cat "$work/err" >&2; exit 2; }
	return $got
}

# search POLICY: for the pairs in which it is the worse one.
search()
{
	grep "^[$letters]" "$work/metrics" | while read -r _ metric; do
		finds "$1" || continue # then it is worse than none
		for better in $policies; do
			if [ "$better" = "$1" ] || ! finds "$1" -p "$better"; then continue; fi
			sed '1,/vtick import text/d' "$work/out" | add new
		done
	done
}

add known <bench/adversary.txt
if $search; then
	# Pieces of recordings to begin with, beside random traces.
	for t in traces/corpus/*.vtt; do
		"$vtick" cut "$t" --from 0.1 --to 0.105 -o "$work/cuts/${t##*/}" 2>>"$work/said"
	done
	# shellcheck disable=SC2086 # names
	[ $# -gt 0 ] || set -- $policies
	for policy; do
		search "$policy"
	done
fi

"$vtick" replay -p all "$work"/pool/*.vtt >"$work/all.json" 2>"$work/said" || { cat "$work/said" >&2; exit 2; }
jq -nc 'reduce inputs as $v ({}; .[input_filename] += [$v]) | to_entries[]
	| { name: (.key | split("/")[-1] | rtrimstr(".txt")), header: .value[0], events: .value[1:] }' "$work"/pool/*.txt >"$work/traces"
"$vtick" compare --metrics | awk 'NR == FNR { letter[$2] = $1; next }
	$1 in letter { gsub(/[()]/, "", $NF); print letter[$1], $1, $4, $NF }' "$work/metrics" - |
	jq -Rc 'split(" ") | { letter: .[0], metric: .[1], better: .[2], unit: .[3] }' >"$work/directions"
mode=page
! $search || mode=keep
jq -r --slurpfile traces "$work/traces" --slurpfile metrics "$work/directions" --arg mode $mode \
	--arg letters "$(cut -c 1 "$work/metrics" | tr -d '\n')" -f bench/adversary.jq "$work/all.json" >"$work/page"
if $search; then
	while read -r name; do cat "$work/pool/$name.txt"; done <"$work/page"
else
	cat "$work/page"
fi
