/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/gen/config.h"

/* A day has 8.64e13 ns; half of TRACE_TICK_LIMIT leaves room for counters that were set ahead. */
#define END_MAX (TRACE_TICK_LIMIT / 4)
/* JSON integers stay exact below 2^53. */
#define SEED_MAX ((UINT64_C(1) << 53) - 1)

enum kind {
	NUMBER,
	PERCENT,
	FREQUENCY,
	TIME,
	DURATION, /* a time, a plain number means seconds */
	WIDE,	  /* 64 bits */
	CHOICE,
	SWITCH, /* --x and --no-x */
	PRESET,
	OUTPUT
};

struct option {
	const char *name;
	const char *argument;
	const char *help;
	enum kind kind;
	size_t offset;
	const char *const *choices;
};

static const char *const phases[] = { "random", "aligned", "spread", NULL };
static const char *const modes[] = { "oneshot", "periodic", NULL };
static const char *const devices[] = { "itm", "tsc-deadline", "lapic", NULL };

#define AT(field) offsetof(struct gen_config, field)

/* In the order of --help and of gen_config_command(). */
static const struct option options[] = {
	{ "domains", "N", "domains (VMs); 1", NUMBER, AT(domains), NULL },
	{ "vcpus", "N", "VPs of each domain; 1", NUMBER, AT(vcpus), NULL },
	{ "lps", "N", "logical processors; 1", NUMBER, AT(lps), NULL },
	{ "tick", "HZ", "rate of the guests' tick; 1000", FREQUENCY, AT(tick_hz), NULL },
	{ "phase", "random|aligned|spread", "how the guests' ticks lie to each other; random",
	  CHOICE, AT(phase), phases },
	{ "duration", "TIME", "length of the trace, a plain number is seconds; 10s", DURATION,
	  AT(duration_ns), NULL },
	{ "slice", "TIME", "slice of the round-robin scheduler; 30ms", TIME, AT(slice_ns), NULL },
	{ "switch-delay", "TIME", "from the end of a slice to the switch; 5us", TIME, AT(switch_ns),
	  NULL },
	{ "migrate", "PERCENT",
	  "of wake-ups and preemptions that move the VP to an LP that is no fuller; 0", PERCENT,
	  AT(migrate), NULL },
	{ "blocked", "PERCENT",
	  "of its time that a guest is halted when nobody keeps it waiting; 0", PERCENT,
	  AT(blocked), NULL },
	{ "mode", "oneshot|periodic", "what the guests program; oneshot", CHOICE, AT(mode), modes },
	{ "device", "itm|tsc-deadline|lapic", "with what; itm, or lapic for periodic", CHOICE,
	  AT(device), devices },
	{ "tickless", NULL,
	  "deadlines 1 to 127 periods ahead (log-uniform) instead of the next tick", SWITCH,
	  AT(tickless), NULL },
	{ "moves", "PERCENT", "of ARMs that the guest replaces before they are due; 0, tickless 25",
	  PERCENT, AT(moves), NULL },
	{ "cancel", "PERCENT", "of ARMs (periods) that the guest stops before they are due; 0",
	  PERCENT, AT(cancel), NULL },
	{ "set-itc", "N", "domains, the last ones, that set their counter: to 0 as they boot; 0",
	  NUMBER, AT(set_itc), NULL },
	{ "set-itc-every", "TIME",
	  "and then by up to a second to and fro, about this often; 0: never", TIME,
	  AT(set_itc_every_ns), NULL },
	{ "answer-delay", "TIME", "running time from a tick to the guest's next ARM; 100us", TIME,
	  AT(answer_ns), NULL },
	{ "wake-delay", "TIME", "from a halted guest's deadline to its WAKE; 60us", TIME,
	  AT(wake_ns), NULL },
	{ "clock-hz", "HZ", "rate of the machine counter; 1G", FREQUENCY, AT(clock_hz), NULL },
	{ "seed", "N", "another seed, other random numbers; 1", WIDE, AT(seed), NULL },
	{ "preset", "NAME", "a named set of options (below); what follows it wins", PRESET, 0,
	  NULL },
	{ "output", "FILE", "the trace to write (-o FILE)", OUTPUT, 0, NULL },
};

