/* See relocation.h. */
#include "domains/object/relocation.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/types.h"
#include "domains/object/bytes.h"

enum field {
    FIELD_NONE,
    FIELD_WORD,        /* all 32 bits */
    FIELD_HALF,        /* 16 bits, signed or unsigned as the instruction has it, either in data */
    FIELD_HALF_SIGNED, /* 16 bits, signed */
    FIELD_LO,
    FIELD_HI,
    FIELD_HA,
    FIELD_B,
    FIELD_BA,
    FIELD_BC,
    FIELD_BC_TAKEN,
    FIELD_BC_NOT_TAKEN,
    FIELD_BCA,
    FIELD_BCA_TAKEN,
    FIELD_BCA_NOT_TAKEN,
    FIELD_CALL, /* through CTR, to become a direct one */
};

/* By `fixup`. */
static const uint8_t of_fixup[] = {
    R_PPC_ADDR32,          R_PPC_ADDR24,    R_PPC_ADDR16,  R_PPC_ADDR16_LO,
    R_PPC_ADDR16_HI,       R_PPC_ADDR16_HA, R_PPC_ADDR14,  R_PPC_ADDR14_BRTAKEN,
    R_PPC_ADDR14_BRNTAKEN, R_PPC_REL24,     R_PPC_REL14,   R_PPC_REL14_BRTAKEN,
    R_PPC_REL14_BRNTAKEN,  R_PPC_REL32,     R_PPC_REL16,   R_PPC_REL16_LO,
    R_PPC_REL16_HI,        R_PPC_REL16_HA,  R_PPC_PLTCALL,
};

/* Types without a row are refused. */
const struct relocation_type relocation_types[256] = {
    [R_PPC_NONE] = {RELOCATION_NONE, 0, FIELD_NONE, false, 0},
    [R_PPC_ADDR32] = {RELOCATION_VALUE, 4, FIELD_WORD, false, 0},
    [R_PPC_ADDR24] = {RELOCATION_VALUE, 4, FIELD_BA, false, 1},
    [R_PPC_ADDR16] = {RELOCATION_VALUE, 2, FIELD_HALF, false, 2},
    [R_PPC_ADDR16_LO] = {RELOCATION_VALUE, 2, FIELD_LO, false, 3},
    [R_PPC_ADDR16_HI] = {RELOCATION_VALUE, 2, FIELD_HI, false, 4},
    [R_PPC_ADDR16_HA] = {RELOCATION_VALUE, 2, FIELD_HA, false, 5},
    [R_PPC_ADDR14] = {RELOCATION_VALUE, 4, FIELD_BCA, false, 6},
    [R_PPC_ADDR14_BRTAKEN] = {RELOCATION_VALUE, 4, FIELD_BCA_TAKEN, false, 7},
    [R_PPC_ADDR14_BRNTAKEN] = {RELOCATION_VALUE, 4, FIELD_BCA_NOT_TAKEN, false, 8},
    [R_PPC_REL24] = {RELOCATION_BRANCH, 4, FIELD_B, true, 9},
    [R_PPC_REL14] = {RELOCATION_BRANCH, 4, FIELD_BC, true, 10},
    [R_PPC_REL14_BRTAKEN] = {RELOCATION_BRANCH, 4, FIELD_BC_TAKEN, true, 11},
    [R_PPC_REL14_BRNTAKEN] = {RELOCATION_BRANCH, 4, FIELD_BC_NOT_TAKEN, true, 12},
    [R_PPC_GOT16] = {RELOCATION_OFFSET, 2, FIELD_HALF_SIGNED, false, 0},
    [R_PPC_GOT16_LO] = {RELOCATION_OFFSET, 2, FIELD_LO, false, 0},
    [R_PPC_GOT16_HI] = {RELOCATION_OFFSET, 2, FIELD_HI, false, 0},
    [R_PPC_GOT16_HA] = {RELOCATION_OFFSET, 2, FIELD_HA, false, 0},
    [R_PPC_PLTREL24] = {RELOCATION_BRANCH, 4, FIELD_B, true, 9},
    [R_PPC_LOCAL24PC] = {RELOCATION_BRANCH, 4, FIELD_B, true, 9},
    [R_PPC_UADDR32] = {RELOCATION_VALUE, 4, FIELD_WORD, false, 0},
    [R_PPC_UADDR16] = {RELOCATION_VALUE, 2, FIELD_HALF, false, 2},
    [R_PPC_REL32] = {RELOCATION_VALUE, 4, FIELD_WORD, true, 13},
    [R_PPC_PLT16_LO] = {RELOCATION_SEQUENCE, 2, FIELD_NONE, false, 0},
    [R_PPC_PLT16_HI] = {RELOCATION_SEQUENCE, 2, FIELD_NONE, false, 0},
    [R_PPC_PLT16_HA] = {RELOCATION_SEQUENCE, 2, FIELD_NONE, false, 0},
    [R_PPC_PLTSEQ] = {RELOCATION_SEQUENCE, 4, FIELD_NONE, false, 0},
    [R_PPC_PLTCALL] = {RELOCATION_BRANCH, 4, FIELD_CALL, true, 18},
    [R_PPC_REL16] = {RELOCATION_VALUE, 2, FIELD_HALF_SIGNED, true, 14},
    [R_PPC_REL16_LO] = {RELOCATION_VALUE, 2, FIELD_LO, true, 15},
    [R_PPC_REL16_HI] = {RELOCATION_VALUE, 2, FIELD_HI, true, 16},
    [R_PPC_REL16_HA] = {RELOCATION_VALUE, 2, FIELD_HA, true, 17},
};

