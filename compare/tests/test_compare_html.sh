#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page of a comparison, without a browser: it holds together, needs nothing from elsewhere, says what the report says.
. "$PWD/ci/tests/lib.sh"
need jq xmllint
cd "$work" || exit 1
for trace in pvh2 kvm-live-mixed-2x3 hvm3-credit2-2p-core; do
	set -- "$@" "$top/traces/corpus/$trace.vtt"
done
shift
"$vtick" replay -p passthrough -p virtual -p kvm-hrtimer "$@" -o base.json >/dev/null || exit 1
jq '.cells[] |= (.exits.arm += 1 | .hardware_writes -= 1)' base.json >worse.json

# page NAME CODE ARGUMENT...: the page of a comparison, which is there as page.html and for in_page.
page()
{
	name=$1 code=$2 got=0
	shift 2
	"$vtick" compare --format html "$@" >page.html 2>err.txt || got=$?
	equal "$name: exit code" "$got" "$code"
	ok "$name: it holds together" page_holds page.html
}

# count NAME XPATH N
count()
{
	equal "$1" "$(in_page "count($2)")" "$3"
}

page "two policies" 1 --base passthrough --candidate virtual base.json
ok "nothing from elsewhere" sh -c '! grep -qE " (src|href)=|url\(|@import" page.html'
ok "and a policy that says so" grep -q "Content-Security-Policy.*default-src 'none'" page.html
ok "the headline is that of the text" [ "$("$vtick" compare --base passthrough --candidate virtual base.json | head -n 1)" = \
	"$(in_page 'string(//p[contains(@class, "verdict")])' | sed 's/^[^ ]* //')" ]
count "a table a trace" '//details[contains(summary, "cells differ")]/div/table' 3
ok "both values" [ "$(in_page 'string(//details[contains(summary, "pvh2")]//tbody/tr/td[2])')" = \
	"+ $(jq -r '[.cells[] | select(.trace.name == "pvh2") | .timer_interrupts.total] | "\(.[0]) → \(.[1])"' base.json)" ]
count "every row has as many cells as the head" '//table[thead/tr[last()][count(th) != count(ancestor::table/tbody/tr[1]/*)]]' 0
ok "distributions" [ "$(in_page 'count(//figure)')" -ge 3 ]
count "of two lines each, the second dashed" '//figure[not(count(div/svg/path[contains(@class, "line")]) = 2 and div/svg/path[contains(@class, "line s1 d1")])]' 0
count "each has a legend and a name" '//figure[not(figcaption) or count(ul/li) != 2 or not(div/svg/@aria-label)]' 0
count "a page without a timeline has no script" '//script' 0
ok "and is small" [ "$(wc -c <page.html)" -lt 300000 ]

page "where it happened" 1 --base passthrough --candidate virtual --explain --trace-dir "$top/traces/corpus" base.json
count "a timeline a cell" '//figure[@class="timeline"]' 3
equal "of what the text says" "$(in_page 'string((//figure[@class="timeline"])[1]//g[@class="tick about"][2]/@data-to)')" \
	"$(in_page 'string(//pre[1])' | sed -n 's/^  candidate .*delivered at +\([0-9]*\) ns.*/\1/p')"
count "both sides, one over the other" '(//figure[@class="timeline"])[1]//text[@class="heading"][. = "baseline" or . = "candidate"]' 2
count "and as a table" '(//details[contains(summary, "as a table")])[1]//tbody/tr[th = "candidate"][1]' 1

page "what is the same" 0 base.json base.json
count "says so" '//p[@class="verdict same"]' 1
count "its traces are folded" '//details[contains(summary, "0 of 3 cells differ") and not(@open)]' 3
count "nothing to plot" '//figure' 0

page "a loss" 1 --title 'a <b> & "c"' --on-fail 'do <this>' base.json worse.json
equal "its title" "$(in_page 'string(//h1)')" 'a <b> & "c"'
count "what to do" '//p[. = "do <this>"]' 1
count "signs beside colours" '//tbody//*[contains(@class, "worse") and not(span[@class="sign"])]' 0
ok "the whole as rows" [ "$(in_page 'count(//h2[. = "Each metric of each cell"]/following-sibling::details[1]//tbody/tr)')" = \
	"$("$vtick" compare --format csv base.json worse.json | grep -c ',worse,\|,better,\|,changed,')" ]
jq 'del(.cells[1])' base.json >less.json
page "trouble" 2 base.json less.json
count "is named" '//ul[@class="trouble"]/li' 1

# A golden has percentiles and no buckets.
"$vtick" compare --golden golden.txt base.json || fail "a golden"
page "policies of a golden" 1 --base passthrough --candidate virtual golden.txt
ok "drawn by their percentiles" [ "$(in_page 'count(//figure)')" -ge 3 ]

# The corpus through all policies: what a gate would send.
"$vtick" replay -p all "$top"/traces/corpus/*.vtt -o all.json >/dev/null || fail "the corpus"
jq '.cells[] |= (.exits.arm += 1)' all.json >all2.json
page "the corpus" 1 --allow-empty xen-pv-1g all.json all2.json
ok "under 2 MB" [ "$(wc -c <page.html)" -lt 2000000 ]
echo "# $(wc -c <page.html) bytes for $(jq '.cells | length' all.json) cells"
page "the corpus, all that differs" 1 --each --allow-empty xen-pv-1g all.json all2.json
finish
