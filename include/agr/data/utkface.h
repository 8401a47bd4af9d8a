/**
 * Labels from UTKFace file names: [age]_[gender]_[race]_[date&time].jpg (Zhang, Song, Qi, "Age
 * progression/regression by conditional adversarial autoencoder", CVPR 2017, and the data set's
 * page).
 *
 * The rule: the first three fields are age 0..116, gender 0..1 and race 0..4, in digits, each
 * followed by '_'. What comes after is not looked at, so the time stamps of 16 or 18 digits, the
 * space and the missing dot of the published set are no obstacle, while its three names without a
 * race are rejected: their third field is a time stamp.
 */
#ifndef AGR_DATA_UTKFACE_H
#define AGR_DATA_UTKFACE_H

#include <agr/base/error.h>
#include <agr/data/labels.h>

enum { AGR_UTKFACE_AGE, AGR_UTKFACE_GENDER, AGR_UTKFACE_RACE, AGR_UTKFACE_LABELS };

/** What a name looks like, for messages: "[age]_[gender]_...". */
extern const char agr_utkface_pattern[];

/** Reads the labels of one file name (no folder in front). AGR_INPUT, saying which field was
 * expected to be what, when the name breaks the rule; value is untouched then. */
agr_status agr_utkface_parse(const char *file_name, int value[AGR_UTKFACE_LABELS], agr_error *err);

/** Makes *labels a set of n_rows rows with the three columns of this rule (numbers for age, classes
 * male, female and white, black, asian, indian, other), all without a label. AGR_MEMORY. Caller
 * releases. */
agr_status agr_utkface_columns(int64_t n_rows, agr_labels *labels, agr_error *err);

#endif
