#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# REDUCED.md has what bench/reduced.sh prints. After a change that is meant: bench/tests/test_reduced.sh --update build
# Tier: all
set -eu

update=
if [ "$1" = --update ]; then
	update=--update
	shift
fi
# shellcheck disable=SC2086 # an option or nothing
bench/reduced.sh "$1" | ci/page.sh $update reduced bench/REDUCED.md
