#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two documents of vtick late: a VM that got later is found, with its cause; too few ticks are told; nothing is believed.
# shellcheck disable=SC2317 # functions are called by ok
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

"$vtick" late --json "$top/traces/corpus/kvm-live-mixed-2x3.vtt" >base.json || exit 1
code "the same against itself passes" 0 "$vtick" compare base.json base.json
has "... with a warning of how it was measured" 'each side is one recording'
# edit FILE FILTER: the base, changed.
edit()
{
	jq "$2" base.json >"$1"
}

# The second VM waits three times as long.
edit later.json '(.views[0].vms[1].slices[] | select(.ticks > 0)) |= (.wait_ns += 400000 | .mean_ns += 400000)'
code "a VM that waits longer fails" 1 "$vtick" compare --rows 0 --each base.json later.json
has "... it is named, and the cause" 'record-load/2.*late_wait_ns'
ok "... and nothing else is worse" [ "$("$vtick" compare --format json base.json later.json | jq -c '[.cells[].metrics[] | select(.verdict == "worse") | .metric] | unique')" = \
	'["late_mean_ns","late_wait_ns"]' ]

code "... of all" 0 "$vtick" compare later.json base.json
has "... it says so" 'better'

# Another process: the same VMs.
sed 's/record-load-12451/record-load-777/g' base.json >renamed.json
code "process numbers tell nothing" 0 "$vtick" compare base.json renamed.json
sed 's/record-load-12451/other/g' base.json >others.json
code "another VM is another" 2 "$vtick" compare base.json others.json
has "... which is missing" 'is missing in the candidate'

# Too few ticks.
edit idle.json '.views[0].vms[1].slices[].ticks |= 3'
code "a VM without ticks is a warning" 0 "$vtick" compare idle.json base.json
has "... not enough ticks" 'record-load/2: not enough ticks: 0 of 20 and 20 of 20 slices have 10 or more'
code "... strictly trouble" 2 "$vtick" compare --strict idle.json base.json
edit none.json '.views[0].vms[].slices[].ticks |= 3'
code "no VM with ticks is trouble" 2 "$vtick" compare none.json none.json
has "... nothing was compared" 'not enough ticks in any VM'

edit silent.json '.views[0] |= (.silent = [.vms[1].name] | del(.vms[1]))'
code "a VM without a tick is none that is missing" 0 "$vtick" compare base.json silent.json
has "... it has not enough" 'not enough ticks: 20 of 20 and 0 of 0'
# Ticks that never came are not late: they are told.
edit missed.json '.views[0].vms[0].ticks.missed = 2000'
code "missed ticks are a warning" 0 "$vtick" compare base.json missed.json
has "... with both sides" 'and 2000 in the candidate: lateness is of those that came'
code "... strictly trouble" 2 "$vtick" compare --strict base.json missed.json
edit missed.json '.views[0].vms[0].ticks.missed = -1'
fails "no count is below 0" "a count of ticks cannot be -1" "$vtick" compare base.json missed.json
# Several recordings a side; a replay beside a recording.
code "several recordings a side" 0 "$vtick" compare --base-files base.json renamed.json --candidate-files base.json renamed.json
ok "... without the warning" [ -z "$(grep 'each side is one recording' out.txt)" ]
"$vtick" late --json -p virtual -p kvm-hrtimer "$top/traces/corpus/kvm-live-2x2.vtt" >views.json
code "views are compared each with its own" 0 "$vtick" compare --all --rows 0 views.json views.json
has "... of a policy" 'by=kvm-hrtimer'

# wrong NAME PATTERN FILTER
wrong()
{
	edit wrong.json "$3"
	fails "$1" "$2" "$vtick" compare base.json wrong.json
}
wrong "a view without a label" "a view has no 'label'" 'del(.views[0].label)'
wrong "a VM without a name" "a VM has no 'name'" 'del(.views[0].vms[0].name)'
wrong "a VM without slices" "has no 'slices'" 'del(.views[0].vms[0].slices)'
wrong "a slice without ticks" "a slice has no 'ticks'" 'del(.views[0].vms[0].slices[0].ticks)'
wrong "negative ticks" "a slice has no 'ticks', expected 0 or more" '.views[0].vms[0].slices[0].ticks = -1'
wrong "ticks without a mean" "a slice with ticks has no 'mean_ns'" '.views[0].vms[0].slices[0].mean_ns = null'
wrong "two VMs of one name" 'two VMs of a view have one name' '.views[0].vms[].name = "a"'
wrong "a number that is none" 'offset' '.views[0].vms[0].slices[0].p99_ns = "x"'
wrong "slices that are no list" 'offset' '.views[0].vms[0].slices = 1'
wrong "no views" "has no 'views'" 'del(.views)'
wrong "nothing in it" 'is empty: it holds no VM' '.views = []'
wrong "no schema" 'holds .views., expected schema' 'del(.schema)'
wrong "another schema" "its schema is 'vtick.late/2'" '.schema = "vtick.late/2"'
wrong "views and cells" 'holds two of' '.cells = []'
finish
