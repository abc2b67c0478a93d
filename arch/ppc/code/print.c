/*
 * Text of instructions. See print.h. The simplified mnemonics are those of PEM appendix F that GNU
 * objdump prefers, in tables: of branches, of special-purpose registers, of everything else.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/print.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/registers.h"

#define MNEMONIC_MAX 16
#define OPERAND_COLUMN 8
#define NAME_SIZE 64

/* ---- simplified mnemonics ---- */

/* What must be equal in a word, beside what a mask tells. */
enum likeness {
    ANY,
    S_IS_B,      /* bits 6-10 and 16-20 */
    A_IS_B,      /* bits 11-15 and 16-20 */
    T_IS_A_IS_B, /* all three */
    SHIFTS_LEFT, /* SH + ME = 31 */
    SHIFTS_RIGHT /* SH + MB = 32 */
};

/* Operands that no instruction has, beside the digits that number those it has. */
#define CLEARED '~' /* bits that clrrwi clears */
#define MASK '%'    /* of mfocrf, without the bit above it */
#define FIELD 'c'   /* the CR field of BI */
#define WHICH 'n'   /* of several special-purpose registers */

struct simplified {
    uint16_t opcode;
    uint8_t likeness;
    uint32_t mask, match; /* of operands */
    char name[8];         /* without modifiers */
    char operands[4];     /* which ones of the opcode's, in this order */
};

/* clang-format off */
#define T(value) ((uint32_t)(value) << 21)
#define A(value) ((uint32_t)(value) << 16)
#define B(value) ((uint32_t)(value) << 11)
#define MB(value) ((value) << 6)
#define ME(value) ((value) << 1)
#define T_MASK T(31)
#define A_MASK A(31)
#define B_MASK B(31)
#define MB_MASK MB(31)
#define ME_MASK ME(31)
#define BF_MASK T(28)
#define TAG T(16)

#define COMPARE(OPCODE, NAME) \
    {OPCODE, ANY, BF_MASK, 0, NAME, "23"}, \
    {OPCODE, ANY, 0,       0, NAME, "023"}
#define TRAP(TO, NAME, NAME_IMMEDIATE) \
    {OPCODE_TW,  ANY, T_MASK, T(TO), NAME,           "12"}, \
    {OPCODE_TWI, ANY, T_MASK, T(TO), NAME_IMMEDIATE, "12"}

/* The first that fits counts. */
static const struct simplified simplified[] = {
    {OPCODE_ADDI,   ANY,          A_MASK,                     0,                  "li",      "02"},
    {OPCODE_ADDIS,  ANY,          A_MASK,                     0,                  "lis",     "02"},
    {OPCODE_ORI,    ANY,          T_MASK | A_MASK | 0xffff,   0,                  "nop",     ""},
    {OPCODE_XORI,   ANY,          T_MASK | A_MASK | 0xffff,   0,                  "xnop",    ""},
    {OPCODE_OR,     S_IS_B,       0,                          0,                  "mr",      "01"},
    {OPCODE_NOR,    S_IS_B,       0,                          0,                  "not",     "01"},
    {OPCODE_RLWINM, ANY,          MB_MASK | ME_MASK,          ME(31),             "rotlwi",  "012"},
    {OPCODE_RLWINM, ANY,          B_MASK | ME_MASK,           ME(31),             "clrlwi",  "013"},
    {OPCODE_RLWINM, SHIFTS_LEFT,  MB_MASK,                    0,                  "slwi",    "012"},
    {OPCODE_RLWINM, SHIFTS_RIGHT, ME_MASK,                    ME(31),             "srwi",    "013"},
    {OPCODE_RLWINM, ANY,          B_MASK | MB_MASK,           0,                  "clrrwi",  "01~"},
    {OPCODE_RLWNM,  ANY,          MB_MASK | ME_MASK,          ME(31),             "rotlw",   "012"},
    {OPCODE_CREQV,  T_IS_A_IS_B,  0,                          0,                  "crset",   "0"},
    {OPCODE_CRXOR,  T_IS_A_IS_B,  0,                          0,                  "crclr",   "0"},
    {OPCODE_CROR,   A_IS_B,       0,                          0,                  "crmove",  "01"},
    {OPCODE_CRNOR,  A_IS_B,       0,                          0,                  "crnot",   "01"},
    {OPCODE_MTCRF,  ANY,          A(16),                      A(16),              "mtocrf",  "01"},
    {OPCODE_MFCR,   ANY,          A(16),                      A(16),              "mfocrf",  "0%"},
    {OPCODE_MTCRF,  ANY,          0xff000,                    0xff000,            "mtcr",    "1"},
    {OPCODE_VOR,    A_IS_B,       0,                          0,                  "vmr",     "01"},
    {OPCODE_VNOR,   A_IS_B,       0,                          0,                  "vnot",    "01"},
    {OPCODE_DST,    ANY,          TAG,                        TAG,                "dstt",    "012"},
    {OPCODE_DST,    ANY,          0,                          0,                  "dst",     "012"},
    {OPCODE_DSTST,  ANY,          TAG,                        TAG,                "dststt",  "012"},
    {OPCODE_DSTST,  ANY,          0,                          0,                  "dstst",   "012"},
    {OPCODE_DSS,    ANY,          TAG,                        TAG,                "dssall",  ""},
    {OPCODE_DSS,    ANY,          0,                          0,                  "dss",     "0"},
    {OPCODE_SYNC,   ANY,          T(1),                       0,                  "sync",    ""},
    {OPCODE_SYNC,   ANY,          T(1),                       T(1),               "lwsync",  ""},
    {OPCODE_MFTB,   ANY,          A(1),                       0,                  "mftb",    "0"},
    {OPCODE_MFTB,   ANY,          A(1),                       A(1),               "mftbu",   "0"},
    {OPCODE_TW,     ANY,          T_MASK | A_MASK | B_MASK,   T(31),              "trap",    ""},
    COMPARE(OPCODE_CMP, "cmpw"),
    COMPARE(OPCODE_CMPI, "cmpwi"),
    COMPARE(OPCODE_CMPL, "cmplw"),
    COMPARE(OPCODE_CMPLI, "cmplwi"),
    TRAP(1, "twlgt", "twlgti"),
    TRAP(2, "twllt", "twllti"),
    TRAP(4, "tweq", "tweqi"),
    TRAP(5, "twlge", "twlgei"),
    TRAP(6, "twlle", "twllei"),
    TRAP(8, "twgt", "twgti"),
    TRAP(12, "twge", "twgei"),
    TRAP(16, "twlt", "twlti"),
    TRAP(20, "twle", "twlei"),
    TRAP(24, "twne", "twnei"),
    TRAP(31, "twu", "twui"),
};

