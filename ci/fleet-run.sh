# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in by fleet.sh
# The parts of a fleet: what its folder holds, and who works on it.

one_line()
{
	case $2 in
	*'
'*) trouble "$1 has a line break in it" ;;
	esac
}

a_number() # OPTION VALUE
{
	case $2 in
	'' | 0* | *[!0-9]*) trouble "$1 is '$2', expected a number above 0" ;;
	esac
}

# Each ends with a NUL, which no name has in it.
a_trace() # TRACE-OR-FOLDER
{
	printf '%s\0' "$1" >>"$work/traces"
}

# With a NUL in it a list is one of that kind already.
traces_from() # FILE
{
	cat -- "$1" >"$work/list" || trouble "$1 cannot be read"
	if [ "$(tr -d '\0' <"$work/list" | wc -c)" = "$(wc -c <"$work/list")" ]; then
		tr '\n' '\0' <"$work/list" >>"$work/traces"
	else
		cat "$work/list" >>"$work/traces"
	fi
	[ ! -s "$work/list" ] || printf '\0' >>"$work/traces"
}

# lay_out OPTION-OF-REPLAY...: what a task reads, and that none has begun.
lay_out()
{
	there=$(ls -A "$out")
	[ -z "$there" ] || [ -f "$out/shards" ] ||
		trouble "$out is not empty and no fleet's, expected a new folder"
	rm -rf "$out/tasks" "$out/jobs" "$out/ended"
	mkdir -p "$out/tasks" "$out/logs" "$out/results" || trouble "$out cannot be written"
	{
		sed 's/^/-p\n/' "$work/policies"
		for option; do
			one_line "an option of replay" "$option"
			printf '%s\n' "$option"
		done
	} >"$out/options"
	cp "$work/traces" "$out/traces"
	printf '%s\n' "$PWD" >"$out/where"
	printf '%s\n' "$vtick" >"$out/vtick"
	printf '%s\n' "$shards" >"$out/shards"
	for number in $(seq "$shards"); do
		echo "did not begin" >"$out/tasks/$number"
	done
}

# Here. A task that is killed ends no other: xargs would stop where what it started is killed.
run_here()
{
	# shellcheck disable=SC2016 # of the inner shell
	seq "$shards" | xargs -n 1 -P "${jobs:-$(getconf _NPROCESSORS_ONLN)}" \
		sh -c '"$0" "$1" "$2" >"$1/logs/$2.txt" 2>&1 </dev/null || :' "$top/ci/fleet-task.sh" "$out"
	"$top/ci/fleet-merge.sh" "$out"
}
