#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A policy's object is compiled, looked at and loaded in children: what it does there, and how long that may take.
. "$PWD/ci/tests/lib.sh"
need jq
: "${CC:=cc}"
export CC
cd "$work" || exit 1
TMPDIR=$work/tmp
mkdir "$TMPDIR"
export TMPDIR

ok "a trace" "$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 1 -o t.vtt

# What a constructor does, the first time that it runs and the second: by what a file says of it.
cat >early.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "policy.h"

#ifdef MORE
struct params { uint64_t a, b; };
static struct vtick_param params[] = {
	{ "a", VTICK_NUMBER, 0, "1", NULL, NULL }, { "b", VTICK_NUMBER, 8, "1", NULL, NULL }, { 0 },
};
#endif

#ifndef CODE
#define CODE 0
#endif

#ifdef DEEP
static int deep(int n)
{
	volatile char frame[4096];

	frame[0] = (char)n;
	return deep(n + 1) + frame[0];
}
#endif

__attribute__((constructor)) static void begin(void)
{
	/* vtick looks first with a standard output that goes nowhere. */
	struct stat st;
	int again = !fstat(1, &st) && S_ISFIFO(st.st_mode);

#if defined(HANG)
	while (again == HANG - 1)
		pause();
#elif defined(DIE)
	if (again == DIE - 1)
		raise(SIGSEGV);
#elif defined(ILL)
	if (again == ILL - 1)
		__builtin_trap();
#elif defined(END)
	if (again == END - 1)
		_exit(CODE);
#elif defined(DEEP)
	if (!again)
		deep(1);
#elif defined(HOG)
	while (!again && malloc(1 << 20))
		;
	if (!again)
		abort();
#elif defined(MORE)
	if (again)
		params[1].name = "c";
#endif
	(void)again;
}

__attribute__((destructor)) static void end(void)
{
	printf("{\"cells\":[]}\n");
	fflush(stdout);
	for (;;)
		pause();
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "early",
#ifdef MORE
	.params = params, .params_size = sizeof(struct params),
#endif
#ifdef TIER
	.tier = TIER,
#endif
#ifdef SUMMARY
	.summary = SUMMARY,
#endif
#ifdef STATE
	.state_size = (size_t)STATE,
#endif
};
END

ok "build: a destructor that prints and hangs, never unloaded" compile early.so -Wl,-z,nodelete early.c
ok "it is not run" timeout 60 "$vtick" replay -p ./early.so -p virtual t.vtt -o r.json >out.txt
ok "the result is the result" jq -e '[.cells[].status] == ["ok", "ok"]' r.json >out.txt

# Seconds: for what hangs, and for the others, on a machine that is busy.
limit=30
# again NAME OPTION STATUS MESSAGE: what goes wrong when it is loaded to be run.
again()
{
	ok "build: $1" compile early.so "$2" early.c
	code "$1: exit code" 2 timeout 60 "$vtick" replay --cell-timeout "$limit" -p virtual -p ./early.so t.vtt
	equal "$1: the cell" "$(jq -r '.cells[1] | .status + ": " + .message' out.txt)" "$3: $4"
	ok "$1: the other" jq -e '.cells[0].status == "ok"' out.txt >cell.txt
}

limit=2
again "hangs when it is loaded again" -DHANG=2 timeout 'stuck for more than 2s while it was loaded'
limit=30
again "dies when it is loaded again" -DDIE=2 crashed 'killed by signal 11 (SIGSEGV) while it was loaded'
again "ends the process when it is loaded again" -DEND=2 crashed 'ended the process with code 0 while it was loaded'
again "has other parameters when it is loaded again" -DMORE error \
	'is another when it is loaded again, with other parameters or sizes'

# One that does not come so far as to say what it is loses its cells, before they begin.
ok "without it" "$vtick" replay -j1 -p virtual -p passthrough t.vtt -o good.json >out.txt

# lost NAME STATUS MESSAGE POLICY [OPTION]...: its cell is lost, and nothing of the others, whatever -j.
lost()
{
	title=$1 status=$2 message=$3 policy=$4
	shift 4
	for jobs in 1 3; do
		code "$title, -j$jobs" 2 timeout 60 "$vtick" replay -j "$jobs" "$@" -p virtual -p "$policy" -p passthrough t.vtt
		equal "$title, -j$jobs: one line says why" "$(cat err.txt)" \
			"vtick: t.vtt: policy ${policy#./}: $status: $message"
		equal "$title, -j$jobs: so does the cell" \
			"$(jq -r '.cells[1] | [.status, .message, .event, .signal // 0, has("metrics")] | map(tostring) | join(" ")' out.txt)" \
			"$status $message null $(echo "$message" | sed -n 's/^dies with signal \([0-9]*\).*/\1/p' | grep . || echo 0) false"
		jq 'del(.cells[1])' out.txt >rest.json
		ok "$title, -j$jobs: the others are as without it" same rest.json good.json
	done
}

# at_first NAME OPTION STATUS MESSAGE: the same for what the constructor of early.c does the first time.
at_first()
{
	ok "build: $1" compile early.so "$2" early.c
	lost "$1" "$3" "$4" ./early.so --cell-timeout "$limit"
}

