/* Signals by signalfd; the header says why. */
#include "tools/whorl/signals.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int hold(sigset_t *held)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action;

    sigemptyset(held);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (sigaction(numbers[i], NULL, &action) != 0)
            return -1;
        if (action.sa_handler != SIG_IGN)
            sigaddset(held, numbers[i]);
    }
    return 0;
}

int signals_open(struct signals *signals)
{
    sigset_t held;

    if (hold(&held) != 0 || sigprocmask(SIG_BLOCK, &held, &signals->saved) != 0)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    signals->fd = signalfd(-1, &held, SFD_NONBLOCK | SFD_CLOEXEC);
    return signals->fd < 0 ? -1 : 0;
}

void signals_close(struct signals *signals)
{
    close(signals->fd);
    sigprocmask(SIG_SETMASK, &signals->saved, NULL);
}

int signals_take(struct signals *signals)
{
    struct signalfd_siginfo info;

    if (read(signals->fd, &info, sizeof(info)) != sizeof(info))
        return 0;
    return (int)info.ssi_signo;
}

void signals_restore_in_child(const struct signals *signals)
{
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &signals->saved, NULL);
}

_Noreturn void signals_die(int number)
{
    sigset_t only;

    signal(number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + number);
}
