/* See write.h. */
#include "arch/ppc/code/write.h"

#include <stdint.h>

#include "arch/ppc/cache.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"

static bool is_code(vaddr_t address, size_t n)
{
    size_t size = n * sizeof(uint32_t);

    return address % 4 == 0 && n <= DATA_VIEW / 4 && address < DATA_VIEW &&
           size <= DATA_VIEW - address && mmu_readable(address, size);
}

/* The words of one page. The window has one page table entry, which its group always has room for. */
static void write_page(vaddr_t address, const uint32_t words[], size_t n)
{
    volatile uint32_t *window = (volatile uint32_t *)(CODE_WINDOW + address % PAGE_SIZE);
    uint32_t before = interrupts_off();
    paddr_t frame;

    (void)mmu_translate(address & ~(vaddr_t)(PAGE_SIZE - 1), &frame, NULL);
    (void)mmu_map(CODE_WINDOW, frame, MMU_READ_WRITE);
    for (size_t i = 0; i < n; i++)
        window[i] = words[i];
    cache_publish_alias((const void *)window, (const void *)address, n * sizeof *words);
    mmu_unmap(CODE_WINDOW);
    interrupts_restore(before);
}

bool code_write(vaddr_t address, const uint32_t words[], size_t n)
{
    if (!is_code(address, n))
        return false;
    while (n > 0) {
        size_t in_page = (PAGE_SIZE - address % PAGE_SIZE) / sizeof *words;
        size_t some = n < in_page ? n : in_page;

        write_page(address, words, some);
        address += some * sizeof *words;
        words += some;
        n -= some;
    }
    return true;
}

status_t code_seal(vaddr_t code, vaddr_t data, size_t n_pages, size_t used)
{
    size_t done;

    for (done = 0; done < n_pages; done++) {
        status_t status =
            mmu_map(code + done * PAGE_SIZE, data - DATA_VIEW + done * PAGE_SIZE, MMU_READ);

        if (status != OK) {
            while (done-- > 0)
                mmu_unmap(code + done * PAGE_SIZE);
            return status;
        }
    }
    cache_publish_code((const void *)data, used);
    for (size_t i = 0; i < n_pages; i++)
        mmu_unmap(data + i * PAGE_SIZE);
    return OK;
}

void code_unseal(vaddr_t code, vaddr_t data, size_t n_pages)
{
    for (size_t i = 0; i < n_pages; i++) {
        mmu_unmap(code + i * PAGE_SIZE);
        (void)mmu_map(data + i * PAGE_SIZE, data - DATA_VIEW + i * PAGE_SIZE, MMU_READ_WRITE);
    }
}
