/**
 * The log: talk for people, never results. One process-wide sink, set once by the cli; until then
 * stderr. Thread-safe. Messages follow the grammar of error.h.
 */
#ifndef AGR_BASE_LOG_H
#define AGR_BASE_LOG_H

typedef enum { AGR_LOG_DEBUG, AGR_LOG_INFO, AGR_LOG_WARNING, AGR_LOG_ERROR } agr_log_level;

/** Receives one message without a trailing newline. Called with the log's lock held:
 * must not log. */
typedef void agr_log_sink(void *context, agr_log_level level, const char *message);

/** Sends all messages at `threshold` or above to this sink.
 * NULL brings back the default (stderr). */
void agr_log_set_sink(agr_log_sink *sink, void *context, agr_log_level threshold);

void agr_log(agr_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define agr_log_debug(...) agr_log(AGR_LOG_DEBUG, __VA_ARGS__)
#define agr_log_info(...) agr_log(AGR_LOG_INFO, __VA_ARGS__)
#define agr_log_warning(...) agr_log(AGR_LOG_WARNING, __VA_ARGS__)
#define agr_log_error(...) agr_log(AGR_LOG_ERROR, __VA_ARGS__)

#endif
