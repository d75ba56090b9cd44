# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by nightly.sh
# The parts of a night.

# worse CODE: the exit code of a night is the worst of its parts'.
worse()
{
	[ "$code" -ge "$1" ] || code=$1
	[ "$code" -le 2 ] || code=2
}

# "DATE-REVISION-N N" of every night of the store, in order of N.
nights()
{
	find "$store/results" -name '[0-9]*-*-[0-9]*.json' | sed -n 's|.*/\(.*-\([0-9]*\)\)\.json$|\1 \2|p' | sort -n -k 2
}

# The last night on which every cell was replayed: what was lost then is missing in no comparison for ever.
last_whole_night()
{
	nights | sort -r -n -k 2 | while read -r night _; do
		if jq -e 'all(.cells[]; .status == "ok")' "$store/results/$night.json" >/dev/null; then
			echo "$night"
			break
		fi
	done
}

# What is checked out, with + if there is more than that.
revision()
{
	hash=$(git -C "$top" rev-parse --short=10 HEAD 2>/dev/null) || hash=unknown
	[ -z "$(git -C "$top" status --porcelain --untracked-files=no 2>/dev/null)" ] || hash=$hash+
	echo "$hash"
}

# The night's files take their place, the result last: with it the night has been.
publish()
{
	for part in timing-base timing; do
		[ ! -e "$work/$part.json" ] || chmod a-w "$work/$part.json"
		[ ! -e "$work/$part.json" ] || mv "$work/$part.json" "$store/results/$name.$part.json"
	done
	chmod a-w "$work/result.json"
	mv "$work/result.json" "$store/results/$name.json"
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
	else
		echo "Night $name: the first, there is nothing to compare with."
		jq -r '.cells | "\(length) cells, \(map(select(.status != "ok")) | length) of them lost"' "$work/result.json"
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
