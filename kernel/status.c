/* Names of statuses, and the sentence of the latest refusal. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <whorl/status.h>

static char sentence[STATUS_SENTENCE_MAX];

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

const char *status_explain(void)
{
    return sentence;
}

status_t status_refuse(status_t status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return status;
}

status_t status_context(status_t status, const char *what)
{
    static char before[STATUS_SENTENCE_MAX];

    strcpy(before, sentence);
    return status_refuse(status, "%s: %s", what, before);
}
