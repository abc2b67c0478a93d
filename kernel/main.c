/* From hand-over to prompt, and the kernel's main line. */
#include <stdio.h>
#include <whorl/clock.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/interrupt.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/trap.h"
#include "kernel/contain/contain.h"
#include "kernel/device_tree.h"
#include "kernel/event/overdue.h"
#include "kernel/event/strand_events.h"
#include "kernel/code_space.h"
#include "kernel/heap.h"
#include "kernel/idle.h"
#include "kernel/kernel_domains.h"
#include "kernel/link.h"
#include "kernel/owner.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/springboard.h"
#include "kernel/power.h"
#include "kernel/shell.h"
#include "kernel/strand/locks.h"
#include "kernel/strand/strand.h"

void kernel_main(paddr_t tree) __attribute__((noreturn));

/* An unmapped page below a stack turns an overflow into a fault. */
static void guard_stacks(void)
{
    mmu_unmap(IMAGE(boot_stack_start) - PAGE_SIZE);
    mmu_unmap(IMAGE(exception_stack) - PAGE_SIZE);
}

static void map_devices(void)
{
    for (size_t offset = 0; offset < machine.io_size; offset += PAGE_SIZE)
        if (mmu_map(machine.io_base + offset, machine.io_base + offset, MMU_DEVICE) != OK)
            panic("no room in the page table for the devices");
}

/* The tree is copied out of boot's memory, which is then free for all. */
static void free_boot(paddr_t tree)
{
    device_tree_keep((const void *)(DATA_VIEW + tree));
    page_add(IMAGE(boot_start), IMAGE(boot_end));
}

static bool something_to_do(void)
{
    return link_pending() || shell_pending() || event_overdue_pending();
}

static void serve(void)
{
    patch_report_faults();
    event_report_overdue();
    shell_poll();
    power_poll();
    link_poll();
    power_poll();
    if (!something_to_do())
        idle_until(link_deadline(), something_to_do);
}

/* Until the devices are mapped nothing can be printed: a machine we do not know stays silent. */
void kernel_main(paddr_t tree)
{
    const char *missing = machine_initialize((const void *)(DATA_VIEW + tree));

    while (missing != NULL)
        ;
    trap_initialize();                   /* vectors, while low memory is mapped */
    mmu_initialize(machine.memory_size); /* page table */
    springboard_initialize();
    map_devices();
    interrupt_initialize();
    escc_initialize(); /* from here on panics can be seen */
    guard_stacks();
    owner_initialize();
    page_initialize(); /* physical pages */
    heap_initialize(); /* malloc */
    free_boot(tree);
    code_space_initialize();     /* code addresses */
    kernel_domains_initialize(); /* SpinPublic, SpinPrivate, Debug */
    strand_initialize();         /* this is one of them from here on */
    contain_initialize();
    alarms_initialize(); /* a strand that calls handlers when their time has come */
    link_initialize();
    msr_write(msr_read() | MSR_EE);
    printf("Whorl on %s, %s, %u MB\n", machine.compatible, machine.cpu,
           (unsigned)(machine.memory_size >> 20));
    machine.prompt_ticks = clock_ticks();
    shell_initialize();
    strand_events_initialize(); /* who may have handlers of theirs: nobody asks before this */
    for (;;)
        serve();
}
