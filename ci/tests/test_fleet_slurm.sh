#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A fleet, here and on a real Slurm: 200 traces in 8 shards, three of them broken; a task is killed in its midst, the same
# call again does what is missing, and the merges are the same to the last byte.
# Tier: check
# shellcheck disable=SC2317 # functions are called through ok() and code()
. "$PWD/ci/tests/lib.sh"
. "$top/ci/tests/slurm.sh"
need jq munged slurmctld slurmd sbatch scancel squeue sinfo
trap 'slurm_end; chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"; [ -n "$finished" ] || { echo "not ok - the test ended early"; exit 1; }' EXIT
cd "$work" || exit 1
mkdir traces traces/sub
number=0
while [ $number -lt 197 ]; do
	folder=traces
	[ $((number % 9)) -gt 0 ] || folder=traces/sub
	"$vtick" gen --domains 2 --vcpus 1 --lps 1 --duration $((50 + number % 7 * 20))ms --seed $number -o $folder/t$number.vtt ||
		exit 1
	number=$((number + 1))
done
head -c 300 traces/t1.vtt >traces/cut.vtt
: >traces/empty.vtt
sed 's/./x/' traces/t2.vtt >traces/sub/changed.vtt

# fleet WORD...: as everywhere in this test.
fleet()
{
	"$top/ci/fleet.sh" --build "${vticks:-$build}" -p virtual -p passthrough "$@" traces
}

# ---- here ----
code "here: three bad traces are trouble" 2 fleet --local --jobs 2 --out here
for trace in cut empty sub/changed; do
	has "$trace is named" "^vtick: $trace: offset" err.txt
done
ok "all others are merged" sh -c "jq -e . here/merged.json >merged.txt"
cp here/merged.json first.json
code "again" 2 fleet --local --out here
ok "is the same" cmp first.json here/merged.json
code "in one shard" 2 fleet --local --shards 1 --out one
ok "is the same" cmp first.json one/merged.json

printf 'traces/t1.vtt\ntraces/t2.vtt' >list.txt
printf 'traces/t3.vtt\0' >nuls.txt
code "lists, a folder, an option of replay" 2 "$top/ci/fleet.sh" --build "$build" -p virtual --local --shards 2 --out list --files-from list.txt \
	--files-from nuls.txt \
	traces/sub -- --closed-loop
equal "all of them" "$(jq -r '[.cells[] | .trace.name] | length' list/merged.json)" 25
equal "and with the option" "$(jq .provenance.made_from.mode.closed_loop list/merged.json)" true
mkdir mine
touch mine/file
fails "a folder of others is left alone" 'mine is not empty and no fleet.s, expected a new folder' fleet --local --out mine
fails "options of sbatch" 'are of --slurm alone' fleet --local --out new --time 5
fails "a number" "--shards is '0', expected a number above 0" fleet --local --out new --shards 0
fails "neither here nor there" 'expected --local or --slurm' fleet --out new
fails "no trace" 'no trace was given' "$top/ci/fleet.sh" --build "$build" --local --out new

# ---- the gate on it ----
mkdir few
cp traces/t1.vtt traces/t5.vtt few
set -- -p virtual -p passthrough --traces few --golden gold
"$top/ci/accept.sh" --reason new "$@" "$build" >accept.txt 2>&1
code "the gate as a fleet" 0 env VTICK_FLEET="--local --shards 2" "$top/ci/gate.sh" "$@" --out gate "$build"
code "the gate without it" 0 "$top/ci/gate.sh" "$@" --out gate-plain "$build"
equal "the same cells" "$(jq -cS .cells gate/t1.json gate/t5.json)" "$(jq -cS .cells gate-plain/t1.json gate-plain/t5.json)"
night()
{
	"$top/ci/nightly.sh" --store nights -p virtual -p passthrough --traces few --pairs 0 --build "$build"
}
VTICK_FLEET=--local
export VTICK_FLEET
code "a night as a fleet" 0 night
unset VTICK_FLEET
code "a night without it" 0 night
has "has the same cells" '^same, gate passed: .* of 4 cells'
: >few/t1.vtt
code "a bad trace is trouble" 2 env VTICK_FLEET=--local "$top/ci/gate.sh" "$@" --out gate "$build"
has "and named" 'few/t1.vtt was not replayed' err.txt

