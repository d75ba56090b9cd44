#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the fuzzers (fuzz_NAME.c beside the tests) from their seeds, one after the other, a line for each.
#
#   ci/fuzz.sh [OPTION]... BUILD [NAME]...
#
#   --seconds N    for each (default 60); 0: the seeds only
#   --seed N       of what they try (default: another one each time)
#   --list         prints the names
#
# BUILD holds the programs (`make fuzz` makes build/fuzz). What they learn stays in BUILD/fuzzing/NAME, so that the next
# run begins there. Seeds are the files of ci/fuzz/NAME and those that ci/fuzz/also names; one that ends in .zst is
# unpacked. An input that breaks something is left in BUILD/fuzzing and shown: mended, it becomes a seed.
# Exit codes: 0 nothing was found, 1 something was, 2 trouble.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
cd "$top"
seconds=60 chance=0 list=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--seconds) need "$1" $# && seconds=$2 && shift 2 ;;
	--seed) need "$1" $# && chance=$2 && shift 2 ;;
	--list) list=yes && shift ;;
	-*) trouble "'$1' is no option (see ci/fuzz.sh --help)" ;;
	*) break ;;
	esac
done
case $seconds,$chance in
,* | *, | *[!0-9,]*) trouble "--seconds '$seconds' --seed '$chance': expected whole numbers" ;;
esac
[ $# -gt 0 ] || trouble "BUILD is missing"
build=$1
shift
# shellcheck disable=SC2046 # words
[ $# -gt 0 ] || set -- $(ls "$build/fuzzers" 2>/dev/null)
[ $# -gt 0 ] || trouble "$build/fuzzers: there is none ('make fuzz' builds them)"
for name; do
	[ -x "$build/fuzzers/$name" ] || trouble "there is no fuzzer '$name' in $build/fuzzers"
done
if [ -n "$list" ]; then
	printf '%s\n' "$@"
	exit 0
fi
VTICK_POLICY_PATH=$(cd "$build/policies" && pwd)
export VTICK_POLICY_PATH

# seeds_of NAME FOLDER: copies them there.
seeds_of()
{
	also=$(awk -v name="$1" '$1 == name { print $2 }' ci/fuzz/also)
	# shellcheck disable=SC2086 # patterns
	for seed in ci/fuzz/"$1"/* $also; do
		case $seed in
		*'*'*) ;;
		*.zst) zstd -qdfo "$2/$(basename "$seed" .zst)" "$seed" ;;
		*) cp "$seed" "$2" ;;
		esac
	done
}

# number KEY: of libFuzzer's final statistics.
number()
{
	sed -n "s/^stat::$1: *//p" "$log"
}

failed=0
for name; do
	into=$build/fuzzing/$name log=$build/fuzzing/$name.log
	rm -rf "$into/seeds"
	mkdir -p "$into/seeds" "$into/corpus"
	seeds_of "$name" "$into/seeds"
	# -runs counts the seeds, too.
	runs=-1
	[ "$seconds" -gt 0 ] || runs=0
	if "$build/fuzzers/$name" -max_total_time="$seconds" -runs="$runs" -seed="$chance" -timeout=60 -rss_limit_mb=1500 -max_len=300000 \
		-close_fd_mask=2 -print_final_stats=1 -artifact_prefix="$build/fuzzing/$name-" "$into/corpus" "$into/seeds" \
		>"$log" 2>&1; then
		said=''
	else
		said="FOUND: $(sed -n 's/.*Test unit written to //p' "$log")"
		failed=1
	fi
	printf '%-10s %9s executions  %5s edges of %-6s %4s inputs  %s\n' "$name" "$(number number_of_executed_units)" \
		"$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)" \
		"$(sed -n 's/.*INFO: Loaded .* (\([0-9]*\) inline.*/\1/p' "$log" | head -n 1)" \
		"$(find "$into/corpus" -type f | wc -l)" "$said"
	[ -z "$said" ] || grep -E 'does not hold|ERROR|runtime error|SUMMARY|    #[0-9] ' "$log" | head -n 12
done
exit "$failed"
