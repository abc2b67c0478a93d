/*
 * From boot's hand-over, in real mode, to kernel_main with translation on.
 *
 * Until mmu_enable, the data view is a pair of block translations; after it,
 * everything goes through the hashed page table.
 */
#include "arch/ppc/layout.h"
#include "arch/ppc/registers.h"

        .section .text.real, "ax"

/*
 * void kernel_start(r3 = physical address of the device tree): entered in real
 * mode, interrupts off, from boot_handover. Does not return.
 */
        .globl  kernel_start
        .type   kernel_start, @function
kernel_start:
        bl      bats_clear
        lis     r4, (DATA_VIEW | BATU_256M | BATU_SUPERVISOR)@h
        ori     r4, r4, (DATA_VIEW | BATU_256M | BATU_SUPERVISOR)@l
        li      r5, BATL_READ_WRITE
        mtspr   SPR_DBAT0U, r4
        mtspr   SPR_DBAT0L, r5
        li      r4, BATU_256M | BATU_SUPERVISOR
        mtspr   SPR_IBAT0U, r4
        mtspr   SPR_IBAT0L, r5
        isync
        li      r4, MSR_KERNEL
        mtmsr   r4
        isync
        lis     r1, boot_stack_end@ha
        addi    r1, r1, boot_stack_end@l
        li      r0, 0
        mtspr   SPR_SPRG0, r0
        stwu    r0, -16(r1)
        bl      kernel_main
1:      b       1b
        .size   kernel_start, . - kernel_start

/* Invalidate every block translation. Clobbers r4. Real mode. */
        .type   bats_clear, @function
bats_clear:
        li      r4, 0
        mtspr   SPR_IBAT0U, r4
        mtspr   SPR_IBAT1U, r4
        mtspr   SPR_IBAT2U, r4
        mtspr   SPR_IBAT3U, r4
        mtspr   SPR_DBAT0U, r4
        mtspr   SPR_DBAT1U, r4
        mtspr   SPR_DBAT2U, r4
        mtspr   SPR_DBAT3U, r4
        isync
        blr
        .size   bats_clear, . - bats_clear

/*
 * void mmu_enable(uint32_t sdr1, const uint32_t segments[16]): switch from the
 * block translations to the page table. segments is a data view address.
 * Entered and left with translation on and interrupts off; the text runs at its
 * physical address, so it may turn translation off under itself.
 * Clobbers r0, r4-r8, LR is kept in r8.
 */
        .globl  mmu_enable
        .type   mmu_enable, @function
mmu_enable:
        mflr    r8
        mfmsr   r7
        addis   r6, r4, -(DATA_VIEW >> 16)
        li      r5, MSR_ME
        mtmsr   r5
        isync
        bl      bats_clear
        mtspr   SPR_SDR1, r3
        li      r5, 0
1:      lwz     r0, 0(r6)
        mtsrin  r0, r5
        addi    r6, r6, 4
        addis   r5, r5, 0x1000
        cmpwi   r5, 0
        bne     1b
        isync
/* Every congruence class of the translation buffers: EA bits 14-19. */
        li      r5, 64
        mtctr   r5
        li      r5, 0
2:      tlbie   r5
        addi    r5, r5, PAGE_SIZE
        bdnz    2b
        sync
        tlbsync
        sync
        mtmsr   r7
        isync
        mtlr    r8
        blr
        .size   mmu_enable, . - mmu_enable

        .text

/* void cpu_idle(void): wait for an interrupt, then return with interrupts on. */
        .globl  cpu_idle
        .type   cpu_idle, @function
cpu_idle:
        mfmsr   r3
        ori     r3, r3, MSR_EE
        oris    r4, r3, MSR_POW@h
        sync
        mtmsr   r4
        isync
        mtmsr   r3
        isync
        blr
        .size   cpu_idle, . - cpu_idle

/* The page below is a guard: the kernel takes its mapping away. */
        .section .bss
        .balign PAGE_SIZE
        .space  PAGE_SIZE
        .globl  boot_stack_start, boot_stack_end
boot_stack_start:
        .space  65536
boot_stack_end:

        .section .note.GNU-stack, "", @progbits
