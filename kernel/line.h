/*
 * Editing one line: bytes from a terminal in, what it should show out. Backspace
 * and DEL delete, Ctrl-U deletes all, Ctrl-C gives the line up, the arrow keys
 * (ESC [ A..D) move in the line and in the history, Home and End as terminals
 * send them. Other control characters and escape sequences are ignored; a control
 * character within a sequence ends that and counts.
 *
 * Portable and pure; any sequence of bytes is safe.
 */
#ifndef KERNEL_LINE_H
#define KERNEL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_LENGTH_MAX 1023 /* characters */
#define LINE_HISTORY 32

enum line_event {
    LINE_EDITING,   /* not yet */
    LINE_COMPLETE,  /* text holds the line */
    LINE_TOO_LONG,  /* more than LINE_LENGTH_MAX characters came; they are gone */
    LINE_ABANDONED, /* Ctrl-C */
};

/* The lines entered before, newest first. Full, it forgets the oldest. */
struct line_history {
    size_t n;
    char lines[LINE_HISTORY][LINE_LENGTH_MAX + 1];
};

struct line {
    char text[LINE_LENGTH_MAX + 1]; /* with a final zero */
    size_t length, cursor;
    bool too_long;
    bool ended;     /* the next byte begins a new line */
    bool after_cr;  /* a line feed that follows is part of the same end of line */
    uint8_t escape; /* state in an escape sequence */
    uint8_t number; /* its digit, if it has one only */
    const struct line_history *history; /* NULL: none */
    size_t shown;                       /* 0 is the line itself, 1 the newest of the history, … */
    void (*echo)(const char *text, size_t size);
};

/* echo shows text on the terminal. */
void line_init(struct line *line, const struct line_history *history,
               void (*echo)(const char *text, size_t size));

/* Forgets what is typed so far and starts anew. */
void line_reset(struct line *line);

/* The next byte. After anything but LINE_EDITING the line is reset by the next byte. */
enum line_event line_receive(struct line *line, uint8_t byte);

/* Makes text the newest of the history, unless it is so already or is empty. */
void line_remember(struct line_history *history, const char *text);

#endif
