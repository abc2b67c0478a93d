/*
 * Starting, reaping and killing QEMU. The serial channels are socket pairs whose other ends QEMU inherits,
 * so they have no name in the file system that could be left there or guessed.
 *
 * The link port goes through QEMU's character multiplexer, though nobody shares it: the multiplexer buffers
 * a few bytes for the serial controller, which is much faster than a read for each. Its escape character,
 * Ctrl-A, must not come from us; packets never hold it (PACKET_RESERVED).
 */
#include "tools/whorl/qemu.h"

#include "tools/whorl/clock.h"
#include "tools/whorl/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "qemu-system-ppc"
#define LOOK_EVERY_US 2000

/* Our ends and QEMU's, of the three lines; -1 where there is none. */
struct lines {
    int console[2];
    int link[2];
    int words[2];
};

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
    }
}

static bool open_lines(struct lines *lines)
{
    int type = SOCK_STREAM | SOCK_CLOEXEC;

    *lines = (struct lines){{-1, -1}, {-1, -1}, {-1, -1}};
    if (socketpair(AF_UNIX, type, 0, lines->console) == 0 &&
        socketpair(AF_UNIX, type, 0, lines->link) == 0 &&
        socketpair(AF_UNIX, type, 0, lines->words) == 0)
        return true;
    close_pair(lines->console);
    close_pair(lines->link);
    close_pair(lines->words);
    return false;
}

static const char *program_name(void)
{
    const char *name = getenv("WHORL_QEMU");

    return name != NULL && name[0] != 0 ? name : PROGRAM;
}

static void execute(const struct qemu_settings *settings, const struct lines *lines)
{
    char memory[16], console[48], link[48];
    const char *arguments[] = {
        program_name(),
        "-M",
        settings->machine,
        "-m",
        memory,
        "-nographic",
        "-nodefaults",
        "-vga",
        "none",
        "-monitor",
        "none",
        "-chardev",
        console,
        "-serial",
        "chardev:console",
        "-chardev",
        link,
        "-serial",
        "chardev:link",
        "-echr",
        "1",
        "-kernel",
        settings->kernel,
        settings->icount ? "-icount" : NULL,
        "shift=0",
        NULL,
    };

    snprintf(memory, sizeof(memory), "%u", settings->megabytes);
    snprintf(console, sizeof(console), "socket,id=console,fd=%d", lines->console[1]);
    snprintf(link, sizeof(link), "socket,id=link,mux=on,fd=%d", lines->link[1]);
    execvp(arguments[0], (char *const *)arguments);
    say("cannot run %s: %s%s", arguments[0], strerror(errno),
        errno == ENOENT ? "; tools/setup installs it" : "");
}

/* The child's side. A parent that died before the death signal was asked for is noticed by its pid. */
static _Noreturn void become_qemu(const struct qemu_settings *settings, const struct lines *lines,
                                  const struct signals *signals, pid_t parent)
{
    int null = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(lines->words[1], STDOUT_FILENO) < 0 ||
        dup2(lines->words[1], STDERR_FILENO) < 0)
        _exit(1);
    fcntl(lines->console[1], F_SETFD, 0);
    fcntl(lines->link[1], F_SETFD, 0);
    signals_restore_in_child(signals);
    execute(settings, lines);
    _exit(1);
}

static int our_end(int pair[2])
{
    close(pair[1]);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return pair[0];
}

bool qemu_start(struct qemu *qemu, const struct qemu_settings *settings,
                const struct signals *signals)
{
    pid_t parent = getpid();
    struct lines lines;

    *qemu = (struct qemu){.console = -1, .link = -1, .words = -1};
    if (!open_lines(&lines))
        return false;
    qemu->pid = fork();
    if (qemu->pid == 0)
        become_qemu(settings, &lines, signals, parent);
    qemu->console = our_end(lines.console);
    qemu->link = our_end(lines.link);
    qemu->words = our_end(lines.words);
    if (qemu->pid > 0) {
        setpgid(qemu->pid, qemu->pid);
        return true;
    }
    qemu->pid = 0;
    qemu_end(qemu);
    return false;
}

bool qemu_wait(struct qemu *qemu, int milliseconds)
{
    int64_t due = clock_ms() + milliseconds;

    while (qemu->pid > 0) {
        if (waitpid(qemu->pid, &qemu->status, WNOHANG) != 0)
            qemu->pid = 0;
        else if (clock_ms() >= due)
            return false;
        else
            usleep(LOOK_EVERY_US);
    }
    return true;
}

static void close_line(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void qemu_end(struct qemu *qemu)
{
    if (qemu->pid > 0) {
        kill(-qemu->pid, SIGKILL);
        kill(qemu->pid, SIGKILL);
        while (waitpid(qemu->pid, &qemu->status, 0) < 0 && errno == EINTR)
            continue;
        qemu->pid = 0;
    }
    close_line(&qemu->console);
    close_line(&qemu->link);
    close_line(&qemu->words);
}
