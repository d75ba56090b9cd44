#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kind kvm from real trees: lapic.c as Debian's linux-source packages have it. Each is what the re-written policies
# are, or the difference is known to the ns; what is known to change between versions changes.
# $VTICK_TREES: folders of more trees, to build too. Nothing of a tree stays or is shown.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need jq apt-get dpkg-deb xz
: "${CC:=cc}"
export CC
traces=$top/traces/corpus
cd "$work" || exit 1

. "$top/replay/kinds/tests/packages.sh"

# numbers NAME SPEC TRACE [OPTION]...: a line of what is the same where the behaviour is.
numbers()
{
	into=$1 spec=$2 trace=$3
	shift 3
	"$vtick" replay -p "$spec" "$@" "$trace" >r.json 2>err.txt
	jq -r '.cells[0] | [.status, .digest, .timer_interrupts.total, .ticks.due, .ticks.delivered, .ticks.coalesced] | @tsv' \
		r.json >"$into"
}

# fates NAME SPEC TRACE: each tick, in the order of VPs and deadlines.
fates()
{
	"$vtick" replay -p "$2" --fates fates.txt "$3" >r.json 2>err.txt
	tail -n +2 fates.txt | sort -k2,2n -k4,4n >"$1"
}

# within NAME A B TRACE: no tick differs by more than 2 ns.
within()
{
	paste "$2" "$3" >both.txt
	hz=$("$vtick" info --json "$4" | jq .clock_hz)
	# shellcheck disable=SC2016 # awk's
	ok "$1" awk -v hz="$hz" 'function away(a, b) { return a == b ? 0 : (a > b ? a - b : b - a) * 1e9 / hz }
		NF != 14 || $1 != $8 || $4 != $11 || away($5, $12) > 2 || away($6, $13) > 2 { bad = 1 }
		END { exit bad || !NR }' both.txt
}

linux_source 6.1
linux_source 6.12
for tree in linux-6.1 linux-6.12 ${VTICK_TREES-}; do
	name=$(basename "$tree")
	code "$name: builds" 0 "$vtick" policy build kvm --tree "$tree" -o "$name.so" --json
	jq .built out.txt >"$name.json"
	equal "$name: knows the code around" "$(jq -r '.unknown_callers + .unknown_functions | join(" ")' "$name.json")" ""
	equal "$name: no warning" "$(cat err.txt)" ""
	"$vtick" replay -p "./$name.so:apicv=yes" -p "./$name.so:apicv=yes,hv=yes" -p "./$name.so:apicv=yes,pi_inject_timer=yes" \
		"$traces/kvm-tmict-1.vtt" "$traces/kvm-4x2-all.vtt" "$traces/pvh2.vtt" >r.json 2>err.txt
	equal "$name: apicv" "$(jq -r '.cells[].status' r.json | sort -u)" ok
	for trace in "$traces"/kvm*.vtt; do
		at=$(basename "$trace" .vtt)
		for hv in no yes; do
			ours=kvm-hrtimer
			[ $hv = no ] || ours=kvm-preemption-timer
			numbers real.txt "./$name.so:hv=$hv" "$trace"
			numbers ours.txt $ours "$trace"
			# A counter of 2.596 GHz, whose ticks KVM has in ns.
			if [ "$at" = kvm-2x2-tsc ]; then
				equal "$name, hv=$hv: counts on $at" "$(cut -f 1,3- real.txt)" "$(cut -f 1,3- ours.txt)"
				fates real.txt "./$name.so:hv=$hv" "$trace"
				fates ours.txt $ours "$trace"
				within "$name, hv=$hv: 2 ns on $at" real.txt ours.txt "$trace"
			# Up to 5.10 the preemption timer was started after each halt, and served a one-shot count twice.
			elif [ "$hv$at" = yeskvm-tmict-1 ] && jq -r .version "$name.json" | grep -q '^5\.\(4\|10\)\.'; then
				equal "$name, hv=$hv: 24 ticks twice on $at" "$(cut -f 4 real.txt)" 1016
			else
				equal "$name, hv=$hv: as $ours on $at" "$(cat real.txt)" "$(cat ours.txt)"
			fi
		done
	done
done

# ---- late periods: with costs, and a host that is away ----

