# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# The guests of the studies, sourced by their scripts. All start from the 2005 mail's case: VPs that answer a
# tick after 100 us, slices of 30 ms, an LP whose counter runs at 1 GHz.
# shellcheck disable=SC2034 # for those who source this
GUESTS="busy periodic halting tickless itc"

# KIND DOMAINS: options of vtick gen.
guest_options() {
	case $1 in
	busy) echo "--preset mail-16x4" ;;
	periodic) echo "--preset lapic-16x4" ;;
	halting) echo "--preset mail-16x4-idle" ;;
	tickless) echo "--preset mail-16x4-idle --device tsc-deadline --tickless --moves 25 --cancel 10" ;;
	itc) echo "--preset mail-16x4-itc --set-itc $((($2 + 1) / 2))" ;;
	esac
	echo "--domains $2"
}
