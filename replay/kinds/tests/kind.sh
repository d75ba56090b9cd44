# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2317 # they set `kind` and `parts`; code and fails call build
# What the tests of kinds share: copies of the invented tree, and builds of them. Whoever reads this file in has set
# `kind`, and `parts`: what of $invented such a tree holds.

# tree NAME [FILE SED]...: a copy of the invented tree, with these changes.
tree()
{
	rm -rf "$1"
	mkdir "$1"
	for part in $parts; do
		cp -r "$invented/$part" "$1"
	done
	name=$1
	shift
	while [ $# -gt 0 ]; do
		sed -i -e "$2" "$name/$1"
		shift 2
	done
}

# build NAME [OPTION]...
build()
{
	tree_name=$1
	shift
	"$vtick" policy build "$kind" --tree "$tree_name" "$@"
}
