#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds vtick with every compiler that is there and with parts left out, gates each build, and compiles a policy with each
# compiler; prints what came of it as a table (ci/BUILDS.md has it).
#
#   ci/matrix.sh [--only GLOB] [FOLDER]
#
#   --only GLOB    rows whose compiler matches
#
# FOLDER (default build/matrix) gets the builds' logs. $OPT is how they are optimized (-O1), $CCACHE goes before compilers.
# Exit codes: 0 all is as it should be, 1 a row is not, 2 trouble.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
only='*'
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--only) need "$1" $# && only=$2 && shift 2 ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*) break ;;
	esac
done
mkdir -p "${1:-$top/build/matrix}" && out=$(cd "${1:-$top/build/matrix}" && pwd) || exit 2
cd "$top"
failed=0
optimized=${OPT--O1}
unset MAKEFLAGS MAKELEVEL MFLAGS OPT VTICK_POLICY_PATH

is_there()
{
	# shellcheck disable=SC2254 # a pattern
	case $1 in $only) command -v "$1" >/dev/null ;; *) false ;; esac
}

# "14.2.0", as it calls itself.
version_of()
{
	case $1 in
	tcc) tcc -v | sed 's/^tcc version \([0-9.]*\).*/\1/' ;;
	musl-gcc) echo "musl, gcc $(gcc -dumpfullversion)" ;;
	*) "$1" -dumpfullversion 2>/dev/null || "$1" -dumpversion ;;
	esac
}

# policy COMPILER VTICK: "same", if what it makes of a policy's source gives what the installed one does.
policy()
{
	"$2" gen --preset mail-16x4 --duration 1 -o "$out/mail.vtt" &&
		"$2" replay -p virtual "$out/mail.vtt" -o "$out/one.json" >/dev/null &&
		CC=$1 "$2" replay -p ./replay/policies/virtual.c "$out/mail.vtt" -o "$out/two.json" >/dev/null &&
		[ "$(jq '.cells[] | del(.policy)' "$out/one.json")" = "$(jq '.cells[] | del(.policy)' "$out/two.json")" ] &&
		echo same
}

# row COMPILER OPTION...: of make
row()
{
	compiler=$1
	shift
	is_there "$compiler" || return 0
	name=$(echo "$compiler $*" | tr -cs 'A-Za-z0-9\n' -) warnings=- verdict=- own=-
	case $compiler in clang*) bpf=$compiler ;; *) bpf=clang ;; esac
	if make -s -j2 B="$out/build" CC="${CCACHE-} $compiler" BPF_CLANG="$bpf" OPT="$optimized" "$@" all >"$out/$name.log" 2>&1; then
		warnings=$(grep -c 'warning:' "$out/$name.log") || true
		verdict=$("$top/ci/gate.sh" --out "$out/gate" "$out/build" 2>>"$out/$name.log" | head -n 1)
		own=$(policy "$compiler" "$out/build/vtick" 2>>"$out/$name.log") || own=differs
		cp "$out/build/vtick" "$out/last" && cp -r "$out/build/policies" "$out/"
	else
		verdict="does not build: $(grep -m 1 -o -E '(fatal )?error: .*' "$out/$name.log" | cut -c 1-60)"
	fi
	case $verdict$own in
	"same, gate passed"*same) ;;
	*) failed=1 ;;
	esac
	echo "| $compiler | $(version_of "$compiler") | $* | $warnings | $verdict | $own |"
	rm -rf "$out/build" "$out/gate"
}

echo "| compiler | version | make | warnings | gate | policy of it |"
echo "|---|---|---|---|---|---|"
for number in $(seq 11 25); do
	row "gcc-$number"
	row "clang-$number"
done
# shellcheck disable=SC2086 # words
for parts in RECORD=0 TRACECMD=0 "RECORD=0 TRACECMD=0 D3=" OPT=-O0 OPT=-O3 "OPT=-O2 CFLAGS=-flto=auto"; do row gcc $parts; done
for compiler in tcc musl-gcc; do
	if is_there "$compiler" && [ -x "$out/last" ]; then
		own=$(policy "$compiler" "$out/last" 2>"$out/$compiler.log") || own=differs
		grep -q "is linked with the C library musl, this vtick with glibc" "$out/$compiler.log" && own="refused, as another C library's"
		[ "$own" != differs ] || failed=1
		echo "| $compiler | $(version_of "$compiler") | policies alone | | | $own |"
	fi
done
exit $failed
