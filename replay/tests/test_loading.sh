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
#include <sys/stat.h>
#include <unistd.h>
#include "policy.h"

#ifdef MORE
struct params { uint64_t a, b; };
static struct vtick_param params[] = {
	{ "a", VTICK_NUMBER, 0, "1", NULL, NULL }, { "b", VTICK_NUMBER, 8, "1", NULL, NULL }, { 0 },
};
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
#elif defined(END)
	if (again == END - 1)
		_exit(0);
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
ok "it is not run" timeout 10 "$vtick" replay -p ./early.so -p virtual t.vtt -o r.json >out.txt
ok "the result is the result" jq -e '[.cells[].status] == ["ok", "ok"]' r.json >out.txt

# again NAME OPTION STATUS MESSAGE: what goes wrong when it is loaded to be run.
again()
{
	ok "build: $1" compile early.so "$2" early.c
	code "$1: exit code" 2 timeout 20 "$vtick" replay --cell-timeout 1 -p virtual -p ./early.so t.vtt
	equal "$1: the cell" "$(jq -r '.cells[1] | .status + ": " + .message' out.txt)" "$3: $4"
	ok "$1: the other" jq -e '.cells[0].status == "ok"' out.txt >cell.txt
}

again "hangs when it is loaded again" -DHANG=2 timeout 'stuck for more than 1s while it was loaded'
again "dies when it is loaded again" -DDIE=2 crashed 'killed by signal 11 (SIGSEGV) while it was loaded'
again "ends the process when it is loaded again" -DEND=2 crashed 'ended the process with code 0 while it was loaded'
again "has other parameters when it is loaded again" -DMORE error \
	'is another when it is loaded again, with other parameters or sizes'

# refused NAME OPTION PATTERN
refused()
{
	ok "build: $1" compile early.so "$2" early.c
	fails "$1" "$3" "$vtick" replay -p ./early.so t.vtt
}

refused "ends the process" -DEND=1 'early.so: ends the process when it is loaded'
refused "an odd tier" -DTIER=7 "the policy's tier is 7, expected"
refused "a summary that drives terminals" '-DSUMMARY="a\033[2Jb"' 'a text of a policy is one line'
refused "a summary of two lines" '-DSUMMARY="a\nb"' 'a text of a policy is one line'
refused "an absurd state" -DSTATE=0x7fffffffffffffff 'wants a state or parameters of 9223372036854775807 bytes'
mkfifo pipe.so
fails "a pipe is not waited for" 'pipe.so: cannot be loaded, expected a shared object: it is no file' \
	timeout 10 "$vtick" replay -p ./pipe.so t.vtt
mkfifo pipe.c
fails "nor by the compiler" "pipe.c: cannot be compiled, expected a source: it is no file" \
	timeout 10 "$vtick" replay -p ./pipe.c t.vtt

# ---- signals while a policy is loaded, and compiled ----

# The processes below $1.
below()
{
	tr ' ' '\n' <"/proc/$1/task/$1/children" 2>/dev/null | while read -r child; do
		echo "$child"
		below "$child"
	done
}

# ended SIGNAL CODE COMMAND...: the command, once $begun says that it has begun, ends by it and leaves nothing behind.
ended()
{
	signal=$1 want=$2
	shift 2
	"$@" >out.txt 2>err.txt &
	parent=$!
	tries=0
	until $begun || [ $tries -ge 100 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	found=$(below $parent)
	ok "$signal: it has begun" test -n "$found"
	kill "-$signal" $parent
	got=0
	wait $parent 2>/dev/null || got=$?
	equal "$signal: it ends by it" "$got" "$want"
	tries=0
	for process in $found; do
		while grep -q '^State:[^ZX]*[RSD]' "/proc/$process/status" 2>/dev/null && [ $tries -lt 60 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
	done
	ok "$signal: none is left" test $tries -lt 60
	ok "$signal: no file is left" test -z "$(find tmp . -path './tmp/*' -o -name '*.tmp.*')"
	rm -f began
}

begun='test -e began'
cat >slow-cc <<'END'
#!/bin/sh
echo >began
sleep 30
END
cat >deaf-cc <<'END'
#!/bin/sh
trap '' TERM INT HUP
echo >began
sleep 30
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
begun='sleep 1'
ok "build: hangs" compile hang.so hang.c
for how in TERM.143 KILL.137; do
	ended "${how%.*}" "${how#*.}" "$vtick" replay -p ./hang.so t.vtt
	ended "${how%.*}" "${how#*.}" "$vtick" policy show ./hang.so
done
finish
