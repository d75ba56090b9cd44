#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Completion: what 'vtick help --complete' says of words is what the tables of options, the policies, the metrics and a
# trace's header have; names of others cannot harm a shell; nothing is run, written, waited for or complained of.
# test_completion_shells.sh has interactive shells; here only bash's function is called.
. "$PWD/ci/tests/lib.sh"
cd "$work" || exit 1
tab=$(printf '\t')

# said N WORD...: what word N may be, and nothing else is said, in said.txt.
said()
{
	at=$1
	shift
	timeout 60 "$vtick" help --complete "$at" -- "$@" >said.txt 2>err.txt </dev/null && [ ! -s err.txt ]
}

# completes NAME EXPECTED N WORD...: the words, without what they are, a blank behind each.
completes()
{
	title=$1 expected=$2
	shift 2
	said "$@" || fail "$title: exit code $?" err.txt
	equal "$title" "$(cut -f 1 said.txt | tr '\n' ' ')" "$expected"
}

# ---- what the tables have ----
"$vtick" help --options | tail -n +2 >table.tsv
completes "the commands" "$(cut -f 1 table.tsv | uniq | tr '\n' ' ')" 1 ''
: >wrong.txt
for command in $(cut -f 1 table.tsv | uniq); do
	said 2 "$command" - || cat err.txt >>wrong.txt
	{
		awk -F '\t' -v c="$command" '$1 == c && $2 !~ /^(command|usage|group|value|example|exits)$/ && $3 $4 != "" {
			print $3 == "" ? "-" $4 : "--" $3 }' table.tsv
		echo --help
	} >options.txt
	cut -f 1 said.txt | diff options.txt - >>wrong.txt || echo "$command" >>wrong.txt
done
if [ -s wrong.txt ]; then fail "options of each command" wrong.txt; else ok "options of each command"; fi
choices=0
while IFS="$tab" read -r command name all; do
	choices=$((choices + 1))
	said 2 "$command" "--$name=" || cat err.txt >>wrong.txt
	[ "$(cut -f 1 said.txt | sed "s/^--$name=//" | paste -s -d , | sed 's/,/, /g')" = "$all" ] || {
		echo "$command --$name: $all"
		cat said.txt
	} >>wrong.txt
done <<EOT
$(awk -F '\t' -v OFS='\t' '$2 != "value" && $3 != "" && $9 != "" { print $1, $3, $9 }' table.tsv)
EOT
if [ -s wrong.txt ]; then fail "choices of each option" wrong.txt; else ok "choices of each option"; fi
ok "there are such" [ $choices -ge 15 ]

# ---- what stands elsewhere ----
policies=$("$vtick" policy list --json | jq -r '.policies[].name' | sort | tr '\n' ' ')
kinds=$("$vtick" policy build --list --json | jq -r '.kinds[].name' | tr '\n' ' ')
for words in "replay -p" "gate -p" "late --policy" "policy show" "compare --base"; do
	# shellcheck disable=SC2086 # words
	completes "policies and kinds: $words" "$policies$kinds" 3 $words
done
completes "... in one word with the option" "-pvirtual -pvirtual-2005 -pvirtual-vtm " 2 replay -pvirt
"$vtick" policy show --json virtual >policy.json
completes "parameters" "$(jq -r '"virtual:" + (.parameters + .options)[].name + "="' policy.json | tr '\n' ' ')" \
	3 replay -p virtual:
completes "values of a parameter" "$(jq -r '.parameters[] | select(.name == "block") | .choices[] |
	"virtual:switch=keep,block=\(.)"' policy.json | tr '\n' ' ')" 3 replay -p virtual:switch=keep,block=
completes "values of an option of every policy" "xen-pv:hv-tick-idle=stop xen-pv:hv-tick-idle=stop-at-once " \
	3 replay -p xen-pv:hv-tick-idle=stop
completes "a number has none" "" 3 replay -p xen-pv:hv-tick=
completes "a kind's tree" "kvm:tree= " 3 replay -p kvm:t
completes "metrics" "$("$vtick" compare --metrics | awk 'NR > 1 && /^ticks[.]/ { print $1 }' | sort | tr '\n' ' ')" \
	3 compare --which ticks.
