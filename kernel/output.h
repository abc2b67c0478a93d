/*
 * Where text goes: to the console, or, while a command runs that came over the
 * link port, back to whoever sent it. stdout and stderr end here. Each strand has a
 * sink of its own: what others print meanwhile is not the command's.
 */
#ifndef KERNEL_OUTPUT_H
#define KERNEL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum output_stream { OUTPUT_NORMAL = 1, OUTPUT_ERROR = 2 };

typedef void (*output_sink_t)(enum output_stream stream, const char *text, size_t size);

/* Raises text_printed (<whorl/console_private.h>), which sends text to the sink in force. */
void output_write(enum output_stream stream, const char *text, size_t size);

/* Puts a sink in force, NULL for the console, and returns the one before. */
output_sink_t output_redirect(output_sink_t sink);

/*
 * Whether text passes by the handlers of text_printed, as what is said of a fault does, which may be theirs.
 * Returns what was before.
 */
bool output_pass_by(bool handlers);

/* To the console whatever sink is in force; "\n" becomes "\r\n". Any context. */
void output_console(const char *text, size_t size);

#endif
