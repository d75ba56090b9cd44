# SPDX-License-Identifier: GPL-2.0-only
# What must hold in every document of vtick.late/1: prints what does not, one a line.
def parts: .host_ns + .wait_ns + .inject_ns;
def sums: [.ticks[], .parts_ns[], .away_ns, .lateness_ns.count, .lateness_ns.sum];
def total: [.[] | sums] | transpose | map(add);
def tally:
	(select(.ticks.delivered != .lateness_ns.count) | "delivered"),
	(select((.parts_ns | add) != .lateness_ns.sum) | "parts"),
	(select(([.behind[].ns] | add // 0) != .parts_ns.wait) | "behind"),
	(select(.largest and (.largest.late_ns != .lateness_ns.max)) | "largest"),
	(select(.largest and (.largest | parts != .late_ns)) | "parts of the largest"),
	(select([.behind[].ns] | . != (sort | reverse)) | "order of behind");
def slices:
	(select(([.slices[].ticks] | add // 0) != .ticks.delivered) | "slices"),
	(select(any(.slices[]; .ticks > 0 and (.mean_ns - parts | fabs) > 3)) | "parts of a slice"),
	(select((.slices | length) != (if .ticks.delivered > 0 then 20 else 0 end)) | "number of slices");
def worst:
	(select(parts != .late_ns) | "parts of a worst"),
	(select(.delivered_ns - .deadline_ns - .late_ns | fabs > 1) | "lateness of a worst"),
	(select(([.ran[].ns] | add // 0) != .wait_ns) | "ran");
.views[]
| tally,
	(.vms[] | tally, slices),
	(.vms[].vps[] | tally),
	(.worst[] | worst),
	(select((.vms | length) > 0 and (.vms | total) != sums) | "sum of VMs"),
	(.vms[] | select((.vps | total) != sums) | "sum of VPs of \(.name)"),
	(select([.worst[].late_ns] | . != (sort | reverse)) | "order of the worst"),
	(select((.worst | length) > 0 and .worst[0].late_ns != .lateness_ns.max) | "the worst")
