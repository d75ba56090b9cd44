#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kind xen, from an invented tree of seven files: its ticks are those of xen-vpt, with the tree's queue as
# with vtick's, with its local APIC as with the rules for one; what does not fit is told by name, what is unknown ends its cell.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need jq git
: "${CC:=cc}"
export CC
kind=xen parts=xen
invented=$top/replay/kinds/tests/tree
traces=$top/traces/corpus
cd "$work" || exit 1
vpt=xen/arch/x86/hvm/vpt.c header=xen/include/asm-x86/hvm/vpt.h timer=xen/common/timer.c timers=xen/include/xen/timer.h
vlapic=xen/arch/x86/hvm/vlapic.c

. "$top/replay/kinds/tests/kind.sh"

# numbers SPEC TRACE: what must be the same where the behaviour is.
numbers()
{
	"$vtick" replay -p "$1" "$2" 2>err.txt | jq -c '.cells[0] | [.status, .digest, .ticks, .timer_interrupts.total,
		.exits, .wakeups, .guest_clock_error_ns, .ac_timer_list.fires]'
}

# ---- it builds, and is the policy that it should be ----

"$vtick" policy build --list >out.txt
ok "it is listed" grep -q '^xen  *Xen  *Xen x86' out.txt
ok "and shown" sh -c "'$vtick' policy show xen | grep -q '^Real, from your tree'"
tree t
code "it builds" 0 build t -o x.so --name xen-mine --json
equal "the version" "$(jq -r .built.version out.txt)" 9.1.7
equal "its files" "$(jq -r '.built.files | map(.name) | join(" ")' out.txt)" "$vpt $timer $vlapic $header xen/include/asm-x86/hvm/vlapic.h xen/include/asm-x86/apicdef.h $timers"
first "unknown callers are one line" 'around xen/arch/x86/hvm/vpt.c .*: save, restore, migrate, enter, vlapic, timer, kick, write, pending, counter$' err.txt
equal "and no other" "$(wc -l <err.txt)" 1
code "no path stays in a build" 1 grep -c -e "$work" x.so

# Xen counts ns: the recording as if its counter did.
"$vtick" dump --json "$traces/pvh2.vtt" | sed '1s/"clock_hz":[0-9]*/"clock_hz":1000000000/' >ns.json
"$vtick" import text ns.json -o ns.vtt
for mode in 1 2 3; do
	for align in yes no; do
		equal "timer_mode=$mode,align=$align: as xen-vpt" "$(numbers "./x.so:timer_mode=$mode,align=$align" ns.vtt)" \
			"$(numbers "xen-vpt:mode=$mode,align=$align" ns.vtt)"
	done
done
equal "pv=none" "$(numbers ./x.so:pv=none ns.vtt)" "$(numbers xen-vpt:pv=none ns.vtt)"
ok "modes and alignments are not the same" [ "$(for p in timer_mode=1 timer_mode=2 align=no pv=none; do
	numbers "./x.so:$p" ns.vtt; done | sort -u | wc -l)" -gt 2 ]
"$vtick" replay -p xen:tree=t ns.vtt >r.json 2>err.txt
equal "built as it is replayed: the same" "$(jq -r '.cells[0].digest' r.json)" "$("$vtick" replay -p ./x.so ns.vtt | jq -r '.cells[0].digest')"

# Under mask a tick is kept; the kick wakes a VP that is blocked, though.
cat >masked.txt <<'END'
{"clock_hz":1000000000}
{"time":1000,"event":"sched_in","lp":0,"vp":"d1v0"}
{"time":2000,"event":"mask","vp":"d1v0","masked":true,"vector":236}
{"time":3000,"event":"arm","vp":"d1v0","dev":"lapic","deadline":500000}
{"time":900000,"event":"mask","vp":"d1v0","masked":false,"vector":236}
{"time":1000000,"event":"sched_out","vp":"d1v0","reason":"block"}
END
code "a trace with a mask" 0 "$vtick" import text masked.txt -o masked.vtt
equal "a tick under mask comes with the unmask" "$(numbers ./x.so masked.vtt)" "$(numbers xen-vpt masked.vtt)"
ok "there is one" sh -c "'$vtick' replay -p ./x.so masked.vtt 2>err.txt | jq -e '.cells[0].ticks.delivered == 1' >jq.txt"

