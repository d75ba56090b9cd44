#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make install puts everything where it belongs, what is installed works by itself and from anywhere, a
# policy builds against it alone, and make uninstall takes all of it away.
build=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

ok() {
	echo "ok: $1"
}

fail() {
	echo "FAILED: $1"
	failed=1
}

# check NAME COMMAND...: the command succeeds
check() {
	name=$1
	shift
	if "$@" >"$dir/out" 2>"$dir/err"; then
		ok "$name"
	else
		fail "$name: $*"
		head -n 20 "$dir/out" "$dir/err"
	fi
}

# The options of a make that runs this are not meant for these.
unset MAKEFLAGS MFLAGS MAKELEVEL VTICK_POLICY_PATH
make=$(command -v make) || {
	echo "skipped: no make"
	exit 77
}

root=$dir/root
before=$(cksum "$build/vtick" "$build"/policies/*.so)
check "make install" "$make" install B="$build" DESTDIR="$root" prefix=/usr
[ $failed = 0 ] || exit 1
if [ "$before" = "$(cksum "$build/vtick" "$build"/policies/*.so)" ]; then
	ok "what is installed is what was built"
else
	fail "make install built the program again"
fi

# Who may do what with it, and that there is nothing unexpected.
find "$root" -type f ! -perm 644 | sed "s|^$root||" >"$dir/modes"
find "$root" -type d ! -perm 755 | sed "s|^$root||" >>"$dir/modes"
if [ "$(cat "$dir/modes")" = /usr/bin/vtick ] && [ -x "$root/usr/bin/vtick" ]; then
	ok "modes"
else
	fail "modes other than 644: $(tr '\n' ' ' <"$dir/modes")"
fi
for file in lib/vtick/policies/passthrough.so lib/vtick/policies/virtual.so lib/pkgconfig/vtick-policy.pc \
	include/vtick/policy.h share/doc/vtick/README.md share/doc/vtick/FORMAT.md share/doc/vtick/RULES.md \
	share/doc/vtick/POLICIES.md share/doc/vtick/RESULT.md share/doc/vtick/FIDELITY.md share/doc/vtick/WRITING-A-POLICY.md \
	share/man/man1/vtick.1; do
	[ -s "$root/usr/$file" ] || fail "there is no $file"
done
"$build/vtick" --help | sed -n '/^A first minute/q; s/^  \([a-z]*\)  *[a-z].*/\1/p' >"$dir/commands"
while read -r command; do
	[ -s "$root/usr/share/man/man1/vtick-$command.1" ] || fail "there is no vtick-$command.1"
done <"$dir/commands"
if grep -r -l -e "$dir" -e '@prefix@' -e '@version@' "$root" >"$dir/out"; then
	fail "names the folder of this installation, or holds a placeholder: $(cat "$dir/out")"
else
	ok "DESTDIR is in no file"
fi

# Moved, so that it is not found where it was installed; no environment; another working directory.
mkdir "$dir/away"
mv "$root" "$dir/moved"
here=$dir/moved/usr
vtick() {
	(cd "$dir/away" && env -i PATH=/usr/bin:/bin "$here/bin/vtick" "$@")
}
check "the installed vtick lists its policies" vtick policy list
if grep -q '^ *passthrough' "$dir/out" && grep -q '^ *virtual' "$dir/out"; then
	ok "... both of them"
else
	fail "the list is: $(cat "$dir/out")"
fi
check "... generates" vtick gen --domains 4 --vcpus 2 --lps 2 --blocked 50 --duration 1 -o t.vtt
check "... replays" vtick replay -o t.json t.vtt
check "... has the numbers of the built one" "$build/vtick" replay -o "$dir/away/built.json" "$dir/away/t.vtt"
if command -v jq >/dev/null; then
	for result in t built; do
		jq 'del(.provenance)' "$dir/away/$result.json" >"$dir/$result.bare"
	done
	check "... to the last byte" cmp "$dir/t.bare" "$dir/built.bare"
fi

# The flags for a policy of one's own.
if command -v pkg-config >/dev/null; then
	how=pkg-config
	pc() {
		PKG_CONFIG_PATH=$here/lib/pkgconfig pkg-config --define-variable=prefix="$here" "$@" vtick-policy
	}
	flags=$(pc --cflags)
	policies=$(pc --variable=policydir)
	check "pkg-config knows the version" [ "vtick $(pc --modversion)" = "$(vtick --version)" ]
else
	how="the .pc file"
	pc=$here/lib/pkgconfig/vtick-policy.pc
	flags=$(sed -n "s|^Cflags: *||p" "$pc" | sed -e "s|\${includedir}|$here/include/vtick|")
	policies=$(sed -n "s|^policydir=||p" "$pc" | sed -e "s|\${prefix}|$here|")
fi
check "$how says where the header is" [ "$(echo "$flags" | sed 's/ *$//')" = "-I$here/include/vtick -Wno-unused-parameter" ]
check "$how says where policies go" [ "$policies" = "$here/lib/vtick/policies" ]
check "it was installed for this prefix" grep -q '^prefix=/usr$' "$here/lib/pkgconfig/vtick-policy.pc"

# The page's policy, with nothing but the installed header.
# shellcheck disable=SC2016 # the backquotes are the page's
sed -n '/^```c$/,/^```$/p' "$here/share/doc/vtick/WRITING-A-POLICY.md" | sed '/^```/d' >"$dir/away/poll.c"
# shellcheck disable=SC2317 # check calls it
compile() {
	# shellcheck disable=SC2086 # flags; $CC may be a compiler with options
	(cd "$dir/away" && ${CC:-cc} -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared $flags -o poll.so poll.c)
}
check "the page's policy compiles" compile
check "... is taken as a file" vtick replay -p ./poll.so -o poll.json t.vtt
if vtick replay -p poll t.vtt >/dev/null 2>&1; then
	fail "a policy that is not installed is found"
fi
check "... is installed" cp "$dir/away/poll.so" "$policies/"
check "... is found by its name" vtick replay -p poll -p virtual -o poll.json t.vtt
check "... is listed" sh -c "cd / && env -i '$here/bin/vtick' policy list | grep -q '^ *poll'"
rm -f "$policies/poll.so"

mv "$dir/moved" "$root"
check "make install over an installation" "$make" install B="$build" DESTDIR="$root" prefix=/usr
check "make uninstall" "$make" uninstall B="$build" DESTDIR="$root" prefix=/usr
left=$(find "$root" ! -type d -o -name '*vtick*')
if [ -z "$left" ]; then
	ok "nothing is left"
else
	fail "left behind: $left"
fi

check "another prefix" "$make" install B="$build" DESTDIR="$root" prefix=/opt/some/where
check "... is in the .pc file" grep -q '^prefix=/opt/some/where$' "$root/opt/some/where/lib/pkgconfig/vtick-policy.pc"
check "... is where it all goes" [ "$(cd "$root" && cd opt && echo ./* some/* some/where/*)" = \
	"./some some/where some/where/bin some/where/include some/where/lib some/where/share" ]
exit $failed
