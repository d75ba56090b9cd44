# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in behind lib.sh
# A Slurm cluster of one machine, with all that it has in one folder: no service of the machine's, no root, no network but
# its own address. Its daemons are children of the test, and end with it.

until_there()
{
	for _ in $(seq 600); do
		[ ! -e "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

# slurm_start FOLDER [CPUS]: as many jobs run at once as it has CPUs, whatever the machine has. Exports $SLURM_CONF.
slurm_start()
{
	slurm=$1
	mkdir -p "$slurm/state" "$slurm/spool"
	chmod 755 "$slurm"
	PATH=$PATH:/usr/sbin:/sbin
	host=$(hostname -s) user=$(id -un) port=$((20000 + $$ % 5000 * 2))
	cat >"$slurm/slurm.conf" <<END
ClusterName=vtick
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CredType=cred/munge
SlurmUser=$user
SlurmdUser=$user
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
SlurmdParameters=config_overrides
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=${2-4} RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
PartitionName=other Nodes=ALL State=UP
END
	export SLURM_CONF="$slurm/slurm.conf"
	head -c 1024 /dev/urandom >"$slurm/munge.key"
	chmod 400 "$slurm/munge.key"
	munged --foreground --force --socket="$slurm/munge.socket" --key-file="$slurm/munge.key" \
		--pid-file="$slurm/munged.pid" --log-file="$slurm/munged.log" --seed-file="$slurm/munged.seed" \
		</dev/null >"$slurm/munged.txt" 2>&1 &
	slurm_daemons=$!
	until_there "$slurm/munge.socket" || return 1
	slurmctld -c -D </dev/null >"$slurm/slurmctld.txt" 2>&1 &
	slurm_daemons="$slurm_daemons $!"
	slurmd -D </dev/null >"$slurm/slurmd.txt" 2>&1 &
	slurm_daemons="$slurm_daemons $!"
	for _ in $(seq 600); do
		[ "$(sinfo -h -o %T 2>/dev/null)" != idle ] || return 0
		sleep 0.1
	done
	return 1
}

# slurm_end: ends what was started, last of all.
slurm_daemons=''
slurm_end()
{
	[ -n "$slurm_daemons" ] || return 0
	scancel --signal=KILL --user="$(id -un)" 2>/dev/null || :
	for _ in $(seq 300); do # jobs end before who would end them
		[ -n "$(squeue -h 2>/dev/null)" ] || break
		sleep 0.1
	done
	# shellcheck disable=SC2086 # numbers
	kill $slurm_daemons 2>/dev/null || :
	wait
}
