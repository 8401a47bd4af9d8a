/** The mailbox from the inside: shared by mailbox.c and watchdog.c. */
#ifndef AGR_COMM_MAILBOX_IMPL_H
#define AGR_COMM_MAILBOX_IMPL_H

#include "comm_impl.h"

#include <agr/base/arena.h>
#include <agr/comm/mailbox.h>

enum { N_TRANSFERS = 64, TRANSFER_WINDOW = 4, TRANSFER_PIECE_BYTES = 8 << 20 };

/** What a small message starts with. */
typedef struct {
    int32_t kind;
    int32_t large_ticket;
    int64_t sequence;
    uint64_t large_bytes;
} mail_header;

typedef struct {
    int from;
    size_t n_bytes; /* of the payload */
    char *bytes;    /* header, payload */
} mail_slot;

/** A large part on its way: pieces of a fixed size in order, a few posted at once. */
typedef struct {
    enum { TRANSFER_FREE, TRANSFER_SENDS, TRANSFER_RECEIVES } state;
    bool moved;
    int partner;
    int tag;
    const char *from; /* what is sent */
    char *into;       /* where it is received */
    size_t n_bytes;
    size_t posted_bytes;
    MPI_Request request[TRANSFER_WINDOW];
} large_transfer;

/** The watchdog's messages. */
typedef struct {
    enum { WATCH_WAITING, WATCH_CALL, WATCH_HERE } word;
    float waited_s;
    char what[96];
} watch_word;

enum { WATCH_HOST_BYTES = 64 };

typedef struct {
    agr_watch set;
    char (*host)[WATCH_HOST_BYTES]; /* [size] of each rank */
    watch_word incoming;
    MPI_Request receive;
    MPI_Request *send;    /* [size] one to each rank; only [0] away from rank 0 */
    watch_word *outgoing; /* [size] */
    /* rank 0 */
    bool is_calling;
    double deadline_s;
    bool *heard; /* [size] has answered this roll call */
    int n_named;
    double
        *named_s; /* [size] when it was named as stalled, and not heard from since; 0: it was not */
    int waiter;   /* who asked for the roll call */
    watch_word complaint;
    /* the others */
    double asked_s;      /* when this rank first told rank 0 that it waits; 0: no answer is due */
    double complained_s; /* when it named rank 0; 0: it has not */
} watchdog;

struct agr_mailbox {
    agr_world *world;
    MPI_Comm comm;
    agr_arena memory;
    size_t max_bytes;
    int n_outgoing;
    mail_slot *outgoing;  /* [n_outgoing] */
    MPI_Request *sending; /* [n_outgoing] */
    int n_queued;
    mail_slot *queue; /* [n_queued], a ring: unread ones, then the one being received */
    int first_unread;
    int n_unread;
    MPI_Request receiving; /* into the slot behind the unread ones; MPI_REQUEST_NULL when full */
    int64_t *sequence;     /* [size] messages sent to each rank */
    large_transfer transfers[N_TRANSFERS];
    int next_ticket;
    bool is_closing;   /* nothing new is sent */
    int64_t *n_posted; /* [size] messages of any kind sent to each rank */
    int64_t n_arrived; /* and received here */
    watchdog watch;
};

enum { TAG_MAIL = 1, TAG_WATCH = 2, TAG_LARGE = 64, N_TICKETS = 1 << 14 };

agr_status agr_watchdog_open(agr_mailbox *mailbox, agr_error *err);
void agr_watchdog_close(agr_mailbox *mailbox);
agr_status agr_watchdog_poll(agr_mailbox *mailbox, agr_error *err);

#endif
