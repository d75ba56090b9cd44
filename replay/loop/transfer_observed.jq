# SPDX-License-Identifier: GPL-2.0-only
# Of transfer.sh: what a recording shows of each vCPU. $info: of `vtick info`; input: its OBS_PENDs.
(reduce inputs as $e ({}; .[$e.vp | tostring] += 1)) as $pends |
$info[0] | .duration_ns as $ns | .per_vp | to_entries[] | (.key | tostring) as $vp | .value |
["observed", $run, .domain, .vcpu] as $who |
($who + ["writes /s", .arms * 1e9 / $ns]), ($who + ["wake-ups /s", .wakes * 1e9 / $ns]),
	($who + ["periodic ticks /s", ($pends[$vp] // 0) * 1e9 / $ns]), ($who + ["time, %", .run_ns * 100 / $ns]) | @tsv
