/* A set of random pictures and labels, in memory. */
#include <agr/train/stand_in.h>

#include <agr/base/random.h>
#include <agr/base/size.h>
#include <stdlib.h>
#include <string.h>

/* A label that this head takes, from 32 random bits. */
static float random_label(const agr_head *head, uint32_t word)
{
    enum { LARGEST_NUMBER = 100 };
    switch (head->loss.kind->prediction) {
    case AGR_PREDICTS_NUMBER:
        return (float)(1 + word % LARGEST_NUMBER);
    case AGR_PREDICTS_BINARY:
        return (float)(word % 2);
    case AGR_PREDICTS_CLASS:
    case AGR_PREDICTS_NUMBER_AS_CLASS:
    case AGR_PREDICTS_NUMBER_BY_THRESHOLD:
        break;
    }
    return (float)head->loss.classes.first_value + (float)(word % (uint32_t)head->loss.n_columns);
}

static void fill_column(agr_stand_in *s, const agr_config *config, int b, int h,
                        const agr_head *head)
{
    agr_training_set *set = &s->set;
    const int64_t n = set->images.n_images;
    float *value = s->value + set->n_labels * n;
    const agr_random_key key =
        agr_random_key_make((uint64_t)config->seed, AGR_RANDOM_TEST, (uint64_t)set->n_labels);
    for (int64_t i = 0; i < n; i++)
        value[i] = random_label(head, agr_random_at(key, (uint32_t)i, 0, 0, 0).word[0]);
    set->label[set->n_labels++] =
        (agr_label_column){.name = config->branch[b].head[h].target, .values = value};
}

static agr_status fill_columns(agr_stand_in *s, const agr_config *config, int b, agr_error *err)
{
    const agr_extent input = {s->set.images.height, s->set.images.width, 3};
    const agr_network_options options = agr_network_options_from(config, input);
    agr_network *network;
    AGR_TRY(agr_network_create(&config->branch[b], &options, &network, err));
    for (int h = 0; h < agr_network_n_heads(network) && s->set.n_labels < AGR_MAX_LABELS; h++)
        if (agr_training_set_column(&s->set, config->branch[b].head[h].target) == NULL)
            fill_column(s, config, b, h, agr_network_head(network, h));
    agr_network_destroy(network);
    return AGR_OK;
}

static void fill_pixels(agr_stand_in *s, uint64_t seed)
{
    const agr_image_set *images = &s->set.images;
    const agr_random_key key = agr_random_key_make(seed, AGR_RANDOM_TEST, UINT64_MAX);
    const int64_t n_bytes = images->n_images * images->height * images->width * 3;
    for (int64_t i = 0; i < n_bytes; i += (int64_t)sizeof(agr_random_block)) {
        const agr_random_block block = agr_random_at(key, (uint32_t)(i / 16), 0, 0, 0);
        memcpy(s->pixel + i, &block, (size_t)agr_min_i64(n_bytes - i, sizeof block));
    }
}

agr_status agr_stand_in_create(const agr_config *config, int64_t n_images, int64_t height,
                               int64_t width, agr_stand_in *s, agr_error *err)
{
    *s = (agr_stand_in){0};
    s->pixel = malloc((size_t)(n_images * height * width * 3));
    s->value = malloc((size_t)(AGR_MAX_LABELS * n_images) * sizeof *s->value);
    s->sample = malloc((size_t)n_images * sizeof *s->sample);
    if (s->pixel == NULL || s->value == NULL || s->sample == NULL) {
        agr_stand_in_release(s);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    }
    s->set.images = (agr_image_set){s->pixel, n_images, height, width};
    s->set.train_sample = s->sample;
    s->set.n_train = n_images;
    for (int64_t i = 0; i < n_images; i++)
        s->sample[i] = i;
    fill_pixels(s, (uint64_t)config->seed);
    for (int b = 0; b < config->n_branches; b++) {
        const agr_status status = fill_columns(s, config, b, err);
        if (status != AGR_OK) {
            agr_stand_in_release(s);
            return status;
        }
    }
    return AGR_OK;
}

void agr_stand_in_release(agr_stand_in *s)
{
    free(s->pixel);
    free(s->value);
    free(s->sample);
    *s = (agr_stand_in){0};
}
