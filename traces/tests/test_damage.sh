#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of traces that are cut off, damaged, or none at all: cut ones open to their last whole block
# with a warning, damaged ones are refused with one line that names file and offset; nothing crashes, hangs,
# grows, or leaves a file behind. Hundreds of places in each trace of the corpus, the same in every run.
# Tier: check
. "$PWD/ci/tests/lib.sh"
dir=$work

# A sanitizer reserves more address space than there is memory.
if ! sanitized; then
	# shellcheck disable=SC3045 # dash and bash have it: a child may raise the limit to its own
	ulimit -S -v 524288 || fail "ulimit -v"
fi

# run COMMAND...: sets code; output in $dir/out, messages in $dir/err
run() {
	timeout 20 "$vtick" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	code=$?
}

# The only line of messages is in $line.
one_line() {
	line=
	{ IFS= read -r line && ! IFS= read -r _; } <"$dir/err"
}

# refused WHAT FILE: the last run ended with 2, one line that names file and offset, and no output
refused() {
	if [ $code != 2 ] || [ -s "$dir/out" ] || ! one_line; then
		fail "$1: exit $code, $(wc -c <"$dir/out") bytes of output, messages: $(head -n 3 "$dir/err")"
		return
	fi
	case $line in
	"vtick: $2: offset "[0-9]*": "*) ;;
	*) fail "$1: names no offset: $line" ;;
	esac
}

# opened WHAT: the last run ended with 0 and a warning, its output says truncated
opened() {
	# What is left may hold no timer write; a replay says that, too.
	sed -i "/: nothing to compare: no guest timer write with a known deadline$/d" "$dir/err"
	if [ $code != 0 ] || ! one_line || ! grep -q '"truncated": *true' "$dir/out"; then
		fail "$1: exit $code, messages: $(head -n 3 "$dir/err")"
		return
	fi
	case $line in
	*"warning: "*) ;;
	*) fail "$1: no warning: $line" ;;
	esac
}

# verdict WHAT CODE...: vtick check of $broken ends with one of the codes, and says why in one line
verdict() {
	what=$1
	shift
	run check "$broken"
	case " $* " in
	*" $code "*) ;;
	*) fail "check, $what: exit $code, expected $*" ;;
	esac
	if ! one_line || [ -s "$dir/out" ]; then
		fail "check, $what: messages: $(head -n 3 "$dir/err")"
	fi
}

# numbers COUNT BELOW SEED: pseudo-random ones, ascending
numbers() {
	awk -v n="$1" -v below="$2" -v x="$3" 'BEGIN {
		for (i = 0; i < 10; i++)
			x = x * 16807 % 2147483647
		while (n--) {
			x = x * 16807 % 2147483647
			print int(x / 2147483647 * below)
		}
	}' | sort -n -u
}

byte_at() { # OFFSET FILE
	od -An -v -tu1 -j "$1" -N 1 "$2" | tr -d ' '
}

# Bytes of the front and of the first header, without which nothing can be read.
header_end() {
	size=0
	for i in 3 2 1 0; do
		size=$((size * 256 + $(byte_at $((36 + i)) "$1")))
	done
	echo $((32 + 48 + size))
}

# In check-all 200 cuts and 36 flips of each trace; else a quarter.
cuts=50 flips=9
[ "${VTICK_TIER-}" != all ] || cuts=200 flips=36

broken=$dir/broken.vtt
result=$dir/result.json

cut_everywhere() { # TRACE
	whole=$(wc -c <"$1")
	header=$(header_end "$1")
	tried=0
	{
		printf '%s\n' 0 1 8 31 32 33 79 80 $((header - 1)) "$header" $((header + 1)) $((whole - 73)) $((whole - 72)) \
			$((whole - 1))
		numbers "$cuts" "$whole" 12
	} >"$dir/offsets"
	while read -r at; do
		head -c "$at" "$1" >"$broken"
		tried=$((tried + 1))
		run info --json "$broken"
		if [ "$at" -lt "$header" ]; then
			refused "info, $1 cut at $at" "$broken"
			verdict "$1 cut at $at" 1 2
		else
			opened "info, $1 cut at $at"
		[ $((tried % 4)) != 0 ] || verdict "$1 cut at $at" 1
		fi
		[ $((tried % 20)) = 4 ] || [ "$at" = "$header" ] || continue
		rm -f "$result"
		run replay "$broken"
		if [ "$at" -lt "$header" ]; then
			refused "replay, $1 cut at $at" "$broken"
		else
			opened "replay, $1 cut at $at"
		fi
	done <"$dir/offsets"
	ok "$1: cut at $tried places"
}

