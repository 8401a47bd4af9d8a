/* Labels from the names of UTKFace's files. */
#include <agr/data/utkface.h>

#include <string.h>

const char agr_utkface_pattern[] = "[age]_[gender]_[race]_...";

/* The three fields in the order of the name. */
static const struct {
    const char *name;
    int largest;
} fields[AGR_UTKFACE_LABELS] = {
    [AGR_UTKFACE_AGE] = {"age", 116},
    [AGR_UTKFACE_GENDER] = {"gender", 1},
    [AGR_UTKFACE_RACE] = {"race", 4},
};

enum { MAX_DIGITS = 3 };

/* The number that these n bytes spell, or -1. */
static int read_number(const char *digits, size_t n)
{
    if (n == 0 || n > MAX_DIGITS)
        return -1;
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return -1;
        value = 10 * value + (digits[i] - '0');
    }
    return value;
}

agr_status agr_utkface_parse(const char *file_name, int value[AGR_UTKFACE_LABELS], agr_error *err)
{
    int found[AGR_UTKFACE_LABELS];
    const char *at = file_name;
    for (int i = 0; i < AGR_UTKFACE_LABELS; i++) {
        const size_t n = strcspn(at, "_");
        found[i] = at[n] == '_' ? read_number(at, n) : -1;
        if (found[i] < 0 || found[i] > fields[i].largest)
            return agr_error_set(err, AGR_INPUT, "%s: expected 0..%d followed by '_', found '%s'",
                                 fields[i].name, fields[i].largest, at);
        at += n + 1;
    }
    memcpy(value, found, sizeof found);
    return AGR_OK;
}

agr_status agr_utkface_columns(int64_t n_rows, agr_labels *labels, agr_error *err)
{
    static const char *const genders[] = {"male", "female"};
    static const char *const races[] = {"white", "black", "asian", "indian", "other"};
    *labels = (agr_labels){.n_rows = n_rows};
    agr_status status = agr_labels_add(labels, fields[AGR_UTKFACE_AGE].name, 0, NULL, err);
    if (status == AGR_OK)
        status = agr_labels_add(labels, fields[AGR_UTKFACE_GENDER].name, 2, genders, err);
    if (status == AGR_OK)
        status = agr_labels_add(labels, fields[AGR_UTKFACE_RACE].name, 5, races, err);
    if (status != AGR_OK)
        agr_labels_release(labels);
    return status;
}
