#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds with parts left out, in another folder, with a packager's flags; warnings are errors for developers alone.
# Tier: all
# shellcheck disable=SC2317 # a function that code() calls
. "$PWD/ci/tests/lib.sh"
cd "$work" || exit 1
mkdir out
own()
{
	(cd out && env -u MAKEFLAGS -u DEVELOPER make -s -j2 -f "$top/Makefile" "$@")
}
code "make from another folder, without recorder and trace-cmd, and what they need" 0 own RECORD=0 TRACECMD=0 D3= \
	BPF_CLANG=none BPFTOOL= CC=gcc OPT=-O1 CPPFLAGS=-DPACKAGER CFLAGS=-g0 LDFLAGS=-Wl,-z,relro
vtick=$work/out/build/vtick
code "vtick version --build-options" 0 "$vtick" version --build-options
for part in record "import trace-cmd" "timelines to zoom in"; do
	has "without $part" "^$part: no"
done
fails "record" "built without the recorder (RECORD=0)" "$vtick" record --duration 1 -o x.vtt
fails "import trace-cmd" "built without libtracecmd (TRACECMD=0)" "$vtick" import trace-cmd \
	"$top/traces/import/tests/data/k-v7-150ms.dat" -o x.vtt
ldd "$vtick" >libraries
code "libraries that it does not need" 1 grep -e libbpf -e libtracecmd libraries
code "the gate passes" 0 "$vtick" gate
first "... all of it" "^same, gate passed"

code "the same with them" 0 own D3=/usr/share/javascript/d3/d3.min.js CC=gcc OPT=-O1 CFLAGS=-g0
code "it says so" 0 "$vtick" version --build-options
has "the recorder" "^record: yes"
has "D3" "^timelines to zoom in: yes"

# A compiler that warns of all.
echo "int warn(int a) { int a_; return 0; }" >warn.h
cat >warns <<END
#!/bin/sh
exec gcc -include "$work/warn.h" "\$@"
END
chmod +x warns
rm -rf out && mkdir out
code "warnings are no errors for who builds" 0 own CC="$work/warns" OPT=-O0 RECORD=0 "$work/out/build/obj/traces/base/heap.o"
code "... but for who works on it" 2 own CC="$work/warns" OPT=-O0 RECORD=0 DEVELOPER=1 "$work/out/build/obj/traces/base/sort.o"
finish
