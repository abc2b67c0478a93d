/*
 * The opcodes of the MPC750 and MPC7400, one line each (PEM appendix A, AltiVec PEM appendix A), in groups
 * by where their extended opcode stands. Columns: name in C, in text, the word with every operand 0,
 * form, modifiers, access to memory, traits. See instruction.h and effects.h.
 */
#ifndef ARCH_PPC_CODE_OPCODES_H
#define ARCH_PPC_CODE_OPCODES_H

/* clang-format off */
/* Those that their first six bits tell, by the number these make */
#define OPCODES_PRIMARY(ROW) \
    ROW(TWI,        "twi",       P(3),              TO_RA_SI,         0, 0, TRAP) \
    ROW(MULLI,      "mulli",     P(7),              RT_RA_SI,         0, 0, 0) \
    ROW(SUBFIC,     "subfic",    P(8),              RT_RA_SI,         0, 0, WRITES_CA) \
    ROW(CMPLI,      "cmpli",     P(10),             BF_L_RA_UI,       0, 0, READS_SO) \
    ROW(CMPI,       "cmpi",      P(11),             BF_L_RA_SI,       0, 0, READS_SO) \
    ROW(ADDIC,      "addic",     P(12),             RT_RA_SI,         0, 0, WRITES_CA) \
    ROW(ADDIC_RC,   "addic.",    P(13),             RT_RA_SI,         0, 0, WRITES_CA | RC_ALWAYS) \
    ROW(ADDI,       "addi",      P(14),             RT_RA0_SI,        0, 0, 0) \
    ROW(ADDIS,      "addis",     P(15),             RT_RA0_SI,        0, 0, 0) \
    ROW(BC,         "bc",        P(16),             BO_BI_BD,         LK | AA, 0, BRANCH | ODD) \
    ROW(SC,         "sc",        P(17) | 2,         LEV,              0, 0, CONTEXT_SYNC | BRANCH | ODD) \
    ROW(B,          "b",         P(18),             LI,               LK | AA, 0, BRANCH | ODD) \
    ROW(RLWIMI,     "rlwimi",    P(20),             RAX_RS_SH_MB_ME,  RC, 0, 0) \
    ROW(RLWINM,     "rlwinm",    P(21),             RA_RS_SH_MB_ME,   RC, 0, 0) \
    ROW(RLWNM,      "rlwnm",     P(23),             RA_RS_RB_MB_ME,   RC, 0, 0) \
    ROW(ORI,        "ori",       P(24),             RA_RS_UI,         0, 0, 0) \
    ROW(ORIS,       "oris",      P(25),             RA_RS_UI,         0, 0, 0) \
    ROW(XORI,       "xori",      P(26),             RA_RS_UI,         0, 0, 0) \
    ROW(XORIS,      "xoris",     P(27),             RA_RS_UI,         0, 0, 0) \
    ROW(ANDI_RC,    "andi.",     P(28),             RA_RS_UI,         0, 0, RC_ALWAYS) \
    ROW(ANDIS_RC,   "andis.",    P(29),             RA_RS_UI,         0, 0, RC_ALWAYS) \
    ROW(LWZ,        "lwz",       P(32),             RT_D_RA,          0, LOAD(4), 0) \
    ROW(LWZU,       "lwzu",      P(33),             RT_D_RAX,         0, LOAD(4), 0) \
    ROW(LBZ,        "lbz",       P(34),             RT_D_RA,          0, LOAD(1), 0) \
    ROW(LBZU,       "lbzu",      P(35),             RT_D_RAX,         0, LOAD(1), 0) \
    ROW(LHZ,        "lhz",       P(40),             RT_D_RA,          0, LOAD(2), 0) \
    ROW(LHZU,       "lhzu",      P(41),             RT_D_RAX,         0, LOAD(2), 0) \
    ROW(LHA,        "lha",       P(42),             RT_D_RA,          0, LOAD(2), 0) \
    ROW(LHAU,       "lhau",      P(43),             RT_D_RAX,         0, LOAD(2), 0) \
    ROW(STW,        "stw",       P(36),             RS_D_RA,          0, STORE(4), 0) \
    ROW(STWU,       "stwu",      P(37),             RS_D_RAX,         0, STORE(4), 0) \
    ROW(STB,        "stb",       P(38),             RS_D_RA,          0, STORE(1), 0) \
    ROW(STBU,       "stbu",      P(39),             RS_D_RAX,         0, STORE(1), 0) \
    ROW(STH,        "sth",       P(44),             RS_D_RA,          0, STORE(2), 0) \
    ROW(STHU,       "sthu",      P(45),             RS_D_RAX,         0, STORE(2), 0) \
    ROW(LMW,        "lmw",       P(46),             RTM_D_RA,         0, LOAD(4), ODD) \
    ROW(STMW,       "stmw",      P(47),             RSM_D_RA,         0, STORE(4), ODD) \
    ROW(LFS,        "lfs",       P(48),             FRT_D_RA,         0, LOAD(4), FLOATING) \
    ROW(LFSU,       "lfsu",      P(49),             FRT_D_RAX,        0, LOAD(4), FLOATING) \
    ROW(LFD,        "lfd",       P(50),             FRT_D_RA,         0, LOAD(8), FLOATING) \
    ROW(LFDU,       "lfdu",      P(51),             FRT_D_RAX,        0, LOAD(8), FLOATING) \
    ROW(STFS,       "stfs",      P(52),             FRS_D_RA,         0, STORE(4), FLOATING) \
    ROW(STFSU,      "stfsu",     P(53),             FRS_D_RAX,        0, STORE(4), FLOATING) \
    ROW(STFD,       "stfd",      P(54),             FRS_D_RA,         0, STORE(8), FLOATING) \
    ROW(STFDU,      "stfdu",     P(55),             FRS_D_RAX,        0, STORE(8), FLOATING)

