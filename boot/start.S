/*
 * Entry from Open Firmware, and the way out of it.
 *
 * OpenBIOS jumps to the first byte of the load area with r5 = client interface
 * entry, its own translation on and its own stack in r1. This code lies where
 * it runs (physical = virtual), so it works with translation on and off.
 */
#include "arch/ppc/registers.h"

        .section .text.entry, "ax"

/* void _start(r5 = client interface): does not return. */
        .globl  _start
        .type   _start, @function
_start:
        lis     r1, boot_stack_top@ha
        addi    r1, r1, boot_stack_top@l
        li      r0, 0
        stwu    r0, -16(r1)
        mr      r3, r5
        b       boot_main

/*
 * void boot_handover(paddr_t tree): turn translation and interrupts off and
 * enter the kernel with r3 = physical address of the device tree.
 */
        .globl  boot_handover
        .type   boot_handover, @function
boot_handover:
        lis     r4, kernel_start@ha
        addi    r4, r4, kernel_start@l
        li      r5, MSR_ME
        mtspr   SPR_SRR0, r4
        mtspr   SPR_SRR1, r5
        rfi

        .section .bss
        .balign 16
boot_stack:
        .space  16384
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
