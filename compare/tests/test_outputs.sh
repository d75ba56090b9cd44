#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What every command does with the file that it is to write: devices, FIFOs, links, what it reads itself, signals.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
# Two cells of a recorded trace: the baseline.
"$vtick" replay -p passthrough -p virtual "$top/traces/corpus/pvh2.vtt" -o base.json >/dev/null || exit 1
umask 022
capture=$top/traces/import/tests/data/k-v7-150ms.dat
"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 100ms -o t.vtt || exit 1
mkdir nights
cp base.json nights/2026-01-01-aaaa-1.json

# write COMMAND FILE: what each command does to write FILE.
write()
{
	case $1 in
	gen) "$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 100ms -o "$2" ;;
	import) "$vtick" import trace-cmd "$capture" -o "$2" ;;
	replay) "$vtick" replay -p virtual t.vtt -o "$2" ;;
	fates) "$vtick" replay -p virtual t.vtt --fates "$2" ;;
	reduce) "$vtick" reduce t.vtt -o "$2" -- test -f {} ;;
	compare) "$vtick" compare -o "json:$2" base.json base.json ;;
	history) "$vtick" history --db "$2" --rebuild nights ;;
	record) "$vtick" record --allow-empty --duration 300ms -o "$2" ;;
	flight) flight "$2" ;;
	esac >write.out 2>write.err
}

# shellcheck disable=SC2317 # soon() calls them
flight_runs()
{
	gone "$recorder" || handles "$(children "$recorder")" 10
}
# shellcheck disable=SC2317
flight_said()
{
	gone "$recorder" || grep -q last flight.err
}

# The flight recorder writes at SIGUSR1, and says so.
flight()
{
	timeout -s INT 60 "$vtick" record --allow-empty --flight 1 -o "$1" 2>flight.err &
	recorder=$!
	soon flight_runs
	gone $recorder || kill -USR1 "$(children $recorder)"
	soon flight_said
	gone $recorder || kill -INT $recorder
	wait $recorder
	grep -q last flight.err
}

commands="gen import replay fates reduce compare history"
if "$vtick" record --allow-empty --duration 100ms -o probe.vtt 2>why.txt; then
	commands="$commands record flight"
else
	grep -q 'record needs' why.txt || fail "record" why.txt
fi

for command in $commands; do
	# A device stays one. An index of nights cannot be on one.
	if mknod null c 1 3 2>/dev/null; then
		if [ "$command" = history ]; then
			write history null && fail "history: a device is taken"
			ok "history: a device is refused" grep -q 'null: is no regular file' write.err
		else
			ok "$command: into a device" write "$command" null
		fi
		ok "$command: the device stays one" test -c null
		rm null
	fi

	# A FIFO gets all of it.
	if [ "$command" != history ]; then
		mkfifo fifo
		cat fifo >got &
		reader=$!
		ok "$command: into a FIFO" write "$command" fifo
		wait $reader
		ok "$command: the FIFO stays one" test -p fifo
		ok "$command: the FIFO got it" test -s got
		rm fifo
	fi

	# A link stays, what it points at is replaced, or made.
	rm -rf link target.d
	mkdir target.d
	ln -s target.d/target link
	ok "$command: through a link to nothing" write "$command" link
	ok "$command: the link stays one" test -L link
	ok "$command: its target is made" test -s target.d/target
	: >target.d/target
	ok "$command: through a link" write "$command" link
	ok "$command: the link still stays" test -L link
	ok "$command: its target is replaced" test -s target.d/target

	# The mode is kept; without a file it is as the umask says, but for recordings, which are their owner's alone.
	case $command in record | flight) mode=600 ;; *) mode=644 ;; esac
	ok "$command: a new file's mode" test "$(stat -c %a target.d/target)" = $mode
	chmod 600 target.d/target
	ok "$command: over a file of mode 600" write "$command" target.d/target
	ok "$command: the mode stays" test "$(stat -c %a target.d/target)" = 600

	write "$command" target.d && fail "$command: into a folder"
	ok "$command: a folder is refused" grep -q 'target.d: is ' "$([ "$command" = flight ] && echo flight.err || echo write.err)"
	ok "$command: nothing is left over" test -z "$(find . -name '*.tmp.*' -o -name '*-journal')"
done

# A file that is a mount point, as a container's may be, gets what is whole, and stays what it is.
"$vtick" gen --domains 2 --duration 50ms -o other.vtt
: >behind
: >place
if mount --bind behind place 2>/dev/null; then
	trap 'umount "$work/place" 2>/dev/null; rm -rf "$work"' EXIT
	for command in $commands; do
		rm -f place.old
		if [ "$command" = history ]; then : >behind; else cp other.vtt behind; fi
		chmod 640 behind
		ok "$command: onto a mounted file" write "$command" place
		ok "$command: what is behind it has it" sh -c 'cmp -s behind place && [ -s behind ] && ! cmp -s behind other.vtt'
		case $command in
		record | flight) ok "$command: the old one stays" cmp place.old other.vtt ;;
		*) ok "$command: its mode stays" test "$(stat -c %a behind)" = 640 ;;
		esac
	done
	umount place
fi
ok "nothing is left over" test -z "$(find . -name '*.tmp.*')"

