#include "test.h"

#include <agr/train/stand_in.h>
#include <agr/train/feed.h>

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

static void open_feed(fed_network *f, int part, int n_parts)
{
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options =
        agr_training_set_network_options(&stand_in.set, &config, target);
    const agr_network_plan_options plan = {
        .max_images = N, .micro_batch = MICRO_BATCH, .part = part, .n_parts = n_parts};
    agr_error err;
    assert_ok(agr_network_create(&config.branch[0], &options, &f->network, &err), err);
    assert_ok(agr_network_plan(f->network, &plan, NULL, &err), err);
    assert_ok(agr_feed_create(&config, &stand_in.set, f->network, &f->feed, &err), err);
    assert_ok(agr_feed_plan(f->feed, &err), err);
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
        cmocka_unit_test(test_a_label_that_the_set_lacks_is_named),
    };
    return cmocka_run_group_tests(tests, open_set, close_set);
}
