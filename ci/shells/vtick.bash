# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of vtick for bash; what a word may be, 'vtick help --complete' says.

# The words up to the cursor, put together again where bash breaks them (at a '=' or ':'), without
# quotes; nothing in them is expanded but a tilde.
_vtick_words()
{
	local line=${COMP_LINE:0:COMP_POINT} word i
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $line == [[:blank:]]* || $i == 0 ]]; then
			line=${line#"${line%%[![:blank:]]*}"}
			words+=("")
		fi
		((i < COMP_CWORD)) || word=$line
		line=${line#"$word"}
		words[-1]+=$word
	done
	words=("${words[@]//[\"\'\\]/}")
	words=("${words[@]/#\~\//$HOME/}")
}

# Names of files that begin as $1 and end in $2, with folders, behind $3; where there are none, all.
_vtick_files()
{
	local name
	compopt -o filenames
	while IFS= read -r name; do
		[[ $name != *"$2" && ! -d $name ]] || COMPREPLY+=("$3$name")
	done < <(compgen -f -- "$1")
	[[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o default
}

_vtick()
{
	local words line word name broken at='' IFS=$' \t\n'
	_vtick_words
	word=${words[-1]}
	# What bash has before the cursor of this word: it replaces only what follows.
	broken=${word##*[:=]}
	[[ $COMP_WORDBREAKS == *:* ]] || broken=${word##*=}
	broken=${word%"$broken"}
	COMPREPLY=()
	while IFS= read -r line; do
		name=${line%%$'\t'*}
		if [[ $line == $'\tfolders\t'* ]]; then
			compopt -o dirnames
		elif [[ $line == $'\tfiles\t'* ]]; then
			IFS=$'\t' read -r _ at name <<<"${line#?}"
			line=${word:0:at}
			_vtick_files "${word:at}" "$name" "${line#"$broken"}"
		elif [[ -n $name ]]; then
			name=${name#"$broken"}
			[[ -z $name ]] || printf -v "COMPREPLY[${#COMPREPLY[@]}]" %q "$name"
			[[ $name != *[=:] ]] || compopt -o nospace
		fi
	done < <("${words[0]}" help --complete "$((${#words[@]} - 1))" -- "${words[@]:1}" "${COMP_WORDS[@]:COMP_CWORD+1}" \
		2>/dev/null </dev/null)
} 2>/dev/null

complete -F _vtick vtick
