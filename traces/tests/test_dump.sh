#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The commands `vtick info` and `vtick dump` on generated traces: they agree with each other, filters
# are the same as filtering a whole dump, and cut files and closed pipes end well.
. "$PWD/ci/tests/lib.sh"
need jq
dir=$work

same() { # NAME FILE FILE
	if cmp -s "$2" "$3"; then ok "$1"; else
		fail "$1"
		diff "$2" "$3" | head -6
	fi
}

# Some blocks of events, migrating guests, counters that were set, a clock that is not ns.
t=$dir/t.vtt
"$vtick" gen --domains 6 --vcpus 2 --lps 3 --tick 250 --blocked 60 --migrate 20 --cancel 20 --moves 10 \
	--set-itc 3 --set-itc-every 50ms --clock-hz 2596.122M --duration 4 -o "$t" || exit 1
"$vtick" info --json "$t" >"$dir/info.json" || fail "info --json"
"$vtick" dump --json "$t" >"$dir/all" || fail "dump --json"
equal "the first line is the header" "$(head -n 1 "$dir/all" | jq -c '[.clock_hz, .lps, (.vps | length), .events_sha256]')" \
	"[2596122000,3,12,$(jq .sha256 "$dir/info.json")]"
tail -n +2 "$dir/all" >"$dir/all.json"
"$vtick" dump "$t" >"$dir/all.txt" || fail "dump"
tail -n +2 "$dir/all.txt" >"$dir/all.lines"

jq -S '{arms: .arms, events: .events, sched_out: .sched_out, total: .events_total,
	per_lp: [.per_lp[] | {sched_in, sched_out}], per_vp: [.per_vp[] | {sched_in, sched_out, wakes, arms, disarms}]}' \
	"$dir/info.json" >"$dir/a"
jq -nS --slurpfile info "$dir/info.json" '
	def count(f): map(select(f)) | length;
	[inputs] as $e | $info[0] as $i | {
	total: $e | length,
	events: $i.events | with_entries(.key as $k | .value = ($e | count(.event == $k))),
	sched_out: $i.sched_out | with_entries(.key as $k | .value = ($e | count(.event == "sched_out" and .reason == $k))),
	arms: {
		total: $e | count(.event == "arm"), itm: $e | count(.dev == "itm"), lapic: $e | count(.dev == "lapic"),
		"tsc-deadline": $e | count(.dev == "tsc-deadline"), past: $e | count(.past == true),
		one_shot: $e | count(.period == 0), periodic: $e | count(.event == "arm" and .period != 0),
		inferred: $e | count(.event == "seed") },
	per_lp: [range($i.lps) as $lp | { sched_in: $e | count(.event == "sched_in" and .lp == $lp),
		sched_out: $e | count(.event == "sched_out" and .lp == $lp) }],
	per_vp: [range($i.vps) as $vp | [$e[] | select(.vp == $vp)] | { sched_in: count(.event == "sched_in"),
		sched_out: count(.event == "sched_out"), wakes: count(.event == "wake"), arms: count(.event == "arm"),
		disarms: count(.event == "disarm") }]
	}' "$dir/all.json" >"$dir/b"
same "info --json counts what dump --json prints" "$dir/a" "$dir/b"
equal "the trace has what is tested here" "$(jq '.events | .counter > 20 and .disarm > 20 and .wake > 20' \
	"$dir/info.json")" true
equal "as many lines of text" "$(wc -l <"$dir/all.lines")" "$(wc -l <"$dir/all.json")"
awk '{ print $1, $2, $3, $6 }' "$dir/all.lines" >"$dir/a"
jq -r '"\(.index) \(.time_ns) \(.time) \(.event)"' "$dir/all.json" >"$dir/b"
same "text and JSON agree" "$dir/a" "$dir/b"

