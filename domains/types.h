/*
 * Types and symbols brought together: which entry of the type section belongs to an
 * export or an import, and whether an import fits the definition it is bound to.
 *
 * A type is kept as the position of its entry in the section. gcc does not say
 * which entries are definitions, and objects joined by ld -r may have several of one
 * name; then the position is of the first and a flag sends the check to all of them.
 */
#ifndef DOMAINS_TYPES_H
#define DOMAINS_TYPES_H

#include <stdbool.h>
#include <whorl/status.h>

#include "domains/btf.h"
#include "domains/domain.h"
#include "domains/symbols.h"

#define TYPE_POSITION 0x3fffffffu
#define TYPE_SEVERAL 0x40000000u /* there are more entries of that name, and all must fit */
#define TYPE_ANY 0x80000000u     /* some of them may be static ones: one must fit */

/* Whether a section is one of types. */
static inline bool types_in_section(const struct elf_section *section)
{
    return (section->flags & SHF_ALLOC) == 0 && section->type == SHT_PROGBITS &&
           elf_is_named(section, ".BTF");
}

/*
 * Copies the type sections of the objects, size bytes in all, reads them and gives
 * the image's imports their types. Objects without any leave it untyped.
 * ERR_BAD_OBJECT, ERR_UNSUPPORTED, ERR_NO_MEMORY; then nothing is kept.
 */
status_t types_open(struct image *image, const struct elf_object objects[], size_t n, size_t size);

/* Gives the image's exports their types, if that was not done: nobody may ever ask. */
void types_of_exports(struct image *image);

void types_close(struct image *image);

/*
 * What has been read of the types takes memory: rest gives it back, wake reads them again. Between
 * the two image->btf is NULL. ERR_NO_MEMORY.
 */
void types_rest(struct image *image);
status_t types_wake(struct image *image);

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
