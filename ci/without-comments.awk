# SPDX-License-Identifier: GPL-2.0-only
# C without comments and white space, to tell whether there is more than that between two texts.

function put(c)
{
	# Words stay apart.
	printf "%s%s", blank ? " " : "", c
	blank = 0
}

{ text = text $0 "\n" }

END {
	n = length(text)
	for (i = 1; i <= n; i++) {
		c = substr(text, i, 1)
		two = substr(text, i, 2)
		if (comment) {
			if (two == "*/") {
				comment = 0
				i++
			}
		} else if (quote != "") {
			printf "%s", c
			if (c == "\\")
				printf "%s", substr(text, ++i, 1)
			else if (c == quote || c == "\n")
				quote = ""
		} else if (two == "/*") {
			comment = blank = 1
			i++
		} else if (two == "//") {
			while (i < n && substr(text, i, 1) != "\n")
				i++
			blank = 1
		} else if (c ~ /[ \t\n\r]/) {
			blank = 1
		} else {
			put(c)
			if (c == "\"" || c == "'")
				quote = c
		}
	}
}
