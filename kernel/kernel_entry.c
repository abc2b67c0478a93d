/*
 * See kernel_entry.h. What was found among all types, which takes long, is remembered: the kernel and its
 * types stay what they are.
 */
#include "kernel/kernel_entry.h"

#include <string.h>

#include "domains/object/btf_value.h"
#include "kernel/interface.h"
#include "kernel/kernel_domains.h"
#include "kernel/kernel_symbols.h"

#define N_REMEMBERED 256 /* a power of two */

static struct remembered {
    vaddr_t address;
    struct btf_type type;
} remembered[N_REMEMBERED];

static struct remembered *place_of(vaddr_t address)
{
    return &remembered[address / 4 % N_REMEMBERED];
}

static const char *public_name(const char *name)
{
    size_t length = sizeof IDENTIFIED_PREFIX - 1;

    return strncmp(name, IDENTIFIED_PREFIX, length) == 0 ? name + length : name;
}

/* ---- symbols ---- */

static bool is_of_kind(const struct symbol *symbol, bool procedure)
{
    return symbol->kind == SYMBOL_OTHER || (symbol->kind == SYMBOL_PROCEDURE) == procedure;
}

/* The kernel's own calls of what must know who calls go to a procedure of the same name and type. */
static bool stands_for(const struct symbol *symbol, const struct symbol *exported)
{
    return symbol->value == exported->value || (exported->identified && symbol->exported);
}

/* The type that an interface gives it. */
static bool find_public(const struct symbol *symbol, bool procedure, struct kernel_entry *entry)
{
    const char *name = public_name(symbol->name);
    const struct btf *btf = kernel_types_public();
    const struct symbol *exported;

    if (!kernel_interface_symbol(name, &exported) || !stands_for(symbol, exported) ||
        exported->type == 0 || btf_is_procedure(btf, exported->type) != procedure)
        return false;
    *entry = (struct kernel_entry){name, btf, btf_type_at(btf, exported->type)};
    return true;
}

/* The more, the better it stands for the address: clones have a dot in their names. */
static int merit(const struct symbol *symbol)
{
    return strchr(symbol->name, '.') != NULL ? 1 : 2 + symbol->exported;
}

/* Whether a public one is there, which fills the entry; else *best is the best of the others, if any. */
static bool look_at(vaddr_t address, bool procedure, struct symbol *best,
                    struct kernel_entry *entry)
{
    int most = 0;

    best->name = NULL;
    for (size_t i = kernel_symbol_from(address); i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value != address)
            break;
        if (!is_of_kind(&symbol, procedure))
            continue;
        if (find_public(&symbol, procedure, entry))
            return true;
        if (merit(&symbol) > most) {
            most = merit(&symbol);
            *best = symbol;
        }
    }
    return false;
}

/* ---- types ---- */

static status_t find_among_all(const struct symbol *symbol, bool procedure,
                               struct kernel_entry *entry)
{
    struct remembered *place = place_of(symbol->value);
    status_t status = OK;

    entry->btf = kernel_types_all();
    if (entry->btf == NULL)
        return ERR_NO_MEMORY;
    if (place->address == symbol->value) {
        entry->type = place->type;
        return OK;
    }
    status = btf_agreed_type(entry->btf, symbol->name, procedure, 0, &entry->type);
    if (status == OK)
        *place = (struct remembered){symbol->value, entry->type};
    else
        entry->btf = NULL;
    return status == ERR_NOT_FOUND ? OK : status;
}

status_t kernel_entry_at(vaddr_t address, bool procedure, struct kernel_entry *entry)
{
    struct symbol best;
    status_t status;

    if (look_at(address, procedure, &best, entry))
        return OK;
    if (best.name == NULL)
        return ERR_NOT_FOUND;
    *entry = (struct kernel_entry){.name = public_name(best.name)};
    status = find_among_all(&best, procedure, entry);
    if (status == ERR_TYPE)
        return status_refuse(ERR_TYPE,
                             "several %s are called %s in the kernel, and their types differ",
                             procedure ? "procedures" : "variables", entry->name);
    return status == OK ? OK : status_refuse(status, "no memory to read the types of the kernel");
}
