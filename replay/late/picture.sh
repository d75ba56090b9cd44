#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The README's picture, as SVG on standard output: of a recorded host, the time around its latest tick, and what a
# replay makes of it. Usage: replay/late/picture.sh [VTICK]
set -eu

here=$(dirname "$0")
vtick=${1-"$here/../../build/vtick"}
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$vtick" late -n 1 -p virtual --report "html:$page" "$here/../../traces/corpus/kvm-live-mixed-2x3.vtt" >/dev/null
awk -f "$here/picture.awk" "$page"
