/* SPDX-License-Identifier: GPL-2.0-only */
/* What one `vtick replay` is asked to do, and what came of it: cells, by trace, then by policy. */
#ifndef VTICK_REPLAY_RUN_RUN_H
#define VTICK_REPLAY_RUN_RUN_H

#include <jansson.h>

#include "replay/bound/bound.h"
#include "replay/plugin/plugin.h"

struct run_trace {
	const char *path;
	char *name; /* base name without .vtt */
	uint64_t events;
	uint32_t lps, vps;
	bool truncated;	     /* info's sha256 is known only when it was read */
	bool doubted;	     /* a child said that it is broken: one without policies looks */
	json_t *info;	     /* `trace` of RESULT.md */
	struct plugin *base; /* for the closed loop: the recorded design; NULL */
	struct engine_options base_options;
	unsigned residuals; /* percent of them that its closed loops keep */
};

enum cell_status {
	CELL_OPEN,
	CELL_OK,
	CELL_CRASHED,
	CELL_TIMEOUT,
	CELL_MEMORY,
	CELL_ERROR,
	CELL_MISUSED
};

#define NO_EVENT UINT64_MAX

struct run_cell {
	struct run_trace *trace;
	const struct plugin *plugin;
	struct engine_options options;
	char *label; /* the policy and the parameters as they were given */
	json_t *params;
	enum cell_status status;
	json_t *metrics; /* CELL_OK */
	char message[240];
	uint64_t event;
	int signal; /* 0: none */
};

#define RUN_TIMEOUT_AUTO UINT64_MAX
#define RESIDUALS_ALL 100u

struct run {
	struct run_trace *trace;
	size_t traces;
	struct plugin *plugin;
	size_t plugins;
	struct run_cell *cell; /* [traces * plugins] */
	size_t cells;
	uint32_t jobs;
	uint64_t timeout_ns; /* of each cell; 0: none, RUN_TIMEOUT_AUTO: by the trace */
	uint64_t memory_mib; /* 0: no limit */
	struct costs costs;
	bool has_costs;
	bool no_sandbox;
	bool away_recorded; /* as the trace\'s AWAY events have it */
	int fates_fd;	    /* of the file that the only cell's fates go to; 0: none */
	bool doings;	    /* with what its policy does beside them (watch/doings.h) */
	bool closed;	    /* in the closed loop */
	unsigned residuals; /* in it: percent of the delays that no rule explains, that are kept */
	bool against;	    /* each cell is held against its recording, */
	uint64_t window_ns; /* with this window; WINDOW_OF_RECORDING */
	bool bound;	    /* each cell has the least that its interrupts could be, */
	enum bound_rides rides; /* with these rides */

	bool twins;   /* two of the policies say the same on a trace, which is an error */
	bool quiet;   /* no word about what is odd in a header */
	size_t among; /* the children are shared among so many traces; 0: its own */
	/* The runner's: jobs that are not over, and events of those that are. */
	size_t open;
	uint64_t done;
};

/* No guest of a cell that is CELL_OK had a timer with a known deadline. */
bool run_cell_empty(const struct run_cell *c);

/* "TRACE: LABEL", as messages call the cell; malloc'ed. */
char *run_cell_name(const struct run_cell *c);

/* How long each cell of @trace may take, ns; 0: as long as it likes. */
uint64_t run_limit_ns(const struct run *run, const struct run_trace *trace);

/* What the metrics of @c, which is CELL_OK, say at that path of the catalogue; NULL: nothing. */
const json_t *run_cell_metric(const struct run_cell *c, const char *path);
/* A number of `trace` of RESULT.md. */
uint64_t run_trace_number(const struct run_trace *t, const char *key);

/* What results of such a run have: a bit for each of enum metric_when that cells may show. */
unsigned run_whens(const struct run *run);

const char *cell_status_name(enum cell_status status);

/* Loads each policy of @specs. 0 or -1; run_free() in any case. */
int run_load_policies(struct run *run, const char *const *specs, size_t n, struct vt_error *err);
/*
 * Opens each trace of @paths for its header and makes the cells. Two traces of one name are an
 * error, and so are two policies that say the same on one trace.
 */
int run_open_traces(struct run *run, const char *const *paths, size_t n, struct vt_error *err);
/* The same of one trace, which is called @name. */
int run_open_trace(struct run *run, const char *path, const char *name, struct vt_error *err);
/* Frees what was opened, and keeps the policies. */
void run_close_traces(struct run *run);
void run_free(struct run *run);

#endif
