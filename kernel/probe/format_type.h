/*
 * From names and types to captures: the places of arguments and results, members, and what is kept and printed
 * of a type. Private to format.h.
 */
#ifndef KERNEL_PROBE_FORMAT_TYPE_H
#define KERNEL_PROBE_FORMAT_TYPE_H

#include "kernel/probe/format.h"

#define FORMAT_TYPE_TEXT 100 /* characters of a type in a sentence */

/* Something that has a type and is somewhere. */
struct subject {
    struct btf_type type;
    struct place place;
    uint8_t width,
        bit; /* of a bit-field, from the most significant bit of the byte at the place; 0: none */
};

/* The index-th parameter at the entry of a procedure. ERR_UNSUPPORTED: its place is not known. */
status_t subject_parameter(struct btf_type procedure, unsigned index, struct subject *subject);

/* The name of a parameter; "" if it has none. */
const char *subject_parameter_name(struct btf_type procedure, unsigned index);

/* What it returns, where it does. ERR_TYPE: nothing, or a struct, whose place is known to the caller only. */
status_t subject_result(struct btf_type procedure, struct subject *subject);

/*
 * A member; `points`: of what the subject points to. ERR_TYPE: it is no pointer, or no struct; ERR_NOT_FOUND;
 * ERR_RANGE: too many pointers one behind another.
 */
status_t subject_member(struct subject *subject, const char *name, bool points);

/* What is kept of it, and how it is printed. ERR_NO_MEMORY; ERR_UNSUPPORTED: of no size that can be. */
status_t subject_capture(const struct subject *subject, bool hexadecimal, struct capture *capture,
                         struct value *value);

#endif
