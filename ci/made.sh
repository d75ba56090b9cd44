# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by folder.sh
# Which files these scripts made, so that no others are written over or go.

# is_made FOLDER NAME: the file is as gate.made has it, and so nobody else's.
is_made()
{
	[ -f "$1/gate.made" ] && [ -f "$1/$2" ] &&
		grep -qxF "$(sha256sum <"$1/$2" | cut -d ' ' -f 1) $2" "$1/gate.made"
}

# list_made FOLDER [all]: the list of the files in FOLDER/.vtick-new, among them; and .gone, those of before that are no
# more: what the list had, or any *.json.
list_made()
{
	for made in "$1/.vtick-new"/*; do
		printf '%s %s\n' "$(sha256sum <"$made" | cut -d ' ' -f 1)" "${made##*/}"
	done >"$work/made"
	{
		[ ! -f "$1/gate.made" ] || cut -d ' ' -f 2- "$1/gate.made"
		[ -z "${2-}" ] || (cd "$1" && printf '%s\n' *.json)
	} | while IFS= read -r made; do
		[ -e "$1/.vtick-new/$made" ] || { [ -z "${2-}" ] && ! is_made "$1" "$made"; } || printf '%s\n' "$made"
	done >"$1/.vtick-new/.gone"
	mv "$work/made" "$1/.vtick-new/gate.made"
}

# is_golden FILE: or nothing yet.
is_golden()
{
	[ ! -s "$1" ] || grep -aq '^vtick\.golden/' "$1"
}

# is_golden_of TRACE FILE: of that one and no other. Its heading has blanks and backslashes as GOLDEN.md writes them.
is_golden_of()
{
	is_golden "$2" && [ "$(grep -a '^trace ' "$2")" = "trace $(printf '%s' "$1" | sed 's/\\/\\x5c/g; s/ /\\x20/g')" ]
}
