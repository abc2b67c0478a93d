/* The nameless log. A log that cannot be written, its disk being full, is cut short without a word. */
#define _GNU_SOURCE

#include "tools/whorl/log.h"

#include "tools/whorl/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char *new_name(void)
{
    const char *directory = getenv("TMPDIR");

    if (directory == NULL || directory[0] == 0)
        directory = "/tmp";
    return must_format("%s/whorl-XXXXXX.log", directory);
}

static int new_file(char *name)
{
    return mkostemps(name, 4, O_CLOEXEC | O_APPEND);
}

int log_open(void)
{
    char *name = new_name();
    int log = new_file(name);

    if (log >= 0)
        unlink(name);
    free(name);
    return log;
}

void log_write(int log, const void *text, size_t size)
{
    const char *from = text;

    while (size > 0) {
        ssize_t n = write(log, from, size);

        if (n < 0 && errno != EINTR)
            return;
        if (n > 0) {
            from += n;
            size -= (size_t)n;
        }
    }
}

static int copy(int from, int to)
{
    char text[4096];
    off_t offset = 0;
    ssize_t n;

    while ((n = pread(from, text, sizeof(text), offset)) > 0) {
        if (write(to, text, (size_t)n) != n)
            return -1;
        offset += n;
    }
    return n < 0 ? -1 : 0;
}

char *log_keep(int log)
{
    char *name = new_name();
    int file = new_file(name);

    if (file < 0)
        goto no_file;
    if (copy(log, file) != 0)
        goto not_copied;
    close(file);
    return name;

not_copied:
    close(file);
    unlink(name);
no_file:
    free(name);
    return NULL;
}
