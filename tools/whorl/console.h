/*
 * What came from the console: its last part, and what the tool must notice in it. Positions count bytes
 * from the first one that ever came.
 */
#ifndef WHORL_CONSOLE_H
#define WHORL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_BANNER "Whorl "    /* begins the kernel's first line */
#define CONSOLE_PROMPT "whorl> "   /* a line by itself when the shell listens */
#define CONSOLE_PANIC "panic: "    /* begins the kernel's last message */
#define CONSOLE_FIRMWARE ">> ====" /* begins what the firmware says before it starts the kernel */

#define CONSOLE_KEPT 65536

struct console {
    uint64_t total;        /* bytes that came */
    uint64_t line_start;   /* where the last line begins */
    uint64_t banner_at;    /* where the last banner begins */
    uint64_t firmware_at;  /* where the firmware's last start begins */
    uint64_t panic_at;     /* where the first panic begins */
    uint64_t listening_at; /* behind the last prompt */
    unsigned n_banners;
    unsigned n_prompts;
    unsigned n_firmwares;
    bool panicked;      /* and no prompt came afterwards */
    size_t line_length; /* of the last line, without carriage returns before its first character */
    char line[8];       /* its beginning */
    size_t length;      /* of text */
    char text[CONSOLE_KEPT]; /* the last bytes */
};

void console_take(struct console *console, const char *bytes, size_t size);

/* The text from a position on, as far as it is kept. */
const char *console_from(const struct console *console, uint64_t position, size_t *size);

/* The position where the last n lines that hold anything begin. */
uint64_t console_tail(const struct console *console, int n);

/* Whether the last line is text, or the beginning of it, an empty one included. */
bool console_may_be(const struct console *console, const char *text);

#endif
