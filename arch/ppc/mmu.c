/* The hashed page table; see mmu.h for the scheme. */
#include "arch/ppc/mmu.h"

#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"

#define GROUP_ENTRIES 8
#define GROUP_SIZE 64
#define SEGMENT_ID(address) (((address) >> 28) * 0x111)
#define PAGE_INDEX(address) ((address) >> PAGE_SHIFT & 0xffff)
#define SECONDARY 0x40

struct pte {
    uint32_t high; /* valid, segment id, secondary, upper six bits of the page index */
    uint32_t low;  /* frame, referenced, changed, cache mode, protection */
};

static struct pte *const table = (struct pte *)(DATA_VIEW + PAGE_TABLE_PADDR);
static struct pte *window; /* the entry kept for CODE_WINDOW */
static uint32_t group_mask;

static uint32_t low_word(paddr_t frame, enum mmu_rights rights)
{
    static const uint32_t bits[] = {
        [MMU_READ] = PTE_COHERENT | PTE_PP_READ_ONLY,
        [MMU_READ_WRITE] = PTE_COHERENT | PTE_PP_READ_WRITE,
        [MMU_DEVICE] = PTE_UNCACHED | PTE_GUARDED | PTE_PP_READ_WRITE,
    };

    return frame | bits[rights] | PTE_REFERENCED | PTE_CHANGED;
}

static uint32_t high_word(vaddr_t page)
{
    return PTE_VALID | SEGMENT_ID(page) << 7 | PAGE_INDEX(page) >> 10;
}

static struct pte *group(vaddr_t page, bool secondary)
{
    uint32_t hash = (SEGMENT_ID(page) & 0x7ffff) ^ PAGE_INDEX(page);

    return table + ((secondary ? ~hash : hash) & group_mask) * GROUP_ENTRIES;
}

/* The entry of a group whose high word is wanted, NULL if there is none. */
static struct pte *search(struct pte *entries, uint32_t wanted)
{
    for (unsigned i = 0; i < GROUP_ENTRIES; i++)
        if (entries[i].high == wanted)
            return &entries[i];
    return NULL;
}

static struct pte *free_entry(struct pte *entries)
{
    for (unsigned i = 0; i < GROUP_ENTRIES; i++)
        if ((entries[i].high & PTE_VALID) == 0 && &entries[i] != window)
            return &entries[i];
    return NULL;
}

static struct pte *find(vaddr_t page)
{
    struct pte *entry = search(group(page, false), high_word(page));

    return entry != NULL ? entry : search(group(page, true), high_word(page) | SECONDARY);
}

/* An entry was taken away or changed: no buffer may go on with the old one (PEM 7.6.3). */
static void invalidate(vaddr_t page)
{
    __asm__ volatile("sync\n\ttlbie %0\n\tsync\n\ttlbsync\n\tsync" : : "r"(page) : "memory");
}

/* Low word first: the valid bit publishes the entry (PEM 7.6.3.1). */
static void store(struct pte *entry, uint32_t high, uint32_t low)
{
    entry->low = low;
    __asm__ volatile("eieio" : : : "memory");
    entry->high = high;
    __asm__ volatile("sync" : : : "memory");
}

/* With interrupts off, since whoever comes between may look for a free entry, too. */
static status_t map(vaddr_t page, paddr_t frame, enum mmu_rights rights)
{
    struct pte *entry = free_entry(group(page, false));
    uint32_t high = high_word(page);

    if (entry == NULL) {
        entry = free_entry(group(page, true));
        high |= SECONDARY;
    }
    if (entry == NULL)
        return ERR_NO_MEMORY;
    store(entry, high, low_word(frame, rights));
    return OK;
}

status_t mmu_map(vaddr_t page, paddr_t frame, enum mmu_rights rights)
{
    uint32_t before = interrupts_off();
    status_t status = map(page, frame, rights);

    interrupts_restore(before);
    return status;
}

void mmu_unmap(vaddr_t page)
{
    mmu_unmap_run(page, 1);
}

void mmu_unmap_run(vaddr_t page, size_t n)
{
    uint32_t before = interrupts_off();

    for (; n > 0; n--, page += PAGE_SIZE) {
        struct pte *entry = group(page, false), *last = entry + GROUP_ENTRIES - 1;
        uint32_t high = high_word(page);

        while (entry->high != high && entry != last)
            entry++;
        if (entry->high != high)
            entry = search(group(page, true), high | SECONDARY);
        if (entry != NULL) {
            entry->high = 0;
            invalidate(page);
        }
    }
    interrupts_restore(before);
}

static void protect(struct pte *entry, vaddr_t page, enum mmu_rights rights)
{
    uint32_t high = entry->high;

    entry->high = 0;
    invalidate(page);
    store(entry, high, low_word(entry->low & ~(uint32_t)(PAGE_SIZE - 1), rights));
}

void mmu_protect(vaddr_t page, enum mmu_rights rights)
{
    uint32_t before = interrupts_off();
    struct pte *entry = find(page);

    if (entry != NULL)
        protect(entry, page, rights);
    interrupts_restore(before);
}