# ---- the tree's own queue ----

# queue QUEUE SO PARAMETERS [FILTER]: what a cell says of its list, and how the queue of it may differ.
queue()
{
	"$vtick" replay -p "$2:queue=$1$3" --fates "$1.fates" ns.vtt 2>err.txt | jq -c ".cells[0] | del(.policy) | ${4-.}"
}

for parameters in "" ",timer_mode=2,align=no,slop=0" ",timer_mode=3,slop=1ms,hv-slice=3ms"; do
	equal "queue=timer.c$parameters: all numbers as with vtick's" "$(queue timer.c ./x.so "$parameters")" \
		"$(queue engine ./x.so "$parameters")"
	ok "and each tick is" cmp -s timer.c.fates engine.fates
done
# A tick that comes to the head of the queue as it runs has it looked at once more.
ticks=",hv-tick=1000,hv-tick-idle=stop"
equal "with ticks: all but the writes" "$(queue timer.c ./x.so $ticks "del(.hardware_writes)")" \
	"$(queue engine ./x.so $ticks "del(.hardware_writes)")"
ok "which are more" [ "$(queue timer.c ./x.so $ticks .hardware_writes)" -gt "$(queue engine ./x.so $ticks .hardware_writes)" ]
"$vtick" replay -p ./x.so:queue=timer.c -p ./x.so -p ./x.so:queue=timer.c,pv=none,slop=2ms ns.vtt >r.json 2>err.txt
equal "several in a call, each as alone" "$(jq -c '[.cells[].digest]' r.json)" \
	"$(for p in queue=timer.c queue=engine queue=timer.c,pv=none,slop=2ms; do
		"$vtick" replay -p "./x.so:$p" ns.vtt 2>err.txt; done | jq -sc 'map(.cells[0].digest)')"
"$vtick" replay -p ./x.so:queue=timer.c,slop=5s ns.vtt >r.json 2>err.txt
ok "a slop that is too long is told" jq -e '.cells[0].message | test("a slop of 5000000000 ns, expected one that timer.c")' r.json >jq.txt

# broken SED: the cell with the tree's queue, changed so; with vtick's it is as before.
broken()
{
	tree w $timer "$1"
	build w -o w.so >out.txt 2>err.txt
	"$vtick" replay -p ./w.so:queue=timer.c,slop=5ms ns.vtt >r.json 2>err.txt
}
broken 's/NOW() + timer_slop/NOW() + 0 * timer_slop/'
ok "a queue without slop: more interrupts" [ "$(jq .cells[0].timer_interrupts.total r.json)" -gt \
	"$(queue engine ./w.so ,slop=5ms .timer_interrupts.total)" ]
equal "not with vtick's" "$(numbers ./w.so ns.vtt)" "$(numbers ./x.so ns.vtt)"
broken 's/^\t\*at = t;$/\t*at = t->list_next;/'
ok "a queue that loses timers is told" jq -e '.cells[0].message | test("timer.c has 0 timers in the queue of CPU [0-9]+, but 1 say")' r.json >jq.txt

# ---- the tree's own local APIC ----

# apic LAPIC SO PARAMETERS TRACE [FILTER]: a cell, and each tick; by default all but how often a timer came onto the list.
apic()
{
	"$vtick" replay -p "$2:lapic=$1$3" --fates "$1.fates" "$4" 2>err.txt |
		jq -c ".cells[0] | del(.policy, .ac_timer_list.adds, .ac_timer_list.removes) | ${5-.}"
}

grep -v '"event":"mask"' ns.json >unmasked.json
"$vtick" import text unmasked.json -o unmasked.vtt
for parameters in "" ",timer_mode=0,align=no,divide=128" ",timer_mode=3,queue=timer.c,stop=mode,divide=16"; do
	equal "lapic=vlapic.c$parameters: all numbers as with the rules" "$(apic vlapic.c ./x.so "$parameters" unmasked.vtt)" \
		"$(apic rules ./x.so "$parameters" unmasked.vtt)"
	ok "and each tick is" cmp -s vlapic.c.fates rules.fates
