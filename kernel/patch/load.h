/*
 * Code patches that are sent as objects, for `whorl patch`: an object is loaded as a domain, and its text is executed at a
 * site as long as the domain is there. See patch_insert_code of <whorl/patch.h>.
 *
 * What is executed begins at the global symbol `patch`, or if there is none where the text begins, and ends where the
 * text does; control leaves it there. The rest of the domain, data and what stands before `patch`, is
 * at its service. What it imports is looked for under every name that everyone may have, too.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_LOAD_H
#define KERNEL_PATCH_LOAD_H

#include <whorl/patch.h>

#include "domains/loader.h"

struct patch_load_wish {
    struct domain_terms terms;
    const char *site;             /* as it is written at the prompt */
    const char *near;             /* the same; NULL: the site */
    struct patch_options options; /* but for `near` */
};

/* Or nothing is left. Errors as loader_load and patch_insert_code; ERR_BAD_ARGUMENT: `patch` is no place in its text. */
status_t patch_load(const struct patch_load_wish *wish, const struct loader_object *object);

#endif
