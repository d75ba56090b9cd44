#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick reduce --find: a difference that is known, the same for every -j, nothing where there is none, and its own policies.
# shellcheck disable=SC2016 # what sh -c runs has $
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
mkdir tmp
TMPDIR=$work/tmp
export TMPDIR

code "passthrough interrupts where virtual does not" 0 "$vtick" reduce --find -p passthrough -p virtual --metric timer_interrupts.total -j2 -o two.vtt
cp out.txt two.txt
cp err.txt said.txt
ok "... by more" grep -q '^timer_interrupts.total (interrupts, lower is better): passthrough [1-9][0-9]*, virtual 0$' two.txt
ok "... it says after how many" grep -q '^reduce: [0-9]* of [0-9]* attempts found such a trace, the smallest has [1-9] events*; ' said.txt
ok "... a legal trace" "$vtick" check two.vtt
code "one after the other" 0 "$vtick" reduce --find -p passthrough -p virtual --metric timer_interrupts.total -j1 -o one.vtt
ok "... the same trace" cmp one.vtt two.vtt
ok "... the same text" cmp out.txt two.txt
ok "... after as many" [ "$(sed 's/ in .*//' err.txt)" = "$(sed 's/ in .*//' said.txt)" ]
"$vtick" replay -j1 -p passthrough -p virtual two.vtt >two.json 2>/dev/null
ok "a replay says so, too" jq -e '.cells | .[0].timer_interrupts.total > .[1].timer_interrupts.total' two.json
sed '1,/vtick import text/d' two.txt | "$vtick" import text -o again.vtt 2>/dev/null
ok "the text makes the same trace" sh -c '"$0" dump --json two.vtt >a.txt && "$0" dump --json again.vtt >b.txt && cmp a.txt b.txt' "$vtick"

code "a lost wake-up, of one policy alone" 0 "$vtick" reduce --find -p virtual-2005 --metric wakeups.lost -j1
ok "... is told" grep -q '^wakeups.lost (wake-ups, lower is better): virtual-2005 1$' out.txt
code "a lost wake-up that the other one has in time, and mostly loses, too" 0 "$vtick" reduce --find -p kvm-hrtimer -p virtual --metric wakeups.lost --seeds 8 -j1
ok "... is told" grep -q '^wakeups.lost (wake-ups, lower is better): kvm-hrtimer 1, virtual 0$' out.txt
code "an early tick" 0 "$vtick" reduce --find -p kvm-hrtimer -p virtual --metric ticks.early -j1
ok "... is told" grep -q '^ticks.early (ticks, lower is better): kvm-hrtimer 1, virtual 0$' out.txt
code "more is better: who has less" 0 "$vtick" reduce --find -p virtual-2005 -p virtual --metric wakeups.on_time -j1
ok "... is told" grep -q '^wakeups.on_time (wake-ups, higher is better): virtual-2005 0, virtual 1$' out.txt
code "a policy against itself" 1 "$vtick" reduce --find -p virtual -p virtual --metric timer_interrupts.total --seeds 20 -j1 -o none.vtt
ok "... none, in how many" [ "$(cat out.txt)" = 'timer_interrupts.total (interrupts, lower is better): none in 20: on none of them is virtual worse than virtual' ]
ok "... and no file" [ ! -e none.vtt ]
cp two.vtt there.vtt
code "... where there is one" 1 "$vtick" reduce --find -p virtual -p virtual --metric timer_interrupts.total --seeds 20 -j1 -o there.vtt
ok "... it stays as it is" cmp there.vtt two.vtt
code "... to standard output: nothing there that is no trace" 1 "$vtick" reduce --find -p virtual -p virtual --metric timer_interrupts.total --seeds 20 -j1 -o -
ok "... told beside it" [ ! -s out.txt ]

