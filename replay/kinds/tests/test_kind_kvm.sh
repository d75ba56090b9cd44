#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kind kvm, from an invented tree of three files: each probe both ways, what does not fit is told by name, what is
# unknown ends its cell, and results say what ran.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need jq git
: "${CC:=cc}"
export CC
kind=kvm parts='Makefile arch xen'
invented=$top/replay/kinds/tests/tree
traces=$top/traces/corpus
cd "$work" || exit 1
TMPDIR=$work/tmp
mkdir "$TMPDIR"
export TMPDIR
lapic=arch/x86/kvm/lapic.c header=arch/x86/kvm/lapic.h

. "$top/replay/kinds/tests/kind.sh"

# digest SPEC TRACE
digest()
{
	"$vtick" replay -p "$1" "$2" 2>err.txt | jq -r '.cells[0].digest'
}

# ---- it builds, and is the policy that it should be ----

"$vtick" policy build --list >out.txt
ok "kinds are listed" grep -q '^kvm  *Linux  *KVM x86' out.txt
ok "and shown" sh -c "'$vtick' policy show kvm | grep -q '^Real, from your tree'"
tree t
code "it builds" 0 build t -o k.so --name kvm-mine
has "and says from what" '^kvm: Linux 9.1.7-rc2$'
first "unknown callers are one line" 'around arch/x86/kvm/lapic.c .*: load, run, enter, block, wait, hv_timer$' err.txt
equal "and no other" "$(wc -l <err.txt)" 1
ok "it shows its parameters" sh -c "'$vtick' policy show ./k.so | grep -q min_timer_period_us"
for trace in kvm-live-2x2 kvm-tmict-1; do
	equal "as kvm-hrtimer on $trace" "$(digest ./k.so "$traces/$trace.vtt")" "$(digest kvm-hrtimer "$traces/$trace.vtt")"
	equal "hv=yes: as kvm-preemption-timer on $trace" "$(digest kvm:tree=t,hv=yes "$traces/$trace.vtt")" \
		"$(digest kvm-preemption-timer "$traces/$trace.vtt")"
done
for divide in 2 16 128; do
	equal "divide=$divide: the ticks are the same" "$(digest "./k.so:divide=$divide" "$traces/kvm-tmict-1.vtt")" \
		"$(digest kvm-hrtimer "$traces/kvm-tmict-1.vtt")"
done
code "no path stays in a build" 1 grep -c -e "$work" k.so
equal "nothing stays in the temporary folder" "$(ls "$TMPDIR")" ""

"$vtick" replay -p kvm:tree="$work/t",hv=yes -p kvm:tree="$work/t" "$traces/kvm-tmict-1.vtt" >r.json 2>err.txt
equal "one tree is built once" "$(wc -l <err.txt)" 1
jq '.cells[0].policy' r.json >policy.json
equal "tree is no parameter" "$(jq -r '.params | keys | join(" ")' policy.json)" \
	"advance apicv divide hv hv_slice_ns hv_tick_hz hv_tick_phase_ns min_timer_period_us pi_inject_timer shift slop_ns stop"
equal "the version" "$(jq -r .built.version policy.json)" 9.1.7-rc2
equal "the files by hash" "$(jq -r '.built.files[] | .sha256 + "  t/" + .name' policy.json)" \
	"$(sha256sum t/$lapic t/$header t/arch/x86/include/asm/apicdef.h)"
equal "the probes" "$(jq -c .built.probes policy.json)" \
	'{"SHADOW_ACK":true,"SHADOW_APICV_OF_APIC":true,"SHADOW_APIC_MAP":false,"SHADOW_OPS_POINTER":false,"SHADOW_VECTORS":false}'
equal "the unknown callers" "$(jq -r '.built.unknown_callers | join(" ")' policy.json)" "load run enter block wait hv_timer"
jq .cells r.json >cells.json
code "no path" 1 grep -c -e "$work" cells.json
code "compare pairs two trees" 0 "$vtick" compare r.json r.json

# With costs a guest may act before vtick had it resume, and periods are late.
cat >away.json <<'END'
{ "schema": "vtick.costs/1", "figures": { "latency_ns": { "ns": 20000, "source": "test" },
	"base_ns": { "ns": 6000, "source": "test" }, "away_ns": { "ns": 9000000, "source": "test" },
	"away_every_ns": { "ns": 40000000, "source": "test" } } }