static const char *const names[256] = {
    [0] = "R_PPC_NONE",
    [1] = "R_PPC_ADDR32",
    [2] = "R_PPC_ADDR24",
    [3] = "R_PPC_ADDR16",
    [4] = "R_PPC_ADDR16_LO",
    [5] = "R_PPC_ADDR16_HI",
    [6] = "R_PPC_ADDR16_HA",
    [7] = "R_PPC_ADDR14",
    [8] = "R_PPC_ADDR14_BRTAKEN",
    [9] = "R_PPC_ADDR14_BRNTAKEN",
    [10] = "R_PPC_REL24",
    [11] = "R_PPC_REL14",
    [12] = "R_PPC_REL14_BRTAKEN",
    [13] = "R_PPC_REL14_BRNTAKEN",
    [14] = "R_PPC_GOT16",
    [15] = "R_PPC_GOT16_LO",
    [16] = "R_PPC_GOT16_HI",
    [17] = "R_PPC_GOT16_HA",
    [18] = "R_PPC_PLTREL24",
    [19] = "R_PPC_COPY",
    [20] = "R_PPC_GLOB_DAT",
    [21] = "R_PPC_JMP_SLOT",
    [22] = "R_PPC_RELATIVE",
    [23] = "R_PPC_LOCAL24PC",
    [24] = "R_PPC_UADDR32",
    [25] = "R_PPC_UADDR16",
    [26] = "R_PPC_REL32",
    [27] = "R_PPC_PLT32",
    [28] = "R_PPC_PLTREL32",
    [29] = "R_PPC_PLT16_LO",
    [30] = "R_PPC_PLT16_HI",
    [31] = "R_PPC_PLT16_HA",
    [32] = "R_PPC_SDAREL16",
    [33] = "R_PPC_SECTOFF",
    [34] = "R_PPC_SECTOFF_LO",
    [35] = "R_PPC_SECTOFF_HI",
    [36] = "R_PPC_SECTOFF_HA",
    [37] = "R_PPC_ADDR30",
    [67] = "R_PPC_TLS",
    [68] = "R_PPC_DTPMOD32",
    [69] = "R_PPC_TPREL16",
    [70] = "R_PPC_TPREL16_LO",
    [71] = "R_PPC_TPREL16_HI",
    [72] = "R_PPC_TPREL16_HA",
    [73] = "R_PPC_TPREL32",
    [74] = "R_PPC_DTPREL16",
    [75] = "R_PPC_DTPREL16_LO",
    [76] = "R_PPC_DTPREL16_HI",
    [77] = "R_PPC_DTPREL16_HA",
    [78] = "R_PPC_DTPREL32",
    [79] = "R_PPC_GOT_TLSGD16",
    [80] = "R_PPC_GOT_TLSGD16_LO",
    [81] = "R_PPC_GOT_TLSGD16_HI",
    [82] = "R_PPC_GOT_TLSGD16_HA",
    [83] = "R_PPC_GOT_TLSLD16",
    [84] = "R_PPC_GOT_TLSLD16_LO",
    [85] = "R_PPC_GOT_TLSLD16_HI",
    [86] = "R_PPC_GOT_TLSLD16_HA",
    [87] = "R_PPC_GOT_TPREL16",
    [88] = "R_PPC_GOT_TPREL16_LO",
    [89] = "R_PPC_GOT_TPREL16_HI",
    [90] = "R_PPC_GOT_TPREL16_HA",
    [91] = "R_PPC_GOT_DTPREL16",
    [92] = "R_PPC_GOT_DTPREL16_LO",
    [93] = "R_PPC_GOT_DTPREL16_HI",
    [94] = "R_PPC_GOT_DTPREL16_HA",
    [95] = "R_PPC_TLSGD",
    [96] = "R_PPC_TLSLD",
    [101] = "R_PPC_EMB_NADDR32",
    [102] = "R_PPC_EMB_NADDR16",
    [103] = "R_PPC_EMB_NADDR16_LO",
    [104] = "R_PPC_EMB_NADDR16_HI",
    [105] = "R_PPC_EMB_NADDR16_HA",
    [106] = "R_PPC_EMB_SDAI16",
    [107] = "R_PPC_EMB_SDA2I16",
    [108] = "R_PPC_EMB_SDA2REL",
    [109] = "R_PPC_EMB_SDA21",
    [110] = "R_PPC_EMB_MRKREF",
    [111] = "R_PPC_EMB_RELSEC16",
    [112] = "R_PPC_EMB_RELST_LO",
    [113] = "R_PPC_EMB_RELST_HI",
    [114] = "R_PPC_EMB_RELST_HA",
    [115] = "R_PPC_EMB_BIT_FLD",
    [116] = "R_PPC_EMB_RELSDA",
    [119] = "R_PPC_PLTSEQ",
    [120] = "R_PPC_PLTCALL",
    [216] = "R_PPC_VLE_REL8",
    [217] = "R_PPC_VLE_REL15",
    [218] = "R_PPC_VLE_REL24",
    [219] = "R_PPC_VLE_LO16A",
    [220] = "R_PPC_VLE_LO16D",
    [221] = "R_PPC_VLE_HI16A",
    [222] = "R_PPC_VLE_HI16D",
    [223] = "R_PPC_VLE_HA16A",
    [224] = "R_PPC_VLE_HA16D",
    [225] = "R_PPC_VLE_SDA21",
    [226] = "R_PPC_VLE_SDA21_LO",
    [227] = "R_PPC_VLE_SDAREL_LO16A",
    [228] = "R_PPC_VLE_SDAREL_LO16D",
    [229] = "R_PPC_VLE_SDAREL_HI16A",
    [230] = "R_PPC_VLE_SDAREL_HI16D",
    [231] = "R_PPC_VLE_SDAREL_HA16A",
    [232] = "R_PPC_VLE_SDAREL_HA16D",
    [233] = "R_PPC_VLE_ADDR20",
    [240] = "R_PPC_16DX_HA",
    [246] = "R_PPC_REL16DX_HA",
    [248] = "R_PPC_IRELATIVE",
    [249] = "R_PPC_REL16",
    [250] = "R_PPC_REL16_LO",
    [251] = "R_PPC_REL16_HI",
    [252] = "R_PPC_REL16_HA",
    [253] = "R_PPC_GNU_VTINHERIT",
    [254] = "R_PPC_GNU_VTENTRY",
    [255] = "R_PPC_TOC16",
};

