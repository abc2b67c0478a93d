/*
 * More types of packets than run_netisr was built for, and without a line of it changed: the next step of the paper. Types
 * from 32 on have a mask of their own, and run_netisr services it, too, for wherever it is about to look at its own, a patch
 * calls run_more. Types that are too large for netisr_schedule become what a handler takes: it is an event.
 *
 * Where that is, the machine code tells: an instruction that loads the word at &netisr. What is generated for the patches is kept
 * beside run_more, which may have been linked further from the loop than a branch reaches; then springboards lead
 * there (see the commands probes and springboards). Patching is for the privileged.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/nameserver.h>
#include <whorl/netisr.h>
#include <whorl/patch.h>

DOMAIN("netisr_more");
IMPORT_DOMAIN("netisr");
IMPORT_DOMAIN("SpinPrivate");

INTERFACE(NetisrMore, netisr_more);
EXPORT_INTERFACE("netisr_more", NetisrMore);

EVENT_SIGNATURE(netisr_schedule, status_t, unsigned);

static uint32_t more; /* as `netisr`, of the types from NETISR_TYPES on */
static netisr_procedure_t *procedures[NETISR_TYPES_MORE - NETISR_TYPES];

static bool is_more(unsigned type)
{
    return type >= NETISR_TYPES && type < NETISR_TYPES_MORE;
}

status_t netisr_more(unsigned type, netisr_procedure_t *procedure)
{
    if (!is_more(type))
        return status_refuse(ERR_RANGE, "type %u is not from %d to %d", type, NETISR_TYPES,
                             NETISR_TYPES_MORE - 1);
    procedures[type - NETISR_TYPES] = procedure;
    return OK;
}

/* Runs behind netisr_schedule's own body, which has refused the type; the last result counts. */
static status_t schedule(unsigned type)
{
    if (procedures[type - NETISR_TYPES] == NULL)
        return status_refuse(ERR_NOT_FOUND, "nobody services type %u", type);
    more |= 1u << (type - NETISR_TYPES);
    return OK;
}

/* ---- what the patches call ---- */

static void run_more(void)
{
    while (more != 0) {
        unsigned i = (unsigned)__builtin_ctz(more);

        more &= ~(1u << i);
        if (procedures[i] != NULL)
            procedures[i](i + NETISR_TYPES);
    }
}

/* ---- where they go ---- */

/* Constants in registers, as far as a walk through the code from top to bottom shows them. */
struct registers {
    uint32_t value[32];
};

enum { ADDI = 14, ADDIS = 15, LWZ = 32 }; /* primary opcodes */

/* Whether an instruction loads the word at an address. PEM, chapter 8. */
static bool loads(uint32_t word, uint32_t address, struct registers *registers)
{
    unsigned opcode = word >> 26, t = word >> 21 & 31, a = word >> 16 & 31;
    uint32_t immediate = (uint32_t)(int16_t)word, base = a != 0 ? registers->value[a] : 0;

    if (opcode == ADDI)
        registers->value[t] = base + immediate;
    else if (opcode == ADDIS)
        registers->value[t] = base + (immediate << 16);
    return opcode == LWZ && base + immediate == address;
}

static status_t patch_loads(const uint32_t code[], size_t n)
{
    const struct patch_options options = {.near = (const void *)run_more};
    struct registers registers = {{0}};
    unsigned n_patches = 0;
    status_t status = OK;
    patch_t *patch;

    for (size_t i = 0; status == OK && i < n; i++)
        if (loads(code[i], (uint32_t)&netisr, &registers)) {
            status = patch_insert(&code[i], (procedure_t)run_more, NULL, &options, &patch);
            n_patches++;
        }
    if (status == OK && n_patches == 0)
        return status_refuse(ERR_UNSUPPORTED, "run_netisr does not look at its mask");
    return status;
}

/* Of run_netisr: how long it is. */
static void measure(const struct domain_export *symbol, void *size)
{
    if (strcmp(symbol->name, "run_netisr") == 0)
        *(size_t *)size = symbol->size;
}

status_t domain_init(void)
{
    size_t size = 0;
    domain_t *domain;
    binding_t *binding;
    status_t status = nameserver_query("netisr", &domain);

    if (status == OK)
        status = domain_exports(domain, measure, &size);
    if (status == OK)
        status = patch_loads((const uint32_t *)run_netisr, size / sizeof(uint32_t));
    return status == OK ? EVENT_INSTALL(netisr_schedule, schedule, is_more, NULL, &binding)
                        : status;
}
