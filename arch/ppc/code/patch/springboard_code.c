/*
 * See springboard_code.h. All that is used is r3 and r4, so CR, XER, LR and CTR are never touched: bits of MSR
 * are cleared with rlwinm, and the target is found by addis with r3 itself as the base.
 *
 * Between mtmsr and rfi nothing can come but a fault of the stores and loads, and these are of words that were
 * stored just before.
 */
#include "arch/ppc/code/patch/springboard_code.h"

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/patch/patch_code.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/registers.h"

/* Bytes from r1. */
#define SAVED_R3 (-SPRINGBOARD_STACK_GAP - 4)
#define SAVED_R4 (-SPRINGBOARD_STACK_GAP - 8)
#define SAVED_TARGET (-SPRINGBOARD_STACK_GAP - 12)
#define SAVED_MSR (-SPRINGBOARD_STACK_GAP - 16)

/* Interrupts would overwrite SRR0 and SRR1, and so would what traces instructions or branches. */
#define MASKED (MSR_EE | MSR_SE | MSR_BE)

/* Words of the tail that springboard_finish_tail must know. */
enum {
    TAIL_SAVE_R4,
    TAIL_TABLE,
    TAIL_LOAD_TARGET,
    TAIL_SAVE_TARGET,
    TAIL_READ_MSR,
    TAIL_SAVE_MSR,
    TAIL_NO_INTERRUPTS,
    TAIL_NO_TRACE,
    TAIL_WRITE_MSR,
    TAIL_SYNCHRONIZE,
    TAIL_SRR0,
    TAIL_LOAD_MSR,
    TAIL_SRR1,
    TAIL_LOAD_R4,
    TAIL_LOAD_R3,
    TAIL_RFI,
    TAIL_END
};
_Static_assert(TAIL_END == SPRINGBOARD_TAIL_WORDS, "the tail");
_Static_assert(SPRINGBOARD_STACK_GAP >= PATCH_STACK_GAP + PATCH_STACK_SIZE, "the stack");
_Static_assert(-SAVED_MSR == SPRINGBOARD_STACK_GAP + SPRINGBOARD_STACK_SIZE, "the stack");

void springboard_tail(uint32_t targets, uint32_t words[SPRINGBOARD_TAIL_WORDS])
{
    const uint32_t tail[SPRINGBOARD_TAIL_WORDS] = {
        [TAIL_SAVE_R4] = CODE_D(WORD_STW, 4, 1, SAVED_R4),
        [TAIL_TABLE] = CODE_D(WORD_ADDIS, 3, 3, (targets + 0x8000) >> 16),
        [TAIL_LOAD_TARGET] = CODE_D(WORD_LWZ, 3, 3, targets),
        [TAIL_SAVE_TARGET] = CODE_D(WORD_STW, 3, 1, SAVED_TARGET),
        [TAIL_READ_MSR] = CODE_X(WORD_MFMSR, 4, 0, 0),
        [TAIL_SAVE_MSR] = CODE_D(WORD_STW, 4, 1, SAVED_MSR),
        [TAIL_NO_INTERRUPTS] = CODE_RLWINM(4, 4, 0, 17, 15), /* all but bit 16 */
        [TAIL_NO_TRACE] = CODE_RLWINM(4, 4, 0, 23, 20),      /* all but bits 21 and 22 */
        [TAIL_WRITE_MSR] = CODE_X(WORD_MTMSR, 4, 0, 0),
        [TAIL_SYNCHRONIZE] = WORD_ISYNC,
        [TAIL_SRR0] = CODE_XFX(WORD_MTSPR, 3, SPR_SRR0),
        [TAIL_LOAD_MSR] = CODE_D(WORD_LWZ, 4, 1, SAVED_MSR),
        [TAIL_SRR1] = CODE_XFX(WORD_MTSPR, 4, SPR_SRR1),
        [TAIL_LOAD_R4] = CODE_D(WORD_LWZ, 4, 1, SAVED_R4),
        [TAIL_LOAD_R3] = CODE_D(WORD_LWZ, 3, 1, SAVED_R3),
        [TAIL_RFI] = WORD_RFI,
    };

    _Static_assert(MASKED == (0x80000000u >> 16 | 0x80000000u >> 21 | 0x80000000u >> 22),
                   "what is masked");
    for (size_t i = 0; i < SPRINGBOARD_TAIL_WORDS; i++)
        words[i] = tail[i];
}

void springboard_slot(uint32_t address, uint32_t index, uint32_t tail,
                      uint32_t words[SPRINGBOARD_WORDS])
{
    words[0] = CODE_D(WORD_STW, 3, 1, SAVED_R3);
    words[1] = CODE_D(WORD_ADDI, 3, 0, 4 * index);
    words[2] = code_retarget_b(WORD_B, address + 8, tail);
}

bool springboard_finish_slot(struct springboard_context *context, size_t word, uint32_t target,
                             uint32_t (*stack)(uint32_t address))
{
    if (word >= SPRINGBOARD_WORDS)
        return false;
    if (word == 2)
        context->gpr[3] = stack(context->gpr[1] + (uint32_t)SAVED_R3);
    *context->pc = target;
    return true;
}

/* Which target is sought before a word of the tail; addis leaves the lower half of r3 as it was. */
static bool target_before(const struct springboard_context *context, size_t word,
                          const uint32_t targets[], size_t n_targets, uint32_t saved,
                          uint32_t *target)
{
    uint32_t offset = context->gpr[3] & 0xffff;

    if (word > TAIL_SAVE_TARGET)
        *target = saved;
    else if (word == TAIL_SAVE_TARGET)
        *target = context->gpr[3];
    else if (offset % 4 != 0 || offset / 4 >= n_targets)
        return false;
    else
        *target = targets[offset / 4];
    return true;
}

bool springboard_finish_tail(struct springboard_context *context, size_t word,
                             const uint32_t targets[], size_t n_targets,
                             uint32_t (*stack)(uint32_t address))
{
    uint32_t r1 = context->gpr[1];

    if (word >= SPRINGBOARD_TAIL_WORDS ||
        !target_before(context, word, targets, n_targets, stack(r1 + (uint32_t)SAVED_TARGET),
                       context->pc))
        return false;
    context->gpr[3] = stack(r1 + (uint32_t)SAVED_R3);
    if (word > TAIL_SAVE_R4)
        context->gpr[4] = stack(r1 + (uint32_t)SAVED_R4);
    if (word > TAIL_WRITE_MSR)
        *context->msr |= stack(r1 + (uint32_t)SAVED_MSR) & MASKED;
    return true;
}
