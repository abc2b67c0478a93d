/*
 * From addresses to what is known of the procedures and variables there: see prototype.h. What fits what is in
 * prototype_fit.c.
 */
#include "kernel/event/prototype.h"

#include <string.h>

#include "arch/ppc/image.h"
#include "domains/image/image_entry.h"
#include "kernel/event/prototype_fit.h"
#include "kernel/kernel_entry.h"

/* What stands at an address. */
struct found {
    struct domain *domain; /* NULL: the kernel */
    vaddr_t address;
    const char *name;      /* NULL: nothing of that kind starts there */
    const struct btf *btf; /* NULL: its type is not known */
    struct btf_type type;
};

static const char *kind_name(bool procedure)
{
    return procedure ? "procedure" : "variable";
}

static const char *owner_name(const struct found *found)
{
    return found->domain != NULL ? found->domain->name : "the kernel";
}

/* ---- the kernel ---- */

static bool is_in_kernel(vaddr_t address, bool procedure)
{
    if (procedure)
        return address >= IMAGE(kernel_text_start) && address < IMAGE(kernel_text_end);
    return address >= IMAGE(kernel_rodata_start) && address < IMAGE(kernel_data_end);
}

static status_t find_in_kernel(vaddr_t address, bool procedure, struct found *found)
{
    struct kernel_entry entry;
    status_t status = kernel_entry_at(address, procedure, &entry);

    *found = (struct found){.address = address};
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status != OK)
        return status;
    found->name = entry.name;
    found->btf = entry.btf;
    found->type = entry.type;
    return OK;
}

/* ---- domains ---- */

static bool holds(const struct segment *segment, vaddr_t address)
{
    return address - segment->address < segment->size;
}

static bool domain_holds(const struct domain *domain, vaddr_t address, bool procedure)
{
    const struct image_memory *memory = &domain->image.memory;

    if (procedure)
        return holds(&memory->text, address);
    return holds(&memory->data, address) || holds(&memory->rodata, address);
}

static struct domain *domain_of_address(vaddr_t address, bool procedure)
{
    struct domain *domain = domain_next(NULL);

    while (domain != NULL && !domain_holds(domain, address, procedure))
        domain = domain->next;
    return domain;
}

/* Of a symbol of the domain; its types are awake, if it has any. */
static status_t find_type(struct found *found, const struct symbol *symbol, bool procedure)
{
    struct image *image = &found->domain->image;
    status_t status = ERR_NOT_FOUND;

    found->name = symbol->name;
    if (image->btf != NULL)
        status = image_entry_type(image, symbol, procedure, &found->type);
    if (status == OK)
        found->btf = image->btf;
    if (status == ERR_TYPE)
        return status_refuse(ERR_TYPE,
                             "several %ss are called %s in domain %s, and their types differ",
                             kind_name(procedure), symbol->name, found->domain->name);
    if (status == ERR_NO_MEMORY)
        return status_refuse(status, "no memory to compare the types of %s", symbol->name);
    return OK;
}

static status_t wake_types(struct domain *domain)
{
    if (domain_types(domain) == NULL && domain->image.types != NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to read the types of domain %s",
                             domain->name);
    return OK;
}

static status_t find_in_domain(struct domain *domain, vaddr_t address, bool procedure,
                               struct found *found)
{
    const struct symbol *symbol;
    status_t status = wake_types(domain);

    *found = (struct found){.domain = domain, .address = address};
    if (status == OK)
        status = image_entry_at(&domain->image, address, procedure, &symbol);
    if (status != OK || symbol == NULL)
        return status;
    return find_type(found, symbol, procedure);
}

/* An import's slot, whose definition is meant. */
static status_t find_import(const struct domain *user, const struct import *import,
                            struct found *found)
{
    struct domain *definer = import->definer;
    status_t status;

    if (import->state != IMPORT_BOUND)
        return status_refuse(ERR_BAD_ARGUMENT, "%s, which domain %s imports, is bound to nothing",
                             import->name, user->name);
    if (definer->state == DOMAIN_KERNEL)
        return find_in_kernel(import->symbol->value, true, found);
    status = wake_types(definer);
    *found = (struct found){.domain = definer, .address = import->symbol->value};
    return status == OK ? find_type(found, import->symbol, true) : status;
}

/* The import whose slot begins at an address. */
static const struct import *slot_at(const struct domain *domain, vaddr_t address)
{
    const struct import *import = image_import_at(&domain->image, address);

    return import != image_import_at(&domain->image, address - 4) ? import : NULL;
}

static status_t find(vaddr_t address, bool procedure, struct found *found)
{
    struct domain *domain;
    const struct import *import;

    if (is_in_kernel(address, procedure))
        return find_in_kernel(address, procedure, found);
    domain = domain_of_address(address, procedure);
    *found = (struct found){.address = address};
    if (domain == NULL)
        return OK;
    import = slot_at(domain, address);
    if (import != NULL)
        return find_import(domain, import, found);
    return find_in_domain(domain, address, procedure, found);
}

/* ---- procedures ---- */

/* "f.isra.0" and the like; its arguments need not be those of f. */
static bool is_clone(const char *name)
{
    return strchr(name, '.') != NULL;
}

static status_t refuse_untyped(const struct found *found, bool procedure)
{
    if (found->domain == NULL)
        return status_refuse(ERR_TYPE, "%s: its type is not known: the kernel has none for it",
                             found->name);
    return status_refuse(
        ERR_TYPE,
        "%s: its type is not known: domain %s has none for this %s; compile it with "
        "-gbtf, as whorl cc does",
        found->name, found->domain->name, kind_name(procedure));
}

status_t prototype_of(vaddr_t address, bool lenient, struct procedure_type *procedure)
{
    struct found found;
    status_t status = find(address, true, &found);

    if (status != OK)
        return status;
    if (found.name == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "no procedure starts at 0x%08x", (unsigned)address);
    if (is_clone(found.name))
        return status_refuse(ERR_TYPE,
                             "%s of %s is a copy that the compiler made, with other arguments than "
                             "%.*s has",
                             found.name, owner_name(&found), (int)strcspn(found.name, "."),
                             found.name);
    if (found.btf == NULL && !lenient)
        return refuse_untyped(&found, true);
    *procedure = (struct procedure_type){
        found.address, found.domain, found.name, found.btf, found.type,
    };
    return OK;
}

/* ---- variables ---- */

status_t prototype_default_result(const struct procedure_type *event, vaddr_t variable)
{
    struct found found;
    status_t status = find(variable, false, &found);

    if (status != OK)
        return status;
    if (found.name == NULL)
        return status_refuse(ERR_TYPE, "no variable starts at 0x%08x", (unsigned)variable);
    if (found.btf == NULL)
        return refuse_untyped(&found, false);
    return fit_default_result(event, found.name, found.type);
}
