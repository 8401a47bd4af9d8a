/**
 * The embedded default set: labelled pictures that are ours to give away, named and distributed
 * like UTKFace, so that every command can be tried and tested without it.
 *
 * The pictures are abstract glyphs, likenesses of nobody. Each label drives a visual factor of its
 * own, and the factors are independent given the labels:
 *
 *     age         rings inside the glyph: 1.2 + 0.12 per year; its colour pales; both blurred
 *     gender      outline: an ellipse or egg (male), a polygon with 3 to 5 sides (female)
 *     race        hue of the glyph: five hues 72 degrees apart, blurred by 18 degrees
 *     eye_color   colour of the dot in the middle
 *
 * Place, size, rotation, aspect, light, tint, background, an occluding bar and noise are nuisance:
 * a network has to learn, and the blur keeps its error above zero.
 *
 * Picture `index` of a seed is a function of both alone (base/random.h), drawn without libm's
 * transcendental functions: any machine, any number of threads and any count give the same pixels.
 */
#ifndef AGR_DATA_SYNTH_H
#define AGR_DATA_SYNTH_H

#include <agr/base/error.h>
#include <agr/base/pool.h>
#include <stdint.h>

enum {
    AGR_SYNTH_SIDE = 200,           /* pixels, as UTKFace's aligned pictures */
    AGR_SYNTH_NAME_BYTES = 64,      /* for a file name */
    AGR_SYNTH_EYE_COLORS = 5,       /* brown, blue, hazel, green, grey */
    AGR_SYNTH_MAX_COUNT = 80000000, /* more than a day of time stamps would repeat a name */
};

/** age 1..116; gender 0 male, 1 female; race 0..4 as in UTKFace's names; eye_color 0..4. */
typedef struct {
    int age, gender, race, eye_color;
} agr_synth_labels;

/** Labels of one picture. Age, gender and race follow the counts of UTKFace (see synth_labels.c);
 * eye_color is independent of them. */
agr_synth_labels agr_synth_labels_of(uint64_t seed, int64_t index);

/** The file name: age_gender_race_timestamp.jpg with a time stamp of its own for every index. */
void agr_synth_name(uint64_t seed, int64_t index, char name[AGR_SYNTH_NAME_BYTES]);

/** Draws one picture: rgb [AGR_SYNTH_SIDE, AGR_SYNTH_SIDE, 3]. Overwrites rgb;
 * allocates nothing. */
void agr_synth_draw(uint64_t seed, int64_t index, uint8_t *rgb);

/** Called now and then by the thread that called agr_synth_write(), with pictures done so far. */
typedef void agr_synth_progress(void *context, int64_t n_done, int64_t count);

/** What to write. Strings and the pool are borrowed. */
typedef struct {
    const char *folder; /* absent or empty */
    int64_t count;      /* pictures, 1..AGR_SYNTH_MAX_COUNT */
    uint64_t seed;
    agr_pool *pool;               /* or NULL: one thread */
    agr_synth_progress *progress; /* or NULL */
    void *progress_context;
} agr_synth_options;

/**
 * Writes pictures 0..count-1 of the seed as JPEG files, and labels.csv (path, age, gender, race,
 * eye_color; classes in words).
 *
 * All of it is written to "<folder>.partial" first and renamed: `folder` is complete or not there.
 * AGR_INPUT count out of range or `folder` holds something; AGR_NOT_FOUND its parent is missing;
 * AGR_IO it cannot be written; AGR_MEMORY.
 */
agr_status agr_synth_write(const agr_synth_options *options, agr_error *err);

#endif
