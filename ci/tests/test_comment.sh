#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One comment on a pull request, posted first and then written anew: against a stand-in for curl that keeps comments
# as GitHub and GitLab do.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1
mkdir bin
cat >bin/curl <<'END'
#!/bin/sh
# Comments stand in $SERVER/comments.json; what is called, in $SERVER/calls; who asks, in $SERVER/header.
echo "$*" >>"$SERVER/calls"
method=GET body='' output=/dev/null url=''
while [ $# -gt 0 ]; do
	case $1 in
	--config) cat >"$SERVER/header" ;;
	--request) method=$2 ;;
	--data-binary) body=${2#@} ;;
	--output) output=$2 ;;
	--url) url=$2 ;;
	esac
	shift
done
[ -z "$(cat "$SERVER/down" 2>/dev/null)" ] || { echo '{"message": "no\u001b[31m"}' >"$output"; cat "$SERVER/down"; exit 0; }
me=$(cat "$SERVER/me")
case $method:$url in
GET:*/user) jq -n --arg me "$me" '{ username: $me }' >"$output" ;;
GET:*per_page=100\&page=*) jq --argjson page "${url##*=}" '.[($page - 1) * 100:$page * 100]' "$SERVER/comments.json" >"$output" ;;
POST:*) jq --arg me "$me" --slurpfile b "$body" '. + [{ id: (length + 1000), body: $b[0].body, user: { login: $me }, author: { username: $me } }]' \
	"$SERVER/comments.json" >"$SERVER/new" && mv "$SERVER/new" "$SERVER/comments.json" && echo '{}' >"$output" ;;
PATCH:* | PUT:*) jq --argjson id "${url##*/}" --slurpfile b "$body" 'map(if .id == $id then .body = $b[0].body else . end)' \
	"$SERVER/comments.json" >"$SERVER/new" && mv "$SERVER/new" "$SERVER/comments.json" && echo '{}' >"$output" ;;
esac
printf 200
END
chmod +x bin/curl
PATH=$work/bin:$PATH
export PATH SERVER="$work/server"
mkdir server
export GITHUB_TOKEN=geheim GITHUB_REPOSITORY=o/r NUMBER=7
export GITLAB_TOKEN=geheim CI_API_V4_URL=https://gitlab.test/api/v4 CI_PROJECT_ID=3 CI_MERGE_REQUEST_IID=9

for forge in github gitlab; do
	echo 'github-actions[bot]' >server/me
	# A hundred comments of others, of which one begins as ours do.
	jq -n '[range(100) | { id: ., body: (if . == 50 then "<!-- vtick gate -->\nof a stranger" else "talk" end), user: { login: "eve" }, author: { username: "eve" } }]' \
		>server/comments.json
	: >server/calls
	printf 'first *report*\n"quoted" \\ back\n' >one.md
	code "$forge: the first report" 0 sh "$top/ci/comment.sh" $forge one.md
	equal "$forge: is a comment more" "$(jq length server/comments.json)" 101
	equal "$forge: as it was written" "$(jq -r '.[100].body' server/comments.json)" "<!-- vtick gate -->
$(cat one.md)"
	printf 'second\n' >two.md
	code "$forge: the next report" 0 sh "$top/ci/comment.sh" $forge two.md
	equal "$forge: is none more" "$(jq length server/comments.json)" 101
	equal "$forge: but in its place" "$(jq -r '.[100].body' server/comments.json)" "<!-- vtick gate -->
second"
	equal "$forge: a stranger's stays" "$(jq -r '.[50].body' server/comments.json)" "<!-- vtick gate -->
of a stranger"
	code "$forge: a report of another name" 0 sh "$top/ci/comment.sh" --name patch $forge one.md
	equal "$forge: is another comment" "$(jq length server/comments.json)" 102
	ok "$forge: the token is in no command line" sh -c '! grep -q geheim server/calls'
	has "$forge: but in the header" geheim server/header
	echo 403 >server/down
	fails "$forge: a token that may not" 'answered 403: no?\[31m$' sh "$top/ci/comment.sh" $forge one.md
	rm server/down
done
fails "no token" 'GITHUB_TOKEN is not set' env -u GITHUB_TOKEN sh "$top/ci/comment.sh" github one.md
fails "no file" "'none.md' is no file" sh "$top/ci/comment.sh" github none.md
fails "another forge" "'sourcehut' is neither" sh "$top/ci/comment.sh" sourcehut one.md
fails "a name that would end the mark" "expected letters" sh "$top/ci/comment.sh" --name 'x -->' github one.md
finish
