#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The manual pages: one for each command, with the options that its --help has and no others; groff,
# man and mandoc have nothing to say against them, not even of their style.
. "$PWD/ci/tests/lib.sh"
need groff mandoc
dir=$work

# quiet NAME: the last command printed nothing into $dir/said
quiet() {
	if [ -s "$dir/said" ]; then
		fail "$1" "$dir/said"
	else
		ok "$1"
	fi
}

options() { # the long options in a text, --help aside
	grep -o -e '--[a-z][a-z0-9-]*' | grep -v -x -e --help | sort -u
}

plain() { # a page without the escapes that stand in front of or inside an option
	sed -e 's/\\-/-/g' -e 's/\\f[A-Z]//g' "$1"
}

page_of() { # NAME
	find . -name 'build*' -prune -o -name "$1.1" -print | sed 's|^\./||'
}

# What the page explains: the lines that follow a .TP.
tags() {
	plain "$1" | sed -n '/^\.TP/ { n; p; }'
}

for page in *.1 */man/*.1; do
	[ -f "$page" ] || continue
	groff -man -ww -z -Tutf8 "$page" >"$dir/said" 2>&1
	quiet "groff: $page"
	mandoc -T lint -W all "$page" >"$dir/said" 2>&1
	quiet "mandoc: $page"
	if command -v man >/dev/null; then
		LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$page" >/dev/null 2>"$dir/said"
		quiet "man: $page"
	fi
	plain "$page" | grep -o -e 'vtick-[a-z-]* (1)' | sort -u >"$dir/refs"
	: >"$dir/said"
	while read -r name _; do
		[ -n "$(page_of "$name")" ] || echo "there is no page $name(1)" >>"$dir/said"
	done <"$dir/refs"
	quiet "pages that $page points at"
done

"$vtick" --help | sed -n '/^A first minute/q; s/^  \([a-z-]*\)  *[a-z].*/\1/p' >"$dir/commands"
[ "$(wc -l <"$dir/commands")" -ge 7 ] || fail "the commands of vtick --help: $(tr '\n' ' ' <"$dir/commands")"
sed -n '/^.SH COMMANDS/,/^.SH OPTIONS/s/^\.BR vtick-\([a-z-]*\) (1)$/\1/p' vtick.1 >"$dir/listed"
cmp -s "$dir/commands" "$dir/listed" || fail "vtick(1) lists other commands than vtick --help, or in another order"

while read -r name; do
	page=$(page_of "vtick-$name")
	if [ -z "$page" ]; then
		fail "a page for vtick $name"
		continue
	fi
	"$vtick" "$name" --help >"$dir/help" || fail "vtick $name --help"
	plain "$page" >"$dir/text"
	# A long option that the help shows, or a short one that it lists, is in the page.
	{
		options <"$dir/help"
		sed -n 's/^  \(-[a-z]\) .*/\1/p' "$dir/help"
	} >"$dir/shown"
	while read -r option; do
		grep -q -e "$option\\([^a-z0-9-]\\|\$\\)" "$dir/text" || echo "$option is not in $page"
	done <"$dir/shown" >"$dir/said"
	tags "$page" | options >"$dir/explained"
	while read -r option; do
		grep -q -e "$option\\([^a-z0-9-]\\|\$\\)" "$dir/help" || echo "$option is not in vtick $name --help"
	done <"$dir/explained" >>"$dir/said"
	quiet "options of vtick $name: $(wc -l <"$dir/shown") in its help, $(wc -l <"$dir/explained") explained in the page"
done <"$dir/commands"

# What is made of the tables is as they make it.
ci/man.sh --check "$build" >"$dir/said" 2>&1
quiet "the pages' options are the tables'"
mkdir -p "$dir/tree/x/man" "$dir/tree/ci"
cp ci/man.sh ci/man.awk "$dir/tree/ci/"
cp vtick.1 "$dir/tree/"
sed 's/^The trace\.$/A trace./' traces/man/vtick-dump.1 >"$dir/tree/x/man/vtick-dump.1"
"$dir/tree/ci/man.sh" --check "$(realpath "$build")" >"$dir/said" 2>&1
ok "... and a page that is not is told" [ $? = 1 ]
ok "... by its name" grep -q '^x/man/vtick-dump.1 is not what' "$dir/said"
"$dir/tree/ci/man.sh" "$(realpath "$build")" >"$dir/said" 2>&1
ok "... and made anew" cmp -s traces/man/vtick-dump.1 "$dir/tree/x/man/vtick-dump.1"

plain replay/man/vtick-replay.1 >"$dir/text"
"$vtick" policy show --json virtual | jq -r ".options[].name" >"$dir/names"
: >"$dir/said"
while read -r name; do
	grep -q -e "$name=" "$dir/text" || echo "$name is not in vtick-replay.1"
	"$vtick" replay --help | grep -q -e "^  $name=" || echo "$name is not in vtick replay --help"
done <"$dir/names" >"$dir/said"
quiet "options of the hypervisor around a policy"
ok "... there are some" [ -s "$dir/names" ]

finish
