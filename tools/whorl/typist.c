/*
 * The typist. What the machine has taken is judged by its echo: at most MOST_UNECHOED bytes are typed ahead
 * of it, and a silence long enough counts as an echo, since not everything is echoed.
 */
#include "tools/whorl/typist.h"

#include "tools/whorl/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CTRL_A 1
#define MOST_UNECHOED 256 /* a quarter of the kernel's receive ring */
#define NO_ECHO_MS 100    /* silence after which nothing is unechoed any more */
#define NO_PROMPT_MS 2000 /* silence after which a line is typed without a prompt */
#define IDLE_MS 60000

/* Keys pressed when there is no room for them are lost, so that the escape is always heard. */
static void append(struct typist *typist, char byte)
{
    if (typist->length < sizeof(typist->pending))
        typist->pending[typist->length++] = byte;
}

/* After Ctrl-A: x ends the session, Ctrl-A or a is Ctrl-A itself, anything else nothing special. */
static void take_key(struct typist *typist, char key)
{
    bool escaped = typist->escape;

    typist->escape = !escaped && key == CTRL_A;
    if (typist->escape)
        return;
    if (escaped && (key == 'x' || key == 'X'))
        loop_stop(&typist->session->loop, SESSION_QUIT);
    else if (escaped && (key == 'a' || key == CTRL_A))
        append(typist, CTRL_A);
    else
        append(typist, key);
}

/* A line may end with newline, carriage return, or both; the console gets a carriage return. */
static void take_byte(struct typist *typist, char byte)
{
    bool second = byte == '\n' && typist->after_return;

    typist->after_return = byte == '\r';
    if (!second)
        append(typist, byte == '\n' ? '\r' : byte);
}

static void take_input(void *context, short events);

/* A file is read on only when all of it so far is typed. */
static void watch(struct typist *typist)
{
    struct loop *loop = &typist->session->loop;

    if (typist->ended || (!typist->keys && typist->length > 0))
        loop_unwatch(loop, typist->fd);
    else
        loop_watch(loop, typist->fd, POLLIN, take_input, typist);
}

static void take_end(struct typist *typist)
{
    typist->ended = true;
    if (typist->keys)
        loop_stop(&typist->session->loop, SESSION_QUIT);
    else if (typist->in_line)
        append(typist, '\r');
}

static void take_input(void *context, short events)
{
    struct typist *typist = context;
    char bytes[sizeof(typist->pending) - 1];
    ssize_t n = read(typist->fd, bytes, sizeof(bytes));

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        take_end(typist);
    for (ssize_t i = 0; i < n; i++) {
        if (typist->keys)
            take_key(typist, bytes[i]);
        else
            take_byte(typist, bytes[i]);
    }
    if (n > 0 && typist->length > 0)
        typist->in_line = typist->pending[typist->length - 1] != '\r';
    watch(typist);
    if (typist->keys)
        typist_type(typist);
}

void typist_open(struct typist *typist, struct session *session, int fd, bool keys)
{
    *typist = (struct typist){.session = session, .fd = fd, .keys = keys, .waits = true};
    typist->active = clock_ms();
    watch(typist);
}

void typist_close(struct typist *typist)
{
    loop_unwatch(&typist->session->loop, typist->fd);
}

static void hear(struct typist *typist)
{
    const struct console *console = &typist->session->console;
    uint64_t n = console->total - typist->heard;

    typist->heard = console->total;
    if (n > 0)
        typist->active = clock_ms();
    typist->n_unechoed -= n < typist->n_unechoed ? (size_t)n : typist->n_unechoed;
    if (clock_ms() - typist->active >= NO_ECHO_MS)
        typist->n_unechoed = 0;
    if (console->n_prompts > typist->n_prompts)
        typist->waits = false;
}

/* Whether the machine listens: before the kernel's banner the firmware would, and do odd things. */
static bool may_type(const struct typist *typist)
{
    const struct console *console = &typist->session->console;

    if (typist->session->qemu.console < 0 || console->n_banners == 0)
        return false;
    if (typist->n_unechoed >= MOST_UNECHOED)
        return false;
    return typist->keys || !typist->waits || clock_ms() - typist->active >= NO_PROMPT_MS;
}

/* What may go out at once: not more than is safe, and of a file not more than a line. */
static size_t portion(const struct typist *typist)
{
    const char *from = typist->pending + typist->at;
    size_t size = typist->length - typist->at;
    const char *end;

    if (size > MOST_UNECHOED - typist->n_unechoed)
        size = MOST_UNECHOED - typist->n_unechoed;
    end = typist->keys ? NULL : memchr(from, '\r', size);
    return end != NULL ? (size_t)(end - from) + 1 : size;
}

static void type(struct typist *typist)
{
    const char *from = typist->pending + typist->at;
    ssize_t n = write(typist->session->qemu.console, from, portion(typist));

    if (n <= 0)
        return;
    typist->at += (size_t)n;
    typist->n_unechoed += (size_t)n;
    typist->active = clock_ms();
    typist->waits = from[n - 1] == '\r';
    typist->n_prompts = typist->session->console.n_prompts;
    if (typist->at == typist->length)
        typist->at = typist->length = 0;
    watch(typist);
}

int64_t typist_type(struct typist *typist)
{
    hear(typist);
    if (typist->length == 0)
        return typist_done(typist) ? 0 : IDLE_MS;
    if (may_type(typist))
        type(typist);
    return NO_ECHO_MS / 2;
}

bool typist_done(const struct typist *typist)
{
    return !typist->keys && typist->ended && typist->length == 0 && !typist->waits;
}
