/* See heap.h. */
#include "kernel/heap.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "kernel/inject.h"
#include "kernel/page.h"
#include "kernel/panic.h"

#define GRAIN 8
#define SMALL_MAX 2032 /* bytes of the largest small piece, its head included */
#define N_CLASSES 28

/* In front of what the caller gets. */
struct piece {
    uint32_t owner;
    uint32_t check;     /* own address exclusive-or IN_USE or FREE */
    struct piece *next; /* while free; the caller's first word while in use */
};
#define HEAD offsetof(struct piece, next)
#define IN_USE 0x1a2b3c4du
#define FREE 0x7f0e1d2cu

/* At the start of each page of small pieces and of each run. */
struct heap_page {
    struct heap_page *next, *previous; /* with room, of the same size */
    struct piece *free;
    uint16_t n_used, n_pieces;
    uint16_t fresh; /* offset of the first piece that was never used */
    uint16_t size;  /* of a piece; 0: a run */
    uint16_t class;
    uint16_t offset;  /* of a run's piece */
    uint32_t n_pages; /* of a run */
};
#define FIRST_PIECE 32

static const uint16_t sizes[N_CLASSES] = {16,  24,  32,  40,   48,   56,   64,  72,  88,  104,
                                          120, 136, 168, 200,  232,  264,  328, 392, 456, 520,
                                          576, 672, 808, 1016, 1352, 2032, 0,   0};
static uint8_t class_of[SMALL_MAX / GRAIN + 1];
static struct heap_page *with_room[N_CLASSES];
bool heap_fills = true;

void heap_initialize(void)
{
    unsigned class = 0;

    for (unsigned i = 0; i <= SMALL_MAX / GRAIN; i++) {
        if (i * GRAIN > sizes[class])
            class ++;
        class_of[i] = (uint8_t) class;
    }
}

static struct heap_page *page_of(const void *address)
{
    return (struct heap_page *)((uintptr_t)address & ~(uintptr_t)(PAGE_SIZE - 1));
}

static void link_page(struct heap_page *page)
{
    page->previous = NULL;
    page->next = with_room[page->class];
    if (page->next != NULL)
        page->next->previous = page;
    with_room[page->class] = page;
}

static void unlink_page(struct heap_page *page)
{
    if (page->next != NULL)
        page->next->previous = page->previous;
    if (page->previous != NULL)
        page->previous->next = page->next;
    else
        with_room[page->class] = page->next;
}

static struct heap_page *new_page(unsigned class)
{
    struct heap_page *page;

    if (page_take(OWNER_HEAP, 1, (void **)&page) != OK)
        return NULL;
    page->free = NULL;
    page->n_used = 0;
    page->size = sizes[class];
    page->n_pieces = (uint16_t)((PAGE_SIZE - FIRST_PIECE) / sizes[class]);
    page->fresh = FIRST_PIECE;
    page->class = (uint16_t) class;
    link_page(page);
    return page;
}

static struct piece *take_piece(struct heap_page *page)
{
    struct piece *piece = page->free;

    if (piece != NULL) {
        page->free = piece->next;
    } else {
        piece = (struct piece *)((char *)page + page->fresh);
        page->fresh = (uint16_t)(page->fresh + page->size);
    }
    if (++page->n_used == page->n_pieces)
        unlink_page(page);
    return piece;
}

static void *hand_out(struct piece *piece, owner_t owner, size_t size)
{
    piece->owner = owner;
    piece->check = (uintptr_t)piece ^ IN_USE;
    owners[owner].n_bytes += size;
    return &piece->next;
}

