# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # tests use what is set here; lib.sh sets the rest
# For tests of what a policy can do to others: whatever it does, it loses its own cell at most, and the others are as
# without it, to the last bit.
need jq
plugins=$top/replay/tests/plugins
: "${CC:=cc}"
export CC
cd "$work" || exit 1

ok "a trace" "$vtick" gen --domains 2 --vcpus 2 --lps 2 --duration 1 -o t.vtt
ok "replay without the policy" "$vtick" replay -p virtual -p passthrough t.vtt -o good.json >table.txt
jq -r '.cells[] | tojson' good.json >good.txt
cp t.vtt t.before

# becomes SECONDS TEXT [OPTION]...: what is said below, where each cell has that long and a message calls it TEXT.
becomes()
{
	seconds=$1 pattern=$(echo "$message" | sed "s/LIMIT/$2/") code=0
	shift 2
	timeout -s KILL 100 "$vtick" replay --cell-timeout "$seconds" --cell-memory 64 -j "$jobs" "$@" -p virtual \
		-p "./$plugin.so:how=$how" -p passthrough t.vtt >evil.json 2>err.txt </dev/null || code=$?
	jq -r '(.cells[1] | .status, .message // ""), (.cells[0, 2] | tojson)' evil.json >cell.txt
	[ "$code" = "$want" ] && [ "$(sed -n 1p cell.txt)" = "$status" ] && sed -n 2p cell.txt | grep -q -e "$pattern" &&
		sed 1,2d cell.txt | cmp -s - good.txt
}

# contained PLUGIN:HOW STATUS [MESSAGE] [OPTION]...: what becomes of the cell, and nothing of the others.
contained()
{
	plugin=${1%:*} how=${1#*:} status=$2 message=${3-} want=2
	shift $(($# < 3 ? $# : 3))
	[ "$status" != ok ] || want=0
	for jobs in 1 3; do
		# Half a second is short, so that this is; on a busy machine it may pass before a cell has begun.
		if if [ "$status" = timeout ]; then
			becomes 0.5 500ms "$@" || becomes 5 5s "$@"
		else
			becomes 30 30s "$@"
		fi; then
			ok "$how${1+, $1}: $status, -j$jobs"
		else
			fail "$how $*, -j$jobs: exit code $code, expected $want, and $status '$message'" cell.txt err.txt
		fi
	done
}

# forbidden PLUGIN:HOW CALL: the cell is lost for that system call.
forbidden()
{
	contained "$1" misused "^in arm: the system call '$2', which the sandbox forbids (--no-sandbox) at event "
}
