#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the Debian packages vtick and vtick-corpus: the same sources give the same packages, to the last byte.
#
#   ci/deb.sh [OUT]
#
# OUT (default build/deb) gets the packages. Their date is that of the commit, or $SOURCE_DATE_EPOCH. Needs what the build
# needs, and dpkg-dev. Exit codes: 0 they are there, 2 trouble.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
kind=deb
. "$top/ci/package.sh"
cd "$top"
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y NEWS)}"
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
version=$version-1
arch=$(dpkg --print-architecture)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
for flags in CPPFLAGS CFLAGS LDFLAGS; do
	eval "$flags=\$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get $flags)"
done
CFLAGS="$CFLAGS -ffile-prefix-map=$top=. -ffile-prefix-map=$work=."

# made GOAL: with nothing of this machine's but its compiler; the folder's name goes into nothing.
made()
{
	env -u MAKEFLAGS -u MAKELEVEL make -s -j2 B="$work/build" CPPFLAGS="$CPPFLAGS" CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS" \
		prefix=/usr libdir="/usr/lib/$multiarch" zshcompletiondir=/usr/share/zsh/vendor-completions \
		DESTDIR="$work/vtick" "$@" >&2
}
made all
made install

# What Debian has in another form, or elsewhere.
doc=$work/vtick/usr/share/doc
rm -f "$doc/vtick/COPYING" "$doc/vtick/NEWS"
gzip -9n "$work"/vtick/usr/share/man/man1/*
strip --strip-unneeded --remove-section=.comment "$work/vtick/usr/bin/vtick" "$work/vtick/usr/lib/$multiarch"/vtick/policies/*.so
mkdir -p "$work/vtick-corpus/usr/share/doc/vtick-corpus"
mv "$work/vtick/usr/share/vtick" "$work/vtick-corpus/usr/share/"

# What vtick is linked with, by the packages that this machine has it from.
mkdir "$work/debian"
cp ci/debian/control "$work/debian/"
depends=$(cd "$work" && dpkg-shlibdeps -O -evtick/usr/bin/vtick 2>"$work/said") || { cat "$work/said" >&2; exit 2; }
depends=${depends#shlibs:Depends=}

# package NAME ARCHITECTURE
package()
{
	mkdir -p "$work/$1/DEBIAN" "$work/$1/usr/share/doc/$1"
	cp ci/debian/copyright "$work/$1/usr/share/doc/$1/"
	install -D -m 644 "ci/debian/$1.lintian-overrides" "$work/$1/usr/share/lintian/overrides/$1"
	{
		printf 'vtick (%s) unstable; urgency=medium\n\n' "$version"
		printf '  * vtick %s: what changed stands in its NEWS.\n\n' "${version%-*}"
		printf ' -- %s  %s\n' "$(sed -n 's/^Maintainer: //p' ci/debian/control)" "$(date -u -d "@$SOURCE_DATE_EPOCH" -R)"
	} | gzip -9n >"$work/$1/usr/share/doc/$1/changelog.Debian.gz"
	gzip -9n <NEWS >"$work/$1/usr/share/doc/$1/changelog.gz"
	awk -v name="$1" -v arch="$2" -v version="$version" -v depends="$depends" -v size="$(du -k -s --apparent-size "$work/$1" |
		cut -f 1)" -f ci/debian/control.awk ci/debian/control >"$work/$1/DEBIAN/control"
	(cd "$work/$1" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	chmod -R u=rwX,go=rX "$work/$1"
	find "$work/$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group -Zxz --build "$work/$1" "$out/$1_${version}_$2.deb"
}
package vtick "$arch"
package vtick-corpus all