completes "... of history and bisect" "ticks.due " 2 bisect ticks.du
completes "commands to explain" "gen gate " 2 help g
completes "limits" "capture-size= " 3 import --limit c
completes "forms of a report" "html: " 3 late --report ''
completes "the off of a switch" "--no-json " 2 info --no-j
completes "given once is enough" "" 3 info --json --js
completes "given once or more" "--limit " 4 import --limit x=1 --limi
completes "what may be left out is left out" " " 2 import nothing
completes "no such command" "" 2 nothing ''
completes "no such word" "" 9 info
is_file() # NAME LINE N WORD...
{
	title=$1 line=$2
	shift 2
	said "$@"
	equal "$title" "$(cat said.txt)" "$(printf '%b' "$line")"
}
is_file "traces" "\tfiles\t0\t.vtt" 2 info ''
is_file "results" "\tfiles\t0\t.json" 2 compare ''
is_file "a folder" "\tfolders\t6\t" 2 gate --out=x
is_file "the file of a report" "\tfiles\t14\t" 2 compare --report=html:x
is_file "a policy by its path" "\tfiles\t0\t" 3 replay -p ./x
is_file "a command" "\tfiles\t0\t" 4 record -- qemu -
is_file "a folder of a kind" "\tfolders\t9\t" 3 replay -p kvm:tree=/x

# ---- VMs, whatever they are called ----
"$vtick" gen --domains 3 --vcpus 2 --lps 1 --duration 20ms -o plain.vtt
"$vtick" dump --json plain.vtt >plain.txt
# renamed FILE NAME: with the first VP called so
renamed()
{
	jq -c --arg name "$2" 'if .vps then .vps[0].name = $name else . end' plain.txt | "$vtick" import text -o "$1"
}
completes "VMs" "d0 d1 d2 " 4 late plain.vtt --vm ''
completes "... before the trace" "d1 " 3 late --vm d1 plain.vtt
completes "... of a list" "d0,d2 " 4 late plain.vtt --vm d0,d2
completes "... of cut" "d0 d1 d2 " 4 cut plain.vtt --vm ''
completes "VPs" "d2v0 d2v1 " 4 dump plain.vtt --vp d2
# shellcheck disable=SC2016 # they are not to be expanded
for name in '$(touch HARM)' '`touch HARM`' 'a;touch HARM' 'a b' "a'b" 'a"b' '-rf' '~root' 'a*' 'a&b' 'a|b' 'a\b' '{a,b}' '!!' \
	"$(printf 'a\tb')" "$(printf 'a\nb')" "$(printf 'a\033[31mb')" 'grün' '#a' 'a=b' '%self' '=ls'; do
	renamed evil.vtt "$name" || exit 1
	shown=$(printf '%s' "$name" | tr -d '\000-\037')
	completes "not offered as a VP: $shown" "d0v1 d1v0 d1v1 d2v0 d2v1 " 4 dump evil.vtt --vp ''
	completes "... as a VM" "d0 d1 d2 " 4 late evil.vtt --vm ''
done
renamed fine.vtt 'web-1.example_org+2'
completes "what is harmless is" "web-1.example_org+2 " 4 late fine.vtt --vm w

# ---- traces that are none, or large ----
size=$(stat -c %s plain.vtt)
head -c $((size - 10)) plain.vtt >cut.vtt
completes "cut off" "d0 d1 d2 " 4 late cut.vtt --vm ''
for at in $((size - 5)) $((size - 60)) $((size - 90)) $((size - 200)) 100 20 3; do
	cp plain.vtt damaged.vtt
	printf '\377' | dd of=damaged.vtt bs=1 seek="$at" conv=notrunc 2>/dev/null
	said 4 late damaged.vtt --vm '' || fail "damaged at $at" err.txt
done
completes "damaged at its start" "" 4 late damaged.vtt --vm ''
: >empty.vtt
mkfifo pipe.vtt
mkdir folder.vtt
for file in empty.vtt pipe.vtt folder.vtt nothing.vtt "$top/NEWS" -x /dev/zero /dev/tty; do
	completes "no trace: ${file##*/}" "" 4 late "$file" --vm ''
