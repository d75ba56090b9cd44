#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kind xen from real trees: vpt.c as Debian's xen source packages have it, in each timer_mode on every Xen trace of
# the corpus. Its ticks are those of xen-vpt: to the bit as if the recording's counter counted ns; as it is, within 2 ns
# a tick, and what follows from that. With common/timer.c as the queue they are the same, and so are the list's lengths;
# with vlapic.c as the local APIC, too, but for what a write to LVTT does.
# $VTICK_XEN_TREES: more trees, GIT@REVISION or a folder. Nothing of a tree stays or is shown.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need jq apt-get xz
: "${CC:=cc}"
export CC
traces=$top/traces/corpus
cd "$work" || exit 1

# ---- the trees ----

. "$top/replay/kinds/tests/packages.sh"
xen_sources
ok "there are two trees, one of the old places and one of the new" [ "$(echo "$trees" | wc -w)" -ge 2 ]

# ---- the traces ----

for trace in "$traces"/*.vtt; do
	"$vtick" info --json "$trace" | jq -e '.source.tool == "xentrace"' >jq.txt 2>&1 || continue
	name=$(basename "$trace" .vtt)
	cp "$trace" "raw-$name.vtt"
	"$vtick" dump --json "$trace" | sed '1s/"clock_hz":[0-9]*/"clock_hz":1000000000/' >ns.txt
	"$vtick" import text ns.txt -o "ns-$name.vtt" 2>err.txt
done
ok "there are Xen traces" [ "$(find . -name 'ns-*.vtt' | wc -l)" -ge 9 ]

# numbers INTO SPEC TRACE FILTER
numbers()
{
	"$vtick" replay -p "$2" --fates "$1.fates" "$3" >"$1.json" 2>err.txt
	jq -c ".cells[0] | $4" "$1.json" >"$1"
	tail -n +2 "$1.fates" | sort -k2,2n -k4,4n -k1,1 >"$1.sorted"
}

# shellcheck disable=SC2016 # jq's
same='[.status, .digest, .ticks, .timer_interrupts.total, .exits, .wakeups, .causality_breaks, .firing_skew_ns,
	.ac_timer_list.fires, .ac_timer_list.moves, .ac_timer_list.adds - .ac_timer_list.removes]'
loose='[.status, .ticks.due]'