#define OPTIONS (sizeof(options) / sizeof(*options))
#define WORDS_MAX 128

const struct gen_preset gen_presets[] = {
	{ "mail-16x4",
	  "--domains 16 --vcpus 4 --lps 1 --tick 1000 --phase random --duration 60s --slice 30ms "
	  "--switch-delay 5us --migrate 0 --blocked 0 --mode oneshot --device itm --no-tickless "
	  "--moves 0 "
	  "--cancel 0 --set-itc 0 --set-itc-every 0s --answer-delay 100us --wake-delay 60us "
	  "--clock-hz 1G "
	  "--seed 1",
	  "the case of the 2005 mail: 64 busy VPs on one LP" },
	{ "mail-16x4-idle", "--preset mail-16x4 --tick 100 --blocked 99",
	  "the same, halting: every VP is woken by its own tick" },
	{ "mail-16x4-itc", "--preset mail-16x4 --set-itc 8 --set-itc-every 1s",
	  "busy, and half of the domains set their ITC" },
	{ "lapic-16x4", "--preset mail-16x4 --device lapic --mode periodic",
	  "busy, with periodic local APIC timers" },
	{ "lapic-16x4-idle", "--preset mail-16x4-idle --device lapic --mode periodic",
	  "halting, with periodic local APIC timers" },
	{ "tickless-16x4",
	  "--preset mail-16x4 --lps 4 --tick 250 --device tsc-deadline --migrate 5 --blocked 97 "
	  "--tickless "
	  "--moves 25 --cancel 10",
	  "tickless guests on 4 LPs that mostly halt, move and cancel their timers" },
	{ "busy-16x4-4lp", "--preset mail-16x4 --lps 4 --migrate 5",
	  "64 busy VPs on 4 LPs, migrating now and then" },
};
const unsigned gen_presets_count = sizeof(gen_presets) / sizeof(*gen_presets);

void gen_config_init(struct gen_config *c)
{
	*c = (struct gen_config){
		.domains = 1,
		.vcpus = 1,
		.lps = 1,
		.tick_hz = 1000,
		.phase = GEN_RANDOM,
		.duration_ns = UINT64_C(10000000000),
		.slice_ns = 30000000,
		.mode = GEN_ONESHOT,
		.device = GEN_UNSET,
		.moves = GEN_UNSET,
		.answer_ns = 100000,
		.switch_ns = 5000,
		.wake_ns = 60000,
		.clock_hz = 1000000000,
		.seed = 1,
	};
}

static uint32_t *field32(struct gen_config *c, const struct option *o)
{
	return (uint32_t *)(void *)((char *)c + o->offset);
}

static uint64_t *field64(struct gen_config *c, const struct option *o)
{
	return (uint64_t *)(void *)((char *)c + o->offset);
}

static int bad_value(const struct option *o, const char *value, struct vt_error *err)
{
	static const char *const expected[] = {
		[NUMBER] = "a whole number",
		[PERCENT] = "a whole number from 0 to 100",
		[FREQUENCY] = "a frequency like 100, 2.4G or 2596.122M",
		[TIME] = "a time like 50us, 30ms or 1.5s",
		[DURATION] = "seconds, or a time like 50us, 30ms or 1.5s",
		[WIDE] = "a whole number",
	};

	return vt_error_set(err, NULL, VT_NO_OFFSET, "--%s: '%s' is not %s", o->name, value,
			    expected[o->kind]);
}

static int take_choice(struct gen_config *c, const struct option *o, const char *value,
		       struct vt_error *err)
{
	for (uint32_t i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], value)) {
			*field32(c, o) = i;
			return 0;
		}
	}
	return vt_error_set(err, NULL, VT_NO_OFFSET, "--%s: '%s' is not one of %s", o->name, value,
			    o->argument);
}

