/*
 * Capabilities as extensions hold them: pointers that point nowhere. Each is a
 * number, in a part of the address space where nothing is ever mapped, that stands
 * for an object and its kind until it is revoked; a later object gets another
 * number, so that a stale capability is told from a live one.
 *
 * Any context that may allocate; looking one up, any context.
 */
#ifndef DOMAINS_CAPABILITY_H
#define DOMAINS_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

/* All lie at CAPABILITY_BASE and the 2^CAPABILITY_BITS - 1 numbers above it. */
#define CAPABILITY_BASE 0xc0000000u
#define CAPABILITY_BITS 28

enum capability_kind {
    CAPABILITY_NONE, /* of no object */
    CAPABILITY_DOMAIN,
    CAPABILITY_IDENTITY,
    CAPABILITY_CONSOLE,
    CAPABILITY_BINDING,
    CAPABILITY_PATCH,
    CAPABILITY_STRAND,
    CAPABILITY_MUTEX,
    CAPABILITY_CONDITION,
    CAPABILITY_SEMAPHORE,
    CAPABILITY_ALARM,
};

/*
 * What the numbers depend on besides; before the first capability. It keeps them from being
 * guessed, but not from who reads the kernel's memory.
 */
void capability_seed(uint64_t seed);

/* kind is not CAPABILITY_NONE. ERR_NO_MEMORY: then nothing has changed. */
status_t capability_create(enum capability_kind kind, void *object, void **capability);

/* It is stale from now on. It must be live. */
void capability_revoke(const void *capability);

/* The object, NULL if the value is stale, of another kind, or no capability at all. */
void *capability_object(const void *capability, enum capability_kind kind);

/* How many are live. */
size_t capability_count(void);

/* ---- those that are used all the time ---- */

#define CAPABILITY_KINDS (CAPABILITY_ALARM + 1)
#define CAPABILITY_RECENT \
    256 /* of each kind; their numbers are any, so a few bits of them spread well */

/* What was looked up lately, at a place that its number says. An empty place has a number of another one. */
struct capability_recent {
    uintptr_t capability;
    void *object;
};

/* Aligned, so that an address is put together from that of its kind and bits of the number (by one instruction). */
extern struct capability_recent capability_recent[CAPABILITY_KINDS][CAPABILITY_RECENT]
    __attribute__((aligned(CAPABILITY_RECENT * sizeof(struct capability_recent))));

static inline struct capability_recent *capability_recent_of(const void *capability,
                                                             enum capability_kind kind)
{
    const uintptr_t mask = (CAPABILITY_RECENT - 1) * sizeof(struct capability_recent);
    uintptr_t first = (uintptr_t)capability_recent[kind];

    __asm__(
        ""
        : "+r"(first)); /* else the compiler sees that bits are zero, and takes two instructions */
    return (struct capability_recent *)((first & ~mask) | ((uintptr_t)capability & mask));
}

/* Whether it was looked up lately with capability_object_again, and the object then. No interrupts. */
static inline __attribute__((always_inline)) bool capability_is_recent(const void *capability,
                                                                       enum capability_kind kind,
                                                                       void **object)
{
    const struct capability_recent *recent = capability_recent_of(capability, kind);

    *object = recent->object;
    return recent->capability == (uintptr_t)capability;
}

/* What is live is looked up soon. No interrupts. */
static inline void capability_remember(const void *capability, enum capability_kind kind,
                                       void *object)
{
    *capability_recent_of(capability, kind) =
        (struct capability_recent){.capability = (uintptr_t)capability, .object = object};
}

/* As capability_object; the next time it is found at once. No interrupts. */
void *capability_object_again(const void *capability, enum capability_kind kind);

#endif
