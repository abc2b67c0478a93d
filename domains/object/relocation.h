/*
 * Applying one relocation (System V ABI PowerPC supplement, table 4-1; Linux PPC
 * secure-PLT additions), exactly as GNU ld would, with the range checked.
 *
 * Portable and pure. What S is (a symbol, its offset-table entry, its veneer) is
 * the caller's business, told by relocation_kind.
 */
#ifndef DOMAINS_OBJECT_RELOCATION_H
#define DOMAINS_OBJECT_RELOCATION_H

#include <stdbool.h>
#include <stdint.h>

#define R_PPC_NONE 0
#define R_PPC_ADDR32 1
#define R_PPC_ADDR24 2
#define R_PPC_ADDR16 3
#define R_PPC_ADDR16_LO 4
#define R_PPC_ADDR16_HI 5
#define R_PPC_ADDR16_HA 6
#define R_PPC_ADDR14 7
#define R_PPC_ADDR14_BRTAKEN 8
#define R_PPC_ADDR14_BRNTAKEN 9
#define R_PPC_REL24 10
#define R_PPC_REL14 11
#define R_PPC_REL14_BRTAKEN 12
#define R_PPC_REL14_BRNTAKEN 13
#define R_PPC_GOT16 14
#define R_PPC_GOT16_LO 15
#define R_PPC_GOT16_HI 16
#define R_PPC_GOT16_HA 17
#define R_PPC_PLTREL24 18
#define R_PPC_LOCAL24PC 23
#define R_PPC_UADDR32 24
#define R_PPC_UADDR16 25
#define R_PPC_REL32 26
#define R_PPC_PLT16_LO 29
#define R_PPC_PLT16_HI 30
#define R_PPC_PLT16_HA 31
#define R_PPC_PLTSEQ 119
#define R_PPC_PLTCALL 120
#define R_PPC_REL16 249
#define R_PPC_REL16_LO 250
#define R_PPC_REL16_HI 251
#define R_PPC_REL16_HA 252

enum relocation_kind {
    RELOCATION_REFUSED,   /* not applied here; relocation_name tells which it is */
    RELOCATION_NONE,      /* nothing to do */
    RELOCATION_OFFSET,    /* S + A is the entry's offset from _GLOBAL_OFFSET_TABLE_ */
    RELOCATION_SEQUENCE,  /* an instruction that prepares a long call, which becomes a direct one */
    RELOCATION_PLAIN = 8, /* a bit: the symbol's value is all that is needed */
    RELOCATION_VALUE = RELOCATION_PLAIN, /* S + A */
    RELOCATION_BRANCH,                   /* the same, and a veneer for the target will do */
};

enum relocation_result { RELOCATION_DONE, RELOCATION_RANGE, RELOCATION_MISALIGNED };

struct relocation_type {
    uint8_t kind;         /* enum relocation_kind */
    uint8_t width;        /* bytes it changes at its place: 0, 2 or 4 */
    uint8_t field;        /* how its value is stored, private to relocation.c */
    uint8_t relative : 1; /* to the place */
    uint8_t fixup : 5;    /* for the plain kinds: see relocation_of_fixup */
};

extern const struct relocation_type relocation_types[256];

/*
 * The type with that number, for what is kept of relocations in few bits. Types that differ only in
 * what the assembler knew, as PLTREL24 and REL24, come back as one.
 */
uint8_t relocation_of_fixup(unsigned fixup);

/* Those that nearly all are. */
#define FIXUP_ADDR32 0
#define FIXUP_ADDR16_LO 3
#define FIXUP_ADDR16_HA 5
#define FIXUP_REL24 9

/* "R_PPC_ADDR32"; "R_PPC_?" for a number the ABI does not define. */
const char *relocation_name(uint8_t type);

/* For a refused type: the compiler flag that avoids it, NULL if none is known. */
const char *relocation_advice(uint8_t type);

/* Whether the addend of a branch means an offset in the caller's .got2 and not in the target. */
bool relocation_ignores_addend(uint8_t type);

/* A conditional branch relative to its place, which reaches 32 KB. */
bool relocation_is_conditional(uint8_t type);

/*
 * Stores value, that is S + A, at place, whose run-time address is address.
 * Unless it is RELOCATION_DONE nothing is stored. A 24-bit branch that does not
 * reach its target relatively becomes an absolute one if that reaches.
 */
enum relocation_result relocation_apply(uint8_t type, uint8_t *place, uint32_t address,
                                        uint32_t value);

#endif
