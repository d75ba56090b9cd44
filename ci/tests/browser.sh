# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # $work is lib.sh's; tests use what is set here
# A headless Chromium, spoken to over pipes (--remote-debugging-pipe: JSON, a NUL behind each). Read in behind lib.sh by
# tests that look at pages; they call browser_start and, at the end, browser_end.

browser_start()
{
	mkfifo "$work/to" "$work/from"
	: >"$work/said"
	# Nothing of a user's is read or written, and nothing is asked of the network.
	HOME=$work chromium-headless-shell --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking \
		--remote-debugging-pipe --user-data-dir="$work/profile" about:blank 3<"$work/to" 4>"$work/from" >"$work/browser.txt" 2>&1 &
	browser=$!
	stdbuf -oL tr '\0' '\n' <"$work/from" >"$work/said" &
	exec 8>"$work/to"
	asked=0 session=''
	trap 'kill "$browser" 2>/dev/null; rm -rf "$work" 2>/dev/null || { sleep 1; rm -rf "$work"; }; [ -n "$finished" ] || { echo "not ok - the test ended early"; exit 1; }' EXIT
	target=$(ask Target.createTarget '{"url": "about:blank"}' | jq -r .result.targetId)
	asked=1 # what ran in $() counted for itself
	session=$(ask Target.attachToTarget "{\"targetId\": \"$target\", \"flatten\": true}" | jq -r .result.sessionId)
	asked=2
	for domain in Page Runtime Log Network; do
		tell $domain.enable '{}'
	done
}

browser_end()
{
	exec 8>&-
	kill "$browser" 2>/dev/null
	wait "$browser" 2>/dev/null
}

# answer_of N: what was answered to request N, all of it, in at most a minute.
answer_of()
{
	tries=0
	until grep -m 1 "^{\"id\":$1,.*}\$" "$work/said"; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || {
			echo '{"error": "no answer"}'
			return 1
		}
		sleep 0.05
	done
}

# ask METHOD PARAMETERS: prints the answer. In a subshell the caller counts.
ask()
{
	asked=$((asked + 1))
	jq -cnj --argjson id "$asked" --arg session "$session" --arg method "$1" --argjson params "$2" \
		'{ $id, $method, $params } + if $session == "" then {} else { sessionId: $session } end' >&8
	printf '\0' >&8
	answer_of "$asked"
}

tell()
{
	ask "$@" >"$work/answer"
}

# js EXPRESSION: its value, as JSON, is in $value.
js()
{
	tell Runtime.evaluate "$(jq -n --arg e "$1" '{ expression: $e, returnByValue: true }')"
	value=$(jq -c 'if .result.exceptionDetails then "threw: " + .result.exceptionDetails.exception.description else .result.result.value end' "$work/answer")
}

# page_open FILE
page_open()
{
	loads=$(grep -c '"method":"Page.loadEventFired"' "$work/said")
	tell Page.navigate "{\"url\": \"file://$(realpath "$1")\"}"
	tries=0
	until [ "$(grep -c '"method":"Page.loadEventFired"' "$work/said")" -gt "$loads" ]; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || return 1
		sleep 0.05
	done
}

# screen WIDTH HEIGHT light|dark
screen()
{
	tell Emulation.setDeviceMetricsOverride "{\"width\": $1, \"height\": $2, \"deviceScaleFactor\": 1, \"mobile\": false}"
	tell Emulation.setEmulatedMedia "{\"features\": [{\"name\": \"prefers-color-scheme\", \"value\": \"$3\"}]}"
}

# picture FILE.png: of what is seen.
picture()
{
	ask Page.captureScreenshot '{"format": "png"}' >"$work/answer"
	jq -r .result.data "$work/answer" | base64 -d >"$1"
}

# key NAME [TEXT]: pressed and let go, by whatever has the focus.
key()
{
	tell Input.dispatchKeyEvent "$(jq -n --arg key "$1" --arg text "${2-}" '{ type: "keyDown", $key } + if $text == "" then {} else { $text } end')"
	tell Input.dispatchKeyEvent "$(jq -n --arg key "$1" '{ type: "keyUp", $key }')"
}

# mouse TYPE X Y [MORE]: mouseMoved, mousePressed, mouseReleased, mouseWheel.
mouse()
{
	tell Input.dispatchMouseEvent "$(jq -n --arg type "$1" --argjson x "$2" --argjson y "$3" --argjson more "${4-{\}}" '{ $type, $x, $y } + $more')"
}

# The page's errors so far, a line each: of scripts, of the console, of the policy; and what was asked of elsewhere.
page_errors()
{
	grep -E '"method":"(Runtime.exceptionThrown|Runtime.consoleAPICalled|Log.entryAdded)"' "$work/said" | grep -v '"type":"log"'
	grep '"method":"Network.requestWillBeSent"' "$work/said" | jq -r .params.request.url | grep -v '^file:\|^about:\|^data:'
}
