#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A stranger's result runs nothing: --explain takes a policy of it by its name, if that is installed, and no more.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
trace=$top/traces/corpus/pvh2.vtt
corpus=$top/traces/corpus
"$vtick" replay -p virtual -p virtual:switch=keep "$trace" -o both.json >/dev/null || exit 1
jq '.cells = .cells[:1]' both.json >good.json
# Another behaviour under the same name and parameters.
jq '.cells = [.cells[1] + { policy: .cells[0].policy }]' both.json >other.json

# What is compiled leaves a mark, and so does what is loaded, if it may.
cat >evil.c <<END
#include <stdio.h>
__attribute__((constructor)) static void run(void)
{
	FILE *f = fopen("$work/RAN", "w");

	if (f)
		fclose(f);
}
END
cp "$top/replay/policies/virtual.c" virtual.c
compile evil.so evil.c || exit 1
printf '#!/bin/sh\n: >"%s/RAN"\nexec gcc "$@"\n' "$work" >cc.sh
chmod +x cc.sh
export CC="$work/cc.sh"
ok "it would compile" "$vtick" replay -p ./virtual.c "$trace" -o mine.json
ok "that would be seen" test -e RAN
rm -f RAN

# refused NAME FILTER PATTERN: both results edited by jq; nothing runs, and a warning says why nothing is explained.
refused()
{
	jq "$2" good.json >base.json && jq "$2" other.json >cand.json || exit 1
	got=0
	TMPDIR=$work "$vtick" compare --trace-dir "$corpus" --explain base.json cand.json >out.txt 2>err.txt || got=$?
	ok "$1: nothing ran" test ! -e RAN
	rm -f RAN
	has "$1: that is said" "^warning: --explain: .*$3" out.txt
	ok "$1: the verdict stands" test "$got" = 1
}

spec='.provenance.plugins[].spec'
for file in "$work/evil.so" ./evil.so evil.so ./virtual.c virtual.c "$work/virtual.c:switch=keep" ./virtual virt\* all \
	../policies/virtual; do
	refused "the policy is $file" "$spec = \"$file\"" "which is not installed, and a result may name no other: give its file by --explain-base"
done
for name in ./virtual.c "$work/evil.so" 'virt*' all; do
	refused "the policy's name is $name" ".cells[0].policy.name = \"$name\"" "which is not installed"
done
refused "a value with more behind it" '.cells[0].policy.params.switch = "keep,hv-tick=0"' "is no parameter of a policy"
refused "a value that is a path" '.cells[0].policy.params.switch = "../evil"' "is no parameter of a policy"
refused "a parameter of a stranger's" '.cells[0].policy.params["tree=/tmp,x"] = "1"' "is no parameter of a policy"
refused "a trace that is a path" '.cells[0].trace.name = "../corpus/pvh2"' "'../corpus/pvh2' is a path"

# Of the command line it is what was asked for.
jq "$spec = \"./virtual.c\"" both.json >mine.json
gives "the result names a file" 1 '' --base virtual:switch=remove --candidate virtual:switch=keep --explain \
	--trace-dir "$corpus" mine.json
has "that is not taken" "^warning: --explain: .*which is not installed" out.txt
gives "the policies are given" 1 '' --base virtual:switch=remove --candidate virtual:switch=keep \
	--explain-base virtual --explain-candidate ./virtual.c --trace-dir "$corpus" mine.json
has "it is explained" 'the first tick whose fate differs' out.txt
ok "the one that was given ran" test -e RAN
ok "nothing is left over" test -z "$(find . -name 'vtick-*')"
finish
