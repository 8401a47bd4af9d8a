#include "test.h"

#include <agr/data/mixup.h>
#include <agr/train/feed.h>
#include <agr/train/stand_in.h>

enum { N = 7, SIDE = 8, IMAGE = SIDE * SIDE * 3, MICRO_BATCH = 2 };

static const char yaml[] = "{seed: 3, data: {batch_size: 7, micro_batch: 2},"
                           " branches: {b: {layers: [{flatten: {}}], heads: ["
                           "  {name: tall, target: height, loss: mse, weight: 1,"
                           "   layers: [{dense: {units: 1}}]},"
                           "  {name: kind, target: kind, loss: sparse_categorical_crossentropy,"
                           "   weight: 1, layers: [{dense: {units: 4}}]}]}}}";

/* Not in the order of the dataset: what belongs to whom must come from the id. */
static const int64_t sample[N] = {4, 0, 6, 2, 5, 3, 1};
static const agr_batch batch = {.sample = sample, .n_samples = N, .epoch = 5};

static agr_config config;
static agr_stand_in stand_in;

static int open_set(void **state)
{
    (void)state;
    agr_error err;
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
    assert_ok(agr_stand_in_create(&config, N, SIDE, SIDE, &stand_in, &err), err);
    return 0;
}

static int close_set(void **state)
{
    (void)state;
    agr_stand_in_release(&stand_in);
    agr_config_release(&config);
    return 0;
}

typedef struct {
    agr_network *network;
    agr_feed *feed;
} fed_network;

static void open_feed_for(fed_network *f, int part, int n_parts, bool training)
{
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options =
        agr_training_set_network_options(&stand_in.set, &config, target);
    const agr_network_plan_options plan = {.max_images = N,
                                           .micro_batch = MICRO_BATCH,
                                           .part = part,
                                           .n_parts = n_parts,
                                           .training = training};
    agr_error err;
    assert_ok(agr_network_create(&config.branch[0], &options, &f->network, &err), err);
    assert_ok(agr_network_plan(f->network, &plan, NULL, &err), err);
    assert_ok(agr_feed_create(&config, &stand_in.set, f->network, &f->feed, &err), err);
    assert_ok(agr_feed_plan(f->feed, NULL, &err), err);
}

static void open_feed(fed_network *f, int part, int n_parts)
{
    open_feed_for(f, part, n_parts, true);
}

static void close_feed(fed_network *f)
{
    agr_feed_destroy(f->feed);
    agr_network_destroy(f->network);
}

static void test_every_sample_comes_with_its_own_labels(void **state)
{
    (void)state;
    fed_network f;
    open_feed(&f, 0, 1);
    const agr_network_batch fed = agr_feed_fill(f.feed, &batch, AGR_FEED_PLAIN);
    assert_int_equal(agr_shard_images(&fed.shard), N);
    for (int i = 0; i < N; i++) {
        for (int h = 0; h < 2; h++)
            assert_true(fed.labels[h][i] == stand_in.set.label[h].values[sample[i]]);
        for (int k = 0; k < IMAGE; k++)
            assert_true(fed.images[i * IMAGE + k] ==
                        (float)stand_in.pixel[sample[i] * IMAGE + k] / 255.0f);
        assert_int_equal(fed.address[i].sample, sample[i]);
        assert_int_equal(fed.address[i].epoch, 5);
        assert_int_equal(fed.address[i].occurrence, 0);
    }
    close_feed(&f);
}

/* A sample that comes again is varied anew, on whichever rank. */
static void test_occurrences_belong_to_their_place_in_the_batch(void **state)
{
    (void)state;
    const int64_t twice[N] = {4, 4, 4, 2, 4, 3, 1};
    const uint32_t occurrence[N] = {0, 1, 2, 0, 1, 0, 5};
    const agr_batch drawn = {.sample = twice, .n_samples = N, .epoch = 5, .occurrence = occurrence};
    int place = 0;
    for (int part = 0; part < 3; part++) {
        fed_network f;
        open_feed(&f, part, 3);
        const agr_network_batch fed = agr_feed_fill(f.feed, &drawn, AGR_FEED_AUGMENTED);
        for (int64_t i = 0; i < agr_shard_images(&fed.shard); i++, place++)
            assert_int_equal(fed.address[i].occurrence, occurrence[place]);
        if (part == 0) /* places 0 .. 3 */
            assert_memory_not_equal(fed.images, fed.images + IMAGE, IMAGE * sizeof(float));
        close_feed(&f);
    }
    assert_int_equal(place, N);
}

