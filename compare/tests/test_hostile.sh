#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Files that are no results: one line on stderr with the file, nothing on stdout, exit 2.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1

# refused NAME PATTERN FILE: on either side.
refused()
{
	for order in "base.json $3" "$3 base.json"; do
		code=0
		# shellcheck disable=SC2086 # two words
		timeout 20 "$vtick" compare $order >out.txt 2>err.txt || code=$?
		if [ "$code" = 2 ] && [ ! -s out.txt ] && [ "$(wc -l <err.txt)" = 1 ] && grep -q "^vtick: $3: .*$2" err.txt; then
			continue
		fi
		fail "$1: exit code $code, expected 2 and one line with '$2'" out.txt err.txt
		return
	done
	ok "$1"
}

text() # NAME PATTERN TEXT
{
	printf '%s' "$3" >bad.json
	refused "$1" "$2" bad.json
}

changed() # NAME PATTERN SED-EXPRESSION: the compact baseline, edited as text
{
	jq -c . base.json | sed "$3" >bad.json
	refused "$1" "$2" bad.json
}

text "nothing at all" "offset 0: the text ends, expected an object" ''
text "a list" "expected an object" '[]'
text "an empty object" "holds neither" '{}'
text "no schema" 'has no schema' '{"cells": []}'
text "another schema" "its schema is 'vtick.result/2', expected 'vtick.result/1'" '{"schema": "vtick.result/2", "cells": {"new": 1}}'
text "two documents" "nothing behind the document" '{"schema": "vtick.result/1", "cells": []} {}'
text "cells of another type" "expected a list" '{"schema": "vtick.result/1", "cells": {}}'
text "a cell of another type" "expected an object" '{"schema": "vtick.result/1", "cells": [1]}'
text "an empty cell" "a cell lacks its 'trace'" '{"schema": "vtick.result/1", "cells": [{}]}'
text "a trailing comma" "expected" '{"schema": "vtick.result/1", "cells": [],}'
text "deep nesting" "nested too deeply" "{\"x\": $(printf '[%.0s' $(seq 1000))"
changed "NaN" "expected an integer" 's/"total":[0-9]*/"total":NaN/'
changed "Infinity" "expected an integer" 's/"total":[0-9]*/"total":-Infinity/'
changed "a fraction" "expected an integer" 's/"total":[0-9]*/"total":1.5/'
changed "an exponent" "expected an integer" 's/"total":[0-9]*/"total":1e3/'
changed "2^53" "less than 2^53" 's/"total":[0-9]*/"total":9007199254740992/'
changed "a number of 40 digits" "less than 2^53" 's/"total":[0-9]*/"total":1111111111111111111111111111111111111111/'
changed "a negative count" "offset [0-9]*: timer_interrupts.total is -5, expected 0 or more" 's/\("timer_interrupts":.*"total":\)[0-9]*/\1-5/'
changed "a negative count of an LP" 'timer_interrupts.per_lp\[\].total is -1, expected 0 or more' 's/\("timer_interrupts":.*"per_lp":\[{[^}]*"total":\)[0-9]*/\1-1/'
changed "a negative time" "guest_clock_error_ns is -3, expected 0 or more" 's/"guest_clock_error_ns":[0-9]*/"guest_clock_error_ns":-3/'
changed "a list length below zero" "is no list length" 's/"by_time_ns":{"0"/"by_time_ns":{"-1"/'
changed "an idle stretch below zero" "idle.histogram is -4, expected 0 or more" 's/\("idle":{"histogram":\[\)/\1[-4,1],/'
changed "a negative size" "trace.lps is -2, expected 0 or more" 's/"lps":2/"lps":-2/'
changed "unseen ticks below zero" "trace.unseen_ticks is -1, expected 0 or more" 's/"unseen_ticks":[0-9]*/"unseen_ticks":-1/'
changed "percentiles that descend" "pvh2'.*firing_skew_ns.delivery.p90 is -9, expected at least firing_skew_ns.delivery.p50, " 's/"p90":[0-9]*/"p90":-9/'
changed "a percentile above the largest" "firing_skew_ns.delivery.max is [0-9]*, expected at least firing_skew_ns.delivery.p999, 99999999999" 's/"p999":[0-9]*/"p999":99999999999/'
changed "a median of nothing" "none without a sample" 's/\("firing_skew_ns":{"delivery":{"count":\)[0-9]*,"histogram":[^a-z]*\],"/\10,"histogram":[],"/'
changed "a sum beyond its samples" "firing_skew_ns.delivery.sum is -77, expected its count times what lies between its min and max" 's/"sum":[0-9]*/"sum":-77/'
changed "a leading zero" "leading zeros" 's/"total":[0-9]*/"total":007/'
changed "a text for a number" "expected an integer" 's/"total":[0-9]*/"total":"7"/'
changed "null for a number" "expected an integer" 's/"total":[0-9]*/"total":null/'
changed "a list for a number" "expected an integer" 's/"hardware_writes":[0-9]*/"hardware_writes":[1]/'
changed "an object for a number" "expected an integer" 's/"hardware_writes":[0-9]*/"hardware_writes":{}/'
changed "a number for an object" "has [0-9]* times 'per_domain\[\].ticks\|lacks" 's/"ticks":{[^}]*}/"ticks":5/'
changed "a key twice" "key 'total' comes twice" 's/"total":[0-9]*/&,"total":1/'
changed "a whole object twice" "key 'digest' comes twice" 's/"digest":"[0-9a-f]*"/&,&/'
changed "a list length twice" "comes twice\|is no list length" 's/"by_time_ns":{"0"/"by_time_ns":{"0":1,"0"/'
changed "a list length that is none" "is no list length" 's/"by_time_ns":{"0"/"by_time_ns":{"x"/'
changed "a domain twice" "comes twice" 's/"domain":1,/"domain":0,/'
changed "an empty list" "expected 2" 's/"per_lp":\[[^]]*\]/"per_lp":[]/'
changed "no histogram" "lacks 'idle.histogram'" 's/"histogram":\(\[\[[0-9,]*\(\],\[[0-9,]*\)*\]\]\),"longest/"longest/'
changed "a digest that is none" "expected 16 hex digits" 's/"digest":"[0-9a-f]*"/"digest":"xyz"/'
changed "a hash that is none" "expected 64 hex digits" 's/"sha256":"[0-9a-f]*"/"sha256":""/'
changed "a bucket without count" "expected \[UPPER, COUNT\]" 's/"histogram":\[\[0,[0-9]*\]/"histogram":[[0]/'
changed "a bucket of nothing" "expected a count above 0" 's/"histogram":\[\[0,[0-9]*\]/"histogram":[[0,0]/'
changed "buckets out of order" "is not above the one before" 's/"histogram":\[\[0,[0-9]*\]/"histogram":[[9,1],[0,1]/'
changed "a histogram that does not add up" "samples, but its count is" 's/"histogram":\[\[0,[0-9]*\]/"histogram":[[0,1]/'
changed "a name that is no UTF-8" "no UTF-8" "s/\"name\":\"pvh2\"/\"name\":\"$(printf '\377')\"/"
changed "a name with a NUL" "is no character" 's/"name":"pvh2"/"name":"a\\u0000b"/'
changed "half a surrogate" "is no character" 's/"name":"pvh2"/"name":"\\ud800"/'
changed "an unknown escape" "no escape" 's/"name":"pvh2"/"name":"\\x41"/'
changed "no name" "the trace has no name" 's/"name":"pvh2",//'
changed "an escaped key" "holds an escape" 's/"digest"/"dige\\u0073t"/'
printf '\000\001\002' >bad.json
refused "binary" "expected an object" bad.json
mkdir nothing
refused "a folder" "holds no result" nothing
"$vtick" compare base.json base.json --format json >bad.json
refused "a report instead of a result" "its schema is 'vtick.compare/1'" bad.json

