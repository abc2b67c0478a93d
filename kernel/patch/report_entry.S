/*
 * Where a context goes on whose fault was that of a patch's handler: as if the body had called this instead. What the handler is known
 * to leave alone may be live behind the patch, so everything is what it was at the fault.
 */
#define FRAME 144
#define SAVED_R0 8
#define SAVED_R3 12
#define SAVED_CTR 128
#define SAVED_XER 132
#define SAVED_CR 136

        .text
/* void patch_report_entry(void): LR is where the body goes on; interrupts are off. */
        .globl  patch_report_entry
        .type   patch_report_entry, @function
patch_report_entry:
        stwu    r1, -FRAME(r1)
        stw     r0, SAVED_R0(r1)
        stmw    r3, SAVED_R3(r1)
        mflr    r0
        stw     r0, FRAME + 4(r1)
        mfctr   r0
        stw     r0, SAVED_CTR(r1)
        mfxer   r0
        stw     r0, SAVED_XER(r1)
        mfcr    r0
        stw     r0, SAVED_CR(r1)
        addi    r3, r1, FRAME
        bl      patch_report
        lwz     r0, SAVED_CR(r1)
        mtcr    r0
        lwz     r0, SAVED_XER(r1)
        mtxer   r0
        lwz     r0, SAVED_CTR(r1)
        mtctr   r0
        lwz     r0, FRAME + 4(r1)
        mtlr    r0
        lmw     r3, SAVED_R3(r1)
        lwz     r0, SAVED_R0(r1)
        addi    r1, r1, FRAME
        blr
        .size   patch_report_entry, . - patch_report_entry

        .section .note.GNU-stack, "", @progbits
