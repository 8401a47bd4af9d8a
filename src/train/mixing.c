/* Draws who is mixed with whom, and brings the partners' labels. */
#include "mixing_impl.h"

#include <agr/data/mixup.h>
#include <math.h>

void mixing_take(mixing *mix, agr_arena *arena, size_t n_images, size_t image_size, int n_heads)
{
    mix->image = agr_arena_take(arena, n_images * image_size, sizeof(float));
    for (int h = 0; h < n_heads; h++)
        mix->label[h] = agr_arena_take(arena, n_images, sizeof(float));
    mix->address = agr_arena_take(arena, n_images, sizeof(agr_draw_address));
    mix->lambda = agr_arena_take(arena, n_images, sizeof(float));
}

static bool has_every_label(const float *const *column, int n_heads, uint32_t sample)
{
    for (int h = 0; h < n_heads; h++)
        if (isnan(column[h][sample]))
            return false;
    return true;
}

void mixing_draw(mixing *mix, const agr_config *config, const agr_training_set *set,
                 const float *const *column, int n_heads, agr_network_batch *batch)
{
    const int64_t n = agr_shard_images(&batch->shard);
    for (int64_t i = 0; i < n; i++) {
        const agr_draw_address own = batch->address[i];
        agr_mixup_draw draw = agr_mixup_draw_at((uint64_t)config->seed, own, config->augment.mixup,
                                                set->train_sample, set->n_train);
        if (!has_every_label(column, n_heads, own.sample) ||
            !has_every_label(column, n_heads, draw.partner.sample))
            draw = (agr_mixup_draw){.partner = own, .lambda = 1};
        mix->address[i] = draw.partner;
        mix->lambda[i] = draw.lambda;
        for (int h = 0; h < n_heads; h++)
            mix->label[h][i] = column[h][draw.partner.sample];
    }
    batch->partner_labels = (const float *const *)mix->label;
    batch->lambda = mix->lambda;
}
