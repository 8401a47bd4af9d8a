/**
 * Status codes and error text: the one way a failure travels through agr-mpi.
 *
 * Every fallible function returns an agr_status and takes an agr_error * last. Whoever notices a
 * failure writes the text; whoever passes it on may put its own subject in front with
 * agr_error_context(). Only the cli prints or exits.
 *
 * Grammar of a message: lower case, no full stop, what failed first, subjects in single quotes,
 * "expected X, found Y". The remedy goes into the hint:
 *
 *     checkpoint 'runs/7/checkpoint.h5': branch 'age': truncated file
 *     hint: resume from 'runs/7/checkpoint.h5.prev'
 */
#ifndef AGR_BASE_ERROR_H
#define AGR_BASE_ERROR_H

/* Each status once: its name and what it means. AGR_STOPPED is no failure: a stop was asked for and
 * the state is safe. */
#define AGR_STATUS_LIST(X)                                                                         \
    X(OK, "ok")                                                                                    \
    X(USAGE, "usage error")                                                                        \
    X(INPUT, "bad input")                                                                          \
    X(NOT_FOUND, "not found")                                                                      \
    X(IO, "input/output error")                                                                    \
    X(FORMAT, "file format error")                                                                 \
    X(MEMORY, "out of memory")                                                                     \
    X(NUMERIC, "non-finite number")                                                                \
    X(MPI, "MPI error")                                                                            \
    X(STOPPED, "stopped on request")                                                               \
    X(UNSUPPORTED, "not supported")

typedef enum {
#define X(name, text) AGR_##name,
    AGR_STATUS_LIST(X)
#undef X
} agr_status;

/** What a process that ends with this status hands to its launcher: 0 done, 1 failed, 2 used wrongly, 75
 * stopped on request (EX_TEMPFAIL: call it again with --resume). */
int agr_exit_code(agr_status status);

enum { AGR_ERROR_TEXT_BYTES = 1536, AGR_ERROR_HINT_BYTES = 512 };

/** A failure with its words. Plain data: may be copied and sent to another rank as bytes. */
typedef struct {
    agr_status status;
    char text[AGR_ERROR_TEXT_BYTES];
    char hint[AGR_ERROR_HINT_BYTES]; /* empty when no remedy is known */
} agr_error;

/** Makes *err a failure with this text and no hint; text that does not fit is cut. Returns status,
 * so callers can `return agr_error_set(...)`. err may be NULL. */
agr_status agr_error_set(agr_error *err, agr_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As agr_error_set(), with ": " and the text of this errno value appended. */
agr_status agr_error_set_errno(agr_error *err, agr_status status, int errno_value,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Adds or replaces the remedy. Returns the error's status. */
agr_status agr_error_hint(agr_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Puts "<context>: " in front of the text. Returns the error's status. Without an err there is none
 * to return: where err may be NULL callers write `return agr_error_context(err, ...), status;`. */
agr_status agr_error_context(agr_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Returns from the calling function when `call` fails.
 * For functions that hold nothing to release. */
#define AGR_TRY(call)                                                                              \
    do {                                                                                           \
        const agr_status agr_try_status = (call);                                                  \
        if (agr_try_status != AGR_OK)                                                              \
            return agr_try_status;                                                                 \
    } while (0)

/** Stores the result of `call` in `status` and jumps to `label` when it failed. For staged
 * clean-up. */
#define AGR_TRY_GOTO(status, call, label)                                                          \
    do {                                                                                           \
        (status) = (call);                                                                         \
        if ((status) != AGR_OK)                                                                    \
            goto label;                                                                            \
    } while (0)

/** A broken invariant of our own: prints file, line and condition, then aborts, in every build.
 * Never for anything a user or a file can cause. */
#define AGR_ASSERT(condition)                                                                      \
    ((condition) ? (void)0 : agr_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void agr_assert_failed(const char *condition, const char *file, int line);

#endif
