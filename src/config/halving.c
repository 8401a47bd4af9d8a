/* train.halving: from "5,15" and "0.5,0.25" to rungs. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <string.h>

static const char at_key[] = "train.halving.at", keep_key[] = "train.halving.keep";

/* The numbers of "none", "5,15" or "[5, 15]"; -1 when it is something else, or too long. */
static int read_numbers(const char *text, double number[AGR_CONFIG_MAX_RUNGS])
{
    int n = 0;
    if (strcmp(text, "none") == 0)
        return 0;
    for (bool more = true; more; n++) {
        char item[AGR_CONFIG_TEXT_BYTES];
        text += strspn(text, "[ ");
        const size_t length = strcspn(text, ",");
        snprintf(item, sizeof item, "%.*s", (int)length, text);
        item[strcspn(item, "] ")] = '\0';
        if (n == AGR_CONFIG_MAX_RUNGS || !agr_parse_number(item, &number[n]))
            return -1;
        more = text[length] == ',';
        text += length + (more ? 1 : 0);
    }
    return n;
}

static bool are_epochs(const double *at, int n)
{
    for (int i = 0; i < n; i++)
        if (!(at[i] >= 1 && at[i] <= 1000000) || at[i] != (double)(int)at[i] ||
            (i > 0 && at[i] <= at[i - 1]))
            return false;
    return n >= 0;
}

static bool are_shares(const double *keep, int n)
{
    for (int i = 0; i < n; i++)
        if (!(keep[i] > 0 && keep[i] < 1) || (i > 0 && keep[i] >= keep[i - 1]))
            return false;
    return n >= 0;
}

agr_status agr_halving_read(agr_config *config, agr_error *err)
{
    double at[AGR_CONFIG_MAX_RUNGS], keep[AGR_CONFIG_MAX_RUNGS];
    const int n = read_numbers(config->train.halving.at, at);
    const int n_keep = read_numbers(config->train.halving.keep, keep);
    if (!are_epochs(at, n))
        return agr_config_fail(config, at_key, err,
                               "expected none or up to %d ascending epochs such as 5,15, found "
                               "'%.100s'",
                               AGR_CONFIG_MAX_RUNGS, config->train.halving.at);
    if (!are_shares(keep, n_keep))
        return agr_config_fail(config, keep_key, err,
                               "expected none or up to %d descending shares between 0 and 1 such "
                               "as 0.5,0.25, found '%.100s'",
                               AGR_CONFIG_MAX_RUNGS, config->train.halving.keep);
    if (n != n_keep)
        return agr_config_fail(config, n_keep > 0 ? keep_key : at_key, err,
                               "expected as many epochs in %s as shares in %s, found %d and %d",
                               at_key, keep_key, n, n_keep);
    if (n > 0 && config->train.max_steps > 0) {
        agr_config_fail(config, at_key, err, "expected none with train.max_steps, found '%.100s'",
                        config->train.halving.at);
        return agr_error_hint(err, "members are compared after whole epochs; train.max_steps 0");
    }
    config->halving.n = n;
    for (int i = 0; i < n; i++) {
        config->halving.at[i] = (int)at[i];
        config->halving.keep[i] = keep[i];
    }
    return AGR_OK;
}
