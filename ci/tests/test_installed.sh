#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick as a packager installs it, in folders of other names, and then moved: it finds all that is its own; gate, accept,
# nightly, compare-patch and bisect do without a clone; the pages' links lead somewhere.
# Tier: check
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need jq git flock
own_git
root=$work/root
code "make install, folders of other names" 0 make install B="$1" DESTDIR="$root" prefix=/usr bindir=/usr/games \
	libdir=/usr/lib/x86_64-linux-gnu libexecdir=/usr/lib/other mandir=/usr/man docdir=/usr/doc/vtick-1 datadir=/usr/data
[ $failed = 0 ] || finish
cd "$work" || exit 1
! grep -r -l -e "$root" "$root" >out.txt || fail "names the folder of this installation" out.txt
mv "$root" moved
here=$work/moved/usr
vtick=$here/games/vtick
unset VTICK_POLICY_PATH
vtick()
{
	env -i PATH=/usr/bin:/bin:/usr/sbin HOME="$work" GIT_CONFIG_GLOBAL="$GIT_CONFIG_GLOBAL" GIT_CONFIG_NOSYSTEM=1 "$vtick" "$@"
}

# ---- what belongs to it ----
code "policies" 0 vtick policy list
has "... some" '^ *virtual'
code "kinds" 0 vtick policy build --list
has "... some" '^ *kvm'
code "where it finds the rest" 0 vtick version --build-options
has "policies" "^policies: $here/lib/x86_64-linux-gnu/vtick/policies$"
has "scripts" "^ci: $here/lib/other/vtick/ci$"
has "pages" "^pages: $here/doc/vtick-1$"
equal "pkg-config, policies" "$(PKG_CONFIG_PATH=$here/lib/x86_64-linux-gnu/pkgconfig pkg-config --define-variable=prefix="$here" \
	--variable=policydir vtick-policy)" "$here/lib/x86_64-linux-gnu/vtick/policies"
code "help -a" 0 vtick help -a
has "... lists pages" '^  replay/RULES.md  *The rules of a replay$'
sed -n '/^$/d; /^A first/q; s/^  \([a-z-]*\) .*/\1/p' out.txt >commands
ok "... and commands" test "$(wc -l <commands)" -gt 15
while read -r name; do
	[ -s "man/man1/vtick-$name.1" ] || [ -s "$here/man/man1/vtick-$name.1" ] || fail "a page for $name"
	code "vtick help $name" 0 vtick help "$name"
done <commands
fails "no such command" "did you mean 'nightly'" vtick nigthly
fails "no such option" "did you mean '--traces'" vtick gate --trace x

# ---- links ----
: >broken
(cd "$here/doc/vtick-1" && find . -name '*.md') | while IFS= read -r page; do
	grep -o '](\([^)#]*\)' "$here/doc/vtick-1/$page" | sed 's/^](//' | grep -v '^[a-z]*:' | while IFS= read -r link; do
		[ -e "$here/doc/vtick-1/$(dirname "$page")/$link" ] || echo "$page: $link" >>broken
	done
done
if [ -s broken ]; then fail "links of installed pages" broken; else ok "links of installed pages"; fi

# ---- the gate, and a gate of one's own ----
code "vtick gate" 0 vtick gate
first "... passes" '^same, gate passed: [0-9]* metrics of [0-9]* cells$'
cp -r "$here" read-only && chmod -R a-w read-only
mkdir -p mine/traces
vtick gen --domains 2 --vcpus 2 --lps 2 --blocked 50 --duration 100ms -o mine/traces/t.vtt
cp "$here/doc/vtick-1/replay/example/poll.c" mine/
git init -q mine && git -C mine add . && git -C mine commit -qm "First" && cd mine || exit 1
code "no golden yet" 2 vtick gate -p ./poll.c --traces traces --golden golden
has "... is told by the command to give" "^vtick: gate: .* accept it: $vtick accept --reason 'WHY' -p ./poll.c" "$work/err.txt"
code "vtick accept" 0 vtick accept --reason "the first" -p ./poll.c --traces traces --golden=golden
code "vtick gate of that" 0 vtick gate -p ./poll.c --traces traces --golden golden --report json:gate.json --format=mail
ok "... with its report" test -s gate.json
git add . && git commit -qm "Goldens"

# ---- revisions ----
code "vtick compare-patch, nothing changed" 0 vtick compare-patch -p ./poll.c --traces traces HEAD
sed -i 's/v->deadline > now/v->deadline + 1000000 > now/' poll.c
code "vtick compare-patch, uncommitted" 1 vtick compare-patch -p ./poll.c --traces traces --fail-on change HEAD
has "... says what" 'poll'
git commit -qam "Later" && git commit -q --allow-empty -m "Nothing"
code "vtick bisect" 0 vtick bisect -p ./poll.c --trace traces/t.vtt digest HEAD~2 HEAD
has "... finds it" 'Later'
code "vtick bisect by a command" 0 vtick bisect -p ./poll.c -- \
	'"$VTICK" replay -p ./poll.c '"$PWD"'/traces/t.vtt -o r.json >/dev/null; ! grep -q 1000000 poll.c' HEAD~2 HEAD
has "... too" 'Later'
fails "its own policies are for a clone" "expected a clone of it" vtick compare-patch HEAD
fails "... to bisect, too" "expected a clone of it" vtick bisect digest HEAD~1 HEAD

# ---- many traces ----
code "vtick fleet" 0 vtick fleet --local --out ../fleet --shards 2 -p ./poll.c traces -- --no-sandbox
ok "... merges" test -s ../fleet/merged.json

# ---- nights ----
code "vtick nightly" 0 vtick nightly -p ./poll.c --traces traces --store ../nights
code "... the second" 0 vtick nightly -p ./poll.c --traces traces --store ../nights
has "... as the first" "nothing changed"
equal "nights" "$(find ../nights/results -name '*.json' | wc -l)" 2
fails "no earlier revision" "expected a clone of it" vtick nightly --base HEAD --traces traces --store ../nights
ok "nothing is written where it is installed" diff -r "$here" ../read-only

finish
