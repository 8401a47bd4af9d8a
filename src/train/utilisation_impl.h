/* How the ranks of a run spent their time. */
#ifndef AGR_TRAIN_UTILISATION_IMPL_H
#define AGR_TRAIN_UTILISATION_IMPL_H

#include "registrar_impl.h"

/* Says it, on the rank that keeps the books (books is NULL on others): a line for each rank that has
 * trained, or their means where they are many, and who never had a branch. Collective over the world. */
agr_status utilisation_say(agr_world *world, bool has_trained, registrar *books, agr_error *err);

#endif
