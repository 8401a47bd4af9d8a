/* Mail: slots that send without blocking, one open receive into a queue, large parts in pieces. */
#include "mailbox_impl.h"

#include <agr/base/log.h>

#include <stdlib.h>
#include <string.h>

static void plan(agr_mailbox *mailbox)
{
    agr_arena *memory = &mailbox->memory;
    const size_t size = (size_t)mailbox->world->group.size;
    const size_t slot_bytes = sizeof(mail_header) + mailbox->max_bytes;
    const size_t n_outgoing = (size_t)mailbox->n_outgoing, n_queued = (size_t)mailbox->n_queued;
    mailbox->outgoing = agr_arena_take(memory, n_outgoing, sizeof *mailbox->outgoing);
    mailbox->sending = agr_arena_take(memory, n_outgoing, sizeof(MPI_Request));
    mailbox->queue = agr_arena_take(memory, n_queued, sizeof *mailbox->queue);
    mailbox->sequence = agr_arena_take(memory, size, sizeof *mailbox->sequence);
    mailbox->n_posted = agr_arena_take(memory, size, sizeof *mailbox->n_posted);
    mailbox->watch.send = agr_arena_take(memory, size, sizeof(MPI_Request));
    mailbox->watch.outgoing = agr_arena_take(memory, size, sizeof *mailbox->watch.outgoing);
    mailbox->watch.heard = agr_arena_take(memory, size, sizeof *mailbox->watch.heard);
    mailbox->watch.named_s = agr_arena_take(memory, size, sizeof *mailbox->watch.named_s);
    mailbox->watch.host = agr_arena_take(memory, size, sizeof *mailbox->watch.host);
    for (size_t i = 0; i < n_outgoing + n_queued; i++) {
        char *bytes = agr_arena_take(memory, slot_bytes, 1);
        if (memory->memory != NULL)
            (i < n_outgoing ? &mailbox->outgoing[i] : &mailbox->queue[i - n_outgoing])->bytes =
                bytes;
    }
}

static agr_status plan_memory(agr_mailbox *mailbox, agr_error *err)
{
    plan(mailbox);
    AGR_TRY(agr_arena_allocate(&mailbox->memory, err));
    plan(mailbox);
    agr_arena_seal(&mailbox->memory);
    for (int i = 0; i < mailbox->n_outgoing; i++)
        mailbox->sending[i] = MPI_REQUEST_NULL;
    return AGR_OK;
}

/* Keeps one receive open for whoever writes next, as long as there is room for what he writes. */
static agr_status open_receive(agr_mailbox *mailbox, agr_error *err)
{
    if (mailbox->receiving != MPI_REQUEST_NULL || mailbox->n_unread == mailbox->n_queued)
        return AGR_OK;
    const int at = (mailbox->first_unread + mailbox->n_unread) % mailbox->n_queued;
    return agr_mpi_check(MPI_Irecv(mailbox->queue[at].bytes,
                                   (int)(sizeof(mail_header) + mailbox->max_bytes), MPI_BYTE,
                                   MPI_ANY_SOURCE, TAG_MAIL, mailbox->comm, &mailbox->receiving),
                         "opening the mailbox", err);
}

static agr_status receive(agr_mailbox *mailbox, agr_error *err)
{
    for (;;) {
        AGR_TRY(open_receive(mailbox, err));
        if (mailbox->receiving == MPI_REQUEST_NULL)
            return AGR_OK;
        int arrived = 0, n_bytes = 0;
        MPI_Status status;
        AGR_TRY(
            agr_mpi_check(MPI_Test(&mailbox->receiving, &arrived, &status), "receiving mail", err));
        if (!arrived)
            return AGR_OK;
        MPI_Get_count(&status, MPI_BYTE, &n_bytes);
        AGR_ASSERT(n_bytes >= (int)sizeof(mail_header));
        mail_slot *slot =
            &mailbox->queue[(mailbox->first_unread + mailbox->n_unread) % mailbox->n_queued];
        slot->from = status.MPI_SOURCE;
        slot->n_bytes = (size_t)n_bytes - sizeof(mail_header);
        mailbox->n_unread++;
        mailbox->n_arrived++;
    }
}

