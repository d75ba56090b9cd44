#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Goldens: made of a result, read in its place on either side; histograms by their hash; what is wrong in one is said
# with its line.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1

ok "made of a result" "$vtick" compare --golden base.txt base.json
ok "the same bytes of a golden" sh -c '"$0" compare --golden - base.txt | cmp - base.txt' "$vtick"
jq '.provenance = {"host": "another"} | .cells[].policy.params |= (to_entries | reverse | from_entries)' base.json >other.json
ok "the same bytes from another machine" sh -c '"$0" compare --golden - other.json | cmp - base.txt' "$vtick"
jq '.cells |= reverse' base.json >reversed.json
ok "the same bytes in another order" sh -c '"$0" compare --golden - reversed.json | cmp - base.txt' "$vtick"
ok "nothing of where it came from" sh -c '! grep -q "$1\|$(hostname)\|provenance\|gcc" base.txt' sh "$work"
gives "one result" 2 '^vtick: compare: --golden takes one result, 2 are given' --golden x.txt base.json base.json

# Every number of the result stands in it, by jq.
jq -r '.cells[1] | del(.trace, .policy, .status, .per_domain, .observed, .timer_interrupts.per_lp, .ac_timer_list.per_lp,
	.ac_timer_list.by_time_ns) | paths(scalars) as $p | " \($p | join(".")) \(getpath($p))"
	| select(test("histogram") | not)' base.json | sort >have.txt
jq -r '.cells[1] | ([.timer_interrupts.per_lp, .ac_timer_list.per_lp] | map(length) | max) as $n |
	(range($n) | " lp \(.)"), (.per_domain[] | " domain \(.domain)")' base.json >lists.txt
sed '1,/^cell virtual/d' base.txt >virtual.txt
ok "every number has its line" sh -c 'grep -v " lp \| domain \|histogram\|by_time_ns\|observed" virtual.txt | sort | cmp - have.txt'
ok "a line for each LP and domain" sh -c 'grep -o "^ lp [0-9]*\|^ domain [0-9]*" virtual.txt | cmp - lists.txt'
ok "with its numbers" grep -q "^ lp 1 .* timer_interrupts.total=$(jq '.cells[1].timer_interrupts.per_lp[1].total' base.json)" virtual.txt

# ---- compared ----

gives "the golden is the result" 0 '^same, gate passed: [0-9]* metrics of 2 cells$' --fail-on change base.txt base.json
gives "on the other side" 0 '^same' --fail-on change base.json base.txt
gives "on both" 0 '^same' --fail-on change base.txt base.txt
gives "from standard input" 0 '^same' - base.json <base.txt
edit '.cells[1] |= irqs(1)'
gives "worse" 1 '^worse, gate failed: pvh2, virtual: timer_interrupts.total [0-9]* -> [0-9]*, +1 ' base.txt cand.json
edit '.cells[1].ac_timer_list.per_lp[1].len_mean_milli += 1'
gives "a number of one LP" 1 '^changed.*ac_timer_list.per_lp\[1\].len_mean_milli' --fail-on change base.txt cand.json
edit '.cells[1].per_domain[2].pend_ns.max += 1'
gives "a number of one domain" 1 '^changed.*per_domain\[2\].pend_ns.max' --fail-on change base.txt cand.json
edit '.cells[1].firing_skew_ns.pend.histogram[-1][0] += 128'
gives "a histogram is changed" 1 '^changed.*pvh2, virtual: firing_skew_ns.pend.histogram [0-9a-f]* -> [0-9a-f]*' --fail-on change base.txt cand.json
gives "and neither better nor worse" 0 '^changed, gate passed' base.txt cand.json
edit '.cells[1].ac_timer_list.by_time_ns["7"] = 1000'
gives "a list length is changed" 1 '^changed.*ac_timer_list.by_time_ns' --fail-on change base.txt cand.json
edit '.cells[1].ac_timer_list.by_time_ns |= (to_entries | reverse | from_entries)'
gives "whatever their order" 0 '^same' --fail-on change base.txt cand.json
edit '.cells[1].digest = "0123456789abcdef"'
gives "the digest" 1 '^changed, gate failed.*digest' --fail-on change base.txt cand.json
edit 'del(.cells[1])'
gives "a cell is missing" 2 'is missing in the candidate' base.txt cand.json
edit '.cells[0].trace.sha256 |= ("f" + .[1:])'
gives "another trace" 2 'another trace: its sha256' base.txt cand.json
edit '.cells[0].trace.duration_ns += 1'
gives "another header" 2 'another trace: its duration_ns differs' base.txt cand.json
jq '.cells[].observed = null' base.json >none.json
"$vtick" compare --golden none.txt none.json
gives "what was not recorded" 0 '^same' --fail-on change none.txt none.json
gives "... on one side" 2 'only the candidate has observed' none.txt base.json
gives "explained all the same" 1 '^mixed' --explain --trace-dir "$top/traces/corpus" --base passthrough --candidate virtual base.txt
ok "... the first tick" grep -q 'deadline' out.txt

