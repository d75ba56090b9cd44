#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Pages in a real browser: they load without an error and ask for nothing, tables and pictures are seen, timelines zoom
# by keyboard and by mouse, narrow and dark, printed, and without scripts.
# Tier: check
. "$PWD/ci/tests/lib.sh"
need chromium-headless-shell jq stdbuf
. "$PWD/ci/tests/browser.sh"
cd "$work" || exit 1
corpus=$top/traces/corpus

# Each page.
"$vtick" late -p virtual "$corpus/kvm-live-mixed-2x3.vtt" --report html:late.html >/dev/null || fail "late"
"$vtick" replay -p passthrough -p virtual "$corpus/pvh2.vtt" "$corpus/kvm-live-mixed-2x3.vtt" -o r.json --report html:replay.html >/dev/null || fail "replay"
"$vtick" compare --base passthrough --candidate virtual --explain --trace-dir "$corpus" --format html r.json >compare.html
mkdir nights
for day in 1 2 3; do
	jq -c ".cells[].hardware_writes += $day" r.json >"nights/2026-11-0$day-a$day-$day.json"
done
printf '{"a3": "meant"}\n' >accepted.json
"$vtick" history --rebuild nights --report html:history.html --accepted accepted.json >/dev/null || fail "history"
browser_start

for page in late replay compare history; do
	screen 1280 900 light
	ok "$page: loads" page_open $page.html
	page_errors >errors.txt
	ok "$page: without an error, and asks for nothing" [ ! -s errors.txt ] || cat errors.txt >&2
	js 'Array.from(document.querySelectorAll("table")).filter(t => t.getBoundingClientRect().width > 50).length'
	ok "$page: tables are seen" [ "$value" -ge 1 ]
	js 'Array.from(document.querySelectorAll("figure svg")).filter(t => t.getBoundingClientRect().width > 300).length'
	ok "$page: pictures are seen" [ "$value" -ge 1 ]
	for width in 1280 400; do
		screen $width 900 light
		js 'document.documentElement.scrollWidth <= innerWidth'
		equal "$page: $width pixels are wide enough" "$value" true
	done
	js 'getComputedStyle(document.body).backgroundColor'
	light=$value
	screen 400 900 dark
	js 'getComputedStyle(document.body).backgroundColor'
	ok "$page: dark is another colour" [ "$value" != "$light" ]
	# Letters against what is behind them, as WCAG has it: at least 4.5 to 1.
	for scheme in light dark; do
		screen 1280 900 $scheme
		js '(() => {
			const rgb = c => c.match(/[\d.]+/g).slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
			const l = c => { const [r, g, b] = rgb(c); return .2126 * r + .7152 * g + .0722 * b; };
			const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)|transparent/.test(c)) return c; } return "rgb(255, 255, 255)"; };
			let worst = 21;
			for (const e of document.querySelectorAll("h1, h2, p, td, th, summary, li, .better, .worse, .changed, .faint, button")) {
				const a = l(getComputedStyle(e).color), b = l(behind(e));
				worst = Math.min(worst, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
			}
			return worst >= 4.5;
		})()'
		equal "$page: letters can be read in the $scheme" "$value" true
	done
done

# ---- a timeline ----

