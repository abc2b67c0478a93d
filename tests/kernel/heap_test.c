/* malloc and its kin: what they give, to whom it is charged, and what misuse meets. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/memory.h>

#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "kernel/inject.h"
#include "kernel/page.h"
#include "kernel/test.h"

SUITE("heap");

#pragma GCC diagnostic ignored "-Wuse-after-free" /* on purpose */

extern const char object_leaky[], object_leaky_end[];
extern const char object_client[], object_client_end[];
extern const char object_counter[], object_counter_end[];

static owner_t me(void)
{
    return owner_of_code((vaddr_t)me);
}

static struct owner *mine(void)
{
    return &owners[me()];
}

TEST(pieces_of_all_sizes_are_apart_aligned_and_large_enough)
{
    static unsigned char *pieces[400];
    unsigned n = sizeof pieces / sizeof pieces[0];

    for (unsigned i = 0; i < n; i++) {
        pieces[i] = malloc(i * 13);
        if (!CHECK(pieces[i] != NULL && (uintptr_t)pieces[i] % 8 == 0))
            return;
        memset(pieces[i], (int)i, i * 13);
    }
    for (unsigned i = 0; i < n; i++) {
        for (unsigned k = 0; k < i * 13; k++)
            if (pieces[i][k] != (unsigned char)i && !CHECK(pieces[i][k] == (unsigned char)i))
                return;
        free(pieces[i]);
    }
    CHECK_EQUAL(0, page_other_bytes(me()));
}

TEST(freed_memory_is_filled)
{
    volatile uint32_t *piece = malloc(64), *large = malloc(10000);

    if (!CHECK(piece != NULL && large != NULL))
        return;
    free((void *)piece);
    free((void *)large);
    CHECK_EQUAL(HEAP_PATTERN, piece[1]);
    CHECK_EQUAL(HEAP_PATTERN, piece[15]);
    CHECK_EQUAL(HEAP_PATTERN, large[0]);
    CHECK_EQUAL(HEAP_PATTERN, large[2499]);
}

static void free_it(void *piece)
{
    free(piece);
}

TEST(freeing_twice_is_a_fault)
{
    void *piece = malloc(40), *large = malloc(5000), *keep = malloc(40);

    free(piece);
    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, piece));
    free(keep);
    free(large);
    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, large));
}

TEST(freeing_what_was_not_allocated_is_a_fault)
{
    char *piece = malloc(100);
    void *page;

    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, piece + 8));
    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, piece + 3));
    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, &piece));
    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, (void *)free_it));
    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, (void *)0xdeadbee8));
    free(piece);
    if (CHECK_STATUS(OK, page_allocate(1, &page))) {
        CHECK_STATUS(ERR_FAULT, fault_contain(free_it, page));
        CHECK_STATUS(OK, page_free(page, 1));
    }
}

TEST(freeing_what_is_anothers_is_a_fault)
{
    void *kernels = heap_allocate(64, OWNER_KERNEL);

    CHECK_STATUS(ERR_FAULT, fault_contain(free_it, kernels));
    heap_free(kernels, OWNER_KERNEL);
}

TEST(memory_is_charged_to_who_asks_for_it)
{
    size_t before = page_other_bytes(me());
    char *piece = malloc(100), *copy = strdup("the library asks for this one");
    void *page;

    CHECK(piece != NULL && page_other_bytes(me()) > before + 100 + 30);
    free(piece);
    CHECK(copy != NULL);
    free(copy);
    CHECK_EQUAL(before, page_other_bytes(me()));
    if (CHECK_STATUS(OK, page_allocate(2, &page))) {
        CHECK_EQUAL(2, page_count_held(me()));
        CHECK_STATUS(OK, page_free(page, 2));
        CHECK_EQUAL(0, page_count_held(me()));
    }
}

TEST(a_quota_is_kept)
{
    size_t left = mine()->left;
    void *piece, *page;

    mine()->left = 1000;
    piece = malloc(500);
    CHECK(piece != NULL);
    CHECK(malloc(500) == NULL);
    CHECK_STATUS(ERR_NO_MEMORY, page_allocate(1, &page));
    CHECK(strstr(status_explain(), "quota") != NULL);
    free(piece);
    piece = malloc(600);
    CHECK(piece != NULL);
    free(piece);
    mine()->left = left;
}

