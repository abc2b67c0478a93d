/*
 * What an instruction does: what it reads and writes, where control goes next, and what else must be
 * known to move or judge it. Exceptions apart: what a trap, a fault or sc saves is not among them.
 * Sources: PEM chapter 8 and 3.1.3 (FPSCR), AltiVec PEM chapter 6, PEM 2.3.1.5 (synchronization).
 *
 * A register is read if what the instruction writes, or where it goes, can depend on its contents. One
 * that is written only under a condition (rA by rlwimi, all registers by lswx) is also read, since what
 * it holds afterwards can be what it held before; so written sets can be taken as certain.
 *
 * Portable and pure; any context.
 */
#ifndef ARCH_PPC_CODE_EFFECTS_H
#define ARCH_PPC_CODE_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/register_set.h"

#define NO_REGISTER 0xff
#define NO_SPR 0xffff

/* Memory at (base or 0) + (index or 0) + displacement. */
enum memory_direction { MEMORY_NONE, MEMORY_LOAD, MEMORY_STORE };

struct memory_access {
    uint8_t direction;    /* enum memory_direction; of cache instructions what they amount to:
                             dcbz, dcba and dcbi are stores of a line, the others are none */
    uint8_t base, index;  /* general registers, NO_REGISTER if there is none */
    uint8_t width;        /* bytes, 1 to 128; 0: as many as XER says */
    uint8_t alignment;    /* bytes; of AltiVec, dcbz…: low bits of the address are ignored */
    bool reserve;         /* lwarx, stwcx. */
    bool update;          /* base receives the address */
    int16_t displacement; /* bytes */
};

struct effects {
    struct register_set reads, writes;
    struct memory_access memory;
    uint16_t spr; /* which SPR mfspr or mtspr is about, NO_SPR for others */
};

/* word must be one that code_opcode knows, opcode what it says. */
void code_effects(uint32_t word, enum opcode opcode, struct effects *effects);

/*
 * Only what dataflow analysis needs, at a quarter of the price: takes away what the instruction
 * writes from *live, then adds what it reads.
 */
void code_effects_backward(uint32_t word, enum opcode opcode, struct register_set *live);

/* The same for n words, from the last to the first; and adds what they write to *written. */
void code_effects_gather(const uint32_t words[], const uint16_t opcodes[], uint32_t n,
                         struct register_set *live, struct register_set *written);

/* Traits of opcodes, in struct opcode_row. */
enum trait {
    TRAIT_PRIVILEGED = 1u << 0, /* but mfspr and mtspr: ask code_is_privileged */
    /* What is a context-synchronizing instruction: sc, rfi, isync. */
    TRAIT_CONTEXT_SYNC = 1u << 1,
    TRAIT_ALTIVEC = 1u << 2,  /* only the 7400 has it */
    TRAIT_7400 = 1u << 3,     /* the same, not AltiVec: dcba */
    TRAIT_ABSENT = 1u << 4,   /* neither has it: it traps */
    TRAIT_BRANCH = 1u << 5,   /* control may go elsewhere: branches, rfi, sc */
    TRAIT_TRAP = 1u << 6,     /* tw, twi */
    TRAIT_FLOATING = 1u << 7, /* needs MSR[FP] */
    /* The rest is what code_effects stands on. */
    TRAIT_READS_CA = 1u << 8,
    TRAIT_WRITES_CA = 1u << 9,
    TRAIT_READS_SO = 1u << 10,
    TRAIT_READS_FPSCR = 1u << 11,
    TRAIT_WRITES_FPSCR = 1u << 12,
    TRAIT_READS_VSCR = 1u << 13,
    TRAIT_WRITES_VSCR = 1u << 14,
    TRAIT_RC_ALWAYS = 1u << 15, /* addic., andi., stwcx.: records without a bit that says so */
    TRAIT_CR6 = 1u << 16,       /* its RC is about CR6 */
    TRAIT_LINK = 1u << 18,      /* may set LR, but is no branch: mtspr */
    TRAIT_ODD = 1u << 17,       /* has a case of its own in effects.c */
};

/* How opcodes access memory, in struct opcode_row: one of the first two, or-ed with the width and RESERVE. */
enum access {
    ACCESS_LOAD = 1,
    ACCESS_STORE = 2,
    ACCESS_RESERVE = 4,
    ACCESS_WIDTH = 3, /* shift of the width in bytes */
};

bool code_is_privileged(uint32_t word, enum opcode opcode);

/* Whether what it does depends on where it stands: relative branches, and all that link. */
bool code_is_relative(uint32_t word, enum opcode opcode);

/* Whether the BO field of a branch says "always". */
static inline bool code_branches_always(uint32_t word)
{
    return (word & 0x02800000) == 0x02800000;
}

/* Where control may go after an instruction. */
enum transfer {
    TRANSFER_NEXT,    /* to the next instruction only */
    TRANSFER_DIRECT,  /* b, bc: to a known address */
    TRANSFER_LINK,    /* to what LR holds: bclr */
    TRANSFER_COUNT,   /* to what CTR holds: bcctr */
    TRANSFER_SYSTEM,  /* sc: comes back to the next one */
    TRANSFER_RFI,     /* to what SRR0 holds */
    TRANSFER_TRAP,    /* tw, twi: to the next one, or never */
    TRANSFER_NOWHERE, /* a trap that always happens, an absent instruction */
};

struct successor {
    uint8_t transfer; /* enum transfer */
    bool conditional; /* or to the next one; a call comes back there in any case */
    bool links;       /* a call, unless it is the address that is wanted (bcl 20,31,$+4) */
    uint32_t target;  /* of TRANSFER_DIRECT */
};

/* Of the instruction at an address. A word that is none: TRANSFER_NOWHERE. */
void code_successor(uint32_t word, uint32_t address, struct successor *successor);

/* The same for who knows what code_opcode says. */
void code_successor_of(uint32_t word, enum opcode opcode, uint32_t address,
                       struct successor *successor);

#endif
