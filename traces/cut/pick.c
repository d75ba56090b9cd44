/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cut/pick.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/near.h"
#include "traces/meta.h"

static bool has_domain(const struct trace_meta *meta, uint32_t domain)
{
	uint32_t i = 0;

	while (i < meta->vps && meta->vp[i].domain != domain)
		i++;
	return i < meta->vps;
}

static bool fits(const struct trace_vp *vp, const char *word)
{
	char *vm = trace_vm_name(vp);
	bool is = !strcmp(word, vm) || !fnmatch(word, vm, 0) || !strcmp(word, vp->name) ||
		  !fnmatch(word, vp->name, 0);

	free(vm);
	return is;
}

static int refuse(const struct trace_meta *meta, const char *path, const char *word,
		  struct vt_error *err)
{
	struct near near = { 0 };
	char **vm = vt_array((size_t)meta->vps + 1, sizeof(*vm));

	for (uint32_t i = 0; i < meta->vps; i++) {
		vm[i] = trace_vm_name(&meta->vp[i]);
		near_try(&near, word, vm[i]);
	}
	if (near.name)
		vt_error_set(err, path, VT_NO_OFFSET,
			     "there is no VM '%.100s', did you mean "
			     "'%.100s'?",
			     word, near.name);
	else
		vt_error_set(err, path, VT_NO_OFFSET,
			     "there is no VM '%.100s', expected the name of a VM or VP, the number "
			     "of a domain, or a pattern (vtick info --json names them all)",
			     word);
	for (uint32_t i = 0; i < meta->vps; i++)
		free(vm[i]);
	free(vm);
	return -1;
}

/* The VPs that @word means are to be kept. */
static int take(struct cut_pick *p, const struct trace_meta *meta, const char *path,
		const char *word, struct vt_error *err)
{
	uint32_t domain = 0;
	bool by_number = !cli_parse_u32(word, &domain) && has_domain(meta, domain), any = false;

	for (uint32_t i = 0; i < meta->vps; i++) {
		if (by_number ? meta->vp[i].domain != domain : !fits(&meta->vp[i], word))
			continue;
		p->number[i] = 0;
		any = true;
	}
	return any ? 0 : refuse(meta, path, word, err);
}

static int take_list(struct cut_pick *p, const struct trace_meta *meta, const char *path,
		     const char *list, struct vt_error *err)
{
	int failed = 0;

	do {
		size_t n = strcspn(list, ",");
		char *word = vt_strndup(list, n);

		failed = take(p, meta, path, word, err);
		free(word);
		list += n;
	} while (!failed && *list++);
	return failed;
}

int cut_pick(struct cut_pick *p, const struct trace_meta *meta, const struct opt_list *vms,
	     const char *path, struct vt_error *err)
{
	*p = (struct cut_pick){ .number = vt_array((size_t)meta->vps + 1, sizeof(*p->number)) };
	if (vms->n)
		memset(p->number, 0xff, meta->vps * sizeof(*p->number));
	for (size_t i = 0; i < vms->n; i++) {
		if (take_list(p, meta, path, vms->item[i], err))
			return -1;
	}
	for (uint32_t i = 0; i < meta->vps; i++) {
		if (p->number[i] != CUT_LEFT_OUT)
			p->number[i] = p->vps++;
	}
	return 0;
}

void cut_pick_free(struct cut_pick *p)
{
	free(p->number);
	*p = (struct cut_pick){ 0 };
}