screen 1280 1400 light
page_open late.html
js 'window.line = document.querySelector("figure.timeline"); line.scrollIntoView(); window.shown = () => line.dataset.shown.split(" ").map(Number); line.querySelectorAll("button").length'
equal "it has buttons" "$value" 7
js 'window.all = shown(); all[1] - all[0] > 0'
equal "it shows all of its span" "$value" true
js 'line.querySelector("div.wide").focus(); document.activeElement === line.querySelector("div.wide")'
equal "it takes the focus" "$value" true
js 'getComputedStyle(document.activeElement).outlineStyle !== "none" || document.activeElement.matches(":focus-visible")'
key n n
js '(() => { const t = line.querySelector("svg.bars .tick.about").dataset, [a, b] = shown(); return a <= t.from && b >= t.to && b - a < (all[1] - all[0]) * .99; })()'
equal "n zooms to the tick" "$value" true
js 'line.querySelector("[role=status]").textContent'
ok "and says which" expr "$value" : "\"Tick [0-9]* of [0-9]*: .*delivered after" >/dev/null
for press in "+ b-a<was" "ArrowRight a>left" "ArrowLeft a<left" "- b-a>was"; do
	js 'window.was = shown()[1] - shown()[0]; window.left = shown()[0]'
	case ${press% *} in
	?) key "${press% *}" "${press% *}" ;;
	*) key "${press% *}" ;;
	esac
	js "(() => { const [a, b] = shown(); return ${press#* }; })()"
	equal "${press% *}" "$value" true
done
key 0 0
js 'shown().join() === all.join()'
equal "0 shows all again" "$value" true

# By mouse: a wheel with Ctrl, a drag, a click on a tick, the buttons.
js 'JSON.stringify((r => [Math.round(r.x + r.width / 2), Math.round(r.y + 30)])(line.querySelector("svg.bars").getBoundingClientRect()))'
x=$(echo "$value" | jq -r 'fromjson[0]') y=$(echo "$value" | jq -r 'fromjson[1]')
js 'document.activeElement.blur(); scrollY'
mouse mouseWheel "$x" "$y" '{"deltaX": 0, "deltaY": -240, "modifiers": 2}'
js '(() => { const [a, b] = shown(); return b - a < (all[1] - all[0]) * .9; })()'
equal "a wheel with Ctrl zooms" "$value" true
js 'window.left = shown()[0]'
mouse mousePressed "$x" "$y" '{"button": "left", "clickCount": 1}'
mouse mouseMoved $((x + 60)) "$y" '{"button": "left"}'
mouse mouseReleased $((x + 60)) "$y" '{"button": "left", "clickCount": 1}'
js 'shown()[0] < left'
equal "a drag moves it" "$value" true
js 'line.querySelectorAll("button")[6].click(); shown().join() === all.join()'
equal "a button shows all" "$value" true
js 'JSON.stringify((r => [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)])(line.querySelector("svg.bars .tick.about rect").getBoundingClientRect()))'
x=$(echo "$value" | jq -r 'fromjson[0]') y=$(echo "$value" | jq -r 'fromjson[1]')
mouse mousePressed "$x" "$y" '{"button": "left", "clickCount": 1}'
mouse mouseReleased "$x" "$y" '{"button": "left", "clickCount": 1}'
js '(() => { const t = line.querySelector("svg.bars .tick.about").dataset, [a, b] = shown(); return a <= t.from && b >= t.to && b - a < (all[1] - all[0]) * .99; })()'
equal "a click on the tick zooms to it" "$value" true
picture late.png
ok "a picture of it" [ "$(wc -c <late.png)" -gt 20000 ]
page_errors >errors.txt
ok "no error in all of that" [ ! -s errors.txt ]

# ---- without scripts, and printed ----

tell Emulation.setScriptExecutionDisabled '{"value": true}'
page_open late.html
tell Emulation.setScriptExecutionDisabled '{"value": false}'
js 'JSON.stringify([document.querySelectorAll("button").length, document.querySelector("figure.timeline svg").getBoundingClientRect().width > 300, document.querySelectorAll(".names text").length > 0])'
equal "without scripts: no buttons, but the picture with its names" "$(echo "$value" | jq -r .)" "[0,true,true]"
tell Emulation.setEmulatedMedia '{"media": "print"}'
js 'getComputedStyle(document.body).backgroundColor'
equal "printed: on white" "$value" '"rgb(255, 255, 255)"'
js 'Array.from(document.querySelectorAll("main details table")).every(t => t.getBoundingClientRect().height > 0)'
equal "printed: what is folded, too" "$value" true
browser_end
finish
