#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick late: what it says adds up, is what a replay says too, and names what is not there.
# shellcheck disable=SC2016,SC2317 # awk programs have $; functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
here=$top/replay/late/tests corpus=$top/traces/corpus
cd "$work" || exit 1

late() # [ARGUMENT]...: the document into out.json
{
	"$vtick" late --json "$@" >out.json 2>err.txt
}
nothing_wrong()
{
	jq -r -f "$here/adds_up.jq" out.json >wrong.txt && [ ! -s wrong.txt ]
}
is() # FILTER VALUE: of out.json
{
	[ "$(jq -c "$1" out.json)" = "$2" ]
}

for trace in kvm-live-mixed-2x3 kvm-2x2-core kvm-tmict-1 pvhlinux-credit2-2p-all x16x4b-credit2-2p-all pvh8-credit2-2p-life made-moves; do
	ok "$trace: exit 0" late -p virtual -p xen-vpt "$corpus/$trace.vtt"
	ok "$trace: it adds up" nothing_wrong
done

# The same replay by `replay`: its ticks, and its delivery skew to the last bucket.
agrees() # POLICY TRACE [OPTION]...
{
	policy=$1 of=$corpus/$2.vtt
	shift 2
	late --histogram -p "$policy" "$@" "$of" && "$vtick" replay -p "$policy" "$@" "$of" >replay.json 2>err.txt || return 1
	jq -S '.views[] | select(.source == "replay") | [.ticks.delivered, .ticks.coalesced, .ticks.missed, .ticks.pending_at_end], .lateness_ns' out.json >late.txt
	jq -S '.cells[0] | [.ticks.delivered, .ticks.coalesced, .ticks.missed, .ticks.pending_at_end], .firing_skew_ns.delivery' replay.json >replay.txt
	cmp late.txt replay.txt
}
for trace in kvm-live-2x2 hvm3-credit2-2p-core; do
	for policy in kvm-hrtimer virtual passthrough; do
		ok "$trace, $policy: as replay has it" agrees $policy $trace
	done
done
# With costs work on one LP ends after what is written of another: ticks are not written in their order.
"$vtick" info --costs "$corpus/kvm-4x2-all.vtt" >host.costs 2>err.txt
for policy in kvm-hrtimer kvm-preemption-timer passthrough-2021; do
	ok "$policy with costs: as replay has it" agrees $policy kvm-4x2-all --costs host.costs
	ok "... it adds up" nothing_wrong
done
"$vtick" export --format csv -p kvm-hrtimer --costs host.costs "$corpus/kvm-4x2-all.vtt" >rows.csv 2>err.txt
"$vtick" gen --domains 32 --vcpus 4 --lps 32 --duration 3 --device tsc-deadline -o many.vtt
jq ".figures |= {per_expiry_ns, base_ns} | .figures[].ns = 1000000" host.costs >long.costs
ok "work that is done behind the end: no trouble" late -p kvm-hrtimer --costs long.costs many.vtt
ok "... the guest has not had it" [ "$(jq ".views[0].ticks | .delivered + .pending_at_end" out.json)" = \
	"$("$vtick" replay -p kvm-hrtimer --costs long.costs many.vtt 2>err.txt | jq ".cells[0].ticks | .delivered + .pending_at_end")" ]
ok "... its rows are in order" awk -F, '$1 ~ /^"?kvm-hrtimer/ && $4 == "delivered" { n++; if ($8 < at) exit bad = 1; at = $8 } END { exit bad || n < 6000 }' rows.csv

# Every injection of a KVM recording is one of these, and most expiries.
kvm=$corpus/kvm-live-mixed-2x3.vtt
late "$kvm"
ok "a recording: each injection is accounted for" [ "$(jq '.views[0] | .ticks.delivered + .ticks.no_expiry + .no_deadline.injections' out.json)" = \
	"$("$vtick" info --json "$kvm" | jq .events.obs_pend)" ]
