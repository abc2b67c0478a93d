/* See output.h. */
#include "kernel/output.h"

#include <whorl/console_private.h>

#include "arch/ppc/escc.h"
#include "kernel/fault.h"
#include "kernel/strand/strand.h"

void output_console(const char *text, size_t size)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n')
            continue;
        escc_write(ESCC_A, text + start, i - start);
        escc_write(ESCC_A, "\r\n", 2);
        start = i + 1;
    }
    escc_write(ESCC_A, text + start, size - start);
}

static void send(enum output_stream stream, const char *text, size_t size)
{
    output_sink_t sink = strand_current->sink;

    if (sink != NULL)
        sink(stream, text, size);
    else
        output_console(text, size);
}

void text_printed(bool error, const char *text, size_t size)
{
    send(error ? OUTPUT_ERROR : OUTPUT_NORMAL, text, size);
}

struct printed {
    enum output_stream stream;
    const char *text;
    size_t size;
};

static void raise(void *closure)
{
    const struct printed *p = closure;

    text_printed(p->stream == OUTPUT_ERROR, p->text, p->size);
}

/* A handler that faults takes along who printed, if that may be, but never the kernel or the text. */
void output_write(enum output_stream stream, const char *text, size_t size)
{
    struct printed printed = {stream, text, size};

    if (strand_current->passing_by)
        send(stream, text, size);
    else if (fault_is_contained())
        raise(&printed);
    else if (fault_contain_busy(raise, &printed) != OK)
        send(stream, text, size);
}

bool output_pass_by(bool handlers)
{
    bool before = strand_current->passing_by;

    strand_current->passing_by = handlers;
    return before;
}

output_sink_t output_redirect(output_sink_t sink)
{
    output_sink_t before = strand_current->sink;

    strand_current->sink = sink;
    return before;
}
