/* Whether code that is brought along may be executed: nothing yet. */
#include "arch/ppc/code/patch/patch_check.h"
status_t patch_check(const uint32_t words[], size_t n, const struct patch_check_terms *terms,
                     struct register_set *clobbers)
{
    (void)words, (void)n, (void)terms;
    *clobbers = REGISTERS_ALL;
    return ERR_FAILED;
}
