/* A network as a picture: its layers from the picture down to what is said of it. */
#ifndef AGR_REPORT_NETWORK_DRAWING_IMPL_H
#define AGR_REPORT_NETWORK_DRAWING_IMPL_H

#include <agr/base/text.h>
#include <agr/config/config.h>
#include <agr/nn/network.h>

/** Adds one SVG. Layers with a kernel are boxes, shaded by their share of the network's
 * multiply-adds; the others are lines of text between them. Heads that have layers of their own
 * stand side by side. branch: that the network was made from. */
void network_draw(agr_text *svg, const agr_network *network, const agr_branch_config *branch);

#endif
