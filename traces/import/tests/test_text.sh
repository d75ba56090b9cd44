#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick import text` takes back what `vtick dump --json` prints, and what people write by hand (TEXT.md).
. "$PWD/ci/tests/lib.sh"
need jq
dir=$work

# refused NAME TEXT MESSAGE: the import of TEXT ends with exit 2 and this line, and leaves nothing.
refused() {
	printf '%s\n' "$2" >"$dir/t.txt"
	rm -f "$dir/t.vtt"
	"$vtick" import text "$dir/t.txt" -o "$dir/t.vtt" >"$dir/out" 2>"$dir/err"
	equal "$1: exit code" $? 2
	equal "$1: message" "$(cat "$dir/err")" "vtick: $dir/t.txt: $3"
	[ ! -e "$dir/t.vtt" ] || fail "$1: left a trace behind"
}

# The inverse, on every trace of the corpus: header (its hash in it) and events.
for trace in traces/corpus/*.vtt; do
	name=$(basename "$trace" .vtt)
	"$vtick" dump --json "$trace" >"$dir/a"
	"$vtick" import text "$dir/a" -o "$dir/t.vtt" || fail "$name: import"
	"$vtick" dump --json "$dir/t.vtt" >"$dir/b"
	if cmp -s "$dir/a" "$dir/b"; then ok "$name"; else fail "$name: $(cmp "$dir/a" "$dir/b" 2>&1)"; fi
	head -n 1 "$dir/a" | jq -e '.events_sha256 and .clock_hz' >/dev/null || fail "$name: no header"
done
trace=traces/corpus/kvm-tmict-1.vtt
"$vtick" dump --json "$trace" >"$dir/a"
for way in - ''; do
	# shellcheck disable=SC2086 # no word is no word
	"$vtick" import text $way -o "$dir/t.vtt" <"$dir/a" || fail "standard input"
	# shellcheck disable=SC2002,SC2086 # a pipe is what is tried
	cat "$dir/a" | "$vtick" import text $way -o "$dir/pipe.vtt" || fail "a pipe"
	cmp "$dir/t.vtt" "$dir/pipe.vtt" || fail "a pipe is not the file"
	equal "standard input '$way'" "$("$vtick" dump --json "$dir/t.vtt" | cksum)" "$(cksum <"$dir/a")"
done
zstd -q "$dir/a" -o "$dir/a.zst"
"$vtick" import text "$dir/a.zst" -o "$dir/t.vtt" || fail "zstd"
equal "compressed with zstd" "$("$vtick" dump --json "$dir/t.vtt" | cksum)" "$(cksum <"$dir/a")"
head -c 20000 "$dir/a.zst" >"$dir/cut.zst"
"$vtick" import text "$dir/cut.zst" -o "$dir/none.vtt" 2>"$dir/err"
equal "cut: exit code" $? 2
equal "cut: one line" "$(wc -l <"$dir/err")" 1

# A filtered dump is a trace too, if it is legal.
"$vtick" dump --json --type sched_in --type sched_out "$trace" | "$vtick" import text -o "$dir/t.vtt" || fail "a filtered dump"
"$vtick" check --quiet "$dir/t.vtt" || fail "a filtered dump: check"

# The page's own example: what it says is left out and deduced.
sed -n '/^{"clock_hz"/,/^```/p' traces/import/TEXT.md | grep -v '^```' >"$dir/page.txt"
"$vtick" import text "$dir/page.txt" -o "$dir/page.vtt" || fail "TEXT.md's example"
"$vtick" check --quiet "$dir/page.vtt" || fail "TEXT.md's example: check"
equal "deduced" "$("$vtick" dump --json "$dir/page.vtt" | head -n 1 | jq -c 'del(.events_sha256)')" \
	'{"clock_hz":1000000000,"end":2000000,"lps":1,"vps":[{"domain":1,"name":"d1v0","vcpu":0}]}'
"$vtick" replay -p virtual "$dir/page.vtt" -o "$dir/page.json" >"$dir/out" || fail "TEXT.md's example: replay"
equal "a tick of it" "$(jq '.cells[0].ticks.delivered' "$dir/page.json")" 1

# A timer of before the recording, and a machine that was elsewhere.
cat >"$dir/seed.txt" <<'END'
{"clock_hz":1000000000}
{"time":0,"event":"seed","vp":"d1v0","lp":0,"dev":"lapic","deadline":250000,"period":4000000}
{"time":0,"event":"sched_in","vp":"d1v0","lp":0}
{"time":300000,"event":"away","lp":1,"until":1500000}
{"end":2000000}
END
"$vtick" import text "$dir/seed.txt" -o "$dir/seed.vtt" || fail "seed: import"
"$vtick" dump --json "$dir/seed.vtt" >"$dir/a"
"$vtick" import text "$dir/a" -o "$dir/t.vtt" || fail "seed: back"
equal "seed: the inverse" "$("$vtick" dump --json "$dir/t.vtt" | cksum)" "$(cksum <"$dir/a")"
equal "seed: the header names both" "$(head -n 1 "$dir/a" | jq -r '[.types[].name] | sort | join(" ")')" "away seed"
equal "seed: info" "$("$vtick" info --json "$dir/seed.vtt" | jq -c '[.arms.inferred, .arms.total, .events.seed, .events.away]')" \
	'[1,0,1,1]'
"$vtick" info "$dir/seed.vtt" | grep -q '1 timer that was armed before' || fail "seed: info in words"
"$vtick" check --quiet "$dir/seed.vtt" || fail "seed: check"
refused "a late seed" '{"clock_hz":1000}
{"time":1,"event":"seed","vp":0,"lp":0,"dev":"itm","deadline":5}' \
	'line 2: a timer of before the recording, which belongs to time 0, before any VP runs'
refused "away twice" '{"clock_hz":1000}
{"time":1,"event":"away","lp":0,"until":5}
{"time":4,"event":"away","lp":0,"until":9}' 'line 3: the machine under the LP is away already'

# VPs by number, by name, declared late; what follows adds to the header.
cat >"$dir/vps.txt" <<'END'
{"clock_hz":1000,"class":"synthetic"}
{"time":1,"event":"sched_in","vp":0,"lp":3}
{"time":1,"event":"sched_in","vp":"thread-7","lp":0}
{"vp":"thread-7","domain":7,"vcpu":1,"name":"web"}
{"time":2,"event":"ipi","vp":"web","to":0}
{"time":3,"event":"ipi","vp":0,"to":"d9v2"}
{"vp":0,"domain":5}
{"notes":["one"],"lps":8}
END
"$vtick" import text "$dir/vps.txt" -o "$dir/vps.vtt" || fail "VPs"
equal "VPs" "$("$vtick" dump --json "$dir/vps.vtt" | head -n 1 | jq -c 'del(.events_sha256)')" \
	'{"class":"synthetic","clock_hz":1000,"end":3,"lps":8,"notes":["one"],"vps":[{"domain":5,"name":"d0v0","vcpu":0},{"domain":7,"name":"web","vcpu":1},{"domain":9,"name":"d9v2","vcpu":2}]}'

# Every fault has its line, and says what was expected.
h='{"clock_hz":1000}'
in='{"time":5,"event":"sched_in","vp":0,"lp":0}'
first='expected the header first, {"clock_hz":1000000000} at least: ticks a second'
refused "no header" "$in" "line 1: $first"
refused "only comments" "# nothing" "line 2: there is no line, expected a header"
refused "no rate" '{"clock_hz":0}' 'line 1: "clock_hz" is no whole number from 1 to 2^40'
refused "no JSON" "$h
time=5" "line 2: no JSON object: '[' or '{' expected near 'time' at column 4"
refused "no object" "$h
[5]" 'line 2: no JSON object, expected {"time":..., "event":..., ...}'
types=$(awk -F ' \\| ' '/<!-- events -->/ { on = 1 } /<!-- \/events/ { on = 0 } on && $1 ~ /^\| [0-9]/ { printf "%s%s", sep, $2; sep = ", " }' \
	traces/FORMAT.md)
refused "unknown type" "$h
{\"event\":\"nap\"}" "line 2: \"event\" is 'nap', expected one of $types"
refused "a type of a newer vtick" '{"clock_hz":1000,"types":{"240":{"name":"warp","since":"9.1"}}}
{"event":"warp","time":1}' \
	"line 2: \"event\" is 'warp', which needs vtick 9.1 or newer; this is $("$vtick" --version | sed 's/.* //')"
refused "missing field" "$h
$in
{\"time\":5,\"event\":\"arm\",\"vp\":0,\"dev\":\"itm\"}" 'line 3: arm lacks "deadline"'
refused "unknown field" "$h
$in
{\"time\":5,\"event\":\"arm\",\"vp\":0,\"dev\":\"itm\",\"deadline\":7,\"perod\":5}" \
	'line 3: arm has no "perod", expected time, vp, dev, deadline, period'
refused "unknown device" "$h
$in
{\"time\":5,\"event\":\"arm\",\"vp\":0,\"dev\":\"hpet\",\"deadline\":7}" 'line 3: "dev" is none of itm, tsc-deadline, lapic'
refused "real number" "$h
{\"time\":1e3,\"event\":\"sched_in\",\"vp\":0,\"lp\":0}" 'line 2: "time" is no integer from 0 to 1152921504606846975'
refused "a thread's number" "$h
{\"time\":1,\"event\":\"sched_in\",\"vp\":29400,\"lp\":0}" 'line 2: "vp" is no VP: expected a number from 0 to 0 (a new one), or a name'
refused "time runs backward" "$h
$in
{\"time\":4,\"event\":\"disarm\",\"vp\":0}" "line 3: its time is before the last event's"
refused "illegal" "$h
$in
$in" "line 3: the VP is scheduled in, but runs already"
refused "an LP that the header does not have" '{"clock_hz":1000,"lps":2}
{"time":5,"event":"sched_in","vp":0,"lp":2}' "line 2: the header does not have its LP"
refused "after the end" '{"clock_hz":1000,"end":4}
'"$in" "line 2: its time is after the end that the header states"
refused "end before the last event" "$h
$in
{\"end\":4}" "line 3: \"end\" is no time from the last event's to 2^60 - 1"
refused "VPs alike" "$h
$in
{\"vp\":\"x\",\"domain\":0,\"vcpu\":0}" "the header is wrong: two VPs have the same domain and vcpu"
refused "header's class" '{"clock_hz":1000,"class":"real"}' \
	'the header is wrong: "class" is not bare-metal, nested, emulated or synthetic'
refused "a header's key" '{"clock_hz":1000,"host_modl":{}}' 'line 1: the header has no "host_modl", did you mean "host_model"?'
refused "... the host's" '{"clock_hz":1000,"host_model":{"tik_hz":250}}' 'line 1: host_model has no "tik_hz", did you mean "tick_hz"?'
refused "... that is near none" '{"clock_hz":1000,"host_model":{"jiffies":250}}' 'line 1: host_model has no "jiffies" that this vtick knows'
refused "... the source's" '{"clock_hz":1000,"source":{"hypervisr":"KVM"}}' 'line 1: source has no "hypervisr", did you mean "hypervisor"?'
refused "... in a late line" "$h
{\"unseen_tiks\":4}" 'line 2: the header has no "unseen_tiks", did you mean "unseen_ticks"?'
refused "... an event's" "$h
{\"time\":5,\"evnet\":\"obs_hv_irq\",\"lp\":0}" 'line 2: a line with "time" is an event, and lacks "event"'
refused "... a VP without its name" "$h
{\"name\":\"x\",\"domain\":3}" 'line 2: a line with "domain" is of a VP, and lacks "vp"'
refused "... a VP's" '{"clock_hz":1000,"vps":[{"domain":1,"vcpu":0,"nmae":"x"}]}' \
	'line 1: an entry of "vps" has no "nmae", did you mean "name"?'
refused "a value of the wrong kind" '{"clock_hz":1000,"notes":"one"}' 'the header is wrong: "notes" is no list of sentences'
refused "... of the host" '{"clock_hz":1000,"host_model":{"tick_hz":-5}}' 'the header is wrong: "host_model.tick_hz" is no whole number from 0 on'
refused "... a word" '{"clock_hz":1000,"host_model":{"slices":"yes"}}' 'the header is wrong: "host_model.slices" is not recorded'
refused "a name of two VPs" '{"clock_hz":1000,"vps":[{"domain":1,"vcpu":0,"name":"a"},{"domain":1,"vcpu":1,"name":"a"}]}
{"time":0,"event":"sched_in","vp":"a","lp":0}' "line 2: \"vp\": two VPs are called 'a', expected a number"
refused "a time of 2^60" "$h
{\"time\":1152921504606846976,\"event\":\"sched_in\",\"vp\":0,\"lp\":0}" 'line 2: "time" is no integer from 0 to 1152921504606846975'
refused "... beyond what JSON may hold" "$h
{\"time\":99999999999999999999,\"event\":\"sched_in\",\"vp\":0,\"lp\":0}" 'line 2: no JSON object: too big integer near '"'99999999999999999999'"' at column 28'
refused "... as an end" '{"clock_hz":1000,"end":1152921504606846976}' 'line 1: "end" is no whole number below 2^60'
refused "VP's key" "$h
{\"vp\":0,\"domian\":1}" 'line 2: a VP has no "domian", expected vp, domain, vcpu, name (an event would have "event")'
refused "empty object" "$h
$in
{\"clock_hz\":2}" 'line 3: "clock_hz" and "vps" belong into the first line'

# Every key that FORMAT.md names is one.
awk -F '`' '/^## Header/ { on = 1 } /^## Events/ { on = 0 } on && /^\| `/ { print $2; if ($3 ~ /^, $/) print $4 }' traces/FORMAT.md >"$dir/keys"
ok "FORMAT.md names keys" [ "$(wc -l <"$dir/keys")" -ge 14 ]
while read -r key; do
	case $key in
	*.*) continue ;;
	esac
	printf '{"clock_hz":1000,"%sx":1}\n' "$key" | "$vtick" import text -o "$dir/k.vtt" 2>"$dir/err"
	grep -q "did you mean \"$key\"" "$dir/err" || fail "FORMAT.md's $key is not known: $(cat "$dir/err")"
done <"$dir/keys"
printf '{"clock_hz":1000,"mine":1}\n' | "$vtick" import text -o "$dir/k.vtt" 2>"$dir/err"
equal "a key of somebody's own is kept" "$? $("$vtick" dump --json "$dir/k.vtt" | jq .mine)" "0 1"
grep -q 'warning: line 1: no header has "mine", it is kept' "$dir/err" || fail "... and told: $(cat "$dir/err")"

# A text that can answer nothing says so.
printf '%s\n' "$h" "$in" >"$dir/t.txt"
for strict in '' --strict; do
	# shellcheck disable=SC2086 # one option or none
	"$vtick" import text "$dir/t.txt" -o "$dir/t2.vtt" $strict 2>"$dir/err"
	equal "nothing to compare $strict" "$? $(wc -l <"$dir/err") $(grep -c 'nothing to compare: no guest timer write.*; expected lines {"time"' "$dir/err")" \
		"$([ -n "$strict" ] && echo 2 || echo 0) 1 1"
done
{
	echo "$h"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		printf '{"time":%d,"event":"sched_in","vp":0,"lp":0}\n{"time":%d,"event":"sched_out","vp":0,"reason":"lost"}\n' $((i * 10)) $((i * 10 + 5))
	done
} >"$dir/t.txt"
code "runs that end as lost" 2 "$vtick" import text "$dir/t.txt" -o "$dir/t2.vtt" --strict
has "... are told" "who ran is not known: 12 of 12 runs" "$work/err.txt"
sed 's/\({"time":\([0-9]*\),"event":"sched_out".*\)/\1\n{"time":\2,"event":"lost","lp":0,"until":\2,"count":1}/' "$dir/t.txt" >"$dir/t3.txt"
code "... but not where records were lost" 2 "$vtick" import text "$dir/t3.txt" -o "$dir/t2.vtt" --strict
has "... there nothing was written" "no guest timer write" "$work/err.txt"

"$vtick" import text "$dir/page.txt" --class nested -o "$dir/t2.vtt" 2>"$dir/err"
equal "an option for captures: exit code" $? 2
grep -q "are for captures" "$dir/err" || fail "an option for captures: $(cat "$dir/err")"
finish
