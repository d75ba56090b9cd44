#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick import` from the shell: usage, files that are no captures, what stays behind.
. "$PWD/ci/tests/lib.sh"
need jq
build=$1
dir=$work

# refuse NAME TEXT ARGUMENT...: exit 2, one line on stderr that holds TEXT, nothing on stdout.
refuse()
{
	name=$1
	text=$2
	shift 2
	"$build/vtick" import "$@" >"$dir/out" 2>"$dir/err"
	equal "$name: exit code" $? 2
	equal "$name: stdout" "$(wc -c <"$dir/out")" 0
	equal "$name: lines on stderr" "$(wc -l <"$dir/err")" 1
	if grep -q "^vtick: .*$text" "$dir/err"; then
		ok "$name: message"
	else
		fail "$name: message, expected '$text'" "$dir/err"
	fi
}

# A window of pCPU 0 with one record: TSC 1000, LAPIC_STOP.
window='\003\360\001\040\000\000\000\000\014\000\000\000'
record='\010\100\010\200\350\003\000\000\000\000\000\000'
# shellcheck disable=SC2059 # the formats are the bytes
{
	printf "$window$record" >"$dir/one.trc"
	printf "$window" >"$dir/cut.trc"
	# The same of 16 bytes: d1v0 stops to run.
	printf "\003\360\001\040\000\000\000\000\020\000\000\000" >"$dir/run.trc"
	printf "\021\020\002\220\350\003\000\000\000\000\000\000\000\000\001\000" >>"$dir/run.trc"
}
: >"$dir/empty.trc"
head -c 100 /dev/zero | tr '\000' 'x' >"$dir/noise.trc"

refuse "nothing at all" "-o FILE.vtt is missing"
refuse "no capture, no format" "CAPTURE is missing" -o "$dir/x.vtt"
refuse "unknown format" "FORMAT is 'perf', expected xentrace" perf "$dir/one.trc" -o "$dir/x.vtt"
refuse "no capture" "CAPTURE is missing" xentrace -o "$dir/x.vtt"
refuse "two captures" "is one argument too many, expected FORMAT CAPTURE" xentrace "$dir/one.trc" "$dir/one.trc" -o "$dir/x.vtt"
refuse "text without output" "-o FILE.vtt is missing" text
refuse "no output" "-o FILE.vtt is missing" xentrace "$dir/one.trc"
refuse "output is the capture" "would be overwritten, but is also read" xentrace "$dir/one.trc" -o "$dir/one.trc"
refuse "unknown option" "there is no option '--hz'" xentrace "$dir/one.trc" -o "$dir/x.vtt" --hz
refuse "option without value" "-o lacks its value, FILE.vtt" xentrace "$dir/one.trc" -o
refuse "bad rate" "--cpu-hz is 'fast', expected a frequency" xentrace "$dir/one.trc" -o "$dir/x.vtt" --cpu-hz fast
refuse "bad scheduler" "--scheduler is 'fair', expected credit" xentrace "$dir/one.trc" -o "$dir/x.vtt" --scheduler fair
refuse "bad class" "--class is 'real', expected bare-metal" xentrace "$dir/one.trc" -o "$dir/x.vtt" --class real
refuse "missing file" "none.trc: cannot open" xentrace "$dir/none.trc" -o "$dir/x.vtt"
refuse "a directory" "is a directory" xentrace "$dir" -o "$dir/x.vtt"
refuse "empty file" "empty.trc: offset 0: the file is empty" xentrace "$dir/empty.trc" -o "$dir/x.vtt"
refuse "noise" "noise.trc: offset 0: not an xentrace file" xentrace "$dir/noise.trc" -o "$dir/x.vtt"
refuse "no clock" "expected --cpu-hz" xentrace "$dir/run.trc" -o "$dir/x.vtt"
refuse "no scheduler" "no records of the scheduler (class 0x0002f000)" xentrace "$dir/one.trc" -o "$dir/x.vtt"
refuse "output nowhere" "$dir/none/x.vtt" xentrace "$dir/one.trc" --cpu-hz 1G -o "$dir/none/x.vtt"
equal "nothing is left behind" "$(find "$dir" -name '*.vtt*')" ""

