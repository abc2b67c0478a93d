/*
 * A session with a private machine: QEMU, its console, its link port, and all that can end it early: a
 * signal, the time-out, a panic, an output that nobody takes. Whatever happens, session_close ends QEMU.
 */
#ifndef WHORL_SESSION_H
#define WHORL_SESSION_H

#include "tools/whorl/console.h"
#include "tools/whorl/loop.h"
#include "tools/whorl/options.h"
#include "tools/whorl/output.h"
#include "tools/whorl/qemu.h"
#include "tools/whorl/transfer.h"

/* Why a session ended before its time. */
enum session_end {
    SESSION_GOES_ON,
    SESSION_TIMED_OUT,
    SESSION_SIGNALLED,
    SESSION_PANICKED,
    SESSION_MUTE,  /* an output could not be written */
    SESSION_STUCK, /* the machine was told to power off and did not */
    SESSION_QUIT,  /* the user had enough */
};

/* What a session tells the command that runs it. All are called between, never within, calls. */
struct session_view {
    void *context;
    void (*console)(void *context); /* more of the console has come */
    void (*progress)(void *context, const struct transfer *transfer, size_t done);
    void (*interrupted)(void *context); /* a transfer ended early */
    void (*restarts)(void *context);    /* the machine does, at the user's wish */
};

struct session {
    const struct options *options;
    struct session_view view;
    struct loop loop;
    struct signals signals;
    struct output output;
    struct console console;
    struct qemu qemu;
    link_t *link;
    int log;
    int signal;         /* that came, 0 for none */
    bool contacted;     /* the kernel has answered */
    bool off;           /* the machine is */
    bool failed;        /* some step did */
    bool explained;     /* the kernel said why the step at hand failed */
    bool keep_log;      /* it helps to understand what happened */
    int64_t panic_due;  /* when a panic seen on the console is believed */
    uint64_t aside;     /* what was said on the console was told up to there */
    unsigned n_banners; /* so many on the console stop a wait for the link; 0 for never */
    char doing[96];     /* for sentences */
    char words[2048];   /* of QEMU, the first ones */
};

/* Starts QEMU. False, and the user was told why: there is nothing to close then. */
bool session_open(struct session *session, const struct options *options,
                  const struct session_view *view);

/* Waits for the kernel to answer on the link port. False: it will not. */
bool session_contact(struct session *session);

/* Carries out one -x or -c. What goes wrong is told and remembered. */
void session_step(struct session *session, const struct step *step);

/* Tells what strands have said on the console by themselves. */
void session_tell_aside(struct session *session);

/* Serves everything, for so long or until something happened. */
void session_turn(struct session *session, int64_t milliseconds);

/* Powers the machine off, unless it is already. */
void session_power_off(struct session *session);

/* Whether nothing more can be done with the machine. */
bool session_over(const struct session *session);

/* Notes what is done now, to be told if it takes too long. */
void session_doing(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says that what is done now failed, and why; the session goes on. */
void session_fail(struct session *session, const char *why);

/* QEMU has closed its end of a line. wanted: the machine was told to power off. */
void session_take_end(struct session *session, bool wanted);

/* Whether the kernel has started as often as n_banners says. */
bool session_restarted(const struct session *session);

/* Ends QEMU, tells what there is to tell, and returns the exit status; or dies by the signal that came. */
int session_close(struct session *session);

#endif
