# SPDX-License-Identifier: GPL-2.0-only
# What came out of `expected` tests, the slowest first: milliseconds on the clock and of CPU, passed, failed, skipped,
# the test, and 1 if it had to run but skipped itself. Exit code 1 if any is not as it should be.
BEGIN { print "The slowest, in seconds on the clock and of CPU time:" }
NR <= 10 { printf "%8.1f %8.1f  %s\n", $1 / 1000, $2 / 1000, $6 }
{ cpu += $2; passed += $3; failed += $4; skipped += $5; illegal += $7 }
END {
	printf "%d s, %d s of CPU time\n", seconds, cpu / 1000
	if (NR != expected) { print expected - NR " did not end"; failed += expected - NR }
	if (illegal) print illegal " skipped what they must not skip: that fails"
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed + illegal > 0
}