/* Primary opcode 19, by bits 21-30 */
#define OPCODES_19(ROW) \
    ROW(MCRF,       "mcrf",      X(19, 0),          BF_BFA,           0, 0, 0) \
    ROW(BCLR,       "bclr",      X(19, 16),         BO_BI,            LK, 0, BRANCH | ODD) \
    ROW(RFI,        "rfi",       X(19, 50),         NOTHING,          0, 0, PRIVILEGED | CONTEXT_SYNC | BRANCH | ODD) \
    ROW(ISYNC,      "isync",     X(19, 150),        NOTHING,          0, 0, CONTEXT_SYNC) \
    ROW(BCCTR,      "bcctr",     X(19, 528),        BO_BI,            LK, 0, BRANCH | ODD) \
    ROW(CRNOR,      "crnor",     X(19, 33),         BT_BA_BB,         0, 0, 0) \
    ROW(CRANDC,     "crandc",    X(19, 129),        BT_BA_BB,         0, 0, ODD) \
    ROW(CRXOR,      "crxor",     X(19, 193),        BT_BA_BB,         0, 0, ODD) \
    ROW(CRNAND,     "crnand",    X(19, 225),        BT_BA_BB,         0, 0, 0) \
    ROW(CRAND,      "crand",     X(19, 257),        BT_BA_BB,         0, 0, 0) \
    ROW(CREQV,      "creqv",     X(19, 289),        BT_BA_BB,         0, 0, ODD) \
    ROW(CRORC,      "crorc",     X(19, 417),        BT_BA_BB,         0, 0, ODD) \
    ROW(CROR,       "cror",      X(19, 449),        BT_BA_BB,         0, 0, 0)

