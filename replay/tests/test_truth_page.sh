#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The table of LOOP.md is what replay/loop/truth.sh prints. After a change that is meant:
#   replay/tests/test_truth_page.sh --update build
# Tier: all
set -eu

update=
if [ "$1" = --update ]; then
	update=--update
	shift
fi
# Not all is right, which makes the exit code 1.
# shellcheck disable=SC2086 # an option or nothing
{ replay/loop/truth.sh "$1" || [ $? = 1 ]; } | ci/page.sh $update truth replay/loop/LOOP.md
