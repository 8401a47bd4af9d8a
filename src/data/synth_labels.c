/* What the labels of a synthetic picture are, in numbers, in words and in its file name. */
#include "synth_impl.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_AGE = 116 };

/* How many of 6,001 faces of UTKFace have age 1, 2, ...: ages ending in 0 and 5 stand out, and so
 * do 1 and 26. Single counts above 90 are evened out. */
static const uint16_t age_weight[MAX_AGE] = {
    273, 117, 67,  77,  43,  25,  34,  67,  45,  44,  17, 37,  19, 38, 47,  48,  49, 69, 29, 81,
    98,  79,  100, 227, 171, 556, 153, 220, 158, 191, 96, 162, 36, 95, 241, 117, 76, 90, 55, 116,
    27,  71,  42,  21,  112, 35,  37,  40,  31,  107, 36, 66,  81, 89, 67,  64,  27, 60, 23, 86,
    30,  37,  22,  12,  67,  16,  20,  38,  17,  36,  10, 25,  21, 6,  32,  16,  5,  16, 4,  39,
    7,   8,   4,   4,   38,  11,  2,   11,  14,  24,  2,  3,   3,  1,  2,   4,   1,  1,  1,  2,
    1,   1,   1,   1,   2,   1,   1,   1,   1,   1,   1,  1,   1,  1,  1,   2};
/* The counts of the whole set. */
static const uint16_t gender_weight[2] = {12391, 11314};
static const uint16_t race_weight[5] = {10078, 4526, 3434, 3975, 1692};
static const uint16_t eye_color_weight[AGR_SYNTH_EYE_COLORS] = {40, 20, 15, 13, 12};

static const char *const gender_name[2] = {"male", "female"};
static const char *const race_name[5] = {"white", "black", "asian", "indian", "other"};
static const char *const eye_color_name[AGR_SYNTH_EYE_COLORS] = {"brown", "blue", "hazel", "green",
                                                                 "grey"};

/* An index drawn in proportion to its weight. */
static int draw_weighted(synth_stream *random, const uint16_t *weight, int n)
{
    uint64_t total = 0;
    for (int i = 0; i < n; i++)
        total += weight[i];
    const uint32_t high = synth_word(random), low = synth_word(random);
    uint64_t left = agr_random_below(high, low, total);
    int i = 0;
    while (left >= weight[i])
        left -= weight[i++];
    return i;
}

agr_synth_labels agr_synth_labels_of(uint64_t seed, int64_t index)
{
    synth_stream random = synth_stream_at(seed, index, SYNTH_LABELS);
    agr_synth_labels labels;
    labels.age = 1 + draw_weighted(&random, age_weight, MAX_AGE);
    labels.gender = draw_weighted(&random, gender_weight, 2);
    labels.race = draw_weighted(&random, race_weight, 5);
    labels.eye_color = draw_weighted(&random, eye_color_weight, AGR_SYNTH_EYE_COLORS);
    return labels;
}

void synth_add_words(const agr_synth_labels *labels, agr_text *text)
{
    agr_text_add(text, "%d,%s,%s,%s", labels->age, gender_name[labels->gender],
                 race_name[labels->race], eye_color_name[labels->eye_color]);
}

void agr_synth_name(uint64_t seed, int64_t index, char name[AGR_SYNTH_NAME_BYTES])
{
    const agr_synth_labels labels = agr_synth_labels_of(seed, index);
    const int64_t ms = index; /* of one day: the time stamps count on from midnight */
    const int64_t stamp = ms / 3600000 * 10000000 + ms / 60000 % 60 * 100000 + ms % 60000;
    snprintf(name, AGR_SYNTH_NAME_BYTES, "%d_%d_%d_20170101%09" PRId64 ".jpg", labels.age,
             labels.gender, labels.race, stamp);
}
