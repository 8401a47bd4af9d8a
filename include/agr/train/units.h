/** `units: auto`: the size of a head's last layer follows from its label. */
#ifndef AGR_TRAIN_UNITS_H
#define AGR_TRAIN_UNITS_H

#include <agr/train/training_set.h>

/** Replaces `units: auto` of each head's last layer by the number that its loss wants for its label
 * in this set: one a class; 1 for two classes under a binary loss and for a plain number. From then
 * on the configuration says the number itself, in files and checkpoints too. AGR_INPUT, with file
 * and line, when the label does not tell. */
agr_status agr_settle_units(agr_config *config, const agr_training_set *set, agr_error *err);

#endif
