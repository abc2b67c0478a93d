/*
 * An image under construction; private to image.c and image_relocate.c.
 */
#ifndef DOMAINS_IMAGE_BUILDER_H
#define DOMAINS_IMAGE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "domains/elf.h"
#include "domains/image.h"

#define NO_INDEX UINT32_MAX

enum part { PART_TEXT, PART_RODATA, PART_DATA, PART_NONE };

struct place {
    uint32_t offset;
    enum part part;
};

enum definition {
    DEFINED,         /* in a section that is loaded, or absolute, or common */
    UNDEFINED,       /* an import if anything refers to it */
    NOT_LOADED,      /* in a section that is not loaded */
    UNDEFINED_LOCAL, /* which cannot be */
};

/* What is known of a symbol of the object. */
struct use {
    vaddr_t value;         /* run-time address, once there is memory; 0 for an import */
    uint32_t import;       /* index of its import, or NO_INDEX */
    uint32_t n_fixups;     /* relocations that wait for the import */
    uint32_t offset_entry; /* index of its entry in the offset table, or NO_INDEX */
    uint32_t common;       /* offset in data, if common */
    uint8_t definition;
};

struct builder {
    const struct elf_object *object;
    struct image *image;
    struct place *places;  /* of sections */
    struct use *uses;      /* of symbols */
    uint32_t size[3];      /* of parts */
    uint32_t text_end;     /* where veneers begin */
    uint32_t table_offset; /* of the offset table, in data */
    uint32_t n_entries, n_imports, n_fixups, n_kept, n_exported;
    uint32_t table_symbol; /* index of _GLOBAL_OFFSET_TABLE_, 0 if not used */
};

/*
 * Looks at every relocation of a loaded section: checks that it can be applied,
 * counts what imports and the offset table need. After it the
 * relocations need no more checks but for range.
 */
status_t builder_survey(struct builder *b);

/* Fills the offset table, applies what can be, records the rest as fixups of the imports. */
status_t builder_relocate(struct builder *b);

/* The segment of a part. */
struct segment *builder_segment(const struct builder *b, enum part part);

/* Run-time address of the offset table's base, which offsets in code are relative to. */
vaddr_t builder_offset_table(const struct builder *b);

#endif
