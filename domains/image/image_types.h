/*
 * Types and symbols of an image brought together: which entry of the type section
 * belongs to an export or an import.
 *
 * A type is kept as the position of its entry in the section. gcc does not say
 * which entries are definitions, and objects joined by ld -r may have several of one
 * name; then the position is of the first and a flag sends a check to all of them.
 */
#ifndef DOMAINS_IMAGE_IMAGE_TYPES_H
#define DOMAINS_IMAGE_IMAGE_TYPES_H

#include <stdbool.h>
#include <whorl/status.h>

#include "domains/image/image.h"
#include "domains/object/elf.h"

#define TYPE_POSITION 0x3fffffffu
#define TYPE_SEVERAL 0x40000000u /* there are more entries of that name, and all must fit */
#define TYPE_ANY 0x80000000u     /* some of them may be static ones: one must fit */

/* Whether a section is one of types. */
static inline bool image_types_in_section(const struct elf_section *section)
{
    return (section->flags & SHF_ALLOC) == 0 && section->type == SHT_PROGBITS &&
           elf_is_named(section, ".BTF");
}

/*
 * Copies the type sections of the objects, size bytes in all, reads them and gives
 * the image's imports their types. Objects without any leave it untyped.
 * ERR_BAD_OBJECT, ERR_UNSUPPORTED, ERR_NO_MEMORY; then nothing is kept.
 */
status_t image_types_open(struct image *image, const struct elf_object objects[], size_t n,
                          size_t size);

/* Gives the image's exports their types, if that was not done: nobody may ever ask. */
void image_types_of_exports(struct image *image);

void image_types_close(struct image *image);

/*
 * What has been read of the types takes memory: rest gives it back, wake reads them again. Between
 * the two image->btf is NULL. ERR_NO_MEMORY.
 */
void image_types_rest(struct image *image);
status_t image_types_wake(struct image *image);

#endif
