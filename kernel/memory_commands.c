/* Commands about memory: how much there is and who has it, and what an address is. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/mmu.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/code_space.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "kernel/patch/site.h"
#include "kernel/shell.h"

/* ---- mem ---- */

static void print_totals(void)
{
    size_t code_used, code_taken;
    struct memory_use use;

    memory_use(&use);
    code_space_use(&code_used, &code_taken);
    printf("memory   %10u bytes\n", (unsigned)machine.memory_size);
    printf("kernel   %10u bytes of image\n",
           (unsigned)(IMAGE(kernel_end) - DATA_VIEW - IMAGE(kernel_text_start)));
    printf("pages    %10u of %u bytes; free %u, largest free block %u\n", (unsigned)use.n_pages,
           PAGE_SIZE, (unsigned)use.n_free_pages, (unsigned)use.largest_run);
    printf("heap     %10u bytes in use in %u pages\n", (unsigned)use.heap_bytes,
           (unsigned)use.heap_pages);
    printf("code     %10u bytes generated in %u pages\n", (unsigned)code_used,
           (unsigned)(code_taken / PAGE_SIZE));
}

static void print_owners(void)
{
    printf("%-20s %10s %10s %10s\n", "owner", "pages", "heap bytes", "quota");
    for (unsigned i = 0; i < OWNERS_MAX; i++) {
        const struct owner *o = &owners[i];

        if (o->name == NULL)
            continue;
        printf("%-20s %10u %10u ", o->name, (unsigned)(page_count_held(i) + o->n_image_pages),
               (unsigned)page_other_bytes(i));
        if (o->quota >= OWNER_UNLIMITED)
            printf("%10s\n", "none");
        else
            printf("%10u\n", (unsigned)o->quota);
    }
}

static void print_table(void)
{
    struct mmu_use use;

    mmu_use(&use);
    printf(
        "page table: %u groups of 8 entries, %u of %u entries in use, %u by the second hash; fullest group %u\n",
        (unsigned)use.n_groups, (unsigned)use.n_used, (unsigned)use.n_entries,
        (unsigned)use.n_secondary, (unsigned)use.fullest_group);
    for (unsigned n = 0; n <= 8; n++)
        printf("  %u entries used: %6u groups\n", n, (unsigned)use.groups_with[n]);
}

static status_t mem(int argc, char **argv)
{
    bool verbose = argc == 2 && strcmp(argv[1], "-v") == 0;

    if (argc > 2 || (argc == 2 && !verbose))
        return shell_usage(argv[0]);
    print_totals();
    print_owners();
    if (verbose) {
        printf("analysis of patched code: %u bytes of the kernel's heap\n",
               (unsigned)site_memory());
        print_table();
    }
    return OK;
}
COMMAND(mem, "[-v]",
        "how much memory there is and who has it; -v: analyses, use of the page table");

/* ---- map ---- */

static const struct {
    vaddr_t start, end;
    const char *name;
} regions[] = {
    {0, PAGE_SIZE, "page 0: exception vectors, never mapped"},
    {PAGE_SIZE, VECTOR_PAGES_END, "exception vectors and springboards"},
    {KERNEL_TEXT_BASE, NEAR_CODE_BASE, "kernel text"},
    {NEAR_CODE_BASE, NEAR_CODE_END, "generated code near the kernel"},
    {DOMAIN_CODE_BASE, DOMAIN_CODE_END, "domain text and generated code"},
    {DATA_VIEW, DATA_VIEW + PAGE_SIZE, "data view: window for writing code"},
    {DATA_VIEW, DATA_VIEW + DATA_VIEW_SIZE - 1, "data view"},
    {0x20000000, 0x7fffffff, "translations of extensions"},
    {CAPABILITY_BASE, CAPABILITY_BASE + (1u << CAPABILITY_BITS), "capabilities, never mapped"},
    {0x80000000, 0xffffffff, "devices"},
};

static const char *region_name(vaddr_t address)
{
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        if (address >= regions[i].start &&
            address - regions[i].start < regions[i].end - regions[i].start)
            return regions[i].name;
    return "nothing";
}

static const char *rights_name(vaddr_t address, enum mmu_rights rights)
{
    if (rights == MMU_DEVICE)
        return "read and write, uncached, guarded";
    if (rights == MMU_READ_WRITE)
        return "read and write";
    return address < DATA_VIEW ? "read and execute" : "read";
}

static const char *owner_name(owner_t owner)
{
    return owner < OWNERS_MAX && owners[owner].name != NULL ? owners[owner].name : "kernel";
}

/* Whose an address is: code by its page, data by how its page is held. */
static const char *holder_name(vaddr_t address)
{
    owner_t owner = OWNER_NOBODY;
    struct domain *domain;
    const struct symbol *symbol;

    if (code_space_at(address, &owner))
        return owner_name(owner);
    if (domain_at(address, &domain, &symbol))
        return domain->name;
    if (address < DATA_VIEW)
        return "kernel";
    if (address - DATA_VIEW >= machine.memory_size)
        return "nobody";
    owner = page_holder((const void *)address);
    if (owner == OWNER_HEAP || owner == OWNER_HEAP_REST)
        return "heap";
    if (owner == OWNER_NOBODY)
        return address >= IMAGE(kernel_rodata_start) && address < IMAGE(kernel_end) ? "kernel"
                                                                                    : "nobody";
    return owner_name(owner);
}

static bool parse_address(const char *text, vaddr_t *address)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 16);

    if (end == text || *end != 0 || text[0] == '-' || value > UINT32_MAX)
        return false;
    *address = (vaddr_t)value;
    return true;
}

static status_t map(int argc, char **argv)
{
    enum mmu_rights rights;
    vaddr_t address;
    paddr_t paddr;
    char name[160];

    if (argc != 2)
        return shell_usage(argv[0]);
    if (!parse_address(argv[1], &address))
        return status_refuse(ERR_BAD_ARGUMENT, "%s is not an address in hex", argv[1]);
    printf("address  0x%08x\nregion   %s\n", (unsigned)address, region_name(address));
    if (!mmu_translate(address, &paddr, &rights)) {
        printf("rights   none: it is not mapped\n");
        return OK;
    }
    backtrace_name(address, name, sizeof name);
    printf("rights   %s\nphysical 0x%08x\nowner    %s\nsymbol   %s\n", rights_name(address, rights),
           (unsigned)paddr, holder_name(address), name);
    return OK;
}
COMMAND(map, "ADDRESS", "what an address (in hex) is: region, rights, owner, symbol");
