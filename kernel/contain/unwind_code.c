/* See unwind_code.h. */
#include "kernel/contain/unwind_code.h"

#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "domains/domain.h"
#include "kernel/event/code_source.h"
#include "kernel/event/event.h"
#include "kernel/event/routine.h"
#include "kernel/patch/patch.h"

/* ---- programs ---- */

static bool is_kernel_text(vaddr_t address)
{
    return address - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start);
}

static bool is_of_program(vaddr_t address)
{
    return is_kernel_text(address) ||
           (address >= DOMAIN_CODE_BASE && code_source_domain(address) != NULL);
}

/* Text that is taken away from a domain may still be read elsewhere for some time, or not at all. */
static bool is_readable(vaddr_t address, size_t size)
{
    const struct domain *domain = is_kernel_text(address) ? NULL : code_source_domain(address);
    vaddr_t at = domain == NULL || domain->image.sealed
                     ? address
                     : (vaddr_t)image_bytes(&domain->image, address);

    return is_kernel_text(address) || mmu_readable(at, size);
}

static bool program_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    return is_readable(address, 4 * n) && code_source_plain()->words(context, address, words, n);
}

static bool program_constant(void *context, vaddr_t address, uint32_t *word)
{
    return is_readable(address, 4) && code_source_plain()->constant(context, address, word);
}

/* ---- generated code ---- */

static bool is_inside(const struct unwind_code *code, vaddr_t address)
{
    return address - code->start < code->end - code->start;
}

static bool generated_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct unwind_code *code = context;

    if (!is_inside(code, address))
        return program_words(NULL, address, words, n);
    if (address % 4 != 0 || n > (code->end - address) / 4)
        return false;
    memcpy(words, (const void *)address, 4 * n);
    code_words_original(address, words, n);
    return true;
}

static bool generated_constant(void *context, vaddr_t address, uint32_t *word)
{
    return is_inside(context, address) ? generated_words(context, address, word, 1)
                                       : program_constant(NULL, address, word);
}

static bool generated_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct unwind_code *code = context;

    if (!is_inside(code, address))
        return code_source_plain()->procedure(NULL, address, procedure);
    *procedure = (struct procedure){.start = code->start, .end = code->end, .whole = code->start};
    return true;
}

static void set_generated(struct unwind_code *code, vaddr_t start, size_t size, vaddr_t site)
{
    *code = (struct unwind_code){.source = {.context = code,
                                            .words = generated_words,
                                            .constant = generated_constant,
                                            .procedure = generated_procedure},
                                 .generated = true,
                                 .start = start,
                                 .end = start + (vaddr_t)size,
                                 .site = site};
}

static bool find_event_code(vaddr_t address, struct unwind_code *code)
{
    struct event_code found;
    vaddr_t start;
    size_t size;

    if (!event_code_at(address, &found))
        return false;
    if (found.routine == NULL && !found.body)
        return false;
    start = found.start;
    size = found.body_size;
    if (found.routine != NULL)
        routine_range(found.routine, &start, &size);
    set_generated(code, start, size, 0);
    return is_inside(code, address);
}

/* ---- any ---- */

bool unwind_code_find(vaddr_t address, struct unwind_code *code)
{
    struct patch_place place;

    if (address % 4 != 0 || address >= DATA_VIEW)
        return false;
    if (is_of_program(address)) {
        *code = (struct unwind_code){.source = *code_source_plain()};
        code->source.words = program_words;
        code->source.constant = program_constant;
        return true;
    }
    if (patch_code_at(address, &place)) {
        set_generated(code, place.body, place.size, place.site);
        return true;
    }
    return find_event_code(address, code);
}

bool unwind_code_word(vaddr_t address, uint32_t *word)
{
    struct unwind_code code;

    return unwind_code_find(address, &code) &&
           code.source.words(code.source.context, address, word, 1);
}

uint32_t unwind_code_pointers(void *context, vaddr_t start, vaddr_t end)
{
    (void)context;
    (void)start;
    (void)end;
    return 0;
}
