/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A write to a descriptor that is not the policy's. Here the number is found by the file's name; in
 * earnest it is a double close() or a variable that nothing was put into.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/policy.h"

static void stray_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	static int done;
	char link[64], name[256];

	for (int fd = 3; !done && fd < 64; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);

		ssize_t n = readlink(link, name, sizeof(name) - 1);

		if (n < 0)
			continue;
		name[n] = '\0';
		if (!strstr(name, ".tmp."))
			continue;
		h->log(h, "fd %d is %s", fd, name);
		if (write(fd, "{\"cells\": [], ", 14) < 0)
			h->log(h, "and takes nothing");
	}
	done = 1;
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "stray",
	.summary = "writes into a file that is not its own",
	.arm = stray_arm,
};
