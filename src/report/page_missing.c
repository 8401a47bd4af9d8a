/* What stands where a section has nothing to tell of. */
#include "page_impl.h"

#include "html_impl.h"

void page_missing(const page_run *run, agr_text *html)
{
    html_paragraph(html, "missing", "Not told, for want of a dataset: %s. --data FILE names one.",
                   run->why_not);
}
