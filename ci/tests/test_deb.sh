#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The Debian packages: the same from two folders to the last byte, lintian has nothing to say, the RPM packages have the
# same files; in a fresh system, without a clone, the gate passes and each command's first example runs; removed, nothing
# is left.
# Tier: all
# Needs: root network
# shellcheck disable=SC2016,SC2317 # programs of other shells, functions that code() calls
. "$PWD/ci/tests/lib.sh"
need debootstrap dpkg-deb dpkg-shlibdeps lintian git rpmbuild
export SOURCE_DATE_EPOCH=1700000000
cd "$work" || exit 1

code "the packages" 0 "$top/ci/deb.sh" one
mkdir -p another/folder/of-a-longer-name
(cd "$top" && git ls-files -z | xargs -0 cp --parents -P -t "$work/another/folder/of-a-longer-name") || exit 1
code "... from another folder" 0 another/folder/of-a-longer-name/ci/deb.sh two
for deb in one/*.deb; do
	ok "the same to the last byte: ${deb#*/}" cmp "$deb" "two/${deb#*/}"
	lintian --allow-root "$deb" >said.txt 2>&1
	if [ -s said.txt ]; then fail "lintian: ${deb#*/}" said.txt; else ok "lintian: ${deb#*/}"; fi
done
equal "packages" "$(find one -name '*.deb' | wc -l)" 2

# ---- RPM: the same files, but for what Debian has in another form ----
code "RPM packages" 0 env LIBDIR="/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" "$top/ci/rpm.sh" rpm
for name in vtick vtick-corpus; do
	dpkg-deb --fsys-tarfile one/"$name"_*.deb | tar -t | sed -n 's|^\./||; /^$/d; s|\.gz$||; s|vendor-completions|site-functions|; /\/$/d
		/^usr.share.lintian/d; /^usr.share.doc.[a-z-]*.\(changelog.*\|copyright\)$/d; p' | LC_ALL=C sort >"$name.deb.txt"
	rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' rpm/"$name"-[0-9]*.rpm 2>/dev/null | sed -n 's|\.gz$||; /^d/d
		/doc.vtick.\(COPYING\|NEWS\)$/d; s|^[^ ]* /||p' | LC_ALL=C sort >"$name.rpm.txt"
	ok "the same files: $name" diff "$name.deb.txt" "$name.rpm.txt"
	ok "... some" [ "$(wc -l <"$name.rpm.txt")" -gt 30 ]
done

if ! debootstrap --variant=minbase bookworm root >debootstrap.txt 2>&1; then
	fail "a fresh system" debootstrap.txt
	finish
fi
cp one/*.deb root/root/
system()
{
	chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}
listed()
{
	(cd root && find . -xdev \( -path ./proc -o -path ./var -o -path ./tmp -o -path ./root \) -prune -o -print | LC_ALL=C sort)
}
mount --bind /proc root/proc
trap 'umount root/proc 2>/dev/null; rm -rf "$work"' EXIT
code "what it needs" 0 system sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends gcc libc6-dev git jq \
	$(dpkg-deb -f /root/vtick_*.deb Depends | sed "s/([^)]*)//g; s/,//g")'
listed >before
code "installed" 0 system sh -c 'dpkg -i /root/*.deb'
code "vtick gate, without a clone" 0 system vtick gate
first "... passes" "^same, gate passed"
code "what it was built with" 0 system vtick version --build-options
has "... the recorder, too" "^record: yes"
code "a first minute" 0 system sh -c 'cd /root && vtick gen --preset mail-16x4 -o mail.vtt && vtick replay mail.vtt -o mail.json'
code "a policy of one's own" 0 system sh -c 'cd /root && cp /usr/share/doc/vtick/replay/example/poll.c mine.c && mkdir -p traces &&
	cp mail.vtt traces/ && vtick accept --reason first -p ./mine.c --traces traces --golden golden &&
	vtick gate -p ./mine.c --traces traces --golden golden'
code "nights" 0 system sh -c 'cd /root && vtick nightly --store nights -p virtual traces'
mkdir root/root/examples
cp "$top/ci/tests/examples.sh" root/root/examples/
cp "$top/replay/policies/passthrough.c" root/root/examples/later.c
"$build/bench/xen_capture" root/root/examples/xen.trc 2 8 60000 2
code "the first example of each page, but for record's" 0 system sh -c 'cd /root/examples && ./examples.sh /usr'
equal "... each" "$(grep -c '^ok ' out.txt)" "$(($("$vtick" help --options | cut -f 1 | uniq | tail -n +2 | wc -l) - 1))"
for completion in bash-completion/completions/vtick zsh/vendor-completions/_vtick fish/vendor_completions.d/vtick.fish; do
	ok "completion: $completion" [ -s "root/usr/share/$completion" ]
done
code "removed" 0 system apt-get -qq purge -y vtick vtick-corpus
listed >after
if diff before after >left.txt; then ok "nothing is left"; else fail "left behind" left.txt; fi
umount root/proc
finish
