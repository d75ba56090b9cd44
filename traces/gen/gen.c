/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick gen`. */
#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/commands.h"
#include "traces/gen/config.h"
#include "traces/gen/sim.h"

static void fill_meta(struct trace_meta *meta, const struct gen_config *c)
{
	char *command = gen_config_command(c);
	bool ideal = c->hypervisor == GEN_IDEAL;

	trace_meta_init(meta);
	meta->clock_hz = c->clock_hz;
	meta->end = c->end;
	meta->lps = c->lps;
	for (uint32_t d = 0; d < c->domains; d++)
		for (uint32_t v = 0; v < c->vcpus; v++)
			trace_meta_add_vp(meta, d, v, NULL);
	json_put(meta->more, "class", json_text("synthetic"));
	json_put(meta->more, "source",
		 json_make("{s:s, s:o, s:I}", "tool", "vtick gen", "command", json_text(command),
			   "seed", (json_int_t)c->seed));
	if (!ideal)
		json_put_text(json_object_get(meta->more, "source"), "hypervisor", "vtick gen");
	json_put(meta->more, "host_model",
		 json_make("{s:s, s:i, s:I, s:I}", "scheduler", ideal ? "round-robin" : "fifo",
			   "tick_hz", ideal ? 100 : 0, "slice_ns", (json_int_t)c->slice_ns,
			   "slop_ns", ideal ? (json_int_t)50000 : (json_int_t)c->slop_ns));
	json_put(meta->more, "unseen_ticks", json_integer(0));
	json_put(
	    meta->more, "notes",
	    json_make("[s]", ideal ? "Generated, not recorded: guests on a round-robin "
				     "scheduler under an ideal hypervisor, which delivers a tick "
				     "at its deadline or at the next schedule-in."
				   : "Generated, not recorded: guests on a round-robin "
				     "scheduler under full virtualization."));
	free(command);
}

static int generate(const struct gen_config *c, struct vt_error *err)
{
	struct cli_progress progress;
	struct trace_writer *w;
	struct trace_meta meta;
	int ret = -1;

	fill_meta(&meta, c);
	w = trace_writer_open(c->output, &meta, NULL, err);
	if (!w)
		goto out;
	cli_progress_start(&progress, "generating", "ms",
			   trace_ticks_to_ns(c->end, c->clock_hz) / 1000000);
	ret = gen_simulate(c, w, &progress, err);
	cli_progress_end(&progress);
	if (ret)
		trace_writer_abort(w);
	else
		ret = trace_writer_finish(w, NULL, err);
out:
	trace_meta_free(&meta);
	return ret;
}

int gen_run(int argc, char **argv)
{
	struct gen_config c;
	struct vt_error err;
	int code;

	gen_config_init(&c);
	if (!opt_parse(&command_gen, &c, argc, argv, &code))
		return code;
	if (gen_config_finish(&c, &err))
		return cli_usage_error("gen", "%s", err.text);
	if (generate(&c, &err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}
