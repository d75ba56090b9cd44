#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Puts a report in markdown on a pull request (GitHub) or merge request (GitLab), as one comment: the one of before, if
# there is one, is written anew. For the templates of ci/templates; it reads the variables that their CI sets.
#
#   ci/comment.sh [--name NAME] github|gitlab FILE
#
#   --name NAME    tells comments of several reports on one request apart (default gate)
#
# Needs curl and jq. GitHub: GITHUB_TOKEN, with permission pull-requests: write, and NUMBER, the pull request's.
# GitLab: GITLAB_TOKEN, of a project access token with the scope api; a job's own may not comment. Only a comment of
# the token's own user is written anew (GitHub: VTICK_AUTHOR, default github-actions[bot]), whatever others write.
# Exit codes: 0 it is there, 2 trouble.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/ci/common.sh"
name=gate where='' file=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) help ;;
	--name)
		need "$1" $#
		name=$2
		shift
		;;
	-*) trouble "'$1' is no option (see $we --help)" ;;
	*) if [ -z "$where" ]; then where=$1; else file=$1; fi ;;
	esac
	shift
done
case $name in
*[!A-Za-z0-9_.-]* | '') trouble "--name is '$name', expected letters, digits and _.-" ;;
esac
[ -f "$file" ] || trouble "'$file' is no file, expected a report (see $we --help)"

# wants VARIABLE WHAT
wants()
{
	eval "[ -n \"\${$1-}\" ]" || trouble "$1 is not set, expected $2"
}

# call METHOD URL [BODY]: the answer is in $work/answer. The token stands in no command line.
call()
{
	code=$(printf 'header = "%s"\n' "$header" |
		curl --silent --show-error --config - --max-time 60 --retry 3 --request "$1" --output "$work/answer" --write-out '%{http_code}' \
			--header 'Content-Type: application/json' ${3:+--data-binary "@$3"} --url "$2") || trouble "$2: curl failed"
	case $code in
	2??) ;;
	*) trouble "$1 $2: answered $code: $(jq -r '.message // empty' "$work/answer" 2>/dev/null | head -n 1)" ;;
	esac
}

case $where in
github)
	wants GITHUB_TOKEN "a token that may write comments (permissions: pull-requests: write)"
	wants GITHUB_REPOSITORY "OWNER/NAME"
	wants NUMBER "the number of the pull request"
	api=${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/issues
	list=$api/$NUMBER/comments one=$api/comments change=PATCH header="Authorization: Bearer $GITHUB_TOKEN"
	me=${VTICK_AUTHOR:-github-actions[bot]}
	;;
gitlab)
	wants GITLAB_TOKEN "a project access token with the scope api"
	wants CI_API_V4_URL "what GitLab sets"
	wants CI_PROJECT_ID "what GitLab sets"
	wants CI_MERGE_REQUEST_IID "the number of the merge request"
	list=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
	one=$list change=PUT header="PRIVATE-TOKEN: $GITLAB_TOKEN"
	call GET "$CI_API_V4_URL/user"
	me=$(jq -r '.username // empty' "$work/answer")
	;;
*) trouble "'$where' is neither github nor gitlab (see $we --help)" ;;
esac

mark="<!-- vtick $name -->"
jq -Rs --arg mark "$mark" '{ body: ($mark + "\n" + .) }' <"$file" >"$work/body.json"
id='' page=1
while [ -z "$id" ] && [ "$page" -le 50 ]; do
	call GET "$list?per_page=100&page=$page"
	[ "$(jq length "$work/answer")" -gt 0 ] || break
	id=$(jq -r --arg mark "$mark" --arg me "$me" 'first(.[] | select((.body // "" | startswith($mark)) and (.user.login // .author.username) == $me) | .id) // empty' "$work/answer")
	page=$((page + 1))
done
case $id in
'') call POST "$list" "$work/body.json" ;;
*[!0-9]*) trouble "the comment of before has no number" ;;
*) call "$change" "$one/$id" "$work/body.json" ;;
esac
