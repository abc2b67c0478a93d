/*
 * Where operands stand in instruction words, and what they do to the registers they name. Private to this
 * folder.
 */
#ifndef ARCH_PPC_CODE_OPERANDS_H
#define ARCH_PPC_CODE_OPERANDS_H

#include "arch/ppc/code/instruction.h"

/* Operands of most forms. */
#define FIELD_T(word) ((word) >> 21 & 31)
#define FIELD_A(word) ((word) >> 16 & 31)
#define FIELD_B(word) ((word) >> 11 & 31)
#define IMMEDIATE(word) ((uint32_t)(int16_t)(word))

/* What a register operand does. Places T, A, B, C are bits 6-10, 11-15, 16-20 and 21-25 of the word. */
enum role {
    WRITES_T = 1u << 0, /* general */
    READS_T = 1u << 1,
    WRITES_A = 1u << 2,
    READS_A = 1u << 3,
    READS_A0 = 1u << 4, /* unless it is 0 */
    READS_B = 1u << 5,
    GENERAL = (1u << 6) - 1,
    WRITES_FT = 1u << 6, /* floating-point */
    READS_FT = 1u << 7,
    READS_FA = 1u << 8,
    READS_FB = 1u << 9,
    READS_FC = 1u << 10,
    WRITES_VT = 1u << 11, /* vector */
    READS_VT = 1u << 12,
    READS_VA = 1u << 13,
    READS_VB = 1u << 14,
    READS_VC = 1u << 15,
    FLOATING_AND_VECTOR = 0xffc0,
    WRITES_CR_FIELD = 1u << 16,
    READS_CR_FIELD = 1u << 17,
    WRITES_CR_BIT = 1u << 18,
    READS_CR_BITS = 1u << 19,
    CONDITION = 0xf0000,
    DISPLACED = 1u << 20, /* memory at D(RA) */
    /* What is invalid, so that the word is no instruction. */
    A_IS_ZERO = 1u << 21,
    A_IS_TARGET = 1u << 22,
    A_IS_LOADED = 1u << 23, /* by lmw */
    B_IS_TARGET = 1u << 24,
    BO_IS_ODD = 1u << 25, /* a bit is set that must be 0 */
    L_IS_TWO = 1u << 26,
    NOT_ONE_FIELD = 1u << 27, /* mtocrf or mfocrf of several fields, or none */
    FIELDS_OF_MFCR = 1u << 28,
    CONSTRAINED = A_IS_ZERO | A_IS_TARGET | A_IS_LOADED | B_IS_TARGET | BO_IS_ODD | L_IS_TWO |
                  NOT_ONE_FIELD | FIELDS_OF_MFCR,
};

enum operand_shape {
    PLAIN,
    SIGNED,
    WORDS,  /* signed, the field counts words */
    HALVES, /* swapped */
    COUNT,  /* 0 is 32 */
    TIME,   /* what is added to TIME_BASE */
};

#define TIME_BASE 268