damage_everywhere() { # TRACE
	whole=$(wc -c <"$1")
	tried=0
	{
		numbers "$flips" "$whole" 34
		# The front, the first chunk's header, the index and the footer are small.
		numbers 3 128 56
		numbers 5 240 78 | while read -r n; do echo $((whole - 1 - n)); done
	} >"$dir/offsets"
	while read -r at; do
		tried=$((tried + 1))
		cp "$1" "$broken" && chmod u+w "$broken"
		flipped=$(($(byte_at "$at" "$1") ^ 1 << tried % 8))
		printf '%b' "$(printf '\\0%03o' $flipped)" | dd of="$broken" bs=1 seek="$at" conv=notrunc 2>/dev/null
		run info --json "$broken"
		refused "info, $1 with byte $at wrong" "$broken"
		verdict "$1 with byte $at wrong" 1 2
		if [ $((tried % 2)) = 0 ]; then
			run replay "$broken"
		else
			run replay -o "$result" "$broken"
		fi
		refused "replay, $1 with byte $at wrong" "$broken"
		for left in "$result"*; do
			[ ! -e "$left" ] || fail "replay, $1 with byte $at wrong: leaves $left"
			rm -f "$left"
		done
	done <"$dir/offsets"
	ok "$1: damaged at $tried places"
}

"$vtick" gen --preset tickless-16x4 --duration 2 -o "$dir/made.vtt" || exit 1
set -- "$dir/made.vtt"
for trace in traces/corpus/*.vtt; do
	[ -f "$trace" ] && set -- "$@" "$trace"
done
for trace; do
	cut_everywhere "$trace"
	damage_everywhere "$trace"
done

# No traces.
: >"$dir/empty"
numbers 400 256 9 | head -n 100 | while read -r n; do printf '%b' "$(printf '\\0%03o' "$n")"; done >"$dir/noise"
printf 'VTT\r\n\032\n and whatever follows, at least as long as a header' >"$dir/magic"
printf '\211VTT\r\n\032\n' >"$dir/only-magic"
head -c 100000 /dev/zero >"$dir/zeros"
cat "$dir/made.vtt" "$dir/made.vtt" >"$dir/twice"
{
	cat "$dir/made.vtt"
	echo
} >"$dir/and-more"
for name in empty noise magic only-magic zeros twice and-more; do
	broken=$dir/$name
	for command in info dump check replay; do
		run $command "$broken"
		case $command in
		dump)
			# Of the two that begin like a trace it may print the beginning.
			case $name in twice | and-more) : >"$dir/out" ;; esac
			;;
		check)
			# These are traces that are broken, the others none.
			case $name in
			twice | and-more | only-magic)
				[ $code = 1 ] || fail "check of $name: exit $code, expected 1"
				code=2
				;;
			esac
			;;
		esac
		refused "$command of $name" "$broken"
	done
	run import xentrace "$broken" -o "$dir/imported.vtt"
	[ $name = twice ] || [ $name = and-more ] || refused "import of $name" "$broken"
	for left in "$dir"/imported.vtt*; do
		[ $code = 0 ] || [ ! -e "$left" ] || fail "import of $name: leaves $left"
		rm -f "$left"
	done
done
ok "what is no trace"

# A result that was there before stays as it was, and several traces lose nothing to a broken one.
echo before >"$result"
run replay -o "$result" "$dir/made.vtt" "$dir/noise"
refused "a good and a bad trace" "$dir/noise"
[ "$(cat "$result")" = before ] || fail "the old result is gone: $(head -c 100 "$result")"
[ "$(find "$dir" -name 'result*' | wc -l)" = 1 ] || fail "a temporary is left: $(find "$dir" -name 'result*')"
ok "a failed replay leaves the old result"

finish
