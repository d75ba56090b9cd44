#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Traces whose numbers no result can hold: they stand at 2^53 - 1, replay, info and compare say so, nothing wraps.
# shellcheck disable=SC2016 # programs of jq and of other shells
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
most=9007199254740991

# 107 days at 1 Hz: more nanoseconds than 2^53.
printf '%s\n' '{"clock_hz":1,"end":9000000000,"lps":1,"vps":[{"domain":0,"vcpu":0,"name":"a"}],"host_model":{"tick_hz":0}}' \
	'{"time":8000000000,"event":"sched_in","vp":"a","lp":0}' | "$vtick" import text -o slow.vtt
# Records lost, sixteen times 2^60 - 1 and 23 more: 7 in 64 bits.
{
	echo '{"clock_hz":1000000000,"end":2000,"lps":1,"vps":[{"domain":0,"vcpu":0,"name":"a"}],"unseen_ticks":9223372036854775807}'
	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		echo '{"time":'$i',"event":"lost","lp":0,"until":'$i',"count":1152921504606846975}'
	done
	echo '{"time":16,"event":"lost","lp":0,"until":16,"count":23}'
} | "$vtick" import text -o lost.vtt
for trace in slow lost; do
	ok "$trace: check likes it" "$vtick" check -q $trace.vtt
	code "$trace: replay" 0 "$vtick" replay -p virtual -p passthrough -o $trace.json $trace.vtt
	has "$trace: a warning for each policy" "warning: policy passthrough: larger than a result can hold" err.txt
	"$vtick" info --json $trace.vtt >$trace.info
done
ok "the idle time of a slow clock" jq -e --argjson most $most \
	'.cells | all(.idle.longest_ns == $most and .idle.histogram == [[$most, 1]])' slow.json
ok "its name is told" jq -e '.cells | all(.saturated == ["trace.duration_ns", "ac_timer_list.by_time_ns.0", "idle.longest_ns"])' slow.json
ok "so is how long it is" jq -e --argjson most $most \
	'.duration_ns == $most and .saturated == ["duration_ns", "per_lp[].busy_ns", "per_vp[].run_ns"]' slow.info
ok "what was lost" jq -e --argjson most $most '.cells | all(.lost_events == $most)' lost.json
ok "and is told" jq -e --argjson most $most '.lost_records == $most and .unseen_ticks == $most and
	.saturated == ["lost_records", "unseen_ticks"]' lost.info
ok "a result of small numbers does not speak of it" sh -c '"$1" gen --duration 10ms -o small.vtt && "$1" replay -p virtual small.vtt |
	jq -e ".cells[0] | has(\"saturated\") | not"' sh "$vtick"

code "compared" 0 "$vtick" compare --allow-empty '*' lost.json lost.json
has "two such numbers may differ" 'lost_events is 2^53 - 1 on both sides, which stands for any larger number'
code "which --strict does not let pass" 2 "$vtick" compare --strict --allow-empty '*' lost.json lost.json
jq '.cells[].lost_events = 5' lost.json >fewer.json
code "one that is smaller is" 0 "$vtick" compare --format json --allow-empty '*' lost.json fewer.json
ok "and there is no warning" jq -e '.warnings == []' out.txt

# What a trace cannot hold is refused where it is read.
for line in '{"time":1152921504606846976,"event":"wake","vp":"a","lp":0}' \
	'{"time":5,"event":"lost","lp":0,"until":5,"count":1152921504606846976}' \
	'{"time":5,"event":"counter","vp":"a","value":18446744073709551615}'; do
	printf '%s\n' '{"clock_hz":1000,"lps":1}' "$line" >over.txt
	fails "no trace holds $line" 'over.txt: line 2: ' "$vtick" import text over.txt -o over.vtt
done
fails "no clock is faster than 2^40 Hz" '"clock_hz" .*2^40' sh -c \
	'echo "{\"clock_hz\":1099511627777}" | "$1" import text -o over.vtt' sh "$vtick"
finish
