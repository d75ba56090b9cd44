# SPDX-License-Identifier: GPL-2.0-only
# The keys of a document of vtick.late/1 as LATE.md names them, one a line. Objects that RESULT.md
# describes are not looked into.
def name:
	map(if type == "number" then "[]" else "." + . end) | join("") | ltrimstr(".")
	| gsub("^.*[.](?<k>ticks[.]|lateness_ns|parts_ns|behind|largest)"; "TALLY.\(.k)")
	| gsub("^views\\[\\](.vms\\[\\])?(.vps\\[\\])?[.]away_ns$"; "TALLY.away_ns")
	| gsub("^TALLY.largest[.]"; "SAMPLE.")
	| gsub("^views\\[\\].worst\\[\\][.](?<k>[a-z_]+)$"; "SAMPLE.\(.k)");
[paths((type != "object") and (type != "array"))
	| select(.[0] != "trace" and (index("policy") | not) and (index("histogram") | not)) | name]
| unique[]
