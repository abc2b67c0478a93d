/*
 * What the tool passes on to its standard output and standard error: at once and in order. A reader that
 * does not read holds the tool up, but neither a signal nor the time-out.
 */
#ifndef WHORL_OUTPUT_H
#define WHORL_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct output {
    int signal_fd;    /* readable: stop waiting */
    int64_t deadline; /* by clock_ms: stop waiting */
    int error; /* errno of the first failure, EINTR for a stop; nothing is written after it */
};

void output_write(struct output *output, int fd, const void *text, size_t size);

#endif
