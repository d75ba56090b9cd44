/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often does the comparison of noisy metrics cry wolf, and how often does it see a wolf?
 * Simulated runs of known distribution go through the very functions of `vtick compare`. Prints the
 * tables of compare/STATISTICS.md. Usage: stats_sim [ROUNDS]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compare/stats.h"
#include "traces/base/sort.h"

#define RUNS_MAX 50
#define METRICS_MAX 10
#define ALPHA 0.01
#define LIMIT 0.02

static uint64_t state = 1;

static double uniform(void)
{
	/* xorshift64*, 53 bits, never 0 */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((double)(state * UINT64_C(0x2545f4914f6cdd1d) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * acos(-1) * uniform());
}

enum noise { NORMAL, SKEWED, OUTLIERS, COARSE, NOISES };

static const char *const noise_names[NOISES] = {
	"normal",
	"skewed (log-normal)",
	"one run in ten 30 % slower",
	"clock of 5 ms steps",
};

/* A run of about a second, spread by @spread, slower by @shift (0.05: 5 %). */
static int64_t run_time(enum noise noise, double spread, double shift)
{
	double t = 1 + spread * normal();

	if (noise == SKEWED)
		t = exp(spread * normal()) + spread * -log(uniform());
	else if (noise == OUTLIERS && uniform() < 0.1)
		t *= 1.3;
	t = (t < 0.01 ? 0.01 : t) * (1 + shift) * 1e9;
	return noise == COARSE ? (int64_t)(t / 5e6) * 5000000 + 5000000 : (int64_t)t;
}

struct tally {
	unsigned changed, same, undecided, wrong_way, p_alone;
};

/* One comparison of @metrics metrics of which the first is shifted; what became of that one, or of
 * any. */
static void round_once(enum noise noise, double spread, double shift, size_t runs, size_t metrics,
		       struct tally *t)
{
	static int64_t base[METRICS_MAX][RUNS_MAX], cand[METRICS_MAX][RUNS_MAX];
	struct stats_shift s[METRICS_MAX];
	double p[METRICS_MAX];
	int changed = 0, same = 1, p_alone = 0, wrong = 0;

	for (size_t m = 0; m < metrics; m++) {
		struct stats_test test;

		for (size_t i = 0; i < runs; i++) {
			base[m][i] = run_time(noise, spread, 0);
			cand[m][i] = run_time(noise, spread, m ? 0 : shift);
		}
		sort_i64(base[m], runs);
		sort_i64(cand[m], runs);
		stats_mann_whitney(base[m], runs, cand[m], runs, &test);
		stats_hodges_lehmann(base[m], runs, cand[m], runs, ALPHA, &s[m]);
		p[m] = test.p;
		p_alone |= p[m] <= ALPHA;
	}
	stats_holm(p, metrics);
	for (size_t m = 0; m < metrics; m++) {
		size_t needed;
		enum stats_answer a =
		    stats_decide(&s[m], p[m], ALPHA, LIMIT, 0, runs, runs, metrics, &needed);

		if (m && shift != 0)
			continue;
		changed |= a == STATS_CHANGED;
		same &= a == STATS_SAME;
		wrong |= a == STATS_CHANGED && shift != 0 && (s[m].ratio > 1) != (shift > 0);
	}
	t->changed += (unsigned)changed;
	t->same += (unsigned)same;
	t->undecided += !changed && !same;
	t->wrong_way += (unsigned)wrong;
	t->p_alone += (unsigned)p_alone;
}

static void measure(enum noise noise, double spread, double shift, size_t runs, size_t metrics,
		    unsigned rounds)
{
	struct tally t = { 0 };
	double all = rounds / 100.0;

	for (unsigned i = 0; i < rounds; i++)
		round_once(noise, spread, shift, runs, metrics, &t);
	printf("| %s | %g %% | %+g %% | %zu | %zu | %.2f %% | %.1f %% | %.1f %% | %.2f %% | %.2f "
	       "%% |\n",
	       noise_names[noise], spread * 100, shift * 100, runs, metrics, t.changed / all,
	       t.same / all, t.undecided / all, t.wrong_way / all, t.p_alone / all);
}

static void head(const char *title)
{
	printf("\n%s\n\n| noise | spread | shift | runs a side | metrics | changed | same | not "
	       "enough runs "
	       "| wrong way | "
	       "p <= alpha alone, unadjusted |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
	       title);
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000;
	static const size_t runs[] = { 5, 10, 20 };
	static const double shifts[] = { 0.02, 0.03, 0.05, 0.10, -0.05 };

	printf("%u rounds each, alpha %g, limit %g %%.\n", rounds, ALPHA, LIMIT * 100);
	head("False alarms: both sides alike (A/A)");
	for (enum noise n = 0; n < NOISES; n++) {
		for (size_t i = 0; i < 3; i++)
			measure(n, 0.02, 0, runs[i], 1, rounds);
	}
	measure(NORMAL, 0.1, 0, 10, 1, rounds);
	measure(NORMAL, 0.005, 0, 10, 1, rounds);
	measure(NORMAL, 0.02, 0, 10, METRICS_MAX, rounds);
	measure(OUTLIERS, 0.1, 0, 10, METRICS_MAX, rounds);
	head("Power: the candidate is shifted");
	for (size_t k = 0; k < sizeof(shifts) / sizeof(*shifts); k++) {
		for (size_t i = 0; i < 3; i++)
			measure(NORMAL, 0.01, shifts[k], runs[i], 1, rounds);
	}
	for (enum noise n = SKEWED; n < NOISES; n++)
		measure(n, 0.02, 0.1, 10, 1, rounds);
	measure(NORMAL, 0.01, 0.05, 10, METRICS_MAX, rounds);
	return 0;
}
