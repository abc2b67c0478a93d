/* The page table as it stands in the running kernel. */
#include <stdint.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/mmu.h"
#include "kernel/test.h"

SUITE("mmu");

static bool maps(vaddr_t address, paddr_t wanted, enum mmu_rights wanted_rights)
{
    enum mmu_rights rights;
    paddr_t paddr;

    return mmu_translate(address, &paddr, &rights) && paddr == wanted && rights == wanted_rights;
}

TEST(every_region_has_its_rights)
{
    CHECK(!mmu_translate(0, NULL, NULL));
    CHECK(!mmu_translate(0xfff, NULL, NULL));
    CHECK(maps(0x1000, 0x1000, MMU_READ));
    CHECK(!mmu_translate(VECTOR_PAGES_END, NULL, NULL));
    CHECK(maps(IMAGE(kernel_text_start), IMAGE(kernel_text_start), MMU_READ));
    CHECK(maps(IMAGE(kernel_rodata_start), IMAGE(kernel_rodata_start) - DATA_VIEW, MMU_READ));
    CHECK(maps(IMAGE(kernel_data_start), IMAGE(kernel_data_start) - DATA_VIEW, MMU_READ_WRITE));
    CHECK(maps(machine.io_base, machine.io_base, MMU_DEVICE));
}

TEST(no_page_of_code_is_in_the_data_view)
{
    for (vaddr_t a = IMAGE(kernel_text_start); a < IMAGE(kernel_text_end); a += PAGE_SIZE)
        if (!CHECK(!mmu_translate(DATA_VIEW + a, NULL, NULL)))
            return;
    for (vaddr_t a = 0; a < VECTOR_PAGES_END; a += PAGE_SIZE)
        CHECK(!mmu_translate(DATA_VIEW + a, NULL, NULL));
    for (vaddr_t a = DOMAIN_CODE_BASE; a < DOMAIN_CODE_END; a += PAGE_SIZE) {
        paddr_t frame;

        if (mmu_translate(a, &frame, NULL) && !CHECK(!mmu_translate(DATA_VIEW + frame, NULL, NULL)))
            return;
    }
}

TEST(a_mapping_can_be_made_changed_and_taken_away)
{
    static uint32_t page[2 * PAGE_SIZE / 4];
    vaddr_t data = ((vaddr_t)page + PAGE_SIZE - 1) & ~(vaddr_t)(PAGE_SIZE - 1);
    volatile uint32_t *alias = (volatile uint32_t *)0x20000000;

    *(uint32_t *)data = 42;
    CHECK_STATUS(OK, mmu_map((vaddr_t)alias, data - DATA_VIEW, MMU_READ_WRITE));
    CHECK_EQUAL(42, *alias);
    *alias = 43;
    CHECK_EQUAL(43, *(volatile uint32_t *)data);
    mmu_protect((vaddr_t)alias, MMU_READ);
    CHECK(maps((vaddr_t)alias, data - DATA_VIEW, MMU_READ));
    mmu_unmap((vaddr_t)alias);
    CHECK(!mmu_translate((vaddr_t)alias, NULL, NULL));
    mmu_unmap((vaddr_t)alias);
}

TEST(ranges_are_readable_only_when_all_of_them_is_mapped)
{
    vaddr_t start = IMAGE(kernel_data_start);

    CHECK(mmu_readable(start, 0));
    CHECK(mmu_readable(start, 2 * PAGE_SIZE));
    CHECK(!mmu_readable(IMAGE(boot_stack_start) - 4, 8));
    CHECK(!mmu_readable(0xfffffffc, 8));
    CHECK(!mmu_readable(0, 1));
}

TEST(entries_are_spread_evenly)
{
    struct mmu_use use;

    mmu_use(&use);
    CHECK(use.n_used >= machine.memory_size / PAGE_SIZE / 2);
    CHECK(use.fullest_group < 8);
    CHECK_EQUAL(0, use.n_secondary);
}
