#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# compare-patch.sh and bisect.sh --tree: patches of an invented tree, in git; what is reached, what is not, where they part,
# and which of sixteen commits is guilty.
# Tier: check
# shellcheck disable=SC2016,SC2317 # sed's, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git objdump
: "${CC:=cc}"
export CC
own_git
lapic=arch/x86/kvm/lapic.c
cd "$work" || exit 1
export TMPDIR="$work/tmp"
mkdir traces tmp
for trace in made-modes made-moves made-period-50us; do
	cp "$top/traces/corpus/$trace.vtt" traces/
	"$top/traces/corpus/made.sh" "$trace" | "$vtick" import text - -o again.vtt || fail "$trace is not made"
	equal "$trace is as it is made" "$("$vtick" dump --json again.vtt | sha256sum)" "$("$vtick" dump --json "traces/$trace.vtt" | sha256sum)"
done
git init -q t && cp -r "$top/replay/kinds/tests/tree"/* t && cd t || exit 1
sed -i '/^void kvm_lapic_set_eoi/,/^}/s/^{/{\n\tif (vcpu->vcpu_id == 77)\n\t\tkvm_vcpu_kick(vcpu);\n\tvcpu->vcpu_id == 78 ? kvm_vcpu_kick(vcpu) : (void)0;/' "$lapic"
git add . && git commit -qm "Base" && git tag base && cd ..

# patch NAME SED [FILE]: a commit on base, and its tag.
patch()
{
	git -C t checkout -q base
	sed -i -e "$2" "t/${3-$lapic}"
	git -C t commit -qam "Patch $1" && git -C t tag "$1"
}
patch comment 's,^static bool periodic,/* A word. */\n&,'
patch advance 's/ktime_get() + left - t->timer_advance_ns/ktime_get() + left/'
patch rebase 's/^\t\tt->target_expiration = ktime_get();/\t\t;/'
patch move 's/^\tif (hrtimer_cancel(timer))/\tif (0)/'
patch cancel '/^\tif (offset == APIC_LVTT/,/^\t}/s/^\t\tstop(apic);/\t\t;/'
patch shortest 's/data && t->period < (s64)min_timer_period_us/data \&\& 0 > (s64)min_timer_period_us/'
patch never '/^void kvm_lapic_set_eoi/,/^}/s/^\t\tkvm_vcpu_kick(vcpu);/\t\tkvm_make_request(KVM_REQ_TEST, vcpu);/'
patch arm '/^void kvm_lapic_set_eoi/,/^}/s/kvm_vcpu_kick(vcpu) :/kvm_make_request(KVM_REQ_TEST, vcpu) :/'
patch partly '/^void kvm_lapic_set_eoi/,/^}/{ s/== 77/== 79/; s/^\t\tkvm_vcpu_kick(vcpu);/\t\tkvm_make_request(KVM_REQ_TEST, vcpu);/ }'
patch unused '/^void kvm_lapic_reset/i void kvm_lapic_unused(struct kvm_vcpu *vcpu)\n{\n\tstop(vcpu->arch.apic);\n}\n'
patch around '$a int other;' arch/x86/kvm/x86.c
patch same 's/^\treturn vcpu->arch.apic->requested ? vcpu->arch.apic->requested : -1;/\tint r = vcpu->arch.apic->requested;\n\treturn r ? r : -1;/'
patch twice 's/^\t\thrtimer_start(&t->timer, t->target_expiration, HRTIMER_MODE_ABS_HARD);/&\n&/'
patch divider 's/ + 1) & 7);/ + 1) \& 3);/'
patch renamed '/^static int divider/,/^}/s/tdcr/config/g'
patch ifdef '/^void kvm_lapic_reset/i #ifdef CONFIG_TOMORROW\nstatic int tomorrow(void)\n{\n\treturn 1;\n}\n#endif\n'
git -C t checkout -q base
awk '/^static int divider/ { moves = 1 } moves { held = held $0 "\n" } !moves { print } /^}/ { moves = 0 }
	/^void kvm_lapic_set_eoi/ { last = 1 } last && /^}/ { printf "\n%s", held; last = 0 }' "t/$lapic" >moved.c
