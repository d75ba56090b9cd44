# SPDX-License-Identifier: GPL-2.0-only
# Of names DATE-REVISION-N.json "DATE-REVISION-N N", if that can be a night: a day that there is, a revision without
# anything that a terminal or git would take for more, a number.
{
	if (!match($0, /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]-[0-9A-Za-z][0-9A-Za-z._+-]*-[0-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?\.json$/))
		next
	split("31 28 31 30 31 30 31 31 30 31 30 31", days, " ")
	year = substr($0, 1, 4) + 0
	month = substr($0, 6, 2) + 0
	day = substr($0, 9, 2) + 0
	if (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		days[2] = 29
	if (month < 1 || month > 12 || day < 1 || day > days[month])
		next
	name = substr($0, 1, length($0) - 5)
	number = name
	sub(/.*-/, "", number)
	print name, number + 0
}