static agr_status test_outgoing(agr_mailbox *mailbox, agr_error *err)
{
    for (int i = 0; i < mailbox->n_outgoing; i++) {
        int done;
        if (mailbox->sending[i] != MPI_REQUEST_NULL)
            AGR_TRY(agr_mpi_check(MPI_Test(&mailbox->sending[i], &done, MPI_STATUS_IGNORE),
                                  "sending mail", err));
    }
    return AGR_OK;
}

static agr_status post_piece(agr_mailbox *mailbox, large_transfer *transfer, MPI_Request *request,
                             agr_error *err)
{
    const size_t left = transfer->n_bytes - transfer->posted_bytes;
    const int n = (int)(left < TRANSFER_PIECE_BYTES ? left : TRANSFER_PIECE_BYTES);
    const size_t at = transfer->posted_bytes;
    transfer->posted_bytes += (size_t)n;
    const int code = transfer->state == TRANSFER_SENDS
                         ? MPI_Isend(transfer->from + at, n, MPI_BYTE, transfer->partner,
                                     transfer->tag, mailbox->comm, request)
                         : MPI_Irecv(transfer->into + at, n, MPI_BYTE, transfer->partner,
                                     transfer->tag, mailbox->comm, request);
    return agr_mpi_check(code, "moving a large message", err);
}

static agr_status move_on(agr_mailbox *mailbox, large_transfer *transfer, agr_error *err)
{
    if (transfer->state == TRANSFER_FREE || transfer->moved)
        return AGR_OK;
    bool moved = true;
    for (int i = 0; i < TRANSFER_WINDOW; i++) {
        int done = 1;
        AGR_TRY(agr_mpi_check(MPI_Test(&transfer->request[i], &done, MPI_STATUS_IGNORE),
                              "moving a large message", err));
        if (done && transfer->posted_bytes < transfer->n_bytes) {
            AGR_TRY(post_piece(mailbox, transfer, &transfer->request[i], err));
            done = 0;
        }
        moved = moved && done != 0;
    }
    transfer->moved = moved;
    return AGR_OK;
}

agr_status agr_mailbox_poll(agr_mailbox *mailbox, agr_error *err)
{
    AGR_TRY(receive(mailbox, err));
    AGR_TRY(test_outgoing(mailbox, err));
    for (int i = 0; i < N_TRANSFERS; i++)
        AGR_TRY(move_on(mailbox, &mailbox->transfers[i], err));
    return agr_watchdog_poll(mailbox, err);
}

static agr_status poll_mailbox(void *mailbox, agr_error *err)
{
    return agr_mailbox_poll(mailbox, err);
}

agr_status agr_mailbox_create(agr_world *world, const agr_mailbox_plan *plan_wanted,
                              agr_mailbox **mailbox_out, agr_error *err)
{
    *mailbox_out = NULL;
    AGR_ASSERT(plan_wanted->n_outgoing >= 1 && plan_wanted->n_queued >= 1);
    agr_mailbox *mailbox = calloc(1, sizeof *mailbox);
    agr_status status = AGR_OK;
    if (mailbox == NULL) {
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate the mailbox");
    } else {
        mailbox->world = world;
        mailbox->comm = MPI_COMM_NULL;
        mailbox->receiving = mailbox->watch.receive = MPI_REQUEST_NULL;
        mailbox->max_bytes = plan_wanted->max_bytes;
        mailbox->n_outgoing = plan_wanted->n_outgoing;
        mailbox->n_queued = plan_wanted->n_queued;
        status = plan_memory(mailbox, err);
    }
    AGR_TRY_GOTO(status, agr_agree(&world->group, status, err), fail);
    AGR_TRY_GOTO(
        status,
        agr_mpi_check(MPI_Comm_dup(world->group.comm, &mailbox->comm), "opening the mailbox", err),
        fail);
    MPI_Comm_set_errhandler(mailbox->comm, MPI_ERRORS_RETURN);
    AGR_TRY_GOTO(status, agr_watchdog_open(mailbox, err), fail);
    agr_wait_add_poll(world, poll_mailbox, mailbox);
    *mailbox_out = mailbox;
    return AGR_OK;
fail:
    if (mailbox != NULL)
        agr_arena_release(&mailbox->memory);
    free(mailbox);
    return status;
}

