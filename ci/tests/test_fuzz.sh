#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ci/fuzz.sh with programs that only look like libFuzzer's: seeds, counts, what is found; and that every fuzzer has seeds.
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need zstd
cd "$work" || exit 1
mkdir -p b/fuzzers b/policies

# fuzzer NAME BODY: the last argument is the folder of its seeds, the one before it its own.
fuzzer()
{
	{
		echo '#!/bin/sh'
		echo 'for last; do case $last in -artifact_prefix=*) prefix=${last#*=} ;; esac; done'
		echo 'echo "INFO: Loaded 1 modules   (700 inline 8-bit counters): 700 [0x1, 0x2),"'
		echo 'echo "#7 DONE   cov: 99 ft: 2 corp: 1/1b"'
		echo 'echo "stat::number_of_executed_units: $(ls "$last" | wc -l)"'
		echo 'echo "asked: $*"'
		echo "$2"
	} >"b/fuzzers/$1"
	chmod +x "b/fuzzers/$1"
}
run()
{
	"$top/ci/fuzz.sh" "$@"
}

fuzzer history 'head -c 6 "$last/three"'
code "nothing found" 0 run --seconds 1 "$work/b" history
has "its line: executions, coverage" '^history  *1 executions  *99 edges of 700 '
ok "a seed that was packed is unpacked" grep -q 'SQLite' b/fuzzing/history.log
ok "what is tried is another one each time" grep -q '^asked: .* -seed=0 ' b/fuzzing/history.log
code "or the same" 0 run --seconds 1 --seed 7 "$work/b" history
ok "it is what was said" grep -q '^asked: .* -seed=7 ' b/fuzzing/history.log
fuzzer layout 'exit 0'
code "the seeds of the tests are its seeds too" 0 run --seconds 0 "$work/b" layout
has "all of them" "^layout  *$(find "$top/traces/import/tests/data" \( -name '*.dat' -o -name '*.dat.zst' \) | wc -l) executions"
fuzzer layout 'echo "x.c:3:1: runtime error: index 9"; echo "Test unit written to ${prefix}crash-1"; exit 77'
code "something found" 1 run --seconds 0 "$work/b"
has "where the input is" 'FOUND: .*/b/fuzzing/layout-crash-1$'
has "what it is" '^x.c:3:1: runtime error: index 9'
has "the others run all the same" '^history '
code "no such fuzzer" 2 run "$work/b" nothing
has "it is named" "there is no fuzzer 'nothing'" err.txt
code "no such build" 2 run "$work/none"
has "what makes them" "'make fuzz' builds them" err.txt
code "no number" 2 run --seconds long "$work/b"
code "no seed" 2 run --seed long "$work/b"

# Nobody starts from nothing.
for source in "$top"/*/tests/fuzz_*.c "$top"/*/*/tests/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	ok "$name has seeds" sh -c 'ls "$1/ci/fuzz/$2"/* >/dev/null 2>&1 || grep -q "^$2 " "$1/ci/fuzz/also"' sh "$top" "$name"
done
ok "seeds are small" sh -c 'test "$(find "$1/ci/fuzz" -type f -size +16k | wc -l)" = 0' sh "$top"
finish