ok "no replay beside it" is '[.views[] | .source, .stands_in]' '["recording",false]'
ok "a Xen: xen-vpt stands in" late "$corpus/x16x4b-credit2-2p-all.vtt"
ok "... and says so" is '[.views[] | .policy.name, .stands_in]' '["xen-vpt",true]'
"$vtick" late "$corpus/x16x4b-credit2-2p-all.vtt" >text.txt 2>&1
ok "... to people, too" grep -q 'xen-vpt, which stands in' text.txt
late "$corpus/x16x4b-credit2-2p-all.vtt"
ok "VMs without a tick are named alone" is '.views[0].silent' '["d0","d18"]'
ok "the spinner is what others wait behind" grep -Eq '^ *d14 .*behind|^ *d14 +[0-9.m]+s +d18 ' text.txt
ok "PV timers that were recorded stand beside it" late "$corpus/pvhlinux-credit2-2p-all.vtt"
ok "... behind" is '[.views[].source]' '["replay","recording"]'

# Nothing recorded.
"$vtick" gen --domains 2 --vcpus 1 --lps 1 --duration 100ms -o gen.vtt
ok "no expiries: exit 0" late gen.vtt
ok "... a line" grep -q 'gen.vtt: nothing was recorded of expiries' err.txt
ok "... no view" is .views '[]'
ok "... but of a policy" late -p virtual gen.vtt
ok "... there is one" is '.views | length' 1
"$vtick" late -p virtual gen.vtt >text.txt 2>err.txt
ok "... people hear where a stopped timer has its waits" grep -q 'for an LP under HOST' text.txt

# What is of replays alone does not go unheard without one.
late --costs none "$kvm"
ok "--costs without a replay: a line" grep -q "mixed-2x3.vtt: --costs and --away are of replays" err.txt
late "$kvm"
ok "... else none" [ ! -s err.txt ]

# Choices.
ok "spans part the ticks" late --to 0.8 "$kvm"
some=$(jq -c '[.views[0].ticks[]]' out.json)
late --from 0.800000001 "$kvm"
rest=$(jq -c '[.views[0].ticks[]]' out.json)
late "$kvm"
ok "... and miss none" is '[.views[0].ticks[]]' "$(jq -nc "[$some, $rest] | transpose | map(add)")"
ok "a VM by name" late --vm record-load-12451/2 "$kvm"
ok "... alone" is '[.views[].vms[].name]' '["record-load-12451/2"]'
ok "... adds up" nothing_wrong
ok "by a VP's name: the whole VM" late --vm record-load-12451v1 "$kvm"
ok "... all three VPs" is '.views[0].vms | map(.vps | length)' '[3]'
ok "as many as wanted" late -n 3 "$kvm"
ok "... three" is '.views[0].worst | length' 3
ok "... or none" late -n 0 "$kvm"
ok "... none" is '.views[0].worst' '[]'
"$vtick" late --histogram -n 1 "$kvm" >text.txt
ok "a histogram" grep -q 'Ticks by lateness' text.txt
ok "names, the latest VM first" [ "$(awk '$1 ~ /^record-load/ { print $1; exit }' text.txt)" = record-load-12451 ]
ok "parts in us add up in the text" awk '$2 ~ /^record-load/ && $4 ~ /[.]/ { n++; if (($5 + $6 + $7 - $4) ^ 2 > 0.000001) bad++ }
	END { exit !(n && !bad) }' text.txt
fails "a VM that is not there" "kvm-live-mixed-2x3.vtt: there is no VM 'nobody'" "$vtick" late --vm nobody "$kvm"
fails "behind the end" 'is after the end' "$vtick" late --from 10 "$kvm"
fails "--from after --to" '--from is after --to' "$vtick" late --from 2 --to 1 "$kvm"
fails "no such policy" 'no such policy' "$vtick" late -p nobody "$kvm"
fails "no such file" 'nosuch.vtt' "$vtick" late nosuch.vtt
cat >crash.c <<'END'
#include "policy.h"
static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a) { __builtin_trap(); }
const struct vtick_policy vtick_policy = { VTICK_POLICY_HEAD, .name = "crash", .arm = arm };
END
fails "a policy that crashes" 'policy crash: crashed' "$vtick" late -p ./crash.c "$kvm"