static bool is_sending(const agr_mailbox *mailbox)
{
    for (int i = 0; i < mailbox->n_outgoing; i++)
        if (mailbox->sending[i] != MPI_REQUEST_NULL)
            return true;
    return false;
}

typedef struct {
    agr_mailbox *mailbox;
    int64_t n_expected;
} drain;

static agr_status test_drained(void *context, bool *done, agr_error *err)
{
    const drain *d = context;
    (void)err;
    while (d->mailbox->n_unread > 0)
        agr_mailbox_drop(d->mailbox);
    *done = d->mailbox->n_arrived == d->n_expected && !is_sending(d->mailbox);
    return AGR_OK;
}

/* A communicator may only be freed when every message sent on it has been received: the next one
 * may get its number, and would then be handed what is left over. So all ranks fall silent, add up
 * what was sent to whom, and each receives that many. */
static agr_status drain_all(agr_mailbox *mailbox, agr_error *err)
{
    agr_group *world = &mailbox->world->group;
    mailbox->is_closing = true;
    AGR_TRY(agr_group_sum(world, mailbox->n_posted, world->size, err));
    drain d = {mailbox, mailbox->n_posted[world->rank]};
    AGR_TRY(agr_wait(mailbox->world, AGR_WAIT_PHASE, "the last mail", test_drained, &d, err));
    return agr_group_barrier(world, err);
}

void agr_mailbox_destroy(agr_mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    agr_error err;
    for (int i = 0; i < N_TRANSFERS; i++)
        AGR_ASSERT(mailbox->transfers[i].state == TRANSFER_FREE || mailbox->transfers[i].moved);
    agr_mailbox_watch(mailbox, NULL);
    if (drain_all(mailbox, &err) != AGR_OK)
        agr_log_warning("%s", err.text);
    agr_wait_remove_poll(mailbox->world, poll_mailbox, mailbox);
    agr_watchdog_close(mailbox);
    if (mailbox->receiving != MPI_REQUEST_NULL) {
        MPI_Cancel(&mailbox->receiving);
        MPI_Wait(&mailbox->receiving, MPI_STATUS_IGNORE);
    }
    MPI_Comm_free(&mailbox->comm);
    agr_arena_release(&mailbox->memory);
    free(mailbox);
}

static int free_slot(const agr_mailbox *mailbox)
{
    for (int i = 0; i < mailbox->n_outgoing; i++)
        if (mailbox->sending[i] == MPI_REQUEST_NULL)
            return i;
    return -1;
}

bool agr_mailbox_has_slot(agr_mailbox *mailbox)
{
    return free_slot(mailbox) >= 0;
}

static agr_status test_slot(void *context, bool *done, agr_error *err)
{
    agr_mailbox *mailbox = context;
    AGR_TRY(test_outgoing(mailbox, err));
    *done = free_slot(mailbox) >= 0;
    return AGR_OK;
}

static agr_status post(agr_mailbox *mailbox, int to, mail_header header, const void *payload,
                       size_t n_bytes, agr_error *err)
{
    AGR_ASSERT(to >= 0 && to < mailbox->world->group.size && n_bytes <= mailbox->max_bytes);
    if (free_slot(mailbox) < 0)
        AGR_TRY(agr_wait(mailbox->world, AGR_WAIT_PHASE, "room for outgoing mail", test_slot,
                         mailbox, err));
    const int slot = free_slot(mailbox);
    char *bytes = mailbox->outgoing[slot].bytes;
    header.sequence = mailbox->sequence[to]++;
    mailbox->n_posted[to]++;
    memcpy(bytes, &header, sizeof header);
    if (n_bytes > 0)
        memcpy(bytes + sizeof header, payload, n_bytes);
    return agr_mpi_check(MPI_Isend(bytes, (int)(sizeof header + n_bytes), MPI_BYTE, to, TAG_MAIL,
                                   mailbox->comm, &mailbox->sending[slot]),
                         "sending mail", err);
}

agr_status agr_mailbox_send(agr_mailbox *mailbox, int to, int kind, const void *payload,
                            size_t n_bytes, agr_error *err)
{
    return post(mailbox, to, (mail_header){.kind = kind}, payload, n_bytes, err);
}

