/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `vtick gen` and the sets of them that have a name. */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/commands.h"
#include "traces/gen/config.h"

const struct gen_preset gen_presets[] = {
	{ "mail-16x4",
	  "--domains 16 --vcpus 4 --lps 1 --tick 1000 --phase random --duration 60s --slice 30ms "
	  "--switch-delay 5us --migrate 0 --blocked 0 --mode oneshot --device itm --no-tickless "
	  "--moves 0 --cancel 0 --set-itc 0 --set-itc-every 0s --answer-delay 100us "
	  "--wake-delay 60us --clock-hz 1G --seed 1",
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
	  "--tickless --moves 25 --cancel 10",
	  "tickless guests on 4 LPs that mostly halt, move and cancel their timers" },
	{ "busy-16x4-4lp", "--preset mail-16x4 --lps 4 --migrate 5",
	  "64 busy VPs on 4 LPs, migrating now and then" },
};
const unsigned gen_presets_count = sizeof(gen_presets) / sizeof(*gen_presets);

static const char *preset_name(unsigned number)
{
	return number < gen_presets_count ? gen_presets[number].name : NULL;
}

static int take_preset(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	unsigned i = 0;

	while (strcmp(opt_choice(o, i), value))
		i++;
	return gen_config_words(config, gen_presets[i].words, err);
}

static void list_presets(FILE *to, unsigned width)
{
	fputs("Presets, and the options they stand for:\n", to);
	for (unsigned i = 0; i < gen_presets_count; i++) {
		fprintf(to, "\n  %-16s %s\n      ", gen_presets[i].name, gen_presets[i].about);
		opt_wrap(to, gen_presets[i].words, 6, 6, width);
	}
}

static const char *const phases[] = { "random", "aligned", "spread", NULL };
static const char *const hypervisors[] = { "ideal", "virtual", NULL };
static const char *const modes[] = { "oneshot", "periodic", NULL };

#define AT(field) OPT_AT(struct gen_config, field)

