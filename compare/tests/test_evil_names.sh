#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every output of every command, given the same evil names: of files, VPs, machines, policies, rules, nights. A command
# or a format that is new has to be among them.
# Tier: check
# shellcheck disable=SC1003,SC2016,SC2317 # a backslash, programs of jq, functions that are called by their names
. "$PWD/ci/tests/lib.sh"
need jq xmllint
# Thousands of small files: where nothing has to get to a disk.
if [ -w /dev/shm ]; then
	rmdir "$work"
	work=$(mktemp -d -p /dev/shm) || exit 1
fi
cd "$work" || exit 1

"$vtick" gen --domains 1 --vcpus 2 --lps 1 --duration 20ms -o plain.vtt || exit 1
"$vtick" dump --json plain.vtt >plain.txt
"$vtick" replay -p virtual -p virtual:switch=keep plain.vtt -o plain.json >/dev/null || exit 1
gzip -c "$top/traces/import/tests/data/k-v7-150ms.dat" >plain.dat || exit 1

# What they are called; printf's escapes.
cat >names.txt <<'END'
\033[2J\033]0;title\007
a\rb\nc\td\010\177
C1 \302\233 2J \302\205 \302\220
bytes \233 \377\376 \300\233 \355\240\200 \342\200
bidi \342\200\256 \342\200\253 \342\201\246 \342\201\251 \342\200\216 \330\234
unseen \342\200\213 \357\273\277 \342\200\250 \363\240\201\201
Z\303\274rich \304\233 \342\202\254
=cmd|x
+1+1
-1+1
@SUM(A1)
 =1+1
\t=1+1
<script>alert(1)</script>&amp;
"quoted" 'twice', a;b
|`*_[x](y)_*`|
::error title=x::y
##vso[task.setvariable]
##[error]x
100%% -- %%s%%n
END

# ---- what is given, and what comes of it ----

# The text as jq takes it: bytes that are not UTF-8 cannot be in JSON.
as_json()
{
	printf '%s' "$name" | iconv -c -f UTF-8 -t UTF-8 | jq -Rs .
}

make_inputs()
{
	text=$(as_json)
	jq -c --argjson n "$text" 'if .vps then .vps[].name = $n | .vps[1].name += "2" | .class = $n | .notes = [$n] |
		.source = { hypervisor: $n, version: $n, tool: $n, command: $n, capture: $n } |
		.host_model.scheduler = $n else . end' plain.txt >evil.txt
	"$vtick" import text evil.txt -o "$file.vtt" 2>/dev/null || cp plain.vtt "$file.vtt"
	edits='.cells[].trace.name = $n | .cells[].policy.name = $n | .cells[].policy.params += { ("k" + $n): $n } |
		.cells[].policy.built = { tree: $n, version: $n, commit: $n, files: [{ name: $n, sha256: $n }],
			unknown_callers: [$n] } |
		.cells[].trace.class = $n | .provenance.command = $n | .provenance.plugins[].spec = $n'
	jq --argjson n "$text" "$edits" plain.json >"$file.json"
	# One that is better, one that is lost.
	jq --argjson n "$text" "$edits | .cells[0].exits.arm += 1 | .cells[0].hardware_writes += 3" \
		plain.json >"$file.2.json"
	jq --argjson n "$text" "$edits"' | .cells[1] |= { trace, policy, status: "crashed", message: $n, event: null }' \
		plain.json >"$file.3.json"
	jq -n --argjson n "$text" '{ schema: "vtick.rules/1", note: $n, rules: [{ metric: "exits.*", trace: "*",
		percent: 90, note: $n }, { metric: "digest", trace: $n, ignore: true, note: $n }],
		waivers: [{ metric: "hardware_writes", trace: "*", until: "2099-01-01", reason: $n, up_to: 99999999 }] }' >"$file.rules"
	cp plain.dat "$file.dat"
	rm -rf nights
	mkdir nights
	cp "$file.json" "nights/2026-01-01-$(printf '%s' "$name" | tr -d '\n' | head -c 30)-1.json"
	cp "$file.2.json" "nights/2026-01-02-b$(printf '%s' "$name" | tr -d '\n' | head -c 30)-2.json"
	echo broken >"nights/2026-01-03-c$(printf '%s' "$name" | tr -d '\n' | head -c 30)-3.json"
}

