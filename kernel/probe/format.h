/*
 * Formats of traces: a text with {expressions} in it, what has to be kept of a moment for them, and how that is
 * printed.
 *
 *     {name}          a parameter, where a procedure begins
 *     {return}        what it returns, where it does
 *     {p->x.y->z}     members, of what they point to
 *     {r3} {cr} {xer} {lr} {ctr}      registers, anywhere
 *     {name:x}        in hexadecimal
 *     {{ }}           braces
 *
 * Integers are printed by their types, bool as true and false, char as a character, enums by name, char * and
 * arrays of char as text, other pointers in hexadecimal, structs and arrays as @ and their address.
 *
 * A format knows all it needs by itself: what it was made from may go. Portable; main line only.
 */
#ifndef KERNEL_PROBE_FORMAT_H
#define KERNEL_PROBE_FORMAT_H

#include <stdio.h>
#include <whorl/status.h>

#include "domains/object/btf.h"
#include "kernel/probe/capture.h"

/* What names mean at a site. */
enum format_where { FORMAT_INSIDE, FORMAT_ENTRY, FORMAT_EXIT };

struct format_scene {
    uint8_t where;         /* enum format_where */
    const char *procedure; /* its name, for sentences */
    bool typed;
    struct btf_type type; /* FUNC_PROTO, if typed */
};

enum value_kind {
    VALUE_UNSIGNED,
    VALUE_SIGNED,
    VALUE_BOOL,
    VALUE_CHAR,
    VALUE_ENUM,
    VALUE_FLOAT,
    VALUE_POINTER,
    VALUE_ADDRESS,
    VALUE_TEXT,
};

struct enumerator {
    int64_t value;
    char *name;
};

/* How what was captured is to be printed. */
struct value {
    uint8_t kind; /* enum value_kind */
    bool hexadecimal;
    bool returned;       /* it is the result, which at a tail call is not there yet */
    uint8_t size;        /* bytes that count */
    uint8_t shift, bits; /* of a bit-field; bits is 0 if it is none */
    bool is_signed;
    struct enumerator *enumerators;
    size_t n_enumerators;
};

/* A piece of text, and what is printed behind it, unless it is the last. */
struct format_item {
    char *text;
    struct value value;
};

struct format {
    size_t n; /* captures, and of items one more */
    struct capture captures[CAPTURES_MAX];
    struct format_item items[CAPTURES_MAX + 1];
};

/*
 * text NULL: all arguments as name=value; return=value; where neither is known, r3 to r10. ERR_BAD_ARGUMENT: the text is
 * no format; ERR_NOT_FOUND: no parameter or member of that name; ERR_TYPE: the procedure's type is not known, or
 * a value is not what the expression takes it for; ERR_RANGE: more than CAPTURES_MAX expressions, or a record of more
 * than RING_RECORD_MAX words; ERR_UNSUPPORTED: passed in a way that is not known; ERR_NO_MEMORY. The sentence says where.
 */
status_t format_parse(const char *text, const struct format_scene *scene, struct format **format);
void format_free(struct format *format); /* NULL: nothing */

/* A record's captures. `callee`: what returns in the procedure's place, at a tail call; else NULL. */
void format_print(FILE *out, const struct format *format, const uint32_t record[], size_t n,
                  const char *callee);

#endif
