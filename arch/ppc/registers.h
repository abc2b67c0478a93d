/*
 * Numbers of the processor: special purpose registers, machine state bits,
 * exception vectors, page table entry fields. Usable from C and assembly.
 *
 * Source: MPC750 RISC Microprocessor Family User's Manual, chapters 2, 4 and 5;
 * MPC7410/7400 User's Manual for the AltiVec vectors; PowerPC Programming
 * Environments Manual, chapter 7 (memory management).
 *
 * Every such number of the system stands here and nowhere else.
 */
#ifndef ARCH_PPC_REGISTERS_H
#define ARCH_PPC_REGISTERS_H

/* Special purpose registers. */
#define SPR_XER 1
#define SPR_LR 8
#define SPR_CTR 9
#define SPR_DSISR 18
#define SPR_DAR 19
#define SPR_DEC 22
#define SPR_SDR1 25
#define SPR_SRR0 26
#define SPR_SRR1 27
#define SPR_VRSAVE 256
#define SPR_SPRG0 272
#define SPR_SPRG1 273
#define SPR_SPRG2 274
#define SPR_SPRG3 275
#define SPR_EAR 282
#define SPR_TBWL 284
#define SPR_TBWU 285
#define SPR_PVR 287
#define SPR_IBAT0U 528
#define SPR_IBAT0L 529
#define SPR_IBAT1U 530
#define SPR_IBAT1L 531
#define SPR_IBAT2U 532
#define SPR_IBAT2L 533
#define SPR_IBAT3U 534
#define SPR_IBAT3L 535
#define SPR_DBAT0U 536
#define SPR_DBAT0L 537
#define SPR_DBAT1U 538
#define SPR_DBAT1L 539
#define SPR_DBAT2U 540
#define SPR_DBAT2L 541
#define SPR_DBAT3U 542
#define SPR_DBAT3L 543
#define SPR_HID0 1008

/* Condition register. */
#define CR_FIELD_0 0xf0000000
#define CR_FIELD_0_EQUAL 0x20000000

/* Fixed-point exception register, and vector status and control register. */
#define XER_SO 0x80000000
#define XER_OV 0x40000000
#define XER_CA 0x20000000
#define XER_COUNT 0x0000007f
#define VSCR_NJ 0x00010000
#define VSCR_SAT 0x00000001

/* Upper half of PVR: which processor it is. */
#define PVR_750 0x0008
#define PVR_7400 0x000c

/* Time base registers as read by mftb. */
#define TBR_TBL 268
#define TBR_TBU 269

/* Machine state register. */
#define MSR_VEC 0x02000000
#define MSR_POW 0x00040000
#define MSR_EE 0x00008000
#define MSR_PR 0x00004000
#define MSR_FP 0x00002000
#define MSR_ME 0x00001000
#define MSR_SE 0x00000400
#define MSR_BE 0x00000200
#define MSR_IP 0x00000040
#define MSR_IR 0x00000020
#define MSR_DR 0x00000010
#define MSR_RI 0x00000002

/* What the kernel runs with, interrupts aside. */
#define MSR_KERNEL (MSR_ME | MSR_IR | MSR_DR | MSR_RI)

/* Hardware implementation register 0: nap when MSR[POW] is set. */
#define HID0_NAP 0x00400000
#define HID0_DPM 0x00100000

/* Exception vectors: offsets from physical address 0. */
#define VECTOR_RESET 0x0100
#define VECTOR_MACHINE_CHECK 0x0200
#define VECTOR_DSI 0x0300
#define VECTOR_ISI 0x0400
#define VECTOR_EXTERNAL 0x0500
#define VECTOR_ALIGNMENT 0x0600
#define VECTOR_PROGRAM 0x0700
#define VECTOR_FP_UNAVAILABLE 0x0800
#define VECTOR_DECREMENTER 0x0900
#define VECTOR_SYSTEM_CALL 0x0c00
#define VECTOR_TRACE 0x0d00
#define VECTOR_FP_ASSIST 0x0e00
#define VECTOR_PERFORMANCE 0x0f00
#define VECTOR_ALTIVEC_UNAVAILABLE 0x0f20
#define VECTOR_BREAKPOINT 0x1300
#define VECTOR_SYSTEM_MANAGEMENT 0x1400
#define VECTOR_ALTIVEC_ASSIST 0x1600
#define VECTOR_THERMAL 0x1700

/* One stub for every hundred-hex is copied into low memory. Sizes are in bytes. */
#define VECTORS_BASE 0x0100
#define VECTORS_END 0x1800
#define VECTOR_DISTANCE 0x100
#define VECTOR_STUB_SIZE 0x10

/* SRR1 after a program exception: why it was raised. */
#define SRR1_MSR \
    0x0000ffff /* bits of the machine state before, all that matter; the others say why there was an exception */
#define SRR1_PROGRAM_FP 0x00100000
#define SRR1_PROGRAM_ILLEGAL 0x00080000
#define SRR1_PROGRAM_PRIVILEGED 0x00040000
#define SRR1_PROGRAM_TRAP 0x00020000

/* SRR1 after an instruction storage exception. */
#define SRR1_ISI_UNMAPPED 0x40000000
#define SRR1_ISI_NO_EXECUTE 0x10000000
#define SRR1_ISI_PROTECTED 0x08000000

/* DSISR after a data storage exception. */
#define DSISR_UNMAPPED 0x40000000
#define DSISR_PROTECTED 0x08000000
#define DSISR_STORE 0x02000000

/* Block address translation, used only between boot and mmu_enable. */
#define BATU_256M 0x00001ffc
#define BATU_SUPERVISOR 0x00000002
#define BATL_READ_WRITE 0x00000002

/* Segment registers. */
#define SR_NO_EXECUTE 0x10000000

/* Page table entries, low word. */
#define PTE_VALID 0x80000000
#define PTE_REFERENCED 0x00000100
#define PTE_CHANGED 0x00000080
#define PTE_UNCACHED 0x00000020
#define PTE_COHERENT 0x00000010
#define PTE_GUARDED 0x00000008
#define PTE_PP_READ_WRITE 0x00000002
#define PTE_PP_READ_ONLY 0x00000003

#endif
