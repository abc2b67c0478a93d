/* See quota_print.h. */
#include "kernel/quota_print.h"

#include <stdio.h>

static const char *in_words(uint32_t limit, char text[16])
{
    if (limit == QUOTA_UNLIMITED)
        return "unlimited";
    snprintf(text, 16, "%u", (unsigned)limit);
    return text;
}

/* Of one call, or one run, nothing is kept that could be said to be used. */
static bool is_counted(enum quota quota)
{
    return quota != QUOTA_CALL_MS && quota != QUOTA_RUN_MS;
}

static uint32_t memory_limit(owner_t owner)
{
    return owners[owner].quota < OWNER_UNLIMITED ? owners[owner].quota : QUOTA_UNLIMITED;
}

void quota_print(owner_t owner)
{
    char limit[16];

    printf("%-14s %10u of %s\n", "memory", (unsigned)owner_holds(owner),
           in_words(memory_limit(owner), limit));
    for (enum quota q = 0; q < N_QUOTAS; q++)
        if (is_counted(q))
            printf("%-14s %10u of %s\n", quota_name(q), (unsigned)quota_used(owner, q),
                   in_words(quota_limit(owner, q), limit));
        else
            printf("%-14s %10s    %s\n", quota_name(q), "", in_words(quota_limit(owner, q), limit));
}

void quota_print_line(owner_t owner)
{
    char limit[16];

    printf("memory %u of %s", (unsigned)owner_holds(owner), in_words(memory_limit(owner), limit));
    for (enum quota q = 0; q < QUOTA_CALL_MS; q++)
        printf(", %s %u of %s", quota_name(q), (unsigned)quota_used(owner, q),
               in_words(quota_limit(owner, q), limit));
    printf("\n");
}
