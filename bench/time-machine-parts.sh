# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by time-machine.sh
# One version, and two.

# charged_traces: those that are replayed with $charge, a line each.
charged_traces()
{
	while IFS= read -r trace; do
		costs_of "$trace"
		[ "$charge" != own ] || grep -qxF "$(basename -- "$trace" .vtt)" own-costs 2>/dev/null || continue
		printf '%s\n' "$trace"
	done <traces
}

# cpu_ms: what this shell's children took, wherever they waited.
cpu_ms()
{
	sed "s/.*) //" "/proc/$$/stat" | awk -v hz="$(getconf CLK_TCK)" '{ printf "%d", ($14 + $15) * 1000 / hz }'
}

# try_version: builds $number, and its replays: without costs, with the traces' own, and with those of a host that is away
# again and again.
try_version()
{
	[ ! -t 2 ] || printf '%s\n' "$version" | plain >&2
	began=$(cpu_ms)
	if ! build_tree "$commit" "./$number.so" --json >"$number.json" 2>"$number.said"; then
		plain <"$number.said" >&2
		printf 'built\t%s\t%s\t\t\n' "$number" "$version" >>built
		return 1
	fi
	took=$(($(cpu_ms) - began))
	plain <"$number.said" >&2
	printf 'built\t%s\t%s\t%s\t%s\n' "$number" "$version" "$(jq -r .built.version "$number.json")" "$took" >>built
	for charge in none own made; do
		charged_traces >charged
		while IFS= read -r trace; do
			replay_tree "./$number.so" "$number/$charge" "$trace" </dev/null
			jq -r --arg trace "$(basename -- "$trace" .vtt)" '.cells[] | ["numbers", $ARGS.named.number, $ARGS.named.charge,
				$trace, .status, .digest, (del(.policy, .trace) | tostring)] | @tsv' --arg number "$number" \
				--arg charge "$charge" "$number/$charge/$(basename -- "$trace" .vtt).json" >>numbers
		done <charged
	done
	! grep '^numbers	'"$number"'	' numbers | cut -f 5 | grep -qv '^ok$'
}

# neighbours: where $was and $is part, with $charge.
neighbours()
{
	ln -sfn "$was/$charge" base
	ln -sfn "$is/$charge" head
	ln -sf "$was.so" base.so
	ln -sf "$is.so" head.so
	case $charge in
	none) with='without costs' ;;
	own) with="with the recordings' own costs" ;;
	made) with='with a host that is away' ;;
	esac
	printf '\n### %s → %s, %s\n\n' "$(title_of "$was")" "$(title_of "$is")" "$with"
	differs=0
	# shellcheck disable=SC2086 # words
	"$this_vtick" compare $allow_empty --rows 3 --fail-on change --base-files base/*.json --candidate-files head/*.json \
		>whole </dev/null || differs=$?
	# Which files it reads is no matter, and the rows say more than the first of them.
	sed -e '1d; /^    .*base\/\|^ *[a-z]* *\(base\|head\)\//d; /^$/d; /^and [0-9]/,$d' whole | in_page
	set --
	charged_traces >charged
	while IFS= read -r trace; do
		set -- "$@" "$trace"
	done <charged
	first_difference "$@" >part </dev/null
	grep -v '^    ' part || :
	sed -n 's/^    //p' part | head -n 3 | in_page
	[ "$differs" -lt 2 ]
}

# in_page: as a page has it that is a hundred columns wide.
in_page()
{
	fold -s -w 92 | sed 's/^/    /; s/ *$//'
}

# title_of NUMBER: the version, and its name.
title_of()
{
	awk -F '\t' -v n="$1" '$2 == n { print $4, "(" $3 ")" }' built
}