# Standard output, by all of its names.
for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
	{ echo before; "$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 100ms -o "$name"; } >out.bin
	ok "gen -o $name goes on where standard output is" sh -c 'tail -c +8 out.bin >rest.vtt && cmp rest.vtt t.vtt'
done
"$vtick" replay -p virtual t.vtt -o /dev/stdout >out.txt 2>err.txt
ok "replay -o /dev/stdout: the result is on standard output" grep -q '"schema"' out.txt
ok "replay -o /dev/stdout: nothing on stderr" test ! -s err.txt
"$vtick" replay -p virtual t.vtt -o r.json --fates /dev/stdout >>out.txt 2>err.txt
ok "--fates /dev/stdout: what stood before stays" grep -q '"schema"' out.txt

# What is read is not written.
cp t.vtt keep.vtt
cp "$capture" c.dat
ln c.dat hard.dat
cp "$top/replay/policies/virtual.c" mine.c
cp base.json keep.json
# shellcheck disable=SC2317 # called by ok
refused()
{
	code=0
	"$vtick" "$@" >refused.out 2>refused.err || code=$?
	[ "$code" = 2 ] && [ "$(wc -l <refused.err)" = 1 ]
}
ok "import over its capture" refused import trace-cmd c.dat -o hard.dat
ok "replay over its trace" refused replay t.vtt -o t.vtt
ok "fates over the trace" refused replay -p virtual t.vtt --fates t.vtt
echo '{}' >costs.json
ok "replay over its costs" refused replay t.vtt --costs costs.json -o costs.json
ok "replay over a policy's source" refused replay -p ./mine.c:switch=keep t.vtt -o mine.c
echo '#include "a b.h"' | cat - mine.c >with.c
echo '#define OF_A_HEADER' >'a b.h'
ok "replay over a header of a policy" refused replay -p ./with.c:switch=keep t.vtt -o 'a b.h'
ok "fates over a header of a policy" refused replay -p ./with.c:switch=keep t.vtt --fates 'a b.h'
ok "the header is as it was" grep -qx '#define OF_A_HEADER' 'a b.h'
ok "compare over a result" refused compare -o json:base.json base.json keep.json
code=0
# shellcheck disable=SC2094 # that is what is tried
"$vtick" import trace-cmd - -o c.dat <c.dat 2>refused.err || code=$?
equal "import of standard input over itself" $code 2
ok "that is said" grep -q "c.dat: would be overwritten, but is also read as 'standard input'" refused.err
code=0
# shellcheck disable=SC2094
"$vtick" dump t.vtt >>t.vtt 2>refused.err || code=$?
equal "a dump behind its trace" $code 2
ok "that is said, too" grep -q "standard output: would be overwritten, but is also read as 't.vtt'" refused.err
ok "replay over an installed policy" refused replay -p virtual t.vtt -o "$build/policies/virtual.so"
echo '{"schema": "vtick.rules/1", "rules": []}' >rules.json
ok "compare over its rules" refused compare --rules rules.json -o text:rules.json base.json keep.json
ok "a golden over its result" refused compare --golden base.json base.json
ok "record over its command" refused record --allow-empty --duration 100ms -o mine.c -- ./mine.c
cp "$vtick" own
code=0
./own gen --duration 10ms -o own 2>refused.err || code=$?
equal "vtick over itself" $code 2
ok "vtick is as it was" cmp own "$vtick"
ok "two outputs, one file" refused replay -p virtual t.vtt -o two.json --fates ./two.json
ok "two reports, one file" refused compare -o json:two.json -o csv:two.json base.json keep.json
ok "the whole report over another" refused compare -o json:keep2 --full keep2 base.json keep.json
ok "fates among a result" refused replay -p virtual t.vtt --fates -
code=0
# shellcheck disable=SC2094
"$vtick" replay -p virtual t.vtt -o two.json >>two.json 2>refused.err || code=$?
equal "a file that is standard output, too" $code 2
ok "nothing came of it" test ! -s two.json
ok "the trace is as it was" cmp t.vtt keep.vtt
ok "the capture is as it was" cmp c.dat "$capture"
ok "the policy is as it was" cmp mine.c "$top/replay/policies/virtual.c"
ok "the result is as it was" cmp base.json keep.json
ok "the costs are as they were" grep -qx '{}' costs.json

# shellcheck disable=SC2317 # soon() calls it
writes()
{
	[ -n "$(find "/proc/$writer/fd" -lname "$PWD/*" ! -lname '*/err.txt' 2>/dev/null)" ]
}

# A signal takes the temporary along, and the old file stays.
for signal in INT TERM HUP QUIT PIPE KILL; do
	echo old >big.vtt
	# Standard shells start a background process with SIGINT ignored.
	env --default-signal=INT,QUIT "$vtick" gen --domains 16 --vcpus 4 --lps 4 --duration 600 -o big.vtt 2>err.txt &
	writer=$!
	ok "$signal: it writes" soon writes
	kill -$signal $writer
	code=0
	wait $writer || code=$?
	ok "$signal: the command dies of it" test $code -gt 128
	ok "$signal: nothing is left" test -z "$(find . -name 'big.vtt?*')"
	ok "$signal: the file stays as it was" grep -qx old big.vtt
done

# A limit is an error like a full disk.
(
	ulimit -f 1
	"$vtick" gen --domains 4 --vcpus 4 --lps 4 --duration 10 -o limit.vtt 2>limit.err
	echo $? >limit.code
)
ok "over the limit of file size: exit 2" grep -qx 2 limit.code
ok "over the limit of file size: one line" grep -q 'limit.vtt: cannot be written: File too large' limit.err
ok "over the limit of file size: no file" test ! -e limit.vtt
ok "nothing is left over" test -z "$(find . -name '*.tmp.*' -o -name '*-journal')"
finish
