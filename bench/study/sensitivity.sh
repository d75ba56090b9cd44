#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How far the answers move with what the studies hold still: the hypervisor's tick, its timer slop, the slices and
# the guests' tick. Prints the tables of bench/SENSITIVITY.md. Usage: bench/study/sensitivity.sh [-s SECONDS] BUILD
set -eu

here=$(dirname "$0")
# shellcheck source=bench/study/guests.sh
. "$here/guests.sh"
seconds=60
[ "${1-}" != -s ] || { seconds=$2 && shift 2; }
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# LABEL, GEN options, HOST options (",key=value"): one row. $guests and $lps say of whom.
row() {
	printf 'sensitivity: %s: %s\n' "$guests" "$1" >&2
	# shellcheck disable=SC2046,SC2086 # options
	"$build/vtick" gen $(guest_options "$guests" 16) --lps "$lps" --duration "$seconds" $2 -o "$work/trace.vtt"
	"$build/vtick" replay -p "passthrough:scope=nearest$3" -p "passthrough:scope=current,switch=none$3" \
		-p "virtual:block=keep$3" -p "virtual:switch=keep$3" -p "virtual:block=remove$3" \
		-o "$work/result.json" "$work/trace.vtt" >/dev/null
	jq -r --arg what "$1" --arg skew "$skew" -f "$here/sensitivity.jq" "$work/result.json"
}

table() { # TITLE, and which skew: policy or pend
	skew=$2
	cat <<END
### $1

| | interrupts/s/LP: passthrough | virtual | ratio | list: virtual | switch=keep | $skew skew, us: code of 2005 | virtual | lost of 1000: block=remove | breaks of 1000: passthrough | code of 2005 | virtual | block=remove |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
END
	row "as it is" "" ""
	row "hv-tick=0" "" ,hv-tick=0
	row "hv-tick=1000" "" ,hv-tick=1000
	row "hv-tick=0, hv-slice=0" "" ,hv-tick=0,hv-slice=0
	row "slop=0" "" ,slop=0
	row "slop=1ms" "" ,slop=1ms
	row "slice 5 ms" "--slice 5ms" ""
	row "slice 100 ms" "--slice 100ms" ""
}

guests=busy lps=1
table "Busy guests with one-shot ticks of 1000 Hz, 64 VPs on one LP" policy
row "guests' tick 100 Hz" "--tick 100" ""
row "guests' tick 250 Hz" "--tick 250" ""
echo

guests=periodic
table "Busy guests with periodic timers of 1000 Hz, 64 VPs on one LP" policy
row "guests' tick 100 Hz" "--tick 100" ""
row "guests' tick 250 Hz" "--tick 250" ""
echo

# A guest needs 100 us to answer a tick; it runs for hardly more than that.
guests=halting lps=8
table "Halting guests with one-shot ticks of 100 Hz, 64 VPs on 8 LPs" pend
row "guests' tick 250 Hz" "--tick 250 --blocked 97" ""
row "guests' tick 1000 Hz" "--tick 1000 --blocked 89" ""
row "slop=1ms, 1000 Hz" "--tick 1000 --blocked 89" ,slop=1ms
row "answer and wake delay 1 us" "--answer-delay 1us --wake-delay 1us" ""
