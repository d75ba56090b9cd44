# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by nightly.sh
# The parts of a night.

. "$top/ci/night-store.sh"

# worse CODE: the exit code of a night is the worst of its parts'.
worse()
{
	[ "$code" -ge "$1" ] || code=$1
	[ "$code" -le 2 ] || code=2
}

# What is checked out, with + if there is more than that; of an installed vtick its version.
revision()
{
	if [ -n "$installed" ]; then
		"$vtick" version | sed -n '1s/^vtick //p'
		return
	fi
	hash=$(git -C "$top" rev-parse --short=10 HEAD 2>/dev/null) || hash=unknown
	[ -z "$(git -C "$top" status --porcelain --untracked-files=no 2>/dev/null)" ] || hash=$hash+
	echo "$hash"
}

# summary TRACE...: what the night says: against the last whole one, its times, what the history shows. Publishes it.
summary()
{
	last=$(last_whole_night)
	if [ -n "$last" ]; then
		echo "Night $name against $last:"
		# shellcheck disable=SC2086 # words
		"$vtick" compare $allow_empty --fail-on change ${rules:+--rules "$rules"} \
			"$store/results/$last.json" "$work/result.json" || worse $?
		[ -z "$tree" ] || branch_since "$last"
	else
		echo "Night $name: the first, there is nothing to compare with."
		jq -r '.cells | "\(length) cell\(if length == 1 then "" else "s" end), \(map(select(.status != "ok")) | length) of them lost"' "$work/result.json"
	fi
	[ "$pairs" = 0 ] || time_pairs "$@"
	publish
	echo
	"$vtick" history --db "$store/history.db" --update "$store/results" || worse $?
	echo "The latest changes (vtick history --db $(quoted "$store/history.db")):"
	"$vtick" history --db "$store/history.db" || worse $?
	echo
	case $code in
	0) echo "Night $name: nothing changed." ;;
	1) echo "Night $name: something changed." ;;
	*) echo "Night $name: trouble." ;;
	esac
}
