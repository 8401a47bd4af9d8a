/**
 * What heads say about one picture, as every table of this program has it: a column with the head's
 * name, the number or the class in words, and for classes one more column for each of them,
 * `<head>.p.<class>`, with its probability; what several members say as one (report/ensemble.h) has
 * their standard deviation behind it, `<head>.sd`. Nothing is rounded: what is read back is what was
 * said.
 *
 * Said [n_columns] is what stands in these columns, a class as its index.
 */
#ifndef AGR_REPORT_ANSWER_H
#define AGR_REPORT_ANSWER_H

#include <agr/base/text.h>
#include <agr/train/models.h>

/** How one head answers. */
typedef struct {
    const char *name;  /* agr_models_head_name(); borrowed */
    int n_classes;     /* 0: a number */
    bool is_ensemble;  /* the last column is the members' standard deviation */
    char **class_name; /* [n_classes]; owned */
    double low, high;  /* the numbers it was trained on lie between; NaN: not known */
} agr_answer;

/** Classes that this head chooses from; 0 when it says a number. */
int agr_answer_n_classes(const agr_loss *loss);

/** What the outputs of one head say [1 + n_classes]; the probabilities add up to 1 in double, not only
 * in float. */
void agr_answer_say(const agr_loss *loss, const float *output, double *said);

/** Classes are called as the checkpoint names them, else as `column` of a dataset (NULL: none) does,
 * else by their index. Borrows from the models. Caller releases in every case. AGR_UNSUPPORTED: too many
 * classes. AGR_MEMORY. */
agr_status agr_answer_describe(agr_answer *answer, const agr_models *models, const agr_model *model,
                               int head, const agr_label_column *column, agr_error *err);

/** Makes it that of an ensemble, under a name which it borrows; called for the first member. */
void agr_answer_begin_ensemble(agr_answer *answer, const char *name);

/** Takes in what another member was trained on. */
void agr_answer_add_member(agr_answer *answer, const agr_model *member, int head);

/** A zeroed answer is accepted. */
void agr_answer_release(agr_answer *answer);

int agr_answer_n_columns(const agr_answer *answer);

/** What a column is called: 0 the head's own, 1 + c that of class c, then an ensemble's deviation.
 * Written to name. */
void agr_answer_column(const agr_answer *answer, int column, agr_text *name);

/** Adds the names of the columns, each after the separator: ',' as CSV, '\t' as TSV. */
void agr_answer_add_head(const agr_answer *answer, char separator, agr_text *table);

/** Adds what was said, in the same columns; NULL: nothing was, all are empty, as a NaN is. */
void agr_answer_add_cells(const agr_answer *answer, char separator, const double *said,
                          agr_text *table);

#endif
