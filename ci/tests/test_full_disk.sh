#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Tier: check
# gate.sh, accept.sh and nightly.sh on a disk that is full: trouble, a line, and what was there is as it was.
# shellcheck disable=SC2317 # functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq flock git sqlite3
ci=$top/ci
cd "$work" || exit 1

# Root has a small disk, others a limit of file size in 512 bytes.
mkdir small traces
blocks=unlimited
if mount -t tmpfs -o size=2m none small 2>/dev/null; then
	trap 'umount "$work/small"; rm -rf "$work"' EXIT
else
	blocks=1
fi
"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 100ms -o traces/a.vtt || exit 1
"$vtick" gen --domains 1 --vcpus 2 --lps 1 --duration 100ms -o traces/b.vtt || exit 1

fill()
{
	[ "$blocks" != unlimited ] || dd if=/dev/zero of=small/ballast bs=4k >/dev/null 2>&1 || :
}
empty()
{
	rm -f small/ballast
}
# full COMMAND...: while nothing can be written there
full()
{
	(
		ulimit -f "$blocks" 2>/dev/null
		exec "$@"
	)
}
files()
{
	(cd "$1" && find . -type f ! -name ballast ! -name lock ! -name '.*' | LC_ALL=C sort | xargs sha256sum)
}
# untouched NAME FOLDER PATTERN: trouble was told in lines of ours, and FOLDER is as it was.
untouched()
{
	files "$2" >after.txt
	ok "$1: what was there is as it was" cmp before.txt after.txt
	ok "$1: it is told" test -s err.txt
	ok "$1: no work is left" test -z "$(find "$2" -name '*.tmp*')"
}

accept()
{
	full "$ci/accept.sh" --reason "it is so" -p "$1" --traces traces --golden small/golden "$build"
}
gate()
{
	full "$ci/gate.sh" -p virtual --traces traces --golden golden --out small/out "$build"
}
nightly()
{
	full "$ci/nightly.sh" -p virtual --store small/store --traces traces --pairs 0 --build "$build"
}

limit=$blocks
blocks=unlimited
mkdir small/golden
code "goldens" 0 accept virtual
cp -r small/golden golden
code "results" 0 gate
code "a night" 0 nightly
blocks=$limit

files small/golden >before.txt
fill
code "accept on a full disk" 2 accept passthrough
untouched "accept" small/golden
files small/out >before.txt
code "the gate on a full disk" 2 gate
untouched "the gate" small/out
files small/store >before.txt
code "a night on a full disk" 2 nightly
untouched "a night" small/store
empty
blocks=unlimited
code "the gate with room again" 0 gate
code "a night with room again" 0 nightly
ok "the index has both" test "$(sqlite3 small/store/history.db 'SELECT count(*) FROM nights')" = 2
finish
