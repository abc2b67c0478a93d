/*
 * Instructions of the MPC750 and MPC7400 as records (PEM: "PowerPC Microprocessor Family: The
 * Programming Environments for 32-Bit Microprocessors", chapters 4 and 8; AltiVec PEM, chapter 6).
 *
 * A word is decoded into the opcode of the manual, its modifiers and its operands, in the order in
 * which the manual writes them; simplified mnemonics exist in print.h only. A reserved bit that is
 * set, an invalid form and an opcode that neither processor has make a word no instruction, but for
 * what both judges of tests/host/decode.t know: instructions that other processors of the family have
 * (fsqrt, fsqrts, tlbia, tlbld, tlbli) are decoded and marked absent; hints that later processors
 * have in reserved bits are operands that may be left out (OPERAND_LEV and after it); bcctr may count.
 *
 * Portable and pure; any context.
 */
#ifndef ARCH_PPC_CODE_INSTRUCTION_H
#define ARCH_PPC_CODE_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/code/opcodes.h"

#define OPERANDS_MAX 5

enum modifier {
    MODIFIER_RC = 1, /* "." records in CR0, CR1 or CR6 */
    MODIFIER_OE = 2, /* "o" records overflow */
    MODIFIER_LK = 4, /* "l" links */
    MODIFIER_AA = 8, /* "a" absolute */
};

struct instruction {
    uint16_t opcode;                /* enum opcode */
    uint8_t modifiers;              /* enum modifier, or-ed */
    uint8_t n_operands;             /* code_operands(opcode) says which */
    int32_t operands[OPERANDS_MAX]; /* registers by number; immediates, displacements and branch
                                       displacements in bytes as the manual extends them */
};

/* What is known of an opcode. */
struct opcode_row {
    char name[12];     /* without modifiers */
    uint32_t match;    /* the word with every operand and modifier 0 */
    uint32_t mask;     /* the bits of it that are the same in every word of this opcode */
    uint32_t traits;   /* enum trait of effects.h, or-ed */
    uint8_t modifiers; /* which ones it can have */

    /* Private to this folder. */
    uint8_t form;    /* operands */
    uint16_t access; /* to memory */
    uint32_t roles;  /* of register operands */
    uint32_t more;   /* bits of a word that make it do more than with general registers */
    int16_t reads_t, reads_a, reads_b, writes_t, writes_a; /* masks of 1 << register */
};

extern const struct opcode_row opcode_rows[]; /* by enum opcode */

/*
 * By the first six bits, opcodes of which every word is an instruction, whatever its operands; and the
 * opcode of any word.
 */
extern const uint16_t certain_opcodes[64];
enum opcode code_opcode_checked(uint32_t word);

/*
 * Of words whose first six bits are 31, by their extended opcodes: whether a processor may take one for a privileged
 * instruction, whatever bits it has where there should be zeros. mfspr and mtspr are by the register.
 */
enum { NEVER_PRIVILEGED, BY_REGISTER, ALWAYS_PRIVILEGED };
extern const uint8_t privileged_31[1024];

/* The opcode of a word; OPCODE_UNKNOWN if it is no instruction. */
static inline enum opcode code_opcode(uint32_t word)
{
    enum opcode certain = (enum opcode)certain_opcodes[word >> 26];

    return certain != OPCODE_UNKNOWN ? certain : code_opcode_checked(word);
}

