#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A fleet that is killed at random moments and started again comes to the same (bench/fleet-kills.sh), with a small one.
# Tier: all
# shellcheck disable=SC2016 # words of Markdown
. "$PWD/ci/tests/lib.sh"
need jq time setsid
build=$1

code "killed and started again" 0 bench/fleet-kills.sh "$build" "$work/fleet" 300 4 100000 6
has "it was killed" '^| the rest, after [2-6] kills | '
has "it says what it took" '^| `replay -O`, undisturbed | [0-9.]* s | [0-9.]* + [0-9.]* s | [0-9.]* MiB |$'
has "the same" '^the same to the last byte$'
finish
