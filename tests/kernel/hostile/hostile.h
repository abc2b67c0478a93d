/*
 * Rounds in which hostile extensions are loaded beside strands that compute, do their worst at a random moment, and are unloaded.
 * After each the work is right and has gone on, what the kernel holds is what it held before, and a well-behaved extension still
 * loads and does what it should.
 *
 * All that is random comes from the seed: two runs with the same one under `whorl run --icount` print the same.
 */
#ifndef TESTS_KERNEL_HOSTILE_HOSTILE_H
#define TESTS_KERNEL_HOSTILE_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>
#include <whorl/domain.h>
#include <whorl/strand.h>

#include "domains/domain.h"
#include "kernel/owner.h"
#include "tests/kernel/hostile/table.h"

#define TOGETHER_MAX 4

/* Prints the seed, a line for each round, and what is wrong; false: something is. */
bool hostile_rounds(uint32_t seed, unsigned n_rounds);

/* One round with a given extension alone. */
bool hostile_alone(uint32_t seed, const char *name);

/* ---- guests (guest.c): one hostile extension from its loading to its unloading ---- */

struct guest {
    const struct hostile *hostile;
    uint32_t seed;
    uint32_t delay_us; /* before it is made to act */
    domain_t *domain;  /* NULL: it was refused */
    strand_t *actor;   /* that makes it act; NULL: it was refused */
    status_t (*act)(void);
    volatile status_t result;  /* of hostile_act */
    volatile unsigned n_steps; /* that the actor has taken */
    bool may_end;              /* the actor may come to one that ends its caller */
    enum outcome outcome;
    char text[200]; /* as in struct hostile */
};

/* Loads it and begins its actor, or notes why it was refused. */
void guest_begin(struct guest *guest, const struct hostile *hostile, uint32_t seed);

/* Waits until it has done what it can, and notes the outcome. */
void guest_wait(struct guest *guest);

/* False, having said so: it cannot be unloaded. */
bool guest_unload(struct guest *guest);

/* Waits for the actor, which a handler of another guest may hold until that is unloaded, too. False, having said so: it does not come back. */
bool guest_join(struct guest *guest);

/* Whether the outcome is the expected one; says so if not. */
bool guest_did_as_expected(const struct guest *guest);

/* ---- the stage (stage.c) ---- */

status_t stage_open(void);
void stage_close(void);
extern domain_t *stage_domain;
extern volatile unsigned stage_n_told, stage_n_asked; /* how often the suite's own procedures ran */

/* ---- the work beside (work.c) ---- */

status_t work_begin(void);
void work_end(void);

/* Nothing is computed between these, and no memory is in use for it. */
void work_pause(void);
void work_go_on(void);

/* Whether all strands have computed something since the last time, and nothing wrong. */
bool work_is_right(void);

/* ---- what the kernel holds (holdings.c) ---- */

struct holdings {
    size_t n_free_pages, heap_bytes, n_capabilities, n_strands, n_domains, n_springboards,
        n_bindings;
};

void holdings_measure(struct holdings *holdings);

/* Waits until they are the same again: false, and says what is different, if that takes too long. */
bool holdings_return(const struct holdings *before);

/* ---- random numbers: xorshift (Marsaglia, 2003) ---- */

static inline uint32_t random_next(uint32_t *seed)
{
    uint32_t x = *seed != 0 ? *seed : 0x9e3779b9;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

#endif
