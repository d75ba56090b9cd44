# SPDX-License-Identifier: GPL-2.0-only
# Of transfer.sh: the tables of a load. $base: the run that all is predicted from; $judge: VM.VCPU,...; $same: what
# domains are called elsewhere. Exit code 1: something that is judged is not right.
BEGIN {
	FS = "\t"
	n = split(same, list, " ")
	for (i = 1; i <= n; i++)
		if (split(list[i], pair, "[:=]") == 3) {
			called[pair[1], pair[2]] = pair[3]
			moved[pair[1], pair[3]] = 1
		}
	n = split(judge, list, ",")
	for (i = 1; i <= n; i++)
		judged[list[i]] = 1
	base_setting = setting_of(base)
}

function setting_of(run)
{
	sub(/-[^-]*$/, "", run)
	return run
}

# The VM of a domain of a run.
function vm(run, domain)
{
	if ((run, domain) in called)
		return called[run, domain]
	return (run, domain) in moved ? "gone" domain : domain
}

function magnitude(x)
{
	return x < 0 ? -x : x
}

# By how much @a differs from @b.
function apart(a, b)
{
	return b ? (a - b) / b : a ? 1 : 0
}

# In percent, with its sign.
function percent(x)
{
	return magnitude(x) < 0.0005 ? "0.0 %" : sprintf("%+.1f %%", 100 * x)
}

function sort(list, n,    i, j, t)
{
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (j = i; j > 1 && list[j - 1] > t; j--)
			list[j] = list[j - 1]
		list[j] = t
	}
}

function median(list, n)
{
	sort(list, n)
	if (!n)
		return 0
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

$1 == "observed" {
	key = vm($2, $3) "." $4
	seen[$2, key, $5] = $6
	if (!($2 in run)) {
		run[$2] = ++runs
		run_name[runs] = $2
	}
	if ($2 == base && !(key in known) && vm(base, $3) + 0 > 0) {
		known[key] = 1
		order[++vp_count] = vm(base, $3) * 65536 + $4
		key_of[order[vp_count]] = key
	}
}
$1 == "predicted" { said[$2, vm(base, $3) "." $4, $5] = $6 }
$1 == "late" { late[$2, vm(base, $3) "." $4] = $5 }

# The error that is allowed: as much as two equal runs differ, but between 3 and 10 %.
function limit(spread)
{
	return spread > 0.1 ? 0.1 : spread > 0.03 ? spread : 0.03
}

function is_right(p, is, was, spread,    change)
{
	if (magnitude(apart(p, is)) > limit(spread))
		return 0
	change = magnitude(apart(is, was))
	if (change > limit(spread) && change > 0.05)
		return (is > was) == (p > was)
	return 1
}

function note(what, p, is, was, simple, right)
{
	all++
	rights += right
	errors[all] = magnitude(apart(p, is))
	simples[all] = magnitude(apart(simple, is))
	opens[all] = magnitude(apart(was, is))
}

# Of the run @r: a row, if there is something to hold against each other.
function row(r, setting, key, what,    was, is, p, spread, simple, right, is_event, is_judged)
{
	was = seen[base, key, what]
	is = seen[r, key, what]
	if (was == 0 || is == 0)
		return
	p = said[setting, key, what]
	spread = (twin, key, what) in seen ? magnitude(apart(seen[twin, key, what], was)) : -1
	is_event = what ~ /^w/
	simple = was / (1 + was * (late[setting, key] - late[base_setting, key]))
	right = is_right(p, is, was, spread)
	is_judged = is_event && (judge == "" || key in judged)
	printf "| v%s | %s | %.1f | %.1f | %s | %s | %.1f | %s | %s |\n", key, what, p, is, percent(apart(p, is)),
	    spread < 0 ? "-" : sprintf("%.1f %%", 100 * spread), was, is_event ? sprintf("%.1f", simple) : "-",
	    (right ? "yes" : "no") (is_judged ? ", judged" : "")
	if (is_judged)
		note(what, p, is, was, simple, right)
}

function table(r,    i, j)
{
	all = rights = 0
	printf "%s%s: %s, from %s:\n\n", printed++ ? "\n" : "", title, r, base
	print "| vCPU | what | predicted | observed | error | equal runs differ | open loop | simple arithmetic | right |"
	print "|---|---|--:|--:|--:|--:|--:|--:|---|"
	for (i = 1; i <= vp_count; i++)
		for (j = 1; j <= what_count; j++)
			row(r, setting_of(r), key_of[order[i]], whats[j])
	printf "\n%d of %d that are judged are right. Their median error is %.1f %%; open loop %.1f %%, simple\narithmetic %.1f %%.\n",
	    rights, all, 100 * median(errors, all), 100 * median(opens, all), 100 * median(simples, all)
	wrong += all - rights
}

END {
	what_count = split("writes /s;wake-ups /s;periodic ticks /s;time, %", whats, ";")
	sort(order, vp_count)
	for (i = 1; i <= runs; i++)
		if (setting_of(run_name[i]) == base_setting && run_name[i] != base)
			twin = run_name[i]
	for (i = 1; i <= runs; i++)
		if (setting_of(run_name[i]) != base_setting)
			table(run_name[i])
	exit wrong > 0
}
