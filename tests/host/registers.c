/* See registers.h. */
#include "tests/host/registers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t special;
} specials[] = {{"lr", SPECIAL_LR}, {"ctr", SPECIAL_CTR}, {"ca", SPECIAL_CA},
                {"ov", SPECIAL_OV}, {"so", SPECIAL_SO},   {"count", SPECIAL_COUNT}};

#define N_SPECIALS (sizeof specials / sizeof specials[0])
#define SPECIAL_NAMED (SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER)

static void die(const char *name)
{
    printf("Bail out! no register is called %s\n", name);
    exit(1);
}

static void add_special(struct register_set *set, const char *name)
{
    for (size_t i = 0; i < N_SPECIALS; i++)
        if (strcmp(name, specials[i].name) == 0) {
            set->special |= specials[i].special;
            return;
        }
    die(name);
}

static void add_named(struct register_set *set, const char *name)
{
    char kind[8], rest;
    unsigned n;

    if (sscanf(name, "%7[a-z]%u%c", kind, &n, &rest) != 2 || n > 31)
        add_special(set, name);
    else if (strcmp(kind, "r") == 0)
        set->general |= 1u << n;
    else if (strcmp(kind, "f") == 0)
        set->floating |= 1u << n;
    else if (strcmp(kind, "v") == 0)
        set->vector |= 1u << n;
    else if (strcmp(kind, "bit") == 0)
        set->condition |= 0x80000000u >> n;
    else if (strcmp(kind, "cr") == 0 && n < 8)
        set->condition |= CR_FIELD(n);
    else
        die(name);
}

struct register_set registers_named(const char *names)
{
    struct register_set set = REGISTERS_NONE;
    char *copy = strdup(names), *rest = NULL;

    for (char *name = strtok_r(copy, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest))
        add_named(&set, name);
    free(copy);
    return set;
}

static size_t put_numbered(char *text, size_t at, const char *kind, uint32_t set)
{
    for (unsigned n = 0; n < 32; n++)
        if ((set & 1u << n) != 0)
            at += (size_t)sprintf(text + at, " %s%u", kind, n);
    return at;
}

void registers_text(const struct register_set *set, char text[REGISTERS_TEXT_MAX])
{
    uint32_t bits = 0;
    size_t at = 0;

    for (unsigned n = 0; n < 32; n++)
        bits |= (set->condition >> n & 1) << (31 - n);
    text[0] = 0;
    at = put_numbered(text, at, "r", set->general);
    at = put_numbered(text, at, "f", set->floating);
    at = put_numbered(text, at, "v", set->vector);
    at = put_numbered(text, at, "bit", bits);
    for (size_t i = 0; i < N_SPECIALS; i++)
        if ((set->special & specials[i].special) != 0)
            at += (size_t)sprintf(text + at, " %s", specials[i].name);
    if ((set->special & ~SPECIAL_NAMED) != 0)
        sprintf(text + at, " 0x%x", (unsigned)(set->special & ~SPECIAL_NAMED));
}
