# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in after common.sh
# What a script answers.

# counted N ONE MANY: "1 trace", "2 traces".
counted()
{
	if [ "$1" -eq 1 ]; then echo "1 $2"; else echo "$1 $3"; fi
}

# answer CODE: the end of a script whose exit code 1 says something. A command that fails where nobody looks (a disk that
# is full) is trouble, and no such answer.
meant=''
answer()
{
	meant=yes
	exit "$1"
}
as_meant()
{
	ended=${1-$?}
	undo
	rm -rf "$work"
	[ -n "$meant" ] || [ "$ended" = 0 ] || [ "$ended" -ge 128 ] || ended=2
	exit "$ended"
}
trap 'as_meant' EXIT
