#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make install puts everything where it belongs, what is installed works by itself and from anywhere, a
# policy builds against it alone, and make uninstall takes all of it away.
. "$PWD/ci/tests/lib.sh"
need jq pkg-config
dir=$work build=$1
make=$(command -v make)

root=$dir/root
before=$(cksum "$build/vtick" "$build"/policies/*.so)
code "make install" 0 "$make" install B="$build" DESTDIR="$root" prefix=/usr
[ $failed = 0 ] || finish
if [ "$before" = "$(cksum "$build/vtick" "$build"/policies/*.so)" ]; then
	ok "what is installed is what was built"
else
	fail "make install built the program again"
fi

# Who may do what with it, and that there is nothing unexpected.
find "$root" -type f ! -perm 644 ! -path '*/libexec/vtick/ci/*.sh' | sed "s|^$root||" >"$dir/modes"
find "$root" -type d ! -perm 755 | sed "s|^$root||" >>"$dir/modes"
if [ "$(cat "$dir/modes")" = /usr/bin/vtick ] && [ -x "$root/usr/bin/vtick" ]; then
	ok "modes"
else
	fail "modes other than 644: $(tr '\n' ' ' <"$dir/modes")"
fi
for file in lib/vtick/policies/passthrough.so lib/vtick/policies/virtual.so lib/pkgconfig/vtick-policy.pc \
	include/vtick/policy.h share/doc/vtick/README.md share/doc/vtick/traces/FORMAT.md \
	share/doc/vtick/replay/RULES.md share/doc/vtick/replay/WRITING-A-POLICY.md share/doc/vtick/replay/example/poll.c \
	share/vtick/corpus/pvh2.vtt share/vtick/golden/pvh2.txt libexec/vtick/ci/gate.sh \
	share/man/man1/vtick.1; do
	[ -s "$root/usr/$file" ] || fail "there is no $file"
done
"$build/vtick" --help | sed -n '/^A first minute/q; s/^  \([a-z-]*\)  *[a-z].*/\1/p' >"$dir/commands"
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
code "the installed vtick lists its policies" 0 vtick policy list
if grep -q '^ *passthrough' "$dir/out.txt" && grep -q '^ *virtual' "$dir/out.txt"; then
	ok "... both of them"
else
	fail "the list is: $(cat "$dir/out.txt")"
fi
code "... generates" 0 vtick gen --domains 4 --vcpus 2 --lps 2 --blocked 50 --duration 1 -o t.vtt
code "... replays" 0 vtick replay -o t.json t.vtt
code "... has the numbers of the built one" 0 "$build/vtick" replay -o "$dir/away/built.json" "$dir/away/t.vtt"
for result in t built; do
	jq 'del(.provenance)' "$dir/away/$result.json" >"$dir/$result.bare"
done
code "... to the last byte" 0 cmp "$dir/t.bare" "$dir/built.bare"

# The flags for a policy of one's own.
pc() {
	PKG_CONFIG_PATH=$here/lib/pkgconfig pkg-config --define-variable=prefix="$here" "$@" vtick-policy
}
flags=$(pc --cflags)
policies=$(pc --variable=policydir)
code "pkg-config knows the version" 0 [ "vtick $(pc --modversion)" = "$(vtick --version)" ]
code "pkg-config says where the header is" 0 [ "$(echo "$flags" | sed 's/ *$//')" = "-I$here/include/vtick -Wno-unused-parameter" ]
code "pkg-config says where policies go" 0 [ "$policies" = "$here/lib/vtick/policies" ]
code "it was installed for this prefix" 0 grep -q '^prefix=/usr$' "$here/lib/pkgconfig/vtick-policy.pc"

# The page's policy, with nothing but the installed header.
# shellcheck disable=SC2016 # the backquotes are the page's
sed -n '/^```c$/,/^```$/p' "$here/share/doc/vtick/replay/WRITING-A-POLICY.md" | sed '/^```/d' >"$dir/away/poll.c"
# shellcheck disable=SC2317 # code calls it
compile() {
	# shellcheck disable=SC2086 # flags; $CC may be a compiler with options
	(cd "$dir/away" && ${CC:-cc} -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared $flags -o poll.so poll.c)
}
code "the page's policy compiles" 0 compile
code "... is taken as a file" 0 vtick replay -p ./poll.so -o poll.json t.vtt
if vtick replay -p poll t.vtt >/dev/null 2>&1; then
	fail "a policy that is not installed is found"
fi
code "... is installed" 0 cp "$dir/away/poll.so" "$policies/"
code "... is found by its name" 0 vtick replay -p poll -p virtual -o poll.json t.vtt
code "... is listed" 0 sh -c "cd / && env -i '$here/bin/vtick' policy list | grep -q '^ *poll'"
rm -f "$policies/poll.so"

mv "$dir/moved" "$root"
code "make install over an installation" 0 "$make" install B="$build" DESTDIR="$root" prefix=/usr
code "make uninstall" 0 "$make" uninstall B="$build" DESTDIR="$root" prefix=/usr
left=$(find "$root" ! -type d -o -name '*vtick*')
if [ -z "$left" ]; then
	ok "nothing is left"
else
	fail "left behind: $left"
fi

code "another prefix" 0 "$make" install B="$build" DESTDIR="$root" prefix=/opt/some/where
code "... is in the .pc file" 0 grep -q '^prefix=/opt/some/where$' "$root/opt/some/where/lib/pkgconfig/vtick-policy.pc"
code "... is where it all goes" 0 [ "$(cd "$root" && cd opt && echo ./* some/* some/where/*)" = \
	"./some some/where some/where/bin some/where/include some/where/lib some/where/libexec some/where/share" ]
finish
