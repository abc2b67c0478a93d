/*
 * Procedures and variables of an image by the address at which they start, with their types, static ones
 * included. What finds them is made when somebody asks, and may be closed at any time; the types found stay
 * with the symbols.
 */
#ifndef DOMAINS_IMAGE_IMAGE_ENTRY_H
#define DOMAINS_IMAGE_IMAGE_ENTRY_H

#include <stdbool.h>
#include <whorl/status.h>

#include "domains/image/image.h"

/*
 * The symbol of a procedure, or of a variable, that starts at an address: if there are several, one whose
 * name is not a compiler's own (clones have a dot in theirs), and that has a type. *symbol is NULL if there is
 * none. Afterwards types of static symbols are known like those of exported ones. The image's types must be
 * awake, if it has any. ERR_NO_MEMORY.
 */
status_t image_entry_at(struct image *image, vaddr_t address, bool procedure,
                        const struct symbol **symbol);

/*
 * The type of a symbol. ERR_NOT_FOUND: none of that kind is known; ERR_TYPE: several entries have its name and
 * not one type; ERR_NO_MEMORY. No sentence is left.
 */
status_t image_entry_type(struct image *image, const struct symbol *symbol, bool procedure,
                          struct btf_type *type);

void image_entries_close(struct image *image);

#endif
