#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick reduce: what comes out, what it says, and that nothing is left behind.
# Tier: check
# shellcheck disable=SC2016,SC2317 # programs of jq and of sh -c have $; functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
mkdir tmp
TMPDIR=$work/tmp
export TMPDIR vtick

"$vtick" gen --domains 4 --vcpus 1 --lps 2 --duration 20ms --slice 3ms -o big.vtt || exit 1
# A guest's tick is late by more than 1 ms, as VPs wait for an LP.
cat >late.sh <<'END'
"$vtick" replay -j1 -p virtual "$1" 2>/dev/null | jq -e '.cells[0].firing_skew_ns.delivery.max > 1000000' >/dev/null
END
code "as small as it gets" 0 "$vtick" reduce big.vtt -o small.vtt -j2 -- sh late.sh '{}'
cp err.txt said.txt
ok "... it says how small" grep -q '^small.vtt: [0-9]* of [0-9]* events, 1 of 4 VPs, 1 of 2 LPs; exit code 0 still; [0-9]* runs in ' said.txt
ok "... a legal trace" "$vtick" check small.vtt
ok "... of at most 5 events" [ "$("$vtick" dump --json small.vtt | tail -n +2 | wc -l)" -le 5 ]
ok "... still so" sh late.sh small.vtt
ok "... its header says of what" [ "$("$vtick" dump --json small.vtt | head -n 1 | jq -r .source.reduced.of)" = big.vtt ]
"$vtick" reduce big.vtt -o two.vtt -j2 -- sh -c "\"\$vtick\" dump --json \"\$1\" | grep -q preempt" sh "{}" 2>said.txt
code "one after the other" 0 "$vtick" reduce big.vtt -o one.vtt -j1 -- sh -c "\"\$vtick\" dump --json \"\$1\" | grep -q preempt" sh "{}"
ok "... is the same trace" cmp two.vtt one.vtt
ok "... after as many runs" [ "$(grep -o '[0-9]* runs' err.txt)" = "$(grep -o '[0-9]* runs' said.txt)" ]
code "the small one gets no smaller" 0 "$vtick" reduce small.vtt -o again.vtt -- sh late.sh '{}'
ok "... its events are the same" [ "$("$vtick" dump small.vtt)" = "$("$vtick" dump again.vtt)" ]

# Its file is called as the trace is, inside a word as well, and what is printed goes nowhere.
code "the file's name" 0 "$vtick" reduce big.vtt -o name.vtt -- sh -c 'echo x; case $1 in --in=*big.vtt) exit 0;; *) exit 3;; esac' sh '--in={}'
ok "... nothing of it is shown" [ "$(wc -l <out.txt) $(wc -l <err.txt)" = '0 2' ]
ok "... all traces do that: it says so" grep -q 'without events, too' err.txt
code "a signal is an end, too" 0 "$vtick" reduce big.vtt -o killed.vtt -- sh -c 'kill -SEGV $$; : "$1"' sh '{}'
ok "... and told" grep -q 'signal 11 (Segmentation fault) still' err.txt

# What hangs on small traces is killed with what it started, and does not count.
cat >hangs.sh <<'END'
[ "$("$vtick" dump --json "$1" | grep -c '"event":"arm"')" -ge 2 ] && exit 5
sleep 600 & sleep 600
END
code "what ends is not killed" 0 "$vtick" reduce small.vtt -o hangs.vtt -- sh -c 'exit 5; : {}'
"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 4ms -o tiny.vtt
# What does not hang has the time that is short enough for what does; on a busy machine it needs more.
rm hangs.vtt
for seconds in 0.3 10; do
	! "$vtick" reduce tiny.vtt -o hangs.vtt -j2 --timeout $seconds -- sh hangs.sh '{}' >out.txt 2>err.txt || break
done
ok "... and does not count" [ -s hangs.vtt ]
ok "... told" grep -q 'killed as they took too long' err.txt
ok "... two writes stay" [ "$("$vtick" dump --json hangs.vtt | grep -c '"event":"arm"')" = 2 ]
code "one that hangs on the whole" 2 "$vtick" reduce big.vtt -o no.vtt --timeout 0.2 -- sh -c 'sleep 60; : {}'
ok "... is told of" grep -q '^vtick: sh: took more than 200ms on the whole trace' err.txt
code "no such command" 2 "$vtick" reduce big.vtt -o no.vtt -- ./none '{}'
ok "... is told of" grep -q '^vtick: ./none: ended with exit code 127' err.txt
code "no such folder" 2 "$vtick" reduce big.vtt -o none/o.vtt -- sh -c ': >ran; : {}'
ok "... is told before anything runs" [ ! -e ran ]
code "no {}" 2 "$vtick" reduce big.vtt -o no.vtt -- true
code "no command" 2 "$vtick" reduce big.vtt -o no.vtt
code "one that does not say the same twice" 2 "$vtick" reduce big.vtt -o no.vtt -- sh -c '[ "$(wc -c <"$1")" = "$2" ]' sh '{}' "$(wc -c <big.vtt)"
ok "... is told of" grep -q 'on a copy of it' err.txt
code "no trace" 2 "$vtick" reduce late.sh -o no.vtt -- true '{}'
ok "nothing was written" [ ! -e no.vtt ]

# A signal ends it, and its commands.
"$vtick" reduce big.vtt -o no.vtt -j2 -- sh -c 'echo $$ >>pids; sleep 600 & wait; : {}' >out.txt 2>err.txt &
reducer=$!
soon test -s pids
kill -TERM $reducer
got=0
wait $reducer || got=$?
ok "a signal ends it" [ $got = 143 ]
# shellcheck disable=SC2046 # numbers
ok "... and its commands" soon gone $(cat pids)
ok "no file is left behind" [ -z "$(ls -A tmp)" ]
finish
