# SPDX-License-Identifier: GPL-2.0-only
# From vtick dump: machine timer interrupts by how many guest timers expired in them.
$6 == "obs_hv_irq" { if ($4 in expired) irqs[expired[$4] > 3 ? 3 : expired[$4]]++; expired[$4] = 0 }
$6 == "sched_in" { lp[$5] = $4 }
$6 == "obs_fire" { expired[lp[$5]]++ }
END { printf "| %s | %d | %d | %d | %d |\n", name, irqs[0], irqs[1], irqs[2], irqs[3] }