limit=2
at_first "hangs" -DHANG=1 timeout 'takes more than 2s to load'
limit=30
at_first "dies" -DDIE=1 crashed 'dies with signal 11 (SIGSEGV) when it is loaded'
at_first "an illegal instruction" -DILL=1 crashed 'dies with signal 4 (SIGILL) when it is loaded'
at_first "ends the process" -DEND=1 crashed 'ends the process when it is loaded'
lost "the same without a sandbox" crashed 'ends the process when it is loaded' ./early.so --no-sandbox
fails "policy show" '^vtick: ./early.so: ends the process when it is loaded$' "$vtick" policy show ./early.so
fails "late" 't.vtt: policy early.so: crashed: ends the process when it is loaded' "$vtick" late -p ./early.so t.vtt
code "all that there is" 2 "$vtick" replay -p ./early.so:how=a,hv-tick=0 -p ./early.so:how=b t.vtt -o lost.json
equal "both cells are lost, with what was asked for" \
	"$(jq -c '[.cells[] | .status, .policy.name, .policy.params.how, .policy.params.hv_tick_hz]' lost.json)" \
	'["crashed","early.so","a",0,"crashed","early.so","b",100]'
has "the table has the one" "early.so:how=a,hv-tick=0 .* crashed"
has "and the other" "early.so:how=b .* crashed"
fails "what no parameter can be called" "'HOW' is no parameter of early.so" "$vtick" replay -p ./early.so:HOW=a t.vtt
fails "an option that is none" "hv-tick is 'a', expected" "$vtick" replay -p ./early.so:hv-tick=a t.vtt
{ echo '#define END 1' && echo '#define CODE 7' && cat early.c; } >source.c
lost "exits, from its source" crashed 'exits with code 7 when it is loaded' ./source.c
mkdir installed
cp early.so installed/early.so
VTICK_POLICY_PATH=$work/installed
export VTICK_POLICY_PATH
lost "an installed one" crashed 'ends the process when it is loaded' early
unset VTICK_POLICY_PATH
if ! sanitized; then
	at_first "a stack without an end" -DDEEP crashed 'dies with signal 11 (SIGSEGV) when it is loaded'
	at_first "a heap without an end" -DHOG 'out of memory' 'needs more memory to load than there is'
fi

# refused NAME OPTION PATTERN
refused()
{
	ok "build: $1" compile early.so "$2" early.c
	fails "$1" "$3" "$vtick" replay -p ./early.so t.vtt
}

refused "an odd tier" -DTIER=7 "the policy's tier is 7, expected"
refused "a summary that drives terminals" '-DSUMMARY="a\033[2Jb"' 'a text of a policy is one line'
refused "a summary of two lines" '-DSUMMARY="a\nb"' 'a text of a policy is one line'
refused "an absurd state" -DSTATE=0x7fffffffffffffff 'wants a state or parameters of 9223372036854775807 bytes'
mkfifo pipe.so
fails "a pipe is not waited for" 'pipe.so: cannot be loaded, expected a shared object: it is no file' \
	timeout 60 "$vtick" replay -p ./pipe.so t.vtt
mkfifo pipe.c
fails "nor by the compiler" "pipe.c: cannot be compiled, expected a source: it is no file" \
	timeout 60 "$vtick" replay -p ./pipe.c t.vtt

# ---- signals while a policy is loaded, and compiled ----

# The processes below $1.
below()
{
	tr ' ' '\n' <"/proc/$1/task/$1/children" 2>/dev/null | while read -r child; do
		echo "$child"
		below "$child"
	done
}

# shellcheck disable=SC2317 # soon() calls it
no_file()
{
	[ -z "$(find tmp . -path './tmp/*' -o -name '*.tmp.*')" ]
}

# ended SIGNAL CODE COMMAND...: the command, once $begun says that it has begun, ends by it and leaves nothing behind.
ended()
{
	signal=$1 want=$2
	shift 2
	"$@" >out.txt 2>err.txt &
	parent=$!
	soon "$begun"
	found=$(below $parent)
	ok "$signal: it has begun" test -n "$found"
	kill "-$signal" $parent
	got=0
	wait $parent 2>/dev/null || got=$?
	equal "$signal: it ends by it" "$got" "$want"
	# shellcheck disable=SC2086 # numbers
	ok "$signal: none is left" soon gone $found
	ok "$signal: no file is left" soon no_file
	rm -f began
}

# shellcheck disable=SC2317 # soon() calls it
has_begun()
{
	[ -e began ]
}
begun=has_begun
cat >slow-cc <<'END'
#!/bin/sh
echo >began
sleep 600
END
cat >deaf-cc <<'END'
#!/bin/sh
trap '' TERM INT HUP
echo >began
sleep 600
END
chmod +x slow-cc deaf-cc
printf '#include "policy.h"\nVTICK_POLICY = { VTICK_POLICY_HEAD, .name = "short" };\n' >short.c
for how in TERM.143 HUP.129 KILL.137; do
	for compiler in slow deaf; do
		ended "${how%.*}" "${how#*.}" env CC="./$compiler-cc" "$vtick" replay -p short.c t.vtt
		ended "${how%.*}" "${how#*.}" env CC="./$compiler-cc" "$vtick" policy show short.c
	done
done

cat >hang.c <<'END'
#include <signal.h>
#include <unistd.h>
#include "policy.h"
__attribute__((constructor)) static void begin(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}
VTICK_POLICY = { VTICK_POLICY_HEAD, .name = "hang" };
END
# A child that lasts is in the constructor.
# shellcheck disable=SC2317 # soon() calls it
lasts()
{
	[ -n "$(children "$parent")" ] && sleep 1
}
begun=lasts
ok "build: hangs" compile hang.so hang.c
for how in TERM.143 KILL.137; do
	ended "${how%.*}" "${how#*.}" "$vtick" replay -p ./hang.so t.vtt
	ended "${how%.*}" "${how#*.}" "$vtick" policy show ./hang.so
done
finish