enum direction { FROM = 1, TO = 2, BOTH = 3 };

/* Special-purpose registers that mfNAME and mtNAME tell, some with a number behind. */
static const struct special {
    uint16_t first;
    uint8_t n, step, direction;
    char name[8];
} specials[] = {
    {SPR_XER,    1, 1, BOTH, "xer"},
    {4,          1, 1, FROM, "rtcu"}, /* of the MPC601 */
    {5,          1, 1, FROM, "rtcl"},
    {SPR_LR,     1, 1, BOTH, "lr"},
    {SPR_CTR,    1, 1, BOTH, "ctr"},
    {SPR_DSISR,  1, 1, BOTH, "dsisr"},
    {SPR_DAR,    1, 1, BOTH, "dar"},
    {20,         1, 1, TO,   "rtcu"},
    {21,         1, 1, TO,   "rtcl"},
    {SPR_DEC,    1, 1, BOTH, "dec"},
    {SPR_SDR1,   1, 1, BOTH, "sdr1"},
    {SPR_SRR0,   1, 1, BOTH, "srr0"},
    {SPR_SRR1,   1, 1, BOTH, "srr1"},
    {SPR_VRSAVE, 1, 1, BOTH, "vrsave"},
    {SPR_SPRG0,  4, 1, BOTH, "sprg"},
    {SPR_EAR,    1, 1, BOTH, "ear"},
    {SPR_TBWL,   1, 1, TO,   "tbl"},
    {SPR_TBWU,   1, 1, TO,   "tbu"},
    {SPR_PVR,    1, 1, FROM, "pvr"},
    {SPR_IBAT0U, 4, 2, BOTH, "ibatu"},
    {SPR_IBAT0L, 4, 2, BOTH, "ibatl"},
    {SPR_DBAT0U, 4, 2, BOTH, "dbatu"},
    {SPR_DBAT0L, 4, 2, BOTH, "dbatl"},
};

/* How operands look; the rest are decimal numbers. */
static const char styles[N_OPERANDS] = {
    [OPERAND_RT] = 'r',  [OPERAND_RS] = 'r',   [OPERAND_RTM] = 'r', [OPERAND_RSM] = 'r',
    [OPERAND_RTS] = 'r', [OPERAND_RSS] = 'r',  [OPERAND_RA] = 'r',  [OPERAND_RAW] = 'r',
    [OPERAND_RAX] = 'r', [OPERAND_RAU] = 'r', [OPERAND_RAL] = 'r',
    [OPERAND_RB] = 'r', [OPERAND_RBX] = 'r',   [OPERAND_RA0] = '0',
    [OPERAND_FRT] = 'f', [OPERAND_FRS] = 'f',  [OPERAND_FRA] = 'f', [OPERAND_FRB] = 'f',
    [OPERAND_FRC] = 'f', [OPERAND_VRT] = 'v',  [OPERAND_VRS] = 'v', [OPERAND_VRA] = 'v',
    [OPERAND_VRB] = 'v', [OPERAND_VRC] = 'v',  [OPERAND_BF] = 'c',  [OPERAND_BFA] = 'c',
    [OPERAND_BFAF] = 'c', [OPERAND_BI] = 'b',  [OPERAND_BT] = 'b',  [OPERAND_BA] = 'b',
    [OPERAND_BB] = 'b',  [OPERAND_BD] = '@',   [OPERAND_LI] = '@',  [OPERAND_D] = '(',
};

