/*
 * Floating-point registers. Most code has no instruction of them, and keeps to the ABI towards who has: what it is called with in volatile ones
 * is not looked at any more. Found by looking at every word of a program's text, once.
 */
#include "arch/ppc/code/effects.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "kernel/patch/patch_private.h"

static const struct domain *known; /* that was looked at last; NULL: none */
static bool known_to_use;

static bool uses(const struct segment *text)
{
    const uint32_t *words = (const uint32_t *)text->address;

    for (size_t i = 0; i < text->size / sizeof *words; i++)
        if ((opcode_rows[code_opcode(words[i])].traits & (TRAIT_FLOATING | TRAIT_ALTIVEC)) != 0)
            return true;
    return false;
}

/* The kernel is compiled for none. */
static bool may_use(vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;

    if (address - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start))
        return false;
    if (!domain_at(address, &domain, &symbol))
        return true;
    if (domain != known) {
        known = domain;
        known_to_use = uses(&domain->image.memory.text);
    }
    return known_to_use;
}

void floating_forget(void)
{
    known = NULL;
}

void floating_mask(vaddr_t address, struct register_set *live)
{
    if (may_use(address))
        return;
    live->floating = live->vector = 0;
    live->special &= ~(uint32_t)(SPECIAL_FPSCR | SPECIAL_VSCR | SPECIAL_VRSAVE);
}
