#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The commands of REPLAY.md as they stand, on a capture; options that the other pages show exist.
# shellcheck disable=SC2016 # marks of markdown
. "$PWD/ci/tests/lib.sh"
need jq git
ci=$top/ci
own_git
cd "$work" || exit 1

cp "$top/traces/import/tests/data/k-v7-150ms.dat" trace.dat || exit 1
sed -n '/^```sh$/,/^```$/{/^```/!p}' "$ci/REPLAY.md" >commands.sh
ok "the page has commands" test "$(wc -l <commands.sh)" -gt 5
PATH=$build:$PATH
export PATH
while IFS= read -r line; do
	code "$line" 0 sh -e -c "$line"
done <commands.sh
for page in GATE PATCH; do
	for script in gate accept nightly compare-patch bisect; do
		grep -h "ci/$script\.sh" "$ci/$page.md" | grep -o -e ' --[a-z-]*[a-z]' | grep -v help | sort -u >options.txt
		"$ci/$script.sh" --help >help.txt
		while read -r option; do
			grep -q -e "$option" help.txt || ok "$page.md: $script.sh $option" false
		done <options.txt
	done
done

# The tables of metrics are what vtick itself lists, and a page that differs is found.
code "the pages list vtick's metrics" 0 "$ci/metric-pages.sh" --check "$build"
mkdir -p copy/ci copy/replay copy/compare/man copy/traces
cp "$ci/common.sh" "$ci/layout.sh" "$ci/replays.sh" "$ci/metric-pages.sh" copy/ci/
cp "$top/replay/RESULT.md" copy/replay/
sed '/expansion/d' "$top/traces/LIMITS.md" >copy/traces/LIMITS.md
sed '/^ticks.missed /d' "$top/compare/man/vtick-compare.1" >copy/compare/man/vtick-compare.1
sed -i 's/machine timer interrupts/something else/' copy/replay/RESULT.md
code "a page that differs" 1 copy/ci/metric-pages.sh --check "$build"
has "... is named" '^replay/RESULT.md differs'
has "... each of them" '^compare/man/vtick-compare.1 differs'
has "... the limits, too" '^traces/LIMITS.md differs'
code "they are written anew" 0 copy/ci/metric-pages.sh "$build"
ok "... as they were" cmp copy/compare/man/vtick-compare.1 "$top/compare/man/vtick-compare.1"
code "... and then none differs" 0 copy/ci/metric-pages.sh --check "$build"

# What the code says of the rules is there.
grep -rhoE "RULES\.md [0-9]+(\.[0-9]+)?( to [0-9]+\.[0-9]+|, [0-9]+\.[0-9]+)*" "$top/replay" --include="*.[ch]" |
	grep -oE "[0-9]+(\.[0-9]+)?" | sort -u >cited.txt
ok "the code cites rules" test "$(grep -c "\." cited.txt)" -ge 20
while read -r rule; do
	grep -qE "^($rule |## $rule\. )" "$top/replay/RULES.md" || fail "RULES.md has no $rule, which the code cites"
done <cited.txt
finish
