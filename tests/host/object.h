/*
 * Object files made in memory, section by section, good and bad ones: nothing
 * that is asked for is questioned. Sections stand in the file in the order in
 * which they were added; behind them come their relocations, the symbol table,
 * the string table and the section headers.
 */
#ifndef TESTS_OBJECT_H
#define TESTS_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "domains/object/elf.h"

#define OBJECT_SECTIONS_MAX 200

/* Names a symbol's binding and type as the ABI packs them. */
#define OBJECT_INFO(bind, type) ((uint8_t)((bind) << 4 | (type)))
#define OBJECT_LOCAL OBJECT_INFO(STB_LOCAL, STT_FUNC)
#define OBJECT_FUNCTION OBJECT_INFO(STB_GLOBAL, STT_FUNC)
#define OBJECT_VARIABLE OBJECT_INFO(STB_GLOBAL, STT_OBJECT)
#define OBJECT_IMPORT OBJECT_INFO(STB_GLOBAL, STT_NOTYPE)
#define OBJECT_WEAK OBJECT_INFO(STB_WEAK, STT_NOTYPE)

#define OBJECT_CODE (SHF_ALLOC | SHF_EXECINSTR)
#define OBJECT_DATA (SHF_ALLOC | SHF_WRITE)

/* Offsets of fields, for those who change them afterwards. */
#define OBJECT_E_SHOFF 32
#define OBJECT_E_SHNUM 48
#define OBJECT_SH_TYPE 4
#define OBJECT_SH_FLAGS 8
#define OBJECT_SH_OFFSET 16
#define OBJECT_SH_SIZE 20
#define OBJECT_SH_LINK 24
#define OBJECT_SH_INFO 28
#define OBJECT_SH_ALIGNMENT 32

struct object;

/* What was made, allocated at exactly its size; the bytes are the caller's to free. */
struct object_file {
    uint8_t *bytes;
    size_t size;
};

struct object *object_begin(void);

/* Adds a section, aligned to 4, and returns its index. bytes may be NULL for SHT_NOBITS, which gets no bytes. */
unsigned object_section(struct object *object, const char *name, uint32_t type, uint32_t flags,
                        const void *bytes, uint32_t size);

/* The same with big-endian words and SHT_PROGBITS. */
unsigned object_words(struct object *object, const char *name, uint32_t flags,
                      const uint32_t *words, size_t n);

void object_type(struct object *object, unsigned section, uint32_t type);
void object_align(struct object *object, unsigned section, uint32_t alignment);

/* Returns the index of the new symbol. */
unsigned object_symbol(struct object *object, const char *name, uint8_t info, uint16_t section,
                       uint32_t value, uint32_t size);

/* Of the symbol added last. */
void object_visibility(struct object *object, uint8_t visibility);

void object_relocate(struct object *object, unsigned section, uint32_t offset, uint8_t type,
                     unsigned symbol, int32_t addend);

/* Frees the object. */
struct object_file object_end(struct object *object);

/* The header of a section in a file made so. */
uint8_t *object_header(struct object_file *file, unsigned section);

/* The index of the section of that name; 0 if there is none. */
unsigned object_find(const struct object_file *file, const char *name);

#endif
