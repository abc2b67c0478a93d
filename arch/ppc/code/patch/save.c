/* Registers that are needed for a moment, and those that are saved around an action; see body.h. */
#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/registers.h"

#define HAND_OVER 16u /* bytes of the frame whose LR save word holds LR */
#define SMALL_FRAME (unsigned)(AREA_IN_FRAME + AREA_FLOATING(0))
#define LARGE_FRAME (((unsigned)(AREA_IN_FRAME + PATCH_STACK_SIZE) + 15) & ~15u)
#define SAVED_SPECIAL (SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER | SPECIAL_FPSCR | SPECIAL_SPRG)

_Static_assert(SMALL_FRAME % 16 == 0, "frames are aligned");

/* ---- for a moment ---- */

void scratch_keep(struct body *b, const struct register_set *keep)
{
    b->keep = *keep;
    b->dead = ~(keep->general | GENERAL_ALWAYS_LIVE);
}

/* r0 only if there is no other. */
static unsigned pick(uint32_t set)
{
    return (unsigned)__builtin_ctz((set & ~1u) != 0 ? set & ~1u : set);
}

unsigned scratch_take(struct body *b, bool may_be_zero)
{
    uint32_t usable = ~b->taken & (may_be_zero ? ~0u : ~1u);
    unsigned reg;

    if ((b->dead & ~b->stashed & usable) != 0) {
        reg = pick(b->dead & ~b->stashed & usable);
    } else if ((b->stashed & usable) != 0) {
        reg = pick(b->stashed & usable);
    } else {
        reg = pick(GENERAL_VOLATILE & usable & ~1u);
        put(b, CODE_D(WORD_STW, reg, SP, b->code.below + AREA_GENERAL(reg)));
        b->stashed |= 1u << reg;
        b->code.saves.general |= 1u << reg;
    }
    b->taken |= 1u << reg;
    return reg;
}

void scratch_load(struct body *b)
{
    for (uint32_t left = b->stashed; left != 0; left &= left - 1) {
        unsigned reg = (unsigned)__builtin_ctz(left);

        put(b, CODE_D(WORD_LWZ, reg, SP, b->code.below + AREA_GENERAL(reg)));
    }
}

void scratch_return(struct body *b)
{
    scratch_load(b);
    b->stashed = b->taken = 0;
}

unsigned dead_field(const struct body *b)
{
    unsigned field = 0;

    while (field < 8 && (b->keep.condition & CR_FIELD(field)) != 0)
        field++;
    return field;
}

/* ---- around an action ---- */

/* Where LR is to be seen by who walks the chain. */
bool saving_shows_lr(const struct body *b, const struct saving *saving)
{
    return saving->frame != 0 && (b->keep.special & SPECIAL_LR) != 0;
}

static bool moves_others(const struct saving *saving)
{
    return saving->set.condition != 0 ||
           (saving->set.special & (SAVED_SPECIAL & ~SPECIAL_FPSCR)) != 0;
}

static void choose_scratch(struct body *b, struct saving *saving)
{
    uint32_t usable = saving->set.general | b->dead;

    saving->borrows = false;
    saving->scratch = (usable & 1) != 0 || usable == 0 ? 0 : pick(usable);
    if (usable == 0 && (moves_others(saving) || saving_shows_lr(b, saving)))
        saving->borrows = true;
}

void saving_choose(struct body *b, struct saving *saving, bool moves)
{
    unsigned clear = (unsigned)-b->code.below - PATCH_STACK_SIZE; /* what others may have there */
    bool floats;

    saving->set.general &= ~(1u << SP);
    saving->set.special &= SAVED_SPECIAL;
    saving->set.vector = 0;
    if ((saving->set.special & SPECIAL_FPSCR) != 0)
        saving->set.floating |= 1;
    floats = saving->set.floating != 0;
    saving->frame = !moves ? 0 : floats ? LARGE_FRAME : SMALL_FRAME;
    saving->gap = moves ? clear + HAND_OVER : 0;
    saving->base = moves ? AREA_IN_FRAME : b->code.below;
    saving->lr = saving->base + AREA_LR;
    if (saving_shows_lr(b, saving)) {
        saving->lr = (int)saving->frame + 4;
    } else if (moves) {
        saving->frame += clear;
        saving->gap = 0;
    }
    choose_scratch(b, saving);
    registers_add(&b->code.saves, &saving->set);
}

void saving_enter(struct body *b, const struct saving *saving)
{
    if (saving->gap != 0)
        put(b, CODE_D(WORD_STWU, SP, SP, -saving->gap));
    if (saving->frame != 0)
        put(b, CODE_D(WORD_STWU, SP, SP, -saving->frame));
}

static void put_special(struct body *b, const struct saving *saving, unsigned spr, int offset)
{
    put(b, CODE_XFX(WORD_MFSPR, saving->scratch, spr));
    put(b, CODE_D(WORD_STW, saving->scratch, SP, offset));
}

