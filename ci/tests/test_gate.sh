#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The gate passes what is the same, and names each kind of regression that is injected into a copy of a policy.
# Tier: check
# shellcheck disable=SC2016,SC2119,SC2120,SC2317 # programs of jq, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git
ci=$top/ci
own_git
cd "$work" || exit 1

mkdir traces
"$vtick" gen --preset mail-16x4-idle --duration 1 -o traces/halting.vtt || exit 1
"$vtick" gen --domains 2 --vcpus 2 --lps 2 --blocked 50 --duration 1 -o traces/busy.vtt || exit 1
gate()
{
	"$ci/gate.sh" -p virtual -p passthrough --traces traces --golden golden --out out "$@" "$build"
}

code "no golden is trouble" 2 gate
first "it names the trace" "busy.vtt has no golden in golden; .*accept.sh --reason 'WHY' -p virtual -p passthrough" err.txt
code "no reason, no goldens" 2 "$ci/accept.sh" -p virtual -p passthrough --traces traces --golden golden "$build"
first "it asks why" "reason TEXT is missing" err.txt
accept()
{
	"$ci/accept.sh" --reason "$1" -p virtual -p passthrough --traces traces --golden golden "$build"
}
code "accept" 0 accept "it's the first"
has "it says what is new" "^Accepted: new: busy halting"
has "and how to commit it with its reason" "git commit --trailer 'Golden: it'.*s the first'$"
code "accept again" 0 accept "no reason"
first "there is nothing to accept" "^Nothing to accept: 2 traces"
cp -r golden kept

i=0
while [ "$i" -lt 100 ]; do
	i=$((i + 1))
	"$vtick" replay -p virtual -p passthrough -o again.json traces/busy.vtt >/dev/null || break
	"$vtick" compare --fail-on change golden/busy.txt again.json >out.txt || break
done
ok "clean 100 times out of 100" test "$i" = 100
code "the gate passes" 0 gate
first "and says so" "^same, gate passed: "

# caught NAME CODE FIRST-LINE ADDRESS TEXT
caught()
{
	name=$1 expected=$2 line=$3
	inject "${name%%:*}" "$4" "$5"
	VTICK_POLICY_PATH=$work/${name%%:*}
	export VTICK_POLICY_PATH
	code "$name" "$expected" gate
	unset VTICK_POLICY_PATH
	first "$name: the first line" "$line"
	[ "$expected" = 2 ] || has "$name: the accept command" "accept.sh --reason 'WHY' -p virtual -p passthrough --traces traces --golden golden $build"
}

# grown NAME METRIC: by one, in the cell of virtual, the first of the result and the last of the golden.
grown()
{
	delta=$(($(jq ".cells[0].$2" out/busy.json) - $(sed -n "/^cell virtual /,\$s/^ $2 //p" golden/busy.txt)))
	ok "$1 ($delta)" test "$delta" = 1
}

caught 'interrupt: one timer interrupt more' 1 'timer_interrupts\.[a-z_]* ' '/^static void sched_out(/,/^{/{/^{/' \
	'	if (reason == VTICK_BLOCK && ++calls == 100) h->hw_arm(h, lp, h->now + 1);
}'
grown "interrupt: it is one" timer_interrupts.total
caught 'skew: 1 ns more on one tick' 1 'firing_skew_ns\.[a-z_]*\.' '/^static void place(/,/^{/{/^{/' \
	'	if (++calls == 100 && v->armed) { h->timer_add(h, &v->timer, lp, v->itm - (uint64_t)v->offset + 1, 0); return; }
}'
grown "skew: it is 1 ns" firing_skew_ns.pend.sum
caught 'list: one entry more' 1 'ac_timer_list\.' '/^static void arm(/,/^{/{/^{/' \
	'	static struct vtick_timer extra; if (++calls == 100) h->timer_add(h, &extra, h->lp_of(h, vp), h->now + 1000000000000, 0);
}'
grown "list: it is one" ac_timer_list.adds
caught 'wakeup: one is lost' 1 'wakeups\.lost .*0 -> 1' '/^static void sched_out(/,/^{/{/^{/' \
	'	if (reason == VTICK_BLOCK && ++calls == 100) h->timer_del(h, &((struct vp *)vtick_vp(h, vp))->timer);
}'
caught 'crash: a policy dies' 2 'busy, policy virtual:.*crashed' '/^static void arm(/,/^{/{/^{/' \
	'	if (++calls == 100) __builtin_abort();
}'
has "crash: stderr names it too" "busy.vtt: policy virtual: crashed" err.txt