"$build/vtick" import xentrace "$dir/one.trc" -o "$dir/one.vtt" --cpu-hz 2596.122M 2>"$dir/err"
equal "one record: exit code" $? 0
equal "one record: nothing to replay" "$(wc -l <"$dir/err") $(grep -c "warning: nothing to replay: .*; expected xentrace -D" "$dir/err")" "1 1"
"$build/vtick" import xentrace "$dir/one.trc" -o "$dir/strict.vtt" --cpu-hz 2596.122M --strict 2>/dev/null
equal "... with --strict: exit code, and the trace is there" "$? $(cmp "$dir/strict.vtt" "$dir/one.vtt")" "2 "
"$build/vtick" import xentrace - -o "$dir/x.vtt" 2>/dev/null
equal "no file called '-': exit code" $? 2

"$build/vtick" import xentrace "$dir/cut.trc" -o "$dir/cut.vtt" --cpu-hz 1G 2>"$dir/err"
equal "cut: exit code" $? 0
grep -q "cut.trc: warning: cut off" "$dir/err"
equal "cut: warning" $? 0

mkfifo "$dir/pipe"
cat "$dir/one.trc" >"$dir/pipe" &
"$build/vtick" import xentrace "$dir/pipe" -o "$dir/pipe.vtt" --cpu-hz 2596.122M
equal "from a pipe: exit code" $? 0
equal "from a pipe: the same events" \
	"$("$build/vtick" dump "$dir/pipe.vtt")" "$("$build/vtick" dump "$dir/one.vtt")"

# The format is told from how the capture begins, the packing, too; - is standard input.
data=$top/traces/import/tests/data
zstd -dqc "$data/kvm-tsc-107ms.dat.zst" >"$dir/kvm.dat"
for what in trc:one.trc dat:kvm.dat; do
	file=$dir/${what#*:} what=${what%%:*}
	hz='' format=xentrace
	[ "$what" = trc ] && hz='--cpu-hz 2596.122M'
	[ "$what" = dat ] && format=trace-cmd
	gzip -c "$file" >"$file.gz"
	{
		head -c 50 "$file" | gzip -c
		tail -c +51 "$file" | gzip -c
		head -c 512 /dev/zero
	} >"$file.parts.gz"
	zstd -qc "$file" >"$file.zst"
	# shellcheck disable=SC2086 # two words
	"$build/vtick" import $format "$file" -o "$dir/want.vtt" $hz 2>/dev/null
	events=$("$build/vtick" dump --json "$dir/want.vtt" | tail -n +2)
	for as in "$file" "$file.gz" "$file.parts.gz" "$file.zst" "- <$file" "- <$file.gz" "$format - <$file.zst"; do
		rm -f "$dir/got.vtt"
		case $as in
		*'<'*) from=${as#*<} ;;
		*) from=/dev/null ;;
		esac
		# shellcheck disable=SC2086 # words
		"$build/vtick" import ${as%<*} -o "$dir/got.vtt" $hz <"$from" 2>"$dir/err"
		equal "$what as '$(echo "$as" | sed "s|$dir/||")': the same events" \
			"$("$build/vtick" dump --json "$dir/got.vtt" | tail -n +2)" "$events"
		# shellcheck disable=SC2002,SC2086 # a pipe it has to be
		cat "$from" | "$build/vtick" import ${as%<*} -o "$dir/piped.vtt" $hz 2>"$dir/err"
		cmp -s "$dir/got.vtt" "$dir/piped.vtt"
		equal "... through a pipe, too" $? 0
	done