/* Primary opcode 31, by bits 21-30 */
#define OPCODES_31(ROW) \
    ROW(CMP,        "cmp",       X(31, 0),          BF_L_RA_RB,       0, 0, READS_SO) \
    ROW(CMPL,       "cmpl",      X(31, 32),         BF_L_RA_RB,       0, 0, READS_SO) \
    ROW(TW,         "tw",        X(31, 4),          TO_RA_RB,         0, 0, TRAP) \
    ROW(MULHWU,     "mulhwu",    X(31, 11),         RT_RA_RB,         RC, 0, 0) \
    ROW(MULHW,      "mulhw",     X(31, 75),         RT_RA_RB,         RC, 0, 0) \
    ROW(SLW,        "slw",       X(31, 24),         RA_RS_RB,         RC, 0, 0) \
    ROW(AND,        "and",       X(31, 28),         RA_RS_RB,         RC, 0, 0) \
    ROW(ANDC,       "andc",      X(31, 60),         RA_RS_RB,         RC, 0, 0) \
    ROW(NOR,        "nor",       X(31, 124),        RA_RS_RB,         RC, 0, 0) \
    ROW(EQV,        "eqv",       X(31, 284),        RA_RS_RB,         RC, 0, 0) \
    ROW(XOR,        "xor",       X(31, 316),        RA_RS_RB,         RC, 0, 0) \
    ROW(ORC,        "orc",       X(31, 412),        RA_RS_RB,         RC, 0, 0) \
    ROW(OR,         "or",        X(31, 444),        RA_RS_RB,         RC, 0, 0) \
    ROW(NAND,       "nand",      X(31, 476),        RA_RS_RB,         RC, 0, 0) \
    ROW(SRW,        "srw",       X(31, 536),        RA_RS_RB,         RC, 0, 0) \
    ROW(SRAW,       "sraw",      X(31, 792),        RA_RS_RB,         RC, 0, WRITES_CA) \
    ROW(SRAWI,      "srawi",     X(31, 824),        RA_RS_SH,         RC, 0, WRITES_CA) \
    ROW(CNTLZW,     "cntlzw",    X(31, 26),         RA_RS,            RC, 0, 0) \
    ROW(EXTSH,      "extsh",     X(31, 922),        RA_RS,            RC, 0, 0) \
    ROW(EXTSB,      "extsb",     X(31, 954),        RA_RS,            RC, 0, 0) \
    ROW(LWZX,       "lwzx",      X(31, 23),         RT_RA0_RB,        0, LOAD(4), 0) \
    ROW(LWZUX,      "lwzux",     X(31, 55),         RT_RAX_RB,        0, LOAD(4), 0) \
    ROW(LBZX,       "lbzx",      X(31, 87),         RT_RA0_RB,        0, LOAD(1), 0) \
    ROW(LBZUX,      "lbzux",     X(31, 119),        RT_RAX_RB,        0, LOAD(1), 0) \
    ROW(LHZX,       "lhzx",      X(31, 279),        RT_RA0_RB,        0, LOAD(2), 0) \
    ROW(LHZUX,      "lhzux",     X(31, 311),        RT_RAX_RB,        0, LOAD(2), 0) \
    ROW(LHAX,       "lhax",      X(31, 343),        RT_RA0_RB,        0, LOAD(2), 0) \
    ROW(LHAUX,      "lhaux",     X(31, 375),        RT_RAX_RB,        0, LOAD(2), 0) \
    ROW(STWX,       "stwx",      X(31, 151),        RS_RA0_RB,        0, STORE(4), 0) \
    ROW(STWUX,      "stwux",     X(31, 183),        RS_RAX_RB,        0, STORE(4), 0) \
    ROW(STBX,       "stbx",      X(31, 215),        RS_RA0_RB,        0, STORE(1), 0) \
    ROW(STBUX,      "stbux",     X(31, 247),        RS_RAX_RB,        0, STORE(1), 0) \
    ROW(STHX,       "sthx",      X(31, 407),        RS_RA0_RB,        0, STORE(2), 0) \
    ROW(STHUX,      "sthux",     X(31, 439),        RS_RAX_RB,        0, STORE(2), 0) \
    ROW(LFSX,       "lfsx",      X(31, 535),        FRT_RA0_RB,       0, LOAD(4), FLOATING) \
    ROW(LFSUX,      "lfsux",     X(31, 567),        FRT_RAX_RB,       0, LOAD(4), FLOATING) \
    ROW(LFDX,       "lfdx",      X(31, 599),        FRT_RA0_RB,       0, LOAD(8), FLOATING) \
    ROW(LFDUX,      "lfdux",     X(31, 631),        FRT_RAX_RB,       0, LOAD(8), FLOATING) \
    ROW(STFSX,      "stfsx",     X(31, 663),        FRS_RA0_RB,       0, STORE(4), FLOATING) \
    ROW(STFSUX,     "stfsux",    X(31, 695),        FRS_RAX_RB,       0, STORE(4), FLOATING) \
    ROW(STFDX,      "stfdx",     X(31, 727),        FRS_RA0_RB,       0, STORE(8), FLOATING) \
    ROW(STFDUX,     "stfdux",    X(31, 759),        FRS_RAX_RB,       0, STORE(8), FLOATING) \
    ROW(STFIWX,     "stfiwx",    X(31, 983),        FRS_RA0_RB,       0, STORE(4), FLOATING) \
    ROW(LWBRX,      "lwbrx",     X(31, 534),        RT_RA0_RB,        0, LOAD(4), 0) \
    ROW(STWBRX,     "stwbrx",    X(31, 662),        RS_RA0_RB,        0, STORE(4), 0) \
    ROW(LHBRX,      "lhbrx",     X(31, 790),        RT_RA0_RB,        0, LOAD(2), 0) \
    ROW(STHBRX,     "sthbrx",    X(31, 918),        RS_RA0_RB,        0, STORE(2), 0) \
    ROW(LWARX,      "lwarx",     X(31, 20),         RT_RA0_RB_EH,     0, LOAD(4) | RESERVE, ODD) \
    ROW(STWCX_RC,   "stwcx.",    X(31, 150) | 1,    RS_RA0_RB,        0, STORE(4) | RESERVE, RC_ALWAYS | ODD) \
    ROW(ECIWX,      "eciwx",     X(31, 310),        RT_RA0_RB,        0, LOAD(4), 0) \
    ROW(ECOWX,      "ecowx",     X(31, 438),        RS_RA0_RB,        0, STORE(4), 0) \
    ROW(LSWX,       "lswx",      X(31, 533),        RTS_RA0_RB,       0, LOAD(0), ODD) \
    ROW(LSWI,       "lswi",      X(31, 597),        RTS_RA0_NB,       0, LOAD(0), ODD) \
    ROW(STSWX,      "stswx",     X(31, 661),        RSS_RA0_RB,       0, STORE(0), ODD) \
    ROW(STSWI,      "stswi",     X(31, 725),        RSS_RA0_NB,       0, STORE(0), ODD) \
    ROW(MFCR,       "mfcr",      X(31, 19),         RT_FXO,           0, 0, ODD) \
    ROW(MTCRF,      "mtcrf",     X(31, 144),        FXM_RS,           0, 0, ODD) \
    ROW(MCRXR,      "mcrxr",     X(31, 512),        BF,               0, 0, ODD) \
    ROW(MFSPR,      "mfspr",     X(31, 339),        RT_SPR,           0, 0, ODD) \
    ROW(MTSPR,      "mtspr",     X(31, 467),        SPR_RS,           0, 0, LINK | ODD) \
    ROW(MFTB,       "mftb",      X(31, 371) | TB,    RT_TBR,          0, 0, ODD) \
    ROW(MFMSR,      "mfmsr",     X(31, 83),         RT,               0, 0, PRIVILEGED | ODD) \
    ROW(MTMSR,      "mtmsr",     X(31, 146),        RS_LM,            0, 0, PRIVILEGED | ODD) \
    ROW(MFSR,       "mfsr",      X(31, 595),        RT_SR,            0, 0, PRIVILEGED | ODD) \
    ROW(MTSR,       "mtsr",      X(31, 210),        SR_RS,            0, 0, PRIVILEGED | ODD) \
    ROW(MFSRIN,     "mfsrin",    X(31, 659),        RT_RB,            0, 0, PRIVILEGED | ODD) \
    ROW(MTSRIN,     "mtsrin",    X(31, 242),        RS_RB,            0, 0, PRIVILEGED | ODD) \
    ROW(DCBST,      "dcbst",     X(31, 54),         RA0_RB,           0, 0, 0) \
    ROW(DCBF,       "dcbf",      X(31, 86),         RA0_RB_LF,        0, 0, 0) \
    ROW(DCBTST,     "dcbtst",    X(31, 246),        RA0_RB,           0, 0, 0) \
    ROW(DCBT,       "dcbt",      X(31, 278),        RA0_RB,           0, 0, 0) \
    ROW(ICBI,       "icbi",      X(31, 982),        RA0_RB,           0, 0, 0) \
    ROW(DCBI,       "dcbi",      X(31, 470),        RA0_RB,           0, STORE(32), PRIVILEGED) \
    ROW(DCBA,       "dcba",      X(31, 758),        RA0_RB,           0, STORE(32), ONLY_7400) \
    ROW(DCBZ,       "dcbz",      X(31, 1014),       RA0_RB,           0, STORE(32), 0) \
    ROW(SYNC,       "sync",      X(31, 598),        LS,               0, 0, 0) \
    ROW(EIEIO,      "eieio",     X(31, 854),        NOTHING,          0, 0, 0) \
    ROW(TLBIE,      "tlbie",     X(31, 306),        RB_LS,            0, 0, PRIVILEGED | ODD) \
    ROW(TLBSYNC,    "tlbsync",   X(31, 566),        NOTHING,          0, 0, PRIVILEGED) \
    ROW(TLBIA,      "tlbia",     X(31, 370),        NOTHING,          0, 0, PRIVILEGED | ABSENT | ODD) \
    ROW(TLBLD,      "tlbld",     X(31, 978),        RB,               0, 0, PRIVILEGED | ABSENT | ODD) \
    ROW(TLBLI,      "tlbli",     X(31, 1010),       RB,               0, 0, PRIVILEGED | ABSENT | ODD) \
    ROW(LVEBX,      "lvebx",     X(31, 7),          VRT_RA0_RB,       0, LOAD(1), ALTIVEC | ODD) \
    ROW(LVEHX,      "lvehx",     X(31, 39),         VRT_RA0_RB,       0, LOAD(2), ALTIVEC | ODD) \
    ROW(LVEWX,      "lvewx",     X(31, 71),         VRT_RA0_RB,       0, LOAD(4), ALTIVEC | ODD) \
    ROW(LVX,        "lvx",       X(31, 103),        VRT_RA0_RB,       0, LOAD(16), ALTIVEC) \
    ROW(LVXL,       "lvxl",      X(31, 359),        VRT_RA0_RB,       0, LOAD(16), ALTIVEC) \
    ROW(LVSL,       "lvsl",      X(31, 6),          VRT_RA0_RB,       0, 0, ALTIVEC) \
    ROW(LVSR,       "lvsr",      X(31, 38),         VRT_RA0_RB,       0, 0, ALTIVEC) \
    ROW(STVEBX,     "stvebx",    X(31, 135),        VRS_RA0_RB,       0, STORE(1), ALTIVEC) \
    ROW(STVEHX,     "stvehx",    X(31, 167),        VRS_RA0_RB,       0, STORE(2), ALTIVEC) \
    ROW(STVEWX,     "stvewx",    X(31, 199),        VRS_RA0_RB,       0, STORE(4), ALTIVEC) \
    ROW(STVX,       "stvx",      X(31, 231),        VRS_RA0_RB,       0, STORE(16), ALTIVEC) \
    ROW(STVXL,      "stvxl",     X(31, 487),        VRS_RA0_RB,       0, STORE(16), ALTIVEC) \
    ROW(DST,        "dst",       X(31, 342),        RA_RB_STRM_T,     0, 0, ALTIVEC) \
    ROW(DSTST,      "dstst",     X(31, 374),        RA_RB_STRM_T,     0, 0, ALTIVEC) \
    ROW(DSS,        "dss",       X(31, 822),        STRM_T,           0, 0, ALTIVEC)

