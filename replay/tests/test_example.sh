#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# WRITING-A-POLICY.md: its source is the example's file, and its commands work as they stand there.
. "$PWD/ci/tests/lib.sh"
need jq
: "${CC:=cc}"
export CC
cd "$work" || exit 1

page=$top/replay/WRITING-A-POLICY.md

# The blocks of a kind, "c" or "sh", of the page.
blocks()
{
	awk -v kind="$1" '/^```/ { inside = $0 == "```" kind; next } inside' "$page"
}

blocks c >poll.c
ok "the page's source is example/poll.c" cmp poll.c "$top/replay/example/poll.c"

PATH=$build:$PATH
export PATH
# A command may go on in the next line.
blocks sh | sed -e :more -e '/\\$/{' -e N -e 's/\\\n[[:blank:]]*//' -e 'b more' -e '}' | grep -v pkg-config >commands
ok "the page has commands" test "$(wc -l <commands)" -ge 5
while IFS= read -r line; do
	code=0
	sh -c "$line" >"out.txt" 2>err.txt </dev/null || code=$?
	ok "the page's command: $line" test $code = 0
done <commands

# What the page says about the numbers.
metric()
{
	jq ".cells[$1] | $2" poll.json
}

"$vtick" gen --domains 4 --vcpus 2 --lps 2 --blocked 50 --duration 5 -o t.vtt
"$vtick" replay -p ./poll.c -p ./poll.c:look=running -p virtual t.vtt -o poll.json >out.txt
ok "no guest timer in the list" test "$(metric 0 .ac_timer_list.guest_len_max)" = 0
ok "ticks come late" test "$(metric 0 .firing_skew_ns.pend.p99)" -gt "$(metric 2 .firing_skew_ns.pend.p50)"
ok "look=all wakes late" test "$(metric 0 .wakeups.late)" -gt 0
ok "look=running loses more wake-ups" test "$(metric 1 .wakeups.lost)" -gt "$(metric 0 .wakeups.lost)"

# Out of the tree, as it would be installed.
mkdir -p include/vtick
cp "$top/replay/policy.h" include/vtick/
# shellcheck disable=SC2086 # $CC may be a compiler with options
ok "as a shared object" $CC -O2 -Wall -Wextra -Wno-unused-parameter -fPIC -shared -Iinclude/vtick -o poll.so poll.c
"$vtick" replay -p ./poll.so -p ./poll.so:look=running -p virtual t.vtt -o so.json >out.txt
ok "the shared object says the same" same poll.json so.json

finish
