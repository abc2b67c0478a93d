/* Writing to a descriptor that others share, so it cannot be made non-blocking: poll, then little. */
#include "tools/whorl/output.h"

#include "tools/whorl/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

/* Waits for room. poll promises PIPE_BUF bytes of it. */
static int wait_for_room(const struct output *output, int fd)
{
    struct pollfd pollers[] = {
        {.fd = fd, .events = POLLOUT},
        {.fd = output->signal_fd, .events = POLLIN},
    };

    while (pollers[0].revents == 0) {
        int64_t left = output->deadline - clock_ms();
        int wait = left > INT_MAX ? INT_MAX : (int)left;

        if (left <= 0 || (poll(pollers, 2, wait) > 0 && pollers[1].revents != 0))
            return EINTR;
    }
    return 0;
}

void output_write(struct output *output, int fd, const void *text, size_t size)
{
    const char *from = text;

    while (size > 0 && output->error == 0) {
        size_t part = size < PIPE_BUF ? size : PIPE_BUF;
        ssize_t n;

        output->error = wait_for_room(output, fd);
        if (output->error != 0)
            return;
        n = write(fd, from, part);
        if (n > 0) {
            from += n;
            size -= (size_t)n;
        } else if (n < 0 && errno != EINTR && errno != EAGAIN) {
            output->error = errno;
        }
    }
}
