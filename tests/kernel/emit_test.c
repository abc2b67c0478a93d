/* Code made at run time: emitted, written into memory for code, executed. */
#include <stdint.h>
#include <string.h>

#include "arch/ppc/code/emit.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/registers.h"
#include "kernel/code_space.h"
#include "kernel/test.h"

SUITE("emit");

#define ROOM 64   /* words */
#define ALWAYS 20 /* BO */
#define COUNTS 16
#define IF_SET 12

typedef unsigned (*procedure_t)(unsigned, unsigned);

static struct emit emit;
static uint32_t words[9000];

static unsigned n_calls;

static unsigned add_odd(unsigned sum, unsigned n)
{
    n_calls++;
    return n % 2 != 0 ? sum + n : sum;
}

/* Where the routine that is to be emitted will run; 0 after a failed check. */
static vaddr_t begin(size_t room, vaddr_t near)
{
    vaddr_t code;

    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, room * 4, near, &code)))
        return 0;
    emit_begin(&emit, words, room, code);
    return code;
}

/* The procedure that was emitted; NULL after a failed check. */
static procedure_t finish(vaddr_t code)
{
    size_t n;

    if (!CHECK_STATUS(OK, emit_finish(&emit, &n)) || !CHECK(code_write(code, words, n)))
        return NULL;
    return (procedure_t)code;
}

/* r3 = 1 + 2 + … + r3 */
static void emit_sum(void)
{
    label_t loop = emit_label(&emit);

    emit_spr_rs(&emit, OPCODE_MTSPR, SPR_CTR, 3);
    emit_constant(&emit, 3, 0);
    emit_constant(&emit, 4, 0);
    emit_place(&emit, loop);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 4, 4, 1);
    emit_rt_ra_rb(&emit, OPCODE_ADD, 3, 3, 4);
    emit_bc(&emit, 0, COUNTS, 0, loop);
    emit_bo_bi(&emit, OPCODE_BCLR, ALWAYS, 0);
}

TEST(a_loop_made_at_run_time_counts)
{
    vaddr_t code = begin(ROOM, CODE_ANYWHERE);
    procedure_t sum;

    if (code == 0)
        return;
    emit_sum();
    sum = finish(code);
    if (sum != NULL) {
        CHECK_EQUAL(1, sum(1, 0));
        CHECK_EQUAL(5050, sum(100, 0));
    }
    code_free(code);
}

static void emit_prologue(void)
{
    emit_rt_d_ra(&emit, OPCODE_STWU, 1, -16, 1);
    emit_rt_spr(&emit, OPCODE_MFSPR, 0, SPR_LR);
    emit_rt_d_ra(&emit, OPCODE_STW, 31, 12, 1);
    emit_rt_d_ra(&emit, OPCODE_STW, 0, 20, 1);
}

static void emit_epilogue(void)
{
    emit_rt_d_ra(&emit, OPCODE_LWZ, 0, 20, 1);
    emit_rt_d_ra(&emit, OPCODE_LWZ, 31, 12, 1);
    emit_spr_rs(&emit, OPCODE_MTSPR, SPR_LR, 0);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 1, 1, 16);
    emit_bo_bi(&emit, OPCODE_BCLR, ALWAYS, 0);
}

/* r3 = 0; for (r31 = r3; r31 != 0; r31--) r3 = add_odd(r3, r31), with so much behind the exit's branch */
static void emit_calls(unsigned distance)
{
    label_t loop = emit_label(&emit), done = emit_label(&emit);

    emit_prologue();
    emit_ra_rs_rb(&emit, OPCODE_OR, 31, 3, 3);
    emit_constant(&emit, 3, 0);
    emit_place(&emit, loop);
    emit_bf_ra_si(&emit, OPCODE_CMPI, 7, 31, 0);
    emit_bc(&emit, 0, IF_SET, 30, done);
    emit_ra_rs_rb(&emit, OPCODE_OR, 4, 31, 31);
    emit_b_to(&emit, EMIT_LK, (vaddr_t)add_odd);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 31, 31, -1);
    while (distance-- > 0)
        emit_ra_rs_ui(&emit, OPCODE_ORI, 0, 0, 0);
    emit_b(&emit, 0, loop);
    emit_place(&emit, done);
    emit_epilogue();
}

TEST(a_loop_made_at_run_time_calls)
{
    vaddr_t code = begin(ROOM, (vaddr_t)add_odd);
    procedure_t calls;

    if (code == 0)
        return;
    emit_calls(0);
    calls = finish(code);
    n_calls = 0;
    if (calls != NULL)
        CHECK_EQUAL(2500, calls(100, 0));
    CHECK_EQUAL(100, n_calls);
    code_free(code);
}

/* r3 = strlen(r3) + strlen(r4) */
static void emit_lengths(void)
{
    emit_prologue();
    emit_ra_rs_rb(&emit, OPCODE_OR, 31, 4, 4);
    emit_b_to(&emit, EMIT_LK, (vaddr_t)strlen);
    emit_rt_d_ra(&emit, OPCODE_STW, 3, 8, 1);
    emit_ra_rs_rb(&emit, OPCODE_OR, 3, 31, 31);
    emit_b_to(&emit, EMIT_LK, (vaddr_t)strlen);
    emit_rt_d_ra(&emit, OPCODE_LWZ, 4, 8, 1);
    emit_rt_ra_rb(&emit, OPCODE_ADD, 3, 3, 4);
    emit_epilogue();
}

TEST(code_made_at_run_time_calls_the_kernel)
{
    vaddr_t code = begin(ROOM, CODE_ANYWHERE);
    procedure_t lengths;

    if (code == 0)
        return;
    emit_lengths();
    lengths = finish(code);
    if (lengths != NULL)
        CHECK_EQUAL(11, lengths((vaddr_t) "strand", (vaddr_t) "event"));
    code_free(code);
}

TEST(an_exit_out_of_reach_is_reached_all_the_same)
{
    vaddr_t code = begin(9000, CODE_ANYWHERE);
    procedure_t calls;

    if (code == 0)
        return;
    emit.may_use_ctr = true;
    emit_calls(8500);
    calls = finish(code);
    n_calls = 0;
    if (calls != NULL)
        CHECK_EQUAL(25, calls(10, 0));
    CHECK_EQUAL(10, n_calls);
    code_free(code);
}

TEST(a_fault_is_told_and_nothing_is_made)
{
    size_t n = 4711;

    emit_begin(&emit, words, ROOM, 0x04000000);
    emit_rt_ra_si(&emit, OPCODE_ADDI, 3, 3, 0x8000);
    emit_sum();
    CHECK_STATUS(ERR_RANGE, emit_finish(&emit, &n));
    CHECK_EQUAL(0,
                strcmp(status_explain(), "word 0: addi 3,3,32768: an operand is out of its range"));
    CHECK_EQUAL(4711, n);
}