# Windows at events, beside them, at the ends, and empty ones.
some=$(jq -r 'select(.index % 4001 == 7) | .time_ns' "$dir/all.json")
for from in 0 1 $some 3999999999; do
	for length in 0 1 777777; do
		to=$((from + length))
		awk -v from="$from" -v to="$to" '$2 >= from && $2 <= to' "$dir/all.lines" >"$dir/b"
		"$vtick" dump --from "${from}ns" --to="${to}ns" "$t" | tail -n +2 >"$dir/a"
		cmp -s "$dir/a" "$dir/b" || fail "--from $from --to $to"
		# Quick differs in what it does not know, not in the events.
		"$vtick" dump --quick --json --from "${from}ns" --to "${to}ns" "$t" |
			jq 'select(.event) | [.index, .time, .event, .vp]' -c >"$dir/a"
		awk -v from="$from" -v to="$to" '$2 >= from && $2 <= to { print $1 }' "$dir/all.lines" >"$dir/c"
		jq -r '.[0]' "$dir/a" | cmp -s - "$dir/c" || fail "--quick --from $from --to $to"
	done
done
ok "windows print what a filter of the whole prints"
awk '$2 >= 2000000000' "$dir/all.lines" >"$dir/b"
"$vtick" dump "$t" --from 2s | tail -n +2 >"$dir/a"
same "--from alone" "$dir/a" "$dir/b"
"$vtick" dump "$t" --from 2 | tail -n +2 >"$dir/a"
same "--from, a bare number is seconds" "$dir/a" "$dir/b"
awk '$2 <= 1500000' "$dir/all.lines" >"$dir/b"
"$vtick" dump "$t" --to 1.5ms | tail -n +2 >"$dir/a"
same "--to alone" "$dir/a" "$dir/b"
"$vtick" dump "$t" --to 0.0015 | tail -n +2 >"$dir/a"
same "--to, a fraction is of seconds" "$dir/a" "$dir/b"

awk '$5 == "9:d4v1"' "$dir/all.lines" >"$dir/b"
"$vtick" dump --vp d4v1 "$t" | tail -n +2 >"$dir/a"
same "--vp by name" "$dir/a" "$dir/b"
"$vtick" dump --vp 9 "$t" | tail -n +2 >"$dir/a"
same "--vp by number" "$dir/a" "$dir/b"
awk '$4 == 2' "$dir/all.lines" >"$dir/b"
"$vtick" dump --lp 2 "$t" | tail -n +2 >"$dir/a"
same "--lp" "$dir/a" "$dir/b"
awk '$6 == "arm" || $6 == "wake"' "$dir/all.lines" >"$dir/b"
"$vtick" dump --type arm --type wake "$t" | tail -n +2 >"$dir/a"
same "--type" "$dir/a" "$dir/b"
awk '$6 == "arm" && $4 == 1 && $5 == "9:d4v1" && $2 >= 1000000000' "$dir/all.lines" >"$dir/b"
"$vtick" dump --type arm --lp 1 --vp d4v1 --from 1s "$t" | tail -n +2 >"$dir/a"
same "all of them" "$dir/a" "$dir/b"

# A closed pipe ends the work without a word.
{
	"$vtick" dump --json "$t" 2>"$dir/err"
	echo $? >"$dir/code"
} | head -n 1 >/dev/null
equal "a closed pipe is no error" "$(cat "$dir/code" "$dir/err")" 0
if [ -w /dev/full ]; then
	"$vtick" dump "$t" >/dev/full 2>"$dir/err"
	equal "a full disk is one" "$?" 2
	"$vtick" info "$t" >/dev/full 2>"$dir/err"
	equal "a full disk is one for info too" "$?" 2
fi

