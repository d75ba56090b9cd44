#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# time-machine.sh on versions of the invented tree: folders, revisions of a git tree, what does not build, and where
# neighbours part.
# Tier: check
# shellcheck disable=SC2317 # functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git
: "${CC:=cc}"
export CC
own_git
lapic=arch/x86/kvm/lapic.c
cd "$work" || exit 1
export TMPDIR="$work/tmp"
mkdir traces tmp
for trace in made-modes made-moves kvm-live-mixed-2x3; do
	cp "$top/traces/corpus/$trace.vtt" traces/
done

# tree NAME VERSION SED: a version of the invented tree.
tree()
{
	cp -r "$top/replay/kinds/tests/tree" "$1"
	sed -i "s/^VERSION = .*/VERSION = $2/" "$1/Makefile"
	sed -i -e "$3" "$1/$lapic"
}
tree a 1 's,^static bool periodic,/* A word. */\n&,'
tree b 2 's,^static bool periodic,/* Another. */\n&,'
tree c 3 's/^\t\tt->target_expiration = ktime_get();/\t\t;/'
tree d 4 's/ktime_get() + left - t->timer_advance_ns/ktime_get() + left/'
tree e 5 's/^static bool periodic/static bool periodic(/'
tree f 6 's/^\t\thrtimer_start(&t->timer, t->target_expiration, HRTIMER_MODE_ABS_HARD);/&\n&/'

machine()
{
	"$top/bench/time-machine.sh" --build "$build" "$@"
}

code "folders" 0 machine --traces traces a b c d
first "a column a trace" '^| version | of | built in CPU time | kvm-live-mixed-2x3 | made-modes | made-moves |$'
# row NAME REGEX: of the table.
row()
{
	has "$1" "^| [0-9]*\.1\.7-rc2 | $2 |\$"
}
row "the first" 'a | [0-9.]* s | a a a | a - a | a - a'
row "comments are no change" 'b | [0-9.]* s | a a a | a - a | a - a'
row "late periods are late by costs alone" 'c | [0-9.]* s | a b a | a - a | a - b'
row "another advance is everywhere where it is used" 'd | [0-9.]* s | b c b | b - b | b - c'
has "who is alike" '^Alike in all of it: 1.1.7-rc2, 2.1.7-rc2; 3.1.7-rc2; 4.1.7-rc2.$'
equal "who parts, by which costs" "$(sed -n 's/^### //p' out.txt)" "2.1.7-rc2 (b) → 3.1.7-rc2 (c), with the recordings' own costs
2.1.7-rc2 (b) → 3.1.7-rc2 (c), with a host that is away
3.1.7-rc2 (c) → 4.1.7-rc2 (d), without costs
3.1.7-rc2 (c) → 4.1.7-rc2 (d), with the recordings' own costs
3.1.7-rc2 (c) → 4.1.7-rc2 (d), with a host that is away"
equal "each to the first tick" "$(grep -c ': the first tick whose' out.txt)" 5
has "and the metrics" '^    - hardware_writes  *[0-9]* -> [0-9]*, +[0-9]* '
has "of what" 'kvm: Linux 3.1.7-rc2, lapic.c [0-9a-f]*;'
equal "no line of a part is too wide for a page" "$(grep '^    ' out.txt | awk 'length > 100' | wc -l)" 0

code "its parameters, and ticks that are the same with other numbers" 0 machine --kind kvm:hv=no,stop=mode --traces traces a f
row "a number" 'f | [0-9.]* s | a2 a2 a2 | a2 - a2 | a2 - a2'
has "the first operation" "no tick's fate differs; the first timer operation or interrupt that does is by [0-9]* ns"
has "by its parameters" "^Where they part, kvm-live-mixed-2x3, kvm:hv=no,stop=mode:"

code "what does not build" 2 machine --traces traces a e b
has "is a row" '^| | e | does not build |$'
has "and told" "lapic.c" err.txt
row "what follows is there" 'b | [0-9.]* s | a a a | a - a | a - a'
equal "and held against what was before" "$(grep -c '^###' out.txt)" 0

# ---- revisions of a git tree ----

git init -q g
for version in a b c; do
	cp -r "$version"/* g
	git -C g add .
	git -C g commit -qm "Version $version"
	git -C g tag "v-$version"
done
sed -i 's/^VERSION.*/VERSION = 77/' g/Makefile
code "revisions" 0 machine --traces traces --git g v-a v-b v-c
row "one" 'v-a | [0-9.]* s | a a a | a - a | a - a'
row "and the third" 'v-c | [0-9.]* s | a b a | a - a | a - b'
code "what is not committed is no revision's" 1 grep -q '77\.' out.txt
equal "its tree is as it was" "$(git -C g status --porcelain)" ' M Makefile'

# ---- Xen; the corpus ----

cp "$top/traces/corpus/pvh2.vtt" traces/
cp -r "$top/replay/kinds/tests/tree" x
sed -i 's/^\t\tstop_timer(&pt->timer);/\t\t;/' x/xen/arch/x86/hvm/vpt.c
code "Xen" 0 machine --kind xen:timer_mode=1 --traces traces "$top/replay/kinds/tests/tree" x
has "a timer that is not stopped" '^### 9.1.7 (tree) → 9.1.7 (x), without costs'
has "is seen in Xen's trace" "^| 9.1.7 | x | [0-9.]* s .*| b - b | b - b | a2 - a2 |\$"
code "the corpus without what others recorded" 0 machine --kind xen "$top/replay/kinds/tests/tree"
has "made ones and Xen's" 'made-moves | made-period-50us | pvh2'
code "none of KVM's" 1 grep -q 'kvm-' out.txt

fails "no trees" 'expected trees' machine --kind kvm
fails "no such folder" 'none is no folder' machine none
fails "no git tree" 'a is no git repository' machine --git a HEAD
fails "no such revision" 'none is no revision' machine --git g v-a none
code "no kind" 2 machine --kind virtual --traces traces a
has "is told" "virtual: no such kind" err.txt
equal "nothing stays" "$(ls tmp)" ""
finish
