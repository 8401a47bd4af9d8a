/* Holds two lists of class names against each other. */
#include <agr/train/classes.h>

#include <agr/base/text.h>
#include <string.h>

static void add_names(const char *const *name, int n, const char *separator, agr_text *text)
{
    for (int i = 0; i < n; i++)
        agr_text_add(text, "%s%s", i > 0 ? separator : "", name[i]);
}

static bool same_classes(const agr_checkpoint_head *head, const agr_label_column *column)
{
    bool same = head->n_classes == column->n_classes;
    for (int c = 0; same && c < head->n_classes; c++)
        same = strcmp(head->classes[c], column->classes[c]) == 0;
    return same;
}

static agr_status other_classes(const agr_checkpoint_head *head, const agr_label_column *column,
                                agr_error *err)
{
    agr_status status = AGR_INPUT;
    agr_text expected = {0}, found = {0}, remedy = {0};
    add_names(head->classes, head->n_classes, ", ", &expected);
    add_names(column->classes, column->n_classes, ", ", &found);
    add_names(head->classes, head->n_classes, ",", &remedy);
    if (expected.failed || found.failed || remedy.failed)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    else {
        agr_error_set(err, AGR_INPUT, "label '%s': expected classes %s, found %s", column->name,
                      expected.data, found.data);
        agr_error_hint(err, "agr-mpi prepare --classes %s=%s", column->name, remedy.data);
    }
    agr_text_release(&expected);
    agr_text_release(&found);
    agr_text_release(&remedy);
    return status;
}

agr_status agr_check_classes(const agr_checkpoint_head *head, const agr_label_column *column,
                             agr_error *err)
{
    const bool both_name = head->n_classes > 0 && column->n_classes > 0;
    return both_name && !same_classes(head, column) ? other_classes(head, column, err) : AGR_OK;
}

agr_status agr_check_branch_classes(const agr_checkpoint_branch *branch,
                                    const agr_training_set *set, agr_error *err)
{
    for (int h = 0; h < branch->n_heads; h++) {
        const agr_label_column *column = agr_training_set_column(set, branch->heads[h].target);
        if (column != NULL)
            AGR_TRY(agr_check_classes(&branch->heads[h], column, err));
    }
    return AGR_OK;
}
