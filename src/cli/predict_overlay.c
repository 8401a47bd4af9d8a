/* A picture, its boxes, and a line of answers for each. */
#include "predict_overlay.h"

#include "columns.h"

#include <agr/base/file.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MARGIN = 12, LINE = 20, LETTER = 8 /* width that is enough for any of 14 pixels */ };

/* A file name that any system takes, and that stays in its folder. */
static void make_name(int64_t number, const char *path, char name[160])
{
    const int n = snprintf(name, 160, "%06lld_", (long long)number);
    snprintf(name + n, (size_t)(160 - n), "%.100s.svg",
             strcmp(path, "-") == 0 ? "standard_input" : agr_path_name(path));
    for (char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL)
            *c = '_';
}

/* "2: 31  female 0.98  white 0.71  (shrunk by area from ...)" */
static void add_line(const predict_table *table, const predict_row *row, int number, int i,
                     agr_text *line)
{
    if (number > 0)
        agr_text_add(line, "%d: ", number);
    if (row->status != AGR_OK) {
        predict_add_plain(row->err.text, line);
        return;
    }
    for (int k = 0; k < table->n_heads; k++) {
        agr_text_add(line, "%s%s ", k > 0 ? ", " : "", table->head[k].answer.name);
        predict_say(&table->head[k], i, line);
    }
    if (row->note.length > 0)
        agr_text_add(line, " (%s)", row->note.data);
}

static void add_picture(const predict_row *row, agr_text *svg)
{
    const predict_preview *p = &row->preview;
    agr_text_add(svg,
                 "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                 "xlink:href=\"data:image/jpeg;base64,",
                 MARGIN, MARGIN, p->width, p->height);
    agr_text_add_base64(svg, p->jpeg.data, p->jpeg.length);
    agr_text_add(svg, "\"><title>");
    agr_text_add_escaped(svg, row->path);
    agr_text_add(svg, "</title></image>\n");
}

static void add_box(const predict_row *row, double scale, int number, agr_text *svg)
{
    const double x = MARGIN + scale * row->box.x, y = MARGIN + scale * row->box.y;
    agr_text_add(svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
                 "stroke=\"#ffd33d\" stroke-width=\"2\"/>\n"
                 "<text x=\"%.1f\" y=\"%.1f\" fill=\"#ffd33d\" stroke=\"#24292f\" "
                 "stroke-width=\"3\" paint-order=\"stroke\">%d</text>\n",
                 x, y, scale * row->box.w, scale * row->box.h, x + 4, y + 16, number);
}

static void add_file(agr_text *svg, int width, int height, const agr_text *content)
{
    agr_text_add(svg,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                 "xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"%d\" height=\"%d\" "
                 "font-family=\"Helvetica, Arial, DejaVu Sans, sans-serif\" font-size=\"14\" "
                 "fill=\"#24292f\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
                 width, height);
    agr_text_add_bytes(svg, content->data, content->length);
    agr_text_add(svg, "</svg>\n");
}

/* Picture, boxes and lines; *width becomes what the widest line asks for. */
static void add_content(const predict_table *table, const predict_row *row, int n_rows, int i,
                        agr_text *content, int *width)
{
    add_picture(row, content);
    for (int k = 0; k < n_rows; k++) {
        const bool numbered = row[k].box.w > 0;
        agr_text line = {0};
        add_line(table, &row[k], numbered ? k + 1 : 0, i + k, &line);
        content->failed = content->failed || line.failed;
        if (line.failed)
            return;
        if (numbered && row[k].status == AGR_OK)
            add_box(&row[k], (double)row->preview.width / row->preview.of_width, k + 1, content);
        agr_text_add(content, "<text x=\"%d\" y=\"%d\">", MARGIN,
                     MARGIN + row->preview.height + (k + 1) * LINE);
        agr_text_add_escaped(content, line.data);
        agr_text_add(content, "</text>\n");
        const int wanted = 2 * MARGIN + LETTER * cli_columns(line.data);
        *width = wanted > *width ? wanted : *width;
        agr_text_release(&line);
    }
}

agr_status predict_overlay_write(predict_overlay *overlay, const predict_table *table,
                                 const predict_row *row, int n_rows, int i, agr_error *err)
{
    char name[160], path[AGR_PATH_BYTES];
    if (overlay->folder == NULL || row->preview.of_width == 0)
        return AGR_OK;
    make_name(overlay->n_written + 1, row->path, name);
    AGR_TRY(agr_path_join(path, overlay->folder, name, err));
    agr_text content = {0}, svg = {0};
    int width = 2 * MARGIN + row->preview.width;
    add_content(table, row, n_rows, i, &content, &width);
    if (!content.failed)
        add_file(&svg, width, 2 * MARGIN + row->preview.height + n_rows * LINE, &content);
    const agr_status status = content.failed || svg.failed
                                  ? agr_error_set(err, AGR_MEMORY, "out of memory")
                                  : agr_file_write(path, svg.data, svg.length, err);
    agr_text_release(&content);
    agr_text_release(&svg);
    overlay->n_written++;
    return status;
}
