/* A link in words: "25Gb,20us". */
#include <agr/comm/link.h>

#include <agr/base/parse.h>

#include <stdio.h>
#include <string.h>

agr_status agr_link_parse(const char *text, agr_link *link, agr_error *err)
{
    enum { RATE_BYTES = 32 };
    char rate[RATE_BYTES];
    const size_t length = strcspn(text, ",");
    const bool is_pair = text[length] == ',' && length < sizeof rate;
    if (is_pair)
        snprintf(rate, sizeof rate, "%.*s", (int)length, text);
    if (!is_pair || !agr_parse_rate(rate, &link->bytes_per_s) ||
        !agr_parse_duration(text + length + 1, &link->round_trip_s)) {
        agr_error_set(err, AGR_USAGE,
                      "network: expected what a link carries and its round trip, such as "
                      "25Gb,20us, found '%s'",
                      text);
        return agr_error_hint(err, "Mb and Gb are bits a second, MB and GB bytes; us, ms, s");
    }
    return AGR_OK;
}

void agr_link_add(const agr_link *link, agr_text *text)
{
    agr_text_add(text, "%.3g GB/s, round trip %.3g us", link->bytes_per_s * 1e-9,
                 link->round_trip_s * 1e6);
}
