/*
 * See code_space.h. Two ranges of addresses, a bit for each page that is free. For
 * generated code runs of pages are cut into units of 16 bytes.
 */
#include "kernel/code_space.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/layout.h"
#include "kernel/contain/unwind.h"
#include "kernel/heap.h"
#include "kernel/inject.h"
#include "kernel/page.h"
#include "kernel/pagemap.h"
#include "kernel/patch/patch.h"

#define UNIT 16
#define UNITS_OF_PAGE (PAGE_SIZE / UNIT)
#define UNITS_AT_ONCE 8
#define GROWTH_MAX 16 /* pages of a chunk, unless more are asked for at once */
#define BUCKETS 256   /* of chunks, by page */
#define N_NEAR ((NEAR_CODE_END - NEAR_CODE_BASE) / PAGE_SIZE)
#define N_DOMAIN ((DOMAIN_CODE_END - DOMAIN_CODE_BASE) / PAGE_SIZE)

struct range {
    vaddr_t base;
    struct pagemap map;
};

/*
 * A run of pages cut into units. For each unit: 0, it is free; STARTS and the owner, an allocation begins there; else how
 * many units before it the allocation begins.
 */
struct chunk {
    struct chunk *next;      /* of all */
    struct chunk *same_page; /* of those whose first pages have a bucket in common */
    vaddr_t code;
    char *data; /* the same memory in the data view, where it is not mapped */
    size_t n_pages;
    struct pagemap units;
    uint32_t *uses;
    uint32_t bits[];
};
#define STARTS 0x80000000u

static uint32_t near_bits[N_NEAR / 32], domain_bits[N_DOMAIN / 32];
static struct range ranges[2] = {{.base = NEAR_CODE_BASE}, {.base = DOMAIN_CODE_BASE}};
static struct chunk *chunks, *by_page[BUCKETS];
static size_t n_pages_taken, longest; /* pages of all chunks, and of the longest there ever was */

void code_space_initialize(void)
{
    pagemap_init(&ranges[0].map, near_bits, N_NEAR);
    (void)pagemap_give(&ranges[0].map, 0, N_NEAR);
    pagemap_init(&ranges[1].map, domain_bits, N_DOMAIN);
    (void)pagemap_give(&ranges[1].map, 0, N_DOMAIN);
}

static struct range *range_of(vaddr_t code)
{
    return code < NEAR_CODE_END ? &ranges[0] : &ranges[1];
}

status_t code_pages_take(size_t n, vaddr_t *first)
{
    size_t page = inject_failure() ? SIZE_MAX : pagemap_take(&ranges[1].map, n);

    if (page == SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "no %u pages of code addresses", (unsigned)n);
    *first = DOMAIN_CODE_BASE + page * PAGE_SIZE;
    return OK;
}

void code_pages_give(vaddr_t first, size_t n)
{
    struct range *range = range_of(first);

    unwind_forget();
    (void)pagemap_give(&range->map, (first - range->base) / PAGE_SIZE, n);
}

/* ---- chunks ---- */

static bool in_reach(vaddr_t code, size_t size, vaddr_t near)
{
    if (near == CODE_ANYWHERE)
        return true;
    return code + size - near < REACH_OF_B || near - code <= REACH_OF_B - 4;
}

/* Where code for what is near an address belongs: by a domain, so that calls from other domains reach it, too. */
static size_t home_of(vaddr_t near)
{
    return near >= DOMAIN_CODE_BASE;
}

static status_t take_addresses(size_t n, vaddr_t near, vaddr_t *code)
{
    for (size_t k = 0; k < 2; k++) {
        size_t i = home_of(near) ^ k;
        vaddr_t low = near < REACH_OF_B ? 0 : near - REACH_OF_B + 4;
        vaddr_t high = near == CODE_ANYWHERE ? UINT32_MAX : near + REACH_OF_B;
        size_t page = pagemap_take_between(
            &ranges[i].map, n,
            low <= ranges[i].base ? 0 : (low - ranges[i].base + PAGE_SIZE - 1) / PAGE_SIZE,
            high <= ranges[i].base ? 0 : (high - ranges[i].base) / PAGE_SIZE);

        if (page != SIZE_MAX) {
            *code = ranges[i].base + page * PAGE_SIZE;
            return OK;
        }
    }
    return status_refuse(near == CODE_ANYWHERE ? ERR_NO_MEMORY : ERR_RANGE,
                         "no free code addresses within reach of 0x%08x", (unsigned)near);
}

static void fill(char *data, size_t size)
{
    uint32_t *word = (uint32_t *)data;

    for (size_t n = size / sizeof *word; n > 0; n--)
        *word++ = CODE_TRAP;
}

