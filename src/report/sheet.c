/* Draws contact sheets. */
#include "chart_impl.h"

#include <agr/image/encode.h>
#include <agr/report/sheet.h>
#include <math.h>

enum { CELL = 112, GAP = 12, LINE = 14 };

void agr_sheet_begin(agr_sheet *sheet, const char *title, const char *note, int n_columns,
                     int n_lines)
{
    *sheet = (agr_sheet){.title = title, .note = note, .n_columns = n_columns, .n_lines = n_lines};
}

static double row_height(const agr_sheet *sheet)
{
    return CELL + GAP + sheet->n_lines * LINE;
}

static double sheet_width(const agr_sheet *sheet)
{
    return fmax(2 * CHART_MARGIN + sheet->n_columns * (CELL + GAP) - GAP, CHART_WIDTH);
}

static void add_image(agr_text *pictures, double x, double y, const agr_text *png, const char *hint)
{
    agr_text_add(pictures,
                 "<image x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%d\" "
                 "xlink:href=\"data:image/png;base64,",
                 x, y, CELL, CELL);
    agr_text_add_base64(pictures, png->data, png->length);
    agr_text_add(pictures, "\"><title>");
    agr_text_add_escaped(pictures, hint);
    agr_text_add(pictures, "</title></image>\n");
}

agr_status agr_sheet_add(agr_sheet *sheet, const uint8_t *rgb, int64_t height, int64_t width,
                         const char *hint, const char *const *line, agr_error *err)
{
    agr_text png = {0};
    const agr_status status = agr_image_encode_png(rgb, (int)height, (int)width, &png, err);
    if (status == AGR_OK) {
        /* Places count from the end of the title, which only the end of the sheet knows. */
        chart_drawing d = {.body = sheet->pictures, .width = sheet_width(sheet)};
        const double x = CHART_MARGIN +
                         (double)(sheet->n_pictures % sheet->n_columns) * (CELL + GAP),
                     y = (double)(sheet->n_pictures / sheet->n_columns) * row_height(sheet);
        add_image(&d.body, x, y, &png, hint);
        for (int i = 0; i < sheet->n_lines; i++)
            chart_text(&d, x, y + CELL + (i + 1) * LINE - 1, CHART_START, "small", CELL, line[i]);
        sheet->pictures = d.body;
        sheet->n_pictures++;
    }
    agr_text_release(&png);
    return status;
}

void agr_sheet_end(agr_sheet *sheet, agr_text *svg)
{
    chart_drawing d;
    const int64_t n_rows = (sheet->n_pictures + sheet->n_columns - 1) / sheet->n_columns;
    chart_begin(&d, sheet_width(sheet), sheet->title, sheet->note);
    agr_text_add(&d.body, "<g transform=\"translate(0 %.0f)\">\n", d.y);
    if (sheet->pictures.length > 0)
        agr_text_add_bytes(&d.body, sheet->pictures.data, sheet->pictures.length);
    agr_text_add(&d.body, "</g>\n");
    d.body.failed = d.body.failed || sheet->pictures.failed;
    d.y += (double)n_rows * row_height(sheet) + 4;
    chart_end(&d, svg);
    agr_text_release(&sheet->pictures);
}