# run KIND COMMAND...: standard output and error into files, whose names say what they are.
run()
{
	kind=$1
	shift
	runs=$((runs + 1))
	got=0
	"$@" >"got/$runs.$kind" 2>"got/$runs.err" || got=$?
	if [ "$got" -gt 2 ] || grep -aq Sanitizer "got/$runs.err"; then
		fail "exit code $got: $*" "got/$runs.err"
	fi
}

output_record()
{
	run text "$vtick" record -o "none/$file" --pid "$name"
}
output_import()
{
	run text "$vtick" import trace-cmd "$file.dat" -o "$file.new.vtt"
	run text "$vtick" import xentrace "$file.dat" -o "$file.new.vtt"
	run text "$vtick" import text "$file.json" -o "$file.new.vtt"
}
output_gen()
{
	run text "$vtick" gen --preset "$name" -o "$file.new.vtt"
	run text "$vtick" gen -o "none/$file"
}
output_info()
{
	run text "$vtick" info "$file.vtt"
	run json "$vtick" info --json "$file.vtt"
	run text "$vtick" info "$file.none"
	run json "$vtick" info --costs "$file.vtt"
}
output_dump()
{
	run text "$vtick" dump "$file.vtt"
	run json "$vtick" dump --json "$file.vtt"
	run text "$vtick" dump --vp "$name" "$file.dat"
	run text "$vtick" dump --vp "x$name" "$file.vtt"
}
output_check()
{
	run text "$vtick" check "$file.vtt" "$file.dat" "$file.none"
}
output_cut()
{
	run text "$vtick" cut "$file.vtt" --vm "x$name" -o "$file.new.vtt"
	run text "$vtick" cut "$file.vtt" --vm "$name" -o "$file.new.vtt"
}
output_bound()
{
	run text "$vtick" bound "$file.vtt"
	run json "$vtick" bound --json "$file.vtt"
	run text "$vtick" bound --slack "$name" "$file.vtt"
	run text "$vtick" replay --bound -p virtual -p virtual-2005 "$file.vtt" -o "$file.out.json"
}
output_reduce()
{
	run text "$vtick" reduce "$file.vtt" -o "$file.new.vtt" -- test -f {}
	run text "$vtick" reduce "$file.vtt" -o "$file.new.vtt" -- "$name" {}
	run text "$vtick" reduce "$file.vtt" -o "none/$file" -- sh -c "exit 127" "$name" {}
	run text "$vtick" reduce --find -j1 --seeds 8 -p passthrough -p virtual --metric timer_interrupts.total "$file.vtt"
	run text "$vtick" reduce --find -p "$name" --metric "$name"
	run text "$vtick" reduce --find -p "$name" --metric wakeups.lost
}
output_replay()
{
	run json "$vtick" replay -p virtual "$file.vtt"
	run text "$vtick" replay -p virtual -p passthrough "$file.vtt" -o "$file.out.json" --report "html:got/$runs.report.html"
	cp "$file.out.json" "got/$runs.result.json"
	run text "$vtick" replay -p virtual "$file.vtt" --fates "$file.fates" -o "$file.out.json" --costs "$file.rules"
	run text "$vtick" replay -p "$name" "$file.vtt"
	run text "$vtick" replay -p "virtual:$name=1" "$file.vtt"
}
output_late()
{
	run text "$vtick" late -p virtual "$file.vtt" --histogram --report "html:got/$runs.report.html"
	run json "$vtick" late -p virtual --json "$file.vtt"
	run text "$vtick" late --vm "$name" "$file.vtt"
	run text "$vtick" late -p "$name" "$file.vtt"
}
output_merge()
{
	rm -rf fleet
	run text "$vtick" replay -O fleet --keep-going -p virtual -p xen-pv "$file.vtt" "$file.dat"
	find fleet -name '*.json' -exec sh -c 'jq -c --argjson n "$1" "if .cells == [] then . else
		.cells[].policy |= { name: \$n, params: { (\$n): \$n } } | .cells[].status = \"crashed\" | .cells[].message = \$n |
		.provenance.made_from.policies[] |= . + { name: \$n, label: (\$n + \":\" + \$n + \"=\" + \$n), params: { (\$n): \$n } } |
		.provenance.version = \$n end" "$2" >edited && cat edited >"$2"' sh "$(as_json)" {} \;
	run text "$vtick" merge fleet -o merged.json --report csv:rollup.csv --report json:rollup.json --report text:rollup.txt
	run json cat merged.json
	run json cat rollup.json
	run csv cat rollup.csv
	run text cat rollup.txt
	run text "$vtick" merge fleet --base "$name" --metric "$name"
	run text "$vtick" merge "none/$file"
	run text "$vtick" compare fleet fleet
}
output_export()
{
	run csv "$vtick" export --format csv -p virtual "$file.vtt" -o -
	run text "$vtick" export --format perfetto -p virtual "$file.vtt" -o "$file.pftrace"
	run text "$vtick" export --format perfetto "$file.vtt" -o "none/$file"
}
output_policy()
{
	run text "$vtick" policy show "$name"
	run text "$vtick" policy list "$name"
	run text "$vtick" policy build "$name" --tree "$file" -o "$file.so"
}
output_compare()
{
	for format in $formats; do
		run "$format" "$vtick" compare --format "$format" --title "$name" --on-fail "$name" --each \
			--rules "$file.rules" --report "$format:got/$runs.report.$format" "$file.json" "$file.2.json"
		run "$format" "$vtick" compare --format "$format" --allow-new --base-files "$file.json" --candidate-files "$file.3.json"
		run "$format" "$vtick" compare --format "$format" --explain --trace-dir . "$file.json" "$file.2.json"
	done
	run text "$vtick" compare --explain --reduce --trace-dir . "$file.json" "$file.2.json"
	run text "$vtick" compare --full got/full.markdown --rules "$file.rules" "$file.json" "$file.2.json"
	run text "$vtick" compare --golden got/golden.text "$file.json"
	run text "$vtick" compare got/golden.text "$file.2.json"
	run text "$vtick" compare --which timer_interrupts.total --rules "$file.rules" --trace "$name" --policy "$name"
	run text "$vtick" compare "$file.json" "$file.dat"
}
output_history()
{
	run text "$vtick" history --db "$file.db" --rebuild nights
	run text "$vtick" history --db "$file.db"
	run text "$vtick" history --db "$file.db" hardware_writes
	run csv "$vtick" history --db "$file.db" --csv
	run text "$vtick" history --db "$file.db" --report "html:got/$runs.report.html"
	run text "$vtick" history --db "$file.db" "$name"
}

# Of the scripts that these are, what they say; what they print is vtick compare's.
output_gate()
{
	run text "$vtick" gate -p "$name" --traces "$file" --golden "$name"
}
output_accept()
{
	run text "$vtick" accept --reason "$name" -p "$name" --traces "$file"
}
output_nightly()
{
	run text "$vtick" nightly --tree "$name" --store none -p "$name"
}
output_compare_patch()
{
	run text "$vtick" compare-patch -p "$file.none" --traces . -- "$name"
}
output_bisect()
{
	run text "$vtick" bisect -p "$file.c" --trace "$file.vtt" "$name" HEAD HEAD
}
output_fleet()
{
	run text "$vtick" fleet --local --out none -p "$name" "$file"
}
output_help()
{
	run text "$vtick" help "$name"
	run text "$vtick" help --complete 3 -- dump --vp "" "$file.vtt"
	run text "$vtick" help --complete 2 -- info "$name"
}
output_version()
{
	run text "$vtick" version "$name"
}

# ---- what must hold ----

evil=$(printf '[\001-\010\013\014\016-\037\177]|\302[\200-\237]|\330\234|\342\200[\213\216\217\250-\256]|\342\201[\240-\257]|\357\273\277|\363\240')

# of_kind KIND...: those of $files.
of_kind()
{
	for one in $files; do
		for kind; do
			[ "${one##*.}" != "$kind" ] || echo "$one"
		done
	done
}

# Of the files that are named behind it: which ones grep finds the pattern in, as bytes.
bytes_in()
{
	LC_ALL=C xargs -r grep -la "$@" /dev/null
}

# blame WHY: a line for each file on standard input.
blame()
{
	sed "s/\$/ $*/"
}

# harmful FILE...: a line for each that is not harmless, and why. What kind it is its name ends with.
harmful()
{
	files=$*
	echo "$files" | bytes_in -E "$evil" | blame "it drives a terminal"
	of_kind err text mail json junit markdown github html | bytes_in "$(printf '\r')" | blame "it has a carriage return"
	echo "$files" | LC_ALL=C.UTF-8 xargs grep -laxv '.*' /dev/null | blame "it is no UTF-8"
	of_kind text mail err | bytes_in -E '^ *::|##[a-z]*\[' | blame "a log of CI takes it for a command"
	[ "$locale" != C ] || of_kind text mail err | grep -v 'golden.text$' | bytes_in "$(printf '[\200-\377]')" |
		blame "it is no ASCII"
	of_kind json | while read -r one; do
		[ ! -s "$one" ] || jq -e . "$one" >/dev/null 2>&1 || echo "$one it is no JSON"
	done
	of_kind junit | bytes_in '<script' | blame "it has a tag"
	# But for code, as which it may be anything.
	of_kind markdown | xargs -r awk 'FNR == 1 { code = 0 } /^```/ { code = !code; next }
		!code && /(^|[^\\])<script|[^\\]@SUM/ { print FILENAME; nextfile }' | blame "it has markup"
	of_kind github | bytes_in -v '^::' | blame "a line is no annotation"
	of_kind html | while read -r one; do
		[ ! -s "$one" ] || page_holds "$one" || echo "$one it is no page that holds together"
	done
	of_kind csv | bytes_in -E '(^|,)"?[[:space:]]*([=@]|[-+][^0-9,]|[-+][0-9]+[^0-9.,e])' | blame "a cell is a formula"
	for one in $files; do
		case ${one##*.} in
		text | mail | err | json | junit | markdown | github | html | csv) ;;
		*) echo "$one nobody knows what '${one##*.}' has to be like: say so here" ;;
		esac
	done
}

# The check itself can fail.
locale=C
while IFS=' ' read -r kind escaped; do
	# shellcheck disable=SC2059
	printf "$escaped\n" >"probe.$kind"
	ok "$escaped is found in $kind" test -n "$(harmful "probe.$kind")"
done <<'END'
text a\033b
text a\302\233b
text a\342\200\256b
text a\rb
text \303\274
json "a\177"
text a\233b
text ::error
json {
junit <script>
markdown <script>
github x
csv a,=1+1
csv "-x"
html x
html <!DOCTYPE html>\n<html><p><script>x</p></html>
html <!DOCTYPE html>\n<html><p><script>x</script></p></html>
xhtml x
END

commands=$("$vtick" help --options | awk -F'\t' '$2 == "command" { gsub(/-/, "_", $1); print $1 }')
formats=$("$vtick" help --options | awk -F'\t' '$1 == "compare" && $3 == "format" { gsub(/,/, "", $9); print $9 }')
for command in $commands; do
	command -v "output_$command" >/dev/null || fail "$command: no test gives it evil names: say here how"
done

for locale in C C.UTF-8; do
	export LC_ALL="$locale"
	number=0 runs=0 bad=0
	# The others are ASCII.
	while IFS= read -r escaped && { [ $locale != C ] || [ $number -lt 7 ]; }; do
		number=$((number + 1))
		# shellcheck disable=SC2059 # its escapes
		name=$(printf "$escaped.")
		name=${name%.}
		rm -rf dir
		mkdir -p dir/got dir/none
		cp plain.* dir/
		cd dir || exit 1
		rmdir none
		file=$(printf '%s' "$name" | tr / '\\')
		file=./$file
		[ "$number" != 8 ] || file=./-x$file
		make_inputs
		for command in $commands; do
			"output_$command"
		done
		harmful got/* >harmful.txt
		while read -r got why; do
			bad=$((bad + 1))
			fail "$escaped, ${got##*/}: $why" "$got"
		done <harmful.txt
		cd ..
	done <names.txt
	equal "in the locale $locale $number names in $runs runs: outputs that are not harmless" $bad 0
	ok "that many ran" test $runs -gt $((40 * number))
done
finish
