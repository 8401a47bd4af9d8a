/* Draws a network: trunk downwards, heads side by side. */
#include "network_drawing_impl.h"

#include "html_impl.h"
#include "words_impl.h"

#include <stdio.h>

enum {
    BOX_WIDTH = 330,
    COLUMN_GAP = 24,
    BOX_HEIGHT = 26,
    LINE_HEIGHT = 19, /* of a layer without kernel */
    STEM = 9,         /* of the line that enters a box */
    END_HEIGHT = 24   /* of the picture above and of a head below */
};

typedef struct {
    agr_text *svg;
    const agr_network *network;
    double all_multiply_adds;
} drawing;

/* ---- words ---- */

static void extent_words(agr_extent extent, bool flat, char room[64])
{
    if (flat)
        snprintf(room, 64, "%s", words_count(extent.channels).text);
    else
        snprintf(room, 64, "%lld\u00d7%lld\u00d7%lld", (long long)extent.height,
                 (long long)extent.width, (long long)extent.channels);
}

static bool has_kernel(const agr_layer *layer)
{
    return layer->n_parameters > 0 && layer->parameter[0].n_dimensions > 1;
}

/* "3×3, 32 → 64" of a convolution, "1,024 → 5" of a dense layer. */
static void kernel_words(const agr_layer *layer, char room[96])
{
    const agr_parameter *kernel = &layer->parameter[0];
    const number_words in = words_count(layer->in.channels), out = words_count(layer->out.channels);
    if (kernel->n_dimensions == 4)
        snprintf(room, 96, "%lld\u00d7%lld, %s \u2192 %s", (long long)kernel->shape[0],
                 (long long)kernel->shape[1], in.text, out.text);
    else
        snprintf(room, 96, "%s \u2192 %s", in.text, out.text);
}

/* ---- pieces ---- */

static void add_text(drawing *d, double x, double y, const char *anchor, const char *ink,
                     const char *words)
{
    agr_text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"var(--%s)\">", x, y,
                 anchor, ink);
    html_words(d->svg, "%s", words);
    agr_text_add(d->svg, "</text>\n");
}

static void add_line(drawing *d, double x1, double y1, double x2, double y2)
{
    agr_text_add(d->svg,
                 "<path d=\"M%.1f %.1f V%.1f H%.1f V%.1f\" fill=\"none\" "
                 "stroke=\"var(--line)\" stroke-width=\"1.5\"/>\n",
                 x1, y1, (y1 + y2) / 2, x2, y2);
}

/* Yields where the next piece begins. */
static double add_box(drawing *d, int index, double x, double y)
{
    const agr_layer *layer = agr_network_layer(d->network, index);
    const agr_layer_cost cost = agr_network_cost(d->network, index);
    const double share = d->all_multiply_adds > 0 ? cost.multiply_adds / d->all_multiply_adds : 0;
    char kernel[96];
    kernel_words(layer, kernel);
    agr_text_add(d->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"3\" "
                 "fill=\"var(--raised)\"/>"
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"3\" "
                 "fill=\"var(--soft)\"/>"
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"none\" "
                 "stroke=\"var(--line)\"/>\n",
                 x, y, BOX_WIDTH, BOX_HEIGHT, x, y, share * BOX_WIDTH, BOX_HEIGHT, x, y, BOX_WIDTH,
                 BOX_HEIGHT);
    add_text(d, x + 9, y + 17.5, "start", "ink", layer->name);
    add_text(d, x + 0.62 * BOX_WIDTH, y + 17.5, "middle", "ink", kernel);
    add_text(d, x + BOX_WIDTH - 9, y + 17.5, "end", "ink", words_count(cost.n_parameters).text);
    return y + BOX_HEIGHT;
}

