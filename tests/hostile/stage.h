/*
 * What hostile extensions have in common. Each file beside this one is one kind of misbehaviour, and says in the comment at its
 * head what is to become of it:
 *     Expected: refused STATUS           it is not loaded
 *     Expected: quarantined "TEXT"       TEXT is in the reason
 *     Expected: harmless                 nothing happens to anybody, and it can be unloaded
 *     Expected: gone                     it has unloaded itself
 * The suite (tests/kernel/hostile) loads it unprivileged, unless ", privileged" stands behind that word; with ", ends its caller" the strand that called it
 * may end, since its stack is damaged; with ", holds its caller" that comes back when it is unloaded; otherwise every call
 * comes back by itself. At a random moment a strand of the suite then calls its hostile_act, if it has one,
 * raises stage_asked and stage_told, and raises shell_command with the word "misbehave". After a while it is unloaded, whatever it
 * is doing then.
 */
#ifndef TESTS_HOSTILE_STAGE_H
#define TESTS_HOSTILE_STAGE_H

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/alarm.h>
#include <whorl/clock.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/identity.h>
#include <whorl/lock.h>
#include <whorl/memory.h>
#include <whorl/nameserver.h>
#include <whorl/patch.h>
#include <whorl/shell.h>
#include <whorl/strand.h>

/* ---- the suite's */

EVENT int stage_asked(int n);
EVENT void stage_told(int n);

/* Calls back, as listings do. */
status_t stage_each(void (*each)(void *closure), void *closure);

void *stage_piece(void);        /* of the heap, the suite's */
domain_t *stage_yourself(void); /* the domain that calls */
uint32_t *stage_stack(
    void); /* an address on a stack of a strand of the suite's that does not run */

/* ---- the hostile one's */

status_t hostile_act(void);

/* ---- for its convenience */

#define P(procedure) ((procedure_t)(procedure))

/* Keeps what it is from the compiler, which would draw conclusions. */
static inline uint32_t opaque(uint32_t word)
{
    __asm__ volatile("" : "+r"(word));
    return word;
}

static inline void __attribute__((noreturn)) loop(void)
{
    for (;;)
        __asm__ volatile("");
}

static inline status_t install(procedure_t event, procedure_t handler,
                               const struct event_options *options)
{
    binding_t *binding;

    return event_install(event, handler, NULL, options, &binding);
}

static inline status_t begin(void (*entry)(void *closure), void *closure)
{
    strand_t *strand;

    return strand_create(entry, closure, NULL, &strand);
}

#endif
