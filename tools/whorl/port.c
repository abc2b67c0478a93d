/*
 * Passing the link port on. A side is read only when what it said before has reached the other. What goes
 * to the kernel passes QEMU's multiplexer (qemu.c says why), to which Ctrl-A twice is Ctrl-A.
 */
#define _GNU_SOURCE

#include "tools/whorl/port.h"

#include "tools/whorl/paths.h"
#include "tools/whorl/say.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CTRL_A 1

#define USUAL_NAME "link" /* beside the tool */

char *port_usual_path(void)
{
    return path_beside_tool(USUAL_NAME);
}

static int refuse(int fd, int reason)
{
    if (fd >= 0)
        close(fd);
    errno = reason;
    return -1;
}

/* A socket that nobody listens on is what a tool killed at once leaves behind. */
static void remove_left_over(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat file;

    if (fd < 0)
        return;
    if (lstat(address->sun_path, &file) == 0 && S_ISSOCK(file.st_mode) &&
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
        errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

/* -1, with errno, on failure. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int reason;

    if (fd < 0)
        return -1;
    if (strlen(path) >= sizeof(address.sun_path))
        return refuse(fd, ENAMETOOLONG);
    strcpy(address.sun_path, path);
    remove_left_over(&address);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return refuse(fd, errno);
    if (listen(fd, 1) == 0)
        return fd;
    reason = errno;
    unlink(path);
    return refuse(fd, reason);
}

static const char *explain(int reason)
{
    if (reason == ENAMETOOLONG)
        return "the path of a socket cannot be so long";
    return reason == EADDRINUSE ? "it exists" : strerror(reason);
}

bool port_open(struct port *port, struct session *session, const char *path)
{
    *port = (struct port){.session = session, .client = -1};
    port->path = path != NULL ? must_format("%s", path) : port_usual_path();
    port->listener = listen_at(port->path);
    if (port->listener >= 0 || path == NULL)
        return true;
    say("cannot open the link port at %s: %s", path, explain(errno));
    free(port->path);
    port->path = NULL;
    return false;
}

void port_close(struct port *port)
{
    if (port->listener >= 0) {
        close(port->listener);
        unlink(port->path);
        port->listener = -1;
    }
    free(port->path);
    port->path = NULL;
}

/* --- flows --- */

/* Moves what it can. False if the other side is gone. */
static bool drain(struct flow *flow, int to)
{
    ssize_t n = 0;

    if (flow->length > 0)
        n = write(to, flow->bytes + flow->at, flow->length - flow->at);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    flow->at += (size_t)n;
    if (flow->at == flow->length)
        flow->at = flow->length = 0;
    return true;
}

/* Reads more if there is room for it, twice as much as it is. False if that side is gone. */
static bool fill(struct flow *flow, int from)
{
    ssize_t n;

    if (flow->length > 0)
        return true;
    n = read(from, flow->bytes, sizeof(flow->bytes) / 2);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    flow->length = (size_t)n;
    return n > 0;
}

static void double_ctrl_a(struct flow *flow)
{
    char bytes[sizeof(flow->bytes) / 2];
    size_t size = flow->length;

    memcpy(bytes, flow->bytes, size);
    flow->length = 0;
    for (size_t i = 0; i < size; i++) {
        flow->bytes[flow->length++] = bytes[i];
        if (bytes[i] == CTRL_A)
            flow->bytes[flow->length++] = bytes[i];
    }
}

static short wanted(const struct flow *in, const struct flow *out)
{
    return (short)((in->length == 0 ? POLLIN : 0) | (out->length > 0 ? POLLOUT : 0));
}

static void take_client(void *context, short events);
static void take_link(void *context, short events);
static void take_visitor(void *context, short events);

static void watch(struct port *port)
{
    struct loop *loop = &port->session->loop;
    int link = port->session->qemu.link;

    loop_watch(loop, link, wanted(&port->to_client, &port->to_kernel), take_link, port);
    if (port->client >= 0)
        loop_watch(loop, port->client, wanted(&port->to_kernel, &port->to_client), take_client,
                   port);
    if (port->client >= 0 || port->listener < 0)
        loop_unwatch(loop, port->listener);
    else
        loop_watch(loop, port->listener, POLLIN, take_visitor, port);
}

static void drop_client(struct port *port)
{
    if (port->client < 0)
        return;
    loop_unwatch(&port->session->loop, port->client);
    close(port->client);
    port->client = -1;
    port->to_client.at = port->to_client.length = 0;
}

static void take_visitor(void *context, short events)
{
    struct port *port = context;

    (void)events;
    port->client = accept4(port->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    port->lent |= port->client >= 0;
    watch(port);
}

static void take_client(void *context, short events)
{
    struct port *port = context;
    bool idle = port->to_kernel.length == 0;

    (void)events;
    if (!drain(&port->to_client, port->client) || !fill(&port->to_kernel, port->client))
        drop_client(port);
    else if (idle)
        double_ctrl_a(&port->to_kernel);
    watch(port);
}

static void take_unasked(struct port *port)
{
    link_result_t result = link_drain(port->session->link);

    if (result == LINK_PANICKED)
        loop_stop(&port->session->loop, SESSION_PANICKED);
    if (result == LINK_CLOSED)
        loop_unwatch(&port->session->loop, port->session->qemu.link);
}

static void take_link(void *context, short events)
{
    struct port *port = context;
    int link = port->session->qemu.link;
    bool there = drain(&port->to_kernel, link);

    if (port->client < 0) {
        if ((events & ~POLLOUT) != 0)
            take_unasked(port);
        else
            watch(port);
        return;
    }
    there = there && fill(&port->to_client, link);
    if (there)
        watch(port);
    else
        loop_unwatch(&port->session->loop, link);
}

void port_start(struct port *port)
{
    port->lent = false;
    watch(port);
}

void port_stop(struct port *port)
{
    struct loop *loop = &port->session->loop;

    drop_client(port);
    loop_unwatch(loop, port->listener);
    loop_unwatch(loop, port->session->qemu.link);
    port->to_kernel.at = port->to_kernel.length = 0;
}
