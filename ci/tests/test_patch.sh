#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# compare-patch.sh and bisect.sh: on two revisions of a scratch clone of this tree, and on a policy of another
# repository; nothing is left behind.
# Tier: check
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git
ci=$top/ci
own_git
cd "$work" || exit 1

git -C "$top" rev-parse --git-dir >/dev/null 2>&1 || skip "this is no git repository"
quick_build
export TMPDIR="$work/tmp"
mkdir traces tmp
"$vtick" gen --domains 2 --vcpus 2 --blocked 50 --duration 1 -o traces/two.vtt || exit 1

clean()
{
	ok "$1: no worktree is left" test "$(git -C "$2" worktree list | wc -l)" = 1
	ok "$1: no file is left" test -z "$(ls tmp)"
}

# ---- a policy of another repository ----
mkdir -p other/policies
git init -q other
step=0
# step SED-COMMAND: the next revision, named after its number.
step()
{
	step=$((step + 1))
	sed -i "$1" other/policies/mine.c
	echo "/* $step */" >>other/policies/mine.c
	git -C other add .
	git -C other commit -q -m "Step $step"
	git -C other tag "step-$step"
}
sed 's/\.name = "virtual"/.name = "mine"/' "$top/replay/policies/virtual.c" >other/policies/mine.c
step ''
step ''
step 's/^	v->itm = a->deadline;/	v->itm = a->deadline +;/'
step 's/^	v->itm = a->deadline +;/	v->itm = a->deadline;/'
step 's/^	v->itm = a->deadline;/	v->itm = a->deadline + 1000;/'
step ''
step 's/^	v->itm = a->deadline + 1000;/	v->itm = a->deadline;/'
mine=other/policies/mine.c
patch()
{
	"$ci/compare-patch.sh" --build "$build" --traces traces "$@"
}
code "another repository: the same" 0 patch -p "$mine" -p "$mine:switch=keep" step-1 step-2
first "it names both revisions" "2 policies on 1 trace: .*(Step 1) → .*(Step 2)"
has "markdown" "^### vtick: same"
code "another repository: worse" 1 patch -p "$mine" step-4 step-5
has "it says what" "firing.*skew.*ns.pend"
code "another repository: better" 0 patch -p "$mine" step-6 step-7
code "another repository: better fails as a change" 1 patch -p "$mine" --fail-on change step-6 step-7
code "what does not build is trouble" 2 patch -p "$mine" step-2 step-3
has "and named" "does not build\|does not replay\|cannot be compiled" err.txt
echo 'int unused_in_the_end;' >>$mine
code "HEAD with what is not committed" 0 patch -p "$mine" step-7
code "a policy that has to be built" 0 patch --format text -p other/policies/mine.so \
	--make "${CC:-cc} -shared -fPIC -I '$top/replay' -o policies/mine.so policies/mine.c" step-1 step-2
first "its verdict comes first" "^same"
code "no such revision" 2 patch -p "$mine" nothing step-1
first "it is named" "nothing is no revision of " err.txt
code "no repository" 2 patch -p traces/x.c step-1
code "two repositories" 2 patch -p "$mine" -p virtual step-1
first "they are named" "two repositories" err.txt
clean "another repository" other

bisect()
{
	"$ci/bisect.sh" --build "$build" --trace traces/two.vtt -p "$mine" "$@"
}
code "bisect a metric" 0 bisect digest step-1 step-6
first "the commit" "^$(git -C other rev-parse step-5)$"
has "its subject" "Step 5"
code "bisect by a command" 0 bisect -- '! grep -q "deadline + 1000" policies/mine.c' step-1 step-6
first "the commit by a command" "^$(git -C other rev-parse step-5)$"
code "bisect around what does not build" 0 bisect digest step-2 step-5
first "the commit around it" "^$(git -C other rev-parse step-5)$"
code "nothing to find" 2 bisect digest step-1 step-7
has "it says so" "nothing to find" err.txt
code "no such metric" 2 bisect no.such step-1 step-6
clean bisect other
ok "no bisection is left" test -z "$(git -C other for-each-ref refs/bisect)"

