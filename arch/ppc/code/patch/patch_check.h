/*
 * Whether machine code that somebody brings along may be executed at a site: see patch_insert_code of <whorl/patch.h>.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_PATCH_PATCH_CHECK_H
#define ARCH_PPC_CODE_PATCH_PATCH_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/code/register_set.h"

struct patch_check_terms {
    uint32_t origin; /* where the words mean what they mean */
    bool privileged; /* may be privileged instructions */
    bool is_code;    /* they stand in code: branches may leave them */
    bool changes;    /* see struct patch_options */
    /* Whether a branch may go to an address that is not one of the words; NULL: to none. */
    bool (*leads)(void *context, uint32_t target);
    void *context;
};

/*
 * ERR_FAILED with a sentence that names the word and its offset: "word 3, mtmsr r0, is privileged"; ERR_NO_MEMORY. *clobbers receives what
 * it may write, calls included. A path of control must end behind the last word, or leave by a branch that is no call.
 */
status_t patch_check(const uint32_t words[], size_t n, const struct patch_check_terms *terms,
                     struct register_set *clobbers);

#endif
