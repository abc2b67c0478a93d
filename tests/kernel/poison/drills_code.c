/* The library of machine code itself. See drills.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/emit.h"
#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/print.h"
#include "arch/ppc/code/reach.h"
#include "kernel/packet.h"
#include "tests/kernel/poison/drills.h"
#include "tests/kernel/poison/step.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])
#define ADDRESS 0x01000000u

/* Of each group of opcodes, and some that are none. */
static const uint32_t words[] = {
    0x38630001, 0x3c60abcd, 0x7c632214, 0x7c632a15, 0x7c0802a6, 0x90010014, 0x9421ffe0, 0x4e800020,
    0x4e800421, 0x48000101, 0x4182fff8, 0x42000008, 0x4c9e0020, 0x2c030000, 0x7c032840, 0x546300fe,
    0x50a4063e, 0x7c6300d0, 0x7ca02120, 0x7c6342a6, 0xbf410008, 0x7c6404aa, 0x7c6020ac, 0xfc22182a,
    0xec2118ba, 0x10221804, 0x7c6028ce, 0x44000002, 0x4c00012c, 0x7fe00008, 0x4c631a42, 0x60000000,
    0x00000000, 0x7c6029ad, 0x7c00286c, 0xfc0080ae, 0x7c84296e, 0x7d8c42e6, 0x0c830007, 0x4bffff00,
};

static void decoding(void)
{
    for (size_t i = 0; i < N_OF(words); i += 2) {
        uint32_t encoded = 0;
        struct instruction instruction;
        struct register_set live = REGISTERS_ALL;
        struct effects effects;

        record(code_opcode(words[i]));
        if (!code_decode(words[i], &instruction))
            continue;
        record(code_encode(&instruction, &encoded));
        record(encoded);
        code_effects(words[i], instruction.opcode, &effects);
        record_bytes(&effects.reads, sizeof effects.reads);
        record_bytes(&effects.writes, sizeof effects.writes);
        code_effects_backward(words[i], instruction.opcode, &live);
        record_bytes(&live, sizeof live);
        record(code_is_privileged(words[i], instruction.opcode) +
               2u * code_is_relative(words[i], instruction.opcode));
    }
}

static void encoding(void)
{
    static const struct instruction wrong[] = {
        {.opcode = OPCODE_UNKNOWN},
        {.opcode = N_OPCODES},
        {.opcode = OPCODE_ADDI, .modifiers = MODIFIER_RC},
        {.opcode = OPCODE_ADDI, .n_operands = 3, .operands = {32, 0, 0}},
        {.opcode = OPCODE_ADDI, .n_operands = 3, .operands = {1, 2, 40000}},
        {.opcode = OPCODE_ADDI, .n_operands = 2, .operands = {1, 2}},
        {.opcode = OPCODE_B, .n_operands = 1, .operands = {2}},
        {.opcode = OPCODE_LSWI, .n_operands = 3, .operands = {1, 9, 33}},
        {.opcode = OPCODE_MFSPR, .n_operands = 2, .operands = {1, 1024}},
        {.opcode = OPCODE_MFTB, .n_operands = 2, .operands = {1, 3}},
    };

    for (size_t i = 0; i < N_OF(wrong); i++) {
        uint32_t word = 5;

        record(code_encode(&wrong[i], &word));
        record(word);
    }
}

static void successors(void)
{
    for (size_t i = 0; i < N_OF(words); i++) {
        struct successor successor;

        code_successor(words[i], ADDRESS, &successor);
        record(successor.transfer + 16u * successor.conditional + 32u * successor.links);
        record(successor.target);
    }
}

static bool name_address(void *context, uint32_t address, char *text, size_t size)
{
    (void)context;
    return address > ADDRESS && snprintf(text, size, "name+0x%x", (unsigned)address) > 0;
}

static void printing(void)
{
    char text[PRINT_MAX];

    for (size_t i = 0; i < N_OF(words); i += 7) {
        record((uint32_t)code_print(words[i], ADDRESS, i % 2 != 0 ? name_address : NULL, NULL, text,
                                    sizeof text));
        record_text(text);
    }
}

static struct emit emit;
static uint32_t emitted[64];

