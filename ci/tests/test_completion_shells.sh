#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Completion as somebody who types has it: a line and a tab in an interactive bash, zsh and fish, with the completion as it
# is installed; names of files and VMs that would harm a shell do not.
# Tier: all
# shellcheck disable=SC2016 # what is evil is not to be expanded
. "$PWD/ci/tests/lib.sh"
need bash zsh fish jq
code "make install" 0 make install B="$1" DESTDIR="$work/root" prefix=/usr
share=$work/root/usr/share
cd "$work" || exit 1
PATH=$work/root/usr/bin:$PATH
export PATH HOME="$work" XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data" HISTFILE=/dev/null
mkdir here here/folder
cd here || exit 1
"$vtick" gen --domains 3 --vcpus 2 --lps 1 --duration 20ms -o plain.vtt
cp plain.vtt 'b c.vtt'
evil='$(touch HARM)'
"$vtick" dump --json plain.vtt | jq -c --arg name "$evil" 'if .vps then .vps[0].name = $name else . end' |
	"$vtick" import text -o evil.vtt
touch 'x;touch HARM.vtt' only.txt

# becomes SHELL LINE EXPECTED: with the blank at its end, if one is put there
becomes()
{
	equal "$1: '$2'" "$(zsh -f "$top/ci/tests/complete.zsh" "$1" "$completion" "$2" 2>&1)" "[$3]"
}
for shell in bash zsh; do
	case $shell in
	bash) completion=$share/bash-completion/completions/vtick ;;
	zsh) completion=$share/zsh/site-functions/_vtick ;;
	esac
	becomes $shell 'vtick repl' 'vtick replay '
	becomes $shell 'vtick compare-' 'vtick compare-patch '
	becomes $shell 'vtick info --js' 'vtick info --json '
	becomes $shell 'vtick compare --format=junit --fail-on=reg' 'vtick compare --format=junit --fail-on=regression '
	becomes $shell 'vtick replay -p virtual:bl' 'vtick replay -p virtual:block='
	becomes $shell 'vtick replay -p virtual:block=k' 'vtick replay -p virtual:block=keep '
	becomes $shell 'vtick info pl' 'vtick info plain.vtt '
	becomes $shell 'vtick info b' 'vtick info b\ c.vtt '
	becomes $shell 'vtick info "b' 'vtick info "b c.vtt" '
	becomes $shell 'vtick info on' 'vtick info only.txt '
	becomes $shell 'vtick info fo' 'vtick info folder/'
	becomes $shell 'vtick replay -O fo' 'vtick replay -O folder/'
	becomes $shell 'vtick compare --report=html:on' 'vtick compare --report=html:only.txt '
	becomes $shell 'vtick late b\ c.vtt --vm d1' 'vtick late b\ c.vtt --vm d1 '
	becomes $shell 'vtick dump evil.vtt --vp d0' 'vtick dump evil.vtt --vp d0v1 '
	becomes $shell 'vtick info x' 'vtick info x\;touch\ HARM.vtt '
	becomes $shell "vtick info $evil --vm " "vtick info $evil --vm "
done

# has_candidates LINE EXPECTED: fish says them.
has_candidates()
{
	equal "fish: '$1'" "$(fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$share/fish/vendor_completions.d/vtick.fish" "$1" 2>&1 | cut -f 1 | LC_ALL=C sort | paste -s -d '|')" "$2"
}
has_candidates 'vtick repl' replay
has_candidates 'vtick info --js' --json
has_candidates 'vtick compare --format=j' '--format=json|--format=junit'
has_candidates 'vtick replay -p virtual:block=' 'virtual:block=keep|virtual:block=remove'
has_candidates 'vtick info ' 'b c.vtt|evil.vtt|folder/|plain.vtt|x;touch HARM.vtt'
has_candidates 'vtick info "b' 'b c.vtt'
has_candidates 'vtick info on' only.txt
has_candidates 'vtick replay -O ' folder/
has_candidates 'vtick compare --report=html:on' '--report=html:only.txt'
has_candidates 'vtick late b\ c.vtt --vm ' 'd0|d1|d2'
has_candidates 'vtick dump evil.vtt --vp d0' d0v1
has_candidates 'vtick nonsense ' ''
ok "no harm was done" [ ! -e HARM ]
code "make uninstall" 0 make -C "$top" uninstall DESTDIR="$work/root" prefix=/usr
equal "... leaves nothing" "$(find "$work/root" -type f)" ""
finish
