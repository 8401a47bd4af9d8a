/* Passes messages to the one sink, under a lock. */
#include <agr/base/log.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static void log_to_stderr(void *context, agr_log_level level, const char *message)
{
    (void)context;
    (void)level;
    fprintf(stderr, "%s\n", message);
}

static struct {
    pthread_mutex_t lock;
    agr_log_sink *sink;
    void *context;
    agr_log_level threshold;
} the_log = {PTHREAD_MUTEX_INITIALIZER, log_to_stderr, NULL, AGR_LOG_INFO};

void agr_log_set_sink(agr_log_sink *sink, void *context, agr_log_level threshold)
{
    pthread_mutex_lock(&the_log.lock);
    the_log.sink = sink != NULL ? sink : log_to_stderr;
    the_log.context = context;
    the_log.threshold = threshold;
    pthread_mutex_unlock(&the_log.lock);
}

void agr_log(agr_log_level level, const char *format, ...)
{
    char message[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    pthread_mutex_lock(&the_log.lock);
    if (level >= the_log.threshold)
        the_log.sink(the_log.context, level, message);
    pthread_mutex_unlock(&the_log.lock);
}
