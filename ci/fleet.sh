#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replays many traces in shards, here or on a Slurm cluster, and merges what came.
#
#   ci/fleet.sh --local|--slurm --out FOLDER [OPTION]... [TRACE|FOLDER]... [-- OPTION-OF-REPLAY...]
#
#   --build FOLDER     holds vtick (default build)
#
# The same call again replays what is missing and what is no longer current. Exit codes: 0 all is replayed and merged,
# or with --slurm submitted; 2 trouble: a shard was killed, a trace is bad, a cell was lost. The rest is merged.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
. "$top/ci/folder.sh"
. "$top/ci/fleet-run.sh"
. "$top/ci/fleet-slurm.sh"
where='' out='' shards=8 jobs='' build=$our_build waits=''
: >"$work/traces" && : >"$work/sbatch"

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--local | --slurm)
		[ -z "$where" ] || trouble "--local and --slurm are one or the other"
		where=${1#--} && shift && continue
		;;
	--wait) waits=--wait && shift && continue ;;
	--) shift && break ;;
	--out | -p | --files-from | --shards | --jobs | --partition | --time | --memory | --sbatch | --build) need "$1" $# ;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*)
		a_trace "$1"
		shift
		continue
		;;
	esac
	case $1 in
	--out) out=$2 ;;
	-p) printf '%s\n' "$2" >>"$work/policies" ;;
	--files-from) traces_from "$2" ;;
	--shards) shards=$2 && a_number "$1" "$2" ;;
	--jobs) jobs=$2 && a_number "$1" "$2" ;;
	--partition | --time) printf '%s=%s\n' "$1" "$2" >>"$work/sbatch" ;;
	--memory) printf -- '--mem=%s\n' "$2" >>"$work/sbatch" ;;
	--sbatch) printf '%s\n' "$2" >>"$work/sbatch" ;;
	--build) build=$2 ;;
	esac
	shift 2
done
[ -n "$where" ] || trouble "where is it to run? expected --local or --slurm"
[ -n "$out" ] || trouble "--out FOLDER is missing"
[ "$where" = slurm ] || [ ! -s "$work/sbatch" ] || trouble "--partition, --time, --memory and --sbatch are of --slurm alone"
[ -s "$work/traces" ] || trouble "no trace was given"
find_vtick "$(cd "$build" && pwd)"
default_policies
mkdir -p "$out" || trouble "$out cannot be made"
out=$(cd "$out" && pwd)
hold 9 "$out"
not_running
lay_out "$@"
if [ "$where" = local ]; then run_here; else submit; fi
