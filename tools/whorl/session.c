/*
 * The life of a session: opening, waiting, closing. Everything waits in one loop, so the console is read,
 * QEMU's words are noted and a signal is obeyed whatever is under way; the reason that stopped the loop,
 * a session_end, then decides what is told at the end. What is done in between is in steps.c.
 */
#include "tools/whorl/session.h"

#include "tools/whorl/clock.h"
#include "tools/whorl/log.h"
#include "tools/whorl/paths.h"
#include "tools/whorl/say.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_WORDS_MS 1000 /* from a panic to the end of its message, and from EOF to QEMU's end */
#define QUIET_MS 250       /* of the console, after a panic's message */
#define TAIL_LINES 8       /* of the console, shown at a time-out */

void session_doing(struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(session->doing, sizeof(session->doing), format, arguments);
    va_end(arguments);
}

bool session_over(const struct session *session)
{
    return session->loop.stop != 0 || session->off;
}

void session_fail(struct session *session, const char *why)
{
    session->failed = true;
    say("%s: %s", session->doing, why);
}

/* Reads what there is. 0: the line is closed; nothing to read is -1. */
static ssize_t read_line(struct session *session, int *fd, char *text, size_t size)
{
    ssize_t n = read(*fd, text, size);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return -1;
    if (n > 0)
        return n;
    loop_unwatch(&session->loop, *fd);
    close(*fd);
    *fd = -1;
    return 0;
}

static void take_console(void *context, short events)
{
    struct session *session = context;
    bool panicked = session->console.panicked;
    char text[4096];
    ssize_t n = read_line(session, &session->qemu.console, text, sizeof(text));

    (void)events;
    if (n <= 0)
        return;
    log_write(session->log, text, (size_t)n);
    console_take(&session->console, text, (size_t)n);
    if (session->view.console != NULL)
        session->view.console(session->view.context);
    if (!panicked)
        session->panic_due = clock_ms() + QUIET_MS;
}

static void take_words(void *context, short events)
{
    struct session *session = context;
    size_t length = strlen(session->words);
    char text[1024];
    ssize_t n = read_line(session, &session->qemu.words, text, sizeof(text));

    (void)events;
    if (n <= 0)
        return;
    log_write(session->log, text, (size_t)n);
    if ((size_t)n > sizeof(session->words) - 1 - length)
        n = (ssize_t)(sizeof(session->words) - 1 - length);
    memcpy(session->words + length, text, (size_t)n);
}

static void take_signal(void *context, short events)
{
    struct session *session = context;

    (void)events;
    session->signal = signals_take(&session->signals);
    if (session->signal != 0)
        loop_stop(&session->loop, SESSION_SIGNALLED);
}

/* One turn of the loop, and what it means for the session. A panic is believed when no prompt follows. */
static short turn(struct session *session, int fd, short events, int64_t milliseconds)
{
    short ready;

    if (session->console.panicked && milliseconds > QUIET_MS)
        milliseconds = QUIET_MS;
    ready = loop_turn(&session->loop, fd, events, milliseconds);
    if (session->output.error != 0 && session->output.error != EINTR)
        loop_stop(&session->loop, SESSION_MUTE);
    if (session->console.panicked && clock_ms() >= session->panic_due)
        loop_stop(&session->loop, SESSION_PANICKED);
    return ready;
}

void session_turn(struct session *session, int64_t milliseconds)
{
    turn(session, -1, 0, milliseconds);
}

bool session_restarted(const struct session *session)
{
    return session->n_banners != 0 && session->console.n_banners >= session->n_banners;
}

/* The link's wait. */
static int wait_for_link(void *context, int fd, short events, int milliseconds)
{
    struct session *session = context;
    int64_t due = clock_ms() + milliseconds;
    short ready;

    do {
        ready = turn(session, fd, events, due - clock_ms());
        if (session->loop.stop != 0 || session_restarted(session))
            return -1;
    } while (ready == 0 && clock_ms() < due);
    return ready;
}

/* The link's output. */
static void take_output(void *context, int stream, const void *text, size_t size)
{
    struct session *session = context;

    session->explained |= stream == 2;
    output_write(&session->output, stream == 2 ? STDERR_FILENO : STDOUT_FILENO, text, size);
}

