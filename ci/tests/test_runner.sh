#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ci/test.sh: what it runs of each tier, what it counts, and that it can fail.
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git
ci=$top/ci
own_git
cd "$work" || exit 1

# made NAME MARK BODY: a test script of the folder t.
mkdir -p t/tests ci
cp "$ci"/test*.sh "$ci/test-summary.awk" ci/
made()
{
	printf '#!/bin/sh\n# %s\n%s\n' "$2" "$3" >"t/tests/test_$1.sh"
}
made quick 'A test.' 'echo "$VTICK_TIER" >>ran.txt'
made slow 'Tier: check' 'echo slow >>ran.txt'
made long 'Tier: all' 'echo long >>ran.txt'
made lonely 'Alone: it measures time' 'test ! -e busy'
made busy 'A test.' 'touch busy; sleep 0.3; rm busy'
made elsewhere 'Needs: moon' 'exit 1'
run()
{
	rm -f ran.txt
	ci/test.sh "$@"
}
last()
{
	ok "$1" test "$(tail -n 1 out.txt)" = "$2"
}

code "the quick tier" 0 run --tier test t/tests/test_*.sh
last "it counts" "3 passed, 0 failed, 1 skipped"
ok "it ran the quick test only, and told it the tier" test "$(cat ran.txt)" = test
has "what this machine lacks is said" "not of this machine: t/tests/test_elsewhere.sh"
code "the tier of a merge" 0 run t/tests/test_*.sh
last "it has the slow one too" "4 passed, 0 failed, 1 skipped"
code "all" 0 run -j 3 --tier all t/tests/test_*.sh
last "it has all" "5 passed, 0 failed, 1 skipped"
code "by name, whatever the tier" 0 run --tier test --name long t/tests/test_*.sh
last "one" "1 passed, 0 failed, 0 skipped"
code "by pattern" 0 run --tier test --name 'test_[ls]*' t/tests/test_*.sh
last "three" "3 passed, 0 failed, 0 skipped"
code "no such name" 2 run --name nothing t/tests/test_*.sh
has "it is named" "no test is called 'nothing'" err.txt
code "no such test" 2 run t/tests/test_nothing.sh t/tests/test_quick.sh
code "no such tier" 2 run --tier most t/tests/test_quick.sh

made fails 'A test.' 'echo "it was this"; exit 1'
code "one that fails" 1 run t/tests/test_*.sh
last "is counted" "4 passed, 1 failed, 1 skipped"
has "its log is shown" "it was this"
made fails 'A test.' 'echo "skipped: no such program"; exit 77'
code "one that skips itself" 1 run t/tests/test_*.sh
last "is counted too" "4 passed, 0 failed, 2 skipped"
made fails 'Tier: sometimes' 'exit 0'
code "an unknown tier" 2 run t/tests/test_*.sh
rm t/tests/test_fails.sh

# What looks like a Criterion program; its source lies where its name says.
mkdir -p b/tests
: >t/tests/test_program.c
printf '#!/bin/sh\necho "[====] Synthesis: Tested: 3 | Passing: $PASSING | Failing: $((3 - PASSING)) | Crashing: 0"
exit $((PASSING != 3))\n' >b/tests/t-test_program
chmod +x b/tests/t-test_program
code "a program" 0 env PASSING=3 ci/test.sh build=b b/tests/t-test_program
last "counts by test" "3 passed, 0 failed, 0 skipped"
code "a program that fails" 1 env PASSING=2 ci/test.sh build=b b/tests/t-test_program
last "counts by test" "2 passed, 1 failed, 0 skipped"
printf '#!/bin/sh\nexit 0\n' >b/tests/t-test_program
code "a program that tested nothing" 1 ci/test.sh build=b b/tests/t-test_program
last "has failed" "0 passed, 1 failed, 0 skipped"
finish
