/* See heap.h. */
#include "kernel/heap.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"
#include "kernel/busy.h"
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
#define IN_USE 0x1a2b0000u
#define FREE 0x7f0e0000u

/* At the start of each page of small pieces and of each run. */
struct heap_page {
    uint32_t magic;                    /* own address exclusive-or SMALL or RUN */
    struct heap_page *next, *previous; /* with room, of the same size */
    struct piece *free;
    uint32_t n_used;
    uint16_t size; /* of a piece; not of a run */
    uint16_t class;
    uint32_t n_pages; /* of a run */
    uint32_t offset;  /* of a run's piece */
};
#define SMALL 0x4a5b0000u
#define RUN 0x6c7d0000u
#define FIRST_PIECE 32

static const uint16_t sizes[N_CLASSES] = {16,  24,  32,  40,   48,   56,   64,  72,  88,  104,
                                          120, 136, 168, 200,  232,  264,  328, 392, 456, 520,
                                          576, 672, 808, 1016, 1352, 2032, 0,   0};
static uint8_t class_of[SMALL_MAX / GRAIN + 1];
static struct heap_page *with_room[N_CLASSES];
static size_t quick_max; /* bytes of the largest piece that needs no second look */
bool heap_fills = true;

void heap_fill_freed(bool fills)
{
    heap_fills = fills;
    page_be_careful(fills);
}

/* With a failure to inject, every allocation is looked at. */
void heap_be_careful(bool careful)
{
    quick_max = careful ? 0 : SMALL_MAX - HEAD;
}

