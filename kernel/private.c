/*
 * Private interfaces that are too small for files of their own: SPL and raw memory.
 * SpinPrivate also has those that other files define with PRIVATE_INTERFACE.
 */
#include <string.h>
#include <whorl/raw_memory.h>
#include <whorl/spl.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/interface.h"
#include "kernel/patch/patch.h"

/* ---- SPL ---- */

spl_t spl_high(void)
{
    return interrupts_off();
}

void spl_restore(spl_t before)
{
    interrupts_restore(before);
}

PRIVATE_INTERFACE(SPL, spl_high, spl_restore);

/* ---- raw memory ---- */

static status_t out_of_range(vaddr_t address, size_t size, const char *what)
{
    return status_refuse(ERR_RANGE, "%u bytes at 0x%08x are not all %s", (unsigned)size,
                         (unsigned)address, what);
}

static bool is_mapped(vaddr_t address, size_t size)
{
    return address + size >= address && mmu_readable(address, size);
}

status_t raw_memory_read(const void *address, void *bytes, size_t size)
{
    if (!is_mapped((vaddr_t)address, size))
        return out_of_range((vaddr_t)address, size, "mapped");
    memmove(bytes, address, size);
    return OK;
}

static bool is_writable(vaddr_t address, size_t size)
{
    enum mmu_rights rights;

    for (vaddr_t page = address & ~(PAGE_SIZE - 1u); page < address + size; page += PAGE_SIZE)
        if (!mmu_translate(page, NULL, &rights) || rights == MMU_READ)
            return false;
    return true;
}

/* What is patched executes what is written, or if that cannot be, is not patched any more. */
static bool write_words(vaddr_t address, const uint32_t words[], size_t n)
{
    if (!patch_is_on(address, n * sizeof *words))
        return code_write(address, words, n);
    for (size_t i = 0; i < n; i++, address += sizeof *words) {
        if (code_word_put(address, words[i]))
            continue;
        patch_forget_code(address, sizeof *words);
        if (!code_word_put(address, words[i]))
            return false;
    }
    return true;
}

static status_t write_code(vaddr_t address, const void *bytes, size_t size)
{
    BUSY;
    struct domain *domain;
    const struct symbol *symbol;

    if (address % 4 != 0 || size % 4 != 0 || (vaddr_t)bytes % 4 != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "code is written in whole words");
    if (!write_words(address, bytes, size / 4))
        return out_of_range(address, size, "code");
    if (!domain_at(address, &domain, &symbol))
        domain = NULL;
    event_code_changed(domain);
    patch_code_changed(domain);
    return OK;
}

status_t raw_memory_write(void *address, const void *bytes, size_t size)
{
    if (!is_mapped((vaddr_t)address, size))
        return out_of_range((vaddr_t)address, size, "mapped");
    if (vaddr_is_code((vaddr_t)address))
        return write_code((vaddr_t)address, bytes, size);
    if (!is_writable((vaddr_t)address, size))
        return out_of_range((vaddr_t)address, size, "writable");
    memmove(address, bytes, size);
    return OK;
}

PRIVATE_INTERFACE(RawMemory, raw_memory_read, raw_memory_write);