ok "a trace" "$vtick" gen --preset lapic-16x4 --duration 1 -o lapic.vtt
cat >away.json <<'END'
{ "schema": "vtick.costs/1", "figures": { "latency_ns": { "ns": 20000, "source": "test" },
	"base_ns": { "ns": 6000, "source": "test" }, "per_expiry_ns": { "ns": 6500, "source": "test" },
	"away_ns": { "ns": 9000000, "source": "test" }, "away_every_ns": { "ns": 40000000, "source": "test" } } }
END
numbers a.txt ./linux-6.1.so lapic.vtt --costs away.json
numbers b.txt ./linux-6.12.so lapic.vtt --costs away.json
equal "both start a late period anew" "$(cat a.txt)" "$(cat b.txt)"
numbers ours.txt kvm-hrtimer lapic.vtt --costs away.json
equal "with the interrupts of kvm-hrtimer" "$(cut -f 1,3 a.txt)" "$(cut -f 1,3 ours.txt)"

# patched NAME SED: linux-6.12 with a line of lapic.c changed; it must differ.
patched()
{
	rm -rf "$1"
	cp -r linux-6.12 "$1"
	sed -i -e "$2" "$1/arch/x86/kvm/lapic.c"
	ok "$1: the patch applies" sh -c "! cmp -s linux-6.12/arch/x86/kvm/lapic.c '$1/arch/x86/kvm/lapic.c'"
	"$vtick" policy build kvm --tree "$1" -o "$1.so" >out.txt 2>err.txt
}

# Without the new start a late period is caught up with, interrupt by interrupt.
patched catchup 's/^\t\tapic->lapic_timer.target_expiration = now;/\t\t;/'
numbers c.txt ./catchup.so lapic.vtt --costs away.json
numbers ours.txt kvm-hrtimer:late=catchup lapic.vtt --costs away.json
equal "without it: the interrupts of late=catchup" "$(cut -f 1,3 c.txt)" "$(cut -f 1,3 ours.txt)"
ok "which are many" [ "$(cut -f 3 c.txt)" -gt "$(($(cut -f 3 a.txt) * 2))" ]
patched comments 's,^/\* 14 is the version,/* Fourteen is the version,'
numbers d.txt ./comments.so lapic.vtt --costs away.json
equal "comments change nothing" "$(cat d.txt)" "$(cat b.txt)"

# ---- patches of 6.12 in git, as ci/compare-patch.sh --tree compares them ----

own_git
mkdir some
cp "$traces"/made-*.vtt "$traces/kvm-live-mixed-2x3.vtt" some/
git init -q g
cp -r linux-6.12/* g
git -C g add .
git -C g commit -qm base
git -C g tag base

# one NAME SED CODE PATTERN: a patch of a line, the exit code of its comparison, and a line of the report.
one()
{
	git -C g checkout -q base
	sed -i -e "$2" g/arch/x86/kvm/lapic.c
	git -C g commit -qam "$1"
	code "$1" "$3" "$top/ci/compare-patch.sh" --build "$build" --traces some -p kvm --tree g base HEAD
	has "$1: it is said" "$4"
	ok "$1: fits into a mail" [ "$(wc -l <out.txt)" -lt 80 ]
}
tick='the first tick whose fate differs is that of'
one "no advance" '/expire = ktime_sub_ns(expire, ktimer->timer_advance_ns);/d' 1 "$tick"
one "no re-base" 's/^\t\tapic->lapic_timer.target_expiration = now;/\t\t;/' 1 "$tick"
one "not moved" '/^void __kvm_migrate_apic_timer/,/^}/s/^\tif (hrtimer_cancel(timer))/\tif (0)/' 1 "$tick"
one "cancel forgotten" '/^static void apic_update_lvtt/,/^}/s/^\t\t\tcancel_apic_timer(apic);/\t\t\t;/' 1 "$tick"
one "shortest period ignored" 's/^\t\t\tapic->lapic_timer.period = min_period;/\t\t\t;/' 1 "$tick"
one "a comment" 's,^/\* 14 is the version,/* Fourteen is the version,' 0 '^### vtick: same'
one "no timer's code" '/^static bool pv_eoi_test_and_clr_pending/,/^}/s/return false;/return true;/' 2 \
	'^### vtick: not reached by these traces'

finish
