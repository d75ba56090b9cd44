# SPDX-License-Identifier: GPL-2.0-only
# Which changed functions a replay came to: "came|entered|never TAB FUNCTION TAB COUNT TAB TRACES TAB LINES", of which the
# last are those of its changed lines that none came to (of "before" if they are gone), or "?": none of its own lines is
# changed, and which of its code is another cannot be told; or "same", if what is
# changed is compiled, to the same instructions. Of two builds (side)
# it reads, by `kind`: code, objdump's; rows, the addresses of lines; diff, git's without context; came, addresses that
# were seen on a trace.

function hex(text,  i, value)
{
	text = tolower(text)
	sub(/^0x/, "", text)
	for (i = 1; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}

# What an instruction does, wherever it stands.
function exact_code(text)
{
	gsub(/[0-9a-f]+ </, "<", text)
	gsub(/-?0x[0-9a-f]+\(%rip\)/, "(%rip)", text)
	gsub(/\.[0-9]+/, "", text)
	return text
}

# Without the places of strings, which move with others.
function plain_code(text)
{
	if (match(text, /# </))
		sub(/\+0x[0-9a-f]+>/, ">", text)
	return text
}

# Without how far into a function a jump goes, too: a block that is longer moves all behind it.
function block_code(text)
{
	text = plain_code(text)
	gsub(/\+0x[0-9a-f]+>/, ">", text)
	return text
}

# A line of C that makes no code wherever it stands: a comment, a brace, a declaration.
function idle(text)
{
	return text ~ /^[ \t]*$/ || text ~ /^[ \t]*(\/\*|\/\/|\*([ \t\/]|$))/ || text ~ /^[ \t]*[{}]+;?$/ ||
		text ~ /^[A-Za-z_][A-Za-z0-9_ \t*,()]*\);$/ || (text !~ /^[ \t]*(return|goto)/ &&
		text ~ /^[ \t]+((const|unsigned|struct|enum) )*[A-Za-z_][A-Za-z0-9_]* \**[A-Za-z_][A-Za-z0-9_, *]*;$/)
}

function base_name(path)
{
	sub(/.*\//, "", path)
	return path
}

# The number of the last of the ascending list[side, 1..n] that is not above the address; 0: none.
function last_at(list, n, address,  low, high, mid)
{
	low = 0
	high = n
	while (low < high) {
		mid = int((low + high + 1) / 2)
		if (list[side, mid] <= address)
			low = mid
		else
			high = mid - 1
	}
	return low
}

kind == "code" && /^[0-9a-f]+ <.*>:$/ {
	name = substr($2, 2, length($2) - 3)
	n = ++functions[side]
	function_at[side, n] = hex($1)
	function_name[side, n] = name
	number_of[side, name] = n
	waits = 0
}
kind == "code" && /^ +[0-9a-f]+:\t/ {
	at = $1
	sub(/:$/, "", at)
	if (waits) # the call before came back here
		back[side, sites[side]] = at
	waits = /<__sanitizer_cov_trace_pc/
	if (waits) {
		site_at[side, ++sites[side]] = hex(at)
		blocks[side, name]++
		if (!((side, name) in entry))
			entry[side, name] = sites[side]
	} else {
		sub(/^ +[0-9a-f]+:\t/, "")
		text = exact_code($0)
		exact[side, name] = exact[side, name] text "\n"
		code[side, name] = code[side, name] plain_code(text) "\n"
		b = blocks[side, name] ? blocks[side, name] : 1
		block[side, name, b] = block[side, name, b] block_code(text) "\n"
	}
}

# FILE LINE ADDRESS ...
kind == "rows" && $2 ~ /^[0-9]+$/ && $3 ~ /^0x/ {
	address = hex($3)
	f = last_at(function_at, functions[side], address)
	name = function_name[side, f]
	file_of[side, name] = base_name($1)
	n = ++rows[side, name]
	row_line[side, name, n] = $2
	has_row[side, base_name($1), $2]
	s = last_at(site_at, sites[side], address)
	# What comes before a function's first call is its begin.
	if (s < entry[side, name])
		s = entry[side, name]
	row_site[side, name, n] = s
}

kind == "diff" && skip > 0 {
	if (!idle(substr($0, 2)))
		makes_code[hunks]
	skip--
	next
}
kind == "diff" && /^(---|\+\+\+) / { path[substr($1, 1, 1)] = base_name(substr($0, 5)) }
kind == "diff" && /^@@ / {
	split(substr($2, 2), was, ",")
	split(substr($3, 2), is, ",")
	was_lines = $2 ~ /,/ ? was[2] : 1
	is_lines = $3 ~ /,/ ? is[2] : 1
	skip = was_lines + is_lines
	hunks++
	stays[hunks] = is_lines
	for (i = 0; i < was_lines; i++)
		changes_line("base", path["-"], was[1] + i)
	for (i = 0; i < is_lines; i++)
		changes_line("head", path["+"], is[1] + i)
}

kind == "came" {
	if (!($1 in known)) {
		known[$1]
		trace[++traces] = $1
	}
	for (i = 2; i <= NF; i++)
		came[side, $i, $1]
}

function changes_line(where, file, line)
{
	changed[where, file, ++changes[where, file]] = line
	hunk[where, file, line] = hunks
}

# Is every change compiled, and all code to the letter the same?
function same_code(  w, where, f, name, key, part, h)
{
	for (w = 1; w <= 2; w++) {
		where = w == 1 ? "head" : "base"
		for (f = 1; f <= functions[where]; f++) {
			name = function_name[where, f]
			if (exact["base", name] != exact["head", name])
				return 0
		}
	}
	for (key in hunk) {
		if (key in has_row)
			delete makes_code[hunk[key]]
	}
	for (h in makes_code)
		return 0
	return 1
}

# Is the block of the call another one, so far as blocks of the two builds are each other's?
function is_other(where, name, site,  b)
{
	b = site - entry[where, name] + 1
	return blocks["base", name] != blocks["head", name] || block["base", name, b] != block["head", name, b]
}

# Marks in want[] the blocks of the function that hold a changed line, of those the ones that are other ones, if any is;
# with `near` a line without code of its own belongs to the statement before it. Returns how many.
function wanted(where, name, near,  i, r, n, line, best, first, last, found, others)
{
	n = rows[where, name]
	for (i = 1; i <= changes[where, file_of[where, name]]; i++) {
		line = changed[where, file_of[where, name], i]
		best = 0
		first = 0
		last = 0
		for (r = 1; r <= n; r++) {
			if (!first || row_line[where, name, r] < first)
				first = row_line[where, name, r]
			if (row_line[where, name, r] > last)
				last = row_line[where, name, r]
			if (row_line[where, name, r] <= line && row_line[where, name, r] > best)
				best = row_line[where, name, r]
		}
		if (line < first || line > last || (best != line && !near))
			continue
		others = 0
		for (r = 1; r <= n; r++)
			others += row_line[where, name, r] == best && is_other(where, name, row_site[where, name, r])
		for (r = 1; r <= n; r++) {
			if (row_line[where, name, r] != best || (others && !is_other(where, name, row_site[where, name, r])))
				continue
			want[where, row_site[where, name, r]]
			of_line[where, line, row_site[where, name, r]]
			found++
		}
	}
	return found
}

# The same of blocks that are other ones, whatever line they are of: what is changed is a macro, or a declaration.
function wanted_others(name,  b, found)
{
	if (blocks["base", name] != blocks["head", name])
		return 0
	for (b = 1; b <= blocks["head", name]; b++) {
		if (block["base", name, b] != block["head", name, b]) {
			want["base", entry["base", name] + b - 1]
			want["head", entry["head", name] + b - 1]
			found++
		}
	}
	return found
}

# The changed lines of the function that have blocks of which none is come to: "12-14, 20, 7 before".
function missed(where, name,  i, t, line, from, to, text, key, part, has, hit)
{
	for (key in of_line) {
		split(key, part, SUBSEP)
		if (part[1] != where)
			continue
		has[part[2]]
		for (t = 1; t <= traces; t++)
			if ((where, back[where, part[3]], trace[t]) in came)
				hit[part[2]]
	}
	for (i = 1; i <= changes[where, file_of[where, name]]; i++) {
		line = changed[where, file_of[where, name], i]
		if (!(line in has) || line in hit || (where == "base" && stays[hunk[where, file_of[where, name], line]]))
			continue
		if (from && line == to + 1) {
			to = line
			continue
		}
		text = text said_lines(where, from, to)
		from = to = line
	}
	return text said_lines(where, from, to)
}

function said_lines(where, from, to)
{
	return from ? ", " from (to > from ? "-" to : "") (where == "base" ? " before" : "") : ""
}

function look(name,  t, s, w, where, count, list, entries, entered, any, lines, key, part)
{
	split("", want)
	split("", of_line)
	for (w = 1; w <= 2; w++) {
		where = w == 1 ? "head" : "base"
		if ((where, name) in entry)
			any += wanted(where, name, 0)
	}
	if (any)
		lines = substr(missed("head", name) missed("base", name), 3)
	else
		any = wanted_others(name)
	# No changed line has code of its own: that before it decides.
	for (w = 1; w <= 2 && !any; w++) {
		where = w == 1 ? "head" : "base"
		if ((where, name) in entry)
			any += wanted(where, name, 1)
	}
	for (t = 1; t <= traces; t++) {
		for (w = 1; w <= 2; w++) {
			where = w == 1 ? "head" : "base"
			if ((where, name) in entry && (where, back[where, entry[where, name]], trace[t]) in came)
				enters[name, t]
		}
		for (key in want) {
			split(key, part, SUBSEP)
			if ((part[1], back[part[1], part[2]], trace[t]) in came)
				hits[name, t]
		}
		if ((name, t) in enters) {
			entered++
			entries = entries " " trace[t]
		}
		if ((name, t) in hits || (!any && (name, t) in enters)) {
			count++
			list = list " " trace[t]
		}
	}
	if (count)
		printf "came\t%s\t%d\t%s\t%s\n", name, count, substr(list, 2), any ? lines : "?"
	else if (entered)
		printf "entered\t%s\t%d\t%s\t\n", name, entered, substr(entries, 2)
	else
		printf "never\t%s\t0\t\t\n", name
}

END {
	for (w = 1; w <= 2; w++) {
		side = w == 1 ? "head" : "base"
		for (f = 1; f <= functions[side]; f++) {
			name = function_name[side, f]
			if (name in looked || !((side, name) in file_of) || code["base", name] == code["head", name])
				continue
			looked[name]
			any_looked = 1
			# What is vtick's own differs with what it includes.
			if (changes["base", file_of[side, name]] + changes["head", file_of[side, name]])
				look(name)
		}
	}
	if (!any_looked && hunks && same_code())
		print "same\t\t0\t"
}
