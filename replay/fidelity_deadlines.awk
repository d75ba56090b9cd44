# SPDX-License-Identifier: GPL-2.0-only
# From arms, disarms and expiries: deadlines that a replay serves in another way than KVM did.
$1 != "obs_fire" { if ($2 in due && due[$2] <= $3 && due[$2] > at[$2]) over++; delete due[$2] }
$1 == "arm" { due[$2] = $4; at[$2] = $3; periodic[$2] = $5 > 0 }
$1 == "obs_fire" { if ($2 in due && due[$2] <= at[$2]) past++; if (!periodic[$2]) delete due[$2] }
END { printf "| %s | %d | %d |\n", name, over, past }