done

# apic_trace NAME: a trace of what is on stdin, of one VP that runs.
apic_trace()
{
	{
		echo '{"clock_hz":1000000000}'
		echo '{"time":0,"event":"sched_in","lp":0,"vp":"d1v0"}'
		cat
		echo '{"time":30000000000,"event":"sched_out","lp":0,"vp":"d1v0","reason":"block"}'
	} >"$1.txt"
	code "a trace: $1" 0 "$vtick" import text "$1.txt" -o "$1.vtt"
}

# What no register says: times between two counts, a first period that had begun, 29 s of a counter of 32 bits.
apic_trace between <<'END'
{"time":1000,"event":"arm","vp":"d1v0","dev":"lapic","deadline":8001234567}
{"time":9000000000,"event":"arm","vp":"d1v0","dev":"lapic","deadline":9000000003}
{"time":9100000000,"event":"arm","vp":"d1v0","dev":"lapic","deadline":9100123457,"period":1000003}
{"time":9100050000,"event":"mask","vp":"d1v0","masked":false,"vector":99}
{"time":9200050000,"event":"mask","vp":"d1v0","masked":false,"vector":98}
{"time":9300000000,"event":"arm","vp":"d1v0","dev":"tsc-deadline","deadline":9300765433}
{"time":9400000000,"event":"arm","vp":"d1v0","dev":"tsc-deadline","deadline":1}
{"time":9500000000,"event":"arm","vp":"d1v0","dev":"lapic","deadline":28500000007}
END
for parameters in "" ",divide=128" ",divide=2,timer_mode=2"; do
	equal "what is between counts, lapic=vlapic.c$parameters" "$(apic vlapic.c ./x.so "$parameters" between.vtt .ticks)" \
		"$(apic rules ./x.so "$parameters" between.vtt .ticks)"
	ok "is to the ns" cmp -s vlapic.c.fates rules.fates
done
ok "there are ticks" [ "$(grep -c '^delivered' vlapic.c.fates)" -gt 190 ]

# A write to LVTT counts anew: what was pending under mask is gone, and a TSC-deadline timer stops.
equal "vlapic.c: an unmask loses the tick" "$(apic vlapic.c ./x.so "" masked.vtt .ticks.delivered)" 0
apic_trace deadline <<'END'
{"time":1000,"event":"arm","vp":"d1v0","dev":"tsc-deadline","deadline":900000}
{"time":2000,"event":"mask","vp":"d1v0","masked":false,"vector":99}
END
equal "vlapic.c: a write to LVTT stops a deadline" "$(apic vlapic.c ./x.so "" deadline.vtt '.ticks | [.delivered, .pending_at_end]')" "[0,1]"
equal "by the rules it does not" "$(apic rules ./x.so "" deadline.vtt '.ticks | [.delivered, .pending_at_end]')" "[1,0]"

# changed SED...: another vlapic.c, w.so.
changed()
{
	tree w "$@"
	build w -o w.so >out.txt 2>err.txt
}
changed $vlapic 's/return vector \&\& .*;/return -1;/' $vlapic 's/APIC_TMICT) \* l->hw.timer_divisor/APIC_TMICT)/'
equal "another local APIC is none to the rules" "$(apic rules ./w.so "" unmasked.vtt)" "$(apic rules ./x.so "" unmasked.vtt)"
has_message()
{
	"$vtick" replay -p "$2" "$3" 2>err.txt | jq -r '.cells[0].message' >message.txt
	has "$1" "$4" message.txt
}
has_message "an interrupt that it does not have is told" ./w.so:lapic=vlapic.c unmasked.vtt 'at the guest.s entry there was no interrupt'
changed $vlapic 's/APIC_TMICT) \* l->hw.timer_divisor/APIC_TMICT)/'
ok "a divider that is ignored is seen" [ "$(apic vlapic.c ./w.so ,divide=4 between.vtt .ticks)" != "$(apic rules ./x.so "" between.vtt .ticks)" ]
changed $vlapic 's/^\tvlapic_set_reg(l, reg, value);/\tif (reg == APIC_TMICT)\n\t\treturn X86EMUL_EXCEPTION;\n&/'
has_message "a refused write is told" ./w.so:lapic=vlapic.c between.vtt 'vlapic.c refuses the guest.s write to the APIC.s register 0x380'
changed $vlapic 's/^\tl->pt.irq = lvtt/\tif (mode_of(lvtt) == APIC_TIMER_MODE_PERIODIC)\n\t\tnew_helper(l);\n&/'
has "an unknown function of it is said" 'vlapic.c calls what .*shell does not know.*: new_helper()$' err.txt
has_message "and names itself" ./w.so:lapic=vlapic.c between.vtt 'calls new_helper(), which vtick.s xen shell does not know'