sed -i 's/^static bool periodic/static int divider(struct kvm_lapic *apic);\n\n&/' moved.c
cp moved.c "t/$lapic"
git -C t commit -qam "Patch moved" && git -C t tag moved
patch broken 's/^static bool periodic/static bool periodic(/'
git clone -q --bare t t.git

compare()
{
	"$top/ci/compare-patch.sh" --build "$build" --tree t.git --traces traces "$@"
}
code "comments" 0 compare -p kvm:hv=yes base comment
has "are the same" "^### vtick: same"
has "and said to be" "^Code that is compiled: the same"
has "what the traces can show" "^- periods under 200 us: made-period-50us (1 of 3)"
has "whose costs" "^- what comes late, by the recording's own costs: none; by made-up ones"
for name in advance rebase move cancel shortest; do
	code "$name: a change" 1 compare -p "kvm:stop=mode" base "$name"
	has "$name: to the first tick" "^ *made-.*: the first tick whose fate differs"
	has "$name: short" "^- \`.*\`: made-"
	ok "$name: fits into a mail" [ "$(wc -l <out.txt)" -lt 80 ]
done
code "no tick differs" 1 compare -p kvm:hv=no base twice
has "to the first operation" "^ *no tick's fate differs; the first timer operation or interrupt that does is by 1000000 ns:"
has "which is one" "^ *ac_timer_list.adds [0-9]* -> [0-9]*$"
code "lines that nobody comes to" 2 compare -p kvm:hv=yes base never
first "are no pass" "^### vtick: not reached by these traces"
has "are named" "\`kvm_lapic_set_eoi\`: its changed lines are not reached by these traces"
code "and are never the same" 1 grep -q "vtick: same" out.txt
code "an arm of a line that nobody comes to" 2 compare -p kvm:hv=yes base arm
has "is named" "\`kvm_lapic_set_eoi\`: its changed lines are not reached by these traces"
code "two lines of which one is come to" 0 compare -p kvm:hv=yes base partly
has "the other is named" "^- \`kvm_lapic_set_eoi\`: made-.* (3 of 3); not reached, of its changed lines: 18[0-9]$"
code "a function that nobody calls" 2 compare -p kvm:hv=yes base unused
has "is named" "\`kvm_lapic_unused\`: not reached by these traces"
code "a file that is not replayed" 2 compare -p kvm:hv=yes base around
has "is named, too" "^Changed, and never replayed: $lapic\|^Changed, and never replayed: arch/x86/kvm/x86.c (1 of 1)"
code "as JSON" 2 compare --format json -p kvm:hv=yes base around
has "it is said" "not reached by these traces" err.txt
code "other code of the same effect" 0 compare -p kvm:hv=yes base same
has "is reached" "\`kvm_apic_has_interrupt\`: made-modes, made-moves, made-period-50us (3 of 3)"
code "a wrong divider" 1 compare -p kvm base divider
has "is seen by guests that divide" "the first tick whose fate differs"
has "and only by them" "kvm:apicv=no,divide=16,hv=no,pi_inject_timer=no,stop=mode"
for name in moved renamed; do
	code "$name: what is compiled to the same" 0 compare -p kvm:hv=yes base "$name"
	has "$name: is said to be" "^- none: all of it is compiled, to the same instructions$"
done
code "what is not compiled" 2 compare -p kvm:hv=yes base ifdef
has "is no pass" "^- none: what differs is no code that is compiled here$"
code "what does not build" 2 compare -p kvm:hv=yes base broken
has "is told" "head revision [0-9a-f]* does not build" err.txt
code "no such revision" 2 compare -p kvm nothing base
code "no kind" 2 compare -p virtual base comment
code "no tree" 2 compare --tree traces -p kvm base comment
code "tree in the policy" 2 compare -p kvm:tree=t base comment
has "is refused" "tree, rev and name are" err.txt