# A copy with a fault is of the same name as what it is a copy of.
sed "s/v->masked = masked;/v->masked = 0;/" "$top/replay/policies/passthrough.c" >passthrough.c
code "a fault that was planted" 0 "$vtick" reduce --find -p ./passthrough.c -p passthrough --metric timer_interrupts.total -j1
ok "... is told" grep -q "^timer_interrupts.total (interrupts, lower is better): ./passthrough.c 1, passthrough 0\$" out.txt
ok "... on a few events" [ "$(grep -c "^{\"index\"" out.txt)" -le 4 ]

# A trace that is given comes first, and beside it what its pieces become.
"$vtick" gen --domains 2 --vcpus 1 --lps 1 --duration 20ms --slice 3ms -o given.vtt
code "a trace to begin with" 0 "$vtick" reduce --find -p passthrough -p virtual --metric hardware_writes -j2 --seeds 16 given.vtt -o given2.vtt
ok "... the small one is the traces' own kind" "$vtick" check given2.vtt
code "... the same again" 0 "$vtick" reduce --find -p passthrough -p virtual --metric hardware_writes -j1 --seeds 16 given.vtt -o -
ok "... into a pipe" cmp out.txt given2.vtt

# What a policy does to the process that searches is told.
plugins=$top/replay/tests/plugins
code "a policy that crashes" 2 "$vtick" reduce --find -p "$plugins/misbehave.c:how=segv,at=1" --metric wakeups.lost -j1 --seeds 50
ok "... is told" grep -q '^vtick: reduce: a policy on what seeds [0-9]* to [0-9]* make: signal 11 (Segmentation fault)$' err.txt
code "a policy that hangs" 2 "$vtick" reduce --find -p "$plugins/misbehave.c:how=loop,at=1" --metric wakeups.lost -j1 --seeds 50 --timeout 50ms
ok "... is told" grep -q '^vtick: reduce: a policy on what seeds [0-9]* to [0-9]* make: took more than 500ms (--timeout)$' err.txt
code "one that misuses the host" 2 "$vtick" reduce --find -p "$plugins/misbehave.c:how=misuse,at=1" --metric wakeups.lost -j1 --seeds 50
ok "... is told" grep -q 'misbehave.c:how=misuse,at=1: ended its cell: ' err.txt

# wrong TEXT ARGUMENT...: one line, and nothing else
wrong()
{
	text=$1
	shift
	code "$text" 2 "$vtick" reduce "$@"
	ok "... in one line" [ "$(wc -l <err.txt) $(wc -c <out.txt)" = '1 0' ]
	ok "... that says so" grep -q -e "$text" err.txt
}
wrong '-p POLICY is missing' --find --metric wakeups.lost
wrong '--metric METRIC is missing' --find -p virtual
wrong "there is no metric 'wakeup.lost', did you mean 'wakeups.lost'?" --find -p virtual --metric wakeup.lost
wrong "--metric is 'ticks.due', expected a number that is better" --find -p virtual --metric ticks.due
wrong "--metric is 'hypervisor_ns.total', which takes --costs" --find -p virtual --metric hypervisor_ns.total
wrong "of ticks.delivered more is better, so it takes two policies" --find -p virtual --metric ticks.delivered
wrong 'of one policy or two, not of 3' --find -p virtual -p xen-pv -p xen-vpt --metric ticks.early
wrong '--find takes no COMMAND' --find -p virtual --metric ticks.early -- true
wrong '-p goes with --find' -p virtual given.vtt -o x.vtt -- true '{}'
# Before the search, which would take an hour.
hour()
{
	wrong "$1" --find -p virtual -p virtual --metric timer_interrupts.total --seeds 100000000 -o "$2"
}
hour 'none/o.vtt: cannot be written' none/o.vtt
mkdir folder.vtt
hour 'folder.vtt: .*folder' folder.vtt
wrong 'none.vtt: cannot open' --find -p virtual --metric ticks.early none.vtt
ok "no file is left behind" [ -z "$(ls -A tmp)" ]
finish
