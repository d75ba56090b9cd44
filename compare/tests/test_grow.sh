#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Results grow: those of older vticks are read, what they do not have is a note; what they lost is trouble; a newer
# result that cannot be read names the version that can.
. "$PWD/ci/tests/lib.sh"
need jq sqlite3
cd "$work" || exit 1

old=$top/compare/tests/data/old
note="note: exits.guest_timer is not compared: older result: it came with minor 1, .*oldest.json is of minor 0"
"$vtick" replay -p virtual -o new.json "$old/tiny.vtt" >/dev/null || exit 1
"$vtick" replay -p virtual --costs "$old/costs-profile.json" -o costs.json "$old/tiny.vtt" >/dev/null || exit 1
"$vtick" replay -p virtual --against-recording -o against.json "$old/tiny.vtt" >/dev/null || exit 1

# ---- four earlier shapes as the baseline ----

gives "the oldest result" 0 '^same, gate passed: 109 metrics of 1 cell' "$old/oldest.json" new.json
ok "... and a note of the metric that it does not have" grep -q "$note" out.txt
ok "... once" [ "$(grep -c "$note" out.txt)" = 1 ]
gives "one that has it" 0 '^same, gate passed: 110 metrics of 1 cell' "$old/guest-timer.json" new.json
ok "... has no such note" sh -c '! grep -q exits.guest_timer out.txt'
gives "one with costs" 0 '^same, gate passed: 113 metrics of 1 cell' \
	--base virtual --candidate virtual "$old/costs.json" costs.json
gives "one held against its recording" 0 '^same, gate passed: 111 metrics of 1 cell' "$old/against.json" against.json
cp "$old/oldest.json" first.json
jq '.cells[0].trace.name = "another"' first.json >second.json
jq '.cells[0].trace.name = "another"' new.json >new2.json
gives "two such baselines" 0 '^same' --base-files first.json second.json --candidate-files new.json new2.json
ok "... are one note" [ "$(grep -c '^note: exits.guest_timer' out.txt)" = 1 ]
gives "replays of one cell by two vticks" 0 '^same' --base-files first.json new.json --candidate-files new.json
jq '.cells[0].exits.guest_timer += 1' new.json >more.json
gives "... agree in what both have" 2 'not deterministic.*exits.guest_timer' --base-files new.json more.json \
	--candidate-files new.json

for format in markdown json junit github; do
	"$vtick" compare --format "$format" first.json new.json >report.txt
	ok "the note in $format" grep -q 'exits.guest.*timer is not compared' report.txt
done

# ---- what is lost is trouble ----

jq 'del(.cells[0].exits.guest_timer)' new.json >lost.json
gives "a candidate that lost it" 2 "lacks 'exits.guest_timer'" new.json lost.json
gives "a baseline that lost it" 2 "lacks 'exits.guest_timer'" lost.json new.json
jq 'del(.cells[0].wakeups.lost)' first.json >lost.json
gives "an old result without what it had" 2 "lacks 'wakeups.lost'" lost.json new.json
jq 'del(.cells[0].hypervisor_ns.per_tick)' costs.json >lost.json
gives "with costs, a metric of theirs" 2 "lacks 'hypervisor_ns.per_tick'" lost.json lost.json
jq 'del(.cells[0].fidelity.window_ns)' against.json >lost.json
gives "against the recording, a metric of that" 2 "lacks 'fidelity.window_ns'" lost.json lost.json
jq 'del(.cells[0].observed)' new.json >lost.json
gives "not even null" 2 "lacks 'observed" lost.json lost.json
jq 'del(.cells[0].per_domain)' new.json >lost.json
gives "a whole list" 2 "lacks 'per_domain'" lost.json lost.json
jq 'del(.cells[0].firing_skew_ns.pend.p99)' new.json >lost.json
gives "a percentile" 2 "lacks 'firing_skew_ns.pend.p99'" lost.json lost.json

# ---- a candidate that is older ----