END
"$vtick" replay --costs away.json -p ./k.so "$traces/kvm-live-mixed-2x3.vtt" "$traces/kvm-tmict-1.vtt" >r.json 2>err.txt
equal "with costs" "$(jq -r '[.cells[].status] | join(" ")' r.json)" "ok ok"
for trace in kvm-live-2x2 kvm-tmict-1; do
	"$vtick" info --costs "$traces/$trace.vtt" >costs.json
	"$vtick" replay --costs costs.json -p ./k.so -p kvm-hrtimer "$traces/$trace.vtt" >r.json 2>err.txt
	equal "with costs, too, as kvm-hrtimer on $trace" "$(jq -c ".cells[0].digest" r.json)" "$(jq -c ".cells[1].digest" r.json)"
done

# ---- a git tree at a revision; odd names ----

git init -q g && cp -r t/* g && git -C g add . && git -C g -c user.name=n -c user.email=e commit -q -m one
sed -i 's/9$/8/' g/Makefile
code "a revision" 0 build g --rev HEAD --json
equal "has its commit" "$(jq -r .built.commit out.txt)" "$(git -C g rev-parse HEAD)"
equal "and its files" "$(jq -r .built.version out.txt)" 9.1.7-rc2
git clone -q --bare g g.git
code "a bare one" 0 build g.git --rev HEAD
fails "no revision" "git finds no revision 'none' there" build g --rev none
fails "a revision that looks like an option" "'--all' is no revision" build g --rev=--all
fails "no git tree" 'git finds no revision' build t --rev HEAD
mv t 'a, b: c'
ok "commas and colons are escaped" sh -c \
	"'$vtick' replay -p 'kvm:hv=yes,tree=a\\, b\\: c' '$traces/kvm-tmict-1.vtt' 2>err.txt | jq -e '.cells[0].status == \"ok\"' >out.txt"
tree t

# ---- two trees ----

tree u $lapic 's/ktime_get() + left - t->timer_advance_ns/ktime_get() + left/'
fails "two trees of one name" "another tree than that of 'kvm:tree=t'.*give them names" \
	sh -c "'$vtick' replay -p kvm:tree=t -p kvm:tree=u '$traces/kvm-live-2x2.vtt' 2>&1 >/dev/null | grep -v warning >&2; exit 2"
code "with names" 0 "$vtick" replay -p kvm:tree=t,name=old -p kvm:tree=u,name=new "$traces/kvm-live-2x2.vtt" -o two.json
ok "they differ" jq -e '.cells[0].digest != .cells[1].digest and .cells[0].policy.name == "old"' two.json >jq.txt
code "compare says so" 1 "$vtick" compare --base old --candidate new two.json
has "and from what they were built" "^ *new: Linux 9.1.7-rc2, lapic.c $(sha256sum u/$lapic | cut -c 1-12); unknown code around it: load, run" out.txt
has "each" "^ *old: Linux 9.1.7-rc2, lapic.c $(sha256sum t/$lapic | cut -c 1-12);" out.txt
code "for a review, too" 1 "$vtick" compare --format markdown --base old --candidate new two.json
has "it stands there" "(old: Linux 9.1.7-rc2, lapic.c" out.txt
"$vtick" replay -p kvm:tree=t,hv=yes "$traces/kvm-live-2x2.vtt" -o base.json >out.txt 2>err.txt
"$vtick" replay -p kvm:tree=u,hv=yes "$traces/kvm-live-2x2.vtt" -o cand.json >out.txt 2>err.txt
code "what changed is explained by both trees" 1 "$vtick" compare base.json cand.json \
	--explain --trace-dir "$traces" --explain-base kvm:tree=t --explain-candidate kvm:tree=u
has "to the first tick" 'first' out.txt
fails "a name that is none" "'a b'*.*no policy's name\|is no policy's name" "$vtick" policy build kvm --tree t --name 'a b'
fails "a kind without a tree" 'kvm: is a kind: .*expected kvm:tree=FOLDER' "$vtick" replay -p kvm "$traces/kvm-live-2x2.vtt"
fails "no such kind" 'no such kind, expected one' "$vtick" policy build kwm --tree t
fails "a key twice" "'tree' is given twice" "$vtick" replay -p kvm:tree=t,tree=u "$traces/kvm-live-2x2.vtt"

# ---- each probe the other way ----

# probe NAME JSON [FILE SED]...: it builds, the probe says so, and nothing changes.
probe()
{
	name=$1 answers=$2
	shift 2
	tree p "$@"
	code "$name" 0 build p -o p.so --json
	ok "$name: the probe sees it" sh -c "jq -e '.built.probes.$answers' out.txt >probe.txt"
	equal "$name: the policy is the same" "$(digest ./p.so "$traces/kvm-tmict-1.vtt")" "$(digest ./k.so "$traces/kvm-tmict-1.vtt")"
}

probe "operations through a pointer" SHADOW_OPS_POINTER \
	$lapic 's/kvm_x86_ops\.set_hv_timer/kvm_x86_ops->set_hv_timer/; s/kvm_x86_call(\([a-z_]*\))/kvm_x86_ops->\1/'
probe "a map of its own" SHADOW_APIC_MAP \
	$header '/^struct kvm_timer {/i struct kvm_apic_map {\n\tint modes;\n};\n'
probe "vectors of its own" SHADOW_VECTORS \
	$lapic '/^static bool periodic/i static int find_highest_vector(void *map)\n{\n\treturn apic_test_vector(map);\n}\n' \
	$lapic '/^static int find_highest/i static int apic_test_vector(void *map)\n{\n\treturn -1;\n}\n'
probe "the interrupt is taken in one" 'SHADOW_ACK | not' \
	$header '/kvm_apic_ack_interrupt/d' $lapic 's/^void kvm_apic_ack_interrupt(struct kvm_vcpu \*vcpu, int vector)/void kvm_get_apic_interrupt(struct kvm_vcpu *vcpu)/'
probe "APICv is the VP's" 'SHADOW_APICV_OF_APIC | not' \
	$header 's/\tbool apicv_active;//; s/apic->apicv_active/apicv_active/'
probe "the advance as an argument" SHADOW_ACK \
	$lapic 's/^int kvm_create_lapic(struct kvm_vcpu \*vcpu)/int kvm_create_lapic(struct kvm_vcpu *vcpu, int advance)/'
probe "hrtimer_init" SHADOW_ACK \
	$lapic 's/hrtimer_setup(&apic->lapic_timer.timer, fired, /apic->lapic_timer.timer.function = fired;\n\thrtimer_init(\&apic->lapic_timer.timer, /'
probe "a header more" SHADOW_ACK $lapic '/linux.hrtimer.h/a #include <linux/of/tomorrow.h>'

# ---- callers ----

tree b
cat >b/arch/x86/kvm/x86.c <<'END'
int vcpu_enter_guest(struct kvm_vcpu *vcpu)
{
	if (kvm_check_request(KVM_REQ_MIGRATE_TIMER, vcpu)) /* a comment */
		__kvm_migrate_timers(vcpu);
	other();
}
END
code "a known caller" 0 build b --json
equal "is told from unknown ones" "$(jq -r '.built.unknown_callers | join(" ")' out.txt)" "load run block wait hv_timer"

