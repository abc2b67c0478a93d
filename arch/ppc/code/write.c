/* See write.h. */
#include "arch/ppc/code/write.h"

#include <stdint.h>

#include "arch/ppc/cache.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"

static struct code_watch watch;

void code_watch(const struct code_watch *what)
{
    watch = *what;
}

static void compare(void)
{
    const volatile uint32_t *code = (const volatile uint32_t *)watch.code;
    bool changed = false;

    for (size_t i = 0; i < watch.n; i++)
        changed |= code[i] != watch.original[i];
    *watch.changed = changed;
}

/* The words of one page. */
static bool write_page(vaddr_t address, const uint32_t words[], size_t n)
{
    volatile uint32_t *window = (volatile uint32_t *)(CODE_WINDOW + address % PAGE_SIZE);
    uint32_t before;
    paddr_t paddr;

    if (!mmu_translate(address, &paddr, NULL))
        return false;
    before = interrupts_off();
    mmu_window_open(paddr & ~(paddr_t)(PAGE_SIZE - 1));
    for (size_t i = 0; i < n; i++)
        window[i] = words[i];
    cache_publish_alias((const void *)window, (const void *)address, n * sizeof *words);
    mmu_window_close();
    if (address - watch.code < watch.n * sizeof *words || watch.code - address < n * sizeof *words)
        compare();
    interrupts_restore(before);
    return true;
}

static size_t left_in_page(vaddr_t address)
{
    return (PAGE_SIZE - address % PAGE_SIZE) / sizeof(uint32_t);
}

static bool is_code(vaddr_t address, size_t n)
{
    return address % 4 == 0 && address < DATA_VIEW && n <= (DATA_VIEW - address) / sizeof(uint32_t);
}

bool code_write(vaddr_t address, const uint32_t words[], size_t n)
{
    if (!is_code(address, n))
        return false;
    if (n <= left_in_page(address))
        return write_page(address, words, n);
    if (!mmu_readable(address, n * sizeof *words))
        return false;
    for (size_t some; n > 0; n -= some) {
        some = n < left_in_page(address) ? n : left_in_page(address);
        (void)write_page(address, words, some);
        address += some * sizeof *words;
        words += some;
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