# ---- a task that is killed ----
# A vtick that stands still in the midst of shard 3, once all others have ended. Where it has come to its end before it
# could be stopped it begins anew.
mkdir still
cat >still/vtick <<END
#!/bin/sh
case "\$*" in
*"--shard 3/8"*)
	until [ "\$(grep -l ended "$work/\$FLEET/tasks/"* | wc -l)" = 7 ]; do sleep 0.05; done
	touch "$work/\$FLEET.mark"
	state=ended
	while [ \$state = ended ]; do
		find "$work/\$FLEET/results" -name "*.json" -newer "$work/\$FLEET.mark" -delete
		before=\$(find "$work/\$FLEET/results" -type f | wc -l)
		"$vtick" "\$@" &
		while [ "\$(find "$work/\$FLEET/results" -type f | wc -l)" = "\$before" ]; do :; done
		kill -STOP \$!
		state=runs
		while [ \$state = runs ]; do
			case \$(sed -n "s/^State:[[:space:]]*//p" /proc/\$!/status) in
			T*) state=stands ;;
			[ZX]* | "") state=ended ;;
			esac
		done
	done
	echo \$! >"$work/\$FLEET.still"
	code=0
	wait \$! || code=\$?
	exit \$code
	;;
esac
exec "$vtick" "\$@"
END
chmod +x still/vtick

# Killed is what a task runs: here, or by Slurm all that its job is.
vticks=$work/still
export FLEET=killed
"$top/ci/fleet.sh" --build still -p virtual -p passthrough --local --jobs 4 --out killed traces >out.txt 2>err.txt &
fleet=$!
ok "shard 3 stands still" soon test -s killed.still
kill -KILL "$(cat killed.still)"
got=0
wait $fleet || got=$?
equal "a task that is killed is trouble" "$got" 2
has "it is named" '^fleet: shard 3 of 8 was killed; the same call again does what is missing: see .*/logs/3.txt' err.txt
vticks=
code "the same call again" 2 fleet --local --out killed
ok "gives the same" cmp first.json killed/merged.json

# ---- Slurm ----
slurm_start "$work/slurm" 4 || { fail "Slurm does not start" "$slurm/munged.txt" "$slurm/slurmctld.txt" "$slurm/slurmd.txt"; finish; }
# Its folder's name is what Slurm's patterns, a shell and options would take for theirs.
odd="it's -5%a \$HOME"
export FLEET="$odd"
vticks=still
code "submitted" 0 fleet --slurm --partition other --time 5 --memory 100M --out "./$odd"
has "the jobs' numbers are told" '^submitted: the array [0-9]* of 8 shards, and the merge [0-9]*,'
read -r array merge <"$odd/jobs"
squeue -h -o '%A %a %P %l %m %E' -j "$array,$merge" >jobs.txt
has "with partition, time and memory" " other 5:00 100M " jobs.txt
ok "shard 3 stands still" soon test -s "$odd.still"
fails "while it runs nothing else is submitted" "the jobs $array and $merge still run on" fleet --slurm --out "./$odd"
ok "a signal" scancel --signal=KILL "${array}_3"
ok "the merge comes nevertheless" soon test -s "$odd/ended"
has "the task is named" '^fleet: shard 3 of 8 was killed; the same call again does what is missing: see .*/logs/3.txt$' \
	"$odd/logs/merge-said.txt"
ok "what is merged is called partial" test -s "$odd/partial.json" -a ! -e "$odd/merged.json"
before=$(find "./$odd/results" -name '*.json' | wc -l)
touch mark
# What has ended is in the queue for a moment.
over()
{
	[ -z "$(squeue -h -j "$array,$merge" 2>/dev/null)" ]
}
ok "both jobs are over" soon over
vticks=
code "the same call again" 2 fleet --slurm --wait --out "./$odd"
ok "gives what came here, to the last byte" cmp first.json "$odd/merged.json"
made=$(find "./$odd/results" -name '*.json' -newer mark -exec grep -L '"unreadable"' {} + | wc -l)
ok "and did what was missing only ($before before, $made then)" test "$made" -gt 0 -a $((made + before)) = 200
finish
