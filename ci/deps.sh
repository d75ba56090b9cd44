#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs the Debian packages that are missing: for building (build), for tests and benchmarks too (test), or for what
# only make check-all runs as well (all). Elsewhere prints the list.
# Usage: ci/deps.sh [--list] build|test|all|libraries
#   --list    only prints; `libraries` are those that vtick is linked with
set -eu

libraries="libc6-dev libbpf-dev libelf-dev zlib1g-dev libjansson-dev libseccomp-dev libsmartcols-dev libsqlite3-dev libzstd-dev
	libxxhash-dev nettle-dev libtracecmd-dev libtraceevent-dev libtracefs-dev libprotobuf-c-dev"
build="gcc make clang bpftool libjs-d3 protobuf-c-compiler $libraries"
test="ccache chromium-headless-shell libclang-rt-14-dev clang-format clang-tidy cmark-gfm csvtool curl gawk git gnuplot-nox groff-base hyperfine libcriterion-dev libxml2-utils
	linux-perf jq mandoc mawk munge pkg-config protobuf-compiler shellcheck slurm-client slurmctld slurmd sqlite3 time trace-cmd valgrind yamllint yq zstd"
all="debootstrap dpkg-dev fish lintian musl-tools tcc
	gcc-aarch64-linux-gnu gcc-s390x-linux-gnu libc6-dev-arm64-cross libc6-dev-s390x-cross mmdebstrap qemu-user-static rpm zsh"
only_list=''
if [ "${1-}" = --list ]; then
	only_list=yes
	shift
fi

case "${1-}" in
build) want=$build ;;
test) want="$build $test" ;;
all) want="$build $test $all" ;;
libraries) want=$libraries ;;
*)
	echo "usage: ci/deps.sh [--list] build|test|all|libraries" >&2
	exit 2
	;;
esac
if [ -n "$only_list" ]; then
	echo "$want" | tr -s '\n\t' '  ' | sed 's, $,,'
	exit 0
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "This is no Debian: make sure that these are there, by whatever names: $want" >&2
	exit 0
fi

missing=
for package in $want; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
	"install ok installed") ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

echo "vtick needs these Debian packages, installing them:$missing" >&2
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	echo "vtick: not root and no sudo: run 'apt-get install$missing' as root, then again" >&2
	exit 2
fi
# shellcheck disable=SC2086 # lists of words
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing
} >&2
