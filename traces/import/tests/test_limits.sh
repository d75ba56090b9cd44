#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is over a limit is refused in one line that names the limit and its option, and leaves nothing behind: packed
# files that unpack to far more, what never ends, memory and time of an import, size and depth of JSON.
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that fails() calls
. "$PWD/ci/tests/lib.sh"
need gzip jq zstd
data=$top/traces/import/tests/data
cd "$work" || exit 1
mkdir tmp
TMPDIR=$work/tmp
export TMPDIR

import()
{
	"$vtick" import "$@" -o out.vtt
}
# zeros MIB: as a packed trace.dat or xentrace file would begin.
zeros()
{
	head -c "$1"M /dev/zero
}

# ---- packed captures ----
{
	printf '\027\010\104tracing6\0'
	zeros 300
} >big
zstd -qf big -o big.zst
gzip -c big >big.gz
zstd -qc <big >stream.zst # without its size in the header
over='unpacks to more than 256 MiB and 200 times its size (--limit expansion=N)$'
fails "zstd" "big.zst: offset [0-9]*: .*$over" import big.zst
fails "gzip" "big.gz: offset [0-9]*: .*$over" import big.gz
fails "through a pipe" "standard input: offset [0-9]*: .*$over" sh -c '"$0" import - -o out.vtt <stream.zst' "$vtick"
ok "hardly anything of it was unpacked" sh -c '[ "$(du -sm tmp | cut -f 1)" -lt 2 ]'
code "with the option it is looked at as a whole" 2 import --limit expansion=100000 big.zst
ok "and is no trace.dat" sh -c '! grep -q expansion err.txt' # it is damaged
"$vtick" gen --domains 1 --tick 1000 --duration 1s -o gen.vtt && "$vtick" dump --json gen.vtt | zstd -q >gen.zst
code "a text that is packed well is fine" 0 import gen.zst
fails "unless it is given less" "unpacks to more than 10 KiB and 2 times" import --limit unpacked-size=10K --limit expansion=2 gen.zst
fails "a capture's own size" 'the capture is more than 100 KiB (--limit capture-size=SIZE)$' import --limit capture-size=100K gen.zst
fails "a trace.dat whose events are packed" 'its packed events unpack to more than 10 KiB and 1 times its size (--limit expansion=N)$' \
	import --limit unpacked-size=10K --limit expansion=1 "$data/k-v7-150ms.dat"

# ---- what never ends ----
fails "not as a trace.dat" 'not a trace.dat file, expected' import trace-cmd /dev/zero
fails "not as an xentrace file" 'not an xentrace file, expected' import xentrace /dev/zero
fails "not as text" 'line 1: longer than 134217728 bytes' import text /dev/zero
fails "a result" '/dev/zero: is too large, expected at most 1 MiB (--limit result-size=SIZE)$' \
	"$vtick" compare --limit result-size=1M /dev/zero big
fails "rules" 'is too large, expected at most 16 MiB (--limit json-size=SIZE)$' \
	sh -c 'yes "" | "$0" compare --rules /dev/stdin "$1" "$1"' "$vtick" "$top/compare/tests/data/old/oldest.json"
fails "costs" 'is too large, expected at most 16 MiB (--limit json-size=SIZE)$' \
	sh -c 'yes "" | "$0" replay --costs /dev/stdin gen.vtt' "$vtick"
fails "comments" 'standard input: takes more CPU time than 1s (--limit import-time=TIME)$' \
	sh -c 'yes "#" | "$0" import text - --limit import-time=1s -o out.vtt' "$vtick"

# ---- memory ----
jq -nc '{clock_hz: 1, lps: 1, vps: [range(200000) | {domain: ., vcpu: 0, name: "vp\(.)"}]}' >wide.txt
code "many VPs" 0 import text wide.txt
fails "in too little memory" 'wide.txt: takes more memory than 32 MiB (--limit import-memory=SIZE), or than there is$' \
	import text wide.txt --limit import-memory=32M
fails "the decoder of a trace.dat" 'takes more memory than 4 MiB (--limit import-memory=SIZE), or than there is$' \
	import "$data/k-v7-150ms.dat" --limit import-memory=4M