/* The same with a bit for overflow, 21, so by bits 22-30 */
#define OPCODES_31_OE(ROW) \
    ROW(SUBFC,      "subfc",     X(31, 8),          RT_RA_RB,         RC | OE, 0, WRITES_CA) \
    ROW(ADDC,       "addc",      X(31, 10),         RT_RA_RB,         RC | OE, 0, WRITES_CA) \
    ROW(SUBFE,      "subfe",     X(31, 136),        RT_RA_RB,         RC | OE, 0, READS_CA | WRITES_CA) \
    ROW(ADDE,       "adde",      X(31, 138),        RT_RA_RB,         RC | OE, 0, READS_CA | WRITES_CA) \
    ROW(SUBF,       "subf",      X(31, 40),         RT_RA_RB,         RC | OE, 0, 0) \
    ROW(ADD,        "add",       X(31, 266),        RT_RA_RB,         RC | OE, 0, 0) \
    ROW(MULLW,      "mullw",     X(31, 235),        RT_RA_RB,         RC | OE, 0, 0) \
    ROW(DIVWU,      "divwu",     X(31, 459),        RT_RA_RB,         RC | OE, 0, 0) \
    ROW(DIVW,       "divw",      X(31, 491),        RT_RA_RB,         RC | OE, 0, 0) \
    ROW(SUBFZE,     "subfze",    X(31, 200),        RT_RA,            RC | OE, 0, READS_CA | WRITES_CA) \
    ROW(ADDZE,      "addze",     X(31, 202),        RT_RA,            RC | OE, 0, READS_CA | WRITES_CA) \
    ROW(SUBFME,     "subfme",    X(31, 232),        RT_RA,            RC | OE, 0, READS_CA | WRITES_CA) \
    ROW(ADDME,      "addme",     X(31, 234),        RT_RA,            RC | OE, 0, READS_CA | WRITES_CA) \
    ROW(NEG,        "neg",       X(31, 104),        RT_RA,            RC | OE, 0, 0)

