#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One step of ci/bisect.sh, which says in the folder WORK what it is about: is the revision that is checked out good
# (exit code 0), bad (1 to 124), or can it not be told (125)? With `measure` prints the metric of all cells instead.
# Usage: ci/bisect-step.sh WORK [measure]
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
VTICK_CI_STEP=$1
. "$top/ci/common.sh"
. "$top/ci/revisions.sh"

kept()
{
	cat "$work/state/$1"
}
# shellcheck disable=SC2034 # for revisions.sh
own=$(kept own) make=$(kept make) this_vtick=$(kept vtick) repository=$(kept repository)
tree=$(kept tree) command=$(kept command) metric=$(kept metric)

# The metric in all cells, on one line.
measure()
{
	set --
	while IFS= read -r trace; do
		set -- "$@" "$trace"
	done <"$work/traces"
	replay_revision "$tree" "$work/result.json" "$@" || return 125
	jq -c --arg metric "$metric" '[.cells[] | getpath($metric / ".")]' "$work/result.json" || return 125
}

prepare "$tree" || exit 125
if [ "${2-}" = measure ]; then
	measure
elif [ -n "$command" ]; then
	cd "$tree"
	VTICK=$vtick exec sh -c "$metric"
else
	value=$(measure) || exit 125
	printf '%s\n' "$(git -C "$tree" log -1 --format='%h %s'): $metric $value" | plain >&2
	[ "$value" = "$(cat "$work/expected")" ]
fi
