#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The first example of each manual page runs as it stands there, with vtick as it is installed.
# Tier: all
# Needs: kvm root
. "$PWD/ci/tests/lib.sh"
need jq git flock
code "make install" 0 make install B="$1" DESTDIR="$work/root" prefix=/usr
mkdir "$work/here"
"$build/bench/xen_capture" "$work/here/xen.trc" 2 8 60000 2
cp replay/policies/passthrough.c "$work/here/later.c"
cd "$work/here" || exit 1
"$top/ci/tests/examples.sh" "$work/root/usr" "$build/tests/record-load" --seconds 14 >"$work/said" 2>&1 || true
equal "each command has run" "$(grep -c '^\(not \)\{0,1\}ok ' "$work/said")" "$("$vtick" help --options | cut -f 1 | uniq | tail -n +2 | wc -l)"
cp "$work/said" "$work/lines"
while IFS= read -r line; do
	case $line in
	"ok "*) ok "${line#ok }" ;;
	"not ok "*) fail "${line#not ok }" "$work/said" ;;
	esac
done <"$work/lines"
finish
