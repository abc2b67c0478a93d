/*
 * What cannot be spliced. While words of code are being changed, what does that must not come to a procedure
 * some of whose words have been changed and some not: whatever splice_commit may run is found by following
 * its calls. And a branch to generated code leads nowhere while translation is off.
 *
 * Calls that are not followed: what makes patches anew or takes them away has been done before, see splice.c.
 */
#include "arch/ppc/image.h"
#include "kernel/event/code_source.h"
#include "kernel/event/follow.h"
#include "kernel/event/splice_internal.h"
#include "kernel/patch/patch.h"

/* What the step does not come to. */
static bool is_done_before(vaddr_t start)
{
    return start == (vaddr_t)code_word_remake || start == (vaddr_t)code_word_store_shut ||
           start == (vaddr_t)patch_forget_code;
}

static struct followed fixed = {.ends = is_done_before};

status_t splice_check(vaddr_t procedure)
{
    char name[80];

    if (fixed.n == 0)
        (void)code_follow((vaddr_t)splice_commit, &fixed);
    code_source_name(procedure, name, sizeof name);
    if (procedure - IMAGE(kernel_text_start) <
        IMAGE(kernel_real_mode_end) - IMAGE(kernel_text_start))
        return status_refuse(ERR_UNSUPPORTED,
                             "calls of %s cannot be led elsewhere: it runs untranslated", name);
    if (fixed.n > FOLLOWED_MAX || code_is_followed(&fixed, procedure))
        return status_refuse(ERR_UNSUPPORTED,
                             "calls of %s cannot be led elsewhere: what does that may run it",
                             name);
    return OK;
}
