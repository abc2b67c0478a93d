/*
 * Whether an import fits the definition it is bound to, both as the compiler described
 * them; and types as C has them.
 */
#ifndef DOMAINS_TYPES_H
#define DOMAINS_TYPES_H

#include <stdbool.h>
#include <whorl/status.h>

#include "domains/domain.h"

/*
 * Gives a type to what a domain of the kernel exports, where it has none yet. An entry whose name is
 * `prefix` and that of an export is of that export, and goes before others.
 */
void types_name(const struct btf *btf, const struct domain *domain, const char *prefix);

/* Both sides of a binding to be checked. */
struct types_binding {
    const struct import *import;
    const struct btf *btf; /* of the importing image, NULL: untyped */
    const struct symbol *symbol;
    const struct btf *definer_btf; /* NULL: untyped */
    const char *definer;           /* called so in sentences */
    bool lenient;                  /* what has no type may be bound */
};

/*
 * ERR_TYPE: they do not fit, or one has no type and must have one; the sentence has
 * both as C. ERR_NO_MEMORY.
 */
status_t types_check(const struct types_binding *binding);

/* The type of a symbol as C, "" if it is not known. */
void types_print(const struct btf *btf, uint32_t type, char *text, size_t size);

#endif
