# SPDX-License-Identifier: GPL-2.0-only
# Of transfer.sh: how late the ticks of each vCPU are in the open loop, in the mean, in seconds. First the VPs, then fates.
BEGIN { OFS = "\t" }
$1 == "vp" {
	domain[$2] = $3
	vcpu[$2] = $4
	hz = $5
	next
}
$1 == "delivered" {
	late[$2] += $5 - $4
	ticks[$2]++
}
END {
	for (vp in ticks)
		print "late", setting, domain[vp], vcpu[vp], late[vp] / ticks[vp] / hz
}