static bool cannot(const char *what)
{
    say("cannot %s: %s", what, strerror(errno));
    return false;
}

static bool start_machine(struct session *session)
{
    struct qemu_settings settings = {
        .machine = session->options->machine,
        .megabytes = session->options->megabytes,
        .icount = session->options->icount,
    };
    char *kernel = path_beside_tool("whorl.elf");
    bool started = false;

    settings.kernel = kernel;
    if (access(kernel, R_OK) != 0)
        say("cannot read the kernel %s: %s; make builds it", kernel, strerror(errno));
    else if (!qemu_start(&session->qemu, &settings, &session->signals))
        cannot("start QEMU");
    else
        started = true;
    free(kernel);
    return started;
}

static void watch_machine(struct session *session)
{
    struct loop *loop = &session->loop;
    struct link_owner owner = {session, wait_for_link, take_output};
    int timeout = session->options->timeout;

    loop_init(loop);
    loop_watch(loop, session->signals.fd, POLLIN, take_signal, session);
    loop_watch(loop, session->qemu.console, POLLIN, take_console, session);
    loop_watch(loop, session->qemu.words, POLLIN, take_words, session);
    if (timeout > 0)
        loop_limit(loop, clock_ms() + (int64_t)timeout * 1000, SESSION_TIMED_OUT);
    session->output = (struct output){session->signals.fd, loop->deadline, 0};
    session->link = link_create(session->qemu.link, &owner, &link_default_timing);
}

bool session_open(struct session *session, const struct options *options,
                  const struct session_view *view)
{
    memset(session, 0, sizeof(*session));
    session->options = options;
    session->view = *view;
    if (signals_open(&session->signals) != 0)
        return cannot("watch for signals");
    session->log = log_open();
    if (session->log < 0) {
        cannot("create a log file in $TMPDIR or /tmp");
        goto no_log;
    }
    if (!start_machine(session))
        goto not_started;
    watch_machine(session);
    return true;

not_started:
    close(session->log);
no_log:
    signals_close(&session->signals);
    return false;
}

/* Reads what QEMU left behind, until it closes its lines. */
static void read_rest(struct session *session)
{
    int64_t due = clock_ms() + LAST_WORDS_MS;
    bool open;

    do {
        session_turn(session, due - clock_ms());
        open = session->qemu.console >= 0 || session->qemu.words >= 0;
    } while (open && session->loop.stop == 0 && clock_ms() < due);
}

static void describe_end(const struct session *session, char *text, size_t size)
{
    int status = session->qemu.status;

    if (WIFSIGNALED(status))
        snprintf(text, size, "QEMU was killed by signal %d", WTERMSIG(status));
    else
        snprintf(text, size, "QEMU ended with status %d", WEXITSTATUS(status));
}

void session_take_end(struct session *session, bool wanted)
{
    char how[64];
    bool clean;

    read_rest(session);
    if (session->console.panicked)
        loop_stop(&session->loop, SESSION_PANICKED);
    if (session->loop.stop != 0)
        return;
    clean = qemu_wait(&session->qemu, LAST_WORDS_MS) && WIFEXITED(session->qemu.status) &&
            WEXITSTATUS(session->qemu.status) == 0;
    session->off = true;
    if (clean && wanted)
        return;
    session->keep_log = true;
    describe_end(session, how, sizeof(how));
    if (session->contacted)
        session_fail(session, how);
}

/*
 * The message may still be on its way: it is heard out until the console is quiet or closed, a second at
 * most. A signal ends that too.
 */
static void hear_panic(struct session *session)
{
    const struct console *console = &session->console;
    int64_t due = clock_ms() + LAST_WORDS_MS;
    int64_t quiet = clock_ms() + QUIET_MS;
    uint64_t heard = console->total;

    loop_limit(&session->loop, INT64_MAX, 0);
    while (session->qemu.console >= 0 && clock_ms() < due &&
           (clock_ms() < quiet || !console->panicked)) {
        session->loop.stop = 0;
        session_turn(session, QUIET_MS / 5);
        if (session->signal != 0)
            return;
        if (console->total != heard)
            quiet = clock_ms() + QUIET_MS;
        heard = console->total;
    }
    session->loop.stop = SESSION_PANICKED;
}