# The decoder's files have a limit; a lower one that the user set is named as such.
zstd -qdo kvm.dat "$data/kvm-tmict-150ms.dat.zst"
fails "a limit of file size" 'kvm.dat: needs a temporary file of more than [0-9]* bytes, .* (ulimit -f)$' \
	sh -c 'ulimit -f 2; exec "$0" import kvm.dat -o out.vtt' "$vtick"

# What the decoder makes of a capture is larger than it where each event is small: its pages are filled with the smallest.
bytes()
{
	printf '\\0%03o\\0%03o' $(($1 & 255)) $(($1 >> 8 & 255))
}
zstd -qdo small.dat "$data/kvm-4x2-60ms.dat.zst"
id=$(LC_ALL=C grep -a -A1 'name: local_timer_entry$' small.dat | sed -n 's/^ID: //p')
# Three words, 1 ns after the one before; type, flags, process, vector.
{
	printf '\043\0\0\0'
	printf "%b" "$(bytes "$id")"
	printf '\0\0\0\0\0\0\354\0\0\0'
} >event
for _ in 1 2 3 4 5 6 7 8; do
	cat event event >twice && mv twice event
done
{
	printf '\360\017\0\0\0\0\0\0' # so many bytes of events
	head -c 4080 event
} >page
od -A n -t u8 -v -j "$(($(LC_ALL=C grep -abo flyrecord small.dat | cut -d: -f1) + 10))" -N 32 small.dat |
	while read -r at size; do
		for page in $(seq "$((at / 4096))" "$(((at + size) / 4096 - 1))"); do
			dd if=page of=small.dat bs=8 seek="$((page * 512 + 1))" conv=notrunc 2>/dev/null # behind its time
		done
	done
fails "a capture of small events is read" 'small.dat: the capture holds no sched_switch events' import small.dat
fails "the decoder's own files" 'small.dat: what is packed in it unpacks to more than 10 KiB and 1 times its size (--limit expansion=N)$' \
	import small.dat --limit unpacked-size=10K --limit expansion=1

# ---- headers ----
# header_fails NAME PATTERN JSON
header_fails()
{
	echo "$3" >header.txt
	fails "$1" "header.txt: line 1: $2$" import text header.txt
}
header_fails "LPs" '"lps" is no whole number from 1 to 4096' '{"clock_hz":1,"lps":4097}'
header_fails "the clock" '"clock_hz" is no whole number from 1 to 2^40' '{"clock_hz":1099511627777}'
header_fails "the end" '"end" is no whole number below 2^60' '{"clock_hz":1,"end":1152921504606846976}'
header_fails "a domain" '"domain" or "vcpu" of an entry of "vps" is no whole number below 2^32' \
	'{"clock_hz":1,"vps":[{"domain":4294967296,"vcpu":0}]}'
{
	printf '{"clock_hz":1,"vps":[{}'
	yes ',{}' | head -n 1048576
	echo ']}'
} | tr -d '\n' >vps.txt
fails "VPs" '"vps" is no list of at most 1048576 VPs$' import text vps.txt
echo '{"clock_hz":1099511627776,"lps":4096,"end":1152921504606846975,"vps":[{"domain":4294967295,"vcpu":4294967295}]}' >all.txt
code "at their limits they are fine" 0 import text all.txt
ok "and check says so, too" "$vtick" check -q out.vtt
rm out.vtt

# ---- JSON ----
{
	printf '{"a":'
	printf '%0300d' 0 | tr 0 '['
} >deep.json
fails "a result that is too deep" 'nested .* 64' "$vtick" compare deep.json deep.json
{
	printf '{"clock_hz":1,"a":'
	printf '%05000d' 0 | tr 0 '['
} >deep.txt
fails "a header that is too deep" 'line 1: no JSON object: maximum parsing depth reached' import text deep.txt

# ---- the option ----
fails "no such limit" "import: --limit is 'size=3', expected NAME=VALUE with a name of capture-size, " import --limit size=3 gen.zst
fails "no value" "import: --limit is 'expansion', expected NAME=VALUE" import --limit expansion gen.zst
fails "no size" "import: --limit is 'capture-size=3X', expected capture-size=SIZE, bytes, or as 300M" import --limit capture-size=3X gen.zst
fails "nothing at all" "is 'import-time=0', expected import-time=TIME" import --limit import-time=0 gen.zst
ok "no trace is left" sh -c '[ "$(ls -A tmp | wc -l)" = 0 ]'
finish
