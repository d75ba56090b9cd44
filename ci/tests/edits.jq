# SPDX-License-Identifier: GPL-2.0-only
# Edits of a result's cell after which its numbers still add up (RESULT.md): include "edits"; (jq -L ci/tests).

# $n more machine timer interrupts: the hypervisor's, of LP 0, while a VP runs.
def irqs($n):
  def more: .total += $n | .hypervisor += $n | .lp_busy += $n;
  .timer_interrupts |= (more | .per_lp[0] |= more) | .exits.fire += $n;

# $n of those `ticks` or `wakeups` ($group) that were $from become $to, all of one domain.
def become($group; $from; $to; $n):
  def move: .[$from] -= $n | .[$to] += $n;
  ([.per_domain[][$group][$from]] | index(max)) as $most
  | .[$group] |= move | .per_domain[$most][$group] |= move;
