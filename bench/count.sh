#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Counts instructions with callgrind: they repeat where seconds do not. Prints how many vtick's and its policies' own
# code takes and how many all of it with its libraries, children included. The command's exit code.
# Usage: bench/count.sh FOLDER COMMAND...    FOLDER is for callgrind's files
set -eu

here=$(dirname "$0")
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
valgrind --quiet --tool=callgrind --trace-children=yes --callgrind-out-file="$folder/%p" "$@" >/dev/null
awk -f "$here/count.awk" "$folder"/*
