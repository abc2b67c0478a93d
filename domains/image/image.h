/*
 * From checked object files to an image: sections laid out in segments, copied,
 * relocated as far as the objects define their own symbols; the rest recorded as
 * imports with their relocations, which are bound and unbound later.
 *
 * Segments: text is everything executable, followed by slots; rodata is what is
 * neither executable nor writable; data is initialized data, bss, common symbols
 * and the offset table.
 *
 * A slot is room for a veneer, 16 bytes. Each import has one, which stands for it
 * while it is unbound (it holds no instruction, so a call of it is a fault whose
 * address tells the name), says who calls to procedures that must know, and leads
 * where a branch does not reach.
 */
#ifndef DOMAINS_IMAGE_IMAGE_H
#define DOMAINS_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domains/object/btf.h"
#include "domains/object/elf.h"
#include "domains/host.h"
#include "domains/image/symbols.h"

struct domain;

/* One place that depends on an import. */
struct fixup {
    uint32_t place; /* bytes from the start of text, rodata and data taken as one << 5 |
                          kind of relocation, see relocation_of_fixup */
    int32_t addend;
    uint32_t original; /* what the object has there, the word or the halfword */
};

enum import_state {
    IMPORT_UNBOUND,
    IMPORT_CHOSEN, /* a definition was found, nothing is stored yet */
    IMPORT_FRESH,  /* bound by an operation that may still fail */
    IMPORT_BOUND,
};

struct import {
    const char *name;
    uint32_t hash;
    uint32_t type;               /* see image_types.h; 0 if the object does not say */
    struct domain *source;       /* against which it was resolved */
    struct domain *definer;      /* whose the definition is: the source, or one behind it */
    const struct symbol *symbol; /* the definition; it and the two above only if it is bound */
    uint32_t first_fixup;
    uint32_t n_fixups : 24;
    uint32_t state : 2; /* enum import_state */
    uint32_t weak : 1;
    uint32_t procedure : 1; /* if its type is known */
};

struct array {
    vaddr_t address;
    uint32_t count; /* of words */
};

#define IMAGE_ISLANDS 2

struct image {
    struct image_memory memory;
    bool sealed; /* its text executes */
    struct symbol_table symbols;
    struct import *imports;
    size_t n_imports;
    struct fixup *fixups;
    size_t n_fixups;
    /* Of slots: behind text, and if that is large, before it; or 0. */
    vaddr_t islands[IMAGE_ISLANDS];
    /* .got2 and the offset table: in data, but only binding writes them. */
    struct array constants[2];
    struct array constructors[3]; /* .preinit_array, .init_array, .ctors (last first) */
    struct array destructors[2];  /* .fini_array, .dtors */
    struct array exports;         /* of EXPORT_INTERFACE: pairs of name and interface */
    struct array functional;      /* of FUNCTIONAL: procedures */
    struct array ephemeral;       /* of EPHEMERAL: procedures */
    const char *name;             /* of DOMAIN, NULL if there is none */
    const char *required;         /* names of IMPORT_DOMAIN, each with its zero */
    size_t required_size;
    const struct btf *btf; /* of the types; NULL: there are none, or they rest */
    struct btf own_btf;
    bool exports_typed; /* the exports know their types, see image_types_of_exports */
    bool statics_typed; /* the other symbols too, see image_entry_at */
    uint32_t *entries;  /* a hash index of the symbols by value: index + 1, 0 for none; or NULL */
    uint32_t entries_mask;
    void *types; /* the memory of the type section; NULL: untyped */
    size_t types_size;
    uint8_t types_skew; /* bytes of that memory before the section */
    void *tables;       /* the memory of all the rest */
    size_t tables_size;
};

/*
 * n objects, of which the members of an archive are an example, become one image: what
 * one imports and another defines is bound for good.
 * ERR_BAD_OBJECT, ERR_UNSUPPORTED, ERR_RANGE, ERR_NO_MEMORY; then nothing is kept.
 */
status_t image_create(const struct elf_object objects[], size_t n, struct image *image);

/*
 * The same for tools, which run nothing of it and are told where each section that is loaded begins.
 * Types are not read, and any way of passing floating point will do.
 */
typedef void (*image_placed_t)(void *context, size_t object, unsigned section, vaddr_t address);
status_t image_create_placed(const struct elf_object objects[], size_t n, struct image *image,
                             image_placed_t placed, void *context);

void image_destroy(struct image *image);

/*
 * Stores what the import's users need to reach a symbol of that value. ERR_RANGE names the
 * place; the import is then to be unbound. Of an image that has been running, words of data
 * that the program has changed stay as they are. If the symbol is `identified`, what is
 * stored is the address of a slot that says who calls and goes on to the procedure.
 */
status_t image_bind(struct image *image, const struct import *import, const struct symbol *symbol);

/*
 * Makes users meet a fault: the slot of a procedure, unmapped addresses for a variable; a weak import
 * is 0. Before the image is sealed, only words in data that are to be the import's address are made so;
 * everything else gets back what the object has.
 */
void image_unbind(struct image *image, const struct import *import);

/*
 * Makes the branches of a bound import's users go to a target instead of the procedure; the procedure itself: back to
 * it, every word as image_bind made it. What takes the procedure's address stays, as does what branches
 * to the import plus something, or to a slot that tells who calls. Cannot fail: what cannot reach the target stays, too.
 */
void image_lead_calls(struct image *image, const struct import *import, vaddr_t target);

/* Those branches: how many there are, and how many of them lead straight to a target. */
void image_count_calls(const struct image *image, const struct import *import, vaddr_t target,
                       size_t *direct, size_t *all);

/*
 * What image_lead_calls may write, one range after another: calls, of which `branch` says whether it is a single b or bl, and
 * slots.
 */
void image_each_call(const struct image *image, const struct import *import,
                     void (*each)(void *context, vaddr_t address, size_t size, bool branch),
                     void *context);

/* In n words of text that were read at an address: puts back what image_lead_calls has changed. */
void image_undo_calls(const struct image *image, const struct import *import, vaddr_t address,
                      uint32_t words[], size_t n);

/* A weak import that nothing defines is 0 (System V ABI, chapter 4, symbol table). ERR_RANGE. */
status_t image_bind_nothing(struct image *image, const struct import *import);

/* The value of a bound import as the image's own code sees it: the symbol's, or the slot's. */
vaddr_t image_import_value(const struct image *image, const struct import *import);

/*
 * Where the slot begins that an address of text is in; 0: it is in none. Who has not left a slot may begin it again: its instructions
 * depend on nothing but what it goes to.
 */
vaddr_t image_slot_at(const struct image *image, vaddr_t address);

/* The import whose slot, or whose part of the unmapped addresses, an address lies in; NULL if none. */
const struct import *image_import_at(const struct image *image, vaddr_t address);

/* Where the bytes of an address of the image are written while it is not sealed; NULL outside. */
uint8_t *image_bytes(const struct image *image, vaddr_t address);

#endif
