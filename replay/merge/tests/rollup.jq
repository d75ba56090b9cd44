# SPDX-License-Identifier: GPL-2.0-only
# The roll-up of results (jq -s -f), once more and by another way, for $base: an object by policy, then by metric. $over
# says of each metric what becomes of it over traces.
def ok: select(.status == "ok");
def at($path): getpath($path | split("."));
def round_half_up: (. + 0.5) | floor;
def ratio: .v / .b;
def edge($list): if $list == [] then null else $list[0] | { trace: .trace, ratio_ppm: (ratio * 1000000 | round_half_up) } end;

[.[] | select(.cells != [])] | sort_by(.cells[0].trace.name) as $all
| [$all[0].provenance.made_from.policies[].label] as $labels
| ($labels | index($base)) as $b
| [range($labels | length) as $i
  | { key: $labels[$i], value:
      ([$over | to_entries[] | .key as $metric | .value as $how
        | [$all[] | .cells[$i] as $cell | $cell | ok
          | { trace: .trace.name, v: at($metric) }
            + { b: ([$all[] | select(.cells[0].trace.name == $cell.trace.name) | .cells[$b] | ok | at($metric)] | .[0]) }] as $rows
        | [$rows[] | select(.v != null)] as $there
        | [$rows[] | select((.v | type) == "number" and (.b | type) == "number" and .v > 0 and .b > 0)] as $both
        | { key: $metric, value:
            ({ traces: ($there | length),
               ratios: ($both | length),
               ratio_ppm: (if $both == [] then null
                 else ([$both[] | ratio | log] | add / length | exp * 1000000 | round_half_up) end),
               both_zero: ([$rows[] | select(.v == 0 and .b == 0)] | length),
               from_zero: ([$rows[] | select(.v != null and .b == 0 and .v > 0)] | length),
               to_zero: ([$rows[] | select(.v == 0 and .b != null and .b > 0)] | length),
               without: ([$rows[] | select(.v == null or .b == null or .v < 0 or .b < 0)] | length),
               least: edge([$both[]] | sort_by(ratio)),
               most: edge([$both[]] | sort_by(-ratio)) }
             + (if $how == "sum" then { sum: ([$there[].v] | if . == [] then null else add end) }
                elif $how == "max" then { max: ([$there[].v] | max) }
                elif $how == "min" then { min: ([$there[].v] | min) }
                else {} end)) }] | from_entries) }] | from_entries
