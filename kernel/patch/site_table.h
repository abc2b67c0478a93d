/*
 * What was found out about procedures, word by word, kept in the memory of SITE_TABLES_MAX bytes; what was not used for longest
 * goes first. Private to site.h.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_SITE_TABLE_H
#define KERNEL_PATCH_SITE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/code/analysis/live.h"

#define SITE_TABLES_MAX 0x40000 /* bytes; a word takes 25 */

struct domain;

enum site_flag {
    SITE_IS_REACHED = 1,
    SITE_IS_DATA = 2,     /* of a jump table */
    SITE_IS_RESERVED = 4, /* a reservation is held before it, or it is the lwarx */
};

struct site_table {
    struct site_table *next; /* of those with the same hash */
    const struct domain *domain;
    vaddr_t procedure;
    uint32_t used; /* by the clock */
    size_t bytes;
    struct register_set touches; /* what the procedure may write, without what it calls if `leaf` */
    bool leaf;                   /* it calls nothing, and goes nowhere but back */
    uint32_t n_parts, n_words;
    struct part parts[FLOW_PARTS_MAX];
    struct register_set *live; /* before each word; the next three are behind this */
    uint32_t *words;
    uint8_t *flags; /* enum site_flag */
};

/* Of the procedure that starts at an address; NULL: it is not known. */
struct site_table *site_table_find(vaddr_t procedure);

/* NULL: no memory. arguments: general registers that are live at the procedure's start besides. */
struct site_table *site_table_make(const struct domain *domain, const struct live *live,
                                   uint32_t arguments);

/* The number of the word at an address, which must be in one of the procedure's parts; false: it is not. */
bool site_table_word(const struct site_table *table, vaddr_t address, uint32_t *word);

void site_table_forget(const struct domain *domain);
void site_table_forget_all(void);

/* Bytes. */
size_t site_table_memory(void);

#endif
