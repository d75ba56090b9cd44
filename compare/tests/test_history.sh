#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The index of nights from result files: made anew, brought up to date, and what it refuses.
. "$PWD/ci/tests/lib.sh"
need jq sqlite3
cd "$work" || exit 1

dump()
{
	sqlite3 "$1" 'SELECT * FROM nights ORDER BY id;
		SELECT p.night, s.trace, s.policy, s.metric, p.value FROM points p JOIN series s ON s.id = p.series
		ORDER BY 1, 2, 3, 4; SELECT trace, policy, metric, last, seen FROM series ORDER BY 1, 2, 3'
}

"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 1 -o t.vtt || exit 1
"$vtick" replay -p virtual -p passthrough t.vtt >first.json || exit 1
mkdir results
exits=$(jq '.cells[0].exits.arm' first.json)
# The first 300 days of 2026, and one more exit on every hundredth night.
jq -c . first.json >plain.json
i=0
awk 'BEGIN { split("31 28 31 30 31 30 31 31 30 31", days)
	for (m = 1; m <= 10; m++) for (d = 1; d <= days[m] && n < 300; d++) printf "2026-%02d-%02d\n", m, d + 0 * n++ }' >days.txt
while IFS= read -r day; do
	i=$((i + 1))
	name=results/$day-r$i-$i.json
	if [ $((i % 100)) = 0 ]; then
		jq -c '.cells[0].exits.arm += 1' first.json >"$name"
	else
		cp plain.json "$name"
	fi
done <days.txt
ok "rebuild from 300 files" "$vtick" history --rebuild results
"$vtick" history exits.arm --policy virtual --nights 0 >out.txt
ok "the last change" grep -q "$((exits + 1)); 2026-10-27 r300: $exits -> $((exits + 1)) " out.txt
ok "the nights" grep -q '^300 of 300 nights, 2026-01-01 to 2026-10-27.$' out.txt
ok "CSV: one row a night" test "$("$vtick" history --csv exits.arm --policy 'virt*' | wc -l)" = 301
ok "CSV: what moved" test 3 = "$("$vtick" history --csv exits.arm --policy virtual | grep -c ",$((exits + 1))\$")"
dump history.db >anew.txt