# Cut off: what is whole is shown, with a warning, exit 0; check says 1.
size=$(wc -c <"$t")
head -c $((size - 100)) "$t" >"$dir/cut.vtt"
"$vtick" dump --json "$dir/cut.vtt" >"$dir/b" 2>"$dir/err"
equal "dump of a trace that is cut off" "$? $(grep -c 'warning: ' "$dir/err")" "0 1"
equal "... says so in its header" "$(head -n 1 "$dir/b" | jq -c '[.truncated, .events_sha256]')" "[true,null]"
tail -n +2 "$dir/b" >"$dir/a"
head -n "$(wc -l <"$dir/a")" "$dir/all.json" | cmp -s - "$dir/a" || fail "... is the start of the whole"
"$vtick" info --json "$dir/cut.vtt" >"$dir/b" 2>"$dir/err"
equal "info of a trace that is cut off" "$? $(grep -c 'warning: ' "$dir/err")" "0 1"
equal "... says so" "$(jq -c '[.truncated, .sha256, .events_total]' "$dir/b")" "[true,null,$(wc -l <"$dir/a")]"
"$vtick" check "$dir/cut.vtt" >"$dir/a" 2>"$dir/err"
equal "check of a trace that is cut off" "$? $(wc -l <"$dir/err") $(wc -c <"$dir/a")" "1 1 0"
"$vtick" check "$t" >"$dir/a" 2>"$dir/err"
equal "check of the whole trace" "$? $(wc -c <"$dir/err") $(cat "$dir/a")" "0 0 $t: fine, $(wc -l <"$dir/all.json") events"
equal "check --quiet" "$("$vtick" check --quiet "$t")" ""
"$vtick" check "$t" "$dir/cut.vtt" "$dir/none" >"$dir/a" 2>"$dir/err"
equal "check of several" "$? $(wc -l <"$dir/err") $(wc -l <"$dir/a")" "2 2 1"
: >"$dir/empty"
echo "this is some text, and no trace of anything at all" >"$dir/text"
for file in "$dir" "$dir/empty" "$dir/text" "$dir/none"; do
	for command in check info dump; do
		"$vtick" $command "$file" >"$dir/a" 2>"$dir/err"
		equal "$command of $(basename "$file" | sed 's/^tmp.*/a folder/')" \
			"$? $(wc -l <"$dir/err") $(wc -c <"$dir/a")" "2 1 0"
	done
done

# Several traces: one JSON document a line.
equal "info --json of several" "$("$vtick" info --json "$t" "$t" | jq -s -c 'map(.events_total)' |
	sed "s/$(wc -l <"$dir/all.json")/N/g")" "[N,N]"
equal "... one a line" "$("$vtick" info "$t" "$t" --json | wc -l)" 2
equal "info for people names all LPs" "$("$vtick" info "$t" | sed -n '/^  LP /,/^$/p' | grep -c '^ *[012]  ')" 3

refuse() { # NAME PATTERN ARGUMENTS
	name=$1
	pattern=$2
	shift 2
	"$vtick" "$@" >"$dir/a" 2>"$dir/err"
	equal "refuses $name" "$? $(wc -l <"$dir/err") $(grep -c -e "$pattern" "$dir/err") $(wc -c <"$dir/a")" "2 1 1 0"
}
refuse "a VP that is not there" "there is no VP 'd9v9'" dump --vp d9v9 "$t"
refuse "a VP number that is not there" "there is no VP '12'" dump --vp 12 "$t"
refuse "an LP that is not there" "there is no LP 3" dump --lp 3 "$t"
refuse "a type that is not there" "--type is 'irq', expected sched_in, sched_out" dump --type irq "$t"
refuse "a time that is none" "--from is 'soon', expected seconds, or a time" dump --from soon "$t"
refuse "a window that ends before it starts" "--from is after --to" dump --from 2s --to 1s "$t"
refuse "two traces to dump" "is one argument too many, expected TRACE" dump "$t" "$t"
refuse "no trace to dump" "TRACE is missing" dump
refuse "no trace to check" "TRACE is missing" check
refuse "no trace to describe" "TRACE is missing" info
refuse "an unknown option of dump" "there is no option '--xml'" dump --xml "$t"
refuse "an unknown option of info" "there is no option '--xml'" info --xml "$t"
refuse "an unknown option of check" "there is no option '--xml'" check --xml "$t"
for command in gen info dump check; do
	equal "$command --help" "$("$vtick" $command --help | head -n 1 | cut -d ' ' -f 1-3)" "usage: vtick $command"
done

# Characters count in columns, not bytes.
printf "%s\n" "{\"clock_hz\":1000000000,\"vps\":[{\"domain\":1,\"vcpu\":0,\"name\":\"éééééééééééé\"}]}" \
	"{\"time\":5,\"event\":\"sched_in\",\"vp\":0,\"lp\":0}" | "$vtick" import text - -o "$dir/wide.vtt"
equal "the events stand under their heading" \
	"$("$vtick" dump "$dir/wide.vtt" | sed "s/é/e/g" | awk "NR == 1 { at = index(\$0, \"EVENT\") } NR == 2 { print index(\$0, \"sched_in\") - at }")" 0
finish
