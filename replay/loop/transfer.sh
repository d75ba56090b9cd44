#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How true the closed loop's predictions are: one load, recorded under several settings of Xen's timer_slop. Each setting
# is predicted from one recording, the base, and stands beside what was recorded then. FIDELITY.md says what is right.
# Usage: replay/loop/transfer.sh [OPTION]... BUILD FOLDER
#   FOLDER                    has LOAD-slop-SETTING-RUN.trc (or .vtt; .zst and .gz of captures), as load-slop-50us-b.trc
#   --base SETTING-RUN        the base; else the last run of the setting that was recorded twice
#   --judge VM.VCPU,...       what is judged: their timer writes and wake-ups; else all of that kind
#   --same SETTING-RUN:N=VM   there domain N is the VM that is domain VM elsewhere; may be repeated
# Exit code 1: something that is judged is not right.
set -eu

here=$(dirname "$0")
base='' judge='' same='' status=0

trouble()
{
	echo "transfer.sh: $*" >&2
	exit 2
}

while [ $# -gt 2 ]; do
	case $1 in
	--base) base=$2 ;;
	--judge) judge=$2 ;;
	--same) same="$same $2" ;;
	*) trouble "'$1' is none of --base, --judge, --same" ;;
	esac
	shift 2
done
[ $# = 2 ] || trouble "expected BUILD and FOLDER"
vtick=$1/vtick folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# run_of FILE: its SETTING-RUN
run_of()
{
	basename "$1" | sed 's/.*-slop-//; s/[.].*//'
}

# observed LOAD FILE: the trace, and what it shows
observed()
{
	run=$(run_of "$2")
	trace=$work/$1.$run.vtt
	case $2 in
	*.vtt) cp "$2" "$trace" ;;
	*) "$vtick" import xentrace "$2" -o "$trace" 2>"$work/import" || trouble "$(cat "$work/import")" ;;
	esac
	"$vtick" info --json "$trace" >"$work/info.json"
	"$vtick" dump --json --type obs_pend "$trace" >"$work/pends"
	jq -r -n --arg run "$run" --slurpfile info "$work/info.json" -f "$here/transfer_observed.jq" "$work/pends" >>"$work/$1.tsv"
}

# predicted LOAD SETTING: from the base
predicted()
{
	trace=$work/$1.$base.vtt
	policy=xen-vpt:align=no,slop=$2
	"$vtick" info --json "$trace" >"$work/info.json"
	"$vtick" replay --closed-loop -p "$policy" "$trace" >"$work/loop.json"
	jq -r --arg setting "$2" --slurpfile info "$work/info.json" -f "$here/transfer_predicted.jq" "$work/loop.json" >>"$work/$1.tsv"
	"$vtick" replay --fates "$work/fates" -p "$policy" "$trace" >"$work/open.json" 2>&1
	jq -r '.clock_hz as $hz | .per_vp | to_entries[] | ["vp", .key, .value.domain, .value.vcpu, $hz] | @tsv' "$work/info.json" |
		awk -v setting="$2" -f "$here/transfer_late.awk" - "$work/fates" >>"$work/$1.tsv"
}

for load in $(find "$folder" -name '*-slop-*-*.*' | sed 's,.*/,,; s/-slop-.*//' | sort -u); do
	[ -n "$base" ] || base=$(for file in "$folder/$load"-slop-*; do run_of "$file"; done | sort |
		awk -F- 'seen[$1]++ { twice = $0 } END { print twice }')
	[ -n "$base" ] || trouble "no setting of $load was recorded twice, expected one, or --base"
	for file in "$folder/$load"-slop-*; do
		observed "$load" "$file"
	done
	[ -e "$work/$load.$base.vtt" ] || trouble "$load has no run $base"
	cut -f 2 "$work/$load.tsv" | sed "s/-[^-]*\$//" | sort -u >"$work/settings"
	while read -r setting; do
		predicted "$load" "$setting"
	done <"$work/settings"
	awk -v title="$load" -v base="$base" -v judge="$judge" -v same="$same" -f "$here/transfer.awk" "$work/$load.tsv" || status=$?
done
exit $status
