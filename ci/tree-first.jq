# SPDX-License-Identifier: GPL-2.0-only
# The numbers in which two results of a cell differ.
def numbers: .[0].cells[0] | del(.policy, .trace) | [paths(scalars) as $p | {key: ($p | map(tostring) | join(".")), value: getpath($p)}] | from_entries;
($base | numbers) as $was | ($head | numbers) as $is |
[($was + $is) | keys[] | select($was[.] != $is[.])] | .[] | "    \(.) \($was[.]) -> \($is[.])"