# hyperfine's files
hf='{"results": [{"command": "true", "times": [0.1, 0.2], "exit_codes": [0, 0]}]}'
text "an empty export" "is empty: it holds no run" '{"results": []}'
text "a command without times" "has no times" "$(echo "$hf" | sed 's/0.1, 0.2//')"
text "a run of no time" "expected more than 0" "$(echo "$hf" | sed 's/0\.1/0/')"
text "a run of less than no time" "a run of -0.1 s, expected more than 0" "$(echo "$hf" | sed 's/0\.1/-0.1/')"
text "a run of too much" "too large\|expected more than 0 and at most" "$(echo "$hf" | sed 's/0\.1/1e999/')"
text "a time that is NaN" "expected a number" "$(echo "$hf" | sed 's/0\.1/NaN/')"
text "a run that failed" "ended with exit code 3" "$(echo "$hf" | sed 's/\[0, 0\]/[0, 3]/')"
text "a run that was killed" "was killed" "$(echo "$hf" | sed 's/\[0, 0\]/[null, 0]/')"
text "runs and cells" "holds two of 'cells', 'results'" '{"cells": [], "results": [], "schema": "vtick.result/1"}'

# Cut off at any byte; here at every 41st of a small result.
jq -c '.cells |= .[:1] | .cells[].firing_skew_ns |= map_values(.histogram = [[0, .count]]) | .cells[].idle.histogram = []' base.json >small.json
size=$(wc -c <small.json)
at=0 cuts=0 good=0
while [ "$at" -lt $((size - 2)) ]; do
	head -c "$at" small.json >cut.json
	code=0
	"$vtick" compare small.json cut.json >out.txt 2>err.txt || code=$?
	cuts=$((cuts + 1))
	if [ "$code" = 2 ] && [ ! -s out.txt ] && [ "$(wc -l <err.txt)" = 1 ]; then
		good=$((good + 1))
	fi
	at=$((at + 41))
done
# A byte changed at every 53rd place, to each of a few: whatever it makes of it, it ends, and with a code of its own.
at=7 sane=0 tries=0
while [ "$at" -lt $((size - 2)) ]; do
	for byte in 0 9 "\"" "}" "," "\\"; do
		{ head -c "$at" small.json; printf %s "$byte"; tail -c +$((at + 2)) small.json; } >changed.json
		code=0
		timeout 20 "$vtick" compare small.json changed.json >out.txt 2>err.txt || code=$?
		tries=$((tries + 1))
		case $code in
		0 | 1) [ -s err.txt ] || sane=$((sane + 1)) ;;
		2) [ -s out.txt ] || [ "$(wc -l <err.txt)" = 1 ] && sane=$((sane + 1)) ;;
		esac
	done
	at=$((at + 53))
done
equal "a byte changed: $sane of $tries end as they should" "$sane" "$tries"
equal "cut off: $good of $cuts are refused with one line" "$good" "$cuts"
finish