const char *relocation_name(uint8_t type)
{
    return names[type] != NULL ? names[type] : "R_PPC_?";
}

const char *relocation_advice(uint8_t type)
{
    static const struct {
        uint8_t first, last;
        const char *flag;
    } advice[] = {
        {27, 28, "-mno-longcall"},  {32, 32, "-msdata=none"}, {106, 109, "-msdata=none"},
        {116, 116, "-msdata=none"}, {67, 96, "no __thread"},  {216, 233, "-mno-vle"},
    };

    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++)
        if (type >= advice[i].first && type <= advice[i].last)
            return advice[i].flag;
    return NULL;
}

bool relocation_ignores_addend(uint8_t type)
{
    return type == R_PPC_PLTREL24 || type == R_PPC_PLTCALL;
}

bool relocation_is_conditional(uint8_t type)
{
    uint8_t field = relocation_types[type].field;

    return field == FIELD_BC || field == FIELD_BC_TAKEN || field == FIELD_BC_NOT_TAKEN;
}

uint8_t relocation_of_fixup(unsigned fixup)
{
    return of_fixup[fixup];
}

static bool is_signed_half(uint32_t value)
{
    return value + 0x8000 < 0x10000;
}

/*
 * In code the instruction decides, as it does for GNU ld: compares are lenient, logical ones
 * take the field as unsigned, all others as signed.
 */
