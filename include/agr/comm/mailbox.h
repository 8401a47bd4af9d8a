/**
 * The mailbox: messages between rank 0 and the leaders (and any other ranks), beside the teams'
 * exchanges and never in their way.
 *
 * It has a communicator of its own and sends only without blocking, from slots planned at the
 * start. Messages are received whenever a rank waits (wait.h) or calls agr_mailbox_poll(), into a
 * queue, and stay there until the owner takes them out: between steps, or, where somebody waits for
 * the answer, in a poll of its own (agr_wait_add_poll()). Messages of one sender arrive in order.
 *
 * Small messages (up to the planned size) are copied. A large one (a snapshot of tens of MB) is
 * announced by a small one; both sides lend a buffer, and it moves while training goes on.
 *
 * Rank 0 is reached the same way by everyone, itself included.
 */
#ifndef AGR_COMM_MAILBOX_H
#define AGR_COMM_MAILBOX_H

#include <agr/base/error.h>
#include <agr/comm/world.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Kinds of messages are the users' affair; comm keeps 0..31 for itself (handover.h has 16..31). */
enum { AGR_MAIL_HANDOVER = 16, AGR_MAIL_USER = 32 };

typedef struct agr_mailbox agr_mailbox;

typedef struct {
    size_t max_bytes; /* largest small message */
    int n_outgoing;   /* small messages on their way from here at once */
    int n_queued;     /* received here and not yet read; at rank 0 a few for each rank */
} agr_mailbox_plan;

/** A received message. payload lives in the queue until agr_mailbox_drop(). */
typedef struct {
    int kind;
    int from;         /* world rank */
    int64_t sequence; /* of this sender to this rank, from 0 */
    const void *payload;
    size_t n_bytes;     /* of payload */
    size_t large_bytes; /* of the large part that waits to be fetched; 0: none */
    int large_ticket;   /* the sender's, for agr_mailbox_fetch() */
} agr_mail;

/** Opens the mailbox and lets every wait poll it. Collective over the world, same plan on all
 * ranks. Caller destroys. */
agr_status agr_mailbox_create(agr_world *world, const agr_mailbox_plan *plan, agr_mailbox **mailbox,
                              agr_error *err);

/** Sees all outgoing messages off, waits for all ranks, frees. Unread messages are dropped. NULL is
 * accepted. Collective over the world. */
void agr_mailbox_destroy(agr_mailbox *mailbox);

/** Posts a copy of payload to world rank `to`; returns at once unless every slot is still on its
 * way (then waits for one). n_bytes <= max_bytes. Not collective. */
agr_status agr_mailbox_send(agr_mailbox *mailbox, int to, int kind, const void *payload,
                            size_t n_bytes, agr_error *err);

/** True when agr_mailbox_send() would return at once. */
bool agr_mailbox_has_slot(agr_mailbox *mailbox);

/** Posts a small message and, with it, `large` (borrowed and unchanged until
 * agr_mailbox_is_moved(*transfer)). At most 64 transfers are on their way from and to a rank at
 * once: AGR_MPI beyond. Not collective. */
agr_status agr_mailbox_send_large(agr_mailbox *mailbox, int to, int kind, const void *payload,
                                  size_t n_bytes, const void *large, size_t large_bytes,
                                  int *transfer, agr_error *err);

/** Starts to receive the large part of `mail` into `large` (mail->large_bytes; borrowed until
 * moved). Not collective. */
agr_status agr_mailbox_fetch(agr_mailbox *mailbox, const agr_mail *mail, void *large, int *transfer,
                             agr_error *err);

/** True, once, when this transfer is complete and its buffer is the owner's again; the number is
 * then free for another one. */
bool agr_mailbox_is_moved(agr_mailbox *mailbox, int transfer);

/** Waits until the transfer is complete (agr_mailbox_is_moved() need not be called). */
agr_status agr_mailbox_finish(agr_mailbox *mailbox, int transfer, agr_error *err);

/** Receives what has arrived and moves what is on its way. Cheap; every wait calls it. */
agr_status agr_mailbox_poll(agr_mailbox *mailbox, agr_error *err);

/** The oldest unread message, or false. It stays until agr_mailbox_drop(). */
bool agr_mailbox_next(agr_mailbox *mailbox, agr_mail *mail);
void agr_mailbox_drop(agr_mailbox *mailbox);

/**
 * The watchdog. A rank that has waited for period_s (in any wait) tells rank 0; rank 0 then calls
 * the roll, and every living rank answers from its next wait or poll. Whoever has not answered
 * after another period_s is named: it neither waits nor works but is stalled (SIGSTOP, a hung file
 * system, a dead node). A rank that rank 0 does not answer within period_s says so by itself. A
 * rank is named once, until it is heard from again. So period_s must be longer than the longest
 * work without a poll.
 *
 * A rank that is named and not heard from for abort_after_s more ends the run, on the rank that named it
 * (agr_world_abort(), as AGR_STOPPED: the launcher's exit code is 75, and a batch script goes on from the last checkpoint; a launcher that waits for a host out of reach is ended
 * half a minute later); at once where
 * somebody waits for the end of the run anyway.
 *
 * agr_mailbox_watch() sets this on this rank; NULL turns it off, the state at the start. *watch is
 * copied. The notice is logged as a warning, too. Not collective, but meant to be called everywhere.
 */
typedef struct {
    double period_s;      /* 0: off */
    double abort_after_s; /* 0: never */
    /* Both are called inside a wait or poll and may not wait; either may be NULL. */
    void (*notice)(void *context, int stalled_rank,
                   const char *text); /* on the rank that noticed */
    bool (*is_to_end)(void *context); /* is somebody waiting for the end of the run? */
    void *context;
} agr_watch;

void agr_mailbox_watch(agr_mailbox *mailbox, const agr_watch *watch);

#endif
