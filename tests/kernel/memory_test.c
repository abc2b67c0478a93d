/* Pages and the heap. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/memory.h>

#include "kernel/owner.h"
#include "kernel/test.h"

SUITE("memory");

TEST(pages_are_writable_and_aligned)
{
    void *pages;

    if (!CHECK_STATUS(OK, page_allocate(3, &pages)))
        return;
    CHECK_EQUAL(0, (unsigned)pages % MEMORY_PAGE_SIZE);
    memset(pages, 0x5a, 3 * MEMORY_PAGE_SIZE);
    CHECK_EQUAL(0x5a, ((unsigned char *)pages)[3 * MEMORY_PAGE_SIZE - 1]);
    CHECK_STATUS(OK, page_free(pages, 3));
}

TEST(a_run_can_be_freed_in_parts)
{
    char *pages;
    void *run;

    if (!CHECK_STATUS(OK, page_allocate(4, &run)))
        return;
    pages = run;
    CHECK_STATUS(OK, page_free(pages + MEMORY_PAGE_SIZE, 2));
    CHECK_STATUS(OK, page_free(pages, 1));
    CHECK_STATUS(OK, page_free(pages + 3 * MEMORY_PAGE_SIZE, 1));
}

TEST(freeing_twice_is_refused)
{
    void *page;

    if (!CHECK_STATUS(OK, page_allocate(1, &page)))
        return;
    CHECK_STATUS(OK, page_free(page, 1));
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free(page, 1));
    CHECK(strstr(status_explain(), "not allocated by") != NULL);
}

TEST(freeing_what_is_no_page_is_refused)
{
    void *page;

    if (!CHECK_STATUS(OK, page_allocate(1, &page)))
        return;
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free((char *)page + 4, 1));
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free(NULL, 1));
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free((void *)0x01000000, 1));
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free((void *)0x20000000, 1));
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free((void *)0xfffff000, 0x100001));
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free(page, SIZE_MAX));
    CHECK_STATUS(OK, page_free(page, 1));
}

TEST(pages_of_the_heap_and_the_kernel_cannot_be_freed)
{
    char *piece = malloc(3 * MEMORY_PAGE_SIZE);
    char *page = (char *)(((unsigned)piece + MEMORY_PAGE_SIZE - 1) & ~(MEMORY_PAGE_SIZE - 1));

    if (!CHECK(piece != NULL))
        return;
    CHECK_STATUS(ERR_BAD_ARGUMENT, page_free(page, 1));
    free(piece);
    CHECK_STATUS(ERR_BAD_ARGUMENT,
                 page_free((void *)((unsigned)&suite & ~(MEMORY_PAGE_SIZE - 1)), 100000));
}

TEST(no_pages_and_too_many_are_refused)
{
    void *pages = &suite;

    CHECK_STATUS(ERR_BAD_ARGUMENT, page_allocate(0, &pages));
    CHECK_STATUS(ERR_NO_MEMORY, page_allocate(1u << 20, &pages));
    CHECK_STATUS(ERR_NO_MEMORY, page_allocate(SIZE_MAX, &pages));
    CHECK(pages == &suite);
}

TEST(all_memory_can_be_taken_and_given_back)
{
    struct memory_use before, after;
    struct owner *me = &owners[owner_of_code((vaddr_t)domain_init)];
    size_t left = me->left, n = 0;
    void *first = NULL, *page;

    me->left = OWNER_UNLIMITED;
    memory_use(&before);
    while (page_allocate(1, &page) == OK) {
        *(void **)page = first;
        first = page;
        n++;
    }
    CHECK_EQUAL(before.n_free_pages, n);
    while (first != NULL) {
        page = first;
        first = *(void **)page;
        if (!CHECK_STATUS(OK, page_free(page, 1)))
            return;
    }
    me->left = left;
    memory_use(&after);
    CHECK_EQUAL(before.largest_run, after.largest_run);
}

TEST(malloc_fails_cleanly_when_the_heap_is_used_up)
{
    void *first = NULL, *piece;
    unsigned n = 0;

    while ((piece = malloc(1u << 20)) != NULL) {
        *(void **)piece = first;
        first = piece;
        n++;
    }
    CHECK(n > 0);
    n = UINT32_MAX - 100;
    CHECK(malloc(*(volatile unsigned *)&n) == NULL);
    while (first != NULL) {
        piece = first;
        first = *(void **)piece;
        free(piece);
    }
}
