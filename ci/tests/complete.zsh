# SPDX-License-Identifier: GPL-2.0-only
# What an interactive shell makes of lines: zsh complete.zsh bash|zsh COMPLETION LINE..., each followed by a tab in a
# terminal; prints the line as it stands then, [] around it. For test_completion_shells.sh.
zmodload zsh/zpty
shell=$1 completion=$2
shift 2
typeset -g got=$PWD/line.got

case $shell in
zsh)
	zpty z 'TERM=dumb zsh -f -i'
	zpty -w z "PS1='> '; autoload -U compinit; compinit -u -d $PWD/dump; source $completion"
	zpty -w z "shown() { print -r -- \"[\$BUFFER]\" >$got; BUFFER=; zle accept-line; }; zle -N shown; bindkey '^T' shown"
	;;
bash)
	zpty z 'TERM=dumb bash --norc -i'
	zpty -w z "PS1='> '; source $completion; bind 'set show-all-if-ambiguous off'; bind 'set bell-style none'"
	zpty -w z "shown() { printf '[%s]\n' \"\$READLINE_LINE\" >$got; READLINE_LINE=; }; bind -x '\"\\C-t\": shown'"
	;;
esac
for line; do
	rm -f $got
	zpty -w -n z "$line"$'\t'
	sleep 0.3
	zpty -w -n z $'\x14'
	for i in {1..100}; do
		[[ -s $got ]] && break
		sleep 0.1
	done
	cat $got
done
# What it printed, where nothing came out.
[[ -s $got ]] || while zpty -r -t z text; do print -rn -- $text; done
zpty -d z
