/** The rows that show how a run stands. Pure. */
#ifndef AGR_CLI_TRAIN_ROWS_H
#define AGR_CLI_TRAIN_ROWS_H

#include "terminal.h"

#include <agr/base/text.h>
#include <agr/train/outlook.h>

/** A head line, a row a branch, and one for all when there are several, narrower than the terminal and fewer
 * lines than it has rows: a smaller one shows fewer columns, and branches that train before others that have
 * ended. */
void cli_train_rows(const agr_outlook *outlook, cli_terminal size, agr_text *lines);

#endif
