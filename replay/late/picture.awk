# SPDX-License-Identifier: GPL-2.0-only
# The first timeline of a page of late's as a picture of its own, with the page's colours.
/<style>/ { style = 1 }
style { look = look $0 "\n" }
/<\/style>/ { style = 0 }
/<svg [^>]*data-from/ && !depth {
	sub(/.*<svg /, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" ")
	sub(/>.*/, ">")
	print
	print look
	print "<rect width=\"100%\" height=\"100%\" fill=\"var(--back)\" />"
	depth = 1
	next
}
depth {
	gsub(/<\/svg><\/div>/, "</svg>")
	print
	depth += gsub(/<svg/, "&") - gsub(/<\/svg>/, "&")
	if (!depth)
		exit
}
