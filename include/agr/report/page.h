/**
 * A run on one page of HTML: what it is worth, for whom it fails, how it came about. The page needs
 * no network, no script and no other file.
 */
#ifndef AGR_REPORT_PAGE_H
#define AGR_REPORT_PAGE_H

#include <agr/base/text.h>
#include <agr/report/judged_runs.h>

/** Appends the page of these runs; of several, first what they are side by side. Not collective: on
 * rank 0, which knows what the runs said. The same runs give the same bytes. AGR_MEMORY. */
agr_status agr_page_make(const agr_judged_runs *runs, agr_text *html, agr_error *err);

#endif
