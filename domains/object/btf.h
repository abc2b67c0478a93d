/*
 * Types of procedures and variables, from the .BTF section that gcc -gbtf writes
 * (Linux, Documentation/bpf/btf.rst, version 1). A section may hold several blobs
 * one behind another, at any alignment, as `ld -r` and a final link leave them;
 * type ids count from 1 in each.
 *
 * The bytes are hostile: btf_open checks every record, name and reference once,
 * and what the others return after that needs no further checks. References may
 * still go in circles of any kind: nothing recurses without bound, and what
 * btf_compatible spends on two types has a limit.
 *
 * What gcc 12 leaves out cannot be told apart: vectors are void, dimensions of arrays
 * stand the wrong way round, const is lost on the element of an array pointed to.
 *
 * Portable and pure; the bytes stay the caller's and must outlive the reader.
 */
#ifndef DOMAINS_OBJECT_BTF_H
#define DOMAINS_OBJECT_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

struct btf_blob {
    const uint8_t *types; /* the type records */
    const char *strings;  /* their names */
    uint32_t *offsets;    /* of the record of each id, in types; that of 0, void, means nothing */
    uint32_t first_entry; /* id of the first procedure or variable; n_types if there is none */
    uint32_t n_types;     /* void included: ids are below it */
};

struct btf {
    const uint8_t *bytes;
    size_t size;
    struct btf_blob *blobs;
    unsigned n_blobs;
};

/* A type: id 0 is void. */
struct btf_type {
    const struct btf_blob *blob;
    uint32_t id;
};

/* A procedure or variable with a name. */
struct btf_entry {
    const char *name;
    uint32_t position; /* of its record, in bytes from the start of the section; never 0 */
    bool procedure;
};

/* Where btf_next is; begins as all zeros. */
struct btf_cursor {
    unsigned blob;
    uint32_t id;
};

/*
 * ERR_BAD_OBJECT: damaged, the sentence says where and what; ERR_UNSUPPORTED: another version, or kinds
 * that no compiler writes into an object; ERR_NO_MEMORY. On failure nothing is kept.
 */
status_t btf_open(const void *bytes, size_t size, struct btf *btf);

void btf_close(struct btf *btf);

/*
 * The next FUNC or VAR that has a name; false at the end. gcc's FUNC records do not
 * say whether a procedure is defined, imported or static.
 */
bool btf_next(const struct btf *btf, struct btf_cursor *cursor, struct btf_entry *entry);

/*
 * The same, but only those whose name has one of the traits in the set, which is the
 * union of btf_trait() of the names looked for: most others are passed over quickly.
 */
bool btf_next_with(const struct btf *btf, uint32_t traits, struct btf_cursor *cursor,
                   struct btf_entry *entry);

/* One bit, from the first two characters. The name is not empty. */
static inline uint32_t btf_trait(const char *name)
{
    return 1u << (((unsigned char)name[0] * 7u + (unsigned char)name[1]) & 31);
}

/* The type of an entry, by its position: a FUNC_PROTO, or the type of the variable. */
struct btf_type btf_type_at(const struct btf *btf, uint32_t position);

/* Whether the entry at the position is a procedure. */
bool btf_is_procedure(const struct btf *btf, uint32_t position);

#define BTF_DIFFERENCE_MAX 160

/*
 * Whether what the caller was compiled against fits what the definer offers; both procedures, or both
 * variables. OK, ERR_TYPE or ERR_NO_MEMORY. On ERR_TYPE `difference` says, if the two would print alike,
 * wherein they differ ("struct packet is 12 bytes here and 16 there", "member length of struct packet is
 * unsigned short here and int there"; "here" is the caller); else it is "". It may be NULL. No sentence is
 * left. Types that stand for nothing but themselves, and types too large to compare, are ERR_TYPE.
 *
 * Rules: typedefs are transparent. Integers by size and signedness, whatever they are called. Floats by
 * size, complex ones apart. Enums by tag, size, signedness and the value of each enumerator that both have; an enum also fits an
 * integer of its size and signedness. Pointers by pointee; const and volatile may be added to the pointee
 * (of the outermost pointer only) on the way from who has the value to who gets it: to the callee for
 * parameters, to the caller for results. A variable is itself such a pointee, on the way to the caller: that
 * may add const to the variable, not to what it points to. restrict and qualifiers of parameters and results
 * themselves mean nothing, nor do those of procedures. Arrays by element and count; a variable that the
 * caller declares without a count fits any. Structs and unions by tag, size and members (name, place, type),
 * recursively; an incomplete one by tag and kind. Procedures by result, number and types of parameters;
 * variadic only with variadic; one declared with () fits one without parameters and itself. Behind a pointer
 * procedures must be the same but for names. void * fits only void *.
 */
status_t btf_compatible(struct btf_type caller, struct btf_type definer, char *difference);

/* What is done with a value of a type. */
enum btf_role {
    BTF_PARAMETER, /* the caller gives it to the definer */
    BTF_RESULT,    /* the definer gives it to the caller */
    BTF_SHARED,    /* it stands in memory where both may change it */
};

/*
 * The same for one parameter or result of two procedures. Shared values must be the same, but for qualifiers
 * of their own. A type always fits itself.
 */
status_t btf_compatible_as(enum btf_role role, struct btf_type caller, struct btf_type definer,
                           char *difference);

/*
 * The type as C has it, without a name: "int(struct packet *, int)", "const char *", "int (*)(void)",
 * "int[10]", "struct {...}". Cut to size - 1 characters and a zero, with "..." where it is too deep, and "?"
 * for what does not print. size may be 0.
 */
void btf_print(struct btf_type type, char *text, size_t size);

#endif
