/*
 * What the files that make up splices share; private to them.
 */
#ifndef KERNEL_EVENT_SPLICE_INTERNAL_H
#define KERNEL_EVENT_SPLICE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/code/analysis/source.h"
#include "kernel/event/splice.h"
#include "kernel/quiescence.h"

struct domain;
struct image;
struct import;

/* A call that stands in the program that the procedure is part of. */
struct site {
    vaddr_t at;
    uint32_t word; /* as it was */
};

/* A branch of the procedure to its own start that is no call, but a turn of a loop. */
struct turn {
    vaddr_t at;
    uint32_t word; /* as it was */
    uint32_t led;  /* to the entry of the body */
    bool conditional, is_led;
};

struct importer {
    struct image *image;
    const struct import *import;
};

/* A veneer. */
struct way {
    struct retired retired;
    vaddr_t code;
};

struct splice {
    struct retired retired;      /* once it is destroyed */
    struct splice *next;         /* of those with the same hash */
    const struct domain *domain; /* that the procedure is part of; NULL: the kernel */
    struct procedure procedure;
    vaddr_t target;
    vaddr_t body;     /* in code memory; behind it the ways of turns */
    size_t body_size; /* bytes, of all that */
    struct way *way;  /* to the target, if a branch at the procedure does not reach; or NULL */
    struct way *way_unused; /* during a switch: the one to come, then the one that was */
    uint32_t first;         /* the procedure's first word as it was, maybe that of a patch */
    uint32_t original;      /* the same without patches; no other once the body has been made */
    bool rewinds;           /* the first instruction branches to itself, */
    bool rewinds_led;       /* and a patch on it does so by the entry of the body */
    struct site *sites;     /* by rising address */
    struct turn *turns;     /* the same */
    size_t n_sites, n_turns;
    struct importer *importers; /* as they were when domain_bindings() was `bindings` */
    size_t n_importers;
    uint32_t bindings;
};

static inline bool splice_is_led(const struct splice *splice)
{
    return splice->target != splice->procedure.start;
}

/* ---- splice.c ---- */

/* The one of a procedure; NULL: it has none. All of them, in no particular order, NULL: the first, and the end. Any context. */
struct splice *splice_at(vaddr_t procedure);
struct splice *splice_next(const struct splice *splice);

/* ---- splice_words.c ---- */

/* Turns go to the entry of the body, which is no other instruction. ERR_NO_MEMORY: some do not; to be led back. */
status_t splice_lead_turns(struct splice *splice);

/* Those that a patch keeps led for want of memory stay so, for the time being. */
void splice_lead_turns_back(struct splice *splice);

/* All of them, at any price: that of the patches on them. */
void splice_free_turns(struct splice *splice);

/* ---- splice_find.c ---- */

/*
 * Fills sites and turns, which are the heap's. ERR_NO_MEMORY; ERR_UNSUPPORTED: it cannot be told whether something is a
 * turn, or control comes to the start in a way that is no branch.
 */
status_t splice_find(struct splice *splice);

/* ---- splice_body.c ---- */

/* Makes the entry of the body and the ways of turns, for code_free(splice->body). ERR_NO_MEMORY, ERR_UNSUPPORTED. */
status_t splice_make_body(struct splice *splice);

/* After splice->first has changed: to the word of a patch, from that, or from a branch to another one. */
void splice_remake_body(const struct splice *splice);

/* ---- splice_fixed.c ---- */

/* ERR_UNSUPPORTED: calls of it cannot be led elsewhere, wherever they are. */
status_t splice_check(vaddr_t procedure);

/* Changes everything that has been prepared for; with interrupts off. What it runs cannot be spliced. */
void splice_commit(const struct splice_change changes[], size_t n);

#endif