static double add_small(drawing *d, int index, double x, double y)
{
    const agr_layer *layer = agr_network_layer(d->network, index);
    const agr_layer_cost cost = agr_network_cost(d->network, index);
    add_text(d, x + 9, y + 14, "start", "faint", layer->name);
    if (cost.n_parameters > 0)
        add_text(d, x + BOX_WIDTH - 9, y + 14, "end", "faint", words_count(cost.n_parameters).text);
    const bool reshapes =
        layer->in.height != layer->out.height || layer->in.channels != layer->out.channels;
    if (reshapes) {
        char before[64], after[64], both[140];
        extent_words(layer->in, layer->flat_in, before);
        extent_words(layer->out, layer->flat_out, after);
        snprintf(both, sizeof both, "%s \u2192 %s", before, after);
        add_text(d, x + 0.62 * BOX_WIDTH, y + 14, "middle", "faint", both);
    }
    return y + LINE_HEIGHT;
}

/* Layers first .. first + n - 1, downwards. */
static double add_layers(drawing *d, int first, int n, double x, double y)
{
    for (int i = first; i < first + n; i++) {
        if (!has_kernel(agr_network_layer(d->network, i))) {
            y = add_small(d, i, x, y);
            continue;
        }
        add_line(d, x + 18, y, x + 18, y + STEM);
        y = add_box(d, i, x, y + STEM) + 2;
    }
    return y;
}

/* A pill: the picture, or a head. */
static double add_end(drawing *d, double x, double y, const char *left, const char *right)
{
    agr_text_add(d->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"none\" "
                 "stroke=\"var(--accent)\"/>\n",
                 x, y, BOX_WIDTH, END_HEIGHT, END_HEIGHT / 2);
    add_text(d, x + 12, y + 16.5, "start", "ink", left);
    add_text(d, x + BOX_WIDTH - 12, y + 16.5, "end", "faint", right);
    return y + END_HEIGHT;
}

static double add_head(drawing *d, int h, double x, double y)
{
    const agr_head *head = agr_network_head(d->network, h);
    char right[96];
    if (head->loss.n_columns > 1)
        snprintf(right, sizeof right, "%s, %lld outputs", head->loss.kind->name,
                 (long long)head->loss.n_columns);
    else
        snprintf(right, sizeof right, "%s", head->loss.kind->name);
    add_line(d, x + 18, y, x + 18, y + STEM);
    return add_end(d, x, y + STEM, head->target, right);
}

/* ---- all of it ---- */

void network_draw(agr_text *svg, const agr_network *network, const agr_branch_config *branch)
{
    const int n_heads = agr_network_n_heads(network);
    const agr_extent input = agr_network_layer(network, 0)->in;
    const int width = n_heads * (BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP + 2;
    agr_text body = {0};
    drawing d = {.svg = &body,
                 .network = network,
                 .all_multiply_adds = agr_network_total_cost(network).multiply_adds};
    char extent[64];
    extent_words(input, false, extent);
    const double trunk_x = 1 + (width - 2 - BOX_WIDTH) / 2.0;
    double y = add_end(&d, trunk_x, 1, "picture", extent);
    y = add_layers(&d, 0, branch->n_layers, trunk_x, y);
    double bottom = y;
    int layer = branch->n_layers;
    for (int h = 0; h < n_heads; h++) {
        const double x = 1 + h * (BOX_WIDTH + COLUMN_GAP);
        double head_y = y;
        if (n_heads > 1) {
            head_y += 2 * STEM;
            add_line(&d, trunk_x + 18, y, x + 18, head_y);
        }
        head_y = add_layers(&d, layer, branch->head[h].n_layers, x, head_y);
        head_y = add_head(&d, h, x, head_y);
        layer += branch->head[h].n_layers;
        bottom = head_y > bottom ? head_y : bottom;
    }
    agr_text_add(svg,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
                 "height=\"%.0f\" font-size=\"12\" font-family=\"inherit\" role=\"img\">\n<title>",
                 width, bottom + 1, width, bottom + 1);
    html_words(svg, "Layers of branch %s", agr_network_name(network));
    agr_text_add(svg, "</title>\n");
    agr_text_add_bytes(svg, body.data, body.length);
    svg->failed = svg->failed || body.failed;
    agr_text_release(&body);
    agr_text_add(svg, "</svg>\n");
}
