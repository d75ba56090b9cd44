/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/cc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/plugin/builder.h"

/* $CC may be a compiler with options ("ccache gcc"): the shell splits it. */
static int compile(const struct builder *b, const char *source)
{
	const char *cc = getenv("CC");
	char *object = builder_path(b, "policy.so");
	const char *const argv[] = { "/bin/sh",
				     "-c",
				     "exec ${CC:-cc} \"$@\"",
				     "cc",
				     "-std=gnu11",
				     "-O2",
				     "-g",
				     "-Wall",
				     "-Wextra",
				     "-Wno-unused-parameter",
				     "-fPIC",
				     "-shared",
				     "-Wl,--build-id=sha1",
				     "-I",
				     b->folder,
				     "-o",
				     object,
				     source,
				     NULL };
	struct builder_said said;
	int failed = builder_tool(b, BUILDER_SHOWN, NULL, argv, &said);

	if (!failed && said.status)
		failed = vt_error_set(b->err, source, VT_NO_OFFSET,
				      "'%s' could not compile it, its messages are above",
				      cc && *cc ? cc : "cc");
	builder_said_free(&said);
	free(object);
	return failed;
}

static int work(const struct builder *b, void *arg)
{
	const char *source = arg;

	if (access(source, R_OK))
		return vt_error_set(b->err, source, VT_NO_OFFSET, "cannot be read: %s",
				    strerror(errno));
	/* Both `#include "policy.h"` and `#include "replay/policy.h"` find the header. */
	if (builder_write_policy_h(b, "policy.h") || builder_write_policy_h(b, "replay/policy.h"))
		return -1;
	return compile(b, source);
}

int plugin_cc(const char *source, struct vt_error *err)
{
	return builder_run(source, work, (void *)(uintptr_t)source, err);
}