# Each pair of parameters that the two names have.
for parameters in 0,yes 1,yes 2,yes 3,yes 1,no 3,no; do
	mode=${parameters%,*} align=${parameters#*,}
	for trace in ns-*.vtt; do
		numbers "ours-$mode-$align-$trace" "xen-vpt:mode=$mode,align=$align" "$trace" "$same"
	done
	for trace in raw-*.vtt; do
		numbers "ours-$mode-$align-$trace" "xen-vpt:mode=$mode,align=$align" "$trace" "$loose"
	done
done

# within A B TRACE: ticks are the same ones, pended and delivered within 2 ns. But a period that is no whole number of
# ticks is rounded down in the trace, so that up to a tick a period (of half a ms at least) is between them; and an expiry
# that moves by so much may share another's interrupt or no more: few do, and by no more than the slop.
within()
{
	hz=$("$vtick" info --json "$3" | jq .clock_hz)
	paste "$1" "$2" >both.txt
	# shellcheck disable=SC2016 # awk's
	awk -v hz="$hz" 'function away(a, b) { return a == b ? 0 : (a > b ? a - b : b - a) * 1e9 / hz }
		function slack(t) { return 2 + t / (hz * 5e-4) * 1e9 / hz }
		NF != 14 || $1 != $8 || $2 != $9 || $4 != $11 { bad++; next }
		$5 == "-" { next }
		{ d = away($5, $12); e = $6 == "-" ? 0 : away($6, $13) }
		d > slack($5) || e > slack($5) { moved++ }
		d > 50000 + slack($5) || e > 50000 + slack($5) { bad++ }
		END { exit bad || moved > NR / 200 }' both.txt
}

# checkout TREE REVISION: a folder with what is needed of it.
checkout()
{
	[ -n "$2" ] || { echo "$1" && return; }
	rm -rf checkout && mkdir checkout
	git -C "$1" archive "$2" xen/Makefile xen/arch/x86 xen/common xen/include | tar -x -C checkout
	echo checkout
}

# queues SO NAME [exact]: with queue=timer.c each tick, and all that is counted of the list, is as with vtick's own
# queue. The hardware writes are not: a heap has no order among equals, so that another timer may be its first, and only
# that counts when one is removed. Nor are they with ticks of the hypervisor's: one that comes to the head as it runs has
# timer.c look once more.
queues()
{
	differ='' kept='del(.policy, .hardware_writes)' more=''
	[ -z "${3-}" ] || { kept='del(.policy)' more=,hv-tick=0; }
	for trace in ns-*.vtt; do
		for parameters in timer_mode=1 timer_mode=0,align=no timer_mode=2,hv-slice=5ms,slop=0; do
			for queue in engine timer.c; do
				"$vtick" replay -p "$1:$parameters,queue=$queue$more" --fates "queue.$queue" "$trace" 2>err.txt |
					jq -c ".cells[0] | $kept" >"result.$queue"
			done
			cmp -s queue.engine queue.timer.c && cmp -s result.engine result.timer.c ||
				differ="$differ $trace:$parameters"
		done
	done
	equal "$2: the queue is as vtick's" "$differ" ''
}

# without_lvtt NS: the trace without writes to LVTT.
without_lvtt()
{
	"$vtick" dump --json "$1" | grep -v '"event":"mask"' >without.txt
	"$vtick" import text without.txt -o "plain-${1#ns-}" 2>err.txt
	"$vtick" dump --json "$1" |
		jq -r 'select(.event == "mask" and .masked == false) | "\(.vp) \(.time)"' >"unmasked-$1"
}

for trace in ns-*.vtt; do
	without_lvtt "$trace"
done

# apics SO NAME: with lapic=vlapic.c each tick and all that is counted is as with the rules, but that a timer comes onto
# its list once more where it is written in another mode. A write to LVTT begins it anew: of what the rules deliver at an
# unmask none is, or (timer_mode 0, by a guest's clock that stood still) it is later.
apics()
{
	differ='' lost=0
	# shellcheck disable=SC2016 # jq's
	all='del(.policy) | .ac_timer_list.adds -= .ac_timer_list.removes | del(.ac_timer_list.removes)'
	for trace in plain-*.vtt ns-*.vtt; do
		for parameters in timer_mode=0,align=no timer_mode=1 timer_mode=3,queue=timer.c; do
			for more in rules vlapic.c vlapic.c,divide=128,stop=mode; do
				"$vtick" replay -p "$1:$parameters,lapic=$more" --fates "fates.$more" "$trace" 2>err.txt |
					jq -S -c ".cells[0] | $all" >"result.$more"
			done
			case $trace in
			plain-*)
				cmp -s result.rules result.vlapic.c || differ="$differ $trace:$parameters" ;;
			*)
				awk 'FILENAME != ARGV[2] { at[$1 " " $2]; next } $1 == "delivered" && ($2 " " $6) in at' \
					"unmasked-$trace" fates.rules >left
				lost=$((lost + $(wc -l <left)))
				for more in rules vlapic.c vlapic.c,divide=128,stop=mode; do
					awk 'FILENAME != ARGV[2] { tick[$2 " " $4]; next } !(($2 " " $4) in tick)' \
						left "fates.$more" >fates && mv fates "fates.$more"
				done ;;
			esac
			cmp -s fates.rules fates.vlapic.c && cmp -s fates.rules fates.vlapic.c,divide=128,stop=mode ||
				differ="$differ $trace:$parameters:fates"
		done
	done
	equal "$2: the local APIC is as the rules have it" "$differ" ''
	ok "$2: but for ticks under mask" [ "$lost" -gt 1000 ]
}

