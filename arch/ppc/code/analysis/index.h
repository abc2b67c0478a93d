/*
 * An index of a program's code: its memory and the names in it, sorted once, from which it answers as a
 * struct code_source. Whoever has a program fills it: the kernel with itself and its domains, the host's
 * tool with a file.
 *
 * A procedure is what a symbol says is one. A label without a type, as assembly has them, is one if it
 * lies in no other; without a size it extends to the next symbol. Symbols at one address are one
 * procedure, called after the most telling of them. NAME.cold and NAME.cold.N are parts of the NAME
 * that branches there, or to which they branch: static procedures of several files may share a name.
 * What a part is called from, as other compilers have it, is no part.
 *
 * Names and bytes stay the caller's and must outlive the index. Memory: of the heap.
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_INDEX_H
#define ARCH_PPC_CODE_ANALYSIS_INDEX_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/source.h"

struct code_index;

struct code_area {
    vaddr_t address;
    vaddr_t shown; /* what its address is for users: of a section of an object file 0 */
    uint32_t size;
    const uint8_t *bytes;    /* as they are in memory */
    const uint8_t *original; /* as they are in the file, before relocation */
    bool code;
    bool constant; /* no instruction ever writes it */
    bool pointers; /* it has initialized data, and in it maybe pointers */
    /*
     * Which of the programs that were linked apart it is of, by any number. Data points into the middle of procedures of
     * its own program only: what looks like it in another's is a number.
     */
    uint32_t program;
    bool owned; /* bytes are of the heap, and the index's once it has the area */
    /*
     * Of code that runs, whose `bytes` are those that were meant to stand there: what a word is for, or why it is another one.
     * False: nothing is remarkable. NULL: there is no need to ask.
     */
    bool (*remark)(vaddr_t address, char *text, size_t size);
};

enum code_name_kind {
    NAME_PROCEDURE,
    NAME_LABEL,  /* in code, of assembly */
    NAME_IMPORT, /* of a procedure: nothing more is known than the name */
    NAME_DATA,
};

struct code_name {
    const char *name;
    const char *owner; /* the domain or source file that it is in, or NULL */
    vaddr_t address;
    uint32_t size; /* bytes, 0 if unknown */
    uint8_t kind;  /* enum code_name_kind */
    bool global;
    bool owned; /* name is of the heap, and the index's once it has it */
};

/* ERR_NO_MEMORY. An empty one. */
status_t code_index_open(struct code_index **index);
void code_index_close(struct code_index *index);

/*
 * ERR_NO_MEMORY. Areas must not overlap; what reaches beyond the end of the address space is cut. Names
 * of more than 1024 characters are ignored.
 */
status_t code_index_add_area(struct code_index *index, const struct code_area *area);
status_t code_index_add_name(struct code_index *index, const struct code_name *name);

/* After the last of them, before anything is asked. ERR_NO_MEMORY. */
status_t code_index_sort(struct code_index *index);

/* What the analyses see; the index's, until it is closed. */
const struct code_source *code_index_source(const struct code_index *index);

/* Names equal to a string, one after another: *cursor is 0 at first. NULL at the end. */
const struct code_name *code_index_named(const struct code_index *index, const char *name,
                                         size_t *cursor);

/* The name of the procedure whose extent an address lies in, NULL if it is in none. */
const struct code_name *code_index_name_at(const struct code_index *index, vaddr_t address);

/* An address of code by the nearest name: "printf+0x10". False: it has none. */
bool code_index_print_name(const struct code_index *index, vaddr_t address, char *text,
                           size_t size);

/* The area that an address lies in, NULL. */
const struct code_area *code_index_area_at(const struct code_index *index, vaddr_t address);

/* What an address is for users. */
vaddr_t code_index_shown(const struct code_index *index, vaddr_t address);

/* Whether some of them are others than those of the index, so that users cannot name any. */
bool code_index_is_relocated(const struct code_index *index);

#endif
