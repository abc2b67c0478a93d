/*
 * What cannot be spliced. While words of code are being changed, what does that must not come to a procedure
 * some of whose words have been changed and some not: whatever splice_commit may run is found by following
 * its calls, so that nothing has to be listed. Calls are followed further than they may go: any branch out of a procedure
 * counts. And a branch to generated code leads nowhere while translation is off.
 *
 * Calls that are not followed: what makes patches anew or takes them away has been done before, see splice.c.
 */
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/image.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice_internal.h"
#include "kernel/patch/patch.h"

#define FIXED_MAX 256

static vaddr_t fixed[FIXED_MAX]; /* starts of procedures */
static size_t n_fixed;

/* What the step does not come to. */
static bool is_done_before(vaddr_t start)
{
    return start == (vaddr_t)code_word_remake || start == (vaddr_t)patch_forget_code;
}

static bool is_fixed(vaddr_t start)
{
    for (size_t i = 0; i < n_fixed && i < FIXED_MAX; i++)
        if (fixed[i] == start)
            return true;
    return false;
}

static void add(vaddr_t address)
{
    const struct code_source *source = code_source();
    struct procedure procedure;

    if (is_done_before(address) || is_fixed(address) ||
        !source->procedure(source->context, address, &procedure) || is_fixed(procedure.start))
        return;
    if (n_fixed < FIXED_MAX)
        fixed[n_fixed] = procedure.start;
    n_fixed++; /* more than there is room for: nothing is certain, see splice_check */
}

static void follow(vaddr_t start)
{
    const struct code_source *source = code_source();
    struct procedure procedure;
    vaddr_t target;

    if (!source->procedure(source->context, start, &procedure))
        return;
    for (vaddr_t at = start; at < procedure.end; at += 4) {
        uint32_t word = code_word_get(at); /* which no splice changes */

        if ((code_target_of_b(word, at, &target) || code_target_of_bc(word, at, &target)) &&
            (target < start || target >= procedure.end))
            add(target);
    }
}

static void find_fixed(void)
{
    add((vaddr_t)splice_commit);
    for (size_t i = 0; i < n_fixed && n_fixed <= FIXED_MAX; i++)
        follow(fixed[i]);
}

status_t splice_check(vaddr_t procedure)
{
    char name[80];

    if (n_fixed == 0)
        find_fixed();
    code_source_name(procedure, name, sizeof name);
    if (procedure - IMAGE(kernel_text_start) <
        IMAGE(kernel_real_mode_end) - IMAGE(kernel_text_start))
        return status_refuse(ERR_UNSUPPORTED,
                             "calls of %s cannot be led elsewhere: it runs untranslated", name);
    if (n_fixed > FIXED_MAX || is_fixed(procedure))
        return status_refuse(ERR_UNSUPPORTED,
                             "calls of %s cannot be led elsewhere: what does that may run it",
                             name);
    return OK;
}
