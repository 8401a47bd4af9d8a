/* Columns of labels in memory: their classes, their order, their rows. */
#include <agr/data/labels.h>

#include <agr/base/text.h>
#include <agr/store/dataset.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void release_names(char **name, int n)
{
    for (int i = 0; name != NULL && i < n; i++)
        free(name[i]);
    free(name);
}

static agr_status copy_names(int n, const char *const *name, char ***copy_out, agr_error *err)
{
    *copy_out = NULL;
    if (n <= 0)
        return AGR_OK;
    char **copy = calloc((size_t)n, sizeof *copy);
    bool complete = copy != NULL;
    for (int i = 0; complete && i < n; i++) {
        copy[i] = strdup(name[i]);
        complete = copy[i] != NULL;
    }
    if (!complete) {
        release_names(copy, n);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for class names");
    }
    *copy_out = copy;
    return AGR_OK;
}

static agr_status check_new_column(agr_labels *labels, const char *name, int n_classes,
                                   agr_error *err)
{
    if (name[0] == '\0')
        return agr_error_set(err, AGR_INPUT, "label column without a name");
    if (strlen(name) >= AGR_LABEL_NAME_BYTES)
        return agr_error_set(err, AGR_INPUT, "label '%.40s...': name longer than %d bytes", name,
                             AGR_LABEL_NAME_BYTES - 1);
    if (strchr(name, '/') != NULL || strcmp(name, ".") == 0)
        return agr_error_set(err, AGR_INPUT, "label '%s': a label's name may not hold '/'", name);
    if (agr_labels_find(labels, name) != NULL)
        return agr_error_set(err, AGR_INPUT, "label '%s' occurs twice", name);
    if (labels->n_columns == AGR_LABELS_MAX_COLUMNS)
        return agr_error_set(err, AGR_INPUT, "more than %d labels", AGR_LABELS_MAX_COLUMNS);
    if (n_classes > AGR_DATASET_MAX_CLASSES)
        return agr_error_set(err, AGR_INPUT, "label '%s': expected at most %d classes, found %d",
                             name, AGR_DATASET_MAX_CLASSES, n_classes);
    return AGR_OK;
}

agr_status agr_labels_add(agr_labels *labels, const char *name, int n_classes,
                          const char *const *class_name, agr_error *err)
{
    AGR_TRY(check_new_column(labels, name, n_classes, err));
    agr_labels_column column = {.n_classes = n_classes};
    strcpy(column.name, name);
    AGR_TRY(copy_names(n_classes, class_name, &column.class_name, err));
    column.value = malloc((size_t)(labels->n_rows > 0 ? labels->n_rows : 1) * sizeof *column.value);
    if (column.value == NULL) {
        release_names(column.class_name, n_classes);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for label '%s'", name);
    }
    for (int64_t row = 0; row < labels->n_rows; row++)
        column.value[row] = NAN;
    labels->column[labels->n_columns++] = column;
    return AGR_OK;
}

agr_labels_column *agr_labels_find(agr_labels *labels, const char *name)
{
    for (int i = 0; i < labels->n_columns; i++)
        if (strcmp(labels->column[i].name, name) == 0)
            return &labels->column[i];
    return NULL;
}

int agr_labels_class(const agr_labels_column *column, const char *name)
{
    for (int i = 0; i < column->n_classes; i++)
        if (strcmp(column->class_name[i], name) == 0)
            return i;
    return -1;
}

static int find_name(int n, const char *const *name, const char *wanted)
{
    for (int i = 0; i < n; i++)
        if (strcmp(name[i], wanted) == 0)
            return i;
    return -1;
}

static void add_names(agr_text *text, int n, const char *const *name)
{
    for (int i = 0; i < n; i++)
        agr_text_add(text, "%s%s", i > 0 ? ", " : "", name[i]);
}

static agr_status refuse_order(const agr_labels_column *column, int n_classes,
                               const char *const *class_name, agr_error *err)
{
    agr_text known = {0}, given = {0};
    add_names(&known, column->n_classes, (const char *const *)column->class_name);
    add_names(&given, n_classes, class_name);
    agr_error_set(err, AGR_INPUT,
                  "classes of '%s': expected %s in any order, or %d other names, found %s",
                  column->name, known.failed ? "its names" : known.data, column->n_classes,
                  given.failed ? "others" : given.data);
    agr_text_release(&known);
    agr_text_release(&given);
    return AGR_INPUT;
}

/* Class i of the column becomes class place[i]. */
static void move_classes(agr_labels *labels, agr_labels_column *column, const int *place)
{
    for (int64_t row = 0; row < labels->n_rows; row++)
        if (!isnan(column->value[row]))
            column->value[row] = (float)place[(int)column->value[row]];
}

agr_status agr_labels_order_classes(agr_labels *labels, const char *name, int n_classes,
                                    const char *const *class_name, agr_error *err)
{
    agr_labels_column *column = agr_labels_find(labels, name);
    int place[AGR_DATASET_MAX_CLASSES], n_known = 0;
    if (column == NULL)
        return agr_error_set(err, AGR_INPUT, "classes of '%s': there is no such label", name);
    if (column->n_classes == 0)
        return agr_error_set(err, AGR_INPUT, "classes of '%s': it is a number", name);
    for (int i = 0; i < column->n_classes; i++) {
        place[i] = find_name(n_classes, class_name, column->class_name[i]);
        n_known += place[i] >= 0;
    }
    if (n_classes != column->n_classes || (n_known > 0 && n_known < n_classes))
        return refuse_order(column, n_classes, class_name, err);
    char **copy;
    AGR_TRY(copy_names(n_classes, class_name, &copy, err));
    if (n_known > 0)
        move_classes(labels, column, place);
    release_names(column->class_name, column->n_classes);
    column->class_name = copy;
    return AGR_OK;
}

void agr_labels_keep_rows(agr_labels *labels, const int64_t *row, int64_t n_kept)
{
    for (int c = 0; c < labels->n_columns; c++)
        for (int64_t i = 0; i < n_kept; i++)
            labels->column[c].value[i] = labels->column[c].value[row[i]];
    labels->n_rows = n_kept;
}

bool agr_labels_rows_equal(const agr_labels *labels, int64_t a, int64_t b)
{
    for (int c = 0; c < labels->n_columns; c++) {
        const float va = labels->column[c].value[a], vb = labels->column[c].value[b];
        if (va != vb && !(isnan(va) && isnan(vb)))
            return false;
    }
    return true;
}

void agr_labels_release(agr_labels *labels)
{
    for (int c = 0; c < labels->n_columns; c++) {
        release_names(labels->column[c].class_name, labels->column[c].n_classes);
        free(labels->column[c].value);
    }
    *labels = (agr_labels){0};
}
