#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# wicked.c's ways to reach out of a policy's own cell, in hooks and while it is loaded; libraries of its own.
# Tier: check
. "$PWD/ci/tests/lib.sh"
. "$PWD/replay/tests/contained.sh"
! sanitized || skip "there is no sandbox below a sanitizer"
ok "build the plugin" compile wicked.so "$plugins/wicked.c"

contained wicked:forge ok
ok "no line of its is taken for vtick's" sh -c '! grep -v "^vtick: t: wicked:how=forge: " err.txt'
contained wicked:below_zero misused 'in arm: hw_arm(): time 18446744073709551611, expected below 2^63, or VTICK_NEVER at '
contained wicked:host_copied crashed
contained wicked:no_host crashed
contained wicked:host_page crashed
contained wicked:host_unmapped crashed 'signal 11 (SIGSEGV)'
contained wicked:rewind ok
contained wicked:kill_self crashed 'signal 9 (SIGKILL)'

# ---- time ----

contained wicked:slow timeout '^took more than LIMIT$'
contained wicked:poll timeout '^stuck for more than LIMIT at event '
contained wicked:endless_log timeout '^stuck for more than LIMIT at event '
contained wicked:timer_again timeout '^stuck for more than LIMIT at event '
contained wicked:stop timeout '^stuck for more than LIMIT at event '
contained wicked:deaf timeout '^stuck for more than LIMIT at event '
contained wicked:atexit timeout

# Installed ones share a process: the limit is each one's.
mkdir installed
cp wicked.so installed/
code "a slow one among installed ones" 2 env VTICK_POLICY_PATH="$work/installed" "$vtick" replay -j1 --cell-timeout 2 \
	-p virtual -p wicked:how=slow -p passthrough t.vtt
equal "it alone is late" "$(jq -r '[.cells[] | .status + " " + (.message // "")] | join(",")' out.txt)" \
	'ok ,timeout took more than 2s,ok '
jq -r '.cells[0, 2] | tojson' out.txt >rest.txt
ok "the others are as without it" cmp rest.txt good.txt
code "one that kills among installed ones" 2 env VTICK_POLICY_PATH="$work/installed" "$vtick" replay -j1 \
	-p virtual -p wicked:how=socket -p passthrough t.vtt
equal "it alone is lost" "$(jq -r '[.cells[].status] | join(",")' out.txt)" 'ok,misused,ok'
jq -r '.cells[0, 2] | tojson' out.txt >rest.txt
ok "the others are as without it" cmp rest.txt good.txt

# The survey of the recording has a limit, too. It is of no policy.
ok "a long trace" "$vtick" gen --domains 16 --vcpus 4 --lps 4 --tick 2000 --duration 600 -o long.vtt
code "the survey takes too long" 2 timeout 100 "$vtick" replay --against-recording --cell-timeout 1us -p virtual \
	-p passthrough long.vtt
equal "both cells are late" "$(jq -r '[.cells[].message] | unique[]' out.txt)" \
	'stuck for more than 1us in the survey of the recording'

contained wicked:timer_zeroed misused 'a timer in the queue of lp 0 was written to, freed or moved while it was active at '
contained wicked:state_freed crashed
contained wicked:unlimited 'out of memory' 'more than 64 MiB at event '
contained wicked:flood crashed

# ---- the sandbox ----

forbidden wicked:vfork vfork
forbidden wicked:forkbomb clone
forbidden wicked:system rt_sigaction
forbidden wicked:thread clone
forbidden wicked:ptrace ptrace
forbidden wicked:memory_of_parent process_vm_writev
forbidden wicked:kill_group kill
forbidden wicked:queue_to_parent rt_sigqueueinfo
forbidden wicked:outlive prctl
forbidden wicked:setsid setsid
forbidden wicked:unlink unlink
forbidden wicked:rename rename
forbidden wicked:socket socket
forbidden wicked:memfd memfd_create
forbidden wicked:uring io_uring_setup
forbidden wicked:truncate ftruncate
forbidden wicked:handler rt_sigaction
contained wicked:blocked misused '^a system call that the sandbox forbids'
contained wicked:result ok
contained wicked:sigsys ok
contained wicked:key crashed
contained wicked:create ok
contained wicked:read ok
ok "no file of others is read" grep -q "^vtick: t: wicked:how=read: at [0-9]*: read ''$" err.txt
contained wicked:own_memory error 'in arm: it cannot be opened'
ok "no file is made, or changed" sh -c '[ ! -e wicked.txt ] && cmp t.vtt t.before'

# at_load WAY CALL: what is forbidden is so while it is loaded, too.
at_load()
{
	ok "build: $1 at load" compile load.so -DAT_LOAD="$1" "$plugins/wicked.c"
	code "$1 at load" 2 "$vtick" replay -p virtual -p ./load.so -p passthrough t.vtt
	has "$1 at load: why" "load.so: misused: makes the system call '$2' when it is loaded, which the sandbox forbids" err.txt
	jq -r '.cells[0, 2] | tojson' out.txt >rest.txt
	ok "$1 at load: the others are as without it" cmp rest.txt good.txt
	fails "$1 at load, policy show" "load.so: makes the system call '$2' when it is loaded" "$vtick" policy show ./load.so
}

at_load vfork vfork
at_load socket socket
at_load system rt_sigaction
at_load kill_group kill
ok "build: create at load" compile load.so -DAT_LOAD=create "$plugins/wicked.c"
ok "create at load" "$vtick" replay -p ./load.so t.vtt >out.txt
ok "no file was made" test ! -e wicked.txt

# A library of one's own is no system's.
echo 'int helper(void) { return 7; }' >helper.c
echo '#include "policy.h"
int helper(void);
static int with(struct vtick_host *h) { return helper() - 7; }
VTICK_POLICY = { VTICK_POLICY_HEAD, .name = "with", .open = with };' >with.c
ok "build: a library" compile libhelper.so helper.c
ok "build: a policy that needs it" compile with.so with.c -L. -lhelper -Wl,-rpath,"$work"
fails "its library is not loaded" 'with.so: cannot be loaded, expected .* no libraries but the system.s: libhelper.so' \
	"$vtick" replay -p ./with.so t.vtt
ok "but without the sandbox" "$vtick" replay --no-sandbox -p ./with.so t.vtt >out.txt
ok "policy show --no-sandbox" "$vtick" policy show --no-sandbox ./with.so >out.txt
ok "build: one that needs the system's" compile with.so -DM "$plugins/stray.c" -Wl,--no-as-needed -lm -lresolv
ok "those are loaded" "$vtick" replay -p ./with.so t.vtt >out.txt

contained wicked:outlive ok '' --no-sandbox
contained wicked:truncate ok '' --no-sandbox
contained wicked:fat crashed 'left what is no result' --no-sandbox
finish