/* What an operand is. */
enum operand {
    OPERAND_NONE,
    OPERAND_RT,  /* general register written, bits 6-10 */
    OPERAND_RS,  /* general register read, bits 6-10 */
    OPERAND_RTM, /* the same of lmw: it and all above it */
    OPERAND_RSM, /* of stmw */
    OPERAND_RTS, /* of lswi and lswx: it and those after it, around r0 */
    OPERAND_RSS, /* of stswi and stswx */
    OPERAND_RA,  /* general register read, bits 11-15 */
    OPERAND_RA0, /* the same, where 0 is not r0 but the number 0 */
    OPERAND_RAW, /* written */
    OPERAND_RAX, /* read and written */
    OPERAND_RAU, /* the same of update forms: not 0 */
    OPERAND_RAL, /* of those that load: not what is loaded either */
    OPERAND_RB,  /* general register read, bits 16-20 */
    OPERAND_RBX, /* the same of lswx: not the first that is loaded */
    OPERAND_FRT, /* floating-point registers, in the places of the above */
    OPERAND_FRS,
    OPERAND_FRA,
    OPERAND_FRB,
    OPERAND_FRC, /* bits 21-25 */
    OPERAND_VRT, /* vector registers */
    OPERAND_VRS,
    OPERAND_VRA,
    OPERAND_VRB,
    OPERAND_VRC,
    OPERAND_SI,    /* signed immediate, 16 bits */
    OPERAND_UI,    /* unsigned immediate, 16 bits */
    OPERAND_D,     /* signed displacement, 16 bits, of memory at D(RA) */
    OPERAND_SH,    /* shift count, bits 16-20 */
    OPERAND_MB,    /* first bit of a mask, bits 21-25 */
    OPERAND_ME,    /* last bit of a mask, bits 26-30 */
    OPERAND_NB,    /* bytes of lswi and stswi, 1 to 32 */
    OPERAND_TO,    /* conditions of a trap, bits 6-10 */
    OPERAND_BO,    /* conditions of a branch, bits 6-10 */
    OPERAND_BI,    /* CR bit that a branch tests, bits 11-15 */
    OPERAND_BD,    /* displacement or address of a conditional branch, bytes, 14 bits << 2 */
    OPERAND_LI,    /* of an unconditional one, 24 bits << 2 */
    OPERAND_BF,    /* CR field written, bits 6-8 */
    OPERAND_BFA,   /* CR field read, bits 11-13 */
    OPERAND_BFF,   /* FPSCR field written, bits 6-8 */
    OPERAND_BFAF,  /* FPSCR field read, bits 11-13 */
    OPERAND_BT,    /* CR bit written, bits 6-10 */
    OPERAND_BA,    /* CR bit read, bits 11-15 */
    OPERAND_BB,    /* CR bit read, bits 16-20 */
    OPERAND_BTF,   /* FPSCR bit written, bits 6-10 */
    OPERAND_L,     /* bit 10 of compares: 0, since these processors have 32 bits */
    OPERAND_FXM,   /* mask of CR fields, bits 12-19, the highest for CR0 */
    OPERAND_FLM,   /* mask of FPSCR fields, bits 7-14 */
    OPERAND_U,     /* immediate for an FPSCR field, bits 16-19 */
    OPERAND_SPR,   /* special-purpose register, halves swapped in the word */
    OPERAND_TBR,   /* time base register, 268 or 269, halves swapped */
    OPERAND_SR,    /* segment register, bits 12-15 */
    OPERAND_STRM,  /* data stream, bits 9-10 */
    OPERAND_T,     /* transient or all streams, bit 6 */
    OPERAND_SIMM,  /* signed immediate of AltiVec, bits 11-15 */
    OPERAND_UIMM,  /* unsigned immediate of AltiVec, bits 11-15 */
    OPERAND_UIMM4, /* the same in 4 bits: an element of vspltb */
    OPERAND_UIMM3,
    OPERAND_UIMM2,
    OPERAND_SHB, /* byte shift of vsldoi, bits 22-25 */
    /* Reserved in PEM, hints of later processors, always last: may be left out, which is 0. */
    OPERAND_LEV, /* of sc, bits 20-26 */
    OPERAND_EH,  /* of lwarx, bit 31 */
    OPERAND_BH,  /* of bclr and bcctr, bits 19-20 */
    OPERAND_LF,  /* of dcbf, bits 9-10: 0, 1 or 3 */
    OPERAND_LM,  /* of mtmsr, bit 15 */
    OPERAND_ONE, /* bit 11 of mtcrf, 1: mtocrf, its mask is of one field */
    OPERAND_FXO, /* bits 11-19 of mfcr: 0, or 256 and the mask of one field: mfocrf */
    OPERAND_LS,  /* of sync (1: lwsync) and tlbie, bit 10 */
    N_OPERANDS,
};

/* What the operands of an opcode are, in order, up to the first OPERAND_NONE. */
const uint8_t *code_operands(enum opcode opcode);

/* False if the word is no instruction; then *instruction is untouched. */
bool code_decode(uint32_t word, struct instruction *instruction);

enum encode_fault {
    ENCODE_OK,
    ENCODE_OPCODE,   /* there is none of that number */
    ENCODE_MODIFIER, /* one that the opcode cannot have */
    ENCODE_OPERAND,  /* out of range or misaligned, or the number of operands is wrong */
};

/*
 * The inverse of code_decode; but operands that may be left out can be missing. On a fault *word is
 * untouched.
 */
enum encode_fault code_encode(const struct instruction *instruction, uint32_t *word);

#endif
