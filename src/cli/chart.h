/** Charts as SVG text: every function adds one complete file. Titles and names may hold any
 * characters. */
#ifndef AGR_CLI_CHART_H
#define AGR_CLI_CHART_H

#include <agr/base/text.h>
#include <agr/data/statistics.h>

/** Upright bars over a scale; the median is marked. */
void chart_histogram(agr_text *svg, const char *title, const agr_number_statistics *statistics,
                     const agr_histogram *histogram);

/** One bar a class, with count and share. */
void chart_classes(agr_text *svg, const char *title, const char *const *name,
                   const agr_class_statistics *statistics);

/** One box a class: the middle half, its median, and whiskers that leave 5 % out on either side. */
void chart_boxes(agr_text *svg, const char *title, const char *number, int n,
                 const char *const *name, const agr_number_statistics *box);

/** Adds text with the characters that mean something to XML replaced. */
void chart_add_escaped(agr_text *svg, const char *text);

#endif