mkdir some
cp results/*-[1-9].json results/*-[1-9][0-9].json some/
ok "an update makes an index too" "$vtick" history --db two.db --update some
cp results/*-1[0-9][0-9].json some/
ok "update: what is new" "$vtick" history --db two.db --update some
cp results/*-2[0-9][0-9].json results/*-300.json some/
ok "update again" "$vtick" history --db two.db --update some
dump two.db | cmp - anew.txt
ok "the updated index equals the one made anew" test $? = 0
rm some/*-150.json
ok "update after a file has gone" "$vtick" history --db two.db --update some
ok "the index follows" test "$(sqlite3 two.db 'SELECT count(*) FROM nights')" = 299
cp results/*-150.json some/
ok "update after a file came in between" "$vtick" history --db two.db --update some
dump two.db | cmp - anew.txt
ok "the index follows that too" test $? = 0

printf '{"results": [{"command": "replay", "times": [0.3, 0.1, 0.2], "exit_codes": [0, 0, 0]}]}\n' \
	>some/2026-10-27-r300-300.timing.json
ok "a night with times" "$vtick" history --db two.db --rebuild some
ok "their median" test 200000000 = "$("$vtick" history --db two.db wall_ns --csv | sed -n 's/.*,wall_ns,//p')"

head -c 1000 first.json >some/2026-12-01-cut-301.json
fails "a file that is cut" "2026-12-01-cut-301.json: offset " "$vtick" history --db two.db --update some
ok "the others are there" test 300 = "$(sqlite3 two.db 'SELECT count(*) FROM nights')"
cp two.db before.db
code "the next update only mentions it" 0 "$vtick" history --db two.db --update some
has "it does" "some: warning: 1 night that cannot be read is left out, as before" err.txt
ok "and has nothing to write" cmp two.db before.db
mkfifo some/2026-12-02-fifo-302.json
code "a pipe among the nights is not waited for" 2 timeout 20 "$vtick" history --db two.db --update some
has "that is said" "2026-12-02-fifo-302.json: this is no regular file" err.txt
rm some/2026-12-02-fifo-302.json
fails "a rebuild tells of each" "2026-12-01-cut-301.json: offset " "$vtick" history --db two.db --rebuild some
cp plain.json some/2026-12-01-cut-301.json
code "a night that was mended is in" 0 "$vtick" history --db two.db --update some
ok "it is" test 301 = "$(sqlite3 two.db 'SELECT count(*) FROM nights')"
head -c 1000 first.json >some/2026-12-01-cut-301.json
code "it breaks again" 2 "$vtick" history --db two.db --rebuild some
for day in 2026-02-30 2026-13-01 2026-00-01 2026-02-29; do
	cp plain.json "some/$day-never-400.json"
done
code "days that never were are no nights" 0 "$vtick" history --db two.db --update some
ok "they are not" test 300 = "$(sqlite3 two.db 'SELECT count(*) FROM nights')"
rm some/*-never-*
ok "nothing is left over" test -z "$(find . -name '*.tmp.*' -o -name '*-journal')"

mkdir evil
jq ".cells[0].trace.name = \"\\u001b[31mEVIL\"" first.json >evil/2026-11-01-a-1.json
jq ".cells[0].hardware_writes += 1" evil/2026-11-01-a-1.json >evil/2026-11-02-b-2.json
"$vtick" history --db evil.db --rebuild evil
"$vtick" history --db evil.db hardware_writes >out.txt
"$vtick" history --db evil.db >>out.txt
ok "names drive no terminal" test 2 = "$(grep -c "\\\\x1b\[31mEVIL" out.txt)"
fails "no index" "none.db: there is no such index, expected one that 'vtick history --rebuild FOLDER' makes" "$vtick" history --db none.db digest
fails "no database" "not a database" "$vtick" history --db first.json digest
sqlite3 other.db 'CREATE TABLE t(x)'
fails "another database" "something else" "$vtick" history --db other.db digest
for how in --update --rebuild; do
	for what in other.db first.json; do
		cp $what kept
		fails "$how: $what is not written" "expected an index of 'vtick history'" "$vtick" history --db $what $how results
		ok "$how: $what is as it was" cmp $what kept
	done
	fails "$how: a night is no index" "expected an index" "$vtick" history --db results/2026-01-01-r1-1.json $how results
	: >empty.db
	ok "$how: into an empty file" "$vtick" history --db empty.db $how results
done
sqlite3 before.db 'PRAGMA user_version = 9'
fails "another version" "version 9, expected 1" "$vtick" history --db before.db digest
code "an index of another version is made anew" 0 "$vtick" history --db before.db --update results
has "that is said" "version 9, expected 1: .*; it is made anew" err.txt
cp two.db before.db
dd if=/dev/zero of=before.db bs=1000 seek=2 count=20 conv=notrunc 2>/dev/null
code "one that is damaged, too" 0 "$vtick" history --db before.db --update results
has "that is said as well" "it is made anew" err.txt
dump before.db | cmp - anew.txt
ok "it is whole again" test $? = 0

# What a stranger's database would have run: views and triggers.
cp history.db trap.db
sqlite3 trap.db "CREATE TRIGGER t AFTER INSERT ON points BEGIN DELETE FROM nights; END;
	CREATE TRIGGER u AFTER INSERT ON nights BEGIN DELETE FROM series; END"
cp plain.json results/2026-12-31-r301-301.json
ok "an update of a database with triggers" "$vtick" history --db trap.db --update results
ok "they did not run" test 301 = "$(sqlite3 trap.db 'SELECT count(*) FROM nights')"
# Columns that compute, for ever or of any size.
cp history.db trap.db
sqlite3 trap.db "ALTER TABLE series RENAME TO s; CREATE TABLE series(id INTEGER PRIMARY KEY, policy TEXT, metric TEXT,
	last, seen, trace TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000)))); INSERT INTO series(id, policy, metric, last, seen)
	SELECT id, policy, metric, last, seen FROM s; DROP TABLE s"
fails "columns that compute" "trap.db: holds tables that .vtick history. does not make: make it again with --rebuild" \
	timeout 20 "$vtick" history --db trap.db --csv hardware_writes
rm results/2026-12-31-*

# Several at once: each index is one of theirs, and whole.
for i in 1 2 3 4; do
	"$vtick" history --db many.db --update results 2>"many.$i" &
done
wait
dump many.db | cmp - anew.txt
ok "updates at once" test $? = 0
cat many.? >err.txt
ok "none has to complain" test ! -s err.txt
fails "no folder" "none: cannot be opened" "$vtick" history --rebuild none
fails "no such metric" "holds nothing for metric 'x'" "$vtick" history x
fails "two metrics" "is one argument too many, expected METRIC" "$vtick" history x y
fails "an unknown option" "there is no option '--what'" "$vtick" history --what
"$vtick" history --help >out.txt
ok "help" grep -q rebuild out.txt
finish
