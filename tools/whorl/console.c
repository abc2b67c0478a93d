/* Looking at the console's output, a byte at a time: what matters begins a line. */
#include "tools/whorl/console.h"

#include <string.h>

static bool line_is(const struct console *console, const char *text)
{
    return console->line_length == strlen(text) &&
           memcmp(console->line, text, console->line_length) == 0;
}

/* A line may begin like a panic and be none, a sentence on a command of that name: the shell goes on. */
static void notice(struct console *console)
{
    if (line_is(console, CONSOLE_BANNER)) {
        console->banner_at = console->line_start;
        console->n_banners++;
    } else if (line_is(console, CONSOLE_FIRMWARE)) {
        console->firmware_at = console->line_start;
        console->n_firmwares++;
    } else if (line_is(console, CONSOLE_PROMPT)) {
        console->n_prompts++;
        console->listening_at = console->total;
        console->panicked = false;
    } else if (line_is(console, CONSOLE_PANIC) && !console->panicked) {
        console->panic_at = console->line_start;
        console->panicked = true;
    }
}

static void look(struct console *console, char byte)
{
    console->total++;
    if (byte == '\n') {
        console->line_start = console->total;
        console->line_length = 0;
        return;
    }
    if (byte == '\r' && console->line_length == 0)
        return;
    if (console->line_length < sizeof(console->line))
        console->line[console->line_length] = byte;
    console->line_length++;
    notice(console);
}

static void keep(struct console *console, const char *bytes, size_t size)
{
    size_t half = sizeof(console->text) / 2;

    if (size > half) {
        bytes += size - half;
        size = half;
    }
    if (console->length + size > sizeof(console->text)) {
        memmove(console->text, console->text + console->length - half, half);
        console->length = half;
    }
    memcpy(console->text + console->length, bytes, size);
    console->length += size;
}

void console_take(struct console *console, const char *bytes, size_t size)
{
    keep(console, bytes, size);
    for (size_t i = 0; i < size; i++)
        look(console, bytes[i]);
}

const char *console_from(const struct console *console, uint64_t position, size_t *size)
{
    uint64_t back = console->total - position;

    *size = back < console->length ? (size_t)back : console->length;
    return console->text + console->length - *size;
}

uint64_t console_tail(const struct console *console, int n)
{
    size_t at = console->length;
    bool empty = true;

    while (at > 0) {
        char byte = console->text[at - 1];

        if (byte == '\n' && !empty && --n == 0)
            break;
        empty = byte == '\n' || (empty && byte == '\r');
        at--;
    }
    return console->total - (console->length - at);
}

bool console_may_be(const struct console *console, const char *text)
{
    return console->line_length <= strlen(text) &&
           memcmp(console->line, text, console->line_length) == 0;
}
