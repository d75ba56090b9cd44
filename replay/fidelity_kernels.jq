# SPDX-License-Identifier: GPL-2.0-only
# Of fidelity_kernels.sh: the rows of the closed loop over the recording of $kernel. $open, $closed: results; $catchup,
# $rebase: `vtick info` of the recording on the kernel that does so.
{catchup: $catchup[0], rebase: $rebase[0]} as $recorded | {catchup: "5.10.223", rebase: "6.1.192"} as $kernels |
[$open[0].cells, $closed[0].cells] | transpose[] | .[1].policy.params.late as $late |
"| \($kernel) | \($late) | \($kernels[$late]) | \(.[1].ticks.delivered) | \($recorded[$late].events.obs_pend) | \(.[0].ticks.delivered) | \(.[1].loop.per_vp[0].wakeups) | \($recorded[$late].per_vp[0].wakes) |"