static const struct opt options[] = {
	{ OPT_GROUP, .help = "The machine" },
	{ OPT_NUMBER, .name = "domains", .argument = "N", .value = "1", AT(domains),
	  .help = "domains (VMs)" },
	{ OPT_NUMBER, .name = "vcpus", .argument = "N", .value = "1", AT(vcpus),
	  .help = "VPs of each domain",
	  .more = "VPs are called d0v0, d0v1, ... and start on LPs 0, 1, ... in turn, all of them "
		  "runnable." },
	{ OPT_NUMBER, .name = "lps", .argument = "N", .value = "1", AT(lps),
	  .help = "logical processors" },
	{ OPT_FREQUENCY, .name = "clock-hz", .argument = "HZ", .value = "1G", AT(clock_hz),
	  .help = "rate of the machine counter" },
	{ OPT_DURATION, .name = "duration", .argument = "TIME", .value = "10s", AT(duration_ns),
	  .help = "length of the trace; a bare number is seconds" },
	{ OPT_TIME, .name = "slice", .argument = "TIME", .value = "30ms", AT(slice_ns),
	  .help =
	      "slice of the round-robin scheduler: a VP runs at most this long while others wait",
	  .more = "The first slice of each LP has another length, so that the LPs do not switch in "
		  "step." },
	{ OPT_TIME, .name = "switch-delay", .argument = "TIME", .value = "5us", AT(switch_ns),
	  .help = "from the end of a slice to the switch" },
	{ OPT_PERCENT, .name = "migrate", .argument = "PERCENT", .value = "0", AT(migrate),
	  .help = "of wake-ups and preemptions that move the VP to an LP that is no fuller",
	  .more = "The LP is chosen at random." },
	{ OPT_GROUP, .help = "The hypervisor" },
	{ OPT_CHOICE, .name = "hypervisor", .choices = hypervisors, .value = "ideal",
	  AT(hypervisor), .help = "what serves the guests' timers",
	  .more =
	      "An ideal one delivers a tick at its deadline or at the next schedule-in, and the "
	      "guests' timers cost nothing. virtual virtualizes them fully, as the policy of "
	      "that name does: timers in a list, of guests and of the slice, which take "
	      "interrupts; the guests answer the ticks that they get. What it does is in the "
	      "trace: OBS_HV_IRQ, OBS_FIRE, OBS_PEND. All slices have the same length, and who has "
	      "used up its slice runs on until another wants to." },
	{ OPT_TIME, .name = "slop", .argument = "TIME", .value = "0s", AT(slop_ns),
	  .help = "of a virtual one: an interrupt comes no sooner than this after it is programmed",
	  .more = "So ticks are late by up to TIME, and share interrupts." },
	{ OPT_TIME, .name = "irq-cost", .argument = "TIME", .value = "0s", AT(irq_cost_ns),
	  .help = "of a virtual one: how long each interrupt keeps its LP from running a VP" },
	{ OPT_GROUP, .help = "The guests" },
	{ OPT_FREQUENCY, .name = "tick", .argument = "HZ", .value = "1000", AT(tick_hz),
	  .help = "rate of the guests' tick",
	  .more = "The period is rounded to whole ticks of the counter." },
	{ OPT_CHOICE, .name = "phase", .choices = phases, .value = "random", AT(phase),
	  .help = "how the guests' ticks lie to each other",
	  .more = "Anywhere, all at once, or evenly over the period." },
	{ OPT_CHOICE, .name = "mode", .choices = modes, .value = "oneshot", AT(mode),
	  .help = "what the guests program",
	  .more = "A guest programs each tick anew, as the answer to the last one, or programs a "
		  "periodic timer once." },
	{ OPT_CHOICE, .name = "device", .choice = trace_dev_name, AT(device),
	  .help = "with what; without it itm, or lapic for periodic guests",
	  .more = "It decides what becomes of a deadline in the past when the trace is replayed. "
		  "Only the lapic has a periodic mode." },
	{ OPT_PERCENT, .name = "blocked", .argument = "PERCENT", .value = "0", AT(blocked),
	  .help = "of its time that a guest is halted when nobody keeps it waiting",
	  .more = "A guest with nothing left to do halts, and is woken by its own tick. Work comes "
		  "in portions of random size at each tick; in the long run the share is exact." },
	{ OPT_SWITCH, .name = "tickless", AT(tickless),
	  .help = "deadlines 1 to 127 periods ahead (log-uniform) instead of the next tick",
	  .more = "--no-tickless undoes it." },
	{ OPT_PERCENT, .name = "moves", .argument = "PERCENT", AT(moves),
	  .help =
	      "of ARMs that the guest replaces before they are due, if it runs in time; without "
	      "it 0, or 25 for tickless guests" },
	{ OPT_PERCENT, .name = "cancel", .argument = "PERCENT", .value = "0", AT(cancel),
	  .help = "of ARMs (periods) that the guest stops before they are due, if it runs in time",
	  .more = "It programs the timer again after an answer delay." },
	{ OPT_NUMBER, .name = "set-itc", .argument = "N", .value = "0", AT(set_itc),
	  .help = "domains, the last ones, that set their counter: to 0 as they boot",
	  .more =
	      "Each VP does so as it starts; from then on its deadlines are in its own counter." },
	{ OPT_TIME, .name = "set-itc-every", .argument = "TIME", .value = "0s",
	  AT(set_itc_every_ns),
	  .help = "and then by up to a second to and fro, about this often; 0: never",
	  .more = "The intervals are half to one and a half TIME. A guest sets its counter when it "
		  "programs its timer; one that still runs is stopped first." },
	{ OPT_TIME, .name = "answer-delay", .argument = "TIME", .value = "100us", AT(answer_ns),
	  .help = "running time from a tick to the guest's next ARM" },
	{ OPT_TIME, .name = "wake-delay", .argument = "TIME", .value = "60us", AT(wake_ns),
	  .help = "from a halted guest's deadline to its WAKE" },
	{ OPT_GROUP, .help = "The rest" },
	{ OPT_WIDE, .name = "seed", .argument = "N", .max = GEN_SEED_MAX, .value = "1", AT(seed),
	  .help = "another seed, other random numbers" },
	{ OPT_CALL, .name = "preset", .argument = "NAME", .take = take_preset,
	  .choice = preset_name, .help = "a named set of options; what follows it wins",
	  .more = "'vtick gen --help' lists what each stands for." },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt", .needed = true,
	  .dash = true, AT(output), .help = "the trace to write; - is standard output",
	  .more = "It appears under this name only when it is whole." },
	{ 0 },
};