/* Primary opcode 59, by bits 26-30 */
#define OPCODES_59(ROW) \
    ROW(FDIVS,      "fdivs",     A(59, 18),         FRT_FRA_FRB,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FSUBS,      "fsubs",     A(59, 20),         FRT_FRA_FRB,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FADDS,      "fadds",     A(59, 21),         FRT_FRA_FRB,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FSQRTS,     "fsqrts",    A(59, 22),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING | ABSENT) \
    ROW(FRES,       "fres",      A(59, 24),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FMULS,      "fmuls",     A(59, 25),         FRT_FRA_FRC,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FMSUBS,     "fmsubs",    A(59, 28),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FMADDS,     "fmadds",    A(59, 29),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FNMSUBS,    "fnmsubs",   A(59, 30),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FNMADDS,    "fnmadds",   A(59, 31),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING)

/* Primary opcode 63 with bit 26 set, by bits 26-30 */
#define OPCODES_63_A(ROW) \
    ROW(FDIV,       "fdiv",      A(63, 18),         FRT_FRA_FRB,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FSUB,       "fsub",      A(63, 20),         FRT_FRA_FRB,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FADD,       "fadd",      A(63, 21),         FRT_FRA_FRB,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FSQRT,      "fsqrt",     A(63, 22),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING | ABSENT) \
    ROW(FSEL,       "fsel",      A(63, 23),         FRT_FRA_FRC_FRB,  RC, 0, FLOATING) \
    ROW(FMUL,       "fmul",      A(63, 25),         FRT_FRA_FRC,      RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FRSQRTE,    "frsqrte",   A(63, 26),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FMSUB,      "fmsub",     A(63, 28),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FMADD,      "fmadd",     A(63, 29),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FNMSUB,     "fnmsub",    A(63, 30),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FNMADD,     "fnmadd",    A(63, 31),         FRT_FRA_FRC_FRB,  RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING)

