#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick record` needs root: what it writes is not for all, and what it runs is not root's.
# Tier: check
# Needs: kvm root
. "$PWD/ci/tests/lib.sh"
need setpriv jq
cd "$work" || exit 1
umask 022

"$vtick" record --allow-empty --duration 200ms -o probe.vtt 2>why.txt || skip "$(cat why.txt)"

# as NAME EXIT-CODE [VARIABLE=VALUE]... RECORD-OPTIONS...: a short recording, of no guest it may be.
as() {
	name=$1 want=$2 code=0 variables=''
	shift 2
	while expr "$1" : '[A-Z_]*=' >/dev/null; do
		variables="$variables $1"
		shift
	done
	# shellcheck disable=SC2086 # words
	env $variables "$vtick" record --allow-empty "$@" >out.txt 2>err.txt || code=$?
	if [ $code = "$want" ]; then ok "$name: exit code $want"; else fail "$name: exit code $code" err.txt; fi
}
mode() { stat -c %a "$1"; }

# ---- what it writes ----
as "a trace" 0 --duration 100ms -o a.vtt
equal "a trace is its owner's alone" "$(mode a.vtt)" 600
cp a.vtt open.vtt
chmod 666 open.vtt
as "over one that all could write" 0 --duration 100ms -o open.vtt
equal "the new one is its owner's alone" "$(mode open.vtt)" 600
as "readable" 0 --readable --duration 100ms -o r.vtt
equal "--readable: as the umask says" "$(mode r.vtt)" 644
as "flight" 0 --flight 1 --duration 100ms -o f.vtt
equal "flight: its owner's alone" "$(mode f.vtt)" 600
as "flight, readable" 0 --flight 1 --readable --duration 100ms -o fr.vtt
equal "flight, --readable" "$(mode fr.vtt)" 644

# A folder in which others put links.
mkdir others
chmod 1777 others
chmod 755 .
echo precious >precious
link() { setpriv --reuid 65534 --regid 65534 --clear-groups ln -s "$work/$1" "others/$2"; }
link precious a.vtt
link precious f.vtt
as "another's link" 2 --duration 100ms -o others/a.vtt
ok "another's link: says whose" grep -q 'leads through a link that belongs to user 65534' err.txt
as "another's link, flight" 2 --flight 1 --duration 100ms -o others/f.vtt
as "another's link, not the caller's" 2 SUDO_UID=1 --duration 100ms -o others/a.vtt
equal "another's link: nothing written through it" "$(cat precious)" precious
link new c.vtt
as "the caller's link" 0 SUDO_UID=65534 --duration 100ms -o others/c.vtt
equal "the caller's link is followed, to a file of theirs" "$(stat -c "%a %u" new)" "600 65534"
# The older file goes aside, whatever others call its place.
setpriv --reuid 65534 --regid 65534 --clear-groups ln -s "$work/precious" others/o.vtt.old
cp a.vtt others/o.vtt
as "a link where the older file goes" 0 --duration 100ms -o others/o.vtt
equal "a link where the older file goes: not followed" "$(cat precious)" precious

# What comes to nothing leaves what was there.
sha=$(sha256sum <a.vtt)
rm -f a.vtt.old
as "a slip in the command" 2 -o a.vtt -- /nonexistent/typo
equal "a slip in the command: the old trace stays" "$(sha256sum <a.vtt) $(ls a.vtt*)" "$sha a.vtt"
mknod null c 1 3
as "a slip, to a device" 2 -o null -- /nonexistent/typo
ok "a slip, to a device: it stays one" test -c null
as "a slip, flight" 2 --flight 1 -o a.vtt -- /nonexistent/typo
equal "a slip, flight: the old trace stays" "$(sha256sum <a.vtt) $(ls a.vtt*)" "$sha a.vtt"

