/*
 * What a procedure takes and returns, for who has to pass it. Types are those of a section that btf_open
 * has accepted; `procedure` is always a FUNC_PROTO.
 */
#ifndef DOMAINS_OBJECT_BTF_VALUE_H
#define DOMAINS_OBJECT_BTF_VALUE_H

#include "domains/object/btf.h"

enum btf_class {
    BTF_CLASS_NONE,    /* void; also what gcc 12 does not describe: vectors, complex integers */
    BTF_CLASS_INTEGER, /* also bool and enums */
    BTF_CLASS_POINTER,
    BTF_CLASS_FLOAT,
    BTF_CLASS_COMPLEX,
    BTF_CLASS_RECORD, /* a struct or union */
    BTF_CLASS_OTHER, /* an incomplete one; arrays, procedures and circles, which no procedure takes */
};

/* A type behind its typedefs and qualifiers. */
struct btf_value {
    enum btf_class class;
    uint32_t size; /* bytes, 0 of CLASS_NONE and CLASS_OTHER */
    bool is_signed;
};

struct btf_value btf_value_of(struct btf_type type);

/* What a pointer points to; false if the type is no pointer. */
bool btf_pointee(struct btf_type type, struct btf_type *pointee);

/* How many there are before a "...". */
unsigned btf_n_parameters(struct btf_type procedure);
bool btf_is_variadic(struct btf_type procedure); /* also one declared with () */
struct btf_type btf_parameter_type(struct btf_type procedure, unsigned index);
struct btf_type btf_result_type(struct btf_type procedure);

/*
 * The type that all entries of a name and kind have that do not stand before a position. ERR_NOT_FOUND: there
 * is none; ERR_TYPE: they differ; ERR_NO_MEMORY. No sentence is left.
 */
status_t btf_agreed_type(const struct btf *btf, const char *name, bool procedure, uint32_t position,
                         struct btf_type *type);

#endif
