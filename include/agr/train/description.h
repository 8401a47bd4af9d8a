/**
 * What a checkpoint tells of its branches besides numbers: how a picture becomes their input, and
 * what the outputs mean. Written by whoever makes a checkpoint, read by whoever uses one.
 */
#ifndef AGR_TRAIN_DESCRIPTION_H
#define AGR_TRAIN_DESCRIPTION_H

#include <agr/base/text.h>
#include <agr/config/config.h>
#include <agr/image/resize.h>
#include <agr/nn/network.h>
#include <agr/store/checkpoint.h>
#include <agr/train/training_set.h>

/** How a picture becomes the input of a network. */
typedef struct {
    agr_extent input;         /* of one image: height, width, 3 (RGB, 8 bits times 1/255) */
    agr_resize_method resize; /* how it is brought to that size */
    int longest_side; /* pixels, of the pictures trained on before they were resized; 0: not known */
} agr_preprocessing;

/** How the pictures of a dataset were made. One that does not say how it resized them, or names a
 * way of its own, counts as bilinear; the latter with a warning. */
agr_preprocessing agr_preprocessing_of(const agr_dataset *dataset);

/** Appends "height=96 width=96 resize=bilinear channels=rgb scale=1/255 longest_side=200". */
void agr_preprocessing_write(const agr_preprocessing *preprocessing, agr_text *text);

/** Reads that. AGR_FORMAT when a size is missing or absurd, or a word says what is not done here. */
agr_status agr_preprocessing_read(agr_preprocessing *preprocessing, const char *text,
                                  agr_error *err);

/** Where a branch stands in its population: base NULL where it is the only one of its key. Its
 * settings are appended to the text and borrowed from it, base from config. */
agr_checkpoint_member agr_describe_member(const agr_config *config, int branch, agr_text *settings);

/** The heads of a network, with the classes of the set's columns and the range of the numbers of its
 * training samples; set may be NULL: neither is known then. Names are borrowed from both. */
void agr_describe_heads(const agr_network *network, const agr_training_set *set,
                        agr_checkpoint_head head[AGR_MAX_HEADS]);

#endif
