#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# README and CLAIMS.md say what bench/claims.sh, least.sh and corpus.sh print, and the examples of README and FLEET.md
# are what their commands print. After a change that is meant: bench/tests/test_claims.sh --update build
# Tier: check
set -eu

update=
if [ "$1" = --update ]; then
	update=--update
	shift
fi
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

hold() # MARK FILE <what the page shall say
{
	# shellcheck disable=SC2086 # an option or nothing
	ci/page.sh $update "$1" "$2" || failed=1
}

example() # The block of README's first example as it comes out.
{
	command=$(sed -n '/^<!-- example -->$/,/^<!-- \/example -->$/s/^\$ vtick //p' README.md)
	cp traces/corpus/kvm-4x2-all.vtt "$work/"
	echo '```'
	echo "\$ vtick $command"
	(cd "$work" && eval "'$build/vtick' $command")
	echo '```'
}

fleets() # The block of FLEET.md's two folders, as wide as a terminal.
{
	command=$(sed -n '/^<!-- fleets -->$/,/^<!-- \/fleets -->$/{/^\$ vtick /,/[^\\]$/s/^\(\$ vtick \)*//p;}' ci/FLEET.md)
	mkdir "$work/old" "$work/new"
	"$build/vtick" replay -p virtual-2005 -O "$work/old/results" traces/corpus >"$work/said" 2>&1
	"$build/vtick" replay -p virtual -O "$work/new/results" traces/corpus >"$work/said" 2>&1
	echo '```'
	printf '$ vtick %s\n' "$command"
	(cd "$work" && eval "'$build/vtick' $command" | fold -s -w 98 | sed 's/ *$//')
	echo '```'
}

example | hold example README.md
fleets | hold fleets ci/FLEET.md
bench/least.sh "$build" | hold least README.md
bench/claims.sh --summary "$build" | hold claims README.md
bench/claims.sh "$build" | hold claims bench/CLAIMS.md
bench/corpus.sh "$build" kvm-4x2-all pvhlinux-credit2-2p-all | hold corpus bench/CLAIMS.md
exit "$failed"