# ---- the header moved, git, callers ----

tree m
mkdir -p m/xen/arch/x86/include/asm/hvm
mv m/$header m/xen/arch/x86/include/asm/hvm/
code "the header where newer trees have it" 0 build m -o m.so
equal "it is the same" "$(numbers ./m.so ns.vtt)" "$(numbers ./x.so ns.vtt)"
tree g
git -C g -c init.defaultBranch=main init -q
git -C g add . && git -C g -c user.name=t -c user.email=t@t commit -qm one
sed -i 's/pt->scheduled += delta \/ 2/pt->scheduled += delta/' g/$vpt
code "at a revision" 0 build g --rev HEAD -o g.so
equal "it is the revision's" "$(numbers ./g.so:align=no ns.vtt)" "$(numbers ./x.so:align=no ns.vtt)"
code "and the folder" 0 build g -o g.so
ok "is another" [ "$(numbers ./g.so:align=no ns.vtt)" != "$(numbers ./x.so:align=no ns.vtt)" ]
tree b
cat >b/xen/arch/x86/hvm/hvm.c <<'END'
void hvm_do_resume(struct vcpu *v)
{
	check_wakeup_from_wait();
	pt_restore_timer(v); /* a comment */
}
END
code "a known caller" 0 build b --json
equal "is told from unknown ones" "$(jq -r '.built.unknown_callers | join(" ")' out.txt)" "save migrate enter vlapic timer kick write pending counter"

# ---- what does not fit ----

rm -rf e && mkdir e
fails "no file of it" 'e: has no xen/arch/x86/hvm/vpt.c: is it a Xen tree?$' build e
tree e && rm e/$timer
fails "no queue" 'e: has no xen/common/timer.c: is it a Xen tree?$' build e
tree e && rm e/$vlapic
fails "no local APIC" 'e: has no xen/arch/x86/hvm/vlapic.c: is it a Xen tree?$' build e
tree e && rm e/$header
fails "a file is missing" 'e: has no xen/arch/x86/include/asm/hvm/vpt.h: is it a Xen tree?$' build e

# refuses NAME PATTERN [FILE SED]...: the build fails with one line.
refuses()
{
	name=$1 pattern=$2
	shift 2
	tree e "$@"
	fails "$name" "$pattern" build e
}

refuses "an unknown variable of the queue" "xen/common/timer.c uses 'new_knob', which vtick's xen shell does not know" \
	$timer '/^static unsigned int timer_slop/i extern int new_knob;' $timer 's/now = NOW() + timer_slop/&  + new_knob/'
refuses "a field of it that the shell asks for" "field 'list' of '.*struct timers', which the xen shell's queue.h:[0-9]* asks for" \
	$timer 's/struct timer \*list;/struct timer *queue;/; s/)\.list/).queue/; s/ts->list/ts->queue/g'
refuses "an unknown variable" "vpt.c uses 'new_knob', which vtick's xen shell does not know" \
	$vpt '/^static uint64_t mode/i extern int new_knob;' $vpt 's/scheduled = NOW() + delta/scheduled = NOW() + delta + new_knob/'
refuses "an unknown field" "know: field 'new_field' of 'struct hvm_vcpu' (xen/arch/x86/hvm/vpt.c:[0-9]*) (" \
	$vpt 's/v->pause_flags & VPF_blocked/v->arch.hvm.new_field/'