void mmu_window_open(paddr_t frame)
{
    store(window, high_word(CODE_WINDOW), low_word(frame, MMU_READ_WRITE));
}

void mmu_window_close(void)
{
    window->high = 0;
    invalidate(CODE_WINDOW);
}

static enum mmu_rights rights_of(const struct pte *entry)
{
    if ((entry->low & PTE_UNCACHED) != 0)
        return MMU_DEVICE;
    return (entry->low & PTE_PP_READ_ONLY) == PTE_PP_READ_ONLY ? MMU_READ : MMU_READ_WRITE;
}

bool mmu_translate(vaddr_t address, paddr_t *paddr, enum mmu_rights *rights)
{
    const struct pte *entry = find(address);

    if (entry == NULL)
        return false;
    if (paddr != NULL)
        *paddr = (entry->low & ~(uint32_t)(PAGE_SIZE - 1)) | (address & (PAGE_SIZE - 1));
    if (rights != NULL)
        *rights = rights_of(entry);
    return true;
}

bool mmu_readable(vaddr_t address, size_t size)
{
    vaddr_t page = address & ~(vaddr_t)(PAGE_SIZE - 1);
    vaddr_t last = address + size - 1;

    if (size == 0)
        return true;
    if (last < address)
        return false;
    for (;; page += PAGE_SIZE) {
        if (!mmu_translate(page, NULL, NULL))
            return false;
        if (last - page < PAGE_SIZE)
            return true;
    }
}

void mmu_use(struct mmu_use *use)
{
    memset(use, 0, sizeof *use);
    use->n_groups = group_mask + 1;
    use->n_entries = use->n_groups * GROUP_ENTRIES;
    for (size_t i = 0; i < use->n_groups; i++) {
        size_t n = 0;

        for (size_t k = 0; k < GROUP_ENTRIES; k++) {
            uint32_t high = table[i * GROUP_ENTRIES + k].high;

            n += (high & PTE_VALID) != 0;
            use->n_secondary += (high & (PTE_VALID | SECONDARY)) == (PTE_VALID | SECONDARY);
        }
        use->n_used += n;
        use->groups_with[n]++;
        if (n > use->fullest_group)
            use->fullest_group = n;
    }
}

/* While the table is being built nothing is in the way, so the first free entry of the group will do. */
static void map_range(vaddr_t page, vaddr_t end, paddr_t frame, enum mmu_rights rights)
{
    for (; page < end; page += PAGE_SIZE, frame += PAGE_SIZE) {
        struct pte *entry = free_entry(group(page, false));

        entry->high = high_word(page);
        entry->low = low_word(frame, rights);
    }
}

static void map_kernel(size_t memory_size)
{
    vaddr_t memory_end = DATA_VIEW + memory_size;

    map_range(PAGE_SIZE, VECTOR_PAGES_END, PAGE_SIZE, MMU_READ);
    map_range(IMAGE(kernel_text_start), IMAGE(kernel_text_end), IMAGE(kernel_text_start), MMU_READ);
    map_range(DATA_VIEW + VECTOR_PAGES_END, DATA_VIEW + IMAGE(kernel_text_start), VECTOR_PAGES_END,
              MMU_READ_WRITE);
    map_range(IMAGE(kernel_rodata_start), IMAGE(kernel_rodata_end),
              IMAGE(kernel_rodata_start) - DATA_VIEW, MMU_READ);
    map_range(IMAGE(kernel_data_start), IMAGE(kernel_data_end),
              IMAGE(kernel_data_start) - DATA_VIEW, MMU_READ_WRITE);
    map_range(IMAGE(kernel_types_start) & ~(vaddr_t)(PAGE_SIZE - 1), IMAGE(kernel_end),
              (IMAGE(kernel_types_start) & ~(vaddr_t)(PAGE_SIZE - 1)) - DATA_VIEW, MMU_READ);
    map_range(IMAGE(kernel_end), memory_end, IMAGE(kernel_end) - DATA_VIEW, MMU_READ_WRITE);
}

/* One entry for each 4 KB frame, with as much again for code, is a quarter of the table (PEM table 7-20). */
static size_t table_size(size_t memory_size)
{
    size_t size = 64 * 1024;

    while (size < memory_size / 128)
        size *= 2;
    return size;
}

void mmu_initialize(size_t memory_size)
{
    size_t size = table_size(memory_size);
    uint32_t segments[16];

    memset(table, 0, size);
    group_mask = size / GROUP_SIZE - 1;
    window = group(CODE_WINDOW, false);
    map_kernel(memory_size);
    segments[0] = SEGMENT_ID(0);
    for (uint32_t i = 1; i < 16; i++)
        segments[i] = SEGMENT_ID(i << 28) | SR_NO_EXECUTE;
    mmu_enable(PAGE_TABLE_PADDR | (size / (64 * 1024) - 1), segments);
}