static void emit_forms(void)
{
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 4, -5);
    emit_ra_rs_ui(&emit, OPCODE_ORI, 3, 4, 0xffff);
    emit_rt_d_ra(&emit, OPCODE_LWZ, 3, 8, 1);
    emit_rt_ra_rb(&emit, OPCODE_ADD | EMIT_RC, 3, 4, 5);
    emit_rt_ra(&emit, OPCODE_NEG | EMIT_OE, 3, 4);
    emit_rt_rb(&emit, OPCODE_FMR, 3, 4);
    emit_rt(&emit, OPCODE_MFCR, 5);
    emit_ra_rb(&emit, OPCODE_DCBST, 0, 5);
    emit_ra_rs_rb(&emit, OPCODE_AND, 3, 4, 5);
    emit_ra_rs(&emit, OPCODE_EXTSB, 3, 4);
    emit_ra_rs_sh(&emit, OPCODE_SRAWI, 3, 4, 9);
    emit_ra_rs_sh_mb_me(&emit, OPCODE_RLWINM, 3, 4, 9, 1, 30);
    emit_bf_ra_si(&emit, OPCODE_CMPI, 7, 3, -1);
    emit_bf_ra_ui(&emit, OPCODE_CMPLI, 6, 3, 1);
    emit_bf_ra_rb(&emit, OPCODE_CMP, 5, 3, 4);
    emit_bt_ba_bb(&emit, OPCODE_CRXOR, 6, 6, 6);
    emit_rt_spr(&emit, OPCODE_MFSPR, 3, 8);
    emit_spr_rs(&emit, OPCODE_MTSPR, 9, 3);
    emit_fxm_rs(&emit, OPCODE_MTCRF, 0x38, 3);
    emit_to_ra_rb(&emit, OPCODE_TW, 4, 3, 4);
    emit_to_ra_si(&emit, OPCODE_TWI, 4, 3, 4);
    emit_constant(&emit, 3, 0x12345678);
    emit_constant(&emit, 4, 7);
    emit_bo_bi(&emit, OPCODE_BCLR, 12, 2);
    emit_nothing(&emit, OPCODE_ISYNC);
}

static void emitting(void)
{
    label_t above, below;
    size_t n = 0;

    memset(emitted, 0, sizeof emitted);
    emit_begin(&emit, emitted, N_OF(emitted), ADDRESS);
    above = emit_label(&emit);
    below = emit_label(&emit);
    emit_place(&emit, above);
    emit_forms();
    emit_bc(&emit, 0, 12, 2, below);
    emit_b(&emit, EMIT_LK, above);
    emit_place(&emit, below);
    emit_b_to(&emit, 0, ADDRESS + 0x100000);
    emit_bc_to(&emit, 0, 4, 2, ADDRESS + 0x100000);
    emit_word(&emit, 0x12345678);
    record(emit_finish(&emit, &n));
    record((uint32_t)n);
    record(emit_address(&emit, below));
    record_bytes(emitted, sizeof emitted);
}

static void refusing(void)
{
    size_t n = 7;

    emit_begin(&emit, emitted, 4, ADDRESS);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 4, 0x12345);
    record(emit_finish(&emit, &n));
    record_text(status_explain());
    emit_begin(&emit, emitted, SIZE_MAX, ADDRESS);
    emit_begin(&emit, emitted, 1, ADDRESS);
    emit_nothing(&emit, OPCODE_ISYNC);
    emit_nothing(&emit, OPCODE_ADDI);
    record(emit_finish(&emit, &n));
    record_text(status_explain());
    record((uint32_t)n);
}

static void reaching(void)
{
    uint32_t veneer[VENEER_WORDS];

    code_veneer(veneer, 0x12348765);
    record_bytes(veneer, sizeof veneer);
    for (unsigned identity = 5; identity < 100000; identity += 50000) {
        code_identity_veneer(veneer, identity, 0x1000);
        record_bytes(veneer, sizeof veneer);
        code_identity_veneer(veneer, identity, 0x12345678);
        record_bytes(veneer, sizeof veneer);
    }
}

static void analyses(void)
{
    struct live *live;
    struct flow *flow;

    if (flow_build(step_source(), (vaddr_t)(uintptr_t)hex_encode, NULL, &flow) != OK)
        return;
    record(flow->n_blocks);
    record(flow_block_at(flow, 3) == NULL);
    record_bytes(flow->successors, flow->n_blocks * 4);
    if (live_build(flow, NULL, &live) == OK) {
        record_bytes(live->in, flow->n_blocks * sizeof live->in[0]);
        live_free(live);
    }
    flow_free(flow);
}

const struct drill drills_of_code[] = {
    {"decoding", decoding}, {"encoding", encoding}, {"successors", successors},
    {"printing", printing}, {"emitting", emitting}, {"refusing", refusing},
    {"reaching", reaching}, {"analyses", analyses}, {NULL, NULL},
};
