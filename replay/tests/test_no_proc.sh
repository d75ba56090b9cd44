#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Without /proc, as in a chroot: policies are found, files are written.
# Needs: root
. "$PWD/ci/tests/lib.sh"
cd "$work" || exit 1
# shellcheck disable=SC2016 # of the inner shell
unshare --mount sh -c '
	mount -t tmpfs none /proc && [ -z "$(ls /proc)" ] || exit 3
	"$1" policy list >list.txt 2>list.err &&
	"$1" gen --domains 1 --vcpus 2 --lps 1 --duration 100ms -o t.vtt &&
	"$1" replay -p virtual t.vtt -o r.json >table.txt &&
	"$1" replay -p virtual t.vtt -o r.json >table.txt &&
	cd / && PATH=$(dirname "$1"):$PATH && vtick replay -p virtual "$OLDPWD/t.vtt" >/dev/null' - "$vtick" >out.txt 2>err.txt
code=$?
[ $code != 3 ] || skip "nothing can be mounted here"
ok "all of it" test $code = 0
has "the policies are found" '^virtual ' list.txt
ok "the result is whole" grep -q '"status": "ok"' r.json
ok "nothing is left over" test -z "$(find . -name '*.tmp.*')"
finish
