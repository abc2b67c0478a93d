/*
 * From a checked object file to an image: sections laid out in segments, copied,
 * relocated as far as the object defines its own symbols; the rest recorded as
 * imports with their relocations.
 *
 * Segments: text is everything executable, followed by a veneer for each import; rodata is what is neither executable nor writable; data is
 * initialized data, bss, common symbols and the offset table.
 */
#ifndef DOMAINS_IMAGE_H
#define DOMAINS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/domain.h>

#include "domains/elf.h"
#include "domains/host.h"
#include "domains/symbols.h"

/* One place that depends on an import. */
struct fixup {
    vaddr_t place;
    int32_t addend;
    uint8_t type; /* relocation type */
};

struct import {
    const char *name;
    uint32_t hash;
    domain_t *source; /* NULL while unbound */
    vaddr_t value;
    vaddr_t veneer; /* room for one in text */
    uint32_t first_fixup, n_fixups;
    bool weak;
};

struct array {
    vaddr_t address;
    uint32_t count; /* of pointers */
};

struct image {
    struct image_memory memory;
    struct symbol_table symbols;
    struct import *imports;
    size_t n_imports;
    struct fixup *fixups;
    size_t n_fixups;
    struct array constructors[3]; /* .preinit_array, .init_array, .ctors (last first) */
    struct array destructors[2];  /* .fini_array, .dtors */
    const char *name;             /* of DOMAIN, NULL if there is none */
    const char *required;         /* names of IMPORT_DOMAIN, each with its zero */
    size_t required_size;
    void *tables; /* the memory of all the above */
};

/* ERR_BAD_OBJECT, ERR_UNSUPPORTED, ERR_RANGE, ERR_NO_MEMORY; then nothing is kept. */
status_t image_create(const struct elf_object *object, struct image *image);

void image_destroy(struct image *image, bool sealed);

/* Stores the import's value at every place that wants it. ERR_RANGE names the place. */
status_t image_bind(struct image *image, struct import *import, vaddr_t value);

/*
 * The same for a procedure that must know which domain calls: what is stored is the
 * address of a veneer that says so and jumps there.
 */
status_t image_bind_identified(struct image *image, struct import *import, vaddr_t value);

/* Where the bytes of an address of the image are written while it is not sealed. */
uint8_t *image_bytes(const struct image *image, vaddr_t address);

#endif