static int take_preset(struct gen_config *c, const char *name, struct vt_error *err)
{
	for (unsigned i = 0; i < gen_presets_count; i++)
		if (!strcmp(gen_presets[i].name, name))
			return gen_config_words(c, gen_presets[i].words, err);
	return vt_error_set(err, NULL, VT_NO_OFFSET, "there is no preset '%s' (--help lists them)",
			    name);
}

static int take(struct gen_config *c, const struct option *o, const char *value,
		struct vt_error *err)
{
	uint64_t seconds;
	int bad = 0;

	switch (o->kind) {
	case NUMBER:
		bad = cli_parse_u32(value, field32(c, o));
		break;
	case PERCENT:
		bad = cli_parse_u32(value, field32(c, o)) || *field32(c, o) > 100;
		break;
	case FREQUENCY:
		bad = cli_parse_frequency(value, field64(c, o));
		break;
	case DURATION:
		if (!cli_parse_u64(value, &seconds)) {
			bad = seconds > UINT64_MAX / 1000000000;
			*field64(c, o) = bad ? 0 : seconds * 1000000000;
			break;
		}
		/* fall through */
	case TIME:
		bad = cli_parse_time_ns(value, field64(c, o));
		break;
	case WIDE:
		bad = cli_parse_u64(value, field64(c, o));
		break;
	case CHOICE:
		return take_choice(c, o, value, err);
	case PRESET:
		return take_preset(c, value, err);
	case OUTPUT:
		c->output = value;
		break;
	case SWITCH: /* has no value: parse_one() took it */
		break;
	}
	return bad ? bad_value(o, value, err) : 0;
}

/* A copy of the option's name, without what follows a '='. */
static const struct option *find(const char *name, size_t len)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strlen(options[i].name) == len && !memcmp(options[i].name, name, len))
			return &options[i];
	return NULL;
}

/* One option at argv[*i]; moves *i to the next one. */
static int parse_one(struct gen_config *c, int argc, char **argv, int *i, struct vt_error *err)
{
	const char *word = argv[*i], *value = NULL;
	const struct option *o;
	bool on = true;
	size_t len;

	(*i)++;
	if (!strncmp(word, "-o", 2)) {
		o = find("output", strlen("output"));
		if (word[2])
			value = word + 2;
	} else {
		if (strncmp(word, "--", 2))
			return vt_error_set(err, NULL, VT_NO_OFFSET, "unexpected argument '%s'",
					    word);
		len = strcspn(word + 2, "=");
		if (word[2 + len])
			value = word + 2 + len + 1;
		o = find(word + 2, len);
		if (!o && len > 3 && !strncmp(word, "--no-", 5)) {
			o = find(word + 5, len - 3);
			on = false;
			if (o && o->kind != SWITCH)
				o = NULL;
		}
	}
	if (!o)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "unknown option '%s'", word);
	if (o->kind == SWITCH) {
		if (value)
			return vt_error_set(err, NULL, VT_NO_OFFSET, "--%s takes no value",
					    o->name);
		*(bool *)((char *)c + o->offset) = on;
		return 0;
	}
	if (!value) {
		if (*i >= argc)
			return vt_error_set(err, NULL, VT_NO_OFFSET, "'%s' wants a value: %s", word,
					    o->argument);
		value = argv[(*i)++];
	}
	return take(c, o, value, err);
}

int gen_config_parse(struct gen_config *c, int argc, char **argv, struct vt_error *err)
{
	for (int i = 1; i < argc;) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return 1;
		if (parse_one(c, argc, argv, &i, err))
			return -1;
	}
	return 0;
}

int gen_config_words(struct gen_config *c, const char *words, struct vt_error *err)
{
	char *copy = vt_strdup(words), *save = NULL;
	char *argv[WORDS_MAX];
	int argc = 0, ret = 0;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (argc == WORDS_MAX)
			abort();
		argv[argc++] = w;
	}
	for (int i = 0; i < argc && !ret;)
		ret = parse_one(c, argc, argv, &i, err);
	free(copy);
	return ret;
}

static int refuse(struct vt_error *err, const char *what)
{
	return vt_error_set(err, NULL, VT_NO_OFFSET, "%s", what);
}

