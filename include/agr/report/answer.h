/**
 * What heads say about one picture, as every table of this program has it: a column with the head's
 * name, the number or the class in words, and for classes one more column for each of them,
 * `<head>.p.<class>`, with its probability. Nothing is rounded: what is read back is what was said.
 */
#ifndef AGR_REPORT_ANSWER_H
#define AGR_REPORT_ANSWER_H

#include <agr/base/text.h>
#include <agr/train/models.h>

/** How one head answers. */
typedef struct {
    const char *name;     /* agr_models_head_name(); borrowed */
    const agr_loss *loss; /* borrowed */
    int n_classes;        /* 0: a number */
    char **class_name;    /* [n_classes]; owned */
    double low, high;     /* the numbers it was trained on lie between; NaN: not known */
} agr_answer;

/** Classes that this head chooses from; 0 when it says a number. */
int agr_answer_n_classes(const agr_loss *loss);

/** The outputs of a head with classes as probabilities p [n_classes] that add up to 1 in double, not
 * only in float. */
void agr_answer_probabilities(const agr_loss *loss, const float *output, double *p);

/** Classes are called as the checkpoint names them, else as `column` of a dataset (NULL: none) does,
 * else by their index. Borrows from the models. Caller releases in every case. AGR_UNSUPPORTED: too many
 * classes. AGR_MEMORY. */
agr_status agr_answer_describe(agr_answer *answer, const agr_models *models, const agr_model *model,
                               int head, const agr_label_column *column, agr_error *err);

/** A zeroed answer is accepted. */
void agr_answer_release(agr_answer *answer);

/** What a column is called: 0 the head's own, 1 + c that of class c. Written to name. */
void agr_answer_column(const agr_answer *answer, int column, agr_text *name);

/** Adds the names of the columns, each after the separator: ',' as CSV, '\t' as TSV. */
void agr_answer_add_head(const agr_answer *answer, char separator, agr_text *table);

/** Adds what `output` says, in the same columns; NULL: nothing was said, all are empty. */
void agr_answer_add_cells(const agr_answer *answer, char separator, const float *output,
                          agr_text *table);

#endif