/* By BO without its last bit, which predicts; those that do not count are named by their condition. */
static const char counts[16][8] = {
    [0] = "bdnzf", [1] = "bdzf", [4] = "bdnzt", [5] = "bdzt", [8] = "bdnz", [9] = "bdz",
    [12] = "bdnz", [13] = "bdz",
};
static const char conditions[2][4][4] = {{"bge", "ble", "bne", "bns"}, {"blt", "bgt", "beq", "bso"}};
/* clang-format on */

/* ---- writing ---- */

struct line {
    const struct instruction *instruction;
    char mnemonic[MNEMONIC_MAX];
    const char *operands; /* which ones, in this order, as struct simplified has them */
    int32_t which;        /* WHICH */
    uint32_t address;
    print_name_t name;
    void *context;
    char *text;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    size_t start = line->length < line->size ? line->length : line->size;
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(line->text + start, line->size - start, format, arguments);
    va_end(arguments);
    line->length += n > 0 ? (size_t)n : 0;
}

static void set_mnemonic(struct line *line, const char *stem, const char *more, const char *sign)
{
    unsigned modifiers = line->instruction->modifiers;

    snprintf(line->mnemonic, sizeof line->mnemonic, "%s%s%s%s%s%s%s", stem, more,
             (modifiers & MODIFIER_OE) != 0 ? "o" : "", (modifiers & MODIFIER_LK) != 0 ? "l" : "",
             (modifiers & MODIFIER_AA) != 0 ? "a" : "", (modifiers & MODIFIER_RC) != 0 ? "." : "",
             sign);
}

/* ---- choosing a mnemonic ---- */

static bool is_alike(uint32_t word, enum likeness likeness)
{
    uint32_t s = word >> 21 & 31, a = word >> 16 & 31, b = word >> 11 & 31, mb = word >> 6 & 31,
             me = word >> 1 & 31;

    switch (likeness) {
    case S_IS_B:
        return s == b;
    case A_IS_B:
        return a == b;
    case T_IS_A_IS_B:
        return s == a && a == b;
    case SHIFTS_LEFT:
        return b + me == 31;
    case SHIFTS_RIGHT:
        return b + mb == 32;
    default:
        return true;
    }
}

static bool choose_simplified(struct line *line, uint32_t word)
{
    for (size_t i = 0; i < sizeof simplified / sizeof simplified[0]; i++) {
        const struct simplified *row = &simplified[i];

        if (row->opcode != line->instruction->opcode || (word & row->mask) != row->match ||
            !is_alike(word, row->likeness))
            continue;
        set_mnemonic(line, row->name, "", "");
        line->operands = row->operands;
        return true;
    }
    return false;
}

static bool choose_special(struct line *line)
{
    bool to = line->instruction->opcode == OPCODE_MTSPR;
    int32_t spr = line->instruction->operands[to ? 0 : 1];

    if (!to && line->instruction->opcode != OPCODE_MFSPR)
        return false;
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        const struct special *row = &specials[i];

        line->which = (spr - row->first) / row->step;
        if (spr < row->first || line->which >= row->n || (spr - row->first) % row->step != 0 ||
            (row->direction & (to ? TO : FROM)) == 0)
            continue;
        set_mnemonic(line, to ? "mt" : "mf", row->name, "");
        line->operands = row->n == 1 ? (to ? "1" : "0") : (to ? "n1" : "0n");
        return true;
    }
    return false;
}

/*
 * A sign tells the prediction, which is BO's last bit, inverted if a displacement is negative (PEM
 * 4.2.4.2). Names that keep BO as a number have it only where that bit alone predicts "taken".
 */
