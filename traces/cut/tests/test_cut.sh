#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command `vtick cut`: how a cut begins and ends, what its header says, what it takes for a VM, and
# that every cut of the corpus is legal and replays as the whole does there.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

# text NAME: a trace of the lines on stdin
text()
{
	"$vtick" import text -o "$1" || fail "import of $1"
}

# events FILE: a line each, without what every line has
events()
{
	"$vtick" dump --json "$1" | jq -c 'select(.event) | del(.index, .time_ns, .lp_of, .past)'
}

# cuts NAME EXPECTED-LINES ARGUMENT...: the cut of t.vtt holds them, and is sound
cuts()
{
	title=$1 expected=$2
	shift 2
	if "$vtick" cut t.vtt -o c.vtt "$@" 2>err.txt && "$vtick" check -q c.vtt; then
		equal "$title" "$("$vtick" dump c.vtt | awk 'NR > 1 { $1 = $2 = ""; print }' | tr -s ' ' |
			sed 's/^ //; s/ [0-9]*:/ /g' | paste -s -d ';')" "$expected"
	else
		fail "$title" err.txt
	fi
}

# What nobody knows in a header is kept, and told.
text t.vtt <<'E2'
{"clock_hz":1000000000,"lps":2,"end":10000,"class":"nested","vps":[{"domain":7,"vcpu":0,"name":"web/1v0"},{"domain":7,"vcpu":1,"name":"web/1v1"},{"domain":9,"vcpu":0,"name":"dbv0"}],"source":{"hypervisor":"KVM","command":"secret","capture":"secret.dat"},"host_model":{"tick_hz":1000000,"tick_phase_ns":300,"scheduler":"cfs"},"mine":"secret","notes":["secret"],"seeds":[{"vp":"web/1v0"},{"vp":"dbv0"}],"guest_tsc":[{"vp":0,"x":1},{"vp":2,"x":2}]}
{"time":0,"event":"sched_in","vp":0,"lp":0,"slice":1500}
{"time":10,"event":"arm","vp":0,"dev":"lapic","deadline":2000,"period":700}
{"time":20,"event":"mask","vp":0,"masked":true,"vector":33}
{"time":100,"event":"sched_in","vp":2,"lp":1}
{"time":110,"event":"counter","vp":2,"value":100000}
{"time":120,"event":"arm","vp":2,"dev":"tsc-deadline","deadline":105000,"period":0}
{"time":130,"event":"entry","vp":2,"reason":4}
{"time":200,"event":"ipi","vp":0,"to":2}
{"time":900,"event":"lost","lp":1,"until":1700,"count":3}
{"time":1000,"event":"sched_out","vp":0,"reason":"wait"}
{"time":1100,"event":"obs_prog","lp":0,"deadline":1200}
{"time":1200,"event":"sched_in","vp":1,"lp":0}
{"time":1210,"event":"arm","vp":1,"dev":"tsc-deadline","deadline":3000,"period":0}
{"time":1220,"event":"sched_out","vp":1,"reason":"block"}
{"time":3000,"event":"wake","vp":1,"lp":1}
{"time":3100,"event":"ipi","vp":2,"to":0}
{"time":4000,"event":"sched_out","vp":2,"reason":"block"}
{"time":5000,"event":"sched_in","vp":0,"lp":1}
{"time":5100,"event":"arm","vp":0,"dev":"lapic","deadline":400,"period":1000}
{"time":9000,"event":"lost","lp":0,"until":9900,"count":1}
E2

cuts "nothing is asked for: the whole trace" "$("$vtick" dump t.vtt | awk 'NR > 1 { $1 = $2 = ""; print }' | tr -s ' ' |
	sed 's/^ //; s/ [0-9]*:/ /g' | paste -s -d ';')"
equal "... by its hash and its header" "$("$vtick" dump --json c.vtt | head -n 1)" "$("$vtick" dump --json t.vtt | head -n 1)"

