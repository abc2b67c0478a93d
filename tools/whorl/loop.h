/*
 * The poll loop that everything waits in: while one thing is waited for, all the others are served.
 */
#ifndef WHORL_LOOP_H
#define WHORL_LOOP_H

#include <stdint.h>

#define LOOP_WATCHES 8

/* A file descriptor and what to do when it is ready for one of the events (poll's). */
struct watch {
    int fd;
    short events;
    void (*ready)(void *context, short events);
    void *context;
};

struct loop {
    struct watch watches[LOOP_WATCHES]; /* fd is -1 where there is none */
    int stop;                           /* why nothing shall be waited for any more, 0 at first */
    int64_t deadline;                   /* by clock_ms */
    int deadline_stop;
};

void loop_init(struct loop *loop);

/* Serves fd from now on; watching it again changes how. Its reader must not block. */
void loop_watch(struct loop *loop, int fd, short events, void (*ready)(void *, short),
                void *context);
void loop_unwatch(struct loop *loop, int fd);

/* Stops the loop for a reason of the caller's, not 0. The first reason stays. */
void loop_stop(struct loop *loop, int reason);

/* Stops the loop for the reason when clock_ms reaches deadline. */
void loop_limit(struct loop *loop, int64_t deadline, int reason);

/*
 * Waits for at most that many milliseconds, serves what is ready, and returns what fd is ready for (fd
 * may be -1). It returns early, with 0, whenever something was served; a stopped loop waits for nothing.
 */
short loop_turn(struct loop *loop, int fd, short events, int64_t milliseconds);

#endif
