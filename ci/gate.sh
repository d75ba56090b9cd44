#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replays the corpus through the policies and compares with the goldens.
#
#   ci/gate.sh [OPTION]... [BUILD]
#
#   -p POLICY          instead of all of replay/policies and ci/variants; may be repeated
#   --traces FOLDER    instead of traces/corpus
#   --golden FOLDER    instead of ci/golden: one file a trace, made by ci/accept.sh
#   --out FOLDER       the results stay here, one a trace, for other reports (default BUILD/gate); what else is there stays
#   --fail-on WHAT     change (default: better fails too, so that it becomes the new golden) or regression
#   --allow-empty TRACE    a trace in which nothing can be compared may be so, as vtick compare has it; may be
#                      repeated, and ci/allow-empty has those of the corpus
#   --rules FILE, --format FORMAT, --report FORMAT:FILE    as vtick compare has them; reports as often as wanted
#
# BUILD is the folder that holds vtick (default: build). Exit codes: 0 as the goldens have it, 1 the gate failed,
# 2 trouble: a golden or a trace is missing, a cell was lost, something cannot be read.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/answer.sh"
. "$top/ci/folder.sh"
traces=$top/traces/corpus golden=$top/ci/golden fail_on=change rules='' format=text out='' build='' accept=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --traces | --golden | --out | --fail-on | --allow-empty | --rules | --format | --report) need "$1" $# ;;
	-*) trouble "'$1' is no option (see ${0##*/} --help)" ;;
	*)
		build=$1
		shift
		continue
		;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--traces) traces=$(as_path "$2") ;;
	--golden) golden=$(as_path "$2") ;;
	--out) out=$(as_path "$2") ;;
	--fail-on) fail_on=$2 ;;
	--allow-empty | --report) printf '%s=%s\n' "$1" "$2" >>"$work/empty" ;;
	--rules) rules=$2 ;;
	--format) format=$2 ;;
	esac
	case $1 in
	-p | --traces | --golden) accept="$accept $1 $(quoted "$2")" ;;
	esac
	shift 2
done
build=${build:-$top/build}
ours='' # of the folder that nobody named all is
[ -n "$out" ] || out=$build/gate ours=yes
find_vtick "$build"
default_policies
accept="$(quoted "${0%gate.sh}accept.sh") --reason 'WHY'$accept $(quoted "$build")"

! same_folder "$golden" "$out" || trouble "--out is the folder of the goldens, $golden, expected another"
[ ! -d "$golden" ] || hold 8 "$golden" -s
own_folder 9 "$out"
! half_placed "$golden" || trouble "$golden is half accepted, as an accept was killed: the next one ($accept) ends it"
for trace in "$traces"/*.vtt; do
	name=$(basename "$trace" .vtt)
	[ -e "$trace" ] || trouble "$traces holds no trace (*.vtt)"
	[ -e "$golden/$name.txt" ] ||
		trouble "$trace has no golden in $golden; if it is new, accept it: $accept"
	[ -n "$ours" ] || [ ! -e "$out/$name.json" ] || is_made "$out" "$name.json" ||
		trouble "$out/$name.json is none that the gate made, and would be overwritten: expected another --out"
done
code=0
replay_each "$traces" "$work/new" || code=$?
stage "$out"
cp "$work/new"/*.json "$out/.vtick-new/"
list_made "$out" $ours
place_all "$out"

verdict=0
printf '%s\n' "$allow_empty" >>"$work/empty"
set -f; IFS='
'
# shellcheck disable=SC2046 # lines, whose patterns are for compare
set -- $(cat "$work/empty") --base-files
unset IFS && set +f
for file in "$golden"/*.txt; do
	if [ -e "$work/new/$(basename "$file" .txt).json" ] || is_golden "$file"; then set -- "$@" "$file"; fi
done
set -- "$@" --candidate-files
for file in "$work/new"/*.json; do
	set -- "$@" "$out/${file##*/}"
done
"$vtick" compare --fail-on "$fail_on" --format "$format" ${rules:+--rules "$rules"} \
	--on-fail "If this is meant, accept it and commit the goldens: $accept" \
	"$@" || verdict=$?
if [ "$verdict$code" = 20 ] && { [ "$format" = text ] || [ "$format" = mail ]; }; then # cells came or went: that may be meant, too
	printf '%s\n' "If this is meant, accept it and commit the goldens: $accept" | plain
fi
# A cell that was lost is trouble, whatever became of the comparison.
[ "$code" -le "$verdict" ] || verdict=$code
answer "$verdict"
