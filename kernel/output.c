/* See output.h. */
#include "kernel/output.h"

#include "arch/ppc/escc.h"

static output_sink_t current;

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

void output_write(enum output_stream stream, const char *text, size_t size)
{
    if (current != NULL)
        current(stream, text, size);
    else
        output_console(text, size);
}

output_sink_t output_redirect(output_sink_t sink)
{
    output_sink_t before = current;

    current = sink;
    return before;
}