static bool is_half(const uint8_t *place, uint32_t address, uint32_t value)
{
    enum { CMPLI = 10, ORI = 24, XORI = 26, ANDI = 28 };
    bool fits = is_signed_half(value);
    uint32_t opcode;

    if (!vaddr_is_code(address) || address % 4 != 2)
        return fits || value <= 0xffff;
    opcode = get16(place - 2) >> 10;
    if (opcode == ORI || opcode == XORI || opcode == ANDI)
        return value <= 0xffff;
    return fits || (opcode == CMPLI && value <= 0xffff);
}

static enum relocation_result apply_half(uint8_t field, uint8_t *place, uint32_t address,
                                         uint32_t value)
{
    switch (field) {
    case FIELD_HALF:
        if (!is_half(place, address, value))
            return RELOCATION_RANGE;
        break;
    case FIELD_HALF_SIGNED:
        if (!is_signed_half(value))
            return RELOCATION_RANGE;
        break;
    case FIELD_HI:
        value >>= 16;
        break;
    case FIELD_HA:
        value = (value + 0x8000) >> 16;
        break;
    default:
        break;
    }
    put16(place, (uint16_t)value);
    return RELOCATION_DONE;
}

static enum relocation_result apply_b(uint8_t *place, uint32_t address, uint32_t target)
{
    if ((target & 3) != 0 || (address & 3) != 0)
        return RELOCATION_MISALIGNED;
    if (code_reach(address, target) == REACH_NONE)
        return RELOCATION_RANGE;
    put32(place, code_retarget_b(get32(place), address, target));
    return RELOCATION_DONE;
}

static enum relocation_result apply_ba(uint8_t *place, uint32_t target)
{
    if ((target & 3) != 0)
        return RELOCATION_MISALIGNED;
    if (!code_fits_b((int32_t)target))
        return RELOCATION_RANGE;
    put32(place, code_put_b_absolute(get32(place), target));
    return RELOCATION_DONE;
}

/* `bctrl` and `bctr`, or what they became before, keep whether they link. */
static enum relocation_result apply_call(uint8_t *place, uint32_t address, uint32_t target)
{
    uint32_t before = get32(place);
    enum relocation_result result;

    put32(place, WORD_B | (before & WORD_LK)); /* b or bl */
    result = apply_b(place, address, target);
    if (result != RELOCATION_DONE)
        put32(place, before);
    return result;
}

/*
 * The y bit of BO reverses the static prediction, which is "taken" for a
 * backward branch (PEM 4.2.4.2).
 */
static uint32_t predict(uint32_t word, uint8_t field, int32_t displacement)
{
    const uint32_t y = 1u << 21;
    bool taken = field == FIELD_BC_TAKEN || field == FIELD_BCA_TAKEN;

    if (field == FIELD_BC || field == FIELD_BCA)
        return word;
    return taken != (displacement < 0) ? word | y : word & ~y;
}

static enum relocation_result apply_bc(uint8_t field, uint8_t *place, uint32_t address,
                                       uint32_t target)
{
    int32_t displacement = (int32_t)(target - address);
    int32_t stored = field >= FIELD_BCA ? (int32_t)target : displacement;
    uint32_t word = predict(get32(place), field, displacement);

    if ((stored & 3) != 0)
        return RELOCATION_MISALIGNED;
    if (!code_fits_bc(stored))
        return RELOCATION_RANGE;
    put32(place, field >= FIELD_BCA ? code_put_bc_absolute(word, target)
                                    : code_put_bc_relative(word, target - address));
    return RELOCATION_DONE;
}

enum relocation_result relocation_apply(uint8_t type, uint8_t *place, uint32_t address,
                                        uint32_t value)
{
    const struct relocation_type *row = &relocation_types[type];

    switch (row->field) {
    case FIELD_NONE:
        return RELOCATION_DONE;
    case FIELD_WORD:
        put32(place, row->relative ? value - address : value);
        return RELOCATION_DONE;
    case FIELD_B:
        return apply_b(place, address, value);
    case FIELD_BA:
        return apply_ba(place, value);
    case FIELD_CALL:
        return apply_call(place, address, value);
    case FIELD_BC:
    case FIELD_BC_TAKEN:
    case FIELD_BC_NOT_TAKEN:
    case FIELD_BCA:
    case FIELD_BCA_TAKEN:
    case FIELD_BCA_NOT_TAKEN:
        return apply_bc(row->field, place, address, value);
    default:
        return apply_half(row->field, place, address, row->relative ? value - address : value);
    }
}
