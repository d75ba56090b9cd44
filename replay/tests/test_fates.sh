#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --fates: its lines add up to the ticks of the result, which it does not change.
# shellcheck disable=SC2317 # functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

trace=$top/traces/corpus/pvh2.vtt
count() # FATE: the deadlines of which it is so
{
	awk -F '\t' -v fate="$1" '$1 == fate { n += $7 } END { print n + 0 }' fates.txt
}
agree()
{
	for fate in delivered coalesced missed pending; do
		key=$fate
		[ "$fate" = pending ] && key=pending_at_end
		[ "$(count "$fate")" = "$(jq ".cells[0].ticks.$key" with.json)" ] || return 1
	done
}
for policy in passthrough virtual virtual:block=remove passthrough:scope=current; do
	"$vtick" replay -p $policy "$trace" >plain.json 2>err.txt
	ok "$policy: exit 0" "$vtick" replay -p $policy --fates fates.txt -o with.json "$trace" >/dev/null
	ok "$policy: the result is the same" same plain.json with.json
	ok "$policy: the fates add up to its ticks" agree
	ok "$policy: pend skew is theirs" [ "$(awk -F '\t' '$1 == "delivered" && $5 > $4 { n++ } END { print n + 0 }' fates.txt)" = \
		"$(jq '[.cells[0].firing_skew_ns.pend.histogram[] | select(.[0] > 0) | .[1]] | add // 0' with.json)" ]
done
ok "seven fields a line" [ "$(awk -F '\t' '{ print NF }' fates.txt | sort -u)" = 7 ]
fails "two policies" '--fates is of one policy and one trace, not of 3 cells' "$vtick" replay --fates f.txt "$trace"
ok "... leave no file" [ ! -e f.txt ]
fails "a folder that is not there" 'nosuch/f.txt: cannot be written' "$vtick" replay -p virtual --fates nosuch/f.txt "$trace"
if [ -w /dev/full ]; then
	fails "a full disk" 'fates cannot be written' "$vtick" replay -p virtual --fates /dev/full "$trace"
fi
finish
