/** cmocka with the headers it needs before it, and assertions that print both values. */
#ifndef AGR_TEST_SUPPORT_TEST_H
#define AGR_TEST_SUPPORT_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <agr/base/error.h>

/** The call succeeds; prints the error's text otherwise.
 * `err` is the agr_error passed to the call. */
#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != AGR_OK)                                                                      \
            fail_msg("%s: %s", #call, (err).text);                                                 \
    } while (0)

/** What a status means, in two or three words. */
const char *test_status_text(agr_status status);

/** The call fails with this status and its text contains `words`. */
#define assert_fails(call, expected_status, err, words)                                            \
    do {                                                                                           \
        const agr_status actual_status = (call);                                                   \
        if (actual_status != (expected_status))                                                    \
            fail_msg("%s: expected status '%s', found '%s' (%s)", #call,                           \
                     test_status_text(expected_status), test_status_text(actual_status),           \
                     actual_status == AGR_OK ? "" : (err).text);                                   \
        if (strstr((err).text, (words)) == NULL)                                                   \
            fail_msg("%s: expected '%s' in the message, found '%s'", #call, (words), (err).text);  \
    } while (0)

/** A fresh folder for this test's files; test_folder_remove() deletes it with all it holds. */
const char *test_folder_make(char path[256]);
void test_folder_remove(const char *path);

/** max |a - b| / max |b| over n values; what tolerances "of the largest" mean. 0 when both are all
 * zero. */
double test_relative_difference(const float *a, const float *b, size_t n);

#endif
