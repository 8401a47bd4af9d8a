/*
 * Event files as TensorBoard reads them: records of TensorFlow's framing, each an Event in the wire
 * format of protocol buffers. Pure: bytes are added to a text.
 *
 *     record   = length (uint64), masked CRC-32C of it, the event, masked CRC-32C of the event
 *     Event    = 1: wall_time (double)  2: step (varint)  3: file_version | 5: Summary | 7: SessionLog
 *     Summary  = 1: Value, repeated;  Value = 1: tag  2: simple_value (float)
 *
 * (tensorflow/core/util/event.proto, summary.proto; lib/io/record_writer.cc. All numbers have their
 * lowest byte first.) These few fields are written by hand: a library for them would bring a compiler
 * of schemes into the build and be longer to call than this is.
 */
#ifndef AGR_TRAIN_TFEVENTS_IMPL_H
#define AGR_TRAIN_TFEVENTS_IMPL_H

#include <agr/base/text.h>
#include <stdint.h>

typedef struct {
    const char *tag; /* "val_loss" */
    double value;    /* NaN: nothing was measured, and nothing is written */
} tfevents_scalar;

/* The record that a file begins with. wall_s here and below: seconds since 1970. */
void tfevents_add_version(agr_text *file, double wall_s);

/* From here on the run goes on at `step`: what earlier files hold of this and later steps is void. */
void tfevents_add_start(agr_text *file, double wall_s, int64_t step);

void tfevents_add_scalars(agr_text *file, double wall_s, int64_t step,
                          const tfevents_scalar *scalar, int n);

#endif
