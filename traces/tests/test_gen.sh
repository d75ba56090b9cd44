#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command `vtick gen`: presets, refusals, what it leaves behind.
. "$PWD/ci/tests/lib.sh"
need jq
dir=$work

# refuse NAME PATTERN OPTIONS...: exit 2, one line on stderr that matches, no file
refuse() {
	name=$1
	pattern=$2
	shift 2
	"$vtick" gen "$@" >"$dir/out" 2>"$dir/err"
	code=$?
	if [ $code -eq 2 ] && [ ! -s "$dir/out" ] && [ "$(wc -l <"$dir/err")" -eq 1 ] &&
		grep -q -- "$pattern" "$dir/err" && ! ls "$dir"/*.vtt* >/dev/null 2>&1; then
		ok "refuses $name"
	else
		fail "refuses $name: exit $code" "$dir/out" "$dir/err"
	fi
}

out=$dir/out.vtt
refuse "an ITM that is periodic" "itm has no periodic mode" --device itm --mode periodic -o "$out"
refuse "a preset's ITM made periodic" "add --device lapic" --preset mail-16x4 --mode periodic -o "$out"
refuse "no output" "-o FILE" --domains 2
refuse "an unknown option" "there is no option '--frequency'" --frequency 3 -o "$out"
refuse "an unknown preset" "--preset is 'mail', expected mail-16x4, " --preset mail -o "$out"
refuse "an unknown phase" "expected random, aligned or spread" --phase late -o "$out"
refuse "a value that is missing" "--domains lacks its value, N" -o "$out" --domains
refuse "a number that is none" "--domains is 'four', expected a whole number" --domains four -o "$out"
refuse "a percentage above 100" "from 0 to 100" --migrate 101 -o "$out"
refuse "guests that never run" "0 to 99" --blocked 100 -o "$out"
refuse "guests too idle to answer" "--blocked 95 leaves" --blocked 95 -o "$out"
refuse "no VP" "must be 1 to" --vcpus 0 -o "$out"
refuse "too many VPs" "must be 1 to" --domains 1000000 --vcpus 1000000 -o "$out"
refuse "too many LPs" "--lps must be" --lps 4097 -o "$out"
refuse "an answer longer than a tick" "--answer-delay" --answer-delay 1ms -o "$out"
refuse "a wake-up longer than a tick" "--wake-delay" --wake-delay 2ms -o "$out"
refuse "no duration" "--duration" --duration 0 -o "$out"
refuse "an endless duration" "--duration" --duration 99999999999 -o "$out"
refuse "a slice of nothing" "--slice" --slice 0 -o "$out"
refuse "a seed that JSON cannot hold" "--seed" --seed 9007199254740992 -o "$out"
refuse "more domains that set their ITC than there are" "--set-itc" --set-itc 2 -o "$out"
refuse "moves of a periodic timer" "need --mode oneshot" --mode periodic --moves 5 -o "$out"
refuse "an ideal hypervisor that is late" "need --hypervisor virtual" --slop 50us -o "$out"
refuse "an ideal hypervisor that costs" "need --hypervisor virtual" --irq-cost 1us -o "$out"
refuse "a slop of years" "too long" --hypervisor virtual --slop 9999999999s -o "$out"
refuse "a value for a switch" "takes no value" --tickless=yes -o "$out"
refuse "a stray argument" "is one argument too many, expected options alone" "$out"
refuse "a folder that is not there" "cannot be written" -o "$dir/none/out.vtt"

# Old options make the events that they always made.
while read -r preset events; do
	"$vtick" gen --preset "$preset" --duration 500ms -o "$out" || fail "$preset"
	equal "events of $preset" "$("$vtick" dump --json "$out" | cksum | tr " " -)" "$events"
done <<EOF
mail-16x4-idle 1159446342-1348235
mail-16x4-itc 1242435146-75750
lapic-16x4 133210622-8752
lapic-16x4-idle 2507447541-911168
tickless-16x4 3168523215-166684
busy-16x4-4lp 1714156949-297398
EOF

"$vtick" gen --help >"$dir/help" || fail "help"
sed -n '/^Presets/,/^Examples/s/^  \([a-z][a-z0-9-]*\) .*/\1/p' "$dir/help" >"$dir/presets"
while read -r preset; do
	code "preset $preset" 0 "$vtick" gen --preset "$preset" --duration 3 -o "$out"
	code "preset $preset: check" 0 "$vtick" check --quiet "$out"
	presets="$presets $preset"
done <"$dir/presets"
has_presets="mail-16x4 .*mail-16x4-idle.*mail-16x4-itc"
ok "the help lists the presets" sh -c "echo '$presets' | grep -q '$has_presets'"

code "options after a preset win" 0 "$vtick" gen --preset mail-16x4 --domains 3 --vcpus=2 --duration 1 -o "$out"
code "... and say so" 0 sh -c "'$vtick' info --json '$out' | jq -e '.vps == 6 and .duration_ns == 1000000000 and
	.class == \"synthetic\" and .source.tool == \"vtick gen\" and .source.seed == 1 and
	(.source.command | contains(\"--domains 3 --vcpus 2\")) and .host_model.scheduler == \"round-robin\" and
	.host_model.tick_hz == 100 and .host_model.slice_ns == 30000000 and .host_model.slop_ns == 50000' >/dev/null"
code "an old file is replaced" 0 "$vtick" gen --duration 1 -o "$out"
code "... by the new one" 0 sh -c "[ \"\$('$vtick' info --json '$out' | jq .vps)\" = 1 ]"
code "nothing else is left" 0 sh -c "[ \"\$(ls '$dir'/*.vtt* | wc -l)\" = 1 ]"

finish
