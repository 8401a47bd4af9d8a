/* Numbers as people read them: what pages, cards and tables of this room share. */
#ifndef AGR_REPORT_WORDS_IMPL_H
#define AGR_REPORT_WORDS_IMPL_H

#include <agr/base/text.h>
#include <stdint.h>

/** Room for one number in words. */
typedef struct {
    char text[48];
} number_words;

/** Three significant places and no more than needed: "0.913", "7.95", "31.5", "1488"; an en dash for
 * what cannot be said. */
number_words words_number(double value);

/** The same with its sign: "+0.021", "−1.30". */
number_words words_difference(double value);

/** "3,016,939". */
number_words words_count(int64_t n);

/** "2,821 M": thousands of thousands where there are some. */
number_words words_large(double value);

/** "0.4 s", "95 s", "12 min", "3 h 05 min". */
number_words words_duration(double seconds);

/** "41.2 %". */
number_words words_share(double share);

/** "7be92fe01c3e1b0a". */
number_words words_hash(uint64_t hash);

/** Appends a word of a command line, quoted where a shell would take it apart. */
void words_argument(agr_text *command, const char *argument);

#endif