has_keys()
{
	sed -n '/^<!-- keys/,/^<!-- .keys/p' "$top/replay/LATE.md" | grep -o '`[a-zA-Z0-9_.]*\(\[\][a-zA-Z0-9_.]*\)*`' | tr -d '`' | sort >page.txt
	while read -r key; do
		grep -qxF "$key" page.txt || { echo "$key is not in LATE.md" >&2; return 1; }
	done <keys.txt
	# And what the page names is there: TALLY and SAMPLE stand for what they hold, lists for their elements.
	grep -v "TALLY$\\|SAMPLE$\\|\\[\\]$\\|policy$\\|^trace$\\|histogram$\\|^TALLY.largest$\\|no_deadline$\\|^vtick\\|^recording$\\|^replay$\\|^views$\\|^host$\\|^lp$" page.txt >wanted.txt
	while read -r key; do
		grep -qxF "$key" keys.txt || { echo "$key of LATE.md is not in the document" >&2; return 1; }
	done <wanted.txt
}

# A file that is cut off, and text that would drive a terminal.
head -c 60000 "$kvm" >cut.vtt
ok "a file that is cut off: exit 0" late cut.vtt
ok "... says so" grep -q 'cut off' err.txt
ok "... adds up" nothing_wrong
"$vtick" dump --json "$kvm" | sed '1s/record-load-12451v0/\\u001b[31mredv0/; 1s/record-load-12451v1/\\u001b[31mredv1/' |
	"$vtick" import text -o evil.vtt 2>err.txt
"$vtick" late -n 100 --histogram -p virtual evil.vtt >text.txt 2>&1
ok "names drive no terminal" [ "$(tr -d '\n\t -~' <text.txt | wc -c)" = 0 ]
ok "but are told" grep -q 'redv0' text.txt

# What info and dump say of it.
equal "info: the same figures" "$("$vtick" info --json "$kvm" | jq -c '.lateness | [.ticks, .p99_ns, .max_ns, .max_name, .host_ns, .wait_ns, .inject_ns]')" \
	"$("$vtick" late --json "$kvm" | jq -c '.views[0] | [.ticks.delivered, .lateness_ns.p99, .lateness_ns.max, .largest.name, .parts_ns.host, .parts_ns.wait, .parts_ns.inject]')"
"$vtick" info "$kvm" >text.txt
ok "... in a line" grep -q '^  lateness    of 8629 recorded ticks p50 .* of record-load-12451/2v2' text.txt
equal "info of what nobody recorded" "$("$vtick" info --json gen.vtt | jq .lateness)" null
"$vtick" dump --json --late "$kvm" >dump.json
equal "dump --late: the same ticks" "$(jq -s -c '[.[] | select(.late_ns)] | [length, (map(.late_ns) | max, add), (map(.host_ns + .wait_ns + .inject_ns) | add)]' dump.json)" \
	"$("$vtick" late --json "$kvm" | jq -c '.views[0].lateness_ns | [.count, .max, .sum, .sum]')"
"$vtick" import text -o back.vtt <dump.json 2>err.txt
equal "... which import text takes back" "$("$vtick" info --json back.vtt | jq .sha256)" "$("$vtick" info --json "$kvm" | jq .sha256)"
"$vtick" dump --late "$kvm" >text.txt
equal "... and in words" "$(grep -c '  late [0-9]* ns: host -*[0-9]*, wait [0-9]*, inject [0-9]*$' text.txt)" 8629
fails "--late with --quick" '--late needs what lies before' "$vtick" dump --late --quick "$kvm"

# Every key of the document stands in LATE.md, and no other.
late -p virtual "$corpus/kvm-live-2x2.vtt"
jq -r -f "$here/keys.jq" out.json >keys.txt
ok "the keys of LATE.md" has_keys
finish
