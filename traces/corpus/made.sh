#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The traces of this folder that nobody recorded, as text: what recorded guests hardly ever do.
#   traces/corpus/made.sh NAME | vtick import text - -o NAME.vtt
# made-period-50us   periods under the shortest that KVM takes, running and halting
# made-modes         one-shot to periodic with the former armed, or due under mask; deadline mode; stops
# made-moves         VPs that come to another LP with a timer armed, running and halting
set -eu

case ${1-} in
made-period-50us | made-modes | made-moves) ;;
*)
	echo "usage: ${0##*/} made-period-50us|made-modes|made-moves" >&2
	exit 2
	;;
esac
echo "{\"clock_hz\":1000000000,\"class\":\"synthetic\",\"source\":{\"tool\":\"traces/corpus/made.sh $1\"},\"end\":100000000}"
# Events by time; of one moment in the order in which they are said.
awk -v name="$1" -f "$(dirname "$0")/made.awk" | sort -s -n -k 1,1 | cut -f 2-
