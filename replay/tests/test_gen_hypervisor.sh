#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The hypervisor under generated guests (gen --hypervisor virtual) against the replay of its design, of which it has no
# line: all that it did is predicted to the tick, and nothing else is.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

echo '{"schema":"vtick.costs/1","figures":{"base_ns":{"ns":7000,"source":"this test"}}}' >costs.json

# all_of NAME OPTION...: without costs, and with.
all_of()
{
	name=$1
	shift
	for cost in 0s 7us; do
		case $cost in 0s) costs='' ;; *) costs='--costs costs.json' ;; esac
		code "$name, interrupts that cost $cost" 0 "$vtick" gen --hypervisor virtual --irq-cost $cost --duration 1 "$@" -o a.vtt
		code "... is a trace" 0 "$vtick" check -q a.vtt
		# shellcheck disable=SC2086 # two words or none
		code "... that replays" 0 "$vtick" replay --against-recording --window 100us $costs -p virtual a.vtt -o a.json
		jq -c '.cells[0].fidelity | [.expiries, .injections, .machine_interrupts] | map([.observed > 100, .observed == .predicted,
			.precision_ppm == 1000000, .recall_ppm == 1000000, .dt_ns.min == 0 and .dt_ns.max == 0]) | flatten | all' a.json >all.txt
		equal "... of which all comes out" "$(cat all.txt)" true
	done
}

all_of busy --domains 2 --vcpus 2 --lps 4 --slice 3ms
all_of "busy, overcommitted" --domains 4 --vcpus 4 --slop 50us --slice 5ms
all_of halting --domains 4 --vcpus 2 --lps 2 --blocked 80 --slop 1ms
all_of "halting, overcommitted" --domains 6 --vcpus 4 --lps 2 --tick 250 --blocked 80 --slop 1ms --slice 1ms
all_of periodic --domains 4 --vcpus 4 --lps 2 --tick 250 --blocked 92 --mode periodic --slop 200us
all_of "periodic, late" --domains 2 --vcpus 2 --tick 1000 --blocked 60 --mode periodic --slop 2ms
all_of tickless --domains 8 --vcpus 4 --lps 3 --tick 250 --blocked 90 --tickless --cancel 10 --migrate 20 --slop 500us \
	--set-itc 3 --set-itc-every 200ms --device tsc-deadline
all_of "short slices" --domains 3 --vcpus 2 --lps 3 --tick 476 --blocked 6 --slop 595us --slice 78us --switch-delay 13us \
	--migrate 14 --seed 58 --answer-delay 56us --clock-hz 2596.122M
all_of "a slow clock" --domains 3 --vcpus 2 --clock-hz 1M --tick 100 --blocked 50 --slop 30us

finish