static int check_counts(const struct gen_config *c, struct vt_error *err)
{
	if (!c->domains || !c->vcpus || (uint64_t)c->domains * c->vcpus > TRACE_VPS_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "--domains times --vcpus must be 1 to %u", TRACE_VPS_MAX);
	if (!c->lps || c->lps > TRACE_LPS_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "--lps must be 1 to %u",
				    TRACE_LPS_MAX);
	if (c->set_itc > c->domains)
		return refuse(err, "--set-itc: more domains than --domains");
	if (!c->clock_hz || c->clock_hz > TRACE_CLOCK_HZ_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "--clock-hz must be 1 to %" PRIu64,
				    TRACE_CLOCK_HZ_MAX);
	if (!c->tick_hz || c->tick_hz > c->clock_hz / 2)
		return refuse(err, "--tick must be at least 1 Hz and at most half of --clock-hz");
	if (c->seed > SEED_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "--seed must be at most %" PRIu64,
				    SEED_MAX);
	return 0;
}

static int check_choices(const struct gen_config *c, struct vt_error *err)
{
	if (c->mode == GEN_PERIODIC && c->device != TRACE_LAPIC)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "--device %s has no periodic mode; add --device lapic, or --mode oneshot",
		    trace_dev_name(c->device));
	if (c->mode == GEN_PERIODIC && (c->tickless || c->moves))
		return refuse(err, "--tickless and --moves need --mode oneshot: a periodic timer "
				   "is programmed once");
	if (c->blocked >= 100)
		return refuse(
		    err, "--blocked must be 0 to 99: a guest that never runs programs no timer");
	if (c->moves + c->cancel > 100)
		return refuse(err, "--moves and --cancel together must be at most 100");
	return 0;
}

static int check_times(const struct gen_config *c, struct vt_error *err)
{
	uint64_t run = (uint64_t)((unsigned __int128)c->period * (100 - c->blocked) / 100);

	if (!c->end || c->end > END_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "--duration must be 1 to %" PRIu64 " ticks of --clock-hz",
				    END_MAX);
	if (!c->slice || c->slice > END_MAX || c->slice_ends - c->slice > c->slice)
		return refuse(err, "--slice must be at least one tick of --clock-hz, and not below "
				   "--switch-delay");
	if (!c->answer || c->answer >= c->period)
		return refuse(
		    err,
		    "--answer-delay must be at least one tick of --clock-hz, and shorter than the "
		    "period of --tick");
	if (c->wake >= c->period)
		return refuse(err, "--wake-delay must be shorter than the period of --tick");
	if (c->set_itc_every > END_MAX)
		return refuse(err, "--set-itc-every is too long");
	if (c->blocked && run < c->answer)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "--blocked %u leaves %" PRIu64
				    " ns of each period to run, less than "
				    "--answer-delay: lower --blocked, --tick or --answer-delay",
				    c->blocked, trace_ticks_to_ns(run, c->clock_hz));
	return 0;
}

int gen_config_finish(struct gen_config *c, struct vt_error *err)
{
	if (c->device == GEN_UNSET)
		c->device = c->mode == GEN_PERIODIC ? TRACE_LAPIC : TRACE_ITM;
	if (c->moves == GEN_UNSET)
		c->moves = c->tickless ? 25 : 0;
	if (check_counts(c, err) || check_choices(c, err))
		return -1;
	/* Rounded to the nearest, as Xen/ia64 and Linux/ia64 computed their itm_delta. */
	c->period = (c->clock_hz + c->tick_hz / 2) / c->tick_hz;
	c->end = trace_ns_to_ticks(c->duration_ns, c->clock_hz);
	c->slice = trace_ns_to_ticks(c->slice_ns, c->clock_hz);
	c->slice_ends = c->slice + trace_ns_to_ticks(c->switch_ns, c->clock_hz);
	c->answer = trace_ns_to_ticks(c->answer_ns, c->clock_hz);
	c->wake = trace_ns_to_ticks(c->wake_ns, c->clock_hz);
	c->set_itc_every = trace_ns_to_ticks(c->set_itc_every_ns, c->clock_hz);
	return check_times(c, err);
}

