# SPDX-License-Identifier: GPL-2.0-only
# perf.txt, arms.txt (thread, deadline in ns, whether it was past): deadlines of a thread lie as far apart as the
# values of its TSC that it wrote, at the 2245.780 MHz of the recording. gawk, for hexadecimal numbers.
FILENAME == "perf.txt" && $4 == "kvm:kvm_msr:" && $6 == "6e0" && $8 != "0x0" {
	split($1, id, "/"); tsc[id[2], ++writes[id[2]]] = strtonum($8)
}
FILENAME == "arms.txt" { # tid deadline past
	i = ++arms[$1]
	if ($3 == "true" || !(($1, i) in tsc)) next
	if (!($1 in first)) { first[$1] = $2; base[$1] = tsc[$1, i]; next }
	apart = $2 - first[$1] - (tsc[$1, i] - base[$1]) / 2.24578
	if (apart < 0) apart = -apart
	n++
	if (apart > most) most = apart
}
END {
	if (n > 200 && most < 20) print "agree"
	else printf "%d deadlines, %d ns apart at most\n", n, most
}