static status_t seal_chunk(struct chunk *chunk, vaddr_t near)
{
    void *pages;
    status_t status = take_addresses(chunk->n_pages, near, &chunk->code);

    if (status != OK)
        return status;
    status = page_take(OWNER_IMAGE, chunk->n_pages, &pages);
    if (status != OK)
        goto give_addresses;
    chunk->data = pages;
    fill(chunk->data, chunk->n_pages * PAGE_SIZE);
    status =
        code_seal(chunk->code, (vaddr_t)chunk->data, chunk->n_pages, chunk->n_pages * PAGE_SIZE);
    if (status != OK)
        goto give_pages;
    return OK;
give_pages:
    page_give(chunk->data, chunk->n_pages);
give_addresses:
    code_pages_give(chunk->code, chunk->n_pages);
    return status;
}

static struct chunk **bucket_of(vaddr_t code)
{
    return &by_page[code / PAGE_SIZE % BUCKETS];
}

static void enlist(struct chunk *chunk)
{
    struct chunk **bucket = bucket_of(chunk->code);

    chunk->next = chunks;
    chunks = chunk;
    chunk->same_page = *bucket;
    *bucket = chunk;
    n_pages_taken += chunk->n_pages;
    if (chunk->n_pages > longest)
        longest = chunk->n_pages;
}

static void unlist(struct chunk *chunk)
{
    struct chunk **link = &chunks;

    while (*link != chunk)
        link = &(*link)->next;
    *link = chunk->next;
    link = bucket_of(chunk->code);
    while (*link != chunk)
        link = &(*link)->same_page;
    *link = chunk->same_page;
    n_pages_taken -= chunk->n_pages;
}

