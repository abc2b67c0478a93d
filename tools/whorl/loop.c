/* The poll loop. A watch may be added or removed while the watches are served. */
#include "tools/whorl/loop.h"

#include "tools/whorl/clock.h"
#include "tools/whorl/say.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>

void loop_init(struct loop *loop)
{
    loop->stop = 0;
    loop->deadline = INT64_MAX;
    loop->deadline_stop = 0;
    for (int i = 0; i < LOOP_WATCHES; i++)
        loop->watches[i].fd = -1;
}

static struct watch *find(struct loop *loop, int fd)
{
    for (int i = 0; i < LOOP_WATCHES; i++) {
        if (loop->watches[i].fd == fd)
            return &loop->watches[i];
    }
    return NULL;
}

void loop_watch(struct loop *loop, int fd, short events, void (*ready)(void *, short),
                void *context)
{
    struct watch *watch = find(loop, fd);

    if (watch == NULL)
        watch = find(loop, -1);
    if (watch == NULL)
        abort(); /* LOOP_WATCHES is more than the tool ever has */
    *watch = (struct watch){fd, events, ready, context};
}

void loop_unwatch(struct loop *loop, int fd)
{
    struct watch *watch = find(loop, fd);

    if (watch != NULL)
        watch->fd = -1;
}

void loop_stop(struct loop *loop, int reason)
{
    if (loop->stop == 0)
        loop->stop = reason;
}

void loop_limit(struct loop *loop, int64_t deadline, int reason)
{
    loop->deadline = deadline;
    loop->deadline_stop = reason;
}

static int clamp(int64_t milliseconds)
{
    if (milliseconds < 0)
        return 0;
    return milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
}

static void serve(struct loop *loop, const struct pollfd *pollers)
{
    for (int i = 0; i < LOOP_WATCHES; i++) {
        struct watch *watch = &loop->watches[i];

        if (watch->fd >= 0 && watch->fd == pollers[i].fd && pollers[i].revents != 0)
            watch->ready(watch->context, pollers[i].revents);
    }
}

short loop_turn(struct loop *loop, int fd, short events, int64_t milliseconds)
{
    struct pollfd pollers[LOOP_WATCHES + 1];
    int64_t left = loop->deadline - clock_ms();

    if (left <= 0)
        loop_stop(loop, loop->deadline_stop);
    if (loop->stop != 0)
        return 0;
    for (int i = 0; i < LOOP_WATCHES; i++)
        pollers[i] = (struct pollfd){.fd = loop->watches[i].fd, .events = loop->watches[i].events};
    pollers[LOOP_WATCHES] = (struct pollfd){.fd = fd, .events = events};
    if (poll(pollers, LOOP_WATCHES + 1, clamp(left < milliseconds ? left : milliseconds)) <= 0)
        return 0;
    serve(loop, pollers);
    return pollers[LOOP_WATCHES].revents;
}