TEST(realloc_keeps_the_content)
{
    char *piece = NULL;

    for (size_t size = 1; size < 20000; size = size * 3 / 2 + 1) {
        char *moved = realloc(piece, size);

        if (!CHECK(moved != NULL))
            break;
        piece = moved;
        CHECK(size == 1 || piece[0] == 'x');
        piece[0] = 'x';
    }
    piece = realloc(piece, 10);
    CHECK(piece != NULL && piece[0] == 'x');
    free(piece);
}

TEST(memalign_aligns)
{
    for (size_t alignment = 8; alignment <= 2048; alignment *= 2) {
        void *piece = memalign(alignment, 100);

        CHECK(piece != NULL && (uintptr_t)piece % alignment == 0);
        memset(piece, 1, 100);
        free(piece);
    }
    CHECK(memalign(3, 8) == NULL);
    CHECK(memalign(1 << 16, 8) == NULL);
}

TEST(calloc_clears_and_notices_overflow)
{
    volatile size_t huge = SIZE_MAX / 2;
    char *piece = calloc(10, 10);

    CHECK(piece != NULL && piece[0] == 0 && piece[99] == 0);
    free(piece);
    CHECK(calloc(huge, 3) == NULL);
}

static const struct domain_terms on_behalf = {.loader = "operator"};

TEST(what_a_domain_still_has_goes_with_it)
{
    const struct loader_object object = {"leaky", object_leaky,
                                         (size_t)(object_leaky_end - object_leaky)};
    struct domain *domain;

    if (!CHECK_STATUS(OK, loader_load(&on_behalf, &object, 1, &domain)))
        return;
    CHECK(page_other_bytes(domain->image.memory.owner) > 20000);
    CHECK(page_count_held(domain->image.memory.owner) == 5);
    CHECK_STATUS(OK, domain_end(&domain, 1));
}

/* Every allocation that loading makes fails in turn. */
TEST(a_failing_allocation_is_a_refusal_wherever_it_happens)
{
    const struct loader_object objects[] = {
        {"client", object_client, (size_t)(object_client_end - object_client)},
        {"counter", object_counter, (size_t)(object_counter_end - object_counter)},
    };
    struct memory_use before, after;
    unsigned n = 0, left = 0;

    memory_use(&before);
    while (left == 0 && n < 1000) {
        struct domain *domains[2];
        status_t status;

        inject_set(++n);
        status = loader_load(&on_behalf, objects, 2, domains);
        left = inject_left();
        inject_set(0);
        if (status == OK)
            CHECK_STATUS(OK, domain_end(domains, 2));
        if (!CHECK_EQUAL(left == 0 ? ERR_NO_MEMORY : OK, status))
            break;
        memory_use(&after);
        if (!CHECK_EQUAL(before.n_free_pages, after.n_free_pages) ||
            !CHECK_EQUAL(before.heap_bytes, after.heap_bytes))
            break;
    }
    CHECK(n > 10);
}

/* Random sizes, random order, against what was stored. */
TEST(a_thousand_random_operations_keep_every_piece_intact)
{
    static struct {
        unsigned char *bytes;
        size_t size;
        unsigned char value;
    } live[64];
    unsigned seed = 99;

    for (unsigned i = 0; i < 5000; i++) {
        unsigned slot = (seed = seed * 1664525 + 1013904223) >> 26;

        if (live[slot].bytes != NULL) {
            for (size_t k = 0; k < live[slot].size; k++)
                if (live[slot].bytes[k] != live[slot].value && !CHECK(false))
                    return;
            free(live[slot].bytes);
            live[slot].bytes = NULL;
            continue;
        }
        live[slot].size = (seed >> 8) % (seed % 5 == 0 ? 9000 : 300);
        live[slot].value = (unsigned char)i;
        live[slot].bytes = malloc(live[slot].size);
        if (!CHECK(live[slot].bytes != NULL))
            return;
        memset(live[slot].bytes, live[slot].value, live[slot].size);
    }
    for (unsigned slot = 0; slot < 64; slot++)
        free(live[slot].bytes);
}
