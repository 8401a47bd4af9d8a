#include "fakes.h"

#include "test.h"

#include <agr/base/clock.h>

enum { MAX_TRANSFERS = 64 };

typedef struct {
    void *to; /* of a fetch; NULL: of a send */
    const void *from;
    size_t n_bytes;
    bool is_moved;
} fake_transfer;

struct agr_mailbox {
    int n_transfers;
    fake_transfer transfer[MAX_TRANSFERS];
};

double fake_time_s;
fake_sent fake_sent_mail[FAKE_MAX_SENT];
int fake_n_sent;
static agr_mailbox the_mailbox;

double agr_clock_s(void)
{
    return fake_time_s;
}

double agr_clock_wall_s(void)
{
    return 1e9 + fake_time_s;
}

void agr_clock_sleep_s(double duration_s)
{
    fake_time_s += duration_s;
}

agr_mailbox *fake_mailbox(void)
{
    fake_n_sent = 0;
    fake_time_s = 1000;
    the_mailbox = (agr_mailbox){0};
    return &the_mailbox;
}

static int add_transfer(fake_transfer transfer)
{
    assert_true(the_mailbox.n_transfers < MAX_TRANSFERS);
    the_mailbox.transfer[the_mailbox.n_transfers] = transfer;
    return the_mailbox.n_transfers++;
}

static void move(fake_transfer *transfer)
{
    if (!transfer->is_moved && transfer->to != NULL)
        memcpy(transfer->to, transfer->from, transfer->n_bytes);
    transfer->is_moved = true;
}

void fake_let_move(void)
{
    for (int i = 0; i < the_mailbox.n_transfers; i++)
        move(&the_mailbox.transfer[i]);
}

agr_mail fake_mail(int from, int kind, const void *payload, size_t n_bytes, const void *large,
                   size_t large_bytes)
{
    const int ticket =
        large == NULL ? 0 : add_transfer((fake_transfer){.from = large, .n_bytes = large_bytes});
    return (agr_mail){.kind = kind,
                      .from = from,
                      .payload = payload,
                      .n_bytes = n_bytes,
                      .large_bytes = large_bytes,
                      .large_ticket = ticket};
}

int fake_count_sent(int kind, const fake_sent **last)
{
    int n = 0;
    for (int i = 0; i < fake_n_sent; i++) {
        if (fake_sent_mail[i].kind != kind)
            continue;
        n++;
        if (last != NULL)
            *last = &fake_sent_mail[i];
    }
    return n;
}

/* ---- the mailbox's own names ---- */

agr_status agr_mailbox_send(agr_mailbox *mailbox, int to, int kind, const void *payload,
                            size_t n_bytes, agr_error *err)
{
    (void)mailbox;
    (void)err;
    assert_true(fake_n_sent < FAKE_MAX_SENT && n_bytes <= FAKE_MAX_BYTES);
    fake_sent *sent = &fake_sent_mail[fake_n_sent++];
    *sent = (fake_sent){.to = to, .kind = kind, .n_bytes = n_bytes, .transfer = -1};
    if (n_bytes > 0)
        memcpy(sent->payload, payload, n_bytes);
    return AGR_OK;
}

agr_status agr_mailbox_send_large(agr_mailbox *mailbox, int to, int kind, const void *payload,
                                  size_t n_bytes, const void *large, size_t large_bytes,
                                  int *transfer, agr_error *err)
{
    const agr_status status = agr_mailbox_send(mailbox, to, kind, payload, n_bytes, err);
    fake_sent *sent = &fake_sent_mail[fake_n_sent - 1];
    sent->large = large;
    sent->large_bytes = large_bytes;
    sent->transfer = *transfer = add_transfer((fake_transfer){.from = large});
    return status;
}

agr_status agr_mailbox_fetch(agr_mailbox *mailbox, const agr_mail *mail, void *large, int *transfer,
                             agr_error *err)
{
    (void)err;
    *transfer = mail->large_ticket;
    mailbox->transfer[*transfer].to = large;
    return AGR_OK;
}

bool agr_mailbox_is_moved(agr_mailbox *mailbox, int transfer)
{
    return mailbox->transfer[transfer].is_moved;
}

agr_status agr_mailbox_finish(agr_mailbox *mailbox, int transfer, agr_error *err)
{
    (void)err;
    move(&mailbox->transfer[transfer]);
    for (int i = 0; i < fake_n_sent; i++)
        fake_sent_mail[i].n_finished += fake_sent_mail[i].transfer == transfer;
    return AGR_OK;
}
