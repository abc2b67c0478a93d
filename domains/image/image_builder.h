/*
 * An image under construction; private to image*.c.
 */
#ifndef DOMAINS_IMAGE_IMAGE_BUILDER_H
#define DOMAINS_IMAGE_IMAGE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "domains/object/elf.h"
#include "domains/image/image.h"

#define IMAGE_SIZE_MAX 0x08000000u

enum part { PART_TEXT, PART_RODATA, PART_DATA, PART_NONE };

struct place {
    uint32_t offset;
    enum part part;
};

enum origin {
    DEFINED,         /* in a section that is loaded, or absolute, or common */
    UNDEFINED,       /* an import if anything refers to it */
    NOT_LOADED,      /* in a section that is not loaded */
    UNDEFINED_LOCAL, /* which cannot be */
    OFFSET_TABLE,    /* _GLOBAL_OFFSET_TABLE_ */
};

/* What relocations have to be looked at twice: branches to a symbol, or all of them. See survey_section. */
enum special { SPECIAL_NEVER = 0, SPECIAL_BRANCHES = 1, SPECIAL_ALL = 4 };

/* What is known of a symbol of an object; begins as all zeros. */
struct use {
    vaddr_t value;          /* run-time address, once there is memory; 0 for an import */
    uint32_t n_relocations; /* later, of an import: the number of its next fixup */
    uint32_t import;        /* number of its import, from 1; 0: it is none */
    struct use *leader;     /* of another object, whose definition goes before; NULL if none */
    uint32_t offset_entry;  /* number of its entry in the offset table, from 1; 0: it has none */
    uint32_t common; /* offset in data, if common; before that the alignment it needs, 0: its own */
    uint8_t definition; /* enum origin */
    bool kept, exported;
};

/* One of the objects. */
struct member {
    const struct elf_object *object;
    struct place *places; /* of sections */
    struct use *uses;     /* of symbols */
    uint8_t *special;     /* of symbols: enum special */
    const char *names;    /* the copy of its symbols' names */
};

struct builder {
    struct image *image;
    struct member *members;
    size_t n_members;
    uint32_t size[3];                /* of parts */
    uint32_t islands[IMAGE_ISLANDS]; /* in text */
    uint32_t n_islands;
    uint32_t table_offset; /* of the offset table, in data */
    uint32_t n_entries, n_imports, n_fixups, n_kept, n_exported;
    uint32_t n_addends;    /* branches to an import plus something, each with a slot of its own */
    uint32_t n_far;        /* branches that may need one of the last slots */
    uint32_t n_used;       /* of those */
    bool sequences, calls; /* of -mlongcall were met */
    vaddr_t base[3];       /* run-time address of each part, once there is memory */
    bool pointers;         /* to imports are in data */
    bool offsets;          /* there are tables of offsets, .got2 */
    bool inert;            /* nothing of it will run */
    bool big;              /* text is too large for a branch to reach all of it */
    size_t names_size;     /* of all members */
    size_t types_size;
};

/* Gives every loaded section and common symbol an offset in its segment, and reads the notes. */
status_t builder_place(struct builder *b);

/*
 * Lets one definition of each global name go before the others, if there are several
 * members; first of all. ERR_EXISTS names two strong ones.
 */
status_t builder_merge(struct builder *b);

/* The others become what it is, once that is known, and again when it has a value. */
void builder_follow(struct builder *b);

/*
 * Looks at every relocation of a loaded section: checks that it can be applied,
 * counts what imports, slots and the offset table need. After it the
 * relocations need no more checks but for place and range.
 */
status_t builder_survey(struct builder *b);

/* Fills the offset table, applies what can be, records the rest as fixups of the imports. */
status_t builder_relocate(struct builder *b);

/*
 * Makes pointers to imports, in data, such that following them is a fault that can be told. For
 * an image all of whose imports are as the object has them.
 */
void image_leave_unbound(struct image *image);

/* More room in a part. */
status_t builder_reserve(struct builder *b, enum part part, uint32_t size, uint32_t alignment,
                         const char *what, uint32_t *offset);

/* The segment of a part. */
struct segment *builder_segment(const struct builder *b, enum part part);

/* Run-time address of the offset table's base, which offsets in code are relative to. */
vaddr_t builder_offset_table(const struct builder *b);

/* From offsets to addresses. */
void builder_settle_arrays(struct builder *b);

static inline struct use *builder_leader(struct use *use)
{
    while (use->leader != NULL)
        use = use->leader;
    return use;
}

#endif
