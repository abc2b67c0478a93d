/*
 * Sentences to the user, and allocation that cannot fail. A sentence goes out in one write, so that
 * sentences of tools running side by side do not mix.
 */
#define _GNU_SOURCE

#include "tools/whorl/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the shell reports for a program that the system had no room to run. */
#define EXIT_NO_MEMORY 4

static void no_memory(void)
{
    say("out of memory");
    _exit(EXIT_NO_MEMORY);
}

void say(const char *format, ...)
{
    char text[4096] = "whorl: ";
    size_t start = 7;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text + start, sizeof(text) - start - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if ((size_t)length > sizeof(text) - start - 2)
        length = (int)(sizeof(text) - start - 2);
    text[start + (size_t)length] = '\n';
    if (write(STDERR_FILENO, text, start + (size_t)length + 1) < 0)
        return; /* there is nobody left to tell */
}

void *must_allocate(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);

    if (memory == NULL)
        no_memory();
    return memory;
}

char *must_format(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        no_memory();
    return text;
}
