/* Long calls as compilers write them, and in other orders and with other registers. */
.macro long_call target, addend=0, call=bctrl, register=12, base=30
    .reloc . + 2, R_PPC_PLT16_HA, \target + \addend
#ifdef PIC
    addis \register, \base, 0
#else
    lis \register, 0
#endif
    .reloc . + 2, R_PPC_PLT16_LO, \target + \addend
    lwz \register, 0(\register)
    .reloc ., R_PPC_PLTSEQ, \target + \addend
    mtctr \register
    .reloc ., R_PPC_PLTCALL, \target + \addend
    \call
.endm

    .text
    .globl long_calls
long_calls:
.irp target, near_one, far_one, at_03000000, at_00001000, at_20000000, at_01fffffc, at_80000000, long_calls, own, local
    long_call \target
    long_call \target, 0, bctr
    long_call \target, 0, bctrl, 11, 29
#ifdef PIC
    long_call \target, 0x8000
#endif
.endr
    long_call absent_procedure
    .weak absent_procedure
#ifdef IDENTIFIED
    long_call identified_one
#endif
    .globl own
own:
    nop
local:
    blr
