#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a large fleet takes, and whether it survives: many small traces and some large ones are made, replayed through
# twelve policies and merged; once more into another folder, but with SIGKILL to all its processes at random moments,
# half of them among the large traces and half among the small ones, and started again each time. Both merges must be
# the same to the last byte.
#
#   bench/fleet-kills.sh BUILD FOLDER [SMALL [LARGE [EVENTS [KILLS]]]]      default: 10000 20 50000000 20
#
# FOLDER is made, and holds all of it; traces that are there are taken as they are. JOBS (default: the CPUs) is how
# many processes work at once, SEED (default 1) of what is random. Exit codes: 0 the same, 1 not, 2 trouble.
set -eu

draw=$(cd "$(dirname "$0")" && pwd)/fleet-moments.awk
vtick=$(cd "$1" && pwd)/vtick
small=${3-10000} large=${4-20} events=${5-50000000} kills=${6-20}
mkdir -p "$2/traces/small" "$2/traces/large"
cd "$2"
set -- -p all -p virtual:switch=keep -p virtual:block=remove -j "${JOBS-$(getconf _NPROCESSORS_ONLN)}"

trouble()
{
	echo "fleet-kills: $*" >&2
	exit 2
}

# row WHAT COMMAND...: a row of the table; what the command says goes into `said`.
row()
{
	what=$1
	shift
	command time -q -o took -f '%e s | %U + %S s | %M' "$@" >said 2>&1 || trouble "$* failed: $(tail -n 1 said)"
	echo "| $what | $(awk '{ $NF = sprintf("%.1f MiB", $NF / 1024); print }' took) |"
}

# A kind of large ones in turn, as options of gen.
kind() # NUMBER
{
	case $(($1 % 4)) in
	0) echo --preset busy-16x4-4lp --seed "$1" ;;
	1) echo --preset mail-16x4-idle --lps 4 --migrate 5 --seed "$1" ;;
	2) echo --preset tickless-16x4 --seed "$1" ;;
	3) echo --preset lapic-16x4-idle --lps 4 --mode oneshot --cancel 10 --seed "$1" ;;
	esac
}

for i in $(seq "$small"); do
	trace=traces/small/$i.vtt
	[ -s "$trace" ] || "$vtick" gen --domains 2 --blocked 90 --tick 100 --duration 1 --seed "$i" -o "$trace"
done
for i in $(seq "$large"); do
	[ ! -s "traces/large/$i.vtt" ] || continue
	# shellcheck disable=SC2046 # words
	"$vtick" gen $(kind "$i") --duration 20 -o probe.vtt
	seconds=$((events * 20 / $("$vtick" info --json probe.vtt | jq .events_total) + 1))
	# shellcheck disable=SC2046
	"$vtick" gen $(kind "$i") --duration "$seconds" -o "traces/large/$i.vtt"
done
echo "$small small traces, $(du -sb traces/small | cut -f 1) bytes; $large large ones," \
	"$(du -sb traces/large | cut -f 1) bytes; 12 policies"

results()
{
	find "$1" -name '*.json' 2>/dev/null | wc -l
}

# killed RESULTS SECONDS COMMAND...: so long after so many results are there. 1: it had ended by then.
killed()
{
	wait=$1 more=$2
	shift 2
	setsid "$@" >>said 2>&1 &
	pid=$!
	while [ "$(results killed)" -lt "$wait" ]; do
		kill -0 $pid 2>/dev/null || return 1
		sleep 0.2
	done
	sleep "$more"
	kill -s KILL -- "-$pid" 2>/dev/null || return 1
	wait $pid || :
	echo "killed with $(results killed) results" >&2
}

printf '| | wall | user + system | largest process |\n|---|--:|--:|--:|\n'
rm -rf whole killed
begin=$(date +%s)
row "\`replay -O\`, undisturbed" "$vtick" replay "$@" -O whole traces
each=$((($(date +%s) - begin) / (large + 1)))
row "once more, all is current" "$vtick" replay "$@" -O whole traces
row "\`merge\` to JSON and CSV" "$vtick" merge whole -o whole.json --report csv:whole.csv
awk -v n="$kills" -v large="$large" -v small="$small" -v each="$each" -v seed="${SEED-1}" -f "$draw" | sort -n >moments
n=0
while read -r wait more; do
	killed "$wait" "$more" "$vtick" replay "$@" -O killed traces </dev/null || break
	n=$((n + 1))
done <moments
row "the rest, after $n kills" "$vtick" replay "$@" -O killed traces
"$vtick" merge killed -o killed.json --report csv:killed.csv >said
echo "$(results whole) results, $(du -sb whole | cut -f 1) bytes; merged $(wc -c <whole.json) of JSON, $(wc -c <whole.csv) of CSV"
if cmp whole.json killed.json && cmp whole.csv killed.csv; then echo "the same to the last byte"; else exit 1; fi
