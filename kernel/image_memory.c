/* Memory of domain images, as domains/host.h wants it. */
#include <stdbool.h>
#include <string.h>
#include <whorl/memory.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "domains/host.h"
#include "kernel/image_memory.h"
#include "kernel/pagemap.h"

#define N_CODE_PAGES ((DOMAIN_CODE_END - DOMAIN_CODE_BASE) / PAGE_SIZE)

static uint32_t bits[N_CODE_PAGES / 32];
static struct pagemap code;

void image_memory_initialize(void)
{
    pagemap_init(&code, bits, N_CODE_PAGES);
    (void)pagemap_give(&code, 0, N_CODE_PAGES);
}

static size_t pages(size_t size)
{
    return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

static size_t data_pages(const struct image_memory *memory)
{
    return pages(memory->rodata.size) + pages(memory->data.size);
}

static void place(struct segment *segment, vaddr_t address, void *bytes)
{
    segment->address = address;
    segment->bytes = bytes;
}

/* rodata and data are one run of pages, used where they are written. */
static status_t allocate_data(struct image_memory *memory)
{
    char *run = NULL;
    void *allocated;
    status_t status;

    if (data_pages(memory) != 0) {
        status = page_allocate(data_pages(memory), &allocated);
        if (status != OK)
            return status;
        run = allocated;
    }
    place(&memory->rodata, (vaddr_t)run, run);
    run += pages(memory->rodata.size) * PAGE_SIZE;
    place(&memory->data, (vaddr_t)run, run);
    memset(run, 0, memory->data.size);
    return OK;
}

static status_t allocate_text(struct image_memory *memory)
{
    size_t n = pages(memory->text.size), first;
    void *run;
    status_t status;

    place(&memory->text, 0, NULL);
    if (n == 0)
        return OK;
    first = pagemap_take(&code, n);
    if (first == SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "no %u pages of code addresses", (unsigned)n);
    status = page_allocate(n, &run);
    if (status != OK) {
        (void)pagemap_give(&code, first, n);
        return status;
    }
    place(&memory->text, DOMAIN_CODE_BASE + first * PAGE_SIZE, run);
    return OK;
}

static void release_pages(void *run, size_t n)
{
    status_t status = n == 0 ? OK : page_free(run, n);

    (void)status;
}

static void release_text(struct image_memory *memory)
{
    size_t n = pages(memory->text.size);

    if (n == 0)
        return;
    release_pages(memory->text.bytes, n);
    (void)pagemap_give(&code, (memory->text.address - DOMAIN_CODE_BASE) / PAGE_SIZE, n);
}

status_t image_allocate(struct image_memory *memory)
{
    status_t status = allocate_text(memory);

    if (status != OK)
        return status;
    status = allocate_data(memory);
    if (status != OK)
        release_text(memory);
    return status;
}

static void protect(const struct segment *segment, enum mmu_rights rights)
{
    for (size_t i = 0; i < pages(segment->size); i++)
        mmu_protect(segment->address + i * PAGE_SIZE, rights);
}

status_t image_seal(struct image_memory *memory)
{
    status_t status = code_seal(memory->text.address, (vaddr_t)memory->text.bytes,
                                pages(memory->text.size), memory->text.size);

    if (status == OK)
        protect(&memory->rodata, MMU_READ);
    return status;
}

void image_unseal(struct image_memory *memory)
{
    code_unseal(memory->text.address, (vaddr_t)memory->text.bytes, pages(memory->text.size));
    protect(&memory->rodata, MMU_READ_WRITE);
}

void image_release(struct image_memory *memory, bool sealed)
{
    if (sealed)
        image_unseal(memory);
    release_text(memory);
    release_pages(memory->rodata.size != 0 ? memory->rodata.bytes : memory->data.bytes,
                  data_pages(memory));
}
