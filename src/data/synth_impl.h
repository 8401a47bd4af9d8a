/** What the files of the synthetic set share: its addressed random numbers, its words. */
#ifndef AGR_DATA_SYNTH_IMPL_H
#define AGR_DATA_SYNTH_IMPL_H

#include <agr/base/random.h>
#include <agr/base/text.h>
#include <agr/data/synth.h>

/* What is drawn for a picture. Each has numbers of its own, so that one can change without moving
 * the others. */
enum { SYNTH_LABELS, SYNTH_PLACE, SYNTH_COLOURS, SYNTH_DISTURBANCE, SYNTH_NOISE };

/** The words drawn for one purpose of one picture, one after the other. */
typedef struct {
    agr_random_key key;
    int64_t index;
    uint32_t item, n_taken;
    agr_random_block block;
} synth_stream;

static inline synth_stream synth_stream_at(uint64_t seed, int64_t index, uint32_t item)
{
    return (synth_stream){
        .key = agr_random_key_make(seed, AGR_RANDOM_SYNTH, 0), .index = index, .item = item};
}

static inline uint32_t synth_word(synth_stream *stream)
{
    if (stream->n_taken % 4 == 0)
        stream->block = agr_random_at(stream->key, (uint32_t)stream->index,
                                      (uint32_t)((uint64_t)stream->index >> 32), stream->item,
                                      stream->n_taken / 4);
    return stream->block.word[stream->n_taken++ % 4];
}

/** Adds "<age>,<gender>,<race>,<eye colour>", classes in words. */
void synth_add_words(const agr_synth_labels *labels, agr_text *text);

#endif
