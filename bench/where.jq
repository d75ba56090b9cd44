# SPDX-License-Identifier: GPL-2.0-only
# Where the instructions of `virtual` on the busy trace go, of a vtick.bench/1 document, as Markdown.

"| instructions an event | file |",
"|--:|---|",
(.where[] | "| \(.instructions_milli / 1000 | round) | \(if .file == "all" then "all" else "`\(.file)`" end) |")
