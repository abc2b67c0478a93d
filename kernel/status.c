/*
 * Names of statuses, and the sentence of the latest refusal, which each strand has of its own. What it has no room for
 * is kept once for all, until another is as long.
 */
#include "kernel/status_own.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <whorl/status.h>

static char longest[STATUS_SENTENCE_MAX];
static const char *longest_of; /* status_own of who said it */

const char *status_name(status_t status)
{
    static const char *const names[] = {
        "OK",
        "ERR_NO_MEMORY",
        "ERR_BAD_ARGUMENT",
        "ERR_BAD_OBJECT",
        "ERR_BAD_CAPABILITY",
        "ERR_NOT_FOUND",
        "ERR_EXISTS",
        "ERR_UNRESOLVED",
        "ERR_RANGE",
        "ERR_UNSUPPORTED",
        "ERR_BUSY",
        "ERR_FAULT",
        "ERR_FAILED",
        "ERR_STATE",
        "ERR_DAMAGED",
        "ERR_TYPE",
        "ERR_DENIED",
        "ERR_NOT_AUTHORIZED",
        "ERR_QUOTA",
        "ERR_TIMEOUT",
    };
    int n = -(int)status;

    return n >= 0 && n < (int)(sizeof names / sizeof names[0]) ? names[n] : "ERR_?";
}

/* Of a program without strands; the kernel has another. */
__attribute__((weak)) char *status_own(void)
{
    static char own[STATUS_OWN_MAX];

    return own;
}

const char *status_explain(void)
{
    const char *own = status_own();

    return longest_of == own && own[0] != 0 ? longest : own;
}

status_t status_refuse(status_t status, const char *format, ...)
{
    char *own = status_own();
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    if (vsnprintf(own, STATUS_OWN_MAX, format, arguments) >= STATUS_OWN_MAX) {
        vsnprintf(longest, sizeof longest, format, again);
        longest_of = own;
    } else if (longest_of == own) {
        longest_of = NULL;
    }
    va_end(again);
    va_end(arguments);
    return status;
}

status_t status_context(status_t status, const char *what)
{
    static char long_one[STATUS_SENTENCE_MAX];
    char short_one[STATUS_OWN_MAX], *before = short_one;

    if (strlen(status_explain()) >= sizeof short_one)
        before = long_one;
    strcpy(before, status_explain());
    return status_refuse(status, "%s: %s", what, before);
}