# 1500: VP 0 waits with a mask, VP 1 is blocked, VP 2 runs in guest mode with a counter of its own.
cuts "how a cut begins" "0 1 - lost until 200 (+200 ns) count 3;\
0 0 web/1v0 seed lapic deadline 500 (+500 ns) period 700 ns;\
0 0 web/1v1 seed tsc-deadline deadline 1500 (+1500 ns);\
0 - dbv0 counter value 101390 (+101390 ns);\
0 1 dbv0 seed tsc-deadline deadline 105000 (+3610 ns);\
0 0 web/1v0 sched_in;0 0 web/1v0 mask masked vector 33;0 0 web/1v0 sched_out wait;\
0 1 dbv0 sched_in;0 1 dbv0 entry reason 4;\
1500 1 web/1v1 wake;1600 1 dbv0 ipi to web/1v0;2500 1 dbv0 sched_out block;\
3500 1 web/1v0 sched_in;3600 1 web/1v0 arm lapic deadline 900 (-2700 ns, past) period 1000 ns;\
7500 0 - lost until 8400 (+900 ns) count 1" --from 1500ns
equal "... what is left of it" "$("$vtick" dump --json c.vtt | head -n 1 | jq -c '[.end, .host_model.tick_phase_ns, (.vps | length)]')" "[8500,800,3]"
cuts "a window, of one VM by a pattern; a run of a period is over where the next begins" "\
0 1 - lost until 200 (+200 ns) count 3;\
0 0 web/1v0 seed lapic deadline 500 (+500 ns) period 700 ns;\
0 0 web/1v1 seed tsc-deadline deadline 1500 (+1500 ns);\
0 0 web/1v0 sched_in;0 0 web/1v0 mask masked vector 33;0 0 web/1v0 sched_out wait;\
0 0 web/1v1 sched_in;0 0 web/1v1 sched_out block" --from 1500ns --to 2900ns --vm 'web*'
equal "... VPs are numbered anew, also in the header" "$("$vtick" dump --json c.vtt | head -n 1 |
	jq -c '[[.vps[].name], .guest_tsc, .seeds, .source.cuts[0].of, .source.cuts[0].vps, .source.cuts[0].of_vps]')" \
	'[["web/1v0","web/1v1"],[{"vp":0,"x":1}],[{"vp":"web/1v0"}],"t.vtt",2,3]'
"$vtick" cut t.vtt --from 300ns --to 950ns -o c.vtt
equal "a slice has what is left, a gap ends with the cut" "$(events c.vtt | jq -c 'select(.event == "sched_in" or .event == "lost") | [.event, .slice, .until]' | paste -s)" \
	'["sched_in",1200,null]	["sched_in",0,null]	["lost",null,650]'

# Who is meant.
for vm in web/1 7 web/1v0,web/1v1 'w?b*' '*1v0,web/1v1' 7,web/1; do
	"$vtick" cut t.vtt --vm "$vm" -o c.vtt && equal "--vm $vm" "$("$vtick" info --json c.vtt | jq .vps)" 2
done
"$vtick" cut t.vtt --vm db --vm web/1v1 -o c.vtt
equal "--vm twice, and one VP" "$("$vtick" dump --json c.vtt | head -n 1 | jq -c '[.vps[].name]')" '["web/1v1","dbv0"]'
fails "a VM that is not there" "t.vtt: there is no VM 'wbe/1', did you mean 'web/1'?" "$vtick" cut t.vtt --vm wbe/1 -o no.vtt
fails "... without one that is near" "there is no VM '12', expected the name" "$vtick" cut t.vtt --vm 12 -o no.vtt
fails "... an empty word" "there is no VM ''" "$vtick" cut t.vtt --vm db, -o no.vtt

