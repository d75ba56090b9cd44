#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ci/instructions.sh in a scratch repository whose revisions are "built" by copying: it finds a policy that became
# slower, lets pass what did not, what a commit accepts and what cannot be compared, and leaves nothing behind.
# Tier: check
# shellcheck disable=SC2016,SC2317 # make's words, a function that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git
unset VTICK_BASE
ci=$top/ci
own_git
cd "$work" || exit 1

need valgrind
export TMPDIR="$work/tmp"
mkdir -p tmp repo/bench same slow/policies
cp -r "$build/policies" "$vtick" same/
cp "$vtick" slow/
cp -r "$ci" repo/
cp "$top"/bench/count.* repo/bench/
# One short run is counted instead of those that ci/instruction-runs.sh has.
"$vtick" gen --preset busy-16x4-4lp --lps 4 --duration 1 -o short.vtt || exit 1
printf '#!/bin/sh\necho "virtual %% replay -j1 -p virtual -o %s %s"\n' "$work/out.json" "$work/short.vtt" \
	>repo/ci/instruction-runs.sh
inject slow/policies '/^	v->itm = a->deadline;/' '	for (volatile int i = 0; i < 20; i++)\n		;'
cp same/policies/passthrough.so slow/policies/

# commit FOLDER MESSAGE: a revision that FOLDER is the build of.
commit()
{
	printf 'all:\n\tmkdir -p $(B)\n\tcp -r %s/vtick %s/policies $(B)/\n' "$1" "$1" >repo/Makefile
	git -C repo add -A
	git -C repo commit -q --allow-empty -m "$2"
}
gate()
{
	folder=$1
	shift
	repo/ci/instructions.sh --cell virtual "$@" "$work/$folder"
}
git init -q repo
commit "$work/same" "First"
code "no commit before" 0 gate same
first "it says so" "^instructions: not compared: HEAD has no parent here"
commit "$work/slow" "Slower"
commit "$work/slow" "Slower still"
code "as many" 0 gate same --base HEAD~2
first "the verdict comes first" "^instructions: at most 2 % more than .*(First)$"
has "with the cell" "^virtual .*[+-]0[.]0[0-9]%"
code "more" 1 env VTICK_BASE=HEAD~2 repo/ci/instructions.sh --cell virtual "$work/slow"
first "it names the cell" "^instructions: more than 2 % more than .*(First): virtual"
has "how to accept it" "^    Instructions: +N % because"
code "fewer" 0 gate same
first "the base is the commit before" "(Slower)$"
commit "$work/slow" "$(printf 'Worth it\n\nInstructions: +3 %% because it is too little\n')"
code "accepted, but too little" 1 gate slow --base HEAD~3
commit "$work/slow" "$(printf 'Worth more\n\nInstructions: +500 %% because of the test\n')"
code "accepted" 0 gate slow --base HEAD~4
first "by whom" "^limit lifted from 2 % to 500 %.*"
has "and why" "because of the test"
code "no such base" 2 gate same --base nothing
has "it is named" "nothing is no revision" err.txt
code "no such cell" 2 repo/ci/instructions.sh --cell nothing --base HEAD "$work/same"
git -C repo checkout -q -b patch HEAD~2
code "a branch is compared with where it left main" 0 gate slow
first "there" "(Slower still)$\|(Slower)$"
git -C repo checkout -q main

echo 'all:; false' >repo/Makefile
git -C repo commit -qam "Broken"
commit "$work/same" "Mended"
code "a base that does not build" 0 gate same
first "it is named" "^instructions: not compared: .*(Broken) does not build here"
git clone -q --depth 1 "file://$work/repo" shallow
code "a shallow clone" 0 shallow/ci/instructions.sh "$work/same"
first "has nothing to compare" "^instructions: not compared: HEAD has no parent here"
ok "no worktree is left" test "$(git -C repo worktree list | wc -l)" = 1
ok "no file is left" test -z "$(ls -d tmp/* same/instructions.* slow/instructions.* 2>/dev/null)"
finish
