# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # read in after common.sh
# Folders that a user names, of which only what these scripts made is theirs: one at a time, all or nothing.

# hold NUMBER FOLDER [-s]: nobody else who asks works in the folder until this script has ended, or with -s writes into
# it. The kernel's lock, on the folder itself as descriptor NUMBER: whoever is killed does not leave it.
hold()
{
	command -v flock >/dev/null || trouble "flock is not installed (util-linux)"
	[ -d "$2" ] || trouble "$2 is no folder"
	eval "exec $1<\"\$2\"" || trouble "$2 cannot be read"
	held=0
	flock -n -E 75 ${3+"$3"} "$1" || held=$?
	[ $held = 75 ] || [ $held = 0 ] || trouble "$2 cannot be locked"
	[ $held = 75 ] || return 0
	printf '%s\n' "$me: waits for another that works in $2" | plain >&2
	flock -w 600 ${3+"$3"} "$1" || trouble "another still works in $2"
}

# own_folder NUMBER FOLDER: holds a folder, which is made if it is not there, and goes again if nothing comes into it.
own_folder()
{
	[ -d "$2" ] || fresh=$2
	mkdir -p "$2" || trouble "$2 cannot be made"
	hold "$1" "$2"
	finish_placing "$2"
}

# same_folder A B: by whatever names.
same_folder()
{
	[ -d "$1" ] && [ -d "$2" ] && [ "$(stat -Lc %d:%i -- "$1")" = "$(stat -Lc %d:%i -- "$2")" ]
}

# stage FOLDER: a new folder FOLDER/.vtick-new for files that place_all() puts in their place.
stage()
{
	rm -rf "$1/.vtick-new"
	mkdir "$1/.vtick-new" || trouble "$1 cannot be written"
	staged=$1/.vtick-new
}

staged='' fresh=''
undo()
{
	[ -z "$staged" ] || rm -rf "$staged"
	[ -z "$fresh" ] || rmdir "$fresh" 2>/dev/null || :
}

# place_all FOLDER: the files of .vtick-new come, those that its list .gone names go. The rename of the folder is the
# moment from which on all of it happens, by this script or by the next.
place_all()
{
	trap '' HUP INT TERM
	[ ! -L "$1/.vtick-ready" ] || rm "$1/.vtick-ready"
	mv -T "$1/.vtick-new" "$1/.vtick-ready"
	finish_placing "$1"
	end_on_signals
}

# half_placed FOLDER: a script was killed between its files. A link of that name is nobody's doing here.
half_placed()
{
	[ -d "$1/.vtick-ready" ] && [ ! -L "$1/.vtick-ready" ]
}

finish_placing()
{
	half_placed "$1" || return 0
	for placed in "$1/.vtick-ready"/*; do
		[ ! -f "$placed" ] || [ -L "$placed" ] || mv -fT "$placed" "$1/${placed##*/}"
	done
	if [ -f "$1/.vtick-ready/.gone" ]; then
		while IFS= read -r placed; do
			case $placed in
			*/* | .*) ;;
			*) rm -f "$1/$placed" ;;
			esac
		done <"$1/.vtick-ready/.gone"
	fi
	rm -rf "$1/.vtick-ready"
}

. "$top/ci/made.sh"
