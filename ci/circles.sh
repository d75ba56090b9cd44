#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Circles of files in replay/ and compare/: A needs a symbol that B defines, B one of C's, and C one of A's. Says which,
# and by what symbols. Exit codes: 0 there are none, 1 there are, 2 trouble.
# Usage: ci/circles.sh [BUILD]
set -eu

here=$(dirname "$0")
build=${1-build}
# The one circle that may be: an interrupt runs timers (machine), whose policy pends and has the guest served (truth), which
# with costs takes time (costed), and that delays interrupts. Apart they would need a table of calls that says no more.
allowed="replay/engine/costed replay/engine/machine replay/engine/truth"

[ -d "$build/obj/replay" ] || { echo "ci/circles.sh: $build/obj/replay is not there: build it (make)" >&2; exit 2; }
for folder in replay compare; do
	# shellcheck disable=SC2046 # no file name of ours holds a space
	nm -A -g -P $(find "$build/obj/$folder" -name '*.o' ! -path '*/tests/*' | sort)
done | sed "s|^$build/obj/||" | awk -v allowed="$allowed" -f "$here/circles.awk"
