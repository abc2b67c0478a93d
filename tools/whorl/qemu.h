/*
 * A private QEMU: started with its two serial channels connected to this process, and never left behind.
 * It is killed when this process dies, however that happens.
 */
#ifndef WHORL_QEMU_H
#define WHORL_QEMU_H

#include "tools/whorl/signals.h"

#include <stdbool.h>
#include <sys/types.h>

struct qemu_settings {
    const char *machine;
    unsigned megabytes;
    bool icount; /* virtual time by instructions */
    const char *kernel;
};

struct qemu {
    pid_t pid;   /* 0 when there is none to reap */
    int status;  /* as waitpid gave it, once reaped */
    int console; /* serial channel A; all three are non-blocking */
    int link;    /* serial channel B */
    int words;   /* what QEMU says on standard output and error */
};

/*
 * Starts it. False, with errno, if the host has no room for that; a QEMU that is not installed or refuses
 * its arguments says so through words and ends.
 */
bool qemu_start(struct qemu *qemu, const struct qemu_settings *settings,
                const struct signals *signals);

/* Waits until it has ended by itself and reaps it. False if it has not after that time. */
bool qemu_wait(struct qemu *qemu, int milliseconds);

/* Ends it if there is one, reaps it, and closes the channels. Harmless to repeat. */
void qemu_end(struct qemu *qemu);

#endif
