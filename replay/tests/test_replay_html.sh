#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page of a replay, without a browser.
. "$PWD/ci/tests/lib.sh"
need jq xmllint
cd "$work" || exit 1
corpus=$top/traces/corpus

# number TRACE POLICY PATH: of the result.
number()
{
	jq --arg t "$1" --arg p "$2" "[.cells[] | select(.trace.name == \$t and .policy.name == \$p) | $3] | add" r.json
}

code "two traces" 0 "$vtick" replay -p passthrough -p virtual "$corpus/pvh2.vtt" "$corpus/kvm-live-mixed-2x3.vtt" -o r.json --report html:page.html
has "the table is there, too" '^pvh2 '
ok "it holds together" page_holds page.html
equal "a heading a trace, and one for all" "$(in_page 'count(//h2)')" 3
equal "a picture a trace" "$(in_page 'count(//figure[not(@class)])')" 2
equal "and a timeline" "$(in_page 'count(//figure[@class="timeline"])')" 2
equal "... of a tick that was pended as late as any" "$(in_page 'string(//h2[. = "pvh2"]/following-sibling::figure[@class="timeline"][1]//g[@class="tick about"][rect[@class="unseen"]]/title)' | sed "s/.*noticed after //; s/,.*//")" \
	"$(in_page 'string(//h2[. = "pvh2"]/following-sibling::div[1]//tr[th = "virtual"]/td[13])')"
equal "of a line a policy" "$(in_page 'count(//figure[not(@class)]/div/svg/path[contains(@class, "line")])')" 4
for policy in passthrough virtual; do
	equal "interrupts of $policy" "$(in_page "string(//h2[. = 'pvh2']/following-sibling::div[1]//tr[th = '$policy']/td[1])")" \
		"$(number pvh2 $policy .timer_interrupts.total)"
	equal "interrupts of $policy in all" "$(in_page "string(//h2[1]/following-sibling::div[1]//tr[th = '$policy']/td[4])")" \
		"$(jq "[.cells[] | select(.policy.name == \"$policy\") | .timer_interrupts.total] | add" r.json)"
done
ratio=$(jq -r '[.cells | group_by(.trace.name)[] | (map(select(.policy.name == "virtual"))[0].timer_interrupts.total)
	/ (map(select(.policy.name == "passthrough"))[0].timer_interrupts.total) | log] | add / length | exp * 1000 | round / 1000' r.json)
ok "the geometric mean against the first" [ "$(in_page "string(//h2[1]/following-sibling::div[1]//tr[th = 'virtual']/td[1])")" = "× $ratio" ]
equal "one tick is one" "$(in_page 'count(//p[starts-with(., "1 ticks")])')" 0
equal "the command stands below" "$(in_page 'string(//footer//code)')" "$(jq -r .provenance.command r.json)"

: "${CC:=cc}"
export CC
compile mis.so "$top/replay/tests/plugins/misbehave.c" || fail "the policy that misbehaves"
code "a cell that is lost" 2 "$vtick" replay -p virtual -p ./mis.so:how=segv,where=arm "$corpus/pvh2.vtt" -o r.json --report html:page.html
ok "... is on the page" page_holds page.html
equal "... first of all" "$(in_page 'string(//p[@class="verdict worse"])')" "− 1 of 2 cells was lost"
equal "... and in its row" "$(in_page 'string(//table[last()]//tr[td[contains(@class, "worse")]]/td[1])')" "− crashed"

fails "another format" "--report is 'csv:x', expected html:FILE" "$vtick" replay "$corpus/pvh2.vtt" --report csv:x
fails "a folder that is not there" "none/page.html" "$vtick" replay -p virtual "$corpus/pvh2.vtt" --report html:none/page.html
fails "the result's file" "page.html" "$vtick" replay -p virtual "$corpus/pvh2.vtt" -o page.html --report html:page.html
fails "where the table stands" "-: is written twice" "$vtick" replay -p virtual "$corpus/pvh2.vtt" -o r.json --report html:-

code "without any tick" 0 "$vtick" replay -p virtual "$corpus/xen-pv-1g.vtt" -o r.json --report html:page.html
ok "... it holds together, too" page_holds page.html
equal "... and has no picture" "$(in_page 'count(//figure)')" 0
equal "... and says so first of all" "$(in_page 'string(//p[@class="verdict worse"])')" "! 1 trace through 1 policy; 1 with nothing to compare"
equal "... and below the trace" "$(in_page 'string(//h2[. = "xen-pv-1g"]/following-sibling::p[@class="worse"])')" \
	"Nothing to compare: no guest timer write with a known deadline."

code "the corpus, all policies" 0 "$vtick" replay -p all "$corpus"/*.vtt -o all.json --report html:page.html
ok "it holds together" page_holds page.html
ok "under 2 MB" [ "$(wc -c <page.html)" -lt 2000000 ]
echo "# $(wc -c <page.html) bytes for $(jq '.cells | length' all.json) cells"
finish
