#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every format, read by a program that is not ours, with names that try to break out of it.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1
need xmllint cmark-gfm csvtool

# A policy whose name is hostile to XML, Markdown, CSV, workflow commands and terminals.
hostile='a"b<c>&d|e`f]]>%0A::error::,\u001b[31m\n*g*_h_<script>\u00e4'
jq --argjson name "\"$(printf '%s' "$hostile" | sed 's/"/\\"/g')\"" '.cells[0].policy.name = $name' base.json >evil.json
jq '.cells[] |= (.exits.arm += 1 | .hardware_writes -= 1 | .firing_skew_ns.pend.max = null)' evil.json >worse.json

run()
{
	code=0
	"$vtick" compare "$@" >out.txt 2>err.txt || code=$?
}

# ---- json, by jq ----

run --format json evil.json worse.json
ok "json: exit 1" [ "$code" = 1 ]
ok "json: says so itself" jq -e '.schema == "vtick.compare/1" and .exit == 1 and .gate == "failed" and .verdict == "mixed" and .failed == 4' out.txt
ok "json: the metric" jq -e '[.cells[].metrics[] | select(.metric == "exits.arm" and .gate == "failed" and .candidate == .baseline + 1
	and .better == "lower" and .class == "exact" and (.rule | startswith("built-in")))] | length == 2' out.txt
ok "json: the name unharmed" jq -e --slurpfile e evil.json '[.cells[].policy] | index($e[0].cells[0].policy.name) != null' out.txt
ok "json: both provenances" jq -e '[.baseline, .candidate | .files[0].provenance | has("compiler") and has("host") and has("plugins")] | all' out.txt
run --format json --all base.json base.json
ok "json: --all has every metric" jq -e '.compared == ([.cells[].metrics | length] | add) and .verdict == "same"' out.txt
LC_ALL=de_DE.UTF-8 run --format json base.json base.json
ok "json: whatever the locale" jq -e '.alpha == 0.01' out.txt
jq 'del(.cells[1])' base.json >less.json
run --format json base.json less.json
ok "json: trouble" jq -e '.exit == 2 and .gate == "trouble" and .verdict == "not comparable" and (.troubles | length == 1)' out.txt
ok "json: and a line on stderr" grep -q '^vtick: compare: not comparable: .*is missing in the candidate' err.txt

# ---- junit, by xmllint ----

xpath()
{
	xmllint --xpath "$1" out.txt
}
run --format junit evil.json worse.json
ok "junit: well-formed" xmllint --noout out.txt
ok "junit: two cells fail" [ "$(xpath 'count(//testcase/failure)')" = 2 ]
ok "junit: and are counted" [ "$(xpath 'string(/testsuites/@failures)')" = 2 ]
ok "junit: all cases have names" [ "$(xpath 'count(//testcase[@name and @classname])')" = "$(xpath 'string(/testsuites/@tests)')" ]
ok "junit: the hostile name" [ "$(xpath 'count(//testcase[contains(@name, "b<c>&d|e`f]]>%0A")])')" = 1 ]
ok "junit: the metric" sh -c 'xmllint --xpath "string(//failure)" out.txt | grep -q "exits.arm: [0-9]* -> [0-9]*"'
run --format junit base.json less.json
ok "junit: trouble is an error" [ "$(xpath 'count(//testcase/error)')" = 1 ]
run --format junit base.json base.json
ok "junit: nothing fails" [ "$(xpath 'count(//failure) + count(//error)')" = 0 ]

# ---- markdown, by cmark-gfm ----

run --format markdown evil.json worse.json
cmark-gfm -e table --unsafe out.txt >out.html
ok "markdown: two tables" [ "$(grep -c '<table>' out.html)" = 2 ]
ok "markdown: no entities" sh -c '! grep -q "&#\|&[lg]t;\|&amp;" out.txt'
ok "markdown: every row has as many cells as the head" sh -c '
	sed -n "/<table>/,/<\/table>/p" out.html | awk "/<tr>/ { n = 0 } /<t[hd]/ { n++ } /<table>/ { w = 0 } /<\/tr>/ { if (w && n != w) exit 1; w = n }"'
ok "markdown: no HTML, no emphasis of the name" sh -c '! grep -q "<script>\|<em>\|<code>" out.html'
ok "markdown: the name unharmed" grep -q 'a&quot;b&lt;c&gt;&amp;d|e`f\]\]&gt;%0A::error::' out.html
ok "markdown: the verdict first" sh -c 'head -n 1 out.html | grep -q "<h3>vtick: mixed, gate failed"'
jq '. as $d | .cells = [range(300) as $i | $d.cells[1] | .trace.name = "trace-\($i)" | .firing_skew_ns |= map_values(.histogram = [[0, .count]]) | .idle.histogram = []]' base.json >many.json
jq '.cells[] |= (.exits.arm += 1 | .hardware_writes += 1 | .guest_clock_error_ns += 1)' many.json >many-worse.json
run --format markdown --rows 0 --each --full full.md many.json many-worse.json
ok "markdown: a comment of at most 65536 characters" [ "$(wc -c <out.txt)" -le 65536 ]
ok "markdown: says how many are left out" grep -q '^and [0-9]* more$' out.txt
ok "markdown: losses come first" sh -c 'grep -m 1 "fails" out.txt | grep -q guest_clock_error_ns'
ok "markdown: --full has them all" [ "$(grep -c '^| \*\*fails\*\* | trace-' full.md)" = 900 ]

