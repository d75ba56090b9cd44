#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the first example of each command's manual page, of an installed vtick: what it takes is made before, or lies in the
# present folder already: xen.trc, and later.c, a policy. For test_examples.sh and test_deb.sh.
#
#   examples.sh PREFIX [COMMAND-BESIDE-RECORD...]
#
# Prints "ok" or "not ok", the command, and the example, and what it said where it is not. A recording wants guests, which the
# command that is given runs; without one that example is left out.
set -eu
prefix=$1
shift
PATH=$prefix/bin:$PATH
export PATH GIT_CONFIG_GLOBAL="$PWD/gitconfig" GIT_CONFIG_NOSYSTEM=1
unset VTICK_POLICY_PATH VTICK_KIND_PATH
git config --global user.name test
git config --global user.email test@example.org
git config --global init.defaultBranch main
failed=0

# The first line of a page's examples that calls the command.
example_of()
{
	gzip -dcf "$prefix/share/man/man1/vtick-$1.1"* | sed -n '/^\.SH EXAMPLES/,/^\.SH [^E]/p' |
		sed 's/\\-/-/g; s/\\(ti/~/g; s/^sudo //' | sed -n "/^vtick $1\\>/p; /&& vtick $1 /p" | head -n 1
}

# runs COMMAND [FOLDER]
runs()
{
	example=$(example_of "$1")
	[ -n "$example" ] || {
		echo "not ok $1: its page has no example"
		failed=1
		return
	}
	if (cd "${2-.}" && sh -c "$example") >said 2>&1 </dev/null; then
		echo "ok $1: $example"
	else
		echo "not ok $1: $example"
		sed 's/^/#   /' said | head -n 20
		failed=1
	fi
}

vtick help | sed -n '/^$/d; /^A first/q; s/^  \([a-z-]*\) .*/\1/p' >commands
done=' '
# once COMMAND [FOLDER]
once()
{
	case $done in *" $1 "*) return ;; esac
	done="$done$1 "
	runs "$@"
}

if [ $# -gt 0 ]; then
	"$@" >guests 2>&1 &
	guests=$!
	once record
	wait "$guests" || true
else
	done=' record '
	cp "$prefix/share/vtick/corpus/kvm-live-2x2.vtt" host.vtt
fi
once gen
once replay
cp mail.json accepted.json
mkdir traces traces-of-my-hosts crash
ln -s "$prefix/share/vtick/corpus" traces/corpus
vtick cut mail.vtt --to 1 -o traces/mail.vtt
cp traces/mail.vtt traces-of-my-hosts/some.vtt
# A policy of one's own that was changed, in a repository, and one that crashes.
git init -q .
cp "$prefix/share/doc/vtick/replay/example/poll.c" mine.c
git add mine.c
git commit -q -m "First"
git tag v1
cp later.c mine.c
git commit -q -a -m "Later"
sed 's/v->deadline > now/(*(volatile char *)0 = 0, v->deadline > now)/' "$prefix/share/doc/vtick/replay/example/poll.c" >crash/mine.c
vtick cut host.vtt --to 0.2 -o crash/host.vtt
rm traces/corpus
once accept
once nightly
once reduce crash
ln -s "$prefix/share/vtick/corpus" traces/corpus
once check
rm traces/corpus
while read -r command; do
	once "$command"
done <commands
exit $failed
