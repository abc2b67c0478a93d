/* The user's terminal in raw mode: every key is a byte for the machine, and nothing is echoed here. */
#ifndef WHORL_TERMINAL_H
#define WHORL_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
    int fd;
    bool raw;
    struct termios saved;
};

/* Makes fd raw if it is a terminal. Output is still translated: a newline also returns the carriage. */
void terminal_make_raw(struct terminal *terminal, int fd);

/* Makes it what it was. Harmless to repeat. */
void terminal_restore(struct terminal *terminal);

#endif