done
jq -c 'if .vps then .vps = [range(5000) | {domain: ., vcpu: 0, name: "d\(.)v0"}] else . end' plain.txt |
	"$vtick" import text -o many.vtt
completes "a header that takes too long" "" 4 late many.vtt --vm d1
"$vtick" gen --domains 8 --vcpus 4 --lps 8 --duration 40 -o large.vtt
ok "a larger trace" [ "$(stat -c %s large.vtt)" -gt 200000 ]
# What a process and its children read, bytes.
bytes=$(sh -c '"$1" help --complete 4 -- late large.vtt --vm "" >said.txt; sed -n "s/^rchar: //p" /proc/$$/io' sh "$vtick")
ok "... is not read: $bytes bytes" [ "$bytes" -lt 100000 ]
equal "... but its names" "$(wc -l <said.txt)" 8

# ---- bash ----
mkdir files files/folder
cp plain.vtt 'files/b c.vtt'
# shellcheck disable=SC2016 # it is not to be expanded
touch files/a.vtt files/x.txt 'files/$(touch HARM).vtt'
# shellcheck disable=SC2016 # nor is this
renamed files/evil.vtt '$(touch HARM)'
# fills NAME EXPECTED WORD...: what bash's function puts for the last of the words as bash breaks them, [] around each,
# behind what it asks of bash.
fills()
{
	title=$1 expected=$2
	shift 2
	equal "bash: $title" "$(cd files && PATH=$build:$PATH bash --norc "$top/ci/tests/complete.bash" \
		"$top/ci/shells/vtick.bash" "$@" 2>&1)" "$expected"
}
fills "a command" "[replay]" vtick repl
fills "an option" "[--report][--residuals]" vtick replay --re
fills "a value behind a =" "[json][junit]" vtick compare --format = j
fills "... right behind it" "[all][exits][none]" vtick bound --free-rides =
fills "a policy" "[kvm-hrtimer]" vtick replay -p kvm-h
fills "a parameter, which has no blank behind it" "nospace [block=]" vtick replay -p virtual : bl
fills "its value" "[keep]" vtick replay -p virtual : block = k
fills "the next one" "[keep]" vtick replay -p virtual : block = keep,switch = k
fills "brackets" '[timer_interrupts.per_lp\[\].both]' vtick compare --which 'timer_interrupts.per_lp\[\].b'
# shellcheck disable=SC2016 # nor this
fills "traces" 'filenames [$(touch HARM).vtt][a.vtt][b c.vtt][evil.vtt][folder]' vtick info ''
fills "a name with a blank" "filenames [b c.vtt]" vtick info '"b'
fills "any file where no trace is" "default filenames " vtick info x
fills "behind a letter" "filenames [-oa.vtt]" vtick gen -oa
fills "folders" "dirnames " vtick replay -O ''
fills "VMs of a file with a blank in its name" "[d0][d1][d2]" vtick late 'b\ c.vtt' --vm d
fills "VPs of a trace of evil ones" "[d0v1]" vtick dump evil.vtt --vp d0
fills "no such command" "" vtick nonsense ''
fills "no vtick" "" ./no-vtick info ''

# ---- nothing happens ----
echo '#error compiled' >mine.c
printf '%s\n' '#!/bin/sh' "touch $work/HARM" >compiler
chmod +x compiler
export CC="$work/compiler"
completes "no policy is compiled" "" 3 replay -p ./mine.c:
completes "... or loaded by its path" "" 3 replay -p ./mine.so:bl
mkdir policies
printf '%s\n' '#include <fcntl.h>' '#include <unistd.h>' \
	'__attribute__((constructor)) static void run(void) { open("HARM", O_CREAT | O_WRONLY, 0666); for (;;) pause(); }' >hang.c
cc -shared -fPIC -o policies/hang.so hang.c
VTICK_POLICY_PATH=$work/policies
export VTICK_POLICY_PATH
completes "one that hangs as it is loaded" "" 3 replay -p hang:
completes "... has a name" "hang " 3 replay -p ha
unset VTICK_POLICY_PATH
ok "nothing was written" [ ! -e HARM ]
ok "... by bash" [ ! -e files/HARM ]
finish
