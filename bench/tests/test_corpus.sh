#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The table of CORPUS.md is what bench/corpus.sh prints. After a change that is meant:
#   bench/tests/test_corpus.sh --update build
# Tier: check
set -eu

update=
if [ "$1" = --update ]; then
	update=--update
	shift
fi
# shellcheck disable=SC2086 # an option or nothing
bench/corpus.sh "$1" | ci/page.sh $update corpus bench/CORPUS.md
