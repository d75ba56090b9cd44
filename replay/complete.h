/* SPDX-License-Identifier: GPL-2.0-only */
/* Policies, kinds and metrics for completion: struct opt's values. */
#ifndef VTICK_REPLAY_COMPLETE_H
#define VTICK_REPLAY_COMPLETE_H

#include "traces/base/options.h"

/*
 * "POLICY[:key=value,...]": those that are installed and kinds by name, with their keys and the
 * values of those that have a closed set; else files. Only the code of an installed one is asked
 * for its parameters, in a child that has little time; nothing is compiled.
 */
opt_values_fn complete_policies;
/* Kinds alone. */
opt_values_fn complete_kinds;
opt_values_fn complete_metrics;

#endif