/* Text of the machine for the user: without carriage returns, and with a last newline. */
static void show_text(struct session *session, const char *text, size_t size)
{
    char last = '\n';

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\r')
            continue;
        last = text[i];
        output_write(&session->output, STDERR_FILENO, &last, 1);
    }
    if (last != '\n')
        output_write(&session->output, STDERR_FILENO, "\n", 1);
}

/* The console from a position on, unless the user has seen it as it came. */
static void show_console(struct session *session, uint64_t position)
{
    size_t size;
    const char *text = console_from(&session->console, position, &size);

    if (session->view.console == NULL)
        show_text(session, text, size);
}

/* Nobody types there, so only strands of the kernel's or of domains print behind the prompt. */
void session_tell_aside(struct session *session)
{
    const struct console *console = &session->console;
    const char *text;
    size_t size;

    if (console->n_prompts == 0 || console->panicked)
        return;
    if (session->aside < console->listening_at)
        session->aside = console->listening_at;
    text = console_from(console, session->aside, &size);
    session->aside = console->total;
    show_text(session, text, size);
}

static void tell_panic(struct session *session)
{
    const struct console *console = &session->console;

    say("the kernel panicked while %s", session->doing);
    show_console(session,
                 console->panicked ? console->panic_at : console_tail(console, TAIL_LINES));
}

static void tell_time_out(struct session *session)
{
    const struct console *console = &session->console;

    say("time-out after %d s while %s", session->options->timeout, session->doing);
    if (console->total > 0 && session->view.console == NULL)
        say("the last lines of the console:");
    show_console(session, console_tail(console, TAIL_LINES));
}

static int tell_not_started(struct session *session)
{
    char how[64];

    if (session->loop.stop == SESSION_QUIT) {
        say("the kernel has not answered");
    } else if (session->off) {
        describe_end(session, how, sizeof(how));
        say("%s before the kernel answered", how);
        show_text(session, session->words, strlen(session->words));
    }
    return EXIT_NOT_STARTED;
}

static int verdict(struct session *session)
{
    switch ((enum session_end)session->loop.stop) {
    case SESSION_TIMED_OUT:
        tell_time_out(session);
        return EXIT_TIME_OUT;
    case SESSION_PANICKED:
        tell_panic(session);
        return EXIT_PANICKED;
    case SESSION_STUCK:
        say("the machine does not power off");
        return EXIT_FAILED;
    case SESSION_MUTE:
        say("cannot write the output: %s", strerror(session->output.error));
        return EXIT_FAILED;
    case SESSION_SIGNALLED:
    case SESSION_QUIT:
    case SESSION_GOES_ON:
        break;
    }
    if (!session->contacted)
        return tell_not_started(session);
    return session->failed ? EXIT_FAILED : EXIT_WELL;
}

static void tell_log(struct session *session)
{
    char *name = log_keep(session->log);

    if (name != NULL)
        say("what firmware, kernel and QEMU said is in %s", name);
    else
        say("the log could not be kept: %s", strerror(errno));
    free(name);
}

/* Says what there is to say. QEMU is gone, so a signal may now end the tool in its plain way. */
static int conclude(struct session *session)
{
    int status;

    signals_close(&session->signals);
    session->output = (struct output){-1, INT64_MAX, session->output.error};
    if (session->output.error == EINTR)
        session->output.error = 0;
    status = verdict(session);
    if (status >= EXIT_PANICKED || session->keep_log || session->loop.stop == SESSION_STUCK)
        tell_log(session);
    return status;
}

/* The signal to die by, 0 for none. */
static int deadly_signal(const struct session *session)
{
    if (session->loop.stop == SESSION_SIGNALLED)
        return session->signal;
    return session->output.error == EPIPE ? SIGPIPE : 0;
}

int session_close(struct session *session)
{
    int status;

    if (session->loop.stop == SESSION_PANICKED)
        hear_panic(session);
    qemu_end(&session->qemu);
    if (deadly_signal(session) != 0)
        signals_die(deadly_signal(session));
    status = conclude(session);
    link_destroy(session->link);
    close(session->log);
    return status;
}
