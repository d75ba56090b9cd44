#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page of `vtick late`, without a browser: what it says is what the text and the JSON say; its timelines.
. "$PWD/ci/tests/lib.sh"
need jq xmllint
cd "$work" || exit 1
corpus=$top/traces/corpus

code "a recording beside a policy" 0 "$vtick" late -p virtual "$corpus/kvm-live-mixed-2x3.vtt" --report html:page.html --json
cp out.txt late.json
ok "it holds together" page_holds page.html
equal "two answers" "$(in_page 'count(//p[contains(@class, "verdict")])')" 2
equal "what the first goes by: another VM has the largest" "$(in_page 'string(//p[contains(@class, "verdict")][1])' | cut -d, -f 1)" \
	"As it was recorded:   Latest by p99 is record-load-12451: 1.007ms"
equal "the largest of a VM" "$(in_page 'string(//h2[1]/following-sibling::div[1]//tr[th = "record-load-12451"]/td[4])')" 5.256ms
equal "the worst ticks of both" "$(in_page 'count(//table[contains(., "who ran there")]/tbody/tr)')" 20
equal "three moments" "$(in_page 'count(//figure[@class="timeline"])')" 3
equal "each about one tick a side that had it" "$(in_page 'count(//figure[@class="timeline"][1]//g[@class="tick about"])')" 2
equal "a table of each" "$(in_page 'count(//details[contains(summary, "as a table")]/div/table)')" 3
# The tick of the first moment in the table, as the JSON has it.
late=$(jq '.views[0].worst[0].late_ns' late.json 2>/dev/null || echo null)
echo "# the worst: $late ns"
equal "its time from deadline to delivery" "$(in_page 'string((//figure[@class="timeline"])[1]//g[@class="tick about"][1]/@data-to)')" "$late"
ok "with the script, and its licence" sh -c 'grep -q "^<script>" page.html && grep -q "Michael Bostock" page.html'
ok "under 2 MB" [ "$(wc -c <page.html)" -lt 2000000 ]

code "a Xen's capture" 0 "$vtick" late "$corpus/x16x4-credit2-2p-all.vtt" --report html:page.html
ok "it holds together" page_holds page.html
code "of one VM" 0 "$vtick" late --vm record-load-12451 -n 1 "$corpus/kvm-live-mixed-2x3.vtt" --report html:page.html
ok "it holds together" page_holds page.html
equal "has one moment" "$(in_page 'count(//figure[@class="timeline"])')" 1

# A long trace: what is drawn stays small, and says what was put together.
"$vtick" gen --preset mail-16x4 --duration 20 -o long.vtt >/dev/null 2>&1 || "$vtick" gen --domains 16 --vcpus 4 --lps 2 --duration 20 -o long.vtt || fail "a long trace"
code "a long trace" 0 "$vtick" late -p virtual-2005 -p virtual long.vtt --report html:page.html
ok "it holds together" page_holds page.html
ok "under 2 MB" [ "$(wc -c <page.html)" -lt 2000000 ]
fails "another format" "expected html:FILE" "$vtick" late "$corpus/kvm-live-mixed-2x3.vtt" --report json:x
"$top/replay/late/picture.sh" "$vtick" >picture.svg
ok "the README's picture (replay/late/picture.sh >replay/late/timeline.svg)" cmp picture.svg "$top/replay/late/timeline.svg"
finish
