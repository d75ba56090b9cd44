#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick export --format perfetto`: the file is decoded by protoc, and every slice, instant and flow is held against the
# trace's events, each to its nanosecond.
. "$PWD/ci/tests/lib.sh"
need jq protoc gawk
: "${VTICK_TIER:=test}"
here=$top/replay/export/tests
cd "$work" || exit 1

# decode FILE: its packets as lines, on stdout.
decode()
{
	protoc --proto_path="$top/replay/export" --decode=perfetto.protos.Trace perfetto.proto <"$1" |
		gawk -f "$here/packets.awk"
}

expected()
{
	jq -n -r --arg what "$1" -f "$here/expected.jq" "$2"
}

# sound NAME LINES: they are those of a file as it must be.
sound()
{
	grep '^bad' "$2" >bad
	if [ -s "$2" ] && [ ! -s bad ]; then ok "$1"; else fail "$1" bad; fi
}

# alike NAME FILE FILE: the same lines in any order.
alike()
{
	sort "$2" >alike.1
	sort "$3" >alike.2
	if [ -s alike.1 ] && cmp -s alike.1 alike.2; then ok "$1 ($(wc -l <alike.1))"; else
		diff alike.1 alike.2 >alike.diff
		fail "$1" alike.diff
	fi
}

# counted TRACE
counted()
{
	name=$(basename "$1" .vtt)
	code "$name: exported" 0 "$vtick" export "$1" -o file
	decode file >lines
	sound "$name: what a file of Perfetto's must be" lines
	"$vtick" dump --json "$1" >events.json
	gawk -F '\t' '$1 == "INSTANT" && $4 != "deadline" && $3 !~ /ticks$/ { print $2 "\t" $3 "\t" $4 }' lines >got
	expected instants events.json >want
	alike "$name: an instant for each event that is no schedule" got want
	gawk -f "$here/slices.awk" lines >got
	sound "$name: slices nest" got
	grep -v "/ticks" got >rest && mv rest got
	expected slices events.json >want
	alike "$name: a slice for each time in which a VP did something" got want
	equal "$name: LP slices are what info counts" "$(grep -c "	recorded/LP [0-9]*	" got)" \
		"$("$vtick" info --json "$1" | jq '.events.sched_in')"
	"$vtick" replay -p virtual "$1" >result 2>/dev/null
	equal "$name: a deadline for each that a replay has" \
		"$(gawk -F '\t' '$4 == "deadline"' lines | wc -l)" "$(jq '.cells[0].ticks.due' result)"
	gawk -F '\t' '$5 != "-" { print $5 "\t" $4 }' lines >flows
	equal "$name: a flow for each expiry that begins one" "$(cut -f1 flows | sort -u | wc -l)" "$(expected fires events.json)"
	gawk -F '\t' '!seen[$1]++ && $2 != "obs_fire"' flows >bad
	ok "$name: each begins with it" test ! -s bad
}

"$vtick" cut --to 0.4 "$top/traces/corpus/kvm-live-mixed-2x3.vtt" -o live.vtt || exit 1
counted live.vtt
for trace in "$top"/traces/corpus/*.vtt; do
	case $VTICK_TIER,$trace in
	all,* | *,*/made-mo*) counted "$trace" ;;
	esac
done
# A clock that is not ns, counters that are set, a guest that is moved.
"$vtick" gen --domains 3 --vcpus 2 --lps 2 --tick 250 --blocked 60 --migrate 20 --cancel 20 --moves 10 \
	--set-itc 3 --set-itc-every 50ms --clock-hz 2596.122M --duration 1 -o gen.vtt || exit 1
counted gen.vtt

# Flows of a live recording go all the way: expiry, wake-up, run, injection.
"$vtick" export live.vtt -o file
decode file >lines
gawk -F '\t' '$5 != "-" { way[$5] = way[$5] " " $4 } END { for (f in way) n[way[f]]++; for (w in n) print n[w] w }' lines |
	sort -rn >ways
has "most ticks of sleeping guests go from expiry to injection" \
	'^[1-9][0-9]\{3\} obs_fire wake runs obs_pend$' ways
gawk -F '\t' '$5 != "-" && $2 < last[$5] { print } { last[$5] = $2 }' lines >bad
ok "flows run forward in time" test ! -s bad
gawk -F '\t' '$4 == "arm" && $6 !~ /^due_ns=[0-9]+(,period_ns=[0-9]+)?$/' lines >bad
ok "a write says when it is due" test ! -s bad

# A window is the whole, cut.
from=200000000 to=250000123
code "a window" 0 "$vtick" export --from ${from}ns --to ${to}ns live.vtt -o part
decode part >part.lines
sound "a window is a file as it must be" part.lines
gawk -F '\t' -v from=$from -v to=$to '$1 == "INSTANT" && $2 >= from && $2 <= to { print $2, $3, $4 }' lines >want
gawk -F '\t' '$1 == "INSTANT" { print $2, $3, $4 }' part.lines >got
alike "its instants" got want
gawk -v from=$from -v to=$to -f "$here/slices.awk" lines | grep -v '/lost	' >want
gawk -f "$here/slices.awk" part.lines | grep -v '/lost	' >got
alike "its slices, cut at its ends" got want

# Names are others' text.
"$vtick" dump --json gen.vtt | sed '1s/"d0v1"/"\\u001b[31m\\u202e<b>"/' | "$vtick" import text -o named.vtt 2>/dev/null || exit 1
"$vtick" export named.vtt -o file
decode file >named.lines
has "a name of others is text" 'recorded/\\\\x1b\[31m\\\\xe2\\\\x80\\\\xae<b>	' named.lines

# Where it goes.
"$vtick" export gen.vtt -o whole || exit 1
"$vtick" export gen.vtt >out && "$vtick" export -o - gen.vtt >dash
ok "standard output" cmp -s out whole
ok "- is that, too" cmp -s dash whole
fails "a trace is not overwritten" "expected a file to write, not a trace" "$vtick" export gen.vtt -o other.vtt
fails "nor is what is read" "gen.vtt" "$vtick" export gen.vtt -o ./gen.vtt
fails "--from behind the end" "behind the end of the trace" "$vtick" export --from 60 gen.vtt -o none
fails "--from behind --to" "from is after --to" "$vtick" export --from 2 --to 1 gen.vtt -o none
ok "nothing is left behind" test ! -e none
head -c -2000 live.vtt >cut.vtt
code "a trace that is cut off" 0 "$vtick" export cut.vtt -o file
has "is said to be" "cut off" err.txt
finish
