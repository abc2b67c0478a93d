/*
 * Probes of machine code that is sent as an object, for `whorl patch`: the object is loaded as a domain, and its text is executed at
 * a site, or at all ways out of a procedure, as long as the domain is there. See patch_insert_code of <whorl/patch.h>.
 *
 * What is executed begins at the global symbol `patch`, or if there is none where the text begins, and ends where the
 * text does; control leaves it there. The rest of the domain, data and what stands before `patch`, is
 * at its service. What it imports is looked for under every name that everyone may have, too.
 *
 * Main line only.
 */
#ifndef KERNEL_PROBE_CODE_H
#define KERNEL_PROBE_CODE_H

#include <whorl/patch.h>

#include "domains/loader.h"

struct probe;

struct code_wish {
    struct domain_terms terms;
    const char *site;             /* as it is written at the prompt */
    const char *near;             /* a place, the same; NULL: the site */
    struct patch_options options; /* but for `near` */
};

/*
 * Or nothing is left. Errors of site_list, loader_load and patch_insert_code; ERR_BAD_ARGUMENT: `patch` is no place in
 * the object's text.
 */
status_t code_make(const struct code_wish *wish, const struct loader_object *object,
                   struct probe **probe);

#endif