# ---- rules ----

echo '{"schema": "vtick.rules/1", "rules": [{"metric": "firing_skew_ns.pend.*", "absolute": 1000}]}' >rules.json
gives "a limit that matches a histogram" 0 '^same' --rules rules.json base.txt base.json
ok "... is warned of" grep -q '^warning: rules.json rules\[0\]: its limit has no effect on histograms' out.txt
gives "... of full results it is none" 0 '^same' --rules rules.json base.json base.json
ok "... and there is no warning" sh -c '! grep -q warning out.txt'
echo '{"schema": "vtick.rules/1", "rules": [{"metric": "*.histogram", "ignore": true}]}' >rules.json
edit '.cells[1].firing_skew_ns.pend.histogram[-1][0] += 128'
gives "ignored" 0 '^same' --fail-on change --rules rules.json base.txt cand.json
ok "... without a warning" sh -c '! grep -q warning out.txt'

# ---- names that try to break out of a line ----

jq '.cells[].trace.name = "a b\nc\\x20=\u00e4" | .cells[0].policy |= (.name = "p q\tr" | .params = {"k =": "v =w\\", "scope": ""})' base.json >evil.json
"$vtick" compare --golden evil.txt evil.json
gives "hostile names" 0 '^same' --fail-on change evil.txt evil.json
ok "... again" sh -c '"$0" compare --golden - evil.txt | cmp - evil.txt' "$vtick"
ok "... each in its word" grep -qF 'cell p\x20q\x09r ok k\x20\x3d=v\x20=w\x5c scope=' evil.txt
ok "... the trace's, too" grep -qxF 'trace a\x20b\x0ac\x5cx20=ä' evil.txt
edit '.cells[0] |= {trace, policy, status: "crashed", message: "killed"}'
"$vtick" compare --golden lost.txt cand.json
gives "a lost cell stays lost" 2 'not comparable: baseline: trace pvh2, policy passthrough.*crashed' lost.txt base.json

# ---- what is none ----

# refused NAME PATTERN SED-EXPRESSION: the golden, edited, on either side; one line with file and line.
refused()
{
	sed "$3" base.txt >bad.txt
	for order in "base.json bad.txt" "bad.txt base.json"; do
		code=0
		# shellcheck disable=SC2086 # two words
		timeout 20 "$vtick" compare $order >out.txt 2>err.txt || code=$?
		if [ "$code" = 2 ] && [ ! -s out.txt ] && [ "$(wc -l <err.txt)" = 1 ] && grep -q "^vtick: bad.txt: $2" err.txt; then
			continue
		fi
		fail "refused: $1" out.txt err.txt
		return
	done
	ok "refused: $1"
}

