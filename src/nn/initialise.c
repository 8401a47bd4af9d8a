/* Fills parameters with their first values. */
#include <agr/nn/initialise.h>

#include <agr/base/hash.h>
#include <agr/base/random.h>
#include <math.h>
#include <stdio.h>

double agr_glorot_limit(int n_dimensions, const int64_t *shape)
{
    double field = 1; /* pixels of the kernel */
    for (int d = 0; d < n_dimensions - 2; d++)
        field *= (double)shape[d];
    const double fan_in = field * (double)shape[n_dimensions >= 2 ? n_dimensions - 2 : 0];
    const double fan_out = field * (double)shape[n_dimensions - 1];
    return sqrt(6 / (fan_in + fan_out));
}

static agr_random_key key_of(uint64_t seed, const char *branch, const char *layer,
                             const char *parameter)
{
    char path[3 * AGR_CONFIG_NAME_BYTES];
    snprintf(path, sizeof path, "%s/%s/%s", branch, layer, parameter);
    return agr_random_key_make(seed, AGR_RANDOM_INIT, agr_hash_text(path));
}

void agr_parameter_initialise(const agr_parameter *parameter, uint64_t seed, const char *branch,
                              const char *layer)
{
    float *value = parameter->value;
    if (parameter->initial != AGR_INITIAL_GLOROT_UNIFORM) {
        const float constant = parameter->initial == AGR_INITIAL_ONES ? 1 : 0;
        for (size_t i = 0; i < parameter->count; i++)
            value[i] = constant;
        return;
    }
    const float limit = (float)agr_glorot_limit(parameter->n_dimensions, parameter->shape);
    const agr_random_key key = key_of(seed, branch, layer, parameter->name);
    for (size_t i = 0; i < parameter->count; i++) {
        const size_t block = i / 4;
        const agr_random_block random =
            agr_random_at(key, (uint32_t)block, (uint32_t)(block >> 32), 0, 0);
        value[i] = (2 * agr_random_float(random.word[i % 4]) - 1) * limit;
    }
}
