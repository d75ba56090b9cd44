#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kvm-hrtimer and kvm-preemption-timer are lapic.c of real trees, in every metric: without costs, with the recordings'
# own, with a host that is away 9 of 40 ms, and on random traces. Kernels that start a late period anew are late=rebase,
# the others late=catchup.
# $VTICK_TREES: folders of more trees. Nothing of a tree stays or is shown.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need jq apt-get dpkg-deb xz
: "${CC:=cc}"
export CC
cd "$work" || exit 1

. "$top/replay/kinds/tests/packages.sh"

linux_source 6.1
linux_source 6.12
# The same without the new start of a late period.
no_new_start linux-6.12 linux-catchup
trees="linux-6.1 linux-6.12 linux-catchup ${VTICK_TREES-}"

for name in kvm-2x2-core kvm-4x2-all kvm-live-2x2 kvm-live-mixed-2x3 kvm-tmict-1 kvm-unstable-tsc-1 made-modes made-moves made-period-50us; do
	ln -s "$top/traces/corpus/$name.vtt" .
done
ok "a trace" "$vtick" gen --preset lapic-16x4 --duration 1 -o lapic.vtt
cat >host.json <<'END'
{ "schema": "vtick.costs/1", "figures": { "latency_ns": { "ns": 20000, "source": "test" },
	"base_ns": { "ns": 6000, "source": "test" }, "per_expiry_ns": { "ns": 6500, "source": "test" },
	"away_ns": { "ns": 9000000, "source": "test" }, "away_every_ns": { "ns": 40000000, "source": "test" } } }
END
cat >all.json <<'END'
{ "schema": "vtick.costs/1", "figures": { "latency_ns": { "ns": 2000, "source": "test" },
	"base_ns": { "ns": 3000, "source": "test" }, "per_expiry_ns": { "ns": 1500, "source": "test" },
	"exit_arm_ns": { "ns": 700, "source": "test" }, "exit_guest_timer_ns": { "ns": 900, "source": "test" },
	"hardware_write_ns": { "ns": 50, "source": "test" }, "inject_ns": { "ns": 333, "source": "test" },
	"ipi_ns": { "ns": 210, "source": "test" },
	"away_ns": { "ns": 900000, "source": "test" }, "away_every_ns": { "ns": 4000000, "source": "test" } } }
END

# as_ours NAME [OPTION]... TRACE: the cells of all trees are those of the policies.
as_ours()
{
	title=$1
	shift
	# shellcheck disable=SC2086 # words
	"$vtick" replay $cells "$@" >r.json 2>err.txt || { fail "$title" err.txt && return; }
	jq -r --argjson late "{ $late }" -f "$top/replay/kinds/tests/rewritten.jq" r.json >differ.txt 2>&1
	if [ -s differ.txt ]; then fail "$title" differ.txt; else ok "$title"; fi
}

cells='' late='' comma=''
for ours in kvm-hrtimer kvm-hrtimer:advance=0 kvm-preemption-timer; do
	for how in rebase catchup; do
		case $ours in *:*) cells="$cells -p $ours,late=$how" ;; *) cells="$cells -p $ours:late=$how" ;; esac
	done
done
for tree in $trees; do
	name=$(basename "$tree")
	code "$name: builds" 0 "$vtick" policy build kvm --tree "$tree" -o "$name.so" --name "$name"
	how=catchup
	if grep -q 'target_expiration = now;' "$tree/arch/x86/kvm/lapic.c"; then how=rebase; fi
	late="$late$comma\"$name\":\"$how\"" comma=,
	# Up to 5.10 the advance is tuned after the wait, and the preemption timer started after each halt.
	case $(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p' "$tree/Makefile" | tr '\n' .) in
	5.4. | 5.10.) cells="$cells -p ./$name.so:advance=0" ;;
	*) cells="$cells -p ./$name.so -p ./$name.so:hv=yes" ;;
	esac
done

for trace in *.vtt; do
	at=${trace%.vtt}
	as_ours "$at" "$trace"
	cp host.json costs.json
	if "$vtick" info --costs "$trace" >own.json 2>err.txt; then
		as_ours "$at, its own costs" --costs own.json "$trace"
		jq -s '.[0].figures += (.[1].figures | { away_ns, away_every_ns }) | .[0]' own.json host.json >costs.json
	fi
	as_ours "$at, the host is away" --costs costs.json "$trace"
done

# Recordings of hosts that were away, with those stretches.
for kernel in 5.10.223 6.1.192; do
	as_ours "recorded on $kernel, the host away as there" --away recorded "$top/traces/pairs/kvm-away-$kernel.vtt"
done

# The two kinds of kernels part where periods are late.
"$vtick" replay --costs host.json -p kvm-hrtimer:late=catchup -p kvm-hrtimer:late=rebase lapic.vtt >r.json 2>err.txt
ok "catching up takes twice the interrupts" jq -e \
	'.cells | map(.timer_interrupts.total) | .[0] > 2 * .[1]' r.json >jq.txt

for seed in $(seq 40); do
	{
		echo '{"clock_hz":1000000000,"class":"synthetic","source":{"tool":"random.awk"},"end":20000000}'
		awk -v seed="$seed" -f "$top/replay/kinds/tests/random.awk" | sort -s -n -k 1,1 | cut -f 2-
	} | "$vtick" import text - -o random.vtt >out.txt 2>err.txt || fail "random trace $seed" err.txt
	as_ours "random trace $seed" random.vtt
	as_ours "random trace $seed, with costs" --costs all.json random.vtt
done

finish