/* clang-format off */
/* kind, shift, width, shape, role */
#define OPERANDS(OPERAND) \
    OPERAND(RT,    21, 5,  PLAIN,  WRITES_T) \
    OPERAND(RS,    21, 5,  PLAIN,  READS_T) \
    OPERAND(RTM,   21, 5,  PLAIN,  A_IS_LOADED) \
    OPERAND(RSM,   21, 5,  PLAIN,  0) \
    OPERAND(RTS,   21, 5,  PLAIN,  A_IS_TARGET) \
    OPERAND(RSS,   21, 5,  PLAIN,  0) \
    OPERAND(RA,    16, 5,  PLAIN,  READS_A) \
    OPERAND(RA0,   16, 5,  PLAIN,  READS_A0) \
    OPERAND(RAW,   16, 5,  PLAIN,  WRITES_A) \
    OPERAND(RAX,   16, 5,  PLAIN,  READS_A | WRITES_A) \
    OPERAND(RAU,   16, 5,  PLAIN,  READS_A | WRITES_A | A_IS_ZERO) \
    OPERAND(RAL,   16, 5,  PLAIN,  READS_A | WRITES_A | A_IS_ZERO | A_IS_TARGET) \
    OPERAND(RB,    11, 5,  PLAIN,  READS_B) \
    OPERAND(RBX,   11, 5,  PLAIN,  READS_B | B_IS_TARGET) \
    OPERAND(FRT,   21, 5,  PLAIN,  WRITES_FT) \
    OPERAND(FRS,   21, 5,  PLAIN,  READS_FT) \
    OPERAND(FRA,   16, 5,  PLAIN,  READS_FA) \
    OPERAND(FRB,   11, 5,  PLAIN,  READS_FB) \
    OPERAND(FRC,   6,  5,  PLAIN,  READS_FC) \
    OPERAND(VRT,   21, 5,  PLAIN,  WRITES_VT) \
    OPERAND(VRS,   21, 5,  PLAIN,  READS_VT) \
    OPERAND(VRA,   16, 5,  PLAIN,  READS_VA) \
    OPERAND(VRB,   11, 5,  PLAIN,  READS_VB) \
    OPERAND(VRC,   6,  5,  PLAIN,  READS_VC) \
    OPERAND(SI,    0,  16, SIGNED, 0) \
    OPERAND(UI,    0,  16, PLAIN,  0) \
    OPERAND(D,     0,  16, SIGNED, DISPLACED) \
    OPERAND(SH,    11, 5,  PLAIN,  0) \
    OPERAND(MB,    6,  5,  PLAIN,  0) \
    OPERAND(ME,    1,  5,  PLAIN,  0) \
    OPERAND(NB,    11, 5,  COUNT,  0) \
    OPERAND(TO,    21, 5,  PLAIN,  0) \
    OPERAND(BO,    21, 5,  PLAIN,  BO_IS_ODD) \
    OPERAND(BI,    16, 5,  PLAIN,  0) \
    OPERAND(BD,    2,  14, WORDS,  0) \
    OPERAND(LI,    2,  24, WORDS,  0) \
    OPERAND(BF,    23, 3,  PLAIN,  WRITES_CR_FIELD) \
    OPERAND(BFA,   18, 3,  PLAIN,  READS_CR_FIELD) \
    OPERAND(BFF,   23, 3,  PLAIN,  0) \
    OPERAND(BFAF,  18, 3,  PLAIN,  0) \
    OPERAND(BT,    21, 5,  PLAIN,  WRITES_CR_BIT) \
    OPERAND(BA,    16, 5,  PLAIN,  READS_CR_BITS) \
    OPERAND(BB,    11, 5,  PLAIN,  READS_CR_BITS) \
    OPERAND(BTF,   21, 5,  PLAIN,  0) \
    OPERAND(L,     21, 0,  PLAIN,  0) \
    OPERAND(FXM,   12, 8,  PLAIN,  0) \
    OPERAND(FLM,   17, 8,  PLAIN,  0) \
    OPERAND(U,     12, 4,  PLAIN,  0) \
    OPERAND(SPR,   11, 10, HALVES, 0) \
    OPERAND(TBR,   16, 1,  TIME,   0) \
    OPERAND(SR,    16, 4,  PLAIN,  0) \
    OPERAND(STRM,  21, 2,  PLAIN,  0) \
    OPERAND(T,     25, 1,  PLAIN,  0) \
    OPERAND(SIMM,  16, 5,  SIGNED, 0) \
    OPERAND(UIMM,  16, 5,  PLAIN,  0) \
    OPERAND(UIMM4, 16, 4,  PLAIN,  0) \
    OPERAND(UIMM3, 16, 3,  PLAIN,  0) \
    OPERAND(UIMM2, 16, 2,  PLAIN,  0) \
    OPERAND(SHB,   6,  4,  PLAIN,  0) \
    OPERAND(LEV,   5,  7,  PLAIN,  0) \
    OPERAND(EH,    0,  1,  PLAIN,  0) \
    OPERAND(BH,    11, 2,  PLAIN,  0) \
    OPERAND(LF,    21, 2,  PLAIN,  L_IS_TWO) \
    OPERAND(LM,    16, 1,  PLAIN,  0) \
    OPERAND(ONE,   20, 1,  PLAIN,  NOT_ONE_FIELD) \
    OPERAND(FXO,   12, 9,  PLAIN,  NOT_ONE_FIELD | FIELDS_OF_MFCR) \
    OPERAND(LS,    21, 1,  PLAIN,  0)

