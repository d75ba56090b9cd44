#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A replay that is ended from outside takes its children along and leaves nothing behind.
# shellcheck disable=SC2317 # a function that ok() calls
. "$PWD/ci/tests/lib.sh"
need jq
plugins=$top/replay/tests/plugins
: "${CC:=cc}"
export CC
cd "$work" || exit 1

ok "a trace" "$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 1 -o t.vtt
ok "build the plugin" compile mis.so "$plugins/misbehave.c"

# Longer than anything here is waited for.
limit=600

ended_by()
{
	signal=$1 code=$2
	"$vtick" replay -j2 --cell-timeout $limit -p ./mis.so:how=sleep -p ./mis.so:how=loop t.vtt -o r.json >out.txt 2>err.txt &
	parent=$!
	ok "$signal: two children" soon has_children $parent 2
	kill "-$signal" $parent
	got=0
	wait $parent || got=$?
	ok "$signal: the command dies of it" test $got = "$code"
	for child in $found; do
		ok "$signal: no child is left" soon gone "$child"
	done
	ok "$signal: no file is left" test -z "$(find . -name 'r.json*')"
}

ended_by TERM 143
ended_by HUP 129

# A terminal's ^C, in whatever phase a policy hangs. Standard shells start a background process with SIGINT ignored.
# hangs NAME CHILDREN ARGUMENT...: INT ends it at once, and all that it started.
hangs()
{
	name=$1 processes=$2
	shift 2
	env --default-signal=INT "$vtick" "$@" >out.txt 2>err.txt &
	parent=$!
	ok "INT, $name: children" soon has_children $parent "$processes"
	sleep 0.2 # into the hook; where it takes longer it is on its way there
	found=$(children $parent)
	kill -INT $parent
	ok "INT, $name: it ends" soon gone $parent
	kill -KILL $parent 2>/dev/null
	got=0
	wait $parent || got=$?
	ok "INT, $name: the command dies of it" test $got = 130
	for child in $found; do
		ok "INT, $name: no child is left" soon gone "$child"
	done
	ok "INT, $name: no file is left" test -z "$(find . tmp -name 'r.json*' -o -name 'vtick-*')"
}
mkdir tmp
export TMPDIR="$work/tmp"
for where in open arm close; do
	hangs "a loop in $where" 1 replay -j1 --cell-timeout $limit -p "./mis.so:how=loop,where=$where" t.vtt -o r.json
done
hangs "two that sleep" 2 replay -j2 --cell-timeout $limit -p ./mis.so:how=sleep -p ./mis.so:how=loop t.vtt -o r.json
cat - "$plugins/stray.c" >load.c <<'END'
#include <unistd.h>
__attribute__((constructor)) static void forever(void)
{
	for (;;)
		pause();
}
END
ok "build one that hangs when it is loaded" compile load.so load.c
hangs "while it is loaded" 1 replay --cell-timeout $limit -p ./load.so t.vtt -o r.json
hangs "while it is described" 1 policy show ./load.so
mkdir bin
printf '#!/bin/sh\nsleep 600 & wait\n' >bin/slowcc
chmod +x bin/slowcc
CC=$work/bin/slowcc hangs "while it is compiled" 1 replay -p ./load.c t.vtt -o r.json
unset TMPDIR

# nobody is there to clean up, the children see it themselves
ended_by_force()
{
	"$vtick" replay -j2 --cell-timeout $limit -p ./mis.so:how=sleep -p ./mis.so:how=loop t.vtt >out.txt 2>err.txt &
	parent=$!
	ok "KILL: two children" soon has_children $parent 2
	kill -KILL $parent
	wait $parent 2>/dev/null
	for child in $found; do
		ok "KILL: no child is left" soon gone "$child"
	done
}

ended_by_force

# A pipe that nobody opens, and one that nobody reads, are waited for until a signal comes.
mkfifo fifo
for how in opens reads; do
	"$vtick" replay -p passthrough -p virtual -o fifo "$top/traces/corpus/pvh2.vtt" >out.txt 2>err.txt &
	parent=$!
	[ $how = opens ] || exec 4<>fifo
	sleep 1
	kill -TERM $parent
	ok "a pipe that nobody $how: TERM ends it" soon gone $parent
	kill -KILL $parent 2>/dev/null
	wait $parent 2>/dev/null
done
finish