/* The rest of primary opcode 63, by bits 21-30 */
#define OPCODES_63_X(ROW) \
    ROW(FCMPU,      "fcmpu",     X(63, 0),          BF_FRA_FRB,       0, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FCMPO,      "fcmpo",     X(63, 32),         BF_FRA_FRB,       0, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FRSP,       "frsp",      X(63, 12),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FCTIW,      "fctiw",     X(63, 14),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FCTIWZ,     "fctiwz",    X(63, 15),         FRT_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(FNEG,       "fneg",      X(63, 40),         FRT_FRB,          RC, 0, FLOATING) \
    ROW(FMR,        "fmr",       X(63, 72),         FRT_FRB,          RC, 0, FLOATING) \
    ROW(FNABS,      "fnabs",     X(63, 136),        FRT_FRB,          RC, 0, FLOATING) \
    ROW(FABS,       "fabs",      X(63, 264),        FRT_FRB,          RC, 0, FLOATING) \
    ROW(MCRFS,      "mcrfs",     X(63, 64),         BF_BFAF,          0, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(MTFSB1,     "mtfsb1",    X(63, 38),         BTF,              RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(MTFSB0,     "mtfsb0",    X(63, 70),         BTF,              RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(MTFSFI,     "mtfsfi",    X(63, 134),        BFF_U,            RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING) \
    ROW(MFFS,       "mffs",      X(63, 583),        FRT,              RC, 0, READS_FPSCR | FLOATING) \
    ROW(MTFSF,      "mtfsf",     X(63, 711),        FLM_FRB,          RC, 0, READS_FPSCR | WRITES_FPSCR | FLOATING)

/* Primary opcode 4 with bit 26 set, by bits 26-31 */
#define OPCODES_4_VA(ROW) \
    ROW(VMHADDSHS,  "vmhaddshs", VA(32),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VMHRADDSHS, "vmhraddshs", VA(33),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VMLADDUHM,  "vmladduhm", VA(34),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VMSUMUBM,   "vmsumubm",  VA(36),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VMSUMMBM,   "vmsummbm",  VA(37),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VMSUMUHM,   "vmsumuhm",  VA(38),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VMSUMUHS,   "vmsumuhs",  VA(39),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VMSUMSHM,   "vmsumshm",  VA(40),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VMSUMSHS,   "vmsumshs",  VA(41),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSEL,       "vsel",      VA(42),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VPERM,      "vperm",     VA(43),            VRT_VRA_VRB_VRC,  0, 0, ALTIVEC) \
    ROW(VSLDOI,     "vsldoi",    VA(44),            VRT_VRA_VRB_SHB,  0, 0, ALTIVEC) \
    ROW(VMADDFP,    "vmaddfp",   VA(46),            VRT_VRA_VRC_VRB,  0, 0, ALTIVEC | READS_VSCR) \
    ROW(VNMSUBFP,   "vnmsubfp",  VA(47),            VRT_VRA_VRC_VRB,  0, 0, ALTIVEC | READS_VSCR)

/* The rest of primary opcode 4 but compares, by bits 21-31 */
#define OPCODES_4_VX(ROW) \
    ROW(VADDUBM,    "vaddubm",   VX(0),             VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VADDUHM,    "vadduhm",   VX(64),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VADDUWM,    "vadduwm",   VX(128),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VADDCUW,    "vaddcuw",   VX(384),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VADDUBS,    "vaddubs",   VX(512),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VADDUHS,    "vadduhs",   VX(576),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VADDUWS,    "vadduws",   VX(640),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VADDSBS,    "vaddsbs",   VX(768),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VADDSHS,    "vaddshs",   VX(832),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VADDSWS,    "vaddsws",   VX(896),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VMAXUB,     "vmaxub",    VX(2),             VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMAXUH,     "vmaxuh",    VX(66),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMAXUW,     "vmaxuw",    VX(130),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMAXSB,     "vmaxsb",    VX(258),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMAXSH,     "vmaxsh",    VX(322),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMAXSW,     "vmaxsw",    VX(386),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMINUB,     "vminub",    VX(514),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMINUH,     "vminuh",    VX(578),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMINUW,     "vminuw",    VX(642),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMINSB,     "vminsb",    VX(770),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMINSH,     "vminsh",    VX(834),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMINSW,     "vminsw",    VX(898),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAVGUB,     "vavgub",    VX(1026),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAVGUH,     "vavguh",    VX(1090),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAVGUW,     "vavguw",    VX(1154),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAVGSB,     "vavgsb",    VX(1282),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAVGSH,     "vavgsh",    VX(1346),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAVGSW,     "vavgsw",    VX(1410),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VRLB,       "vrlb",      VX(4),             VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VRLH,       "vrlh",      VX(68),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VRLW,       "vrlw",      VX(132),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSLB,       "vslb",      VX(260),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSLH,       "vslh",      VX(324),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSLW,       "vslw",      VX(388),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSL,        "vsl",       VX(452),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRB,       "vsrb",      VX(516),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRH,       "vsrh",      VX(580),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRW,       "vsrw",      VX(644),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSR,        "vsr",       VX(708),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRAB,      "vsrab",     VX(772),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRAH,      "vsrah",     VX(836),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRAW,      "vsraw",     VX(900),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VAND,       "vand",      VX(1028),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VANDC,      "vandc",     VX(1092),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VOR,        "vor",       VX(1156),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VXOR,       "vxor",      VX(1220),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VNOR,       "vnor",      VX(1284),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULOUB,    "vmuloub",   VX(8),             VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULOUH,    "vmulouh",   VX(72),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULOSB,    "vmulosb",   VX(264),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULOSH,    "vmulosh",   VX(328),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULEUB,    "vmuleub",   VX(520),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULEUH,    "vmuleuh",   VX(584),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULESB,    "vmulesb",   VX(776),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMULESH,    "vmulesh",   VX(840),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSUM4UBS,   "vsum4ubs",  VX(1544),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUM4SBS,   "vsum4sbs",  VX(1800),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUM4SHS,   "vsum4shs",  VX(1608),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUM2SWS,   "vsum2sws",  VX(1672),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUMSWS,    "vsumsws",   VX(1928),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VADDFP,     "vaddfp",    VX(10),            VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR) \
    ROW(VSUBFP,     "vsubfp",    VX(74),            VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR) \
    ROW(VMAXFP,     "vmaxfp",    VX(1034),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR) \
    ROW(VMINFP,     "vminfp",    VX(1098),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR) \
    ROW(VMRGHB,     "vmrghb",    VX(12),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMRGHH,     "vmrghh",    VX(76),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMRGHW,     "vmrghw",    VX(140),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMRGLB,     "vmrglb",    VX(268),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMRGLH,     "vmrglh",    VX(332),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VMRGLW,     "vmrglw",    VX(396),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSLO,       "vslo",      VX(1036),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSRO,       "vsro",      VX(1100),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VPKUHUM,    "vpkuhum",   VX(14),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VPKUWUM,    "vpkuwum",   VX(78),            VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VPKUHUS,    "vpkuhus",   VX(142),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VPKUWUS,    "vpkuwus",   VX(206),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VPKSHUS,    "vpkshus",   VX(270),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VPKSWUS,    "vpkswus",   VX(334),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VPKSHSS,    "vpkshss",   VX(398),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VPKSWSS,    "vpkswss",   VX(462),           VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VPKPX,      "vpkpx",     VX(782),           VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSUBUBM,    "vsububm",   VX(1024),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSUBUHM,    "vsubuhm",   VX(1088),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSUBUWM,    "vsubuwm",   VX(1152),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSUBCUW,    "vsubcuw",   VX(1408),          VRT_VRA_VRB,      0, 0, ALTIVEC) \
    ROW(VSUBUBS,    "vsububs",   VX(1536),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUBUHS,    "vsubuhs",   VX(1600),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUBUWS,    "vsubuws",   VX(1664),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUBSBS,    "vsubsbs",   VX(1792),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUBSHS,    "vsubshs",   VX(1856),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSUBSWS,    "vsubsws",   VX(1920),          VRT_VRA_VRB,      0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VREFP,      "vrefp",     VX(266),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VRSQRTEFP,  "vrsqrtefp", VX(330),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VEXPTEFP,   "vexptefp",  VX(394),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VLOGEFP,    "vlogefp",   VX(458),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VRFIN,      "vrfin",     VX(522),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VRFIZ,      "vrfiz",     VX(586),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VRFIP,      "vrfip",     VX(650),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VRFIM,      "vrfim",     VX(714),           VRT_VRB,          0, 0, ALTIVEC | READS_VSCR) \
    ROW(VUPKHSB,    "vupkhsb",   VX(526),           VRT_VRB,          0, 0, ALTIVEC) \
    ROW(VUPKHSH,    "vupkhsh",   VX(590),           VRT_VRB,          0, 0, ALTIVEC) \
    ROW(VUPKLSB,    "vupklsb",   VX(654),           VRT_VRB,          0, 0, ALTIVEC) \
    ROW(VUPKLSH,    "vupklsh",   VX(718),           VRT_VRB,          0, 0, ALTIVEC) \
    ROW(VUPKHPX,    "vupkhpx",   VX(846),           VRT_VRB,          0, 0, ALTIVEC) \
    ROW(VUPKLPX,    "vupklpx",   VX(974),           VRT_VRB,          0, 0, ALTIVEC) \
    ROW(VCFUX,      "vcfux",     VX(778),           VRT_VRB_UIMM,     0, 0, ALTIVEC) \
    ROW(VCFSX,      "vcfsx",     VX(842),           VRT_VRB_UIMM,     0, 0, ALTIVEC) \
    ROW(VCTUXS,     "vctuxs",    VX(906),           VRT_VRB_UIMM,     0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VCTSXS,     "vctsxs",    VX(970),           VRT_VRB_UIMM,     0, 0, ALTIVEC | READS_VSCR | WRITES_VSCR) \
    ROW(VSPLTB,     "vspltb",    VX(524),           VRT_VRB_UIMM4,    0, 0, ALTIVEC) \
    ROW(VSPLTH,     "vsplth",    VX(588),           VRT_VRB_UIMM3,    0, 0, ALTIVEC) \
    ROW(VSPLTW,     "vspltw",    VX(652),           VRT_VRB_UIMM2,    0, 0, ALTIVEC) \
    ROW(VSPLTISB,   "vspltisb",  VX(780),           VRT_SIMM,         0, 0, ALTIVEC) \
    ROW(VSPLTISH,   "vspltish",  VX(844),           VRT_SIMM,         0, 0, ALTIVEC) \
    ROW(VSPLTISW,   "vspltisw",  VX(908),           VRT_SIMM,         0, 0, ALTIVEC) \
    ROW(MFVSCR,     "mfvscr",    VX(1540),          VRT,              0, 0, ALTIVEC | READS_VSCR) \
    ROW(MTVSCR,     "mtvscr",    VX(1604),          VRB,              0, 0, ALTIVEC | WRITES_VSCR)

/* Compares of primary opcode 4, by bits 22-31: bit 21 records */
#define OPCODES_4_VXR(ROW) \
    ROW(VCMPEQUB,   "vcmpequb",  VX(6),             VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPEQUH,   "vcmpequh",  VX(70),            VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPEQUW,   "vcmpequw",  VX(134),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPEQFP,   "vcmpeqfp",  VX(198),           VRT_VRA_VRB,      RC, 0, ALTIVEC | READS_VSCR | CR6) \
    ROW(VCMPGEFP,   "vcmpgefp",  VX(454),           VRT_VRA_VRB,      RC, 0, ALTIVEC | READS_VSCR | CR6) \
    ROW(VCMPGTUB,   "vcmpgtub",  VX(518),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPGTUH,   "vcmpgtuh",  VX(582),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPGTUW,   "vcmpgtuw",  VX(646),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPGTFP,   "vcmpgtfp",  VX(710),           VRT_VRA_VRB,      RC, 0, ALTIVEC | READS_VSCR | CR6) \
    ROW(VCMPGTSB,   "vcmpgtsb",  VX(774),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPGTSH,   "vcmpgtsh",  VX(838),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPGTSW,   "vcmpgtsw",  VX(902),           VRT_VRA_VRB,      RC, 0, ALTIVEC | CR6) \
    ROW(VCMPBFP,    "vcmpbfp",   VX(966),           VRT_VRA_VRB,      RC, 0, ALTIVEC | READS_VSCR | CR6)

#define OPCODES(ROW) \
    OPCODES_PRIMARY(ROW) \
    OPCODES_19(ROW) \
    OPCODES_31(ROW) \
    OPCODES_31_OE(ROW) \
    OPCODES_59(ROW) \
    OPCODES_63_A(ROW) \
    OPCODES_63_X(ROW) \
    OPCODES_4_VA(ROW) \
    OPCODES_4_VX(ROW) \
    OPCODES_4_VXR(ROW)

enum opcode {
    OPCODE_UNKNOWN,
#define ROW(NAME, ...) OPCODE_##NAME,
    OPCODES(ROW)
#undef ROW
    N_OPCODES
};
/* clang-format on */

#endif
