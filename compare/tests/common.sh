# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# For tests that do not read in ci/tests/lib.sh themselves yet.
. "$PWD/ci/tests/lib.sh"
need jq
is() { ok "$@"; }
cd "$work" || exit 1
"$vtick" replay "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1