# ---- what does not fit ----

rm -rf e && mkdir e
fails "no such tree" 'none: cannot be opened' build none
fails "a file is no tree" 'is no folder' build "$top/README.md"
fails "no file of it" 'e: has no arch/x86/kvm/lapic.c: is it a Linux tree?$' build e
tree e && rm e/arch/x86/include/asm/apicdef.h
fails "a file is missing" 'e: has no arch/x86/include/asm/apicdef.h: is it a Linux tree?$' build e

# refuses NAME PATTERN [FILE SED]...: the build fails with one line.
refuses()
{
	name=$1 pattern=$2
	shift 2
	tree e "$@"
	fails "$name" "$pattern" build e
}

refuses "an unknown variable" "lapic.c uses 'new_knob', which vtick's kvm shell does not know" \
	$lapic '/^static bool periodic/i extern int new_knob;' $lapic 's/left > (s64)t->timer_advance_ns/left > new_knob/'
refuses "an unknown field" "know: field 'new_field' of 'struct kvm_vcpu_arch' (arch/x86/kvm/lapic.c:[0-9]*) (" \
	$lapic 's/arch.virtual_tsc_khz;/arch.new_field;/'
refuses "an unknown constant" "know: name 'NEW_LIMIT' (arch/x86/kvm/lapic.c:[0-9]*) (" \
	$lapic 's/left > (s64)t->timer_advance_ns/left > NEW_LIMIT/'
