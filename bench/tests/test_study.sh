#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The scaling studies with two domain counts and traces of a second: every row, table and picture is there, and a
# second run gives the same bytes.
# Tier: check
# shellcheck disable=SC2317 # the functions are called through ok()
. "$PWD/ci/tests/lib.sh"
need gnuplot jq xmllint
build=$1

# shellcheck source=bench/study/guests.sh
. bench/study/guests.sh
bench/study/study.sh -d "1 2" -s 1 "$build" "$work/first" >/dev/null 2>"$work/progress"
bench/study/scaling.sh -d "1 2" -s 1 "$build" >"$work/second.jsonl" 2>/dev/null
rows=$work/first/scaling.jsonl

expected() {
	for guests in $GUESTS; do
		for lps in 1 4 16; do
			for domains in 1 2; do
				for policy in $(jq -r '.[].key' bench/study/policies.json); do
					echo "$guests $lps $domains $policy ok"
				done
			done
		done
	done
}
same_rows() {
	expected >"$work/expected"
	jq -r '"\(.guests) \(.lps) \(.domains) \(.policy) \(.status)"' "$rows" >"$work/found"
	diff "$work/expected" "$work/found"
}
ok "a row for each guest, LP count, domain count and policy" same_rows
values() {
	jq -es 'all(.[]; [.irqs_per_s_lp_milli, .guest_len_max, .guest_len_mean_milli, .lost_of_1000, .late_of_1000,
		.hv_clock_error_ns, .guest_clock_error_ns, .causality_breaks] | all(type == "number"))' "$rows" >/dev/null
}
ok "no row lacks a value" values
ok "a second run gives the same bytes" cmp "$rows" "$work/second.jsonl"

# The 64 times of the mail and what it depends on, in small: 8 VPs of one LP.
pass_through_multiplies() {
	jq -es 'def irqs($guests; $policy): .[] | select(.guests == $guests and .policy == $policy and .lps == 1 and
			.domains == 2) | .irqs.total;
		irqs("periodic"; "passthrough") > 5 * irqs("periodic"; "virtual") and
		irqs("busy"; "passthrough") < 1.1 * irqs("busy"; "virtual")' "$rows" >/dev/null
}
ok "pass-through multiplies interrupts of periodic timers, and not of one-shots" pass_through_multiplies
loses_wakeups() {
	jq -es '[.[] | select(.guests == "halting" and .policy == "remove")] | all(.wakeups.lost == .wakeups.due)' \
		"$rows" >/dev/null
}
ok "block=remove loses the wake-ups" loses_wakeups

# Texts as the SVG has them; what XML writes in other ways matches any character.
texts() {
	jq -r --arg name "$1" '.[] | select(.name == $name) | .title, .subtitle, .y, (.panels[].title // empty),
		"domains of 4 VPs", (if .panels[0].ratio then "tickless: [0-9.]*" else "passthrough: .*", "virtual: .*" end)' \
		bench/study/pictures.json | tr "'&<>" '....'
}
whole_and_labelled() { # NAME
	svg=$work/first/$1.svg
	[ "$(grep -c '^<?xml' "$svg")" = 1 ] && [ "$(grep -c '</svg>' "$svg")" = 1 ] || return 1
	xmllint --noout "$svg" || return 1
	texts "$1" >"$work/texts"
	while read -r text; do
		grep -q ">$text<" "$svg" || { echo "$1.svg: no '$text'" && return 1; }
	done <"$work/texts"
}
in_the_tree() { # NAME
	[ -s "bench/study/$1.svg" ] && grep -q "(study/$1.svg)" bench/STUDY.md
}
for picture in $(jq -r '.[].name' bench/study/pictures.json); do
	ok "$picture.svg is whole and labelled" whole_and_labelled "$picture"
	ok "$picture.svg is in the tree, and on its page" in_the_tree "$picture"
done

ok "model.md has a row for each N" [ "$(grep -c '^| .* | \(1\|4\|16\|64\) |' "$work/first/model.md")" = 20 ]
ok "sensitivity.md has three tables" [ "$(grep -c '^| as it is |' "$work/first/sensitivity.md")" = 3 ]
ok "progress goes to stderr" grep -q '^study: halting guests' "$work/progress"

missing() {
	head -n 20 "$rows" >"$work/few.jsonl"
	! bench/study/pictures.sh "$work/few.jsonl" "$work" 2>/dev/null
}
ok "pictures of half of the rows are refused" missing
finish
