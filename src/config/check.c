/* Settings that do not go together: what one of them says would be ignored. */
#include "config_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

agr_status agr_config_fail(const agr_config *config, const char *key, agr_error *err,
                           const char *format, ...)
{
    const agr_origin origin = config->origin[agr_config_row_find(key)];
    const agr_place place = {origin.source, ".", origin.line > 0 ? AGR_INPUT : AGR_USAGE};
    char text[AGR_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return agr_place_fail(&place, origin.line, err, "%s: %s", key, text);
}

/* "my.yaml:3: optimizer.momentum: expected 0 with optimizer.kind adam, found 0.9" */
static agr_status refuse(const agr_config *config, const char *key, const char *expected,
                         const char *remedy, agr_error *err)
{
    agr_text found = {0};
    agr_config_row_value(config, agr_config_row_find(key), &found);
    agr_config_fail(config, key, err, "expected %s, found %s", expected,
                    found.failed ? "something else" : found.data);
    agr_text_release(&found);
    return agr_error_hint(err, "%s", remedy);
}

static agr_status check_settings(const agr_config *config, agr_error *err)
{
    const bool is_sgd = config->optimizer.kind == AGR_OPTIMIZER_SGD;
    if (config->optimizer.weight_decay > 0 && config->optimizer.kind == AGR_OPTIMIZER_ADAM)
        return refuse(config, "optimizer.weight_decay", "0 with optimizer.kind adam",
                      "optimizer.kind adamw decays weights", err);
    if (config->optimizer.momentum > 0 && !is_sgd)
        return refuse(config, "optimizer.momentum", "0 with optimizer.kind adam or adamw",
                      "theirs is optimizer.beta_1; optimizer.kind sgd has momentum", err);
    if (config->optimizer.nesterov && config->optimizer.momentum == 0)
        return refuse(config, "optimizer.nesterov", "false without optimizer.momentum",
                      "optimizer.kind sgd with optimizer.momentum 0.9 looks ahead", err);
    if (config->compute.precision == AGR_PRECISION_BF16 &&
        config->compute.gemm == AGR_GEMM_OPENBLAS)
        return refuse(config, "compute.precision", "fp32 with compute.gemm openblas",
                      "products of bf16 are our own kernels': compute.gemm own", err);
    if (config->train.folds == 1)
        return refuse(config, "train.folds", "0, or 2 and more",
                      "one part leaves nothing to train on", err);
    if (!config->data.shuffle && strcmp(config->balance.by, "none") != 0)
        return refuse(config, "balance.by", "none with data.shuffle false",
                      "a balanced epoch is drawn at random; data.shuffle true", err);
    return AGR_OK;
}

agr_status agr_config_check(const agr_config *config, agr_error *err)
{
    for (int b = 0; b < config->n_branches; b++) {
        agr_config own;
        agr_config_of_branch(config, b, &own);
        AGR_TRY(check_settings(&own, err));
    }
    return AGR_OK;
}