refuses "an unknown type" "type 'new_t' (arch/x86/kvm/lapic.h:[0-9]*)" $header 's/\ts64 period;/\tnew_t period;/'
refuses "a type without a body" "'struct new_thing'" \
	$lapic '/^static bool periodic/i static int of_new(struct new_thing *n)\n{\n\treturn n->x;\n}\n'
refuses "too few arguments" "number of arguments" $lapic 's/kvm_read_l1_tsc(vcpu, rdtsc())/kvm_read_l1_tsc(vcpu)/'
refuses "a field that the shell asks for" "field 'target_expiration' of 'struct kvm_timer', which the kvm shell's entry.h:[0-9]* asks for" \
	$header 's/target_expiration/target_expires/' $lapic 's/target_expiration/target_expires/g'
refuses "a renamed entry" 'lapic.c has no kvm_lapic_switch_to_sw_timer(), which vtick.s kvm shell calls: was it renamed?' \
	$lapic 's/kvm_lapic_switch_to_sw_timer/kvm_lapic_to_soft_timer/'
refuses "a header out of the tree" '../../outside.h: this header is included by a path' \
	$lapic '/linux.hrtimer.h/a #include "../../outside.h"'
refuses "no C at all" "know: line arch/x86/kvm/lapic.c:[0-9]*" $lapic '/^static bool periodic/i static static ) x;'
tree e $lapic 's/left > (s64)t->timer_advance_ns/left > N1 + N2 + N3 + N4 + N5 + N6 + N7/'
fails "five are named" "'N5' ([^;]*); and 2 more" build e
code "with -v all is said" 2 build e -v
has "as the compiler says it" "error: .*N7" err.txt

# ---- an unknown function ----

tree f $lapic 's/^\tatomic_set(&apic->lapic_timer.pending, 1);/&\n\tnew_helper(apic);/'
code "an unknown function is no failure" 0 build f -o f.so
has "but said" 'calls what .*shell does not know.*: new_helper()$' err.txt
"$vtick" replay -p ./f.so "$traces/kvm-tmict-1.vtt" >r.json 2>err.txt
equal "its cell ends" "$(jq -r '.cells[0].status' r.json)" error
ok "and names it" jq -e '.cells[0].message | test("calls new_helper\\(\\), which vtick.s kvm shell does not know")' r.json >jq.txt
equal "the result has it" "$(jq -r '.cells[0].policy.built.unknown_functions[]' r.json)" new_helper
tree f $lapic 's/^\tatomic_set(&apic->lapic_timer.pending, 1);/&\n\tif (!apic->vcpu)\n\t\tkvm_inject_nmi(apic);/'
code "one that is known to be out of the way" 0 build f
equal "is not said" "$(grep -c helper err.txt)" 0

# ---- wrong code is seen ----

tree w $lapic 's/^\t*kvm_lapic_set_irr((int).*/\tif (vcpu->vcpu_id > 0)\n&/'
"$vtick" replay -p kvm:tree=w "$traces/kvm-tmict-1.vtt" >r.json 2>err.txt
equal "an interrupt that is not injected" "$(jq -r '.cells[0].status' r.json)" error
ok "is told" jq -e '.cells[0].message | test("expire, and at the guest.s entry there was no interrupt")' r.json >jq.txt

# ---- another compiler ----

if command -v clang >/dev/null; then
	CC=clang
	code "clang" 0 build t -o c.so
	equal "clang: the same policy" "$(digest ./c.so "$traces/kvm-tmict-1.vtt")" "$(digest ./k.so "$traces/kvm-tmict-1.vtt")"
	refuses "clang: a field" "field 'new_field' of 'struct kvm_vcpu_arch'" $lapic 's/arch.virtual_tsc_khz;/arch.new_field;/'
	refuses "clang: a constant" "name 'NEW_LIMIT'" $lapic 's/left > (s64)t->timer_advance_ns/left > NEW_LIMIT/'
	refuses "clang: a variable" "uses 'new_knob'" \
		$lapic '/^static bool periodic/i extern int new_knob;' $lapic 's/left > (s64)t->timer_advance_ns/left > new_knob/'
	refuses "clang: a renamed entry" 'has no kvm_lapic_switch_to_sw_timer' $lapic 's/kvm_lapic_switch_to_sw_timer/kvm_lapic_to_soft/'
fi
CC=/none/cc
fails "no compiler" '/none/cc: no such compiler' build t

finish
