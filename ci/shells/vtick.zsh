#compdef vtick
# SPDX-License-Identifier: GPL-2.0-only
# Completion of vtick for zsh; what a word may be, 'vtick help --complete' says.

_vtick()
{
	local line name help at end
	local -a said plain shown more more_shown all
	# Without quotes; nothing is expanded but a tilde.
	all=("${(@Q)words[2,-1]}")
	all[CURRENT-1]="${(Q)PREFIX}"
	all=("${(@)all/#\~\//$HOME/}")
	said=("${(@f)$("${${(Q)words[1]}/#\~\//$HOME/}" help --complete $((CURRENT - 1)) -- "${all[@]}" 2>/dev/null </dev/null)}")
	for line in "${said[@]}"; do
		name=${line%%$'\t'*} help=${line#*$'\t'}
		if [[ -z $name ]]; then
			at=${${help#*$'\t'}%%$'\t'*} end=${help##*$'\t'}
			((at == 0)) || compset -p $at
			case $help in
			folders*) _files -/ ;;
			files*) if [[ -n $end ]]; then _files -g "*$end"; else _files; fi ;;
			esac
		elif [[ $name == *[=:] ]]; then
			more+=("$name") more_shown+=("$name${help:+  -- $help}")
		else
			plain+=("$name") shown+=("$name${help:+  -- $help}")
		fi
	done
	((${#plain} == 0)) || compadd -l -d shown -a -- plain
	((${#more} == 0)) || compadd -l -S '' -d more_shown -a -- more
	return 0
}

if [[ $funcstack[1] == _vtick ]]; then
	_vtick "$@"
else
	compdef _vtick vtick
fi