# ---- what it runs ----
# shellcheck disable=SC2016 # the command's variables
who='echo $(id -u) $(id -g) $(id -G) $HOME ${SUDO_UID-unset}'
nobody=$(getent passwd nobody | cut -d: -f3,4,6 | tr : ' ')
uid=${nobody%% *} gid=$(id -g nobody) home=${nobody##* }
# identity NAME WANTED [VARIABLE=VALUE]... RECORD-OPTIONS...
identity() {
	identity=$1 wanted=$2
	shift 2
	rm -f w.vtt
	as "$identity" 0 "$@" -o w.vtt -- sh -c "$who"
	equal "$identity" "$(cat out.txt)" "$wanted"
}
identity "root's own" "0 0 $(id -G) $HOME unset"
identity "behind sudo: the caller" "$uid $gid $(id -G nobody) $home unset" SUDO_UID="$uid" SUDO_GID="$gid" SUDO_USER=nobody
identity "behind sudo, --user root" "0 0 $(id -G) $HOME $uid" SUDO_UID="$uid" SUDO_GID="$gid" --user root
identity "behind sudo: a caller without a name" "54321 54322 54322 unset" SUDO_UID=54321 SUDO_GID=54322 HOME=/x
identity "behind sudo: root" "0 0 $(id -G) $HOME 0" SUDO_UID=0 SUDO_GID=0
identity "behind pkexec" "$uid $gid $(id -G nobody) $home unset" PKEXEC_UID="$uid"
identity "behind doas" "$uid $gid $(id -G nobody) $home unset" DOAS_USER=nobody
identity "--user nobody" "$uid $gid $(id -G nobody) $home unset" --user nobody
identity "--user by its id" "$uid $gid $(id -G nobody) $home unset" --user "$uid"
rm -f x.vtt
as "--user nosuch" 2 --user nosuch -o x.vtt -- true
ok "--user nosuch: says so" grep -q "^vtick: --user is 'nosuch', expected a user of this machine$" err.txt
as "SUDO_UID that is no id" 2 SUDO_UID=me -o x.vtt -- true
ok "none of these leaves a file" test ! -e x.vtt
# What only root may execute is no command of the caller's.
cp /bin/true mine
chmod 700 mine
as "root's command" 2 SUDO_UID="$uid" SUDO_GID="$gid" -o x.vtt -- ./mine
ok "root's command: says so" grep -q "cannot run './mine': Permission denied" err.txt

# Signals and descriptors: as they are by default, whatever vtick was given.
# shellcheck disable=SC2016
state='grep -E "^Sig(Ign|Blk)" /proc/self/status; ls /proc/self/fd'
# (ls has one more, for the folder.)
(
	trap '' HUP PIPE USR1
	exec 7<precious 9>nine
	as "signals and descriptors" 0 -o s.vtt -- sh -c "$state"
)
equal "no signal is ignored or blocked" "$(grep Sig out.txt | tr -d '\t' | tr '\n' ' ')" \
	"SigBlk:0000000000000000 SigIgn:0000000000000000 "
equal "no descriptor but the standard ones" "$(grep -v Sig out.txt | tr '\n' ' ')" "0 1 2 3 "
# One that writes into a pipe that nobody reads ends, as it would without a recorder.
as "SIGPIPE" 0 -o p.vtt -- sh -c 'yes | head -n 1; yes >/proc/self/fd/1 | :'
ok "SIGPIPE: ends by it" grep -q '^y$' out.txt

# Deaf to SIGTERM: killed after a grace, and the recording is there.
# shellcheck disable=SC2016
deaf='trap "" TERM INT; echo $$ >deaf.pid; exec sleep 600'
start=$(date +%s)
as "a deaf command" 0 --duration 300ms -o deaf.vtt -- sh -c "$deaf"
took=$(($(date +%s) - start))
if [ $took -ge 4 ] && [ $took -le 30 ]; then ok "a deaf command: after five seconds"; else fail "a deaf command: $took s"; fi
ok "a deaf command: says so" grep -q "^vtick: warning: 'sh' does not end at SIGTERM, it was killed$" err.txt
ok "a deaf command: it is gone" test ! -e "/proc/$(cat deaf.pid)"
ok "a deaf command: the trace is whole" "$vtick" check --quiet deaf.vtt
# Who asks again does not wait.
rm deaf.pid
"$vtick" record --allow-empty -o deaf2.vtt -- sh -c "$deaf" 2>err.txt &
recorder=$!
soon test -s deaf.pid
kill -INT $recorder
sleep 0.7
kill -INT $recorder
start=$(date +%s)
soon gone "$(cat deaf.pid)"
if [ $(($(date +%s) - start)) -le 3 ]; then ok "interrupted twice: at once"; else fail "interrupted twice" err.txt; fi
code=0
wait $recorder || code=$?
equal "a deaf command, interrupted twice: exit code" $code 0
ok "interrupted twice: the trace is whole" "$vtick" check --quiet deaf2.vtt
finish
