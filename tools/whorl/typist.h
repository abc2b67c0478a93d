/*
 * Types what comes from standard input on the machine's console, no faster than the machine takes it: its
 * receive ring is small and a shell that is busy does not read. Keys of a terminal go out as they come, but
 * for the escape Ctrl-A. A file or pipe goes out line by line, each when the prompt is there, or when the
 * console was silent for so long that somebody else than the shell seems to wait for it.
 */
#ifndef WHORL_TYPIST_H
#define WHORL_TYPIST_H

#include "tools/whorl/session.h"

struct typist {
    struct session *session;
    int fd;
    bool keys;          /* from a terminal */
    bool ended;         /* nothing more will come from fd */
    bool escape;        /* Ctrl-A was pressed */
    bool after_return;  /* a newline now belongs to the carriage return before it */
    bool in_line;       /* the last byte typed did not end a line */
    bool waits;         /* for a prompt, the one after */
    unsigned n_prompts; /* so many */
    size_t n_unechoed;  /* bytes that the machine may not have taken yet */
    uint64_t heard;     /* of the console */
    int64_t active;     /* by clock_ms, the last time that something was typed or heard */
    size_t at, length;  /* of what is still to be typed */
    char pending[4096];
};

/* Reads fd from now on; keys: it is a terminal. */
void typist_open(struct typist *typist, struct session *session, int fd, bool keys);
void typist_close(struct typist *typist);

/* Types what can be typed now. Returns the milliseconds after which it wants to be called again. */
int64_t typist_type(struct typist *typist);

/* Whether all is typed and the prompt came back. Never with keys. */
bool typist_done(const struct typist *typist);

#endif