#define FORMS(FORM) \
    FORM(BF,               BF, NONE, NONE, NONE, NONE) \
    FORM(BFF_U,            BFF, U, NONE, NONE, NONE) \
    FORM(BF_BFA,           BF, BFA, NONE, NONE, NONE) \
    FORM(BF_BFAF,          BF, BFAF, NONE, NONE, NONE) \
    FORM(BF_FRA_FRB,       BF, FRA, FRB, NONE, NONE) \
    FORM(BF_L_RA_RB,       BF, L, RA, RB, NONE) \
    FORM(BF_L_RA_SI,       BF, L, RA, SI, NONE) \
    FORM(BF_L_RA_UI,       BF, L, RA, UI, NONE) \
    FORM(BO_BI,            BO, BI, BH, NONE, NONE) \
    FORM(BO_BI_BD,         BO, BI, BD, NONE, NONE) \
    FORM(BTF,              BTF, NONE, NONE, NONE, NONE) \
    FORM(BT_BA_BB,         BT, BA, BB, NONE, NONE) \
    FORM(FLM_FRB,          FLM, FRB, NONE, NONE, NONE) \
    FORM(FRS_D_RA,         FRS, D, RA0, NONE, NONE) \
    FORM(FRS_D_RAX,        FRS, D, RAU, NONE, NONE) \
    FORM(FRS_RA0_RB,       FRS, RA0, RB, NONE, NONE) \
    FORM(FRS_RAX_RB,       FRS, RAU, RB, NONE, NONE) \
    FORM(FRT,              FRT, NONE, NONE, NONE, NONE) \
    FORM(FRT_D_RA,         FRT, D, RA0, NONE, NONE) \
    FORM(FRT_D_RAX,        FRT, D, RAU, NONE, NONE) \
    FORM(FRT_FRA_FRB,      FRT, FRA, FRB, NONE, NONE) \
    FORM(FRT_FRA_FRC,      FRT, FRA, FRC, NONE, NONE) \
    FORM(FRT_FRA_FRC_FRB,  FRT, FRA, FRC, FRB, NONE) \
    FORM(FRT_FRB,          FRT, FRB, NONE, NONE, NONE) \
    FORM(FRT_RA0_RB,       FRT, RA0, RB, NONE, NONE) \
    FORM(FRT_RAX_RB,       FRT, RAU, RB, NONE, NONE) \
    FORM(FXM_RS,           FXM, RS, ONE, NONE, NONE) \
    FORM(LEV,              LEV, NONE, NONE, NONE, NONE) \
    FORM(LI,               LI, NONE, NONE, NONE, NONE) \
    FORM(LS,               LS, NONE, NONE, NONE, NONE) \
    FORM(NOTHING,          NONE, NONE, NONE, NONE, NONE) \
    FORM(RA0_RB,           RA0, RB, NONE, NONE, NONE) \
    FORM(RA0_RB_LF,        RA0, RB, LF, NONE, NONE) \
    FORM(RAX_RS_SH_MB_ME,  RAX, RS, SH, MB, ME) \
    FORM(RA_RB_STRM_T,     RA, RB, STRM, T, NONE) \
    FORM(RA_RS,            RAW, RS, NONE, NONE, NONE) \
    FORM(RA_RS_RB,         RAW, RS, RB, NONE, NONE) \
    FORM(RA_RS_RB_MB_ME,   RAW, RS, RB, MB, ME) \
    FORM(RA_RS_SH,         RAW, RS, SH, NONE, NONE) \
    FORM(RA_RS_SH_MB_ME,   RAW, RS, SH, MB, ME) \
    FORM(RA_RS_UI,         RAW, RS, UI, NONE, NONE) \
    FORM(RB,               RB, NONE, NONE, NONE, NONE) \
    FORM(RB_LS,            RB, LS, NONE, NONE, NONE) \
    FORM(RS_LM,            RS, LM, NONE, NONE, NONE) \
    FORM(RSM_D_RA,         RSM, D, RA0, NONE, NONE) \
    FORM(RSS_RA0_NB,       RSS, RA0, NB, NONE, NONE) \
    FORM(RSS_RA0_RB,       RSS, RA0, RB, NONE, NONE) \
    FORM(RS_D_RA,          RS, D, RA0, NONE, NONE) \
    FORM(RS_D_RAX,         RS, D, RAU, NONE, NONE) \
    FORM(RS_RA0_RB,        RS, RA0, RB, NONE, NONE) \
    FORM(RS_RAX_RB,        RS, RAU, RB, NONE, NONE) \
    FORM(RS_RB,            RS, RB, NONE, NONE, NONE) \
    FORM(RT,               RT, NONE, NONE, NONE, NONE) \
    FORM(RTM_D_RA,         RTM, D, RA0, NONE, NONE) \
    FORM(RTS_RA0_NB,       RTS, RA0, NB, NONE, NONE) \
    FORM(RTS_RA0_RB,       RTS, RA0, RBX, NONE, NONE) \
    FORM(RT_FXO,           RT, FXO, NONE, NONE, NONE) \
    FORM(RT_D_RA,          RT, D, RA0, NONE, NONE) \
    FORM(RT_D_RAX,         RT, D, RAL, NONE, NONE) \
    FORM(RT_RA,            RT, RA, NONE, NONE, NONE) \
    FORM(RT_RA0_RB,        RT, RA0, RB, NONE, NONE) \
    FORM(RT_RA0_RB_EH,     RT, RA0, RB, EH, NONE) \
    FORM(RT_RA0_SI,        RT, RA0, SI, NONE, NONE) \
    FORM(RT_RAX_RB,        RT, RAL, RB, NONE, NONE) \
    FORM(RT_RA_RB,         RT, RA, RB, NONE, NONE) \
    FORM(RT_RA_SI,         RT, RA, SI, NONE, NONE) \
    FORM(RT_RB,            RT, RB, NONE, NONE, NONE) \
    FORM(RT_SPR,           RT, SPR, NONE, NONE, NONE) \
    FORM(RT_SR,            RT, SR, NONE, NONE, NONE) \
    FORM(RT_TBR,           RT, TBR, NONE, NONE, NONE) \
    FORM(SPR_RS,           SPR, RS, NONE, NONE, NONE) \
    FORM(SR_RS,            SR, RS, NONE, NONE, NONE) \
    FORM(STRM_T,           STRM, T, NONE, NONE, NONE) \
    FORM(TO_RA_RB,         TO, RA, RB, NONE, NONE) \
    FORM(TO_RA_SI,         TO, RA, SI, NONE, NONE) \
    FORM(VRB,              VRB, NONE, NONE, NONE, NONE) \
    FORM(VRS_RA0_RB,       VRS, RA0, RB, NONE, NONE) \
    FORM(VRT,              VRT, NONE, NONE, NONE, NONE) \
    FORM(VRT_RA0_RB,       VRT, RA0, RB, NONE, NONE) \
    FORM(VRT_SIMM,         VRT, SIMM, NONE, NONE, NONE) \
    FORM(VRT_VRA_VRB,      VRT, VRA, VRB, NONE, NONE) \
    FORM(VRT_VRA_VRB_SHB,  VRT, VRA, VRB, SHB, NONE) \
    FORM(VRT_VRA_VRB_VRC,  VRT, VRA, VRB, VRC, NONE) \
    FORM(VRT_VRA_VRC_VRB,  VRT, VRA, VRC, VRB, NONE) \
    FORM(VRT_VRB,          VRT, VRB, NONE, NONE, NONE) \
    FORM(VRT_VRB_UIMM,     VRT, VRB, UIMM, NONE, NONE) \
    FORM(VRT_VRB_UIMM2,    VRT, VRB, UIMM2, NONE, NONE) \
    FORM(VRT_VRB_UIMM3,    VRT, VRB, UIMM3, NONE, NONE) \
    FORM(VRT_VRB_UIMM4,    VRT, VRB, UIMM4, NONE, NONE)

enum form {
#define FORM(NAME, ...) FORM_##NAME,
    FORMS(FORM)
#undef FORM
    N_FORMS
};
/* clang-format on */

struct operand_row {
    uint8_t shift, width, shape;
};

extern const struct operand_row operand_rows[N_OPERANDS];
extern const uint8_t form_operands[N_FORMS][OPERANDS_MAX + 1];

#endif
