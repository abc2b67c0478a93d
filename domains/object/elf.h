/*
 * Reading ELF relocatable objects, and for tools executables (System V ABI, chapter 4;
 * PowerPC processor supplement). The bytes are hostile: elf_open checks every header, offset,
 * size, index and string once, and what the accessors return after that can be
 * used without further checks. Only relocations are checked by their user, one
 * by one, with elf_relocation.
 *
 * Portable and pure; the bytes stay the caller's and must outlive the reader.
 */
#ifndef DOMAINS_OBJECT_ELF_H
#define DOMAINS_OBJECT_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <whorl/status.h>

#include "domains/object/bytes.h"

/* Section types, section flags, special section indices. */
#define SHT_NULL 0
#define SHT_PROGBITS 1
#define SHT_SYMTAB 2
#define SHT_STRTAB 3
#define SHT_RELA 4
#define SHT_NOTE 7
#define SHT_NOBITS 8
#define SHT_REL 9
#define SHT_INIT_ARRAY 14
#define SHT_FINI_ARRAY 15
#define SHT_PREINIT_ARRAY 16
#define SHT_GROUP 17

#define SHF_WRITE 0x1
#define SHF_ALLOC 0x2
#define SHF_EXECINSTR 0x4
#define SHF_TLS 0x400
#define SHF_COMPRESSED 0x800

#define SHN_UNDEF 0
#define SHN_LORESERVE 0xff00
#define SHN_ABS 0xfff1
#define SHN_COMMON 0xfff2

#define STB_LOCAL 0
#define STB_GLOBAL 1
#define STB_WEAK 2

#define STT_NOTYPE 0
#define STT_OBJECT 1
#define STT_FUNC 2
#define STT_SECTION 3
#define STT_FILE 4
#define STT_COMMON 5

#define STV_DEFAULT 0
#define STV_PROTECTED 3

#define ELF_HEADER_SIZE 52
#define ELF_SECTION_SIZE 40
#define ELF_SYMBOL_SIZE 16
#define ELF_RELA_SIZE 12

/* Alignments above this are refused: a page is what can be promised. */
#define ELF_ALIGNMENT_MAX 4096

struct elf_section {
    const char *name;
    const uint8_t *bytes; /* NULL for SHT_NOBITS */
    uint32_t type, flags, offset, size, link, info, alignment, entry_size;
    uint32_t address; /* of an executable's */
};

struct elf_object {
    const char *label; /* the caller's word for it in sentences, NULL at first */
    const uint8_t *bytes;
    size_t size;
    bool executable; /* linked: symbols' values are addresses, in their section or not */
    struct elf_section *sections;
    unsigned n_sections;
    const uint16_t *loaded; /* indices of those that are SHF_ALLOC */
    unsigned n_loaded;
    const uint16_t *relocating; /* of those of relocations to one of them */
    unsigned n_relocating;
    const uint8_t *symbols;
    unsigned n_symbols;    /* the null symbol included; 0 if there is no table */
    unsigned symbol_table; /* index of its section */
    const char *names;     /* of the symbols */
    size_t names_size;
};

struct elf_symbol {
    const char *name;
    uint32_t value, size;
    uint16_t section;
    uint8_t type, bind, visibility;
};

struct elf_relocation {
    uint32_t offset; /* in the section relocated */
    uint32_t symbol; /* index */
    uint8_t type;
    int32_t addend;
};

/*
 * ERR_BAD_OBJECT: damaged, or not an ELF32 big-endian PowerPC relocatable object;
 * ERR_UNSUPPORTED: well-formed, with something not offered here;
 * ERR_NO_MEMORY. status_explain() says what and where; then nothing is kept.
 */
status_t elf_open(const void *bytes, size_t size, struct elf_object *object);

/* The same for what a linker has made an executable of; its sections may be both code and writable. */
status_t elf_open_executable(const void *bytes, size_t size, struct elf_object *object);

/* Whether the bytes begin as an executable does, for whatever machine. */
bool elf_is_executable(const void *bytes, size_t size);

void elf_close(struct elf_object *object);

/* Most names differ from the one looked for in their second character. */
static inline bool elf_is_named(const struct elf_section *section, const char *name)
{
    return section->name[0] == name[0] && section->name[1] == name[1] &&
           strcmp(section->name, name) == 0;
}

/* Inline, so that a caller pays only for the fields it looks at. index < n_symbols */
static inline __attribute__((always_inline)) void elf_symbol(const struct elf_object *object,
                                                             unsigned index,
                                                             struct elf_symbol *symbol)
{
    const uint8_t *s = object->symbols + index * ELF_SYMBOL_SIZE;
    uint32_t rest = get32(s + 12);

    symbol->name = object->names + get32(s);
    symbol->value = get32(s + 4);
    symbol->size = get32(s + 8);
    symbol->bind = (uint8_t)(rest >> 28);
    symbol->type = rest >> 24 & 0xf;
    symbol->visibility = rest >> 16 & 0x3;
    symbol->section = (uint16_t)rest;
}

/*
 * The index-th entry of an SHT_RELA section whose entries apply to a section of
 * target_size bytes. ERR_BAD_OBJECT if it points outside the section or the
 * symbol table.
 */
status_t elf_relocation(const struct elf_object *object, const struct elf_section *rela,
                        unsigned index, uint32_t target_size, struct elf_relocation *relocation);

#endif
