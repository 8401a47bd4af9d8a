/** Stand-ins for the clock and the mailbox, under their own names: a test that links them says what time it is, sees what
 * was sent, and decides when a large message has moved. No MPI is started. */
#ifndef AGR_TESTS_TRAIN_FAKES_H
#define AGR_TESTS_TRAIN_FAKES_H

#include <agr/comm/mailbox.h>

/** What agr_clock_s() says. Stands still unless the test moves it. */
extern double fake_time_s;

enum { FAKE_MAX_SENT = 64, FAKE_MAX_BYTES = 2048 };

typedef struct {
    int to, kind;
    char payload[FAKE_MAX_BYTES];
    size_t n_bytes;
    const void *large; /* borrowed, as by the true one */
    size_t large_bytes;
    int transfer;   /* of the large part */
    int n_finished; /* how often somebody waited for it */
} fake_sent;

/** Everything that was sent, in order. */
extern fake_sent fake_sent_mail[FAKE_MAX_SENT];
extern int fake_n_sent;

/** Empty, at time 1000. */
agr_mailbox *fake_mailbox(void);

/** A mail from `from`, with this payload and, unless NULL, this large part to be fetched. */
agr_mail fake_mail(int from, int kind, const void *payload, size_t n_bytes, const void *large,
                   size_t large_bytes);

/** All that was fetched so far has moved now. */
void fake_let_move(void);

/** How many mails of this kind were sent; the last one is *last, unless NULL. */
int fake_count_sent(int kind, const fake_sent **last);

#endif
