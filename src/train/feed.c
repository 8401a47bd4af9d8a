/* Brings the pictures and labels of this rank's part of a batch together. */
#include <agr/train/feed.h>

#include "mixing_impl.h"

#include <agr/base/arena.h>
#include <agr/base/size.h>
#include <agr/data/mixup.h>
#include <stdlib.h>

struct agr_feed {
    const agr_config *config;
    const agr_training_set *set;
    const agr_network *network;
    int n_heads;
    const float *column[AGR_MAX_HEADS]; /* [N of the set] labels of each head */
    agr_augment_ranges ranges;
    agr_arena arena; /* of its own, without a workspace */
    float *image;    /* these are in it, or in the workspace */
    float *label[AGR_MAX_HEADS];
    agr_draw_address *address;
    mixing mixing; /* where it mixes */
};

agr_augment_ranges agr_augment_ranges_from(const agr_config *config)
{
    return (agr_augment_ranges){
        .rotation_deg = config->augment.rotation_deg,
        .shift_height = config->augment.shift_height,
        .shift_width = config->augment.shift_width,
        .shear_deg = config->augment.shear_deg,
        .zoom = config->augment.zoom,
        .flip_horizontal = config->augment.flip_horizontal,
        .brightness = config->augment.brightness,
        .contrast = config->augment.contrast,
        .saturation = config->augment.saturation,
        .erase = config->augment.erase,
    };
}

agr_status agr_feed_create(const agr_config *config, const agr_training_set *set,
                           const agr_network *network, agr_feed **created, agr_error *err)
{
    *created = NULL;
    agr_feed *feed = calloc(1, sizeof *feed);
    if (feed == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    feed->config = config;
    feed->set = set;
    feed->network = network;
    feed->n_heads = agr_network_n_heads(network);
    feed->ranges = agr_augment_ranges_from(config);
    for (int h = 0; h < feed->n_heads; h++) {
        const agr_label_column *column;
        const char *target = agr_network_head(network, h)->target;
        const agr_status status = agr_training_set_require(set, target, &column, err);
        if (status != AGR_OK) {
            agr_feed_destroy(feed);
            return status;
        }
        feed->column[h] = column->values;
    }
    *created = feed;
    return AGR_OK;
}

void agr_feed_destroy(agr_feed *feed)
{
    if (feed == NULL)
        return;
    agr_arena_release(&feed->arena);
    free(feed);
}

static bool mixes(const agr_feed *feed, const agr_network_plan_options *plan)
{
    const agr_config *config = feed->config;
    return config->augment.enabled && config->augment.mixup > 0 && plan->training;
}

static void take_buffers(agr_feed *feed, const agr_network_plan_options *plan, agr_arena *arena)
{
    const size_t n_images = (size_t)(agr_network_longest_shard(plan) * plan->micro_batch);
    const agr_image_set *images = &feed->set->images;
    const size_t image_size = (size_t)(images->height * images->width * 3);
    feed->image = agr_arena_take(arena, n_images * image_size, sizeof(float));
    for (int h = 0; h < feed->n_heads; h++)
        feed->label[h] = agr_arena_take(arena, n_images, sizeof(float));
    feed->address = agr_arena_take(arena, n_images, sizeof(agr_draw_address));
    if (mixes(feed, plan))
        mixing_take(&feed->mixing, arena, n_images, image_size, feed->n_heads);
}

size_t agr_feed_measure(const agr_feed *feed, const agr_network_plan_options *plan)
{
    agr_feed counting = *feed;
    agr_arena arena = {0};
    take_buffers(&counting, plan, &arena);
    return arena.overflowed ? SIZE_MAX : arena.used_bytes;
}

agr_status agr_feed_plan(agr_feed *feed, agr_workspace *workspace, agr_error *err)
{
    const agr_network_plan_options *plan = agr_network_plan_of(feed->network);
    agr_arena *arena = workspace != NULL ? &workspace->arena : &feed->arena;
    agr_arena_release(&feed->arena);
    if (workspace != NULL) {
        agr_arena_rewind(arena);
    } else {
        take_buffers(feed, plan, arena);
        AGR_TRY(agr_arena_allocate(arena, err));
    }
    take_buffers(feed, plan, arena);
    agr_arena_seal(arena);
    return AGR_OK;
}

static void fill_addresses_and_labels(agr_feed *feed, const agr_batch *batch,
                                      const agr_shard *shard)
{
    const int64_t first = agr_shard_first_image(shard), n = agr_shard_images(shard);
    for (int64_t i = 0; i < n; i++) {
        const int64_t place = first + i;
        const int64_t sample = batch->sample[place];
        feed->address[i] = (agr_draw_address){
            .epoch = (uint32_t)batch->epoch,
            .sample = (uint32_t)sample,
            .occurrence = batch->occurrence != NULL ? batch->occurrence[place] : 0};
        for (int h = 0; h < feed->n_heads; h++)
            feed->label[h][i] = feed->column[h][sample];
    }
}

/* The pictures of these n addresses. */
static void fill_images(const agr_feed *feed, const agr_draw_address *address, int64_t n,
                        bool augments, float *image)
{
    agr_batch_images(agr_network_plan_of(feed->network)->pool, &feed->set->images, address, n,
                     augments ? &feed->ranges : NULL, (uint64_t)feed->config->seed, image);
}

static void mix(agr_feed *feed, agr_network_batch *filled)
{
    const agr_image_set *images = &feed->set->images;
    const int64_t n = agr_shard_images(&filled->shard);
    mixing_draw(&feed->mixing, feed->config, feed->set, feed->column, feed->n_heads, filled);
    fill_images(feed, feed->mixing.address, n, true, feed->mixing.image);
    agr_mixup_blend(agr_network_plan_of(feed->network)->pool, n, images->height * images->width * 3,
                    feed->mixing.lambda, feed->mixing.image, feed->image);
}

agr_network_batch agr_feed_fill(agr_feed *feed, const agr_batch *batch, agr_feed_mode mode)
{
    const agr_network_plan_options *plan = agr_network_plan_of(feed->network);
    const bool augments = mode == AGR_FEED_AUGMENTED && feed->config->augment.enabled;
    agr_network_batch filled = {.shard = agr_network_shard(plan, batch->n_samples),
                                .images = feed->image,
                                .labels = (const float *const *)feed->label,
                                .address = feed->address};
    const int64_t n = agr_shard_images(&filled.shard);
    fill_addresses_and_labels(feed, batch, &filled.shard);
    fill_images(feed, feed->address, n, augments, feed->image);
    if (augments && mixes(feed, agr_network_plan_of(feed->network)))
        mix(feed, &filled);
    if (batch->mirrored)
        agr_batch_mirror(plan->pool, feed->image, n, feed->set->images.height,
                         feed->set->images.width);
    return filled;
}
