/*
 * See capability.h. What a capability says is (generation << INDEX_BITS) + index: the
 * index of a slot, and how often the slot was used before, which makes it stale. It is
 * scrambled with a secret (a Feistel network, Luby and Rackoff, 1988), so that who knows
 * some capabilities does not know the others.
 *
 * Generations wrap, so a number does come back in the end. To make that late, free
 * slots wait in a queue, and one is taken only if RESERVE others wait behind it; else
 * the table grows. A number returns after RESERVE << GENERATION_BITS others (a
 * million), unless there was no memory to grow, or no room in the numbers.
 *
 * An interrupt may look things up at any instant: a slot gets its kind last and loses
 * it first, and the table is replaced by a larger one before its size is.
 */
#include "domains/capability.h"

#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>

#define INDEX_BITS 17
#define GENERATION_BITS 11
#define SLOTS_FIRST 1024
#define SLOTS_MAX (1u << INDEX_BITS)
#define RESERVE 512

_Static_assert(INDEX_BITS + GENERATION_BITS == CAPABILITY_BITS, "bits of a capability");

struct slot {
    void *object;
    uint16_t generation; /* how often it was revoked; wraps */
    uint32_t next;       /* slot in the queue, if it is free and not the last there */
    uint8_t kind;        /* CAPABILITY_NONE if it is free */
};

#define ELSEWHERE \
    sizeof(struct capability_recent) /* turned in a number, makes it one of another place */

struct capability_recent capability_recent[CAPABILITY_KINDS][CAPABILITY_RECENT] = {
    [0 ... CAPABILITY_KINDS - 1] = {{.capability = ELSEWHERE}}};

static struct slot *slots;
static uint32_t n_slots;
static uint32_t first_free, last_free; /* of the queue; undefined while it is empty */
static uint32_t n_free;

/* Makes what was stored before visible to interrupts first. */
static void before_interrupts(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void put_into_queue(uint32_t index)
{
    if (n_free == 0)
        first_free = index;
    else
        slots[last_free].next = index;
    last_free = index;
    n_free++;
}

static uint32_t take_from_queue(void)
{
    uint32_t index = first_free;

    first_free = slots[index].next;
    n_free--;
    return index;
}

/* Doubles the table. False, and nothing changed, if that is not possible. */
static bool grow(void)
{
    uint32_t n = n_slots == 0 ? SLOTS_FIRST : 2 * n_slots;
    struct slot *old = slots;
    struct slot *larger = n <= SLOTS_MAX ? malloc(n * sizeof *larger) : NULL;

    if (larger == NULL)
        return false;
    if (n_slots > 0)
        memcpy(larger, old, n_slots * sizeof *larger);
    memset(larger + n_slots, 0, (n - n_slots) * sizeof *larger);
    before_interrupts();
    slots = larger;
    before_interrupts();
    for (uint32_t i = n_slots; i < n; i++)
        put_into_queue(i);
    n_slots = n;
    free(old);
    return true;
}

/* ---- scrambling ---- */

#define HALF_BITS (CAPABILITY_BITS / 2)
#define HALF_MASK ((1u << HALF_BITS) - 1)
#define ROUNDS 4

static uint32_t keys[ROUNDS] = {1, 2, 3, 4};

/* Any function will do; this is Fibonacci hashing (Knuth, TAOCP 3, 6.4). */
static uint32_t mixed(uint32_t half, uint32_t key)
{
    return ((half ^ key) * 2654435769u + key) >> (32 - HALF_BITS);
}

static uint32_t scrambled(uint32_t number)
{
    uint32_t left = number >> HALF_BITS, right = number & HALF_MASK;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t next = left ^ mixed(right, keys[i]);

        left = right;
        right = next;
    }
    return left << HALF_BITS | right;
}

static uint32_t unscrambled(uint32_t number)
{
    uint32_t left = number >> HALF_BITS, right = number & HALF_MASK;

    for (unsigned i = ROUNDS; i-- > 0;) {
        uint32_t before = right ^ mixed(left, keys[i]);

        right = left;
        left = before;
    }
    return left << HALF_BITS | right;
}

void capability_seed(uint64_t seed)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
        keys[i] = (uint32_t)(seed >> 32);
    }
}

static uintptr_t number_of(uint32_t index)
{
    return CAPABILITY_BASE + scrambled((uint32_t)slots[index].generation << INDEX_BITS | index);
}

/* ---- slots in use ---- */

/* The live slot that a capability names, NULL if there is none. */
static struct slot *find(const void *capability)
{
    uintptr_t offset = (uintptr_t)capability - CAPABILITY_BASE;
    uint32_t number, index;

    if (offset >> CAPABILITY_BITS != 0)
        return NULL;
    number = unscrambled((uint32_t)offset);
    index = number & (SLOTS_MAX - 1);
    if (index >= n_slots || slots[index].kind == CAPABILITY_NONE)
        return NULL;
    if (slots[index].generation != number >> INDEX_BITS)
        return NULL;
    return &slots[index];
}

status_t capability_create(enum capability_kind kind, void *object, void **capability)
{
    uint32_t index;

    if (n_free <= RESERVE && !grow() && n_free == 0)
        return status_refuse(ERR_NO_MEMORY, "no room for more than %u capabilities",
                             (unsigned)n_slots);
    index = take_from_queue();
    slots[index].object = object;
    before_interrupts();
    slots[index].kind = (uint8_t)kind;
    *capability = (void *)number_of(index);
    return OK;
}

/* One word says that it is not there, whenever that is looked at. */
static void forget_recent(const void *capability, unsigned kind)
{
    struct capability_recent *recent = capability_recent_of(capability, kind);

    if (recent->capability == (uintptr_t)capability)
        recent->capability ^= ELSEWHERE;
}

void capability_revoke(const void *capability)
{
    struct slot *slot = find(capability);
    unsigned kind;

    if (slot == NULL)
        return;
    kind = slot->kind;
    slot->kind = CAPABILITY_NONE;
    before_interrupts();
    forget_recent(capability, kind);
    slot->object = NULL;
    slot->generation = (slot->generation + 1u) & ((1u << GENERATION_BITS) - 1);
    put_into_queue((uint32_t)(slot - slots));
}

/* Guards ask whose something is. */
FUNCTIONAL(find);
FUNCTIONAL(capability_object);

void *capability_object(const void *capability, enum capability_kind kind)
{
    const struct slot *slot = find(capability);

    return slot != NULL && slot->kind == kind ? slot->object : NULL;
}

size_t capability_count(void)
{
    return n_slots - n_free;
}

void *capability_object_again(const void *capability, enum capability_kind kind)
{
    void *object = capability_object(capability, kind);

    if (object != NULL)
        capability_remember(capability, kind, object);
    return object;
}
