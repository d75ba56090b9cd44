/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/text_table.h"

#include <libsmartcols/libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

#define GAP "  "
#define WIDTH_UNKNOWN 80
/* A terminal that is narrower gets lines that are longer. */
#define WIDTH_LEAST 40
/* Text is wrapped before numbers go into a further block, but not to less than this. */
#define TEXT_LEAST 24

struct cell {
	char *text; /* NULL: empty */
	const char *colour;
};

struct text_table {
	const struct text_column *column;
	size_t columns, rows;
	struct cell *cell; /* [rows * columns] */
	size_t *width;	   /* [columns], of what is in them */
};

/* Some of a table's columns, which stand side by side. */
struct block {
	const struct text_table *t;
	size_t *which; /* columns */
	size_t n;
};

size_t text_width_of(FILE *to)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t width;

	if (fileno(to) < 0 || !isatty(fileno(to)))
		return 0;
	if (columns && !cli_parse_u32(columns, &width) && width)
		return width;
	if (!ioctl(fileno(to), TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return WIDTH_UNKNOWN;
}

struct text_table *text_table_new(const struct text_column *column, size_t columns)
{
	struct text_table *t = vt_alloc(sizeof(*t));

	t->column = column;
	t->columns = columns;
	t->width = vt_array(columns, sizeof(*t->width));
	return t;
}

void text_table_row(struct text_table *t)
{
	/* Doubling at powers of two needs no field for the room. */
	if (!(t->rows & (t->rows - 1)))
		t->cell = vt_realloc(t->cell,
				     (t->rows ? t->rows * 2 : 1) * t->columns * sizeof(*t->cell));
	memset(&t->cell[t->rows * t->columns], 0, t->columns * sizeof(*t->cell));
	t->rows++;
}

static struct cell *last(struct text_table *t, size_t column)
{
	return &t->cell[(t->rows - 1) * t->columns + column];
}

void text_table_set(struct text_table *t, size_t column, const char *text)
{
	free(last(t, column)->text);
	last(t, column)->text = safe_text(SAFE_TEXT, text);
}

void text_table_format(struct text_table *t, size_t column, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vt_vformat(fmt, ap);
	va_end(ap);
	text_table_set(t, column, text);
	free(text);
}

void text_table_colour(struct text_table *t, size_t column, const char *colour)
{
	last(t, column)->colour = colour;
}

static void *needed(void *p)
{
	if (!p)
		vt_no_memory();
	return p;
}

static void set_cell(struct libscols_line *line, size_t column, const struct cell *c, bool colour)
{
	struct libscols_cell *cell = needed(scols_line_get_cell(line, column));

	if (c->text && scols_cell_set_data(cell, c->text))
		vt_no_memory();
	if (colour && c->colour && scols_cell_set_color(cell, c->colour))
		vt_no_memory();
}

/* The block as libsmartcols lays it out in @width columns (0: in as many as it takes); allocated.
 * @width_of gets the columns' widths. */
static char *lay_out(const struct block *b, size_t width, bool colour, size_t *width_of)
{
	struct libscols_table *scols = needed(scols_new_table());
	struct libscols_column **column = vt_array(b->n, sizeof(struct libscols_column *));
	char *text = NULL;

	scols_table_set_column_separator(scols, GAP);
	scols_table_set_termforce(scols, width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(scols, width);
	scols_table_enable_colors(scols, colour);
	scols_table_enable_noencoding(scols, 1); /* safe_text() did that */
	for (size_t i = 0; i < b->n; i++) {
		const struct text_column *c = &b->t->column[b->which[i]];
		int flags = !c->left ? SCOLS_FL_RIGHT : width ? SCOLS_FL_WRAP : 0;

		column[i] = needed(scols_table_new_column(scols, c->title, 0, flags));
	}
	for (size_t r = 0; r < b->t->rows; r++) {
		struct libscols_line *line = needed(scols_table_new_line(scols, NULL));

		for (size_t i = 0; i < b->n; i++)
			set_cell(line, i, &b->t->cell[r * b->t->columns + b->which[i]], colour);
	}
	if (scols_print_table_to_string(scols, &text))
		vt_no_memory();
	for (size_t i = 0; i < b->n; i++)
		width_of[i] = scols_column_get_width(column[i]);
	free(column);
	scols_unref_table(scols);
	return text;
}

static void put_line(FILE *to, int indent, const char *text, size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	fprintf(to, "%*s%.*s\n", len ? indent : 0, "", (int)len, text);
}

/* The line over the titles, if there is something to say. */
static void put_groups(FILE *to, int indent, const struct block *b, const size_t *width)
{
	char *line = NULL;
	size_t at = 0, size = 0;
	bool any = false;
	FILE *f = vt_text_open(&line, &size);

	for (size_t i = 0; i < b->n; i++) {
		const char *group = b->t->column[b->which[i]].group;

		if (group && *group) {
			size_t written = (size_t)ftell(f);

			fprintf(f, "%*s%s", at > written ? (int)(at - written) : 0, "", group);
			any = true;
		}
		at += width[i] + strlen(GAP);
	}
	vt_text_close(f);
	if (any)
		put_line(to, indent, line, size);
	free(line);
}

static void put_block(FILE *to, int indent, bool colour, const struct block *b, size_t terminal)
{
	size_t *width = vt_array(b->n, sizeof(*width));
	char *text = lay_out(b, terminal, colour, width);

	put_groups(to, indent, b, width);
	for (char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		put_line(to, indent, line, len);
		line += len + (line[len] != '\0');
	}
	free(text);
	free(width);
}

/* What a column takes at least. */
static size_t least(const struct text_table *t, size_t column)
{
	size_t width = t->width[column];

	if (t->column[column].left && width > TEXT_LEAST)
		width = TEXT_LEAST;
	return width + strlen(GAP);
}

/* The end of the columns from @from on that cannot be parted. */
static size_t group_end(const struct text_table *t, size_t from)
{
	bool groups = false;

	for (size_t i = 0; i < t->columns; i++)
		groups |= t->column[i].group != NULL;
	do
		from++;
	while (groups && from < t->columns && !t->column[from].group);
	return from;
}

/* The next block: the first columns, and as many from *@next on as there is room for. */
static void fill_block(struct block *b, size_t *next, size_t terminal)
{
	const struct text_table *t = b->t;
	size_t width = 0, before;

	b->n = 0;
	for (size_t i = 0; i < t->columns && t->column[i].first; i++) {
		b->which[b->n++] = i;
		width += least(t, i);
	}
	if (*next < b->n)
		*next = b->n;
	before = b->n;
	while (*next < t->columns) {
		size_t end = group_end(t, *next), more = 0;

		for (size_t i = *next; i < end; i++)
			more += least(t, i);
		/* One group at least, however wide. */
		if (terminal && b->n > before && width + more > terminal)
			return;
		for (; *next < end; ++*next)
			b->which[b->n++] = *next;
		width += more;
	}
}

void text_table_free(struct text_table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i].text);
	free(t->cell);
	free(t->width);
	free(t);
}

/* How wide each column is if it may be. */
static void measure(struct text_table *t, size_t *which)
{
	struct block all = { .t = t, .which = which, .n = t->columns };

	for (size_t i = 0; i < t->columns; i++)
		which[i] = i;
	free(lay_out(&all, 0, false, t->width));
}

void text_table_print(struct text_table *t, FILE *to, int indent, bool colour)
{
	size_t terminal = text_width_of(to), next = 0;
	size_t *which = vt_array(t->columns, sizeof(*which));
	struct block b = { .t = t, .which = which };

	if (t->rows) {
		measure(t, which);
		if (terminal && terminal < WIDTH_LEAST)
			terminal = WIDTH_LEAST;
		if (terminal)
			terminal -= (size_t)indent;
		do {
			fill_block(&b, &next, terminal);
			put_block(to, indent, colour, &b, terminal);
		} while (next < t->columns);
	}
	free(which);
	text_table_free(t);
}