static bool choose_branch(struct line *line)
{
    const struct instruction *i = line->instruction;
    unsigned bo = (unsigned)i->operands[0], bi = (unsigned)i->operands[1];
    bool backward = i->opcode == OPCODE_BC && i->operands[2] < 0;
    const char *where = i->opcode == OPCODE_BC ? "" : i->opcode == OPCODE_BCLR ? "lr" : "ctr";
    const char *sign = (bo & 1) != backward ? "+" : "-";

    if (i->opcode != OPCODE_BC && i->opcode != OPCODE_BCLR && i->opcode != OPCODE_BCCTR)
        return false;
    if ((bo & 20) == 4) {
        set_mnemonic(line, conditions[bo >> 3][bi & 3], where, sign);
        line->operands = bi < 4 && (i->opcode == OPCODE_BC || i->operands[2] == 0) ? "2" : "c2";
    } else if (bo == 20 && bi == 0 && i->opcode != OPCODE_BC) {
        set_mnemonic(line, "b", where, "");
        line->operands = "2";
    } else if ((bo & 20) != 20 && (bo < 16 || bi == 0) && i->opcode != OPCODE_BCCTR) {
        set_mnemonic(line, counts[bo >> 1], where, sign);
        line->operands = bo < 16 ? "12" : "2";
    } else {
        set_mnemonic(line, opcode_rows[i->opcode].name, "", (bo & 1) != 0 && !backward ? "+" : "");
        line->operands = "012";
    }
    return true;
}

/* ---- operands ---- */

static void add_bit(struct line *line, unsigned bit)
{
    static const char names[4][4] = {"lt", "gt", "eq", "so"};

    if (bit >= 4)
        add(line, "4*cr%u+", bit / 4);
    add(line, "%s", names[bit % 4]);
}

static void add_target(struct line *line, int32_t displacement)
{
    bool absolute = (line->instruction->modifiers & MODIFIER_AA) != 0;
    uint32_t target = (uint32_t)displacement + (absolute ? 0 : line->address);
    char name[NAME_SIZE];

    if (line->name != NULL && line->name(line->context, target, name, sizeof name))
        add(line, "%" PRIx32 " <%s>", target, name);
    else
        add(line, "0x%" PRIx32, target);
}

static void add_styled(struct line *line, char style, int32_t value)
{
    switch (style) {
    case '@':
        add_target(line, value);
        break;
    case 'b':
        add_bit(line, (unsigned)value);
        break;
    case 'c':
        add(line, "cr%d", (int)value);
        break;
    case 'r':
    case 'f':
    case 'v':
        add(line, "%c%d", style, (int)value);
        break;
    case '0':
        add(line, value == 0 ? "0" : "r%d", (int)value);
        break;
    default:
        add(line, "%d", (int)value);
    }
}

static bool is_own(char selector)
{
    return selector >= '0' && selector <= '9';
}

static char style_of(const struct line *line, char selector)
{
    return is_own(selector) ? styles[code_operands(line->instruction->opcode)[selector - '0']]
                            : '\0';
}

static void add_operand(struct line *line, char selector)
{
    const int32_t *operands = line->instruction->operands;

    if (selector == WHICH)
        add_styled(line, 0, line->which);
    else if (selector == FIELD)
        add_styled(line, 'c', operands[1] >> 2);
    else if (selector == CLEARED)
        add_styled(line, 0, 31 - operands[4]);
    else if (selector == MASK)
        add_styled(line, 0, operands[1] & 0xff);
    else
        add_styled(line, style_of(line, selector), operands[selector - '0']);
}

/* Whether the instruction has the operand, and it is not one that is left out. */
static bool is_there(const struct line *line, char selector)
{
    const struct instruction *i = line->instruction;
    unsigned n = (unsigned)selector - '0';

    return !is_own(selector) || (n < i->n_operands && (code_operands(i->opcode)[n] < OPERAND_LEV ||
                                                       i->operands[n] != 0));
}

/* The first operand stands in a column of its own; a displacement's base is in parentheses. */
static void add_operands(struct line *line)
{
    int indent = OPERAND_COLUMN - (int)strlen(line->mnemonic);
    bool displaced = false;

    for (const char *s = line->operands; *s != '\0' && is_there(line, *s); s++) {
        if (s == line->operands)
            add(line, "%*s", indent > 1 ? indent : 1, "");
        else
            add(line, "%c", displaced ? '(' : ',');
        add_operand(line, *s);
        if (displaced)
            add(line, ")");
        displaced = style_of(line, *s) == '(';
    }
}

size_t code_print(uint32_t word, uint32_t address, print_name_t name, void *context, char *text,
                  size_t size)
{
    struct instruction instruction;
    struct line line = {.instruction = &instruction,
                        .operands = "01234",
                        .address = address,
                        .name = name,
                        .context = context,
                        .text = text,
                        .size = size};

    if (!code_decode(word, &instruction)) {
        add(&line, ".long 0x%" PRIx32, word);
        return line.length;
    }
    if (!choose_simplified(&line, word) && !choose_special(&line) && !choose_branch(&line))
        set_mnemonic(&line, opcode_rows[instruction.opcode].name, "", "");
    add(&line, "%s", line.mnemonic);
    add_operands(&line);
    return line.length;
}
