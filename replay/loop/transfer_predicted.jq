# SPDX-License-Identifier: GPL-2.0-only
# Of transfer.sh: what the closed loop has of each vCPU. $info: of `vtick info`.
$info[0].duration_ns as $ns | [$info[0].per_vp, .cells[0].loop.per_vp] | transpose[] |
["predicted", $setting, .[0].domain, .[0].vcpu] as $who | .[1] |
($who + ["writes /s", .writes * 1e9 / $ns]), ($who + ["wake-ups /s", .wakeups * 1e9 / $ns]),
	($who + ["periodic ticks /s", .ticks * 1e9 / $ns]), ($who + ["time, %", .work_ns * 100 / $ns]) | @tsv