void saving_store_floating(struct body *b, const struct saving *saving)
{
    for (uint32_t left = saving->set.floating; left != 0; left &= left - 1) {
        unsigned f = (unsigned)__builtin_ctz(left);

        put(b, CODE_D(WORD_STFD, f, SP, saving->base + AREA_FLOATING(f)));
    }
    if ((saving->set.special & SPECIAL_FPSCR) != 0) {
        put(b, CODE_X(WORD_MFFS, 0, 0, 0));
        put(b, CODE_D(WORD_STFD, 0, SP, saving->base + AREA_FPSCR));
        put(b, CODE_D(WORD_LFD, 0, SP, saving->base + AREA_FLOATING(0)));
    }
}

void saving_store(struct body *b, const struct saving *saving)
{
    uint32_t general = saving->set.general | (saving->borrows ? 1u << saving->scratch : 0);

    for (; general != 0; general &= general - 1) {
        unsigned reg = (unsigned)__builtin_ctz(general);

        put(b, CODE_D(WORD_STW, reg, SP, saving->base + AREA_GENERAL(reg)));
    }
    if ((saving->set.special & SPECIAL_LR) != 0 || saving_shows_lr(b, saving))
        put_special(b, saving, SPR_LR, saving->lr);
    if (saving->set.condition != 0) {
        put(b, CODE_X(WORD_MFCR, saving->scratch, 0, 0));
        put(b, CODE_D(WORD_STW, saving->scratch, SP, saving->base + AREA_CR));
    }
    if ((saving->set.special & SPECIAL_XER) != 0)
        put_special(b, saving, SPR_XER, saving->base + AREA_XER);
    if ((saving->set.special & SPECIAL_CTR) != 0)
        put_special(b, saving, SPR_CTR, saving->base + AREA_CTR);
    if ((saving->set.special & SPECIAL_SPRG) != 0)
        put_special(b, saving, SPR_SPRG1, saving->base + AREA_SPRG1);
    saving_store_floating(b, saving);
}

/* Of the fields that any of these bits is in, as mtcrf has them. */
unsigned fields_of(uint32_t condition)
{
    unsigned fields = 0;

    for (unsigned i = 0; i < 8; i++)
        if ((condition & CR_FIELD(i)) != 0)
            fields |= 0x80 >> i;
    return fields;
}

static void load_special(struct body *b, const struct saving *saving, unsigned spr, int offset)
{
    put(b, CODE_D(WORD_LWZ, saving->scratch, SP, offset));
    put(b, CODE_XFX(WORD_MTSPR, saving->scratch, spr));
}

void saving_load_floating(struct body *b, const struct saving *saving)
{
    if ((saving->set.special & SPECIAL_FPSCR) != 0) {
        put(b, CODE_D(WORD_LFD, 0, SP, saving->base + AREA_FPSCR));
        put(b, CODE_X(WORD_MTFSF | 0xffu << 17, 0, 0, 0));
    }
    for (uint32_t left = saving->set.floating; left != 0; left &= left - 1) {
        unsigned f = (unsigned)__builtin_ctz(left);

        put(b, CODE_D(WORD_LFD, f, SP, saving->base + AREA_FLOATING(f)));
    }
}

void saving_load_special(struct body *b, const struct saving *saving)
{
    if ((saving->set.special & SPECIAL_LR) != 0)
        load_special(b, saving, SPR_LR, saving->lr);
    if (saving->set.condition != 0) {
        put(b, CODE_D(WORD_LWZ, saving->scratch, SP, saving->base + AREA_CR));
        put(b, CODE_MTCRF(fields_of(saving->set.condition), saving->scratch));
    }
    if ((saving->set.special & SPECIAL_XER) != 0)
        load_special(b, saving, SPR_XER, saving->base + AREA_XER);
    if ((saving->set.special & SPECIAL_CTR) != 0)
        load_special(b, saving, SPR_CTR, saving->base + AREA_CTR);
    if ((saving->set.special & SPECIAL_SPRG) != 0)
        load_special(b, saving, SPR_SPRG1, saving->base + AREA_SPRG1);
}

void saving_load(struct body *b, const struct saving *saving)
{
    uint32_t general = saving->set.general;

    saving_load_special(b, saving);
    saving_load_floating(b, saving);
    if (saving->borrows && moves_others(saving))
        general |= 1u << saving->scratch;
    for (; general != 0; general &= general - 1) {
        unsigned reg = (unsigned)__builtin_ctz(general);

        put(b, CODE_D(WORD_LWZ, reg, SP, saving->base + AREA_GENERAL(reg)));
    }
}

void saving_leave(struct body *b, const struct saving *saving)
{
    if (saving->frame + saving->gap != 0)
        put(b, CODE_D(WORD_ADDI, SP, SP, saving->frame + saving->gap));
}