# ---- a stranger's revisions ----
# Their words: an escape sequence, C1, a change of direction, markup.
evil=$(printf 'E\033[2Jvil \302\233x \342\200\256y <script>|`*[a](b) @all')
sed -i 's/^	v->itm = a->deadline;/	v->itm = a->deadline + 500;/' "$mine"
git -C other -c user.name="$evil" commit -qam "$evil"
git -C other tag stranger
harmless()
{
	ok "$1: nothing that drives a terminal" sh -c \
		'! LC_ALL=C grep -aq "$(printf "[\001-\010\013-\037\177]\\|\302[\200-\237]\\|\342\200[\216-\217\252-\256]")" "$@"' - out.txt err.txt
}
code "a patch with evil words" 1 patch -p "$mine" step-7 stranger
harmless "a patch"
ok "its subject is no markup" grep -qF '\<script>\|\`\*\[a\](b) \@all' out.txt
code "as text" 1 patch --format text -p "$mine" step-7 stranger
harmless "as text"
code "a bisection to it" 0 bisect digest step-7 stranger
harmless "a bisection"
has "it names the commit" "Author\|E.x1b.2Jvil"
# A folder of theirs for hooks, which the user's settings name.
mkdir other/hooks
printf '#!/bin/sh\n: >"%s"\n' "$work/RAN" >other/hooks/post-checkout
chmod +x other/hooks/post-checkout
git -C other config core.hooksPath hooks
git -C other add hooks
git -C other commit -qm "Hooks"
git -C other tag hooks
git -C other worktree add -q probe hooks
ok "a hook of theirs would run" test -e RAN
git -C other worktree remove --force probe
rm -f RAN
code "a patch with hooks" 0 patch -p "$mine" stranger hooks
code "a bisection with hooks" 2 bisect digest stranger hooks
ok "no hook ran" test ! -e RAN
git -C other config --unset core.hooksPath
# What git would take for an option.
for revision in -x --help --output=RAN -- ; do
	code "a revision that is none: $revision" 2 bisect digest "$revision" step-1
done
code "a base that is none" 2 "$ci/instructions.sh" --base --output=RAN "$build"
ok "nothing was written" test ! -e RAN
cp "$mine" kept.c
code "the report over the policy" 2 patch --full "$mine" -p "$mine" step-1 step-2
has "it says so" "would be overwritten, but is also read as" err.txt
code "the report over a trace" 2 patch --full traces/two.vtt -p "$mine" step-1 step-2
ok "the policy is as it was" cmp kept.c "$mine"
clean "a stranger's" other

# ---- this repository ----
git clone -q "$top" clone || exit 1
(cd "$top" && git ls-files -z | xargs -0 cp --parents -P -t "$work/clone") || exit 1
git -C clone add -A
git -C clone commit -q --allow-empty -m "As it is now"
sed -i 's/^	v->itm = a->deadline;/	v->itm = a->deadline + 1000;/' clone/replay/policies/virtual.c
git -C clone commit -qam "Later" || exit 1
ci=$work/clone/ci
code "this repository: worse" 1 patch HEAD~1 HEAD
first "all policies and variants" \
	"^Replayed $(($(wc -l <"$ci/variants") + $(find "$work/clone/replay/policies" -name '*.c' | wc -l))) policies on 1 trace: .*(As it is now) → .*(Later)"
has "virtual is worse" "virtual"
code "this repository: by path" 1 patch --format text -p clone/replay/policies/virtual.c HEAD~1
first "its first line" "^[a-z]*, gate failed: two, virtual"
clean "this repository" clone

# Stopped in the middle.
"$ci/compare-patch.sh" --build "$build" --traces traces HEAD~1 HEAD >out.txt 2>err.txt &
sleep 1
kill $!
wait $!
ok "a signal ends it" test $? = 143
clean "a signal" clone
finish
