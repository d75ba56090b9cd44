# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# For tests that do not read in ci/tests/lib.sh themselves yet.
. "$PWD/ci/tests/lib.sh"
need jq
plugins=$top/replay/tests/plugins
: "${CC:=cc}"
export CC
cd "$work" || exit 1
