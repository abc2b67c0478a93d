/* See types.h. */
#include "domains/types.h"

#include <stdlib.h>
#include <string.h>

#include "domains/image/image_types.h"

#define TEXT_MAX 400 /* of a type in a sentence */

/* ---- names ---- */

/* Symbols are constant for all who only bind to them. */
void types_name(const struct btf *btf, const struct domain *domain, const char *prefix)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;
    size_t length = strlen(prefix);

    while (btf_next(btf, &cursor, &entry)) {
        bool prefixed = entry.name[0] == prefix[0] && strncmp(entry.name, prefix, length) == 0;
        const char *name = prefixed ? entry.name + length : entry.name;
        struct definition definition;
        struct symbol *symbol;

        if (!domain_definition(domain, name, symbol_hash(name), &definition))
            continue;
        symbol = (struct symbol *)definition.symbol;
        if (symbol->type == 0 || prefixed)
            symbol->type = entry.position;
    }
}

/* ---- checks ---- */

void types_print(const struct btf *btf, uint32_t type, char *text, size_t size)
{
    if (btf == NULL || type == 0)
        text[0] = 0;
    else
        btf_print(btf_type_at(btf, type & TYPE_POSITION), text, size);
}

static status_t refuse_mismatch(const struct types_binding *b, uint32_t caller, uint32_t definer,
                                const char *difference)
{
    char expected[TEXT_MAX], offered[TEXT_MAX];

    types_print(b->btf, caller, expected, sizeof expected);
    types_print(b->definer_btf, definer, offered, sizeof offered);
    return status_refuse(ERR_TYPE, "%s: caller expects %s, %s exports %s%s%s", b->import->name,
                         expected, b->definer, offered, difference[0] != 0 ? "; " : "", difference);
}

static status_t check_pair(const struct types_binding *b, uint32_t caller, uint32_t definer)
{
    char difference[BTF_DIFFERENCE_MAX];
    status_t status;

    difference[0] = 0;
    if (btf_is_procedure(b->btf, caller) != btf_is_procedure(b->definer_btf, definer))
        return refuse_mismatch(b, caller, definer, "one is a procedure, one a variable");
    status = btf_compatible(btf_type_at(b->btf, caller), btf_type_at(b->definer_btf, definer),
                            difference);
    if (status == ERR_TYPE)
        return refuse_mismatch(b, caller, definer, difference);
    return status == OK ? OK : status_refuse(status, "no memory to compare types");
}

/* The next entry of a name behind a position, all of them if it is 0; 0 at the end. */
static uint32_t next_entry(const struct btf *btf, const char *name, uint32_t after)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;

    while (btf_next(btf, &cursor, &entry))
        if (entry.position > after && strcmp(entry.name, name) == 0)
            return entry.position;
    return 0;
}

/* The caller's entry against all, or any, of the definer's. */
static status_t check_definer(const struct types_binding *b, uint32_t caller)
{
    uint32_t type = b->symbol->type;
    status_t status = check_pair(b, caller, type & TYPE_POSITION);

    if ((type & TYPE_SEVERAL) == 0)
        return status;
    for (uint32_t next = type & TYPE_POSITION; status != ERR_NO_MEMORY;) {
        if ((status == OK) == ((type & TYPE_ANY) != 0))
            return status;
        next = next_entry(b->definer_btf, b->symbol->name, next);
        if (next == 0)
            return status;
        status = check_pair(b, caller, next);
    }
    return status;
}

static status_t check_types(const struct types_binding *b)
{
    uint32_t type = b->import->type;
    status_t status = check_definer(b, type & TYPE_POSITION);

    if ((type & TYPE_SEVERAL) == 0)
        return status;
    for (uint32_t next = type & TYPE_POSITION; status != ERR_NO_MEMORY;) {
        if ((status == OK) == ((type & TYPE_ANY) != 0))
            return status;
        next = next_entry(b->btf, b->import->name, next);
        if (next == 0)
            return status;
        status = check_definer(b, next);
    }
    return status;
}

status_t types_check(const struct types_binding *b)
{
    bool typed = b->btf != NULL && b->import->type != 0;
    bool defined = b->definer_btf != NULL && b->symbol->type != 0;

    if (typed && defined)
        return check_types(b);
    if (b->lenient || (b->symbol->helper && !typed))
        return OK;
    if (!typed)
        return status_refuse(
            ERR_TYPE,
            "%s: the object has no type for this import; declare it under its own "
            "name and compile with -gbtf (and -fno-builtin, if gcc made the call up), "
            "as whorl cc does, or load it with --untyped",
            b->import->name);
    return status_refuse(ERR_TYPE,
                         "%s: %s has no type for it; compile that with -gbtf, or load this with "
                         "--untyped",
                         b->import->name, b->definer);
}
