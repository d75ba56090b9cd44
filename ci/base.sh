# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # who reads this in has set top
# What a change is compared with. Read in by instructions.sh and lint.sh.

# base_of FOLDER: the commit where HEAD left the main branch, or on it the one before; nothing if there is none (no
# repository, first commit, shallow clone).
base_of()
{
	for branch in origin/HEAD origin/main main; do
		git -C "$1" rev-parse --verify --quiet "$branch^{commit}" >/dev/null 2>&1 && break
	done
	base_head=$(git -C "$1" rev-parse --verify --quiet HEAD 2>/dev/null) || return 0
	base_found=$(git -C "$1" merge-base HEAD "$branch" 2>/dev/null) || base_found=$base_head
	[ "$base_found" != "$base_head" ] || base_found=$(git -C "$1" rev-parse --verify --quiet HEAD~1) || return 0
	echo "$base_found"
}

# limit_since COMMIT PERCENT: the limit of growth, which trailers 'Instructions: +N % because ...' since the commit lift;
# says so on descriptor 3.
limit_since()
{
	accepted=$(git -C "$top" log --format='%(trailers:key=Instructions,valueonly)' "$1..HEAD" | grep . || true)
	more=$(printf '%s\n' "$accepted" | sed -n 's/^+\{0,1\}\([0-9][0-9]*\) *%.*/\1/p' | sort -n | tail -n 1)
	if [ "${more:-0}" -gt "$2" ]; then
		printf '%s\n' "limit lifted from $2 % to $more %: $accepted" | LC_ALL=C tr -c '\n -~' '?' >&3
		echo "$more"
	else
		echo "$2"
	fi
}