gives "an older candidate" 2 'first.json is of minor 0, older than new.json of minor [1-9][0-9]*: .*--allow-older' new.json first.json
gives "... that may be" 0 '^same, gate passed: 109' --allow-older new.json first.json
ok "... with the note" grep -q '^note: exits.guest_timer is not compared: older result' out.txt
jq 'del(.cells[0].exits.guest_timer)' new.json >lost.json
gives "--allow-older does not let a metric be lost" 2 "lacks 'exits.guest_timer'" --allow-older new.json lost.json

# ---- newer than this vtick ----

jq '.minor = 999 | .provenance.version = "9.8.7" | .cells[0].exits.novel = 1' new.json >newer.json
gives "a newer result with a number more" 0 '^same' new.json newer.json
ok "... warns of it" grep -q "^warning: newer.json has numbers .*'exits.novel' first (it is of minor 999, this is " out.txt
jq '.cells[0].exits.arm = {"total": 1}' newer.json >newest.json
gives "one that cannot be read" 2 "expected an integer; vtick 9.8.7 wrote it, that or a newer one is needed (this is " new.json newest.json
jq 'del(.provenance)' newest.json >bare.json
gives "... and does not say who wrote it" 2 "a newer vtick is needed (this is " new.json bare.json
jq '.schema = "vtick.result/2"' newer.json >newest.json
gives "another schema" 2 "its schema is 'vtick.result/2', expected 'vtick.result/1'; vtick 9.8.7 wrote it" new.json newest.json
for minor in -1 4294967296 '"1"' 1.5; do
	jq ".minor = $minor" new.json >newest.json
	gives "minor $minor" 2 'newest.json: offset [0-9]*: ' new.json newest.json
done

# ---- nights, across the arrival of a metric ----

mkdir nights
cp "$old/oldest.json" nights/2026-01-01-aaaa-1.json
cp "$old/guest-timer.json" nights/2026-01-02-bbbb-2.json
cp new.json nights/2026-01-03-cccc-3.json
history()
{
	"$vtick" history --db h.db "$@" >out.txt 2>err.txt
}
ok "old nights are indexed" history --update nights
history --csv exits.guest_timer
ok "a metric begins where it came" [ "$(sed '1d; s|,.*,|,|' out.txt | tr '\n' ' ')" = "2026-01-02,0 2026-01-03,0 " ]
history --csv timer_interrupts.total
ok "... and the others are there from the start" [ "$(sed 1d out.txt | wc -l)" = 3 ]

head -c 900 new.json >nights/2026-01-02-cutt-1.json
jq '.cells += [.cells[0]]' new.json >nights/2026-01-04-twice-4.json
cp new.json nights/2026-01-05-dddd-5.json
nights()
{
	sqlite3 h.db 'SELECT revision FROM nights ORDER BY id' | tr '\n' ' '
}
bad_nights() # NAME OPTION
{
	code=0
	history "$2" nights || code=$?
	ok "$1: exit code 2" [ "$code" = 2 ]
	ok "... two warnings" [ "$(wc -l <err.txt)" = 2 ]
	ok "... of the night that is cut" \
		grep -q '^vtick: warning: nights/2026-01-02-cutt-1.json: offset .*; this night is left out$' err.txt
	ok "... of the one with a cell twice" \
		grep -q '^vtick: warning: nights/2026-01-04-twice-4.json: .* comes twice .*; this night is left out$' err.txt
	ok "... the others are indexed" [ "$(nights)" = "aaaa bbbb cccc dddd " ]
}
bad_nights "an update with bad nights" --update
ok "... again, with nothing new: it was told" history --update nights
ok "... and a line says how many are left out" grep -q "2 nights that cannot be read are left out, as before" err.txt
ok "... the others are as they were" [ "$(nights)" = "aaaa bbbb cccc dddd " ]
bad_nights "a rebuild with them" --rebuild
cp new.json nights/2026-01-02-cutt-1.json
rm nights/2026-01-04-twice-4.json
ok "a night that can be read now" history --update nights
ok "... comes in where it belongs" [ "$(nights)" = "aaaa cutt bbbb cccc dddd " ]
finish
