# SPDX-License-Identifier: GPL-2.0-only
# Of a result: cells of trees (linux-*) that are not, in every metric, the cell of the re-written policy that stands for
# them. $late: what each tree does with late periods.
def ours: .policy as $p | {
	name: (if $p.params.hv == "yes" then "kvm-preemption-timer" else "kvm-hrtimer" end),
	late: $late[$p.name],
	advance: ($p.params.advance | tostring)
};
def metrics: del(.policy, .trace);
.cells | map(select(.policy.name | startswith("linux-") | not)) as $rewritten |
map(select(.policy.name | startswith("linux-")))[] | . as $cell | ours as $who |
($rewritten | map(select(.policy | [.name, .params.late, (.params.advance | tostring)] == [$who.name, $who.late, $who.advance]))
	| first) as $other |
select($cell.status != "ok" or ($cell | metrics) != ($other | metrics)) |
"\($cell.policy.name) \($cell.status) \($cell.digest): \($who.name):late=\($who.late) \($other.status) \($other.digest)"