refuses "an unknown constant" "know: name 'VPF_new' (xen/arch/x86/hvm/vpt.c:[0-9]*) (" $vpt 's/VPF_blocked/VPF_new/'
refuses "an unknown type" "type 'new_t' (xen/include/asm-x86/hvm/vpt.h:[0-9]*)" $header 's/\tu64 period;/\tnew_t period;/'
refuses "too few arguments" "number of arguments" $vpt 's/set_timer(&pt->timer, pt->scheduled)/set_timer(\&pt->timer)/'
refuses "a field that the shell asks for" "field 'pending_intr_nr' of 'struct periodic_time', which the xen shell's entry.h:[0-9]* asks for" \
	$header 's/pending_intr_nr/pending_ticks/' $vpt 's/pending_intr_nr/pending_ticks/g'
refuses "a renamed entry" "vpt.c and xen/common/timer.c and xen/arch/x86/hvm/vlapic.c have no pt_migrate(), which vtick.s xen shell calls: was it renamed?" $vpt 's/pt_migrate/pt_moves/'
refuses "a renamed one of the local APIC" "vlapic.c have no vlapic_tdt_msr_set(), which vtick.s xen shell calls: was it renamed?" $vlapic 's/vlapic_tdt_msr_set/vlapic_writes/'
refuses "a constant that the local APIC asks for" "know: name 'APIC_NEW' ($vlapic:[0-9]*) (" $vlapic 's/(l, APIC_ISR, 0)/(l, APIC_NEW, 0)/'

# ---- an unknown function ----

tree f $vpt 's/^\tpt->pending_intr_nr++;/&\n\tnew_helper(pt);/'
code "an unknown function is no failure" 0 build f -o f.so
has "but said" 'calls what .*shell does not know.*: new_helper()$' err.txt
"$vtick" replay -p ./f.so ns.vtt >r.json 2>err.txt
equal "its cell ends" "$(jq -r '.cells[0].status' r.json)" error
ok "and names it" jq -e '.cells[0].message | test("calls new_helper\\(\\), which vtick.s xen shell does not know")' r.json >jq.txt
tree f $vpt 's/^\tpt->pending_intr_nr++;/&\n\tif (!pt->vcpu)\n\t\tvioapic_get_mask(NULL, 0);/'
code "one that is known to be out of the way" 0 build f
equal "is not said" "$(grep -c vioapic err.txt)" 0

# ---- wrong code is seen ----

tree w $vpt 's/^\tvlapic_set_irq(.*/\tif (v->vcpu_id < 0)\n&/'
"$vtick" replay -p xen:tree=w ns.vtt >r.json 2>err.txt
equal "an interrupt that is not injected" "$(jq -r '.cells[0].status' r.json)" error
ok "is told" jq -e '.cells[0].message | test("expire, and at the guest.s entry there was no interrupt")' r.json >jq.txt
tree w $vpt 's/ASSERT(pt->source == PTSRC_lapic/ASSERT(pt->source != PTSRC_lapic/'
"$vtick" replay -p xen:tree=w ns.vtt >r.json 2>err.txt
ok "what does not hold is told" jq -e '.cells[0].message | test("^arm: vpt.c: .* does not hold|vpt.c: .* does not hold")' r.json >jq.txt
tree w $vpt 's/^\t\tstop_timer(&pt->timer);/\t\t;/'
"$vtick" replay -p ./x.so ns.vtt -o base.json >out.txt 2>err.txt
"$vtick" replay -p xen:tree=w,name=xen-mine ns.vtt -o cand.json >out.txt 2>err.txt
code "a timer that is not stopped: compare fails" 1 "$vtick" compare base.json cand.json
has "its heading has the hash of each file" "Xen 9.1.7, vpt.c [0-9a-f]*, timer.c [0-9a-f]*, vlapic.c $(sha256sum w/$vlapic | cut -c 1-12);" out.txt

# ---- another compiler ----

if command -v clang >/dev/null; then
	CC=clang
	code "clang" 0 build t -o c.so
	equal "clang: the same policy" "$(numbers ./c.so ns.vtt)" "$(numbers ./x.so ns.vtt)"
	refuses "clang: a field" "field 'new_field' of 'struct hvm_vcpu'" $vpt 's/v->pause_flags & VPF_blocked/v->arch.hvm.new_field/'
fi

finish
