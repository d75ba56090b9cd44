#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ADVERSARY.md has what bench/adversary.sh prints, and a search finds nothing that is shorter than what it shows: in check
# one that loses wake-ups, in check-all each policy by each metric. After a change that is meant:
# bench/tests/test_adversary.sh --update build
# Tier: check
set -eu

update=
if [ "$1" = --update ]; then
	update=--update
	shift
fi
# shellcheck disable=SC2086 # an option or nothing
bench/adversary.sh "$1" | ci/page.sh $update adversary bench/ADVERSARY.md
[ -z "$update" ] || exit 0

if [ "${VTICK_TIER-}" = all ]; then
	bench/adversary.sh --search "$1"
else
	bench/adversary.sh --search --seeds 8 --letters L "$1" virtual-2005
fi | diff bench/adversary.txt - || {
	echo "FAILED: the search finds shorter traces: bench/adversary.txt is to hold what it prints"
	exit 1
}
echo "ok: the search finds nothing that is shorter"
