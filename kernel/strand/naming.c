/* See naming.h. */
#include "kernel/strand/naming.h"

#include <string.h>

#include "kernel/name.h"
#include "kernel/strand/strand.h"

#define NUMBER_DIGITS 10

/* The latest number, which is never used again, and in decimal. */
static uint32_t latest;
static char digits[NUMBER_DIGITS + 1] = "0000000000", *first_digit = digits + NUMBER_DIGITS;

/* Names would have to divide else, which takes longer. */
uint32_t naming_number(void)
{
    char *digit = digits + NUMBER_DIGITS - 1;

    while (*digit == '9')
        *digit-- = '0';
    ++*digit;
    if (digit < first_digit)
        first_digit = digit;
    return ++latest;
}

/* "DOMAIN/number", by hand, since printf takes as long as all the rest. */
static void name_by_number(struct strand *strand)
{
    size_t length = name_copy(strand->name, owners[strand->owner].name,
                              sizeof strand->name - NUMBER_DIGITS - 2);

    strand->name[length++] = '/';
    strcpy(strand->name + length, first_digit);
}

void naming_put(struct strand *strand, const char *name)
{
    if (name != NULL)
        strlcpy(strand->name, name, sizeof strand->name);
    else
        name_by_number(strand);
}
