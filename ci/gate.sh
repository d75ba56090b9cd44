#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replays the corpus through the policies and compares with the goldens.
#
#   ci/gate.sh [OPTION]... [BUILD]
#
# BUILD is the folder that holds vtick (default: build). Exit codes: 0 as the goldens have it, 1 the gate failed,
# 2 trouble: a golden or a trace is missing, a cell was lost, something cannot be read.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/answer.sh"
. "$top/ci/folder.sh"
traces=$our_corpus golden=$our_golden fail_on=change rules='' format=text out='' build='' accept=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --traces | --golden | --out | --fail-on | --allow-empty | --rules | --format | --report) need "$1" $# ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
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
build=${build:-$our_build}
ours='' # of the folder that nobody named all is; where vtick is installed there is none
[ -n "$out$installed" ] || out=$build/gate ours=yes
unkept='' # it is gone afterwards
[ -n "$out" ] || unkept="--out FOLDER keeps the results"
out=${out:-$work/out}
find_vtick "$build"
default_policies
[ -n "$called" ] || accept="$accept $(quoted "$build")"
accept="$(script accept) --reason 'WHY'$accept"

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
	--on-fail "If this is meant, accept it and commit the goldens: $accept${unkept:+ ($unkept)}" \
	"$@" || verdict=$?
if [ "$verdict$code" = 20 ] && { [ "$format" = text ] || [ "$format" = mail ]; }; then # cells came or went: that may be meant, too
	printf '%s\n' "If this is meant, accept it and commit the goldens: $accept" | plain
fi
# A cell that was lost is trouble, whatever became of the comparison.
[ "$code" -le "$verdict" ] || verdict=$code
answer "$verdict"
