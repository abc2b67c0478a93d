/*
 * The log of a session: what firmware, kernel console and QEMU said. It has no name, so nothing of it is
 * left behind however the tool ends, until it is kept.
 */
#ifndef WHORL_LOG_H
#define WHORL_LOG_H

#include <stddef.h>

/* A descriptor to append to, in $TMPDIR or /tmp. Negative, with errno, on failure. */
int log_open(void);
void log_write(int log, const void *text, size_t size);

/* Copies the log to a new file and returns its name, to be freed; NULL, with errno, on failure. */
char *log_keep(int log);

#endif