static void test_parts_together_are_the_whole(void **state)
{
    (void)state;
    fed_network whole;
    open_feed(&whole, 0, 1);
    const agr_network_batch all = agr_feed_fill(whole.feed, &batch, AGR_FEED_AUGMENTED);
    for (int n_parts = 2; n_parts <= 5; n_parts++) {
        int64_t n = 0;
        for (int part = 0; part < n_parts; part++) {
            fed_network f;
            open_feed(&f, part, n_parts);
            const agr_network_batch fed = agr_feed_fill(f.feed, &batch, AGR_FEED_AUGMENTED);
            const int64_t here = agr_shard_images(&fed.shard);
            assert_memory_equal(fed.images, all.images + n * IMAGE,
                                (size_t)here * IMAGE * sizeof(float));
            for (int h = 0; h < 2; h++)
                assert_memory_equal(fed.labels[h], all.labels[h] + n, (size_t)here * sizeof(float));
            n += here;
            close_feed(&f);
        }
        assert_int_equal(n, N);
    }
    close_feed(&whole);
}

static void test_each_range_is_that_of_its_key(void **state)
{
    (void)state;
    const char *text =
        "{augment: {rotation_deg: 1, shift_height: 0.02, shift_width: 0.03, shear_deg: 4,"
        " zoom: 0.05, flip_horizontal: false, brightness: 0.06, contrast: 0.07,"
        " saturation: 0.08, erase: 0.09}}";
    agr_config own;
    agr_error err;
    assert_ok(agr_config_parse(&own, text, strlen(text), "test.yaml", NULL, 0, &err), err);
    const agr_augment_ranges r = agr_augment_ranges_from(&own);
    agr_config_release(&own);
    assert_true(r.rotation_deg == 1 && r.shift_height == 0.02 && r.shift_width == 0.03);
    assert_true(r.shear_deg == 4 && r.zoom == 0.05 && !r.flip_horizontal);
    assert_true(r.brightness == 0.06 && r.contrast == 0.07 && r.saturation == 0.08);
    assert_true(r.erase == 0.09);
}

static bool is_varied(void)
{
    fed_network f;
    float plain[N * IMAGE];
    open_feed(&f, 0, 1);
    memcpy(plain, agr_feed_fill(f.feed, &batch, AGR_FEED_PLAIN).images, sizeof plain);
    const agr_network_batch fed = agr_feed_fill(f.feed, &batch, AGR_FEED_AUGMENTED);
    const bool varied = memcmp(plain, fed.images, sizeof plain) != 0;
    close_feed(&f);
    return varied;
}

static void test_the_configuration_says_whether_pictures_are_varied(void **state)
{
    (void)state;
    assert_true(is_varied());
    config.augment.enabled = false;
    assert_false(is_varied());
    config.augment.enabled = true;
}

/* ---- pictures mixed of two ---- */

static int mix_all(void **state)
{
    (void)state;
    config.augment.mixup = 1;
    return 0;
}

static int mix_none(void **state)
{
    (void)state;
    config.augment.mixup = 0;
    return 0;
}

static agr_mixup_draw drawn(const agr_network_batch *fed, int i)
{
    return agr_mixup_draw_at(3, fed->address[i], 1, stand_in.set.train_sample,
                             stand_in.set.n_train);
}

static void test_pictures_and_labels_are_mixed_with_a_partner(void **state)
{
    (void)state;
    fed_network f;
    static float own[IMAGE], partner[IMAGE];
    open_feed(&f, 0, 1);
    const agr_augment_ranges ranges = agr_augment_ranges_from(&config);
    const agr_network_batch fed = agr_feed_fill(f.feed, &batch, AGR_FEED_AUGMENTED);
    for (int i = 0; i < N; i++) {
        const agr_mixup_draw draw = drawn(&fed, i);
        const agr_image_set *set = &stand_in.set.images;
        agr_batch_images(NULL, set, &fed.address[i], 1, &ranges, 3, own);
        agr_batch_images(NULL, set, &draw.partner, 1, &ranges, 3, partner);
        agr_mixup_blend(NULL, 1, IMAGE, &draw.lambda, partner, own);
        assert_memory_equal(fed.images + i * IMAGE, own, sizeof own);
        assert_true(fed.lambda[i] == draw.lambda && draw.lambda > 0 && draw.lambda < 1);
        for (int h = 0; h < 2; h++) {
            const float *values = stand_in.set.label[h].values;
            assert_true(fed.labels[h][i] == values[sample[i]]);
            assert_true(fed.partner_labels[h][i] == values[draw.partner.sample]);
        }
    }
    close_feed(&f);
}

static void test_parts_mix_as_the_whole_does(void **state)
{
    (void)state;
    fed_network whole;
    int n = 0;
    open_feed(&whole, 0, 1);
    const agr_network_batch all = agr_feed_fill(whole.feed, &batch, AGR_FEED_AUGMENTED);
    for (int part = 0; part < 3; part++) {
        fed_network f;
        open_feed(&f, part, 3);
        const agr_network_batch fed = agr_feed_fill(f.feed, &batch, AGR_FEED_AUGMENTED);
        const int here = (int)agr_shard_images(&fed.shard);
        assert_memory_equal(fed.images, all.images + n * IMAGE,
                            (size_t)(here * IMAGE) * sizeof(float));
        for (int i = 0; i < here; i++, n++) {
            assert_true(fed.lambda[i] == all.lambda[n]);
            for (int h = 0; h < 2; h++)
                assert_true(fed.partner_labels[h][i] == all.partner_labels[h][n]);
        }
        close_feed(&f);
    }
    assert_int_equal(n, N);
    close_feed(&whole);
}

