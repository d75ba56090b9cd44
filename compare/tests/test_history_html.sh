#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page of a history, without a browser: trends, gaps, accepted changes; and the script that finds these.
. "$PWD/ci/tests/lib.sh"
need git jq xmllint
cd "$work" || exit 1
"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 1 -o t.vtt || exit 1
"$vtick" replay -p virtual -p virtual:switch=keep -p passthrough t.vtt | jq -c . >first.json || exit 1

# A repository whose commits are the nights' revisions: the third and the fifth moved numbers on purpose.
git init -q repo
git -C repo config user.name vtick
git -C repo config user.email vtick@example.org
mkdir -p repo/ci nightly/results
cp "$top"/ci/*.sh "$top"/ci/*.awk repo/ci/
commit()
{
	git -C repo commit -q --allow-empty -m "$@"
}
night()
{
	number=$((number + 1))
	jq -c "$moved $1" first.json >"nightly/results/2026-11-0$number-$(git -C repo rev-parse --short HEAD)-$number.json"
}
number=0
# More interrupts, and what is held against their number.
moved="def more(\$n): .total += \$n | .guest += \$n | .lp_idle += \$n;
	def moved(\$n): .timer_interrupts |= (more(\$n) | .per_lp[0] |= more(\$n)) | .idle.wakeups += \$n;"
commit "first"
night .
commit "second"
night .
commit "third" --trailer "Golden: passthrough <arms> earlier, as asked"
commit "fourth"
night '.cells[2] |= moved(7)'
night '.cells[2] |= moved(7) | del(.cells[0])'
commit "fifth" --trailer "Golden: one reason" --trailer "Golden: and another"
night '.cells[2] |= moved(5)'
"$vtick" history --db nightly/history.db --rebuild nightly/results || fail "the index"

code "the page of a store" 0 sh repo/ci/history-page.sh --store nightly --build "$build"
ok "it holds together" page_holds nightly/history.html
ok "says that something changed" grep -q "of [0-9]* series changed" nightly/history.html
equal "two accepted changes" "$(in_page 'count(//h2[. = "Accepted changes"]/following-sibling::p[contains(., ": accepted ")])')" 2
has "the first on the night that has it" "accepted 2026-11-03 $(git -C repo rev-parse --short HEAD~1): passthrough &lt;arms&gt; earlier, as asked" nightly/history.html
has "both reasons" "one reason; and another" nightly/history.html
plot='//figure[figcaption = "timer_interrupts.total, t"]'
equal "marked in each picture" "$(in_page "count($plot//path[@class = 'mark'])")" 2
equal "a line a policy" "$(in_page "count($plot/div/svg/path[contains(@class, 'line ')])")" 3
equal "a policy's parameters where they tell it" "$(in_page "count($plot/ul/li[contains(., 'switch=keep')])")" 1
equal "... and only there" "$(in_page "count($plot/ul/li[normalize-space(.) = 'passthrough'])")" 1
total=$(jq '[.cells[] | select(.policy.name == "passthrough") | .timer_interrupts.total][0]' first.json)
ok "the last change and why" [ "$(in_page '//tr[th = "timer_interrupts.total" and td[2] = "passthrough"]/td[4]/text()' | sed 's/ (.*//; s/&gt;/>/')" = \
	"$((total + 7)) -> $((total + 5))" ]
equal "... on" "$(in_page 'string(//tr[th = "timer_interrupts.total" and td[2] = "passthrough"]/td[6])')" "one reason; and another"
has "a night without a cell is a gap in its line" "M[0-9.]* [0-9.]*H[0-9.]*M" nightly/history.html

code "one metric" 0 "$vtick" history --db nightly/history.db --report html:one.html hardware_writes
ok "it holds together" page_holds one.html
equal "is one picture" "$(in_page 'count(//figure)')" 1
equal "nothing is said of what was accepted" "$(in_page 'count(//h2[. = "Accepted changes"])')" 0
code "the last two nights" 0 "$vtick" history --db nightly/history.db --nights 2 --report html:two.html timer_interrupts.total
ok "it holds together" page_holds two.html
has "they are two of five" '2 of 5 nights, 2026-11-04 to 2026-11-05' two.html

fails "reasons without a page" "accepted is of the page" "$vtick" history --db nightly/history.db --accepted first.json
printf '[1]\n' >list.json
fails "reasons that are a list" "list.json: offset 0: is no object" "$vtick" history --db nightly/history.db --accepted list.json --report html:x.html
printf '{"a": 1}\n' >number.json
fails "a reason that is none" "number.json: 'a' is no text" "$vtick" history --db nightly/history.db --accepted number.json --report html:x.html
fails "the index itself" "history.db" "$vtick" history --db nightly/history.db --report html:nightly/history.db
fails "a metric that is not there" "nothing" "$vtick" history --db nightly/history.db --report html:x.html no.such
ok "... leaves no page" [ ! -e x.html ]

# Less than can be shown is not nothing.
mkdir little
jq -c '.cells[].hardware_writes = 1000000' first.json >little/2026-11-01-a-1.json
jq -c '.cells[].hardware_writes = 1000001' first.json >little/2026-11-02-b-2.json
code "a little" 0 "$vtick" history --db little.db --rebuild little --report html:little.html hardware_writes
ok "it holds together" page_holds little.html
equal "is less than a hundredth of a per cent" "$(in_page 'string(//tr[td[2] = "passthrough"]/td[4])')" "1000000 -> 1000001 (+<0.01 %)"
rm little/*-b-2.json
code "one night" 0 "$vtick" history --db one.db --rebuild little --report html:one.html hardware_writes
ok "it holds together" page_holds one.html
equal "has nothing to be compared with" "$(in_page 'string(//p[contains(@class, "verdict")])')" "One night, 3 series: nothing to compare them with"
finish