static void print_time(FILE *f, uint64_t ns)
{
	if (ns % 1000000000 == 0)
		fprintf(f, "%" PRIu64 "s", ns / 1000000000);
	else if (ns % 1000000 == 0)
		fprintf(f, "%" PRIu64 "ms", ns / 1000000);
	else if (ns % 1000 == 0)
		fprintf(f, "%" PRIu64 "us", ns / 1000);
	else
		fprintf(f, "%" PRIu64 ".%09" PRIu64 "s", ns / 1000000000, ns % 1000000000);
}

char *gen_config_command(const struct gen_config *config)
{
	struct gen_config c = *config;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	fputs("vtick gen", f);
	for (const struct option *o = options; o < options + OPTIONS; o++) {
		if (o->kind == PRESET || o->kind == OUTPUT)
			continue;
		if (o->kind == SWITCH) {
			if (*(bool *)((char *)&c + o->offset))
				fprintf(f, " --%s", o->name);
			continue;
		}
		fprintf(f, " --%s ", o->name);
		if (o->kind == NUMBER || o->kind == PERCENT)
			fprintf(f, "%" PRIu32, *field32(&c, o));
		else if (o->kind == CHOICE)
			fputs(o->choices[*field32(&c, o)], f);
		else if (o->kind == TIME || o->kind == DURATION)
			print_time(f, *field64(&c, o));
		else
			fprintf(f, "%" PRIu64, *field64(&c, o));
	}
	if (fclose(f))
		abort();
	return text;
}

/* Prints @words as lines of at most @width columns, each after @indent blanks. */
static void print_words(FILE *to, const char *words, int indent, int width)
{
	int column = 0;

	while (*words) {
		/* Keep an option and its value together. */
		const char *end = strstr(words + 1, " --");
		int len = end ? (int)(end - words) : (int)strlen(words);

		while (*words == ' ') {
			words++;
			len--;
		}
		if (column && column + 1 + len > width) {
			fputc('\n', to);
			column = 0;
		}
		column += fprintf(to, "%*s%.*s", column ? 1 : indent, "", len, words);
		words += len;
	}
	fputc('\n', to);
}

void gen_help(FILE *to)
{
	fputs(
	    "usage: vtick gen [OPTION]... -o FILE.vtt\n"
	    "\n"
	    "Makes a synthetic trace: guests with a timer tick on a round-robin scheduler, as an\n"
	    "ideal hypervisor would have recorded them. The same options and seed give the same\n"
	    "events on every machine.\n"
	    "\n",
	    to);
	for (const struct option *o = options; o < options + OPTIONS; o++) {
		int n = fprintf(to, "  --%s%s%s", o->name, o->argument ? " " : "",
				o->argument ? o->argument : "");

		if (n > 24)
			n = fprintf(to, "\n") - 1;
		fprintf(to, "%*s%s\n", 25 - n, "", o->help);
	}
	fputs("\n"
	      "Times: 50us, 30ms, 1.5s; frequencies: 100, 2.4G. A guest answers a tick, by "
	      "programming\n"
	      "the next one, only when it could have got it: running at the deadline, or else from "
	      "its\n"
	      "next schedule-in on. --answer-delay and --wake-delay leave room for a policy that "
	      "is a\n"
	      "timer slop (50us) late; shorter ones let the replay count causality breaks.\n"
	      "\n"
	      "Presets, and the options they stand for:\n",
	      to);
	for (unsigned i = 0; i < gen_presets_count; i++) {
		fprintf(to, "\n  %-16s %s\n", gen_presets[i].name, gen_presets[i].about);
		print_words(to, gen_presets[i].words, 6, 88);
	}
	fputs("\n"
	      "Examples:\n"
	      "  vtick gen --preset mail-16x4 -o mail.vtt\n"
	      "  vtick gen --preset mail-16x4-idle --duration 5 --seed 2 -o idle.vtt\n"
	      "  vtick gen --domains 4 --vcpus 2 --lps 2 --tick 250 --blocked 80 -o quiet.vtt\n",
	      to);
}
