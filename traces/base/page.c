/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/page.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

/* The Makefile says where it is; elsewhere timelines stand still. */
#ifndef PAGE_D3
#define PAGE_D3 ""
#define PAGE_D3_LICENCE ""
#endif

/* The bytes of a file, if it has a name, from @name on, and how many they are. */
#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n.balign 8\n" #name "_size:\n.quad 2f - 1f\n" #name          \
		":\n1:\n.ifnc \"" file "\",\"\"\n.incbin \"" file                                  \
		"\"\n.endif\n2:\n.popsection\n");                                                  \
	extern const char name[];                                                                  \
	extern const uint64_t name##_size

EMBED(page_css, "traces/base/page.css");
EMBED(page_js, "traces/base/page.js");
EMBED(page_d3, PAGE_D3);
EMBED(page_d3_licence, PAGE_D3_LICENCE);

static const struct {
	const char *text;
	const uint64_t *size;
} scripts[] = { { page_d3, &page_d3_size }, { page_js, &page_js_size } };

#define SCRIPTS (sizeof(scripts) / sizeof(*scripts))

/* As a browser wants it: of all between the tags. */
static void put_hash(FILE *to, const char *text, size_t size)
{
	char word[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, (const uint8_t *)text);
	sha256_digest(&ctx, sizeof(digest), digest);
	base64_encode_raw(word, sizeof(digest), digest);
	fprintf(to, " 'sha256-%s'", word);
}

void page_policy(FILE *to)
{
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src",
	      to);
	for (size_t i = 0; i < SCRIPTS; i++)
		put_hash(to, scripts[i].text, *scripts[i].size);
	fputs("\" />\n", to);
}

void page_style(FILE *to)
{
	fputs("<style>\n", to);
	fwrite(page_css, 1, page_css_size, to);
	fputs("</style>\n", to);
}

void page_script(FILE *to)
{
	char *licence;

	if (!page_d3_size)
		return;
	fputs("<details><summary>Licence of D3, which is in this page</summary>\n<pre>", to);
	licence = vt_strndup(page_d3_licence, page_d3_licence_size);
	safe_lines(SAFE_XML, to, licence);
	free(licence);
	fputs("</pre></details>\n", to);
	for (size_t i = 0; i < SCRIPTS; i++) {
		fputs("<script>", to);
		fwrite(scripts[i].text, 1, *scripts[i].size, to);
		fputs("</script>\n", to);
	}
}