# ---- nothing between the gate and who asked may lose the verdict ----
mkdir late
sed "s/^	v->itm = a->deadline;/	v->itm = a->deadline + 1;/" "$top/replay/policies/virtual.c" >late/virtual.c
${CC:-cc} -std=gnu11 -shared -fPIC -O1 -I "$top/replay" -o late/virtual.so late/virtual.c || exit 1
options="--traces $work/traces --golden $work/golden --out $work/out -p virtual -p passthrough"
code "make passes" 0 make -s -C "$top" gate B="$build" GATE="$options"
VTICK_POLICY_PATH=$work/late
export VTICK_POLICY_PATH
code "make fails" 2 make -s -C "$top" gate B="$build" GATE="$options"
first "make: the first line" "gate failed: .*virtual"
"$ci/gate.sh" --traces traces --golden golden --out out -p virtual -p passthrough "$build" >out.txt 2>&1
ok "it was the gate" test $? = 1
{ gate; echo $? >status.txt; } | head -n 1 >out.txt
ok "a reader that leaves after a line" test "$(cat status.txt)" != 0
if command -v bash >/dev/null; then
	code "a pipe with pipefail" 1 bash -o pipefail -c '"$@" | tee log.txt | cat' bash "$ci/gate.sh" --traces traces \
		--golden golden --out out -p virtual -p passthrough "$build"
fi
code "another format" 1 gate --format github
has "another format: annotations" "^::error"
unset VTICK_POLICY_PATH

code "a cell is missing" 2 "$ci/gate.sh" -p virtual --traces traces --golden golden --out out "$build"
first "missing: the first line" "passthrough.*missing"
has "missing: the accept command" "accept.sh --reason .WHY. -p virtual --traces"
code "a cell has no golden" 2 gate -p virtual:switch=keep
first "new: the first line" "virtual:.*switch=keep"
: >golden/busy.txt
code "an empty golden" 2 gate
first "empty: it names the file" "golden/busy.txt: .*expected" err.txt
sed '/^cell/,$d' kept/busy.txt >golden/busy.txt
code "a golden without a cell" 2 gate
first "no cell: it names the file" "golden/busy.txt: is empty" err.txt
head -c 2000 kept/busy.txt >golden/busy.txt
code "a golden that is cut" 2 gate
first "cut: it names the file and the line" "golden/busy.txt: line [0-9]*: " err.txt
cp kept/busy.txt golden/
mv traces/busy.vtt busy.vtt
code "a trace has gone" 2 gate
first "gone: the first line" "busy.*missing"
"$vtick" gen --domains 2 --vcpus 2 --lps 2 --blocked 50 --duration 1 --seed 9 -o traces/busy.vtt || exit 1
code "another trace hash" 2 gate
first "hash: the first line" "busy.*sha256"
: >traces/busy.vtt
code "a trace that cannot be read" 2 gate
has "unreadable: it names the file" "busy.vtt" err.txt
code "and is not accepted" 2 accept "why not"
cmp -s golden/busy.txt kept/busy.txt
ok "the goldens are as they were" test $? = 0

rm -r traces golden out
mkdir traces
cp "$top/traces/corpus/xen-pv-1g.vtt" traces/idle.vtt
code "accept a trace without a timer write" 0 accept "it is one"
code "the gate names it" 2 gate
has "it says so" "trace idle: nothing to compare: no guest timer write with a known deadline"
code "it may be so" 0 gate --allow-empty 'id*'
cp traces/idle.vtt traces/xen-pv-1g.vtt
rm traces/idle.vtt
rm -r golden out
code "accept one that the corpus has" 0 accept "it is one"
code "ci/allow-empty has it" 0 gate

code "the accepted reason may not be the placeholder" 2 accept WHY
code "an unknown option" 2 gate --what
code "an option without its value" 2 "$ci/gate.sh" --traces
code "no vtick there" 2 "$ci/gate.sh" "$work"
code "help" 0 "$ci/gate.sh" --help
first "help teaches" "^Replays the corpus"
finish
