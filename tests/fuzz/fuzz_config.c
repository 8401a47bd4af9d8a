/* A configuration from anyone: it is refused with a reason, or it is one that reads back. */
#include "fuzz.h"

#include <agr/config/config.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool truth)
{
    if (!truth)
        abort();
}

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    agr_error err = {0};
    agr_config config, again;
    if (agr_config_parse(&config, (const char *)data, n_bytes, "fuzz", NULL, 0, &err) != AGR_OK) {
        expect(err.text[0] != '\0');
        return false;
    }
    agr_text first = {0}, second = {0};
    agr_config_yaml(&config, AGR_CONFIG_PLAIN, &first);
    expect(!first.failed);
    expect(agr_config_parse(&again, first.data, first.length, "again", NULL, 0, &err) == AGR_OK);
    agr_config_yaml(&again, AGR_CONFIG_PLAIN, &second);
    expect(!second.failed && strcmp(first.data, second.data) == 0);
    agr_text_release(&first);
    agr_text_release(&second);
    agr_config_release(&config);
    agr_config_release(&again);
    return true;
}
