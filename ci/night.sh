# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # read in by nightly.sh
# The parts of a night.

# worse CODE: the exit code of a night is the worst of its parts'.
worse()
{
	[ "$code" -ge "$1" ] || code=$1
	[ "$code" -le 2 ] || code=2
}

# What else a folder holds is not to be written over.
check_store()
{
	[ -n "$(ls -A "$store" 2>/dev/null)" ] || return 0
	if [ ! -d "$store/results" ] || { [ ! -f "$store/lock" ] && [ -e "$store/summary.txt" ]; }; then
		trouble "$store holds other things, expected a folder of nights, or an empty one"
	fi
}

# "DATE-REVISION-N N" of every night of the store, in order of N.
nights()
{
	find "$store/results" -type f -name '[0-9]*-*-[0-9]*.json' | sed 's|.*/||' | LC_ALL=C awk -f "$top/ci/nights.awk" | sort -n -k 2
}

# The last night that compare can read and on which every cell was replayed: what is broken, or was lost then, is not
# missed for ever.
last_whole_night()
{
	nights | sort -r -n -k 2 | while read -r night _; do
		file=$store/results/$night.json
		if jq -e '.cells | length > 0 and all(.[]; .status == "ok")' "$file" >/dev/null 2>&1 &&
			"$vtick" compare --golden - "$file" >/dev/null 2>&1; then
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
	# Of a night that was killed before its result was there.
	rm -f "$store/results/$name.timing-base.json" "$store/results/$name.timing.json"
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
