/* See location.h. */
#include "arch/ppc/code/analysis/location.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 256 /* bytes of a symbol with its owner */
#define LISTED_MAX 4  /* of symbols with the same name, in a sentence */

/* What was written, cut up. */
struct parts {
    const char *text;
    char symbol[NAME_ROOM];
    const char *owner; /* NULL if there is none */
    uint32_t offset;
    bool has_offset;
};

static bool parse_number(const char *text, int base, uint32_t *number)
{
    char *end;
    unsigned long long value = strtoull(text, &end, base);

    if (text[0] < '0' || end == text || *end != 0 || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static status_t cut(const char *text, struct parts *parts)
{
    char *mark;

    *parts = (struct parts){.text = text};
    if (strlen(text) >= sizeof parts->symbol)
        return status_refuse(ERR_BAD_ARGUMENT, "a symbol of more than %d characters", NAME_ROOM);
    strcpy(parts->symbol, text);
    mark = strchr(parts->symbol, '+');
    if (mark != NULL) {
        bool hexadecimal = mark[1] == '0' && (mark[2] == 'x' || mark[2] == 'X');

        *mark = 0;
        parts->has_offset = true;
        if (!parse_number(mark + 1, hexadecimal ? 16 : 10, &parts->offset))
            return status_refuse(ERR_BAD_ARGUMENT, "%s: %s is not a number of bytes", text,
                                 text + (mark + 1 - parts->symbol));
    }
    return OK;
}

/* Moves the symbol behind its owner; mark is what stands between. */
static void cut_owner(struct parts *parts, char *mark, char owner[NAME_ROOM])
{
    if (mark == NULL)
        return;
    *mark = 0;
    strcpy(owner, parts->symbol);
    parts->owner = owner;
    memmove(parts->symbol, mark + 1, strlen(mark + 1) + 1);
}

/* ---- symbols ---- */

/* Those of the name that were found. */
struct matches {
    const struct code_name *code, *data, *import; /* one of each, the first global if possible */
    unsigned n_global, n_local;                   /* places in code */
    vaddr_t global, local;                        /* the latest of them */
    char list[NAME_ROOM];
};

static void list(const struct code_index *index, const struct code_name *name,
                 struct matches *matches)
{
    size_t length = strlen(matches->list);
    unsigned n = matches->n_global + matches->n_local;

    if (n <= LISTED_MAX)
        snprintf(matches->list + length, sizeof matches->list - length, "%s%.40s%s0x%08x",
                 n > 1 ? ", " : "", name->owner != NULL ? name->owner : "",
                 name->owner != NULL ? " " : "", (unsigned)code_index_shown(index, name->address));
    else if (n == LISTED_MAX + 1)
        snprintf(matches->list + length, sizeof matches->list - length, ", ...");
}

static void add(const struct code_index *index, const struct code_name *name,
                struct matches *matches)
{
    unsigned *n = name->global ? &matches->n_global : &matches->n_local;
    vaddr_t *latest = name->global ? &matches->global : &matches->local;

    if (name->kind == NAME_DATA || name->kind == NAME_IMPORT) {
        *(name->kind == NAME_DATA ? &matches->data : &matches->import) = name;
        return;
    }
    if (*n != 0 && *latest == name->address)
        return;
    (*n)++;
    *latest = name->address;
    if (matches->code == NULL || name->global)
        matches->code = name;
    list(index, name, matches);
}

static status_t refuse_match(const struct code_index *index, const struct parts *parts,
                             const struct matches *matches)
{
    if (matches->code != NULL)
        return status_refuse(ERR_EXISTS,
                             "%s is %u procedures: %s; say which as OWNER!SYMBOL or by address",
                             parts->text, matches->n_global + matches->n_local, matches->list);
    if (matches->import != NULL)
        return status_refuse(ERR_RANGE, "%s is imported; its code is elsewhere", parts->symbol);
    if (matches->data != NULL)
        return status_refuse(ERR_RANGE, "%s is data, at 0x%08x", parts->symbol,
                             (unsigned)code_index_shown(index, matches->data->address));
    if (parts->owner != NULL)
        return status_refuse(ERR_NOT_FOUND, "no symbol of %s is called %s", parts->owner,
                             parts->symbol);
    return status_refuse(ERR_NOT_FOUND, "no symbol is called %s", parts->symbol);
}

static status_t find_symbol(const struct code_index *index, const struct parts *parts,
                            vaddr_t *address)
{
    struct matches matches = {.code = NULL};
    const struct code_name *name;

    for (size_t cursor = 0; (name = code_index_named(index, parts->symbol, &cursor)) != NULL;)
        if (parts->owner == NULL || (name->owner != NULL && strcmp(name->owner, parts->owner) == 0))
            add(index, name, &matches);
    if (matches.n_global != 1 && matches.n_global + matches.n_local != 1)
        return refuse_match(index, parts, &matches);
    *address = matches.code->address;
    return OK;
}

/* One of the dots stands between owner and symbol, both of which may have others. */
static status_t find_dotted(const struct code_index *index, const struct parts *parts,
                            vaddr_t *address)
{
    status_t status = ERR_NOT_FOUND;

    for (const char *dot = strchr(parts->symbol, '.'); dot != NULL && status == ERR_NOT_FOUND;
         dot = strchr(dot + 1, '.')) {
        struct parts cut = *parts;
        char owner[NAME_ROOM];

        cut_owner(&cut, cut.symbol + (dot - parts->symbol), owner);
        status = find_symbol(index, &cut, address);
    }
    return status;
}

static status_t find(const struct code_index *index, const struct parts *parts, vaddr_t *address)
{
    status_t status = find_symbol(index, parts, address);

    if (status != ERR_NOT_FOUND || parts->owner != NULL)
        return status;
    status = find_dotted(index, parts, address);
    return status == ERR_NOT_FOUND ? find_symbol(index, parts, address) : status;
}

/* ---- */

static status_t check_code(const struct code_index *index, const struct parts *parts,
                           vaddr_t address, struct location *location)
{
    const struct code_source *source = code_index_source(index);
    const struct code_area *area = code_index_area_at(index, address);

    if (area == NULL || !area->code)
        return status_refuse(ERR_RANGE, "%s: there is no code at 0x%08x", parts->text,
                             (unsigned)code_index_shown(index, address));
    if (address % 4 != 0)
        return status_refuse(ERR_RANGE, "%s: 0x%08x is not the address of a word", parts->text,
                             (unsigned)code_index_shown(index, address));
    if (!source->procedure(source->context, address, &location->procedure))
        location->procedure = (struct procedure){
            .start = address, .end = area->address + (area->size & ~3u), .whole = address};
    location->address = address;
    return OK;
}

static status_t check_offset(const struct code_index *index, const struct parts *parts,
                             vaddr_t start)
{
    const struct code_source *source = code_index_source(index);
    struct procedure procedure;

    if (parts->offset == 0 || !source->procedure(source->context, start, &procedure) ||
        parts->offset < procedure.end - start)
        return OK;
    return status_refuse(ERR_RANGE, "%s is beyond the end of %s, which has 0x%x bytes", parts->text,
                         parts->symbol, (unsigned)(procedure.end - start));
}

status_t code_locate(const struct code_index *index, const char *text, struct location *location)
{
    struct parts parts;
    char owner[NAME_ROOM];
    struct location found;
    vaddr_t address = 0;
    status_t status = cut(text, &parts);

    if (status != OK)
        return status;
    cut_owner(&parts, strrchr(parts.symbol, '!'), owner);
    status = find(index, &parts, &address);
    found.whole = status == OK && !parts.has_offset;
    if (status == OK)
        status = check_offset(index, &parts, address);
    else if (status == ERR_NOT_FOUND && parts.owner == NULL && !code_index_is_relocated(index) &&
             parse_number(parts.symbol, 16, &address))
        status = OK;
    if (status == OK)
        status = check_code(index, &parts, address + parts.offset, &found);
    if (status == OK)
        *location = found;
    return status;
}
