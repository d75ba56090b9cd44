#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# time-machine.sh on real trees: those of TIME-MACHINE.md that Debian has are what the page says, and a rule that is taken
# out of one is seen.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need jq apt-get dpkg-deb xz
: "${CC:=cc}"
export CC
cd "$work" || exit 1
. "$top/replay/kinds/tests/packages.sh"

linux_source 6.1
linux_source 6.12
no_new_start linux-6.12 without
code "Linux" 0 "$top/bench/time-machine.sh" --build "$build" linux-6.1 linux-6.12 without
equal "builds take less than 5 s of CPU time" "$(sed -n 's/^|[^|]*|[^|]*| \([0-9]*\)\.[0-9] s |.*/\1/p' out.txt | awk '$1 >= 5 { bad++ } END { print NR, bad + 0 }')" \
	"3 0"
equal "6.1 and 6.12 are alike, without the new start of late periods it is another" \
	"$(sed -n 's/^Alike in all of it: \(.*\)\.$/\1/p' out.txt | tr ';' ',' | tr ',' '\n' | sed 's/^ *\([0-9]*\.[0-9]*\)\..*/\1/' | tr '\n' ' ')" \
	"6.1 6.12 6.12 "
has "which is seen where a host is away" '^### .* → .* (without), with a host that is away'
code "without costs nobody sees it" 1 grep -q '(without), without costs' out.txt
xen_sources
# shellcheck disable=SC2154,SC2086 # paths
code "Xen" 0 "$top/bench/time-machine.sh" --build "$build" --kind xen $trees
has "one class" '^Alike in all of it: [^;]*, [^;]*\.$'
finish
