#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replays the corpus through the policies and compares with the goldens.
#
#   ci/gate.sh [OPTION]... [BUILD]
#
#   -p POLICY          instead of all of replay/policies and ci/variants; may be repeated
#   --traces FOLDER    instead of traces/corpus
#   --golden FOLDER    instead of ci/golden: one file a trace, made by ci/accept.sh
#   --out FOLDER       the results stay here, one a trace, for other reports (default BUILD/gate)
#   --fail-on WHAT     change (default: better fails too, so that it becomes the new golden) or regression
#   --allow-empty TRACE    a trace in which nothing can be compared may be so, as vtick compare has it; may be
#                      repeated, and ci/allow-empty has those of the corpus
#   --rules FILE, --format FORMAT    as vtick compare has them
#
# BUILD is the folder that holds vtick (default: build). Exit codes: 0 as the goldens have it, 1 the gate failed,
# 2 trouble: a golden or a trace is missing, a cell was lost, something cannot be read.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
traces=$top/traces/corpus golden=$top/ci/golden fail_on=change rules='' format=text out='' build='' accept=''

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	-p | --traces | --golden | --out | --fail-on | --allow-empty | --rules | --format) need "$1" $# ;;
	-*) trouble "'$1' is no option (see ${0##*/} --help)" ;;
	*)
		build=$1
		shift
		continue
		;;
	esac
	case $1 in
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--traces) traces=$2 ;;
	--golden) golden=$2 ;;
	--out) out=$2 ;;
	--fail-on) fail_on=$2 ;;
	--allow-empty) printf -- '--allow-empty=%s\n' "$2" >>"$work/empty" ;;
	--rules) rules=$2 ;;
	--format) format=$2 ;;
	esac
	case $1 in
	-p | --traces | --golden) accept="$accept $1 $(quoted "$2")" ;;
	esac
	shift 2
done
build=${build:-$top/build}
out=${out:-$build/gate}
find_vtick "$build"
default_policies
accept="$(quoted "${0%gate.sh}accept.sh") --reason 'WHY'$accept $(quoted "$build")"

for trace in "$traces"/*.vtt; do
	[ -e "$trace" ] || trouble "$traces holds no trace (*.vtt)"
	[ -e "$golden/$(basename "$trace" .vtt).txt" ] ||
		trouble "$trace has no golden in $golden; if it is new, accept it: $accept"
done
code=0
replay_each "$traces" "$work/new" || code=$?
mkdir -p "$out"
rm -f "$out"/*.json
mv "$work/new"/*.json "$out/"

verdict=0
printf '%s\n' "$allow_empty" >>"$work/empty"
set -f # patterns are for compare
# shellcheck disable=SC2046 # words
set -- $(cat "$work/empty")
set +f
"$vtick" compare "$@" --fail-on "$fail_on" --format "$format" ${rules:+--rules "$rules"} \
	--on-fail "If this is meant, accept it and commit the goldens: $accept" \
	--base-files "$golden"/*.txt --candidate-files "$out"/*.json || verdict=$?
if [ "$verdict$code" = 20 ] && { [ "$format" = text ] || [ "$format" = mail ]; }; then # cells came or went: that may be meant, too
	echo "If this is meant, accept it and commit the goldens: $accept"
fi
# A cell that was lost is trouble, whatever became of the comparison.
[ "$code" -le "$verdict" ] || verdict=$code
exit "$verdict"