void heap_initialize(void)
{
    unsigned class = 0;

    heap_be_careful(false);

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

/* Every piece says at once that it is free, whatever the page held before. */
static struct heap_page *new_page(unsigned class)
{
    struct heap_page *page;
    size_t size = sizes[class];

    if (page_take(OWNER_HEAP, 1, (void **)&page) != OK)
        return NULL;
    page->magic = (uintptr_t)page ^ SMALL;
    page->n_used = 0;
    page->size = (uint16_t)size;
    page->class = (uint16_t) class;
    page->free = NULL;
    for (size_t offset = FIRST_PIECE + (PAGE_SIZE - FIRST_PIECE) / size * size;
         offset > FIRST_PIECE;) {
        struct piece *piece = (struct piece *)((char *)page + (offset -= size));

        piece->check = (uintptr_t)piece ^ FREE;
        piece->next = page->free;
        page->free = piece;
    }
    link_page(page);
    return page;
}

void *heap_no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

static void *allocate_run(size_t size, owner_t owner, size_t alignment)
{
    size_t offset = (FIRST_PIECE + HEAD + alignment - 1) & ~(alignment - 1);
    struct heap_page *page;
    struct piece *piece;

    if (alignment > PAGE_SIZE / 2 || size > SIZE_MAX / 2)
        return heap_no_memory();
    size = (offset + size + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    if (!owner_charge(owner, size))
        return heap_no_memory();
    if (page_take(OWNER_HEAP_REST, size / PAGE_SIZE, (void **)&page) != OK) {
        owner_discharge(owner, size);
        return heap_no_memory();
    }
    page_set_holder(page, OWNER_HEAP);
    page->magic = (uintptr_t)page ^ RUN;
    page->n_pages = size / PAGE_SIZE;
    page->offset = offset;
    piece = (struct piece *)((char *)page + offset - HEAD);
    piece->owner = owner;
    piece->check = (uintptr_t)piece ^ IN_USE;
    return &piece->next;
}

static void *__attribute__((noinline))
unlink_full(struct heap_page *page, void *piece, uint32_t interrupts)
{
    unlink_page(page);
    interrupts_restore(interrupts);
    return piece;
}

/* Ends the time without interrupts. Kept free of a stack frame: what is rare is a jump to somewhere else. */
static inline void *take_piece(struct heap_page *page, owner_t owner, uint32_t interrupts)
{
    struct piece *piece = page->free;

    page->free = piece->next;
    piece->owner = owner;
    piece->check = (uintptr_t)piece ^ IN_USE;
    page->n_used++;
    if (page->free == NULL)
        return unlink_full(page, &piece->next, interrupts);
    interrupts_restore(interrupts);
    return &piece->next;
}

static void *allocate_small(size_t size, owner_t owner)
{
    unsigned class = class_of[(size + HEAD + GRAIN - 1) / GRAIN];
    struct heap_page *page = with_room[class];

    if (page == NULL && (page = new_page(class)) == NULL)
        return heap_no_memory();
    return owner_charge(owner, page->size) ? take_piece(page, owner, interrupts_off())
                                           : heap_no_memory();
}

static void *__attribute__((noinline)) allocate_rare(size_t size, owner_t owner, size_t alignment)
{
    BUSY;

    if (inject_failure())
        return heap_no_memory();
    if (size > SMALL_MAX - HEAD || alignment > GRAIN)
        return allocate_run(size, owner, alignment);
    return allocate_small(size, owner);
}

void *heap_allocate(size_t size, owner_t owner)
{
    struct heap_page *page;
    uint32_t interrupts;

    if (size > quick_max)
        return allocate_rare(size, owner, GRAIN);
    interrupts = interrupts_off();
    page = with_room[class_of[(size + HEAD + GRAIN - 1) / GRAIN]];
    if (page != NULL && owner_charge_at_once(owner, page->size))
        return take_piece(page, owner, interrupts);
    interrupts_restore(interrupts);
    return allocate_rare(size, owner, GRAIN);
}

void *heap_allocate_aligned(size_t size, owner_t owner, size_t alignment)
{
    return allocate_rare(size, owner, alignment);
}

/* A broken kernel panics; a domain that did it faults here, and its caller sees the sentence. */
static void misuse(const char *what, const void *address, owner_t by)
{
    if (by == OWNER_KERNEL)
        panic("the kernel frees 0x%08x, %s", (unsigned)(uintptr_t)address, what);
    fprintf(stderr, "%s frees 0x%08x, %s\n", owners[by].name, (unsigned)(uintptr_t)address, what);
    __builtin_trap();
}

/* Only code and data are looked at, since reading a device may change it. */
static bool in_memory(const void *address)
{
    return ((uintptr_t)address & ~(uintptr_t)(DATA_VIEW + DATA_VIEW_SIZE - 1)) == 0;
}

static bool is_run(const struct heap_page *page)
{
    return page->magic == ((uintptr_t)page ^ RUN);
}

static bool is_small(const struct heap_page *page)
{
    return page->magic == ((uintptr_t)page ^ SMALL);
}

static bool is_heap(const void *address)
{
    const struct heap_page *page = page_of((const char *)address - HEAD);

    return page_holder(page) == OWNER_HEAP && (is_small(page) || is_run(page)) &&
           (uintptr_t)address % GRAIN == 0;
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

/* A small piece in use that by may free. */
static bool is_proper(const struct piece *piece, owner_t by)
{
    return in_memory(piece) && is_small(page_of(piece)) &&
           piece->check == ((uintptr_t)piece ^ IN_USE) &&
           (piece->owner == by || by == OWNER_KERNEL);
}

/* It is filled while it is still somebody's, and looked at again: another strand may have freed it meanwhile. */
static void __attribute__((noinline)) free_rare(void *address, owner_t by)
{
    struct piece *piece;
    struct heap_page *page;
    size_t n;
    vaddr_t busy;

    if (address == NULL)
        return;
    page = page_of(check_piece(address, by));
    n = page->n_pages;
    if (heap_fills)
        fill(address, n * PAGE_SIZE - page->offset);
    busy = busy_begin();
    piece = check_piece(address, by);
    piece->check = (uintptr_t)piece ^ FREE;
    owner_discharge((owner_t)piece->owner, n * PAGE_SIZE);
    if (heap_fills)
        fill(page, (size_t)((char *)address - (char *)page));
    page_give_filled(page, n);
    busy_end(busy);
}

/* A page that was full has room again; one that is empty goes, unless it is the last with room. */
static void __attribute__((noinline))
relink(struct heap_page *page, bool was_full, uint32_t interrupts)
{
    vaddr_t busy = busy_begin();

    if (was_full)
        link_page(page);
    interrupts_restore(interrupts);
    if (page->n_used == 0 && (page->next != NULL || page->previous != NULL))
        give_page(page);
    busy_end(busy);
}

static inline void free_piece(void *address, owner_t by)
{
    struct piece *piece = (struct piece *)((char *)address - HEAD);
    struct heap_page *page = page_of(piece);
    uint32_t interrupts = interrupts_off();
    struct piece *next;

    if (!is_proper(piece, by)) {
        interrupts_restore(interrupts);
        free_rare(address, by);
        return;
    }
    piece->check = (uintptr_t)piece ^ FREE;
    owner_discharge((owner_t)piece->owner, page->size);
    next = piece->next = page->free;
    page->free = piece;
    if (--page->n_used == 0 || next == NULL)
        relink(page, next == NULL, interrupts);
    else
        interrupts_restore(interrupts);
}

/* Filled while it is still somebody's, so that no time without interrupts is spent on that. */
static void __attribute__((noinline)) fill_and_free(void *address, owner_t by)
{
    struct piece *piece = (struct piece *)((char *)address - HEAD);

    if (is_proper(piece, by))
        fill(address, page_of(piece)->size - HEAD);
    free_piece(address, by);
}

void heap_free(void *address, owner_t by)
{
    if (heap_fills)
        fill_and_free(address, by);
    else
        free_piece(address, by);
}

size_t heap_size(void *address, owner_t by)
{
    const struct heap_page *page = page_of(check_piece(address, by));

    return is_run(page) ? page->n_pages * PAGE_SIZE - page->offset : page->size - HEAD;
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
        if (is_run(page))
            release_run(page, owner);
        else
            release_pieces(page, owner);
        next = page_next_held(page, OWNER_HEAP);
    }
}
