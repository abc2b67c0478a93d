/* See format_type.h. Arguments are passed as arch/ppc/code/dispatch/signature.h says. */
#include "kernel/probe/format_type.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/signature.h"
#include "domains/object/btf_value.h"
#include "domains/object/btf_walk.h"

#define STACK_POINTER 1
#define WORD_SIZE 4u
#define FIRST_RESULT 3
#define NESTED_MAX 16 /* structs without a name one in another */

static void resolve(struct btf_type type, struct btf_side *side)
{
    btf_resolve(type.blob, type.id, type.blob->n_types, side);
}

static const char *print_type(struct btf_type type, char text[FORMAT_TYPE_TEXT])
{
    btf_print(type, text, FORMAT_TYPE_TEXT);
    return text;
}

/* ---- arguments ---- */

static unsigned words_of(struct btf_value value)
{
    switch (value.class) {
    case BTF_CLASS_RECORD:
    case BTF_CLASS_POINTER:
        return 1;
    case BTF_CLASS_INTEGER:
    case BTF_CLASS_FLOAT:
        return value.size == 8 ? 2 : value.size <= 4 ? 1 : 0;
    default:
        return 0;
    }
}

static status_t refuse_unplaced(struct btf_type type, unsigned index)
{
    char text[FORMAT_TYPE_TEXT];

    return status_refuse(ERR_UNSUPPORTED,
                         "argument %u is %s, and how that is passed is not known here", index + 1,
                         print_type(type, text));
}

/*
 * What is passed in memory is in the caller's frame, to which r1 still points, in whole words. Structs are passed by their
 * addresses.
 */
static void take_place(struct subject *subject, place_t place)
{
    struct btf_value value = btf_value_of(subject->type);
    struct place *to = &subject->place;

    *to = (struct place){.in_register = true, .word = STACK_POINTER};
    if (PLACE_IS_REGISTER(place)) {
        to->word = place;
    } else {
        to->in_register = false;
        to->offset = PLACE_OFFSET(place);
    }
    if (value.class != BTF_CLASS_RECORD) {
        if (!to->in_register && value.size < WORD_SIZE)
            to->offset += WORD_SIZE - value.size;
        return;
    }
    if (!to->in_register) {
        to->hops[to->n_hops++] = to->offset;
        to->offset = 0;
    }
    to->in_register = false;
}

status_t subject_parameter(struct btf_type procedure, unsigned index, struct subject *subject)
{
    struct placer placer = {0};
    struct btf_type type = btf_result_type(procedure);
    place_t place = 0;

    if (btf_value_of(type).class == BTF_CLASS_RECORD)
        (void)placer_put(&placer, 1);
    for (unsigned i = 0; i <= index; i++) {
        unsigned n;

        type = btf_parameter_type(procedure, i);
        n = words_of(btf_value_of(type));
        if (n == 0)
            return refuse_unplaced(type, i);
        place = placer_put(&placer, n);
    }
    *subject = (struct subject){.type = type};
    take_place(subject, place);
    return OK;
}

const char *subject_parameter_name(struct btf_type procedure, unsigned index)
{
    const uint8_t *record = btf_record(procedure.blob, procedure.id);

    return btf_name(procedure.blob, btf_parameter(record, index));
}

status_t subject_result(struct btf_type procedure, struct subject *subject)
{
    struct btf_type type = btf_result_type(procedure);
    struct btf_value value = btf_value_of(type);
    char text[FORMAT_TYPE_TEXT];

    if (value.class == BTF_CLASS_NONE)
        return status_refuse(ERR_TYPE, "nothing is returned");
    if (value.class == BTF_CLASS_RECORD || words_of(value) == 0)
        return status_refuse(ERR_TYPE, "%s is returned, which is not in registers",
                             print_type(type, text));
    *subject = (struct subject){.type = type, .place = {.in_register = true, .word = FIRST_RESULT}};
    return OK;
}

/* ---- members ---- */

struct member {
    struct btf_type type;
    uint32_t bit; /* from the start of the outermost struct */
    uint8_t width;
};

/* Looks into structs without a name, too, as C does. */
static bool find_member(struct btf_type type, const char *name, unsigned depth,
                        struct member *member)
{
    struct btf_side side;

    resolve(type, &side);
    if (depth == 0 || (side.kind != BTF_STRUCT && side.kind != BTF_UNION))
        return false;
    for (unsigned i = 0; i < btf_vlen(side.record); i++) {
        const uint8_t *record = btf_member(side.record, i);
        struct btf_type inner = {type.blob, btf_field_type(record)};
        const char *found = btf_name(type.blob, record);

        if (strcmp(found, name) == 0) {
            *member =
                (struct member){inner, btf_bit(side.record, i), (uint8_t)btf_width(side.record, i)};
            return true;
        }
        if (found[0] == 0 && find_member(inner, name, depth - 1, member)) {
            member->bit += btf_bit(side.record, i);
            return true;
        }
    }
    return false;
}

/* From what points to what is pointed to. */
static status_t follow(struct subject *subject)
{
    struct place *place = &subject->place;
    char text[FORMAT_TYPE_TEXT];
    struct btf_type pointee;

    if (!btf_pointee(subject->type, &pointee))
        return status_refuse(ERR_TYPE, "%s is no pointer; its members are behind a dot",
                             print_type(subject->type, text));
    if (!place->in_register) {
        if (place->n_hops == CAPTURE_HOPS_MAX)
            return status_refuse(ERR_RANGE, "more than %d pointers one behind another",
                                 CAPTURE_HOPS_MAX);
        place->hops[place->n_hops++] = place->offset;
    }
    place->in_register = false;
    place->offset = 0;
    subject->type = pointee;
    return OK;
}