# Random traces, without writes to LVTT.
for seed in $(seq 20); do
	{
		echo '{"clock_hz":1000000000,"class":"synthetic","source":{"tool":"random.awk"},"end":20000000}'
		awk -v seed="$seed" -f "$top/replay/kinds/tests/random.awk" | sort -s -n -k 1,1 | cut -f 2- |
			grep -v '"event":"mask"'
	} | "$vtick" import text - -o "random-$seed.vtt" >out.txt 2>err.txt || fail "random trace $seed" err.txt
done

# at_random SO NAME: the same on random traces. (In timer_mode 0 the guest's clock moves by a ns with each reading.)
at_random()
{
	differ=''
	# shellcheck disable=SC2016 # jq's
	all='del(.policy) | .ac_timer_list.adds -= .ac_timer_list.removes | del(.ac_timer_list.removes)'
	for trace in random-*.vtt; do
		for parameters in timer_mode=1,align=no timer_mode=2 timer_mode=3,queue=timer.c; do
			for more in rules vlapic.c,divide=4; do
				"$vtick" replay -p "$1:$parameters,lapic=$more" --fates "fates.$more" "$trace" 2>err.txt |
					jq -S -c ".cells[0] | $all" >"result.$more"
			done
			cmp -s result.rules result.vlapic.c,divide=4 && cmp -s fates.rules fates.vlapic.c,divide=4 ||
				differ="$differ $trace:$parameters"
		done
	done
	equal "$2: so it is on random traces" "$differ" ''
}

for tree in $trees ${VTICK_XEN_TREES-}; do
	rev=
	case $tree in *@*) rev=${tree##*@} tree=${tree%@*} ;; esac
	name=$(echo "${rev:-$(basename "$tree")}" | tr -c 'A-Za-z0-9._\n-' -)
	code "$name: builds" 0 "$vtick" policy build xen --tree "$tree" ${rev:+--rev "$rev"} -o "$name.so" --json
	equal "$name: knows the code around" "$(jq -r '.built | .unknown_callers + .unknown_functions | join(" ")' out.txt)" ""
	equal "$name: no warning" "$(cat err.txt)" ""
	code "$name: builds with its lines" 0 "$vtick" policy build xen --tree "$tree" ${rev:+--rev "$rev"} -o lines.so --name lines --lines
	equal "$name: no warning of that" "$(cat err.txt)" ""
	for parameters in 0,yes 1,yes 2,yes 3,yes 1,no 3,no; do
		mode=${parameters%,*} align=${parameters#*,} differ='' far=''
		for trace in ns-*.vtt; do
			numbers real "./$name.so:timer_mode=$mode,align=$align" "$trace" "$same"
			cmp -s real "ours-$mode-$align-$trace" && cmp -s real.sorted "ours-$mode-$align-$trace.sorted" ||
				differ="$differ $trace"
		done
		equal "$name, timer_mode=$mode, align=$align: xen-vpt to the bit, in ns" "$differ" ""
		for trace in raw-*.vtt; do
			numbers real "./$name.so:timer_mode=$mode,align=$align" "$trace" "$loose"
			cmp -s real "ours-$mode-$align-$trace" && within real.sorted "ours-$mode-$align-$trace.sorted" "$trace" ||
				far="$far $trace"
		done
		equal "$name, timer_mode=$mode, align=$align: xen-vpt, near" "$far" ""
	done
	queues "./$name.so" "$name"
	apics "./$name.so" "$name"
	at_random "./$name.so" "$name"
	# Without its heap timer.c has a list, with an order among equals: then nothing is left.
	cp -r "$(checkout "$tree" "$rev")" list
	sed -i 's/= xmalloc_array(.*);/= NULL;/' list/xen/common/timer.c
	code "$name, without the heap: builds" 0 "$vtick" policy build xen --tree list -o list.so --name xen-list
	queues ./list.so "$name, without the heap" exact
	rm -rf list
done

finish
