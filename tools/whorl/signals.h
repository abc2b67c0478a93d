/*
 * Signals that ask the tool to end, taken as readable events, so that it ends like it always does:
 * terminal restored, QEMU gone, files removed. Then it dies by the signal, as its parent expects.
 */
#ifndef WHORL_SIGNALS_H
#define WHORL_SIGNALS_H

#include <signal.h>

struct signals {
    int fd;         /* readable when a signal has come */
    sigset_t saved; /* the mask before, for children */
};

/*
 * Holds back SIGINT, SIGTERM, SIGHUP and SIGQUIT, but for those that the tool was started to ignore, and
 * ignores SIGPIPE. Negative, with errno, on failure.
 */
int signals_open(struct signals *signals);
void signals_close(struct signals *signals);

/* The signal that has come, 0 if none. */
int signals_take(struct signals *signals);

/* In a child, before exec: the signals as they were. */
void signals_restore_in_child(const struct signals *signals);

/* Ends the process by the signal. */
_Noreturn void signals_die(int number);

#endif
