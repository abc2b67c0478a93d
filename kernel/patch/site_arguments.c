/*
 * See site_arguments.h. To look for one name among all types of the kernel takes a hundred thousand instructions, so all
 * procedures that are there are entered in a table by name at once. Several of a name count together.
 */
#include "kernel/patch/site_arguments.h"

#include <stdlib.h>
#include <string.h>

#include "domains/domain.h"
#include "domains/image/symbols.h"
#include "kernel/event/prototype.h"
#include "kernel/interface.h"
#include "kernel/kernel_domains.h"
#include "kernel/kernel_symbols.h"

#define N_SLOTS 8192          /* a power of two; the kernel has some 2,000 names */
#define ALL_ARGUMENTS 0x07f8u /* r3 to r10 */

struct slot {
    const char *name; /* NULL: none */
    uint32_t registers;
};

struct site_arguments {
    struct domain *domain; /* NULL: the kernel */
    size_t n;
    struct slot slots[]; /* of the kernel */
};

/* ---- of a type ---- */

static uint32_t registers_of(const struct procedure_type *procedure)
{
    struct signature signature;
    place_t places[WORDS_MAX];
    uint32_t registers = 0;

    if (prototype_signature(procedure, &signature) != OK)
        return ALL_ARGUMENTS;
    (void)signature_places(&signature, false, true, places, NULL);
    for (unsigned i = 0; i < signature.n_words; i++)
        if (PLACE_IS_REGISTER(places[i]))
            registers |= 1u << places[i];
    return registers | (signature.result_pointer ? 1u << 3 : 0);
}

/* ---- the kernel's ---- */

static struct slot *slot_of(struct site_arguments *arguments, const char *name)
{
    size_t i = symbol_hash(name) % N_SLOTS;

    while (arguments->slots[i].name != NULL && strcmp(arguments->slots[i].name, name) != 0)
        i = (i + 1) % N_SLOTS;
    return &arguments->slots[i];
}

/* A table that is full knows no more names; all registers are then taken for arguments. */
static void enter(struct site_arguments *arguments, const struct btf *btf,
                  const struct btf_entry *entry)
{
    struct slot *slot = slot_of(arguments, entry->name);
    const struct procedure_type procedure = {
        .name = entry->name, .btf = btf, .type = btf_type_at(btf, entry->position)};

    if (slot->name == NULL && arguments->n == N_SLOTS - 1)
        return;
    arguments->n += slot->name == NULL;
    slot->name = entry->name;
    slot->registers |= registers_of(&procedure);
}

static status_t fill(struct site_arguments *arguments)
{
    const struct btf *btf = kernel_types_all();
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;

    if (btf == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to read the types of the kernel");
    while (btf_next(btf, &cursor, &entry))
        if (entry.procedure)
            enter(arguments, btf, &entry);
    return OK;
}

static bool find_name(struct site_arguments *arguments, const char *name, uint32_t *registers)
{
    const struct slot *slot = slot_of(arguments, name);

    if (slot->name != NULL)
        *registers |= slot->registers;
    else if (arguments->n == N_SLOTS - 1)
        *registers = ALL_ARGUMENTS;
    return slot->name != NULL;
}

static bool find_in_kernel(struct site_arguments *arguments, vaddr_t start, uint32_t *registers)
{
    const size_t prefix = sizeof IDENTIFIED_PREFIX - 1;
    bool found = false;

    for (size_t i = kernel_symbol_from(start); i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value != start)
            break;
        found = find_name(arguments, symbol.name, registers) || found;
        if (strncmp(symbol.name, IDENTIFIED_PREFIX, prefix) == 0)
            found = find_name(arguments, symbol.name + prefix, registers) || found;
    }
    return found;
}

/* ---- a domain's ---- */

static bool find_in_domain(vaddr_t start, uint32_t *registers)
{
    struct procedure_type procedure;
    status_t status = prototype_of(start, true, &procedure);

    if (status == ERR_NO_MEMORY)
        *registers = ALL_ARGUMENTS;
    if (status != OK || procedure.btf == NULL)
        return false;
    *registers = registers_of(&procedure);
    return true;
}

/* ---- */

status_t site_arguments_open(struct domain *domain, struct site_arguments **arguments)
{
    size_t n = domain == NULL ? N_SLOTS : 0;
    struct site_arguments *opened = calloc(1, sizeof *opened + n * sizeof opened->slots[0]);
    status_t status;

    if (opened == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the arguments of procedures");
    opened->domain = domain;
    status = domain == NULL ? fill(opened) : OK;
    if (status == OK)
        *arguments = opened;
    else
        free(opened);
    return status;
}

void site_arguments_close(struct site_arguments *arguments)
{
    if (arguments->domain != NULL)
        domain_rest(arguments->domain);
    free(arguments);
}

bool site_arguments_of(const struct site_arguments *arguments, vaddr_t start, uint32_t *registers)
{
    *registers = 0;
    return arguments->domain != NULL
               ? find_in_domain(start, registers)
               : find_in_kernel((struct site_arguments *)arguments, start, registers);
}