at=$(grep -n ' timer_interrupts.total' base.txt | head -n 1 | cut -d: -f1)
heading=$(grep -n '^cell' base.txt | head -n 1 | cut -d: -f1)
refused "another form" "line 1: its form is 'vtick.golden/2', expected 'vtick.golden/1'" '1s|/1|/2|'
refused "no minor" "line 1: expected 'vtick.golden/1 minor N'" '1s| .*||'
refused "a minor that is none" "line 1: .*expected an integer" '1s|minor .*|minor x|'
refused "a text for a number" "line $at: .*expected an integer" "${at}s/ [0-9]*$/ x/"
refused "a fraction" "line $at: .*expected an integer" "${at}s/$/.5/"
refused "2^53" "line $at: .*less than 2^53" "${at}s/ [0-9]*$/ 9007199254740992/"
refused "no value" "line $at: a value is missing" "${at}s/ [0-9]*$//"
refused "two values" "line $at: more stands here" "${at}s/$/ 1/"
refused "a blank at the end" "line $at: more stands here" "${at}s/$/ /"
refused "none for a number" "line $at: 'none' stands here" "${at}s/ [0-9]*$/ none/"
refused "a metric twice" "line $((at + 1)): timer_interrupts.total comes twice" "${at}{p;}"
refused "a metric is missing" "line $heading: .*lacks 'timer_interrupts.total'" "${at}d"
refused "an empty line" "line $((at + 1)): '' begins no line" "${at}a\\
"
refused "a line of nothing known" "line $((at + 1)): 'what' begins no line" "${at}awhat"
refused "a space too few" "line $at: 'timer_interrupts.total' begins no line" "${at}s/^ //"
refused "a space too many" "line $at: nothing stands behind the space" "${at}s/^/ /"
refused "a hash that is none" "line [0-9]*: .*expected 16 hex digits" 's/^ idle.histogram .*/ idle.histogram 12/'
refused "a digest that is none" "line [0-9]*: .*expected 16 hex digits" 's/^ digest .*/ digest ABCDEF0123456789/'
refused "a sha256 that is none" "line 3: .*expected 64 hex digits" '3s/.$/x/'
refused "a trace without a header" "line [0-9]*: the trace lacks 'lps'" '/^ lps/d'
refused "a trace without a hash" "line [0-9]*: the trace lacks 'sha256'" '/^ sha256/d'
refused "something else of a trace" "line 3: 'what' is of no trace" '3i\ what 1'
refused "a cell of no trace" "line 2: a cell without a trace" '/^trace/,/^ truncated/d'
refused "a metric of no trace" "line 2: expected 'trace NAME' before this" '2i\ lps 2'
refused "no status" "line $heading: the cell's status is missing" "${heading}s/ ok .*//"
refused "a parameter that is none" "line $heading: 'what' is no parameter" "${heading}s/$/ what/"
refused "an escape that is none" "line 2: no escape" '2s/$/\\n/'
refused "half an escape" "line 2: no escape" '2s/$/\\x2/'
refused "a NUL" "line 2: no escape" '2s/$/\\x00/'
refused "no UTF-8" "line 2: a byte 0xff in a name" "2s/\$/$(printf '\377')/"
refused "an LP is missing" "line $heading: .*has 1 times '.*per_lp" '/^ lp 1/d'
refused "an LP twice" "line $heading: .*comes twice" 's/^ lp 1/ lp 0/'
refused "an LP without a number" "line [0-9]*: the number of the lp is missing" 's/^ lp 1 .*/ lp/'
refused "a negative LP" "line [0-9]*: lp is -1" 's/^ lp 1/ lp -1/'
refused "a number of an LP that is none" "line [0-9]*: .*expected an integer" 's/^\( lp 1 .*total=\)[0-9]*/\1x/'
refused "a word of an LP that is none" "line [0-9]*: expected KEY=VALUE" 's/^\( lp 1\)/\1 what/'
refused "a shape of the trace twice" "line [0-9]*: lps comes twice" "s/^ lps .*/ lps 77\n&/"
refused "the class of the trace twice" "line [0-9]*: class comes twice" "s/^ class .*/&\n&/"
refused "no cell" "is empty: it holds no cell" '/^cell/,$d'

sed "${at}a\\ timer_interrupts.nosuch 7" base.txt >new.txt
gives "a metric that this version does not know" 0 '^same' new.txt base.json
ok "... is warned of" grep -q "^warning: new.txt has numbers that this version does not know.*'timer_interrupts.nosuch' first" out.txt

# Cut off at any byte (here at every 37th): never a pass, always one line.
size=$(wc -c <base.txt) byte=0 cuts=0 good=0
while [ "$byte" -lt "$size" ]; do
	head -c "$byte" base.txt >cut.txt
	code=0
	"$vtick" compare --allow-new cut.txt base.json >out.txt 2>err.txt || code=$?
	cuts=$((cuts + 1))
	# At the end of its first cell it is a golden of one cell, which --allow-new takes.
	if [ "$code" = 2 ] && [ ! -s out.txt ] && [ "$(wc -l <err.txt)" = 1 ]; then
		good=$((good + 1))
	elif [ "$code" = 0 ] && [ "$(tail -c 1 cut.txt | od -An -c | tr -d ' ')" = '\n' ]; then
		good=$((good + 1))
	else
		echo "cut at $byte: $code"
	fi
	byte=$((byte + 37))
done
ok "cut off: $good of $cuts are refused with one line" [ "$good" = "$cuts" ]
finish
