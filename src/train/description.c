/* What a checkpoint tells of its branches besides numbers. */
#include <agr/train/description.h>

#include <agr/base/log.h>
#include <agr/base/parse.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SIDE = 16384, MAX_WORD = 64 };

static bool find_method(const char *name, agr_resize_method *method)
{
    static const agr_resize_method all[] = {AGR_RESIZE_BILINEAR, AGR_RESIZE_AREA};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(agr_resize_method_name(all[i]), name) == 0) {
            *method = all[i];
            return true;
        }
    return false;
}

agr_preprocessing agr_preprocessing_of(const agr_dataset *dataset)
{
    agr_preprocessing preprocessing = {
        .input = {agr_dataset_height(dataset), agr_dataset_width(dataset), 3},
        .resize = AGR_RESIZE_BILINEAR,
    };
    const char *name = agr_dataset_attribute(dataset, "resize");
    const char *longest_side = agr_dataset_attribute(dataset, "longest_side");
    int64_t n_pixels;
    if (longest_side != NULL && agr_parse_int(longest_side, &n_pixels) && n_pixels > 0 &&
        n_pixels <= MAX_SIDE)
        preprocessing.longest_side = (int)n_pixels;
    if (name != NULL && !find_method(name, &preprocessing.resize))
        agr_log_warning("dataset '%s' was resized by '%s': other pictures will be resized bilinear",
                        agr_dataset_path(dataset), name);
    return preprocessing;
}

void agr_preprocessing_write(const agr_preprocessing *preprocessing, agr_text *text)
{
    agr_text_add(text, "height=%lld width=%lld resize=%s channels=rgb scale=1/255",
                 (long long)preprocessing->input.height, (long long)preprocessing->input.width,
                 agr_resize_method_name(preprocessing->resize));
    if (preprocessing->longest_side > 0)
        agr_text_add(text, " longest_side=%d", preprocessing->longest_side);
}

static agr_status read_side(const char *value, int64_t *side, agr_error *err)
{
    if (!agr_parse_int(value, side) || *side < 1 || *side > MAX_SIDE)
        return agr_error_set(err, AGR_FORMAT,
                             "preprocessing: expected an image side from 1 to %d, found '%s'",
                             MAX_SIDE, value);
    return AGR_OK;
}

static agr_status expect(const char *value, const char *expected, const char *key, agr_error *err)
{
    if (strcmp(value, expected) == 0)
        return AGR_OK;
    return agr_error_set(err, AGR_FORMAT, "preprocessing: expected %s=%s, found '%s'", key,
                         expected, value);
}

/* word: "height=96"; its '=' is overwritten. Words of later versions are passed over. */
static agr_status read_word(agr_preprocessing *preprocessing, char *word, agr_error *err)
{
    char *value = strchr(word, '=');
    if (value == NULL)
        return agr_error_set(err, AGR_FORMAT, "preprocessing: expected KEY=VALUE, found '%s'",
                             word);
    *value++ = '\0';
    if (strcmp(word, "height") == 0)
        return read_side(value, &preprocessing->input.height, err);
    if (strcmp(word, "width") == 0)
        return read_side(value, &preprocessing->input.width, err);
    if (strcmp(word, "longest_side") == 0) {
        int64_t side;
        AGR_TRY(read_side(value, &side, err));
        preprocessing->longest_side = (int)side;
    }
    if (strcmp(word, "resize") == 0 && !find_method(value, &preprocessing->resize))
        return agr_error_set(err, AGR_FORMAT,
                             "preprocessing: expected resize=bilinear or area, found '%s'", value);
    if (strcmp(word, "channels") == 0)
        return expect(value, "rgb", word, err);
    if (strcmp(word, "scale") == 0)
        return expect(value, "1/255", word, err);
    return AGR_OK;
}

agr_status agr_preprocessing_read(agr_preprocessing *preprocessing, const char *text,
                                  agr_error *err)
{
    *preprocessing = (agr_preprocessing){.input = {0, 0, 3}, .resize = AGR_RESIZE_BILINEAR};
    for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
        char word[MAX_WORD];
        const size_t length = strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        AGR_TRY(read_word(preprocessing, word, err));
        at += length;
    }
    if (preprocessing->input.height == 0 || preprocessing->input.width == 0)
        return agr_error_set(err, AGR_FORMAT,
                             "preprocessing: expected 'height=H width=W ...', found '%.100s'",
                             text);
    return AGR_OK;
}

agr_checkpoint_member agr_describe_member(const agr_config *config, int branch, agr_text *settings)
{
    const agr_member *m = &config->branch[branch].member;
    if (agr_member_is_alone(m))
        return (agr_checkpoint_member){.base = NULL};
    agr_text_add(settings, "%s", "");
    agr_config_describe_variant(config, branch, settings);
    return (agr_checkpoint_member){.base = m->base,
                                   .settings = settings->failed ? "" : settings->data,
                                   .variant = m->variant,
                                   .fold = m->fold,
                                   .replica = m->replica};
}

static void describe_range(const agr_training_set *set, const agr_label_column *column,
                           agr_checkpoint_head *head)
{
    head->label_min = head->label_max = (double)NAN;
    if (column == NULL || column->n_classes > 0)
        return;
    for (int64_t i = 0; i < set->n_train; i++) {
        const double value = (double)column->values[set->train_sample[i]];
        head->label_min = fmin(head->label_min, value); /* of a number and a NaN: the number */
        head->label_max = fmax(head->label_max, value);
    }
}

void agr_describe_heads(const agr_network *network, const agr_training_set *set,
                        agr_checkpoint_head head[AGR_MAX_HEADS])
{
    for (int h = 0; h < agr_network_n_heads(network); h++) {
        const agr_head *about = agr_network_head(network, h);
        const agr_label_column *column =
            set != NULL ? agr_training_set_column(set, about->target) : NULL;
        head[h] = (agr_checkpoint_head){.name = about->name,
                                        .target = about->target,
                                        .n_classes = column != NULL ? column->n_classes : 0,
                                        .classes = column != NULL ? column->classes : NULL};
        describe_range(set, column, &head[h]);
    }
}
