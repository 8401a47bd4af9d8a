/* The words of a run: kinds of mail beside the hand-over's, and what comes with a snapshot. */
#ifndef AGR_TRAIN_WORDS_IMPL_H
#define AGR_TRAIN_WORDS_IMPL_H

#include <agr/comm/mailbox.h>
#include <stdint.h>

enum {
    MAIL_REPORT = AGR_MAIL_USER, /* leader -> rank 0: agr_epoch_report */
    MAIL_PACE,                   /* leader -> rank 0: agr_pace */
    MAIL_SNAPSHOT, /* leader -> rank 0: slot_notice, with the snapshot as large part */
    MAIL_STOPPED,  /* leader -> rank 0: int32_t team; its snapshots came before */
    MAIL_ASKED,    /* any rank -> rank 0: was asked to stop and is in no team that could */
    MAIL_STOP,     /* rank 0 -> leaders: nothing; somebody was asked to stop, and that means all */
    MAIL_VERDICTS  /* rank 0 -> leaders: agr_halving_verdicts, all there are by now */
};

enum { SLOT_NAME_BYTES = 32 };

/* What comes with a snapshot. Others stay aside at rank 0 until the branch's next `latest` has
 * come: the file never holds a `best` that its `latest` does not know of. */
typedef struct {
    int32_t branch;
    int32_t write_soon; /* do not wait for the interval between writes */
    int64_t epoch;
    char slot[SLOT_NAME_BYTES];
} slot_notice;

#endif
