#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the RPM packages vtick and vtick-corpus.
#
#   ci/rpm.sh [OUT]
#
# OUT (default build/rpm) gets the packages. Needs what the build needs, and rpmbuild; on a system without RPM packages that
# is not checked, and libraries are where that system has them ($LIBDIR). Exit codes: 0 they are there, 2 trouble.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
kind=rpm
. "$top/ci/package.sh"
set -- --define "_topdir $work" --define "vtick_version $version" --define "vtick_source $top"
[ -z "${LIBDIR-}" ] || set -- "$@" --define "_libdir $LIBDIR"
rpm -q rpm >/dev/null 2>&1 || set -- "$@" --nodeps

env -u MAKEFLAGS -u MAKELEVEL rpmbuild "$@" -bb "$top/ci/vtick.spec" >"$work/said" 2>&1 || {
	tail -n 20 "$work/said" >&2
	exit 2
}
find "$work/RPMS" -name '*.rpm' -exec cp {} "$out/" \;