# Times.
fails "from behind to" "cut: --from is after --to" "$vtick" cut t.vtt --from 2 --to 1 -o no.vtt
fails "from behind the end" "t.vtt: --from is behind the end of the trace, which is 10000 ns long" "$vtick" cut t.vtt --from 1 -o no.vtt
printf '{"clock_hz":1000,"end":3000,"vps":[]}\n' | text slow.vtt
fails "no tick of a slow clock" "no tick of its clock" "$vtick" cut slow.vtt --from 1.5ms --to 1.6ms -o no.vtt
"$vtick" cut slow.vtt --from 1 --to 2.0005 -o c.vtt
equal "a bare number is seconds" "$("$vtick" info --json c.vtt | jq .duration_ns)" 1000000000

# Names.
"$vtick" cut t.vtt --from 1500ns --anonymous -o c.vtt
equal "without names" "$("$vtick" dump --json c.vtt | head -n 1 | jq -c 'del(.events_sha256, .notes, .types)')" \
	'{"class":"nested","clock_hz":1000000000,"end":8500,"host_model":{"scheduler":"cfs","tick_hz":1000000,"tick_phase_ns":800},"lps":2,"source":{"hypervisor":"KVM"},"vps":[{"domain":1,"name":"vm1v0","vcpu":0},{"domain":1,"name":"vm1v1","vcpu":1},{"domain":2,"name":"vm2v0","vcpu":0}]}'
ok "... none is in any byte of the file" sh -c '! grep -a -q -e secret -e web -e "db" -e t.vtt c.vtt'
"$vtick" cut t.vtt --anonymous -o c.vtt
ok "... of the whole trace neither" sh -c '! grep -a -q -e secret -e web -e "db" -e t.vtt c.vtt'
equal "... whose events are the same" "$(events c.vtt)" "$(events t.vtt)"
code "... it is sound" 0 "$vtick" check c.vtt

# Files.
"$vtick" cut t.vtt --from 1500ns -o c.vtt
"$vtick" cut t.vtt --from 1500ns -o - | cmp - c.vtt
ok "standard output" [ $? = 0 ]
cp t.vtt same.vtt
ln -s same.vtt link.vtt
fails "over the trace itself" "same.vtt" "$vtick" cut link.vtt -o same.vtt
ok "... which stays" cmp same.vtt t.vtt
fails "standard input" "a trace is read from its end, too" "$vtick" cut - -o c.vtt
fails "no output" "FILE.vtt is missing" "$vtick" cut t.vtt
"$vtick" gen --domains 6 --vcpus 2 --lps 3 --tick 1000 --moves 20 --duration 40 -o whole.vtt
head -c $(($(wc -c <whole.vtt) * 2 / 3)) whole.vtt >short.vtt
code "a trace that is cut off: a warning" 0 "$vtick" cut short.vtt --from 1 -o c.vtt
has "... says so" "short.vtt: warning: the trace is cut off" err.txt
equal "... and so does the cut" "$("$vtick" info --json c.vtt | jq .truncated)" true
"$vtick" cut short.vtt --from 1 --to 2 -o c.vtt 2>/dev/null
equal "... if it goes as far" "$("$vtick" info --json c.vtt | jq .truncated)" false
printf 'X' | dd of=whole.vtt bs=1 seek=9000 conv=notrunc 2>/dev/null
fails "a damaged one" "whole.vtt: offset" "$vtick" cut whole.vtt -o no.vtt
ok "nothing was written where a cut failed" [ ! -e no.vtt ]

# The corpus.
for trace in "$top"/traces/corpus/*.vtt; do
	name=$(basename "$trace" .vtt)
	end=$("$vtick" info --json "$trace" | jq .duration_ns)
	"$vtick" cut "$trace" --from $((end / 3))ns --to $((end / 3 + end / 10))ns -o c.vtt || fail "a cut of $name"
	"$vtick" check -q c.vtt || echo "$name" >>broken
done
ok "cuts of the corpus are sound" [ ! -e broken ]

finish
