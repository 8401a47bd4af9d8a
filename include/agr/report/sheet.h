/**
 * A contact sheet: pictures in a grid with a few words below each, as one SVG that holds them. Like a
 * chart (report/chart.h) it stands alone or inside a page.
 *
 *     agr_sheet_begin(&sheet, "worst", NULL, 8, 2);
 *     ... agr_sheet_add(&sheet, rgb, height, width, "a.jpg", line, err) ...
 *     agr_sheet_end(&sheet, &svg);
 */
#ifndef AGR_REPORT_SHEET_H
#define AGR_REPORT_SHEET_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <stdint.h>

/** Open, so that it can be on the stack; nobody but sheet.c looks inside. */
typedef struct {
    const char *title, *note; /* borrowed */
    int n_columns, n_lines;
    int64_t n_pictures;
    agr_text pictures; /* owned */
} agr_sheet;

/** Pictures in n_columns columns, each with n_lines lines of words. note: NULL for none. */
void agr_sheet_begin(agr_sheet *sheet, const char *title, const char *note, int n_columns,
                     int n_lines);

/** Adds rgb [height,width,3] in the next place. hint: its tooltip; line[n_lines]: the words below,
 * cut to the width of a picture. AGR_MEMORY. */
agr_status agr_sheet_add(agr_sheet *sheet, const uint8_t *rgb, int64_t height, int64_t width,
                         const char *hint, const char *const *line, agr_error *err);

/** Adds the sheet and releases it; due in every case. */
void agr_sheet_end(agr_sheet *sheet, agr_text *svg);

#endif
