#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Can the gate fail? A regression of each kind is injected; each is caught, with its exit code and its name in the
# first line. What is the same passes, always.
# shellcheck disable=SC2016 # the inner shell expands
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1

# ---- what is the same ----

clean=0
i=0
while [ $i -lt 100 ]; do
	"$vtick" compare base.json base.json >/dev/null 2>&1 && clean=$((clean + 1))
	i=$((i + 1))
done
ok "the same against itself: $clean of 100 pass" [ "$clean" = 100 ]
gives "the same" 0 '^same, gate passed: [0-9]* metrics of 2 cells$' base.json base.json
"$vtick" replay -p passthrough -p virtual -j 1 "$top/traces/corpus/pvh2.vtt" -o again.json >/dev/null
gives "a second replay of the same" 0 '^same, gate passed' base.json again.json
edit '.provenance = {"host": "another", "compiler": "another"}'
gives "another host and compiler" 0 '^same' base.json cand.json
edit '.cells |= reverse'
gives "another order of cells" 0 '^same' base.json cand.json
cp base.json piped.json
gives "from standard input" 0 "^same" base.json - <piped.json

# ---- a number is worse ----

edit '.cells[1] |= irqs(1)'
gives "one timer interrupt more" 1 '^worse, gate failed: pvh2, virtual: timer_interrupts.total [0-9]* -> [0-9]*, +1 ' base.json cand.json
edit '.cells[1].firing_skew_ns.pend.max += 1'
gives "1 ns more skew" 1 'worse.*pvh2, virtual: firing_skew_ns.pend.max' base.json cand.json
edit '.cells[1].ac_timer_list |= (.len_max += 1 | .per_lp[0].len_max = .len_max)'
gives "one list entry more" 1 'worse.*pvh2, virtual: ac_timer_list.len_max 3 -> 4' base.json cand.json
edit '.cells[1] |= become("wakeups"; "on_time"; "lost"; 1)'
gives "a lost wake-up" 1 'worse.*pvh2, virtual: wakeups.lost 0 -> 1' base.json cand.json
edit '.cells[0] |= become("ticks"; "delivered"; "missed"; 1)'
gives "a missed tick" 1 'worse.*pvh2, passthrough: ticks.missed 0 -> 1' base.json cand.json
edit '.cells[1].firing_skew_ns.pend.histogram[-1][0] += 128'
gives "one sample of a histogram moved, no percentile with it" 1 'firing_skew_ns.pend.histogram' base.json cand.json
edit '.cells[1].firing_skew_ns.pend |= (.max = null | .min = null | .p50 = null | .p90 = null | .p99 = null | .p999 = null)'
gives "numbers that are gone" 1 'worse.*firing_skew_ns.pend.* -> none' base.json cand.json
edit '.cells[1] |= (irqs(1) | .hardware_writes -= 1)'
gives "one worse, one better" 1 '^mixed, gate failed: pvh2, virtual: timer_interrupts.total' base.json cand.json
gives "two policies of one result" 1 '^mixed, gate failed: pvh2, passthrough -> virtual: ' \
	--base passthrough --candidate virtual base.json

# ---- better, changed ----

edit '.cells[1].hardware_writes -= 1'
gives "better passes" 0 '^better, gate passed: 1 of [0-9]* metrics in 2 cells differ, first pvh2, virtual: hardware_writes' base.json cand.json
gives "better fails where results are accepted ones" 1 '^better, gate failed' --fail-on change base.json cand.json
edit '.cells[1].digest = "0123456789abcdef"'
gives "another digest" 0 '^changed, gate passed.*digest' base.json cand.json
gives "another digest with --fail-on change" 1 '^changed, gate failed.*digest' --fail-on change base.json cand.json
edit '.cells[1].ac_timer_list.per_lp[1].len_mean_milli += 1'
gives "a number of one LP" 0 '^changed.*ac_timer_list.per_lp\[1\].len_mean_milli' base.json cand.json
edit '.cells[1].per_domain[2].pend_ns.max += 1'
gives "a number of one domain" 0 '^changed.*per_domain\[2\].pend_ns.max' base.json cand.json
edit '.cells[1].ac_timer_list.by_time_ns["7"] = 1000'
gives "a list length" 0 '^changed.*ac_timer_list.by_time_ns' base.json cand.json
edit '.cells[1].causality_breaks += 1'
gives "causality is neutral" 0 '^changed.*causality_breaks' base.json cand.json

# ---- what is missing never passes ----