# ---- costs ----
code "a late rule without costs" 2 compare -p kvm:hv=no --costs none base rebase
first "is not reached" "^### vtick: not reached by these traces"
has "says so" "1 way on 3 traces, without costs: "
has "and what shows nothing" "^- what comes late: none"
code "with those of a file" 1 compare -p kvm:hv=no --costs "$top/ci/made-costs.json" base rebase
has "it is named" "1 way on 3 traces, with the costs of made-costs.json: "
fails "no such costs" "--costs is 'nothing', expected" compare -p kvm --costs nothing base rebase

# ---- what is not committed ----
git -C t checkout -q base
uncommitted()
{
	"$top/ci/compare-patch.sh" --build "$build" --tree t --traces traces -p kvm:hv=no "$@"
}
code "nothing" 0 uncommitted base
has "is the commit" "→ [0-9a-f]* (Base)$"
code "nothing since a patch" 1 uncommitted rebase
sed -i 's/^\t\tt->target_expiration = ktime_get();/\t\t;/' "t/$lapic"
echo '// more' >>t/arch/x86/kvm/x86.c
code "a change" 1 uncommitted HEAD
has "is compared" "→ what is not committed, on [0-9a-f]* (Base)$"
has "to the first tick" "the first tick whose fate differs"
has "with what is reached" '^- `[a-z_]*`: made-moves'
has "and what is not replayed" "^Changed, and never replayed: arch/x86/kvm/x86.c (1 of 2)"
equal "it stays as it is" "$(git -C t status --porcelain)" " M $lapic
 M arch/x86/kvm/x86.c"
git -C t checkout -q .
sed -i 's,^static bool periodic,/* A word. */\n&,' "t/$lapic"
code "a comment" 0 uncommitted HEAD
has "is one" "^Code that is compiled: the same"
git -C t checkout -q .

# ---- sixteen commits, one of which is guilty, and one that does not build ----
git -C t checkout -q base
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	case $i in
	4 | 9) echo "$i" >>t/Makefile ;;
	7) sed -i 's/^static bool periodic/static bool periodic(/' t/$lapic ;;
	8) sed -i 's/^static bool periodic(/static bool periodic/' t/$lapic ;;
	11) sed -i 's/^\tif (hrtimer_cancel(timer))/\tif (0)/' t/$lapic ;;
	*) echo "/* $i */" >>t/$lapic ;;
	esac
	git -C t commit -qam "Step $i"
	git -C t tag "step-$i"
done
git -C t push -q --tags ../t.git
bisect()
{
	"$top/ci/bisect.sh" --build "$build" --tree t.git --trace traces/made-moves.vtt "$@"
}
code "bisect a metric" 0 bisect -p kvm:hv=no digest base step-16
first "the guilty one" "^$(git -C t rev-parse step-11)$"
has "its subject" "Step 11"
ok "in few steps" [ "$(grep -c 'Step' err.txt)" -lt 6 ]
counts=".cells[0] | [.timer_interrupts, .ac_timer_list, .hardware_writes]"
"$vtick" replay -p kvm:tree=t.git,rev=base traces/made-moves.vtt 2>err.txt | jq "$counts" >good.json
code "bisect by a command" 0 bisect -p kvm -- "\"\$VTICK\" replay -p \"\$POLICY\" '$work/traces/made-moves.vtt' | jq '$counts' |
	cmp -s - '$work/good.json'" base step-16
first "the guilty one by it" "^$(git -C t rev-parse step-11)$"
code "around what does not build" 0 bisect -p kvm:hv=no digest step-5 step-12
first "the guilty one, too" "^$(git -C t rev-parse step-11)$"
code "nothing to find" 2 bisect -p kvm:hv=no digest base step-10
has "it says so" "nothing to find" err.txt
code "no such metric" 2 bisect -p kvm:hv=no no.such base step-16
ok "nothing of it is left" test -z "$(git -C t.git for-each-ref refs/bisect)"
equal "nothing stays" "$(ls tmp)" ""
equal "nothing is checked out" "$(git -C t.git worktree list | wc -l)" 1
finish
