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
	case $(cat "$dir/err") in
	"vtick: "*"$text"*) ok "$name: message" ;;
	*) fail "$name: message, expected '$text'" "$dir/err" ;;
	esac
}

# A window of pCPU 0 with one record: TSC 1000, LAPIC_STOP.
window='\003\360\001\040\000\000\000\000\014\000\000\000'
record='\010\100\010\200\350\003\000\000\000\000\000\000'
# shellcheck disable=SC2059 # the formats are the bytes
{
	printf "$window$record" >"$dir/one.trc"
	printf "$window" >"$dir/cut.trc"
}
: >"$dir/empty.trc"
head -c 100 /dev/zero | tr '\000' 'x' >"$dir/noise.trc"

refuse "no format" "FORMAT is missing"
refuse "unknown format" "FORMAT is 'perf', expected xentrace" perf "$dir/one.trc" -o "$dir/x.vtt"
refuse "no capture" "CAPTURE is missing" xentrace -o "$dir/x.vtt"
refuse "two captures" "is one argument too many, expected FORMAT CAPTURE" xentrace "$dir/one.trc" "$dir/one.trc" -o "$dir/x.vtt"
refuse "text without output" "-o FILE.vtt is missing" text
refuse "no output" "-o FILE.vtt is missing" xentrace "$dir/one.trc"
refuse "output is the capture" "is the capture itself" xentrace "$dir/one.trc" -o "$dir/one.trc"
refuse "unknown option" "there is no option '--hz'" xentrace "$dir/one.trc" -o "$dir/x.vtt" --hz
refuse "option without value" "-o lacks its value, FILE.vtt" xentrace "$dir/one.trc" -o
refuse "bad rate" "--cpu-hz is 'fast', expected a frequency" xentrace "$dir/one.trc" -o "$dir/x.vtt" --cpu-hz fast
refuse "bad scheduler" "--scheduler is 'fair', expected credit" xentrace "$dir/one.trc" -o "$dir/x.vtt" --scheduler fair
refuse "bad class" "--class is 'real', expected bare-metal" xentrace "$dir/one.trc" -o "$dir/x.vtt" --class real
refuse "missing file" "none.trc: cannot open" xentrace "$dir/none.trc" -o "$dir/x.vtt"
refuse "a directory" "is a directory" xentrace "$dir" -o "$dir/x.vtt"
refuse "empty file" "empty.trc: offset 0: the file is empty" xentrace "$dir/empty.trc" -o "$dir/x.vtt"
refuse "noise" "noise.trc: offset 0: not an xentrace file" xentrace "$dir/noise.trc" -o "$dir/x.vtt"
refuse "no clock" "expected --cpu-hz" xentrace "$dir/one.trc" -o "$dir/x.vtt"
refuse "output nowhere" "$dir/none/x.vtt" xentrace "$dir/one.trc" --cpu-hz 1G -o "$dir/none/x.vtt"
equal "nothing is left behind" "$(find "$dir" -name '*.vtt*')" ""

"$build/vtick" import xentrace "$dir/one.trc" -o "$dir/one.vtt" --cpu-hz 2596.122M 2>"$dir/err"
equal "one record: exit code" $? 0
equal "one record: silent" "$(cat "$dir/err")" ""
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

"$build/vtick" import --help >"$dir/out"
equal "help: exit code" $? 0
grep -q '^usage: vtick import FORMAT CAPTURE -o FILE.vtt' "$dir/out"
equal "help: usage" $? 0

finish
