#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Differences between designs that recordings show, each on the smallest trace: what stands in REDUCED.md.
# Usage: bench/reduced.sh BUILD
set -eu

build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

while read -r trace base candidate why; do
	"$build/vtick" replay -j1 -p "$base" -p "$candidate" "traces/corpus/$trace.vtt" -o "$work/two.json" >/dev/null
	"$build/vtick" compare --reduce --trace-dir traces/corpus --base "$base" --candidate "$candidate" "$work/two.json" \
		>"$work/report" 2>/dev/null || [ $? = 1 ]
	cat <<END

## $base and $candidate on $trace

$why

\`\`\`
vtick replay -p $base -p $candidate $trace.vtt -o two.json
vtick compare --reduce --base $base --candidate $candidate two.json
\`\`\`

\`\`\`
END
	# The report wraps nothing; a page does.
	sed -n '/: the same on [0-9]* of /,/vtick import text/p' "$work/report" | sed '$d' | sed -e 's/ -> /\n  -> /' -e 's/; pended/;\n             pended/g'
	echo '```'
done <<'END'
x16x4-credit2-2p-all virtual virtual-2005 A halted VP: virtual-2005 has taken its timer off, and nothing wakes it.
x16x4-credit2-2p-all virtual xen-pv A VP that woke and waits: xen-pv stops its periodic timer until it runs.
kvm-4x2-all kvm-hrtimer kvm-preemption-timer kvm-hrtimer fires early, by what an interrupt takes; so it does for a VP that waits.
pvh8-credit2-2p-life xen-vpt xen-pv Two periods pass while a VP waits: xen-pv looks at them as it runs, at once.
made-moves passthrough virtual A preempted VP: passthrough serves its deadline, virtual has taken it off the list.
END