static const char *const examples[] = {
	"vtick gen --preset mail-16x4 -o mail.vtt",
	"vtick gen --preset mail-16x4-idle --duration 5 --seed 2 -o idle.vtt",
	"vtick gen --domains 4 --vcpus 2 --lps 2 --tick 250 --blocked 80 -o quiet.vtt",
	NULL,
};

const struct opt_command command_gen = {
	.name = "gen",
	.summary = "make a synthetic trace",
	.run = gen_run,
	.about =
	    "Makes a synthetic trace: guests with a timer tick on a round-robin scheduler, as an "
	    "ideal hypervisor would have recorded them. The same options and seed give the same "
	    "events on every machine.",
	.options = options,
	.notes =
	    "Times: 50us, 30ms, 1.5s; frequencies: 100, 2.4G. A guest answers a tick, by "
	    "programming the next one, only when it could have got it: running at the deadline, "
	    "or else from its next schedule-in on. --answer-delay and --wake-delay leave room for "
	    "a policy that is a timer slop (50us) late; shorter ones let the replay count "
	    "causality breaks.",
	.lists = list_presets,
	.examples = examples,
};

void gen_config_init(struct gen_config *c)
{
	*c = (struct gen_config){ .device = GEN_UNSET, .moves = GEN_UNSET };
	opt_defaults(&command_gen, c);
}

int gen_config_words(struct gen_config *c, const char *words, struct vt_error *err)
{
	return opt_words(&command_gen, c, words, err);
}

static void print_value(FILE *f, const struct gen_config *c, const struct opt *o)
{
	const void *field = (const char *)c + o->at;
	char *time;

	switch (o->kind) {
	case OPT_NUMBER:
	case OPT_PERCENT:
		fprintf(f, "%" PRIu32, *(const uint32_t *)field);
		break;
	case OPT_CHOICE:
		fputs(opt_choice(o, *(const uint32_t *)field), f);
		break;
	case OPT_TIME:
	case OPT_DURATION:
		time = cli_time_text(*(const uint64_t *)field);
		fputs(time, f);
		free(time);
		break;
	default:
		fprintf(f, "%" PRIu64, *(const uint64_t *)field);
	}
}

/* An ideal hypervisor's commands are as they were before there was another. */
static bool is_left_out(const struct gen_config *c, const struct opt *o)
{
	return c->hypervisor == GEN_IDEAL && (o->at == offsetof(struct gen_config, hypervisor) ||
					      o->at == offsetof(struct gen_config, slop_ns) ||
					      o->at == offsetof(struct gen_config, irq_cost_ns));
}

char *gen_config_command(const struct gen_config *c)
{
	char *text = NULL;
	size_t size;
	FILE *f = vt_text_open(&text, &size);

	fputs("vtick gen", f);
	for (const struct opt *o = options; o->kind != OPT_END; o++) {
		if (o->kind == OPT_GROUP || o->kind == OPT_CALL || o->kind == OPT_FILE_OUT ||
		    is_left_out(c, o))
			continue;
		if (o->kind == OPT_SWITCH) {
			if (*(const bool *)((const char *)c + o->at))
				fprintf(f, " --%s", o->name);
			continue;
		}
		fprintf(f, " --%s ", o->name);
		print_value(f, c, o);
	}
	vt_text_close(f);
	return text;
}
