# SPDX-License-Identifier: GPL-2.0-only
# What an export of a trace must show, from `dump --json`: lines as packets.awk and slices.awk make them.
#   --arg what instants: TIME TRACK NAME; slices: BEGIN END TRACK NAME; fires: how many flows begin
# Not those of deadlines, which nobody dumps.
input as $header
| ($header.vps | map(.name)) as $name
| def of_lp: .event as $e | ["obs_hv_irq", "obs_prog"] | any(. == $e);
  def of_vp: .event as $e | ["wake", "exit", "entry", "ipi"] | any(. == $e);
  def gap: .event == "lost" or .event == "away";
  # Three digits at a time: the numbers of jq have 53 bits.
  def ns(ticks): $header.clock_hz as $hz
    | reduce range(3) as $i ({q: (ticks / $hz | floor), r: (ticks % $hz)};
        (.r * 1000) as $r | {q: (.q * 1000 + ($r / $hz | floor)), r: ($r % $hz)}) | .q;
  def track:
    if of_lp then "recorded/LP \(.lp)/timer"
    elif of_vp then "recorded/\($name[.vp])"
    else "recorded/\($name[.vp])/timer" end;
  def state:
    if .event == "sched_in" then "runs"
    elif .event == "wake" then "waits"
    else {preempt: "waits", yield: "waits", block: "halted", wait: "held", lost: "lost", offline: null}[.reason] end;
if $what == "instants" then
  inputs | select(.event != "sched_in" and .event != "sched_out" and (gap | not)) | "\(.time_ns)\t\(track)\t\(.event)"
elif $what == "fires" then
  reduce inputs as $e ({n: 0, open: {}};
    ($e.vp | tostring) as $vp
    | if $e.event == "obs_fire" then (if .open[$vp] then . else .n += 1 end) | .open[$vp] = true
      elif $e.event == "obs_pend" or $e.event == "arm" or $e.event == "disarm" then .open[$vp] = false
      else . end)
  | .n
else
  # A slice of a VP and, when it ran, of its LP, at the event that ends it; the end of the trace ends all.
  foreach (inputs, {time_ns: ns($header.end), event: "end"}) as $e ({at: {}, out: []};
    .out = []
    | def close($vp): .at[$vp] as $s
        | if $s == null or $s.state == null then .
          else .out += ["\($s.since)\t\($e.time_ns)\trecorded/\($name[$vp | tonumber])\t\($s.state)"]
            | if $s.state == "runs" then
                .out += ["\($s.since)\t\($e.time_ns)\trecorded/LP \($s.lp)\t\($name[$vp | tonumber])"]
              else . end
          end;
      if $e.event == "end" then reduce (.at | keys_unsorted[]) as $vp (.; close($vp))
      elif $e | gap then
        .out = ["\($e.time_ns)\t\(ns($e.until))\trecorded/LP \($e.lp)/\($e.event)\t\($e.event)"]
      elif ($e.event | IN("sched_in", "sched_out", "wake") | not) then .
      else ($e.vp | tostring) as $vp
        | if $e.event == "wake" and (.at[$vp].state | IN("runs", "waits")) then .
          else close($vp) | .at[$vp] = {state: ($e | state), since: $e.time_ns, lp: $e.lp} end
      end;
    .out[])
end
