/* See strand.h. */
#include "kernel/strand/strand.h"

#include "arch/ppc/image.h"
#include "kernel/busy.h"

struct strand boot_strand = {
    .name = "shell",
    .owner = OWNER_KERNEL,
    .privileged = true,
    .next = &boot_strand,
    .previous = &boot_strand,
};

struct strand *strand_current = &boot_strand;
vaddr_t kernel_busy;
volatile bool busy_switch_due;

void busy_switch(void)
{
}
