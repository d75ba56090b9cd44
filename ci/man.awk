# SPDX-License-Identifier: GPL-2.0-only
# A manual page with its made parts made anew: awk -f man.awk TABLE PAGE, where TABLE is what
# 'vtick help --options' prints. A part stands between two lines
#	.\" make man: options COMMAND
#	.\" make man: end
# and is one of: name, usage, about, options, exits, examples, each with COMMAND behind it, commands, and see.

# A text as roff, options in bold, @argument in italics.
function roff(text, argument,    out, word, n, i, name) {
	gsub(/\\/, "\\e", text)
	n = split(text, word, " ")
	name = argument
	sub(/[^A-Z].*/, "", name)
	out = ""
	for (i = 1; i <= n; i++)
		out = out (i > 1 ? " " : "") mark(word[i], name)
	return out
}

function mark(w, name,    before, after) {
	before = after = ""
	if (match(w, /^['(]+/)) {
		before = substr(w, 1, RLENGTH)
		w = substr(w, RLENGTH + 1)
	}
	if (match(w, /[.,;:')]+$/) && w !~ /\.\.\.$/) {
		after = substr(w, RSTART)
		w = substr(w, 1, RSTART - 1)
	}
	gsub(/-/, "\\-", w)
	if (w ~ /^\\-\\-[a-z]/)
		w = "\\fB" w "\\fR"
	else if (w ~ /^vtick\\-[a-z]*\(1$/)
		w = "\\fB" substr(w, 1, length(w) - 2) "\\fR(1"
	else if (name != "" && w == name)
		w = "\\fI" w "\\fR"
	return before w after
}

# Lines of at most 80 bytes, as mandoc asks; none begins with what roff would take for a request.
function put(text,    word, n, i, line) {
	n = split(text, word, " ")
	line = ""
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line) + 1 + length(word[i]) > 80) {
			emit(line)
			line = ""
		}
		line = line (line == "" ? "" : " ") word[i]
	}
	if (line != "")
		emit(line)
}

function emit(line) {
	if (line ~ /^[.']/)
		line = "\\&" line
	print line
}

function sentence(text) {
	text = toupper(substr(text, 1, 1)) substr(text, 2)
	return text (text ~ /[.]$/ ? "" : ".")
}

# The synopsis: a line of usage, what is typed in bold, what stands for something in italics.
function put_usage(text,    word, n, i, w, out) {
	n = split(text, word, " ")
	out = "\\fBvtick " word[1] "\\fR"
	for (i = 2; i <= n; i++) {
		w = word[i]
		gsub(/-/, "\\-", w)
		if (w ~ /^\[?\\-/)
			w = embrace(w, "B", "[\\\\a-z-]+")
		else if (w ~ /[A-Z]/)
			w = embrace(w, "I", "[A-Z][A-Za-z.]*[A-Za-z]")
		else
			w = embrace(w, "B", "[a-z]+")
		out = out " " w
	}
	put(out)
}

function embrace(w, font, what) {
	if (!match(w, what))
		return w
	return substr(w, 1, RSTART - 1) "\\f" font substr(w, RSTART, RLENGTH) "\\fR" \
		substr(w, RSTART + RLENGTH)
}

function put_head(r,    out, argument) {
	out = ""
	argument = field[r, "argument"]
	gsub(/-/, "\\-", argument)
	if (field[r, "letter"] != "")
		out = "\\fB\\-" field[r, "letter"] "\\fR"
	if (field[r, "name"] != "") {
		out = out (out == "" ? "" : ", ") "\\fB\\-\\-" escaped(field[r, "name"]) "\\fR"
	}
	if (argument != "")
		out = out (out == "" ? "" : " ") "\\fI" argument "\\fR"
	if (out ~ /^\\fI/ && field[r, "many"] != "")
		out = out "..."
	print ".TP"
	print out
}

function escaped(text) {
	gsub(/-/, "\\-", text)
	gsub(/~/, "\\(ti", text)
	return text
}

function put_option(r,    text, more, n, i, argument) {
	argument = field[r, "argument"]
	put_head(r)
	text = sentence(field[r, "help"])
	if (field[r, "choices"] != "" && argument !~ /[|]/ && field[r + 1, "kind"] != "value")
		text = text " One of " field[r, "choices"] "."
	if (field[r, "many"] != "" && field[r, "name"] field[r, "letter"] != "")
		text = text " May be given several times."
	if (field[r, "default"] != "")
		text = text " Default: " field[r, "default"] (field[r, "default"] ~ /[.]$/ ? "" : ".")
	n = split(field[r, "more"], more, "\\\\n")
	put(roff(text (n ? " " more[1] : ""), argument))
	for (i = 2; i <= n; i++) {
		print ".IP"
		put(roff(more[i], argument))
	}
}

function put_options(command,    r, inside) {
	for (r = 1; r <= rows; r++) {
		if (field[r, "command"] != command)
			continue
		if (field[r, "kind"] == "value" && !inside) {
			print ".RS"
			inside = 1
		} else if (field[r, "kind"] != "value" && inside) {
			print ".RE"
			inside = 0
		}
		if (field[r, "kind"] == "group") {
			print ".SS " field[r, "help"]
		} else if (field[r, "kind"] == "value") {
			print ".TP"
			print "\\fB" escaped(field[r, "argument"]) "\\fR"
			put(roff(field[r, "help"], ""))
		} else if (field[r, "kind"] !~ /^(command|usage|example|exits)$/) {
			put_option(r)
		}
	}
	if (inside)
		print ".RE"
}

# Of a command's own lines the one that the part is about.
function put_text(what, command, r,    text) {
	if (what == "name" && field[r, "kind"] == "command")
		print "vtick-" command " \\- " escaped(field[r, "help"])
	else if (what == "about" && field[r, "kind"] == "command")
		put(roff(field[r, "more"], ""))
	else if (what == "exits" && field[r, "kind"] == "exits") {
		text = field[r, "help"]
		sub(/^Exit codes: /, "", text)
		put(roff(text, ""))
	} else if (what == "examples" && field[r, "kind"] == "example")
		print escaped(field[r, "help"])
}

function put_part(what, command,    r, any) {
	if (what == "options") {
		put_options(command)
		return
	}
	for (r = 1; r <= rows; r++) {
		if (what == "commands" && field[r, "kind"] == "command") {
			print ".TP"
			print ".BR vtick-" field[r, "command"] " (1)"
			put(roff(field[r, "help"], ""))
		} else if (what == "see" && field[r, "kind"] == "command") {
			printf "%s.BR vtick-%s (1)", (any++ ? ",\n" : ""), field[r, "command"]
		} else if (what == "usage" && field[r, "kind"] == "usage" && field[r, "command"] == command) {
			if (any++)
				print ".br"
			put_usage(field[r, "help"])
		} else if (field[r, "command"] == command) {
			put_text(what, command, r)
		}
	}
	if (what == "see")
		print ""
}

BEGIN { FS = "\t" }

FNR == NR && FNR == 1 {
	columns = NF
	for (i = 1; i <= NF; i++)
		column[i] = $i
	next
}

FNR == NR {
	rows++
	for (i = 1; i <= columns; i++)
		field[rows, column[i]] = $i
	next
}

/^\.\\" make man: end$/ { skipping = 0 }

skipping { next }

{ print }

/^\.\\" make man: / && !/: end$/ {
	split($0, part, " ")
	put_part(part[4], part[5])
	skipping = 1
}

END {
	if (skipping) {
		print "man.awk: " FILENAME ": a part has no end" >"/dev/stderr"
		exit 1
	}
}
