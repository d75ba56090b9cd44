# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2154 # lib.sh's $work
# Real trees for tests, from Debian's packages. Whoever reads this file in stands in $work.

# linux_source VERSION: the tree linux-VERSION of linux-source-VERSION, installed or fetched: what is needed of it.
linux_source()
{
	archive=/usr/src/linux-source-$1.tar.xz
	if [ ! -f "$archive" ]; then
		apt-get -qq download "linux-source-$1" >apt.txt 2>&1 || { fail "linux-source-$1 cannot be had" apt.txt && finish; }
		dpkg-deb --fsys-tarfile linux-source-"$1"_*.deb | tar -x --wildcards '*.tar.xz'
		rm -f linux-source-"$1"_*.deb
		archive=usr/src/linux-source-$1.tar.xz
	fi
	mkdir "linux-$1"
	xz -T0 -dc "$archive" | tar -x -C "linux-$1" --strip-components=1 --wildcards '*/arch/x86/kvm' \
		'*/arch/x86/include/asm/apicdef.h' 'linux-source-*/Makefile'
}

# no_new_start FROM TO: the tree FROM as TO, where a late period is caught up with: without its new start.
no_new_start()
{
	cp -r "$1" "$2"
	sed -i 's/^\t\tapic->lapic_timer.target_expiration = now;/\t\t;/' "$2/arch/x86/kvm/lapic.c"
}

# xen_sources: the trees of Debian's xen source packages; sets $trees, their paths.
xen_sources()
{
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p apt/lists/partial apt/cache/archives/partial
	for suite in bullseye bookworm trixie; do
		echo "deb-src [signed-by=$keys] http://deb.debian.org/debian $suite main"
	done >apt/sources.list
	cat >apt/apt.conf <<END
Dir::State::Lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
Dir::Etc::SourceList "$work/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Sandbox::User "root";
END
	trees=
	APT_CONFIG=$work/apt/apt.conf apt-get -qq update >apt.txt 2>&1 || { fail "no lists of Debian's sources" apt.txt && finish; }
	for version in $(APT_CONFIG=$work/apt/apt.conf apt-cache showsrc --only-source xen 2>>apt.txt | sed -n 's/^Version: //p'); do
		# Lists name some that the mirror has no more.
		APT_CONFIG=$work/apt/apt.conf apt-get -qq source --tar-only --download-only "xen=$version" >apt.txt 2>&1 || continue
		mkdir "xen-$version"
		# What is needed of it; where it stands in the tree depends on the version.
		for archive in ./xen_"${version%-*}".orig.tar.*; do
			tar -xf "$archive" -C "xen-$version" --strip-components=1 --wildcards '*/xen/Makefile' '*/xen/arch/x86' \
				'*/xen/common' '*/xen/include' 2>tar.txt
		done
		rm -f xen_*
		# shellcheck disable=SC2034 # the caller's
		trees="$trees $PWD/xen-$version"
	done
}
