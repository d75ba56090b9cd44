#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tables of FIDELITY.md are what replay/fidelity.sh prints. After a change that is meant:
#   replay/tests/test_fidelity_page.sh --update build
# Tier: check
set -eu

update=
if [ "$1" = --update ]; then
	update=--update
	shift
fi
# shellcheck disable=SC2086 # an option or nothing
replay/fidelity.sh "$1" | ci/page.sh $update fidelity replay/FIDELITY.md
# shellcheck disable=SC2086
replay/fidelity_summary.sh "$1" | ci/page.sh $update summary replay/FIDELITY.md