/* Of a fold nobody is mixed with those that it is validated on. */
static void test_partners_are_samples_to_train_on(void **state)
{
    (void)state;
    fed_network f;
    const agr_training_set kept = stand_in.set;
    const int64_t trained[] = {6, 1};
    stand_in.set.train_sample = trained;
    stand_in.set.n_train = 2;
    open_feed(&f, 0, 1);
    const agr_network_batch fed = agr_feed_fill(f.feed, &batch, AGR_FEED_AUGMENTED);
    const float *height = stand_in.set.label[0].values;
    for (int i = 0; i < N; i++)
        assert_true(fed.partner_labels[0][i] == height[6] || fed.partner_labels[0][i] == height[1]);
    close_feed(&f);
    stand_in.set = kept;
}

/* Neither with a label missing here nor there: half a picture has no label. */
static void test_who_lacks_a_label_is_not_mixed(void **state)
{
    (void)state;
    fed_network f;
    static float alone[N * IMAGE];
    const agr_label_column kept = stand_in.set.label[1];
    float values[N];
    int n_mixed = 0;
    memcpy(values, kept.values, sizeof values);
    values[2] = values[6] = NAN;
    stand_in.set.label[1].values = values;
    open_feed(&f, 0, 1);
    config.augment.mixup = 0;
    memcpy(alone, agr_feed_fill(f.feed, &batch, AGR_FEED_AUGMENTED).images, sizeof alone);
    config.augment.mixup = 1;
    for (int64_t epoch = 5; epoch < 9; epoch++) {
        agr_batch of_epoch = batch;
        of_epoch.epoch = epoch;
        const agr_network_batch fed = agr_feed_fill(f.feed, &of_epoch, AGR_FEED_AUGMENTED);
        for (int i = 0; i < N; i++) {
            const uint32_t partner = drawn(&fed, i).partner.sample;
            const bool lacks = isnan(values[sample[i]]) || isnan(values[partner]);
            assert_true(lacks == (fed.lambda[i] == 1));
            n_mixed += !lacks;
            if (lacks && epoch == 5)
                assert_memory_equal(fed.images + i * IMAGE, alone + i * IMAGE,
                                    IMAGE * sizeof(float));
        }
    }
    assert_in_range(n_mixed, 1, 4 * 5);
    close_feed(&f);
    stand_in.set.label[1] = kept;
}

static void assert_not_mixed(bool training, agr_feed_mode mode)
{
    fed_network f;
    open_feed_for(&f, 0, 1, training);
    const agr_network_batch fed = agr_feed_fill(f.feed, &batch, mode);
    assert_null(fed.partner_labels);
    assert_null(fed.lambda);
    close_feed(&f);
}

static void test_only_training_mixes(void **state)
{
    (void)state;
    assert_not_mixed(true, AGR_FEED_PLAIN);
    assert_not_mixed(false, AGR_FEED_AUGMENTED);
    config.augment.enabled = false;
    assert_not_mixed(true, AGR_FEED_AUGMENTED);
    config.augment.enabled = true;
    config.augment.mixup = 0;
    assert_not_mixed(true, AGR_FEED_AUGMENTED);
}

static void test_a_label_that_the_set_lacks_is_named(void **state)
{
    (void)state;
    fed_network f;
    agr_feed *feed;
    agr_error err;
    agr_training_set poor = stand_in.set;
    poor.n_labels = 1;
    open_feed(&f, 0, 1);
    assert_fails(agr_feed_create(&config, &poor, f.network, &feed, &err), AGR_INPUT, err,
                 "no label column 'kind'");
    assert_non_null(strstr(err.hint, "height"));
    close_feed(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sample_comes_with_its_own_labels),
        cmocka_unit_test(test_occurrences_belong_to_their_place_in_the_batch),
        cmocka_unit_test(test_parts_together_are_the_whole),
        cmocka_unit_test(test_each_range_is_that_of_its_key),
        cmocka_unit_test(test_the_configuration_says_whether_pictures_are_varied),
        cmocka_unit_test_setup_teardown(test_pictures_and_labels_are_mixed_with_a_partner, mix_all,
                                        mix_none),
        cmocka_unit_test_setup_teardown(test_parts_mix_as_the_whole_does, mix_all, mix_none),
        cmocka_unit_test_setup_teardown(test_partners_are_samples_to_train_on, mix_all, mix_none),
        cmocka_unit_test_setup_teardown(test_who_lacks_a_label_is_not_mixed, mix_all, mix_none),
        cmocka_unit_test_setup_teardown(test_only_training_mixes, mix_all, mix_none),
        cmocka_unit_test(test_a_label_that_the_set_lacks_is_named),
    };
    return cmocka_run_group_tests(tests, open_set, close_set);
}
