/* See btf_value.h. */
#include "domains/object/btf_value.h"

#include <string.h>

#include "domains/object/btf_walk.h"

#define POINTER_SIZE 4

static void resolve(struct btf_type type, struct btf_side *side)
{
    btf_resolve(type.blob, type.id, type.blob->n_types, side);
}

static struct btf_value number(enum btf_class class, const struct btf_side *side)
{
    return (struct btf_value){class, btf_size(side->record), false};
}

struct btf_value btf_value_of(struct btf_type type)
{
    struct btf_value value = {BTF_CLASS_OTHER, 0, false};
    struct btf_side side;

    resolve(type, &side);
    switch (side.kind) {
    case BTF_VOID:
        return (struct btf_value){BTF_CLASS_NONE, 0, false};
    case BTF_PTR:
        return (struct btf_value){BTF_CLASS_POINTER, POINTER_SIZE, false};
    case BTF_INT:
    case BTF_ENUM:
    case BTF_ENUM64:
        value = number(BTF_CLASS_INTEGER, &side);
        value.is_signed = btf_is_signed(side.record);
        return value;
    case BTF_FLOAT:
        return number(btf_is_complex(side.blob, side.record) ? BTF_CLASS_COMPLEX : BTF_CLASS_FLOAT,
                      &side);
    case BTF_STRUCT:
    case BTF_UNION:
        return number(BTF_CLASS_RECORD, &side);
    default:
        return value;
    }
}

bool btf_pointee(struct btf_type type, struct btf_type *pointee)
{
    struct btf_side side;

    resolve(type, &side);
    if (side.kind != BTF_PTR)
        return false;
    *pointee = (struct btf_type){type.blob, btf_target(side.record)};
    return true;
}

static const uint8_t *prototype(struct btf_type procedure)
{
    return btf_record(procedure.blob, procedure.id);
}

unsigned btf_n_parameters(struct btf_type procedure)
{
    return btf_vlen(prototype(procedure)) - btf_is_variadic(procedure);
}

bool btf_is_variadic(struct btf_type procedure)
{
    return btf_variadic(prototype(procedure));
}

struct btf_type btf_parameter_type(struct btf_type procedure, unsigned index)
{
    return (struct btf_type){procedure.blob,
                             btf_field_type(btf_parameter(prototype(procedure), index))};
}

struct btf_type btf_result_type(struct btf_type procedure)
{
    return (struct btf_type){procedure.blob, btf_target(prototype(procedure))};
}

/* Whether they are the same for whoever is bound to one of them: neither may add anything to the other. */
static status_t compare(struct btf_type one, struct btf_type other)
{
    status_t status = OK;

    if (one.blob == other.blob && one.id == other.id)
        return OK;
    status = btf_compatible(one, other, NULL);
    return status == OK ? btf_compatible(other, one, NULL) : status;
}

status_t btf_agreed_type(const struct btf *btf, const char *name, bool procedure, uint32_t position,
                         struct btf_type *type)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;
    struct btf_type first;
    bool found = false;

    while (btf_next_with(btf, btf_trait(name), &cursor, &entry)) {
        status_t status = OK;

        if (entry.position < position || entry.procedure != procedure ||
            strcmp(entry.name, name) != 0)
            continue;
        if (found)
            status = compare(first, btf_type_at(btf, entry.position));
        else
            first = btf_type_at(btf, entry.position);
        if (status != OK)
            return status;
        found = true;
    }
    if (found)
        *type = first;
    return found ? OK : ERR_NOT_FOUND;
}