done
"$build/vtick" dump --json "$dir/one.vtt" | gzip -c >"$dir/text.gz"
"$build/vtick" import "$dir/text.gz" -o "$dir/text.vtt"
equal "text, detected" "$("$build/vtick" dump "$dir/text.vtt")" "$("$build/vtick" dump "$dir/one.vtt")"
"$build/vtick" import - -o - <"$dir/text.gz" >"$dir/text2.vtt"
equal "... from stdin to stdout" "$("$build/vtick" dump "$dir/text2.vtt")" "$("$build/vtick" dump "$dir/one.vtt")"
"$build/vtick" info --json "$dir/piped.vtt" | jq -e '.source.capture == "standard input" and
	.source.command == "vtick import trace-cmd - -o trace.vtt"' >/dev/null
equal "the header says where it came from" $? 0
head -c 3000 "$dir/kvm.dat.gz" >"$dir/kvm-cut.dat.gz"
"$build/vtick" import "$dir/kvm-cut.dat.gz" -o "$dir/cut2.vtt" 2>"$dir/err"
grep -q 'warning: cut off\|cut off' "$dir/err"
equal "gzip that is cut off: told" $? 0
{
	cat "$dir/one.trc.gz"
	echo more
} >"$dir/more.trc.gz"
refuse "more behind the gzip" "more.trc.gz: offset .*broken gzip data" "$dir/more.trc.gz" -o "$dir/x.vtt" --cpu-hz 1G

# What is no capture is called by its name.
wrong() # NAME TEXT BYTES
{
	# shellcheck disable=SC2059 # the format is the bytes
	printf "$3" >"$dir/wrong"
	refuse "$1" "wrong: offset 0: this is $2" "$dir/wrong" -o "$dir/x.vtt"
	gzip -c "$dir/wrong" >"$dir/wrong.gz"
	refuse "gzip of $1" "wrong.gz: offset 0: this is gzip of $2" "$dir/wrong.gz" -o "$dir/x.vtt"
	refuse "$1 as xentrace" "wrong: offset 0: not an xentrace file: this is ${2%%, expected*}" xentrace "$dir/wrong" -o "$dir/x.vtt"
}
wrong "a trace" "a vtick trace already" '\211VTT\r\n\032\n'
wrong "a result" "a result of 'vtick replay'" '{\n "cells": [\n  {\n'
wrong "a golden" "a golden of 'vtick compare'" 'vtick.golden/1 minor 3\n'
wrong "some JSON" "a JSON document of several lines" '{ \n  "a": 1\n}\n'
wrong "perf.data" "a perf.data of perf record" 'PERFILE2xxxxxxxx'
wrong "pcap" "a pcap file" '\324\303\262\241\002\000'
wrong "xz" "compressed with xz" '\3757zXZ\000'
wrong "a result" "a result of 'vtick replay', expected a capture.*'vtick compare' reads it" '{"schema": "vtick.result/1"}'
wrong "the text of ftrace" "the text of ftrace" '# tracer: nop\n'
refuse "a directory, detected" "is a directory" "$dir" -o "$dir/x.vtt"
refuse "noise, detected" "noise.trc: offset 0: this is no capture that is known" "$dir/noise.trc" -o "$dir/x.vtt"
refuse "a trace.dat as xentrace" "offset 0: not an xentrace file: this is a trace.dat of trace-cmd ('vtick import trace-cmd' reads it)" \
	xentrace "$dir/kvm.dat" -o "$dir/x.vtt"
refuse "a capture as text" "offset 0: not such a text: this is a capture of xentrace" text "$dir/one.trc" -o "$dir/x.vtt"
gzip -c </dev/null >"$dir/nothing.gz"
refuse "gzip of nothing" "nothing.gz: offset 0: the gzip of it is empty, expected a capture" "$dir/nothing.gz" -o "$dir/x.vtt"

"$build/vtick" import --help >"$dir/out"
equal "help: exit code" $? 0
grep -q '^usage: vtick import \[FORMAT\] CAPTURE -o FILE.vtt' "$dir/out"
equal "help: usage" $? 0

finish
