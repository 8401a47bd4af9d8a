/* Section: the networks, drawn. */
#include "page_impl.h"

#include "html_impl.h"
#include "network_drawing_impl.h"
#include "words_impl.h"

static agr_branch_config *branch_of(const page_run *run, int model)
{
    return agr_config_branch(&run->e->models.config, run->e->models.model[model].name);
}

void section_branches(const page_run *run, agr_text *html)
{
    const agr_models *models = &run->e->models;
    html_section_begin(html, "branches", run->number, "Branches");
    html_figures_begin(html);
    for (int m = 0; m < models->n_models; m++) {
        const agr_network *network = models->model[m].network;
        const agr_layer_cost cost = agr_network_total_cost(network);
        html_figure_begin(html);
        html_heading(html, "%s", models->model[m].name);
        network_draw(html, network, branch_of(run, m));
        html_figure_end(html, "%s parameters, %s of them trained; %s multiply-adds an image",
                        words_count(cost.n_parameters).text, words_count(cost.n_trained).text,
                        words_large(cost.multiply_adds).text);
    }
    html_figures_end(html);
    html_paragraph(html, "note",
                   "Boxes are layers with a kernel: its size, channels in and out, parameters. The "
                   "shaded part of a box is its share of the branch's multiply-adds.");
    html_section_end(html);
}
