/*
 * See site_arguments.h. To look for one name among all types of the kernel takes a hundred thousand instructions, so the names of
 * all procedures that are there are entered in a table at once. Several of a name count together.
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

#define N_REMEMBERED 1024     /* a power of two */
#define ALL_ARGUMENTS 0x07f8u /* r3 to r10 */

/* A procedure that has a type; the kernel's files together have many of the same name. */
struct slot {
    const char *name; /* NULL: none */
    uint32_t position;
};

struct site_arguments {
    struct domain *domain; /* NULL: the kernel */
    const struct btf *btf; /* of the kernel */
    uint32_t mask;         /* slots there are, less 1 */
    struct slot slots[];
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

static uint32_t count_procedures(const struct btf *btf)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;
    uint32_t n = 0;

    while (btf_next(btf, &cursor, &entry))
        n += entry.procedure;
    return n;
}

static void enter_all(struct site_arguments *arguments)
{
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;

    while (btf_next(arguments->btf, &cursor, &entry)) {
        uint32_t i = symbol_hash(entry.name) & arguments->mask;

        if (!entry.procedure)
            continue;
        while (arguments->slots[i].name != NULL)
            i = (i + 1) & arguments->mask;
        arguments->slots[i] = (struct slot){entry.name, entry.position};
    }
}

static status_t open_kernel(struct site_arguments **arguments)
{
    const struct btf *btf = kernel_types_all();
    uint32_t n_slots = 16, n;

    if (btf == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to read the types of the kernel");
    n = count_procedures(btf);
    while (n_slots <= n)
        n_slots *= 2;
    *arguments = calloc(1, sizeof **arguments + n_slots * sizeof(*arguments)->slots[0]);
    if (*arguments == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the arguments of procedures");
    (*arguments)->btf = btf;
    (*arguments)->mask = n_slots - 1;
    enter_all(*arguments);
    return OK;
}

static bool find_name(const struct site_arguments *arguments, const char *name, uint32_t *registers)
{
    uint32_t i = symbol_hash(name) & arguments->mask;
    bool found = false;

    for (; arguments->slots[i].name != NULL; i = (i + 1) & arguments->mask) {
        struct procedure_type procedure = {.name = name, .btf = arguments->btf};

        if (strcmp(arguments->slots[i].name, name) != 0)
            continue;
        procedure.type = btf_type_at(arguments->btf, arguments->slots[i].position);
        *registers |= registers_of(&procedure);
        found = true;
    }
    return found;
}

static bool find_symbols(const struct site_arguments *arguments, vaddr_t start, uint32_t *registers)
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

/* The kernel and its types stay what they are. */
static struct remembered {
    vaddr_t start;
    uint16_t registers;
    bool typed;
} remembered[N_REMEMBERED];

static bool find_in_kernel(const struct site_arguments *arguments, vaddr_t start,
                           uint32_t *registers)
{
    struct remembered *place = &remembered[start / 4 % N_REMEMBERED];

    if (place->start != start) {
        uint32_t found = 0;
        bool typed = find_symbols(arguments, start, &found);

        *place = (struct remembered){start, (uint16_t)found, typed};
    }
    *registers = place->registers;
    return place->typed;
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
    struct site_arguments *opened;

    if (domain == NULL)
        return open_kernel(arguments);
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the arguments of procedures");
    opened->domain = domain;
    *arguments = opened;
    return OK;
}

void site_arguments_close(struct site_arguments *arguments)
{
    if (arguments != NULL && arguments->domain != NULL)
        domain_rest(arguments->domain);
    free(arguments);
}

bool site_arguments_of(const struct site_arguments *arguments, vaddr_t start, uint32_t *registers)
{
    *registers = 0;
    return arguments->domain != NULL ? find_in_domain(start, registers)
                                     : find_in_kernel(arguments, start, registers);
}