static status_t make_chunk_of(size_t n_pages, vaddr_t near, struct chunk **made)
{
    size_t all = n_pages * UNITS_OF_PAGE, size = sizeof(struct chunk) + all / 8;
    struct chunk *chunk = heap_allocate(size + all * sizeof *chunk->uses, OWNER_KERNEL);
    status_t status;

    if (chunk == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u pages of code", (unsigned)n_pages);
    chunk->n_pages = n_pages;
    chunk->uses = (uint32_t *)((char *)chunk + size);
    memset(chunk->uses, 0, all * sizeof *chunk->uses);
    status = seal_chunk(chunk, near);
    if (status != OK) {
        heap_free(chunk, OWNER_KERNEL);
        return status;
    }
    pagemap_init(&chunk->units, chunk->bits, all);
    (void)pagemap_give(&chunk->units, 0, all);
    enlist(chunk);
    *made = chunk;
    return OK;
}

/* The more there is, the longer chunks are, lest there be too many to look through. */
static status_t make_chunk(size_t n_units, vaddr_t near, struct chunk **made)
{
    size_t n_pages = (n_units + UNITS_OF_PAGE - 1) / UNITS_OF_PAGE;
    size_t more = n_pages_taken / 8 < GROWTH_MAX ? n_pages_taken / 8 : GROWTH_MAX;

    if (more > n_pages && make_chunk_of(more, near, made) == OK)
        return OK;
    return make_chunk_of(n_pages, near, made);
}

static void remove_chunk(struct chunk *chunk)
{
    unlist(chunk);
    code_unseal(chunk->code, (vaddr_t)chunk->data, chunk->n_pages);
    page_give(chunk->data, chunk->n_pages);
    code_pages_give(chunk->code, chunk->n_pages);
    heap_free(chunk, OWNER_KERNEL);
}

/* ---- allocations ---- */

static size_t take_units(struct chunk *chunk, size_t n_units, vaddr_t near)
{
    if (n_units > chunk->units.n_free || !in_reach(chunk->code, chunk->n_pages * PAGE_SIZE, near))
        return SIZE_MAX;
    return pagemap_take(&chunk->units, n_units);
}

static struct chunk *find_chunk(const struct range *range, size_t n_units, vaddr_t near,
                                size_t *unit)
{
    struct chunk *chunk = chunks;

    while (chunk != NULL && (range_of(chunk->code) != range ||
                             (*unit = take_units(chunk, n_units, near)) == SIZE_MAX))
        chunk = chunk->next;
    return chunk;
}

static status_t find_units(size_t n_units, vaddr_t near, struct chunk **chunk, size_t *unit)
{
    size_t home = home_of(near);
    status_t status;

    *chunk = find_chunk(&ranges[home], n_units, near, unit);
    if (*chunk != NULL)
        return OK;
    status = make_chunk(n_units, near, chunk);
    if (status == OK)
        *unit = pagemap_take(&(*chunk)->units, n_units);
    else if ((*chunk = find_chunk(&ranges[!home], n_units, near, unit)) != NULL)
        status = OK;
    return status;
}

static void give_units(struct chunk *chunk, vaddr_t code, size_t n_units)
{
    (void)pagemap_give(&chunk->units, (code - chunk->code) / UNIT, n_units);
    if (chunk->units.n_free == chunk->units.n_pages)
        remove_chunk(chunk);
}

static void use(struct chunk *chunk, size_t unit, size_t n_units, owner_t owner)
{
    chunk->uses[unit] = STARTS | owner;
    for (size_t i = 1; i < n_units; i++)
        chunk->uses[unit + i] = i;
}

status_t code_allocate(owner_t owner, size_t size, vaddr_t near, vaddr_t *code)
{
    size_t n_units = (size + UNIT - 1) / UNIT, unit = 0;
    struct chunk *chunk = NULL;
    status_t status;

    if (size == 0 || size > REACH_OF_B / 2)
        return status_refuse(ERR_BAD_ARGUMENT, "%u bytes of code", (unsigned)size);
    if (!owner_charge(owner, n_units * UNIT))
        return status_refuse(ERR_NO_MEMORY, "%u bytes of code are over the quota of %s",
                             (unsigned)size, owners[owner].name);
    status = inject_failure()
                 ? status_refuse(ERR_NO_MEMORY, "no memory for %u bytes of code", (unsigned)size)
                 : find_units(n_units, near, &chunk, &unit);
    if (status != OK) {
        owner_discharge(owner, n_units * UNIT);
        return status;
    }
    use(chunk, unit, n_units, owner);
    *code = chunk->code + unit * UNIT;
    return OK;
}

static struct chunk *begun_in(vaddr_t page, vaddr_t code)
{
    struct chunk *chunk = *bucket_of(page);

    while (chunk != NULL && code - chunk->code >= chunk->n_pages * PAGE_SIZE)
        chunk = chunk->same_page;
    return chunk;
}

static struct chunk *chunk_of(vaddr_t code)
{
    struct chunk *chunk = NULL;

    for (size_t i = 0; chunk == NULL && i < longest; i++)
        chunk = begun_in(code - i * PAGE_SIZE, code);
    return chunk;
}

static void refill(vaddr_t code, size_t n_units)
{
    uint32_t traps[UNITS_AT_ONCE * UNIT / 4];

    fill((char *)traps, sizeof traps);
    for (size_t i = 0; i < n_units; i += UNITS_AT_ONCE) {
        size_t n = n_units - i < UNITS_AT_ONCE ? n_units - i : UNITS_AT_ONCE;

        code_write(code + i * UNIT, traps, n * UNIT / 4);
    }
}

/* Of the allocation that begins at a unit. */
static size_t count_units(const struct chunk *chunk, size_t unit)
{
    size_t n = 1;

    while (unit + n < chunk->units.n_pages && chunk->uses[unit + n] == n)
        n++;
    return n;
}

/* Patches in it: what they give back may be next to it. */
static void forget_patches(const struct chunk *chunk, size_t unit)
{
    vaddr_t code = chunk->code + unit * UNIT;
    size_t size = count_units(chunk, unit) * UNIT;

    if (patch_is_on(code, size))
        patch_forget_code(code, size);
}

/* The allocation that begins at a unit. */
static void release(struct chunk *chunk, size_t unit)
{
    owner_t owner = chunk->uses[unit] & ~STARTS;
    vaddr_t code = chunk->code + unit * UNIT;
    size_t n_units = count_units(chunk, unit);

    forget_patches(chunk, unit);
    memset(&chunk->uses[unit], 0, n_units * sizeof chunk->uses[0]);
    owner_discharge(owner, n_units * UNIT);
    refill(code, n_units);
    give_units(chunk, code, n_units);
}

void code_free(vaddr_t code)
{
    struct chunk *chunk = chunk_of(code);

    release(chunk, (code - chunk->code) / UNIT);
}

bool code_space_at(vaddr_t address, owner_t *owner)
{
    const struct chunk *chunk = chunk_of(address);
    size_t unit = chunk == NULL ? 0 : (address - chunk->code) / UNIT;

    if (chunk == NULL || chunk->uses[unit] == 0)
        return false;
    if ((chunk->uses[unit] & STARTS) == 0)
        unit -= chunk->uses[unit];
    *owner = chunk->uses[unit] & ~STARTS;
    return true;
}

static size_t find_owned(const struct chunk *chunk, owner_t owner)
{
    size_t unit = 0;

    while (unit < chunk->units.n_pages && chunk->uses[unit] != (STARTS | owner))
        unit++;
    return unit;
}

static bool release_one(owner_t owner)
{
    for (struct chunk *chunk = chunks; chunk != NULL; chunk = chunk->next) {
        size_t unit = find_owned(chunk, owner);

        if (unit < chunk->units.n_pages) {
            release(chunk, unit);
            return true;
        }
    }
    return false;
}

void code_release_owner(owner_t owner)
{
    while (release_one(owner))
        ;
}

void code_space_use(size_t *used, size_t *taken)
{
    *used = *taken = 0;
    for (struct chunk *chunk = chunks; chunk != NULL; chunk = chunk->next) {
        *used += (chunk->units.n_pages - chunk->units.n_free) * UNIT;
        *taken += chunk->n_pages * PAGE_SIZE;
    }
}
