# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by compare-tree.sh
# What traces can show of a change, and by whose costs.

# charged: in words.
charged()
{
	case $charge in
	none) echo "without costs" ;;
	own) echo "with each its costs" ;;
	*) echo "with the costs of ${charge##*/}" ;;
	esac
}

# few LIST: names on one line, the first of them.
few()
{
	awk -v of="$2" 'NR <= 3 { printf "%s%s", (NR > 1 ? ", " : ""), $0 }
		END { if (NR > 3) printf " and %d more", NR - 3
		printf "%s\n", (NR ? " (" NR " of " of ")" : "none") }' "$1"
}

# can_show TRACE...: what is in them.
can_show()
{
	: >can
	for trace; do
		"$this_vtick" dump --json "$trace" | awk -v name="$(basename -- "$trace" .vtt)" -f "$top/ci/can-show.awk" >>can
	done
	printf '\nWhat these traces can show:\n\n'
	for what in 'periods under 200 us' 'periods' 'one-shot counts' 'deadlines' 'stops' 'masks' 'VPs on several LPs'; do
		sed -n "s/^$what	//p" can >some
		echo "- $what: $(few some $#)"
	done
	case $charge in
	none) echo "- what comes late: none, as nothing takes any time without costs" ;;
	own)
		sort -u own-costs >some 2>/dev/null || :
		echo "- what comes late, by the recording's own costs: $(few some $#); by made-up ones (ci/made-costs.json): the others"
		;;
	*) echo "- what comes late: all, by ${charge##*/}" ;;
	esac
}
