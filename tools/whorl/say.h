/* Sentences of the tool itself, on standard error: `whorl: ` and one line. */
#ifndef WHORL_SAY_H
#define WHORL_SAY_H

#include <stddef.h>

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory that is there: the program ends with a sentence if there is none. */
void *must_allocate(size_t size);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
