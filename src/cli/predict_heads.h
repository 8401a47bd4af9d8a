/** What the networks of a checkpoint say of a batch, and which of it is shown: members of a population
 * as one, unless each is asked for. */
#ifndef AGR_CLI_PREDICT_HEADS_H
#define AGR_CLI_PREDICT_HEADS_H

#include "predict_table.h"

#include <agr/report/ensemble.h>

enum { PREDICT_BATCH = 64, PREDICT_MAX_HEADS = 2 * AGR_MAX_MODELS };

/** A head of a network, and its outputs. */
typedef struct {
    const agr_model *model; /* borrowed */
    int head;
    const agr_loss *loss; /* borrowed */
    float *output;        /* [PREDICT_BATCH, outputs of the head]; owned */
} predict_voice;

/** Who speaks in a shown head: one voice, or the members of a population. */
typedef struct {
    char name[AGR_ENSEMBLE_NAME_BYTES]; /* of a population */
    int n_voices;
    int voice[AGR_MAX_MODELS];
} predict_chorus;

/** Starts as zeroes. Large: not for the stack. */
typedef struct {
    int n_voices;
    predict_voice voice[PREDICT_MAX_HEADS];
    int n_heads; /* shown */
    predict_head head[PREDICT_MAX_HEADS];
    predict_chorus chorus[PREDICT_MAX_HEADS]; /* of each of them */
    double *each; /* room for what all voices of one head say of a row; owned */
} predict_heads;

/** Makes room for what all heads say. A population has one shown head; with_members: and one for each
 * member behind it. AGR_UNSUPPORTED (too many heads), AGR_MEMORY. Caller releases in every case. */
agr_status predict_heads_open(predict_heads *heads, const agr_models *models, bool with_members,
                              agr_error *err);

/** What is done with outputs: of the picture, and then of its mirror image. */
typedef enum { PREDICT_KEEP, PREDICT_MIX } predict_take;

/** Takes the outputs that the model's network has for rows first .. first + n - 1. */
void predict_heads_take(predict_heads *heads, const agr_model *model, int64_t first, int64_t n,
                        predict_take take);

/** From the outputs of n rows to what the shown heads say of them. */
void predict_heads_say(predict_heads *heads, int64_t n);

void predict_heads_release(predict_heads *heads);

#endif