# ---- github ----

run --format github --on-fail 'accept with: accept.sh' evil.json worse.json
ok "github: nothing but workflow commands" sh -c '! grep -v "^::\(error\|warning\|notice\) title=[^:,]*::[^[:cntrl:]]*$" out.txt'
ok "github: the verdict first" sh -c 'head -n 1 out.txt | grep -q "^::error title=vtick%3A gate failed::mixed, gate failed"'
ok "github: percent signs are escaped" grep -q '%250A%3A%3Aerror' out.txt
ok "github: what to do" grep -q '^::notice .*accept with' out.txt
run --format github many.json many-worse.json
ok "github: at most ten errors" [ "$(grep -c '^::error' out.txt)" -le 10 ]
ok "github: and how many more" grep -q '^::error.*and 891 more' out.txt
run --format github base.json base.json
ok "github: a pass is a notice" sh -c 'head -n 1 out.txt | grep -q "^::notice"'

# ---- csv, by csvtool ----

run --format csv evil.json worse.json
ok "csv: every line has 15 fields" [ "$(csvtool width out.txt)" = 15 ] 
ok "csv: rectangular" [ "$(csvtool -u TAB cat out.txt | awk -F '\t' '{ print NF }' | sort -u)" = 15 ]
ok "csv: the metric" sh -c 'csvtool namedcol metric,verdict,gate out.txt | grep -qx "exits.arm,worse,failed"'
ok "csv: the name" sh -c 'csvtool col 2 out.txt | grep -q "a\"\"b<c>"'
run --format csv base.json less.json
ok "csv: trouble" sh -c 'csvtool namedcol verdict,rule out.txt | grep -q "not comparable,.*missing"'

# ---- text ----

run evil.json worse.json
ok "text: no control characters" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" out.txt'
ok "text: no colour in a pipe" sh -c '! grep -q "$(printf "\033")" out.txt'
run --rows 2 evil.json worse.json
ok "text: cut after two lines" [ "$(grep -c '^[-+~!] ' out.txt)" = 3 ] # and the marks
ok "text: cut" grep -q '^and [0-9]* more, --rows 0 shows all$' out.txt
if command -v script >/dev/null; then
	env -u NO_COLOR TERM=xterm script -qec "$vtick compare evil.json worse.json" /dev/null >tty.txt
	ok "text: colour on a terminal" grep -q "$(printf '\033\[31m')" tty.txt
	NO_COLOR=1 TERM=xterm script -qec "$vtick compare evil.json worse.json" /dev/null >tty.txt
	ok "text: NO_COLOR" sh -c '! grep -q "$(printf "\033")" tty.txt'
fi

# ---- mail ----

for input in "evil.json worse.json" "many.json many-worse.json" "base.json less.json"; do
	# shellcheck disable=SC2086 # two words
	run --format mail --rows 0 --on-fail "ci/accept.sh --reason WHY and a longer line than a mail may have, which is broken" $input
	ok "mail: $input: no line over 79 characters" sh -c '! grep -q "^.\{80\}" out.txt'
done
run --format mail evil.json worse.json
ok "mail: no control characters" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" out.txt'
ok "mail: it is the text" sh -c '"$0" compare evil.json worse.json | tr -s " \n" "  " >flat.txt; tr -s " \n" "  " <out.txt | cmp - flat.txt' "$vtick"

# ---- files ----

run -o json:r.json -o junit:r.xml -o csv:r.csv -o github:r.txt -o markdown:r.md evil.json worse.json
ok "-o: all at once" sh -c 'jq -e .failed r.json && xmllint --noout r.xml && [ -s r.csv ] && [ -s r.txt ] && [ -s r.md ]'
ok "-o: beside the text" sh -c 'head -n 1 out.txt | grep -q "^mixed, gate failed"'
run -o json:nosuch/r.json evil.json worse.json
ok "-o: a folder that is not there is trouble" [ "$code" = 2 ]
echo old >kept.json
run -o json:kept.json nosuch.json worse.json
ok "-o: trouble leaves the old file" [ "$(cat kept.json)" = old ]
ok "-o: no temporary is left" sh -c '! ls | grep -q tmp'
finish
