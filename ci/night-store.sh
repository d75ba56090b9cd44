# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by night.sh
# The folder of nights: whose it is, what is in it, what comes.

# What else a folder holds is not to be written over.
check_store()
{
	[ -n "$(ls -A "$store" 2>/dev/null)" ] || return 0
	if [ ! -d "$store/results" ] || { [ ! -f "$store/lock" ] && [ -e "$store/summary.txt" ]; }; then
		trouble "$store holds other things, expected a folder of nights, or an empty one"
	fi
}

# "DATE-REVISION-N N" of every night of the store, in order of N.
nights()
{
	find "$store/results" -type f -name '[0-9]*-*-[0-9]*.json' | sed 's|.*/||' | LC_ALL=C awk -f "$top/ci/nights.awk" | sort -n -k 2
}

# The last night that compare can read and on which every cell was replayed: what is broken, or was lost then, is not
# missed for ever.
last_whole_night()
{
	nights | sort -r -n -k 2 | while read -r night _; do
		file=$store/results/$night.json
		if jq -e '.cells | length > 0 and all(.[]; .status == "ok")' "$file" >/dev/null 2>&1 &&
			"$vtick" compare --golden - "$file" >/dev/null 2>&1; then
			echo "$night"
			break
		fi
	done
}

# The night's files take their place, the result last: with it the night has been.
publish()
{
	# Of a night that was killed before its result was there.
	rm -f "$store/results/$name.timing-base.json" "$store/results/$name.timing.json"
	for part in timing-base timing; do
		[ ! -e "$work/$part.json" ] || chmod a-w "$work/$part.json"
		[ ! -e "$work/$part.json" ] || mv "$work/$part.json" "$store/results/$name.$part.json"
	done
	chmod a-w "$work/result.json"
	mv "$work/result.json" "$store/results/$name.json"
}

# take_store: this night is the only one that works there. What one that was killed has left goes; this one works in the
# same place, so that results come by rename.
take_store()
{
	mkdir -p "$store/results"
	store=$(cd "$store" && pwd)
	exec 9>>"$store/lock"
	# shellcheck disable=SC2086 # an option or nothing
	flock $nowait 9 || trouble "another night runs on $store (--wait waits for it)"
	rm -rf "$store/.night"
	[ -n "$installed" ] || git -C "$top" worktree prune 2>/dev/null || true
	if ! { mkdir "$store/.night" && cp "$work"/* "$store/.night/"; }; then
		rm -rf "$store/.night"
		trouble "$store cannot be written"
	fi
	rm -rf "$work"
	work=$store/.night
}