static int free_transfer(const agr_mailbox *mailbox)
{
    for (int i = 0; i < N_TRANSFERS; i++)
        if (mailbox->transfers[i].state == TRANSFER_FREE)
            return i;
    return -1;
}

static agr_status open_transfer(agr_mailbox *mailbox, large_transfer opened, int *number,
                                agr_error *err)
{
    *number = free_transfer(mailbox);
    if (*number < 0)
        return agr_error_set(err, AGR_MPI, "more than %d large messages on their way", N_TRANSFERS);
    large_transfer *transfer = &mailbox->transfers[*number];
    *transfer = opened;
    for (int i = 0; i < TRANSFER_WINDOW; i++)
        transfer->request[i] = MPI_REQUEST_NULL;
    return move_on(mailbox, transfer, err);
}

agr_status agr_mailbox_send_large(agr_mailbox *mailbox, int to, int kind, const void *payload,
                                  size_t n_bytes, const void *large, size_t large_bytes,
                                  int *transfer_out, agr_error *err)
{
    const int ticket = mailbox->next_ticket;
    mailbox->next_ticket = (ticket + 1) % N_TICKETS;
    const mail_header header = {.kind = kind, .large_ticket = ticket, .large_bytes = large_bytes};
    const large_transfer opened = {.state = TRANSFER_SENDS,
                                   .partner = to,
                                   .tag = TAG_LARGE + ticket,
                                   .from = large,
                                   .n_bytes = large_bytes};
    AGR_TRY(open_transfer(mailbox, opened, transfer_out, err));
    return post(mailbox, to, header, payload, n_bytes, err);
}

agr_status agr_mailbox_fetch(agr_mailbox *mailbox, const agr_mail *mail, void *large,
                             int *transfer_out, agr_error *err)
{
    const large_transfer opened = {.state = TRANSFER_RECEIVES,
                                   .partner = mail->from,
                                   .tag = TAG_LARGE + mail->large_ticket,
                                   .into = large,
                                   .n_bytes = mail->large_bytes};
    return open_transfer(mailbox, opened, transfer_out, err);
}

bool agr_mailbox_is_moved(agr_mailbox *mailbox, int number)
{
    AGR_ASSERT(number >= 0 && number < N_TRANSFERS);
    large_transfer *transfer = &mailbox->transfers[number];
    if (transfer->state == TRANSFER_FREE || !transfer->moved)
        return false;
    transfer->state = TRANSFER_FREE;
    return true;
}

static agr_status test_moved(void *context, bool *done, agr_error *err)
{
    (void)err;
    *done = ((const large_transfer *)context)->moved;
    return AGR_OK;
}

agr_status agr_mailbox_finish(agr_mailbox *mailbox, int number, agr_error *err)
{
    AGR_ASSERT(number >= 0 && number < N_TRANSFERS);
    large_transfer *transfer = &mailbox->transfers[number];
    if (transfer->state == TRANSFER_FREE)
        return AGR_OK;
    AGR_TRY(agr_wait(mailbox->world, AGR_WAIT_PHASE, "a large message", test_moved, transfer, err));
    transfer->state = TRANSFER_FREE;
    return AGR_OK;
}

bool agr_mailbox_next(agr_mailbox *mailbox, agr_mail *mail)
{
    if (mailbox->n_unread == 0)
        return false;
    const mail_slot *slot = &mailbox->queue[mailbox->first_unread];
    mail_header header;
    memcpy(&header, slot->bytes, sizeof header);
    *mail = (agr_mail){.kind = header.kind,
                       .from = slot->from,
                       .sequence = header.sequence,
                       .payload = slot->bytes + sizeof header,
                       .n_bytes = slot->n_bytes,
                       .large_bytes = header.large_bytes,
                       .large_ticket = header.large_ticket};
    return true;
}

void agr_mailbox_drop(agr_mailbox *mailbox)
{
    AGR_ASSERT(mailbox->n_unread > 0);
    mailbox->first_unread = (mailbox->first_unread + 1) % mailbox->n_queued;
    mailbox->n_unread--;
}
