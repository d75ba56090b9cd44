#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The scaling studies: rows and pictures, the model check, the sensitivity tables, into FOLDER. All of it is simulated:
# a second run gives the same bytes. With -p PNG pictures too; -d and -s as in scaling.sh make a smaller study.
# Usage: bench/study/study.sh [-p] [-d "DOMAINS..."] [-s SECONDS] BUILD FOLDER
set -eu

here=$(dirname "$0")
png='' domains='' seconds=60
while getopts pd:s: option; do
	case $option in
	p) png=-p ;;
	d) domains=$OPTARG ;;
	s) seconds=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
build=$1
folder=$2
mkdir -p "$folder"

set --
[ -z "$domains" ] || set -- -d "$domains"
"$here/scaling.sh" "$@" -s "$seconds" "$build" >"$folder/scaling.jsonl"
echo "study: pictures" >&2
"$here/pictures.sh" $png "$folder/scaling.jsonl" "$folder"
echo "study: model" >&2
"$here/model.sh" -s "$seconds" "$build" >"$folder/model.md"
"$here/sensitivity.sh" -s "$seconds" "$build" >"$folder/sensitivity.md"
(cd "$folder" && sha256sum scaling.jsonl model.md sensitivity.md) >"$folder/sums"
cat "$folder/sums"
if cmp -s "$folder/sums" "$here/sums"; then
	echo "study: the numbers are those in the tree ($here/sums); pictures in $folder"
else
	echo "study: the numbers are not those in the tree ($here/sums); if that is meant: $here/accept.sh $folder"
fi
