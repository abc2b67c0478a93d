/* See routine.h. */
#include "kernel/event/routine.h"

status_t routine_prepare(struct routine *before, bool left, const struct dispatch *plan,
                         const struct routine_terms *terms, vaddr_t near, struct routine **routine)
{
    (void)before;
    (void)left;
    (void)plan;
    (void)terms;
    (void)near;
    (void)routine;
    return status_refuse(ERR_UNSUPPORTED, "not compiled yet");
}

vaddr_t routine_entry(const struct routine *routine)
{
    (void)routine;
    return 0;
}

void routine_commit(struct routine *routine)
{
    (void)routine;
}

void routine_free(struct routine *routine)
{
    (void)routine;
}

void routine_range(const struct routine *routine, vaddr_t *start, size_t *size)
{
    (void)routine;
    *start = 0;
    *size = 0;
}

size_t routine_size(const struct routine *routine)
{
    (void)routine;
    return 0;
}

void routine_describe(const struct routine *routine, char *text, size_t size)
{
    (void)routine;
    if (size != 0)
        text[0] = 0;
}

const char *routine_comment(const struct routine *routine, vaddr_t address, char *text, size_t size)
{
    (void)routine;
    (void)address;
    (void)text;
    (void)size;
    return NULL;
}
