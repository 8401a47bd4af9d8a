/* Section: every setting with its origin. */
#include "page_impl.h"

#include "html_impl.h"
#include "settings_impl.h"

static void add_value(const agr_config *config, int row, char kind, agr_text *html)
{
    agr_text value = {0};
    agr_config_row_value(config, row, &value);
    html->failed = html->failed || value.failed;
    html_cell(html, kind, "%s", value.failed ? "" : value.data);
    agr_text_release(&value);
}

static void add_rows(const agr_config *config, const settings *s, agr_text *html)
{
    html_table_begin(html, "lllll", "key|value|unit|origin|built-in seed has");
    for (int row = 0; row < agr_config_n_rows(); row++) {
        const bool own = settings_differ(config, &s->builtin, row);
        const agr_text *origin = &s->origin[row];
        html_row_begin(html);
        html_cell(html, 'c', "%s", agr_config_row_key(row));
        add_value(config, row, own ? 'L' : 'l', html);
        html_cell(html, 'F', "%s", agr_config_row_unit(row));
        html_cell(html, 'F', "%s", origin->length > 0 ? origin->data : "");
        if (own)
            add_value(&s->builtin, row, 'F', html);
        else
            html_cell(html, 'F', "%s", "");
        html_row_end(html);
    }
    html_table_end(html);
}

void section_configuration(const page_run *run, agr_text *html)
{
    settings s;
    agr_error err;
    html_section_begin(html, "configuration", run->number, "Configuration");
    if (settings_read(run->path, &s, &err) == AGR_OK)
        add_rows(&run->e->models.config, &s, html);
    else
        html_paragraph(html, "missing", "%s", err.text);
    settings_release(&s);
    html_section_end(html);
}
