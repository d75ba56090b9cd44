#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the closed loop predicts of a load under other settings, held against recordings of it (replay/loop/transfer.sh).
# The tree has two seconds of them. With VTICK_TRANSFER=FOLDER, which has the whole recordings, FIDELITY.md is held to them;
# after a change that is meant: VTICK_TRANSFER_UPDATE=1.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need jq
part=$top/traces/pairs

# transfer JUDGED FOLDER
transfer()
{
	replay/loop/transfer.sh --judge "$1" --same 50us-b:3=none --same 50us-b:10=4 --same 50us-b:9=6 "$build" "$2"
}

code "guests with a deadline after each write, and those on a grid, are predicted" 0 transfer 1.0,2.0,5.0,7.0,7.1 "$part"
cp "$work/out.txt" "$work/table"
equal "... each a writer and a sleeper" "$(grep -c 'yes, judged |$' "$work/table")" 10
equal "... the grid stays" "$(awk -F ' [|] ' '/^. v7.1 . writes/ { print ($3 - $4) ^ 2 < 1.1, $7 }' "$work/table")" "1 94.5"
equal "... the others slow down by a fifth and more" \
	"$(awk -F ' [|] ' '/^. v[27].0 . writes/ { n += $3 < 0.8 * $7 && $4 < 0.8 * $7 } END { print n }' "$work/table")" 2
equal "... nearer than simple arithmetic and the open loop, by half" "$(awk '
	/median error/ { error = $13 + 0; open = $17 + 0 }
	/^arithmetic/ { print (error > 0), (2 * error < $2 + 0), (2 * error < open + 0) }' "$work/table")" "1 1 1"
code "what is judged and wrong is told" 1 transfer 4.0,7.1 "$part"
ok "..." grep -q '^| v4.0 | writes /s .* no, judged |$' "$work/out.txt"
ok "..." grep -q '^2 of 4 that are judged are right' "$work/out.txt"
code "no such base" 2 replay/loop/transfer.sh --base 1ms-a "$build" "$part"
ok "..." grep -q 'has no run 1ms-a' "$work/err.txt"

if [ -n "${VTICK_TRANSFER-}" ]; then
	transfer 1.0,2.0,5.0,5.1,7.0,7.1 "$VTICK_TRANSFER" >"$work/whole"
	ok "all that is judged of the whole is right" test $? = 0
	if [ -n "${VTICK_TRANSFER_UPDATE-}" ]; then
		ci/page.sh --update transfer replay/FIDELITY.md <"$work/whole"
	fi
	# shellcheck disable=SC2317 # ok calls it
	page_holds()
	{
		ci/page.sh transfer replay/FIDELITY.md <"$work/whole"
	}
	ok "FIDELITY.md has it" page_holds
fi
finish