static void *allocate_run(owner_t owner, size_t size, size_t alignment)
{
    size_t offset = (FIRST_PIECE + HEAD + alignment - 1) & ~(alignment - 1);
    struct heap_page *page;
    struct piece *piece;

    if (alignment > PAGE_SIZE / 2 || size > SIZE_MAX / 2)
        return NULL;
    size = (offset + size + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    if (!owner_may_have(owner, size) ||
        page_take(OWNER_HEAP_REST, size / PAGE_SIZE, (void **)&page) != OK)
        return NULL;
    page_set_holder(page, OWNER_HEAP);
    page->size = 0;
    page->n_pages = size / PAGE_SIZE;
    page->offset = (uint16_t)offset;
    piece = (struct piece *)((char *)page + offset - HEAD);
    return hand_out(piece, owner, size);
}

void *heap_allocate(owner_t owner, size_t size, size_t alignment)
{
    struct heap_page *page;
    unsigned class;

    if (inject_failure())
        return NULL;
    if (size > SMALL_MAX - HEAD || alignment > GRAIN)
        return allocate_run(owner, size, alignment);
    class = class_of[(size + HEAD + GRAIN - 1) / GRAIN];
    if (!owner_may_have(owner, sizes[class]))
        return NULL;
    page = with_room[class];
    if (page == NULL && (page = new_page(class)) == NULL)
        return NULL;
    return hand_out(take_piece(page), owner, page->size);
}

/* A broken kernel panics; a domain that did it faults here, and its caller sees the sentence. */
static void misuse(const char *what, const void *address, owner_t by)
{
    if (by == OWNER_KERNEL)
        panic("the kernel frees 0x%08x, %s", (unsigned)(uintptr_t)address, what);
    fprintf(stderr, "%s frees 0x%08x, %s\n", owners[by].name, (unsigned)(uintptr_t)address, what);
    __builtin_trap();
}

static bool is_heap(const void *address)
{
    return page_holder(address) == OWNER_HEAP && (uintptr_t)address % GRAIN == 0;
}

static struct piece *check_piece(void *address, owner_t by)
{
    struct piece *piece = (struct piece *)((char *)address - HEAD);

    if (!is_heap(address))
        misuse("not a piece of the heap", address, by);
    if (piece->check != ((uintptr_t)piece ^ IN_USE))
        misuse(piece->check == ((uintptr_t)piece ^ FREE)
                   ? "a piece of the heap that is free already"
                   : "not a piece of the heap in use",
               address, by);
    if (piece->owner != by && by != OWNER_KERNEL)
        misuse("a piece of the heap that is another's", address, by);
    return piece;
}

static void fill(void *start, size_t size)
{
    uint32_t *word = start;

    for (size_t n = size / sizeof *word; n > 0; n--)
        *word++ = HEAP_PATTERN;
}

static void give_page(struct heap_page *page)
{
    unlink_page(page);
    page_give(page, 1);
}

static void free_run(struct heap_page *page, owner_t owner)
{
    size_t n = page->n_pages;

    owners[owner].n_bytes -= n * PAGE_SIZE;
    if (heap_fills)
        fill(page, n * PAGE_SIZE);
    page_give(page, n);
}

void heap_free(void *address, owner_t by)
{
    struct piece *piece = check_piece(address, by);
    struct heap_page *page = page_of(piece);

    piece->check = (uintptr_t)piece ^ FREE;
    if (page->size == 0) {
        free_run(page, (owner_t)piece->owner);
        return;
    }
    owners[piece->owner].n_bytes -= page->size;
    if (heap_fills)
        fill(address, page->size - HEAD);
    piece->next = page->free;
    page->free = piece;
    if (page->n_used-- == page->n_pieces)
        link_page(page);
    else if (page->n_used == 0 && (page->next != NULL || page->previous != NULL))
        give_page(page);
}

size_t heap_size(void *address, owner_t by)
{
    const struct heap_page *page = page_of(check_piece(address, by));

    return page->size == 0 ? page->n_pages * PAGE_SIZE - page->offset : page->size - HEAD;
}

void heap_trim(void)
{
    for (unsigned class = 0; class < N_CLASSES; class ++)
        for (struct heap_page *page = with_room[class], *next; page != NULL; page = next) {
            next = page->next;
            if (page->n_used == 0)
                give_page(page);
        }
}

static void release_pieces(struct heap_page *page, owner_t owner)
{
    unsigned left = page->n_used;

    for (size_t offset = FIRST_PIECE; left > 0; offset += page->size) {
        struct piece *piece = (struct piece *)((char *)page + offset);

        if (piece->check != ((uintptr_t)piece ^ IN_USE))
            continue;
        left--;
        if (piece->owner == owner)
            heap_free(&piece->next, OWNER_KERNEL);
    }
}

static void release_run(struct heap_page *page, owner_t owner)
{
    struct piece *piece = (struct piece *)((char *)page + page->offset - HEAD);

    if (piece->owner == owner)
        heap_free(&piece->next, OWNER_KERNEL);
}

/* The page itself may be gone after its last piece, which is why the pieces left are counted. */
void heap_release_owner(owner_t owner)
{
    for (struct heap_page *page = page_next_held(NULL, OWNER_HEAP), *next; page != NULL;
         page = next) {
        if (page->size == 0)
            release_run(page, owner);
        else
            release_pieces(page, owner);
        next = page_next_held(page, OWNER_HEAP);
    }
}