edit 'del(.cells[1])'
gives "a cell is missing" 2 '^not comparable: trace pvh2, policy virtual:.* is missing in the candidate' base.json cand.json
gives "a new cell" 2 '^not comparable: .*virtual.* is missing in the baseline' cand.json base.json
gives "a new cell, allowed" 0 '^same, gate passed' --allow-new cand.json base.json
ok "... with a warning" grep -q '^warning: .*is new' out.txt
gives "--allow-new does not allow a lost cell" 2 'is missing in the candidate' --allow-new base.json cand.json
edit '.cells = []'
gives "an empty result" 2 'is empty: it holds no cell' base.json cand.json
gives "two empty results" 2 'is empty' cand.json cand.json
edit '.cells[0].trace.sha256 |= ("f" + .[1:])'
gives "another trace" 2 '^not comparable: trace pvh2, policy passthrough:.*another trace: its sha256' base.json cand.json
edit '.cells[0].trace.duration_ns += 1'
gives "the same events, another header" 2 'another trace: its duration_ns differs' base.json cand.json
edit '.cells[0].policy.params.scope = "current"'
gives "another parameter" 2 'scope=nearest.* is missing in the candidate' base.json cand.json
edit '.cells[0].trace.truncated = true'
gives "a trace that is cut off" 2 'the trace is cut off' base.json cand.json
edit '.cells[0] |= {trace, policy, status: "crashed", message: "killed by signal 11 (SIGSEGV) at event 7", event: 7, signal: 11}'
gives "a crash" 2 '^not comparable: candidate: trace pvh2, policy passthrough:.*crashed: killed by signal 11' base.json cand.json
gives "a crash on both sides" 2 'crashed' cand.json cand.json
edit '.cells[0].status = "timeout"'
gives "a timeout" 2 'timeout' base.json cand.json
edit 'del(.cells[1].wakeups.lost)'
gives "a metric is missing" 2 "lacks 'wakeups.lost'" base.json cand.json
edit '.cells[1].observed = null'
gives "an optional metric on one side" 2 'only the baseline has observed' base.json cand.json
edit '.cells[1].observed = null' && mv cand.json none.json
gives "... and on none" 0 '^same' none.json none.json
edit '.cells += [.cells[1]]'
gives "a cell twice" 2 'comes twice' base.json cand.json
gives "a policy that is not there" 2 "no cell of 'nosuch'" --base passthrough --candidate nosuch base.json
gives "a parameter that is not there" 2 "no cell of 'virtual:switch=keep'" --base passthrough --candidate virtual:switch=keep base.json
gives "a file that is not there" 2 'nosuch.json: cannot be opened' base.json nosuch.json

# ---- many files a side ----

gives "several that agree" 0 '^same' --base-files base.json again.json --candidate-files again.json base.json
edit '.cells[1].idle.longest_ns += 1'
gives "several that do not" 2 'candidate is not deterministic: trace pvh2, policy virtual:.*idle.longest_ns differs between' \
	--base-files base.json --candidate-files again.json cand.json
jq 'del(.cells[1])' base.json >first.json
jq 'del(.cells[0])' base.json >second.json
gives "a result in parts" 0 '^same, gate passed: [0-9]* metrics of 2 cells' --base-files first.json second.json --candidate-files base.json
"$vtick" replay -p virtual -p virtual:switch=keep "$top/traces/corpus/pvh2.vtt" -o two.json >/dev/null
gives "a selection that fits twice" 2 "fits more than one cell" --base virtual --candidate virtual:switch=keep two.json
gives "parameters select" 1 'virtual:switch=remove -> virtual:switch=keep' --base virtual:switch=remove --candidate virtual:switch=keep two.json
"$vtick" replay -p virtual:hv-tick=100,slop=10us "$top/traces/corpus/pvh2.vtt" -o host.json >/dev/null
gives "the hypervisor's options as replay takes them" 0 '^same' --base virtual:hv-tick=100,slop=10us --candidate virtual:hv-tick=0.1k host.json

# ---- through a pipe and through make ----

edit '.cells[1] |= irqs(1)'
printf 'gate:\n\t@%s compare base.json cand.json >/dev/null\n' "$vtick" >Makefile
ok "make fails" sh -c '! make -s gate'
printf 'gate:\n\t@%s compare base.json base.json >/dev/null\n' "$vtick" >Makefile
ok "make passes" make -s gate
ok "standard output that cannot be written is trouble" sh -c '"$0" compare base.json base.json >/dev/full; [ $? = 2 ]' "$vtick"

# ---- usage ----

gives "no file" 2 'no file is given' --fail-on change
gives "one file" 2 'one file, expected a baseline and a candidate' base.json
gives "standard input twice" 2 'standard input is given twice, expected once' - -
gives "three files" 2 'more than two files' base.json base.json base.json
gives "half a selection" 2 'go together' --base virtual base.json
gives "an unknown option" 2 "there is no option '--nosuch'" --nosuch base.json base.json
gives "an unknown format" 2 'expected text, mail, markdown, json' --format xml base.json base.json
gives "an unknown --fail-on" 2 'expected regression or change' --fail-on nothing base.json base.json
gives "a stray file" 2 'is of neither side' base.json --base-files base.json --candidate-files base.json
gives "--help" 0 '^usage: vtick compare' --help
gives "--metrics" 0 '^METRIC' --metrics
ok "... lists every metric of the result" sh -c '
	jq -r "[.cells[1] | del(.trace, .policy, .status, .ac_timer_list.by_time_ns) | paths(scalars)
		| map(if type == \"number\" then \"[]\" else . end) | join(\".\") | gsub(\"\\\\.\\\\[\\\\]\"; \"[]\")
		| select(test(\"histogram|domain$\") | not)] | unique[]" base.json >have.txt
	for m in $(cat have.txt); do cut -d" " -f1 out.txt | grep -qxF "$m" || { echo "not listed: $m"; exit 1; }; done'

# Where nobody wrote a timer all policies are the same, which is not to pass for a comparison.
"$vtick" replay -p virtual -p passthrough "$top/traces/corpus/xen-pv-1g.vtt" -o empty.json >/dev/null 2>err.txt
nothing='trace xen-pv-1g: nothing to compare: no guest timer write with a known deadline'
gives "no deadline on either side" 2 "^not comparable: $nothing" empty.json empty.json
"$vtick" compare --golden empty.txt empty.json
gives "... of a golden, too" 2 "^not comparable: $nothing" empty.txt empty.json
ok "... told once" [ "$(grep -c '^trouble: ' out.txt)" = 1 ]
gives "it may be so" 0 '^same' --allow-empty xen-pv-1g empty.json empty.json
gives "... by a pattern" 0 '^same' --allow-empty nosuch --allow-empty 'xen-*' empty.txt empty.json
gives "... of another trace" 2 "$nothing" --allow-empty 'pvh*' empty.json empty.json
jq '.cells[] |= (.trace.name = "pvh2")' empty.json >renamed.json
gives "one side alone is another trace" 2 'another trace' base.json renamed.json
finish