status_t subject_member(struct subject *subject, const char *name, bool points)
{
    struct subject found = *subject;
    struct member member;
    struct btf_side side;
    char text[FORMAT_TYPE_TEXT];
    status_t status = points ? follow(&found) : OK;

    if (status != OK)
        return status;
    resolve(found.type, &side);
    print_type(found.type, text);
    if (side.kind == BTF_PTR)
        return status_refuse(
            ERR_TYPE, "%s is a pointer; the members of what it points to are behind ->", text);
    if (side.kind == BTF_FWD)
        return status_refuse(ERR_TYPE, "%s is not known there but for its name", text);
    if (side.kind != BTF_STRUCT && side.kind != BTF_UNION)
        return status_refuse(ERR_TYPE, "%s has no members", text);
    if (!find_member(found.type, name, NESTED_MAX, &member))
        return status_refuse(ERR_NOT_FOUND, "%s has no member %s", text, name);
    found.type = member.type;
    found.place.offset += member.bit / 8;
    found.bit = member.bit % 8;
    found.width = member.width;
    *subject = found;
    return OK;
}

/* ---- what is kept and printed ---- */

static bool is_called(const struct btf_side *side, const char *name)
{
    return side->kind == BTF_INT && strcmp(btf_name(side->blob, side->record), name) == 0;
}

static bool is_character(struct btf_type type)
{
    struct btf_side side;

    resolve(type, &side);
    return is_called(&side, "char");
}

static status_t copy_enumerators(const struct btf_side *side, struct value *value)
{
    unsigned n = btf_vlen(side->record);

    value->enumerators = calloc(n + 1, sizeof *value->enumerators);
    if (value->enumerators == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the names of %u values", n);
    for (unsigned i = 0; i < n; i++) {
        struct enumerator *to = &value->enumerators[i];

        const char *name = btf_name(side->blob, btf_enumerator(side->record, i));

        to->value = btf_value(side->record, i);
        to->name = malloc(strlen(name) + 1);
        if (to->name == NULL)
            return status_refuse(ERR_NO_MEMORY, "no memory for the names of %u values", n);
        strcpy(to->name, name);
        value->n_enumerators++;
    }
    return OK;
}

static status_t capture_number(const struct btf_side *side, struct capture *capture,
                               struct value *value)
{
    bool is_float = side->kind == BTF_FLOAT;
    uint32_t size = btf_size(side->record);

    if (size != 4 && size != 8 && (is_float || (size != 1 && size != 2)))
        return status_refuse(ERR_UNSUPPORTED, "a number of %u bytes cannot be printed",
                             (unsigned)size);
    capture->size = size;
    value->size = (uint8_t)size;
    value->is_signed = !is_float && btf_is_signed(side->record);
    value->kind = value->is_signed ? VALUE_SIGNED : VALUE_UNSIGNED;
    if (is_float)
        value->kind = VALUE_FLOAT;
    else if (is_called(side, "_Bool"))
        value->kind = VALUE_BOOL;
    else if (is_called(side, "char"))
        value->kind = VALUE_CHAR;
    if (!btf_is_enum(side->kind) || value->hexadecimal)
        return OK;
    value->kind = VALUE_ENUM;
    return copy_enumerators(side, value);
}

/* Of a bit-field, the words are kept that it lies in. */
static void capture_bits(const struct subject *subject, struct capture *capture,
                         struct value *value)
{
    uint32_t into = capture->place.offset % 4 * 8 + subject->bit;

    if (subject->width == 0)
        return;
    capture->place.offset -= capture->place.offset % 4;
    capture->size = into + subject->width > 32 ? 8 : 4;
    value->bits = subject->width;
    value->shift = (uint8_t)(capture->size * 8 - into - subject->width);
}

static void capture_pointer(struct btf_type type, struct capture *capture, struct value *value)
{
    struct btf_type pointee;

    value->kind = VALUE_POINTER;
    if (!btf_pointee(type, &pointee) || !is_character(pointee) || value->hexadecimal)
        return;
    capture->kind = CAPTURE_STRING;
    value->kind = VALUE_TEXT;
}

static void capture_array(const struct btf_side *side, struct capture *capture, struct value *value)
{
    struct btf_type element = {side->blob, btf_element(side->record)};

    capture->kind = CAPTURE_ADDRESS;
    value->kind = VALUE_ADDRESS;
    if (!is_character(element) || value->hexadecimal)
        return;
    capture->kind = CAPTURE_TEXT;
    capture->size = btf_count(side->record);
    value->kind = VALUE_TEXT;
}

status_t subject_capture(const struct subject *subject, bool hexadecimal, struct capture *capture,
                         struct value *value)
{
    struct btf_side side;
    char text[FORMAT_TYPE_TEXT];
    status_t status;

    resolve(subject->type, &side);
    *capture = (struct capture){CAPTURE_VALUE, 4, subject->place};
    *value = (struct value){.kind = VALUE_POINTER, .hexadecimal = hexadecimal, .size = 4};
    switch (side.kind) {
    case BTF_INT:
    case BTF_ENUM:
    case BTF_ENUM64:
    case BTF_FLOAT:
        status = capture_number(&side, capture, value);
        capture_bits(subject, capture, value);
        return status;
    case BTF_PTR:
        capture_pointer(subject->type, capture, value);
        return OK;
    case BTF_ARRAY:
        capture_array(&side, capture, value);
        return OK;
    case BTF_STRUCT:
    case BTF_UNION:
        capture->kind = CAPTURE_ADDRESS;
        value->kind = VALUE_ADDRESS;
        return OK;
    default:
        return status_refuse(ERR_UNSUPPORTED, "%s has no value", print_type(subject->type, text));
    }
}
