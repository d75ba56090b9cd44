#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every command by its table ('vtick help --options'): that it explains itself, and that what is wrong
# on a command line is told by all of them in one line of the same words.
. "$PWD/ci/tests/lib.sh"
cd "$work" || exit 1

# says TEXT ARGUMENT...: exit code 2, nothing on stdout, one line: vtick: COMMAND: TEXT (see ...).
says()
{
	text=$1
	shift
	code=0
	"$vtick" "$@" >out.txt 2>err.txt </dev/null || code=$?
	[ $code = 2 ] && [ ! -s out.txt ] &&
		[ "$(cat err.txt)" = "vtick: $1: $text (see 'vtick $1 --help')" ] && return
	echo "$*: exit code $code:" >>said.txt
	cat out.txt err.txt >>said.txt
	return 1
}

# each NAME: what was said since the last one
each()
{
	if [ -s said.txt ]; then
		fail "$1" said.txt
	else
		ok "$1"
	fi
	: >said.txt
}

: >said.txt
"$vtick" help --options >table.tsv
tail -n +2 table.tsv | cut -f 1 | uniq >commands.txt
ok "the table has all commands" [ "$(wc -l <commands.txt)" -ge 10 ]
"$vtick" --help | sed -n '/^A first minute/q; s/^  \([a-z-]*\)  *[a-z].*/\1/p' >listed.txt
ok "... and the help lists them" cmp listed.txt commands.txt
tail -n +2 table.tsv | awk -F '\t' '
	$2 != "command" && $2 != "usage" && $2 != "group" && $2 != "value" && $3 != ""' >options.tsv
ok "it has options" [ "$(wc -l <options.tsv)" -ge 60 ]

while read -r command; do
	for words in "$command --help" "$command -h" "help $command"; do
		# shellcheck disable=SC2086 # words
		"$vtick" $words >b.txt 2>>said.txt || echo "$words: exit code $?" >>said.txt
		[ "$words" != "$command --help" ] || cp b.txt a.txt
		cmp a.txt b.txt >>said.txt 2>&1
	done
	head -n 1 a.txt | grep -q "^usage: vtick $command " || echo "no usage" >>said.txt
	grep -q '^Exit codes: 0 ' a.txt || echo "no exit codes" >>said.txt
	awk -F '\t' -v c="$command" '$1 == c { print $3 }' options.tsv >names.txt
	while read -r name; do
		grep -q -e "^  \(-., \)\{0,1\}--$name\( \|\$\)" a.txt || echo "no --$name" >>said.txt
	done <names.txt
	each "$command --help, -h and help $command"
	COLUMNS=60 "$vtick" "$command" --help | sed '/^Examples:/,/^$/d; /^usage:/,/^$/d' |
		awk 'length($0) > 60 && !/^  [-a-z]/ && NF > 1' >said.txt
	each "$command --help in 60 columns"
	says "there is no option '--xyzzy'" "$command" --xyzzy
	says "there is no option '--xyzzy'" "$command" --xyzzy=1
	says "there is no option '-Z'" "$command" -Z
	says "there is no option '--hlep', did you mean '--help'?" "$command" --hlep
	each "$command: unknown options"
done <commands.txt

# As the table says it of each option.
while read -r command kind name letter argument; do
	case $kind in
	switch)
		says "--$name takes no value" "$command" "--$name=1"
		;;
	*)
		says "--$name lacks its value, $argument" "$command" "--$name"
		[ "$letter" = . ] || says "-$letter lacks its value, $argument" "$command" "-$letter"
		;;
	esac
	# Two letters swapped: the option itself is the nearest, or one that differs as little.
	swapped=$(echo "$name" | sed 's/^\(.\)\(.\)\(.\)/\1\3\2/')
	case $name in
	??? | "$swapped") ;;
	*)
		"$vtick" "$command" "--$swapped" 2>&1 | grep -q "there is no option '--$swapped', did you mean '--" ||
			echo "$command --$swapped" >>said.txt
		;;
	esac
done <<EOT
$(awk -F '\t' '{ print $1, $2, $3, $4 == "" ? "." : $4, $5 }' options.tsv)
EOT
each "no value, or one too many: each option of each command"

numbers=0
while read -r command name; do
	numbers=$((numbers + 1))
	code=0
	"$vtick" "$command" "--$name=x" >out.txt 2>err.txt || code=$?
	if [ $code != 2 ] || [ "$(wc -l <err.txt)" != 1 ] ||
		! grep -q "^vtick: $command: --$name is 'x', expected " err.txt; then
		echo "$command --$name=x: $code" >>said.txt
		cat err.txt >>said.txt
	fi
done <<EOT
$(awk -F '\t' '$2 ~ /^(number|percent|frequency|time|duration|choice)$/ { print $1, $3 }' options.tsv)
EOT
each "a value that is none: each number, time and choice ($numbers)"
ok "there are such" [ $numbers -ge 20 ]

# A - is standard input or output where the help says so, else it is refused.
dashes=0
while read -r command kind name; do
	dashes=$((dashes + 1))
	what='file'
	[ "$kind" = folder ] && what='folder'
	says "--$name is '-', expected a $what" "$command" "--$name" -
done <<EOT
$(awk -F '\t' '$2 ~ /^(file-in|file-out|folder)$/ && $10 !~ /standard (in|out)put|with -,/ { print $1, $2, $3 }' options.tsv)
EOT
each "a - that is no file: each option that takes one ($dashes)"
ok "there are such options" [ $dashes -ge 4 ]
for command in info check dump replay; do
	says "TRACE is '-', expected a file: a trace is read from its end, too" "$command" -
done
each "a trace is not read from standard input"

# ---- the command itself ----

tells() # NAME LINE ARGUMENT...
{
	name=$1 line=$2
	shift 2
	code=0
	"$vtick" "$@" >out.txt 2>err.txt || code=$?
	ok "$name" [ "$code $(cat out.txt err.txt)" = "2 $line" ]
}
tells "a mistyped command" "vtick: there is no command 'repaly', did you mean 'replay'? (see 'vtick --help')" repaly
tells "no such command" "vtick: there is no command 'xyzzy' (see 'vtick --help')" xyzzy --help
tells "help of no such command" "vtick: there is no command 'chekc', did you mean 'check'? (see 'vtick --help')" help chekc
"$vtick" --help >a.txt
for words in -h help "help --no-options"; do
	# shellcheck disable=SC2086 # words
	ok "vtick $words" sh -c '"$@" | cmp - a.txt' sh "$vtick" $words
done
for words in --version -V version; do
	ok "vtick $words" [ "$("$vtick" "$words")" = "$("$vtick" --version)" ]
done
code=0
"$vtick" >out.txt 2>err.txt || code=$?
ok "no command: the help, and trouble" sh -c "[ $code = 2 ] && [ ! -s out.txt ] && cmp err.txt a.txt"
finish
