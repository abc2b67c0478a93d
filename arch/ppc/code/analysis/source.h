/*
 * What the analyses see of a program: the kernel, a domain, an object file on the host.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_SOURCE_H
#define ARCH_PPC_CODE_ANALYSIS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/types.h"

/* A procedure, or a part of one that the compiler put elsewhere (`f.cold` is a part of f). */
struct procedure {
    const char *name; /* NULL if it has none; lasts as long as the source */
    vaddr_t start;    /* word-aligned */
    vaddr_t end;      /* of its last instruction, exclusive */
    vaddr_t whole;    /* start of the procedure that it is part of; its own start if it is whole */
    /* Stands for one elsewhere, of which only the name is known: never looked into, and the ABI is
       taken as kept. */
    bool import;
    bool no_return; /* known to the source never to return: exit, abort of elsewhere */
};

struct code_source {
    void *context;

    /* n words of code at an address, in the host's byte order. False, and nothing read, if it is not
       all code. */
    bool (*words)(void *context, vaddr_t address, uint32_t words[], size_t n);

    /* A word of data that no instruction ever changes: of read-only data, text, offset tables. False if
       there is none. */
    bool (*constant)(void *context, vaddr_t address, uint32_t *word);

    /* The procedure whose extent an address of code lies in. False if it lies in none. */
    bool (*procedure)(void *context, vaddr_t address, struct procedure *procedure);

    /* All of them, by rising start: the first one that starts at or above an address. False: none
       is left. */
    bool (*next)(void *context, vaddr_t address, struct procedure *procedure);

    /* Words of initialized data that may hold pointers to code, one after another: *cursor is 0 at
       first. False at the end. */
    bool (*pointer)(void *context, uint32_t *cursor, uint32_t *value);

    /* Whether executing some instruction from start up to end does more than its word says. NULL: none does. */
    bool (*patched)(void *context, vaddr_t start, vaddr_t end);
};

/* A word as it stands in memory. */
static inline uint32_t code_word(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

#endif
