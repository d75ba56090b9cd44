# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # functions that others call
# What bash would put for a word: bash complete.bash COMPLETION WORD..., the words as bash breaks them, the last one where
# the cursor is. For test_completion.sh.
# shellcheck source=/dev/null
source "$1"
shift
asked=()
compopt()
{
	asked+=("$2")
}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$1
shift
before=' '
for word; do
	# A break, and what follows it, stand without a blank.
	[[ $word != [=:] ]] || before=
	COMP_LINE+=$before$word
	before=' '
	[[ $word != [=:] ]] || before=
done
COMP_POINT=${#COMP_LINE}
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
_vtick
[[ ${#asked[@]} -eq 0 ]] || printf '%s ' "$(printf '%s\n' "${asked[@]}" | sort -u | paste -s -d ' ')"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '[%s]\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr -d '\n'
