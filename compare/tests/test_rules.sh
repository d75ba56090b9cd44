#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules files: limits, budgets, what is ignored, waivers and their end; what is wrong with a file is said with its place.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1

rules()
{
	printf '{"schema": "vtick.rules/1", %s}\n' "$1" >rules.json
}

# virtual writes the hardware 5565 times: +1 %, +56.
edit '.cells[1].hardware_writes += 56'

# ---- limits ----

rules '"rules": [{"metric": "hardware_*", "percent": 2}]'
gives "within a relative limit" 0 '^worse, gate passed.*rules.json rules\[0\]: 2 %' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_*", "percent": 1}]'
gives "beyond it" 1 '^worse, gate failed: .*rules.json rules\[0\]: 1 %' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "absolute": 56}]'
gives "within an absolute limit" 0 'rules\[0\]: 56' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "absolute": 55}]'
gives "beyond it" 1 'rules\[0\]: 55' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "absolute": 55, "percent": 1.02}]'
gives "within one of two" 0 'gate passed' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "policy": "virtual", "budget": 5621}]'
gives "within the budget" 0 'gate passed' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "policy": "virtual", "budget": 5620, "percent": 50}]'
gives "beyond the budget, whatever the limit" 1 'rules\[0\]: budget 5620' --rules rules.json base.json cand.json
gives "a budget holds though nothing changed" 1 'budget 5620' --rules rules.json cand.json cand.json
rules '"rules": [{"metric": "hardware_writes", "percent": 50}, {"metric": "hardware_*", "trace": "pv*", "percent": 0}]'
gives "the last that matches decides" 1 'rules\[1\]' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "*"}, {"metric": "hardware_writes", "policy": "virtual", "percent": 50}]'
gives "by policy" 0 'rules\[1\]' --rules rules.json base.json cand.json
rules '"rules": [{"policy": "virtual:*switch=remove*", "percent": 50}]'
gives "by a policy's parameters" 0 'rules\[0\]' --rules rules.json base.json cand.json
rules '"rules": [{"policy": "passthrough", "percent": 50}]'
gives "another policy's rule does not matter" 1 'built-in' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "ignore": true, "note": "known"}]'
gives "ignored" 0 '^same, gate passed.*but for what rules ignore' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "hardware_writes", "better": "higher"}]'
gives "another direction" 0 '^better' --rules rules.json base.json cand.json
rules '"rules": [{"metric": "nosuch.*", "ignore": true}]'
gives "a rule that matches nothing" 1 'gate failed' --rules rules.json base.json cand.json
ok "... is warned about" grep -q '^warning: rules.json rules\[0\] matches nothing' out.txt
rules '"rules": [{"metric": "*", "ignore": true}]'
edit 'del(.cells[1])'
gives "nothing missing can be ignored" 2 'is missing' --rules rules.json base.json cand.json

# ---- waivers ----

edit '.cells[1].hardware_writes += 56'
rules '"waivers": [{"metric": "hardware_writes", "until": "2026-12-31", "reason": "clock rework"}]'
gives "waived" 0 '^worse, gate passed: .*until 2026-12-31: clock rework' --today 2026-11-22 --rules rules.json base.json cand.json
gives "on its last day" 0 'gate passed' --today 2026-12-31 --rules rules.json base.json cand.json
gives "a day later" 1 'gate failed' --today 2027-01-01 --rules rules.json base.json cand.json
ok "... with a warning" grep -q 'expired after 2026-12-31 and has no effect' out.txt
rules '"waivers": [{"metric": "hardware_writes", "until": "2026-12-31", "reason": "r", "up_to": 5620}]'
gives "no more than waived" 1 'gate failed' --today 2026-11-22 --rules rules.json base.json cand.json
gives "a waiver that nothing needs" 0 '^same' --today 2026-11-22 --rules rules.json base.json base.json
ok "... is warned about" grep -q 'is not needed' out.txt

# ---- which ----

rules '"rules": [{"metric": "hardware_*", "percent": 1}, {"metric": "hardware_writes", "trace": "pv*", "percent": 2, "note": "why"}],
	"waivers": [{"metric": "*", "until": "2026-12-31", "reason": "r"}]'
gives "--which" 0 '^hardware_writes, exact, trace pvh2, policy virtual' --rules rules.json --which hardware_writes --trace pvh2 --policy virtual
ok "... says what decides" grep -q 'decides  rules.json rules\[1\]: 2 % .*; why' out.txt
ok "... and what is overruled" grep -q 'overruled rules.json rules\[0\]: 1 %' out.txt
gives "... of another trace" 0 '^hardware' --rules rules.json --which hardware_writes --trace mail --policy virtual
ok "... decides the other" grep -q 'decides  rules.json rules\[0\]' out.txt
gives "... without a trace" 0 'trace any' --rules rules.json --which hardware_writes
ok "... says where" grep -q "decides  rules.json rules\[1\].*where the trace matches 'pv\*'" out.txt
gives "... of a noisy metric" 0 'wall_ns, noisy' --which wall_ns
gives "... of no metric" 2 "there is no metric 'nosuch'" --which nosuch

# ---- files that are wrong ----

bad()
{
	rules "$3"
	gives "$1" 2 "rules.json: .*$2" --rules rules.json base.json base.json
	ok "... says nothing else" [ ! -s out.txt ]
}
bad "an unknown key" "rules\[1\]: unknown key 'treshold'" '"rules": [{}, {"treshold": 1}]'
bad "an unknown key at the top" "unknown key 'rule'" '"rule": []'
bad "a negative limit" "rules\[0\]: 'percent' is wrong, expected a number of 0 or more" '"rules": [{"percent": -1}]'
bad "a limit that is a text" "'absolute' is wrong, expected an integer" '"rules": [{"absolute": "1"}]'
bad "an unknown direction" "'better' is wrong, expected lower" '"rules": [{"better": "up"}]'
bad "a limit of what is ignored" "ignores and limits" '"rules": [{"ignore": true, "percent": 1}]'
bad "a rule that is no object" "rules\[0\] is no object" '"rules": [1]'
bad "a list that is none" "'rules' is wrong" '"rules": {}'
bad "a waiver without reason" "waivers\[0\]: has no reason" '"waivers": [{"until": "2026-12-31"}]'
bad "a waiver without end" "waivers\[0\]: has no end" '"waivers": [{"reason": "r"}]'
bad "a day that there is not" "'until' is wrong, expected a day" '"waivers": [{"reason": "r", "until": "2026-02-30"}]'
bad "a key twice" "offset [0-9]*: line 1: duplicate object key" '"rules": [], "rules": []'
bad "no JSON" "offset [0-9]*: line 1" '"rules": [}'
bad "an alpha out of range" "'alpha' is wrong" '"alpha": 1'
echo '{"schema": "vtick.rules/2"}' >rules.json
gives "another schema" 2 "its schema is 'vtick.rules/2', expected 'vtick.rules/1'" --rules rules.json base.json base.json
gives "no such file" 2 'nosuch.json: cannot be opened' --rules nosuch.json base.json base.json
gives "a day that is none" 2 'expected YYYY-MM-DD' --today 2026-13-01 base.json base.json

# The page's own example is a rules file.
ok "the example of RULES-FILE.md loads" sh -c '
	sed -n "/^\`\`\`json/,/^\`\`\`/p" "$0/compare/RULES-FILE.md" | grep -v "^\`\`\`" >page.json && jq -e .rules page.json &&
	"$1" compare --rules page.json --which hardware_writes' "$top" "$vtick"
finish
