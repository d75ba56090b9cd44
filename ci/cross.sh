#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds vtick for another machine, with that machine's Debian packages, and makes what is built run here with qemu's
# user emulation.
#
#   ci/cross.sh ARCH FOLDER
#
#   ARCH      arm64 or s390x (as Debian calls them)
#
# FOLDER/root holds the packages, FOLDER/build what make built, and FOLDER/run is a folder of a build as tests take it.
# It takes Debian's gcc for that machine, qemu-user-static and mmdebstrap (ci/deps.sh all).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
case ${1-} in -h | --help) help ;; esac
[ $# -ge 2 ] || trouble "ARCH and FOLDER are missing (see ci/cross.sh --help)"
case $1 in
arm64) triplet=aarch64-linux-gnu qemu=aarch64 loader=ld-linux-aarch64.so.1 ;;
s390x) triplet=s390x-linux-gnu qemu=s390x loader=ld64.so.1 ;;
*) trouble "ARCH is '$1', expected arm64 or s390x" ;;
esac
for tool in mmdebstrap "$triplet-gcc" "qemu-$qemu-static"; do
	command -v "$tool" >/dev/null || trouble "there is no $tool (ci/deps.sh all installs it)"
done
arch=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
root=$folder/root

# The libraries that vtick is linked with, by the list that it is built from here.
if [ ! -e "$root/.whole" ]; then
	rm -rf "$root"
	packages=$("$top/ci/deps.sh" --list libraries | tr ' ' ',')
	# shellcheck source=/dev/null
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mmdebstrap --quiet --variant=extract --architectures="$arch" --include="$packages" "$suite" "$root" ||
		trouble "Debian's packages for $arch did not come"
	touch "$root/.whole"
fi

libraries=$root/usr/lib/$triplet:$root/lib/$triplet
PKG_CONFIG_SYSROOT_DIR=$root
PKG_CONFIG_LIBDIR=$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig
export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR
make -C "$top" -s B="$folder/build" CC="${CCACHE-} $triplet-gcc --sysroot=$root" AR="$triplet-ar" \
	BPF_INCLUDE="$(gcc -print-multiarch)" LDFLAGS="-Wl,--dynamic-linker=$root/lib/$loader" all

mkdir -p "$folder/run"
cat >"$folder/run/vtick" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH='$libraries'
exec qemu-$qemu-static '$folder/build/vtick' "\$@"
EOF
chmod +x "$folder/run/vtick"
for shared in policies kinds; do
	ln -sfn "$folder/build/$shared" "$folder/run/$shared"
done
