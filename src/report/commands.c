/* Writes the commands that give a run again. */
#include "commands_impl.h"

#include "words_impl.h"

#include <agr/base/file.h>

void commands_to_train(const agr_evaluation *e, const char *run, agr_text *lines)
{
    agr_text config = {0};
    if (!agr_path_is_folder(run))
        return;
    agr_text_add(&config, "%s/config.yaml", run);
    agr_text_add(lines, "agr-mpi train --config ");
    words_argument(lines, config.failed ? "" : config.data);
    agr_text_add(lines, " --data ");
    words_argument(lines, e->models.config.data.path);
    agr_text_add(lines, " --run AGAIN\nagr-mpi inspect AGAIN --digest\n");
    agr_text_release(&config);
}

void commands_to_judge(const agr_evaluation *e, const char *run, agr_text *lines)
{
    agr_text_add(lines, "agr-mpi evaluate --checkpoint ");
    words_argument(lines, run);
    agr_text_add(lines, " --data ");
    words_argument(lines, agr_dataset_path(e->dataset));
    agr_text_add(lines, " --split %s --slot ", agr_split_name(e->request.split));
    words_argument(lines, e->request.models.slot);
    if (e->request.slices.by != NULL) {
        agr_text_add(lines, " --by ");
        words_argument(lines, e->request.slices.by);
    }
    agr_text_add(lines, "\n");
}
