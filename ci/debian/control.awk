# SPDX-License-Identifier: GPL-2.0-only
# The control file of the package `name`, from that of the sources.
BEGIN { RS = ""; FS = "\n" }

/^Source:/ {
	for (i = 1; i <= NF; i++)
		if ($i ~ /^(Section|Priority|Maintainer):/)
			common = common $i "\n"
}

$1 == "Package: " name {
	print $1
	print "Source: vtick"
	print "Version: " version
	print "Architecture: " arch
	print "Installed-Size: " size
	printf "%s", common
	for (i = 2; i <= NF; i++) {
		sub(/\$\{shlibs:Depends\}/, depends, $i)
		sub(/\$\{misc:Depends\}/, "", $i)
		if ($i !~ /^Architecture:|^Depends: *$/)
			print $i
	}
}
