/*
 * Tests of arch/ppc/code/analysis/functional.c: guards as compilers make them at every level, and hostile
 * ones of hand-made words, with the sentences that refuse them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/functional.h"
#include "tests/host/flow_words.h"
#include "tests/host/program_source.h"
#include "tests/host/scarce.h"

/* ---- who is declared, and what addresses are called ---- */

static bool is_helper(void *context, vaddr_t start)
{
    const struct code_source *source = context;
    struct procedure procedure;

    return source->procedure(source->context, start, &procedure) && procedure.start == start &&
           strncmp(procedure.name, "helper_", 7) == 0;
}

static void name(void *context, vaddr_t address, char *text, size_t size)
{
    const struct code_source *source = context;
    struct procedure procedure;

    if (!source->procedure(source->context, address, &procedure))
        snprintf(text, size, "0x%08x", (unsigned)address);
    else if (address == procedure.start)
        snprintf(text, size, "%s", procedure.name);
    else
        snprintf(text, size, "%s+0x%x", procedure.name, (unsigned)(address - procedure.start));
}

static struct proof_terms terms_of(const struct code_source *source)
{
    return (struct proof_terms){
        .declared = is_helper, .name = name, .context = (void *)(uintptr_t)source};
}

/* ---- what compilers make ---- */

#define N_GUARDS 54 /* in guards.c */

static const struct {
    const char *name, *why;
} refusals[] = {
    {"no_counts", "stores outside its frame"},
    {"no_stores_argument", "stores outside its frame"},
    {"no_stores_field", "stores outside its frame"},
    {"no_stores_in_loop", "stores outside its frame"},
    {"no_unbounded_index", "stores outside its frame"},
    {"no_calls_undeclared", "calls what is not declared so"},
    {"no_calls_pointer", "calls what is not known"},
    {"no_jumps_to_pointer", "calls what is not known"},
    {"no_hangs", "goes back in a loop that may not end"},
    {"no_waits", "goes back in a loop that may not end"},
    {"no_list", "goes back in a loop that may not end"},
    {"no_step_may_miss", "goes back in a loop that may not end"},
    {"no_wraps_around", "goes back in a loop that may not end"},
    {"no_always_less_or_equal", "goes back in a loop that may not end"},
    {"no_collatz", "goes back in a loop that may not end"},
    {"no_halves", "goes back in a loop that may not end"},
    {"no_recursion", "calls what may come back to it and not end"},
    {"no_calls_what_stores", "stores outside its frame"},
    {"no_large_frame", "makes too large a frame"},
    {"no_variable_frame", "moves the stack pointer otherwise than by a frame"},
    {"no_synchronizes", "is about a reservation, which may be its caller's"},
    {"no_privileged", "is privileged"},
    {"no_zeroes_line", "changes what caches hold"},
};

/*
 * A second test in a loop that is made one number with the first, and half as many turns for an
 * even number of them, are not understood.
 */
static bool is_beyond(const char *image, const char *procedure)
{
    return (strcmp(procedure, "yes_bounded_list") == 0 && strstr(image, "clang+O") != NULL) ||
           (strcmp(procedure, "yes_call_in_loop") == 0 &&
            (strstr(image, "gcc+O2") != NULL || strstr(image, "gcc+O3") != NULL));
}

static unsigned check_procedure(const struct code_source *source, const char *image,
                                const struct procedure *procedure)
{
    struct proof_terms terms = terms_of(source);
    bool yes = strncmp(procedure->name, "yes_", 4) == 0;
    const char *why = NULL;
    status_t status;

    for (size_t i = 0; i < COUNT(refusals); i++) {
        if (strcmp(refusals[i].name, procedure->name) == 0)
            why = refusals[i].why;
    }
    if (!yes && why == NULL)
        return 0;
    status = functional_prove(source, procedure->start, &terms);
    if (status == OK ? yes
                     : (yes ? is_beyond(image, procedure->name)
                            : status == ERR_FAILED && strstr(status_explain(), why) != NULL))
        return 1;
    fail_msg("%s: %s: %s", image, procedure->name, status == OK ? "proved" : status_explain());
    return 0;
}

static void check_image(const char *image, unsigned expected)
{
    struct program_source program;
    unsigned n = 0;

    program_source_read(&program, image);
    for (size_t i = 0; i < program.n_procedures; i++)
        n += check_procedure(&program.source, image, &program.procedures[i]);
    assert_int_equal(n, expected);
    program_source_close(&program);
}

static void what_compilers_make_of_guards_is_judged_as_their_source(void **state)
{
    static const char *const levels[] = {"O0", "O1", "O2", "O3", "Os"};
    static const char *const models[] = {"gcc+%s+fno-pic",           "gcc+%s+fPIC",
                                         "gcc+%s+fno-pic+mlongcall", "gcc+%s+fno-pic+mcpu=750",
                                         "clang+%s+fno-pic",         "clang+%s+fPIC"};

    (void)state;
    for (size_t i = 0; i < COUNT(levels); i++) {
        for (size_t k = 0; k < COUNT(models); k++) {
            char model[64], image[96];

            snprintf(model, sizeof model, models[k], levels[i]);
            snprintf(image, sizeof image, "../functional/%s.elf", model);
            check_image(image, N_GUARDS);
        }
    }
}

/* ---- hostile words ---- */

#define STWUX(s, a, b) (0x7c00016eu | (s) << 21 | (a) << 16 | (b) << 11)
#define STWX(s, a, b) (0x7c00012eu | (s) << 21 | (a) << 16 | (b) << 11)
#define STB(s, d, a) (0x98000000u | (s) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define STMW(s, d, a) (0xbc000000u | (s) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define LMW(s, d, a) (0xb8000000u | (s) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define LBZU(t, d, a) (0x8c000000u | (t) << 21 | (a) << 16 | ((uint32_t)(d)&0xffff))
#define CMPWI(r, n) (0x2c000000u | (r) << 16 | ((uint32_t)(n)&0xffff))
#define CMPW(a, b) (0x7c000000u | (a) << 16 | (b) << 11)
#define CMPLW(a, b) (0x7c000040u | (a) << 16 | (b) << 11)
#define BNE(n) (0x40820000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BLT(n) (0x41800000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BLE(n) (0x40810000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BGE(n) (0x40800000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BDNZ(n) (0x42000000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BDZ(n) (0x42400000u | ((uint32_t)((n)*4) & 0xfffcu))
#define BDZT(n) (0x41420000u | ((uint32_t)((n)*4) & 0xfffcu)) /* if CTR is 0 and EQ set */
#define BDZLR 0x4e400020u
#define BEQLR 0x4d820020u
#define MTCRF(mask, r) (0x7c000120u | (r) << 21 | (mask) << 12)
#define MFCR(r) (0x7c000026u | (r) << 21)
#define CMPWI_CR2(r, n) (CMPWI(r, n) | 2u << 23)
#define MTXER(r) (0x7c0103a6u | (r) << 21)
#define MFXER(r) (0x7c0102a6u | (r) << 21)
#define STSWX(s, a, b) (0x7c00052au | (s) << 21 | (a) << 16 | (b) << 11)
#define ADDIC_RC(r, a, n) (0x34000000u | (r) << 21 | (a) << 16 | ((uint32_t)(n)&0xffff))

#define STWBRX(s, b) (0x7c00052cu | (s) << 21 | (b) << 11)
#define STSWI(s, a, n) (0x7c0005aau | (s) << 21 | (a) << 16 | (n) << 11)

struct trial {
    const char *what;
    const char *why; /* the sentence; NULL: it is functional */
    uint32_t words[16];
    size_t n;
};

#define WORDS(...) {__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4

static status_t try_words(const uint32_t words[], size_t n)
{
    struct words_source program;
    struct proof_terms terms;

    words_source_open(&program, words, n);
    terms = terms_of(&program.source);
    return functional_prove(&program.source, F, &terms);
}

static void check_trials(const struct trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct trial *trial = &trials[i];
        status_t status = try_words(trial->words, trial->n);

        if (status != (trial->why == NULL ? OK : ERR_FAILED))
            fail_msg("%s: %s", trial->what, status == OK ? "proved" : status_explain());
        if (trial->why != NULL)
            assert_string_equal(status_explain(), trial->why);
    }
}

static void stores_are_only_to_the_own_frame(void **state)
{
    static const struct trial trials[] = {
        {"a store through an argument", "f: stw r9,0(r3) stores outside its frame",
         WORDS(STW(9, 0, 3), BLR)},
        {"a store to a fixed address", "f: stw r9,16(0) stores outside its frame",
         WORDS(STW(9, 16, 0), BLR)},
        {"a store below the stack without a frame", "f: stw r9,-8(r1) stores outside its frame",
         WORDS(STW(9, -8, 1), BLR)},
        {"a store over the caller's back chain", "f: stw r9,0(r1) stores outside its frame",
         WORDS(STW(9, 0, 1), BLR)},
        {"a store where a callee saves LR", NULL, WORDS(STW(9, 4, 1), BLR)},
        {"a byte over the end of that word", "f: stb r9,8(r1) stores outside its frame",
         WORDS(STB(9, 8, 1), BLR)},
        {"a store to an argument on the stack", "f+0x4: stw r9,24(r1) stores outside its frame",
         WORDS(STWU(1, -16, 1), STW(9, 24, 1), ADDI(1, 1, 16), BLR)},
        {"a store that reaches over the frame's end",
         "f+0x4: stw r9,14(r1) stores outside its frame",
         WORDS(STWU(1, -16, 1), STW(9, 14, 1), ADDI(1, 1, 16), BLR)},
        {"several stores of which the last is outside",
         "f+0x4: stmw r30,12(r1) stores outside its frame",
         WORDS(STWU(1, -16, 1), STMW(30, 12, 1), ADDI(1, 1, 16), BLR)},
        {"a store through another name of the stack pointer", NULL,
         WORDS(STWU(1, -32, 1), MR(9, 1), ADDI(10, 9, 8), STW(3, 4, 10), ADDI(1, 1, 32), BLR)},
        {"a store through what is frame on one way only",
         "f+0x10: stw r4,0(r3) stores outside its frame",
         WORDS(STWU(1, -32, 1), CMPWI(4, 0), BEQ(2), ADDI(3, 1, 8), STW(4, 0, 3), ADDI(1, 1, 32),
               BLR)},
        {"a store behind the end of the frame", "f+0x8: stw r9,8(r1) stores outside its frame",
         WORDS(STWU(1, -32, 1), ADDI(1, 1, 32), STW(9, 8, 1), BLR)},
        {"a store at a masked index", NULL,
         WORDS(STWU(1, -32, 1), RLWINM(3, 3, 2, 28, 29), ADDI(9, 1, 8), STWX(4, 9, 3),
               ADDI(1, 1, 32), BLR)},
        {"a store at an index masked too wide", "f+0xc: stwx r4,r9,r3 stores outside its frame",
         WORDS(STWU(1, -32, 1), RLWINM(3, 3, 2, 27, 29), ADDI(9, 1, 8), STWX(4, 9, 3),
               ADDI(1, 1, 32), BLR)},
        {"a store through what a masked store may have changed",
         "f+0x14: stw r4,0(r10) stores outside its frame",
         WORDS(STWU(1, -32, 1), STW(1, 8, 1), RLWINM(3, 3, 0, 28, 29), STWX(4, 1, 3), LWZ(10, 8, 1),
               STW(4, 0, 10), ADDI(1, 1, 32), BLR)},
        {"a store through what a store of a byte has changed",
         "f+0x14: stw r4,8(r10) stores outside its frame",
         WORDS(STWU(1, -32, 1), STW(1, 8, 1), STB(4, 11, 1), NOP, LWZ(10, 8, 1), STW(4, 8, 10),
               ADDI(1, 1, 32), BLR)},
        {"a store through a byte's place", "f+0xc: stw r4,0(r10) stores outside its frame",
         WORDS(STWU(1, -32, 1), STB(1, 11, 1), LWZ(10, 11, 1), STW(4, 0, 10), ADDI(1, 1, 32), BLR)},
        {"a store through what was put there on one way only",
         "f+0x14: stw r4,0(r10) stores outside its frame",
         WORDS(STWU(1, -32, 1), STW(1, 8, 1), BEQ(2), STW(3, 8, 1), LWZ(10, 8, 1), STW(4, 0, 10),
               ADDI(1, 1, 32), BLR)},
        {"a store at the index of a byte", "f+0x10: stwx r4,r9,r3 stores outside its frame",
         WORDS(STWU(1, -32, 1), LBZ(3, 0, 3), RLWINM(3, 3, 2, 27, 29), ADDI(9, 1, 8), STWX(4, 9, 3),
               ADDI(1, 1, 32), BLR)},
        {"a store that moves an argument", "f: stwu r9,8(r3) stores outside its frame",
         WORDS(STWU(9, 8, 3), BLR)},
        {"a store of as many bytes as XER says",
         "f+0x8: stswx r5,0,r9 accesses as many bytes as XER says",
         WORDS(STWU(1, -32, 1), ADDI(9, 1, 8), STSWX(5, 0, 9), ADDI(1, 1, 32), BLR)},
    };

    (void)state;
    check_trials(trials, COUNT(trials));
}

static void the_stack_pointer_is_always_known(void **state)
{
    static const struct trial trials[] = {
        {"a frame of a size that is not known",
         "f: stwux r1,r1,r9 moves the stack pointer otherwise than by a frame",
         WORDS(STWUX(1, 1, 9), LWZ(1, 0, 1), BLR)},
        {"a frame that leaves a page out", "f: stwu r1,-8192(r1) makes too large a frame",
         WORDS(STWU(1, -8192, 1), ADDI(1, 1, 8192), BLR)},
        {"a frame over the caller's",
         "f: stwu r1,16(r1) moves the stack pointer otherwise than by a frame",
         WORDS(STWU(1, 16, 1), ADDI(1, 1, -16), BLR)},
        {"a frame without a store",
         "f: addi r1,r1,-16 moves the stack pointer otherwise than by a frame",
         WORDS(ADDI(1, 1, -16), ADDI(1, 1, 16), BLR)},
        {"another stack", "f: mr r1,r3 leaves in r1 what is not known to be its stack",
         WORDS(MR(1, 3), BLR)},
        {"a stack pointer from memory",
         "f: lwz r1,0(r3) leaves in r1 what is not known to be its stack",
         WORDS(LWZ(1, 0, 3), BLR)},
        {"a back chain that was changed",
         "f+0x8: lwz r1,0(r1) leaves in r1 what is not known to be its stack",
         WORDS(STWU(1, -16, 1), STW(3, 0, 1), LWZ(1, 0, 1), BLR)},
        {"a back chain", NULL, WORDS(STWU(1, -16, 1), LWZ(1, 0, 1), BLR)},
        {"frames that differ", "f+0xc: nop is come to with different stack pointers",
         WORDS(CMPWI(3, 0), BEQ(2), STWU(1, -16, 1), NOP, ADDI(1, 1, 16), BLR)},
        {"a frame that is left", "f+0x4: blr leaves the stack pointer elsewhere than it was",
         WORDS(STWU(1, -16, 1), BLR)},
        {"a frame in every turn", "f+0xc: blr leaves the stack pointer elsewhere than it was",
         WORDS(MTCTR(3), STWU(1, -16, 1), BDNZ(-1), BLR)},
    };

    (void)state;
    check_trials(trials, COUNT(trials));
}

static void what_the_caller_needs_is_put_back(void **state)
{
    static const struct trial trials[] = {
        {"a register changed", "f+0x4: blr leaves a register changed that its caller needs",
         WORDS(LI(31, 0), BLR)},
        {"r2 changed", "f+0x4: blr leaves a register changed that its caller needs",
         WORDS(LI(2, 0), BLR)},
        {"a register saved", NULL,
         WORDS(STWU(1, -16, 1), STW(31, 12, 1), LI(31, 0), LWZ(31, 12, 1), ADDI(1, 1, 16), BLR)},
        {"a register put back from another's place",
         "f+0x18: blr leaves a register changed that its caller needs",
         WORDS(STWU(1, -16, 1), STMW(30, 8, 1), LI(31, 0), NOP, LWZ(31, 8, 1), ADDI(1, 1, 16),
               BLR)},
        {"several saved", NULL,
         WORDS(STWU(1, -16, 1), STMW(30, 8, 1), LI(31, 0), LI(30, 0), LMW(30, 8, 1), ADDI(1, 1, 16),
               BLR)},
        {"one saved, and put back when the frame is gone",
         "f+0x14: blr leaves a register changed that its caller needs",
         WORDS(STWU(1, -16, 1), STW(31, 12, 1), LI(31, 0), ADDI(1, 1, 16), LWZ(31, -4, 1), BLR)},
        {"one saved with its bytes turned round",
         "f+0x14: blr leaves a register changed that its caller needs",
         WORDS(STWU(1, -16, 1), ADDI(9, 1, 8), STWBRX(31, 9), LWZ(31, 8, 1), ADDI(1, 1, 16), BLR)},
        {"one saved over which a string was stored",
         "f+0x18: blr leaves a register changed that its caller needs",
         WORDS(STWU(1, -16, 1), STW(31, 12, 1), ADDI(9, 1, 8), STSWI(5, 9, 8), LWZ(31, 12, 1),
               ADDI(1, 1, 16), BLR)},
        {"LR changed", "f+0x4: blr goes where is not known", WORDS(MTLR(3), BLR)},
        {"LR saved", NULL,
         WORDS(STWU(1, -16, 1), MFLR(0), STW(0, 20, 1), LI(5, 0), MTLR(5), LWZ(0, 20, 1), MTLR(0),
               ADDI(1, 1, 16), BLR)},
        {"LR saved and what is saved changed",
         "f+0x18: blr does not go back to where it was called from",
         WORDS(MFLR(0), STW(0, 4, 1), ADDI(9, 1, 4), STB(3, 3, 9), LWZ(0, 4, 1), MTLR(0), BLR)},
        {"a field of CR changed", "f+0x4: blr leaves CR changed where its caller needs it",
         WORDS(CMPWI_CR2(3, 0), BLR)},
        {"a field of CR saved", NULL, WORDS(MFCR(12), CMPWI_CR2(3, 0), MTCRF(0x20, 12), BLR)},
        {"another field put back", "f+0xc: blr leaves CR changed where its caller needs it",
         WORDS(MFCR(12), CMPWI_CR2(3, 0), MTCRF(0x10, 12), BLR)},
        {"CR saved too late", "f+0xc: blr leaves CR changed where its caller needs it",
         WORDS(CMPWI_CR2(3, 0), MFCR(12), MTCRF(0x20, 12), BLR)},
    };

    (void)state;
    check_trials(trials, COUNT(trials));
}

static void loops_that_may_not_end_are_refused(void **state)
{
    static const struct trial trials[] = {
        {"one to itself", "f: b 1000000 <f> goes back in a loop that may not end", WORDS(B(0))},
        {"a count", NULL, WORDS(MTCTR(3), ADDI(4, 4, 1), BDNZ(-1), BLR)},
        {"a count that begins anew",
         "f+0x8: bdnz+ 1000000 <f> goes back in a loop that may not end",
         WORDS(MTCTR(3), ADDI(4, 4, 1), BDNZ(-2), BLR)},
        {"a count in another register than is tested, and backwards", NULL,
         WORDS(MTCTR(3), NOP, BDZ(2), B(-2), BLR)},
        {"a count that leaves only if something else is so too",
         "f+0xc: b 1000004 <f+0x4> goes back in a loop that may not end",
         WORDS(MTCTR(3), CMPWI(4, 0), BDZT(2), B(-2), BLR)},
        {"a count that returns", NULL, WORDS(MTCTR(3), NOP, BDZLR, B(-2))},
        {"a count that goes on when it is 0",
         "f+0x8: b 1000004 <f+0x4> goes back in a loop that may not end",
         WORDS(MTCTR(3), BDNZ(1), B(-1), BLR)},
        {"two counts in a turn",
         "f+0x8: bdnz+ 1000004 <f+0x4> goes back in a loop that may not end",
         WORDS(MTCTR(3), BDNZ(1), BDNZ(-1), BLR)},
        {"up by one to a bound", NULL, WORDS(ADDI(4, 4, 1), CMPW(4, 3), BLT(-2), BLR)},
        {"up by two to a bound that may be the greatest",
         "f+0x8: blt+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 2), CMPW(4, 3), BLT(-2), BLR)},
        {"up by two to a bound", NULL, WORDS(ADDI(4, 4, 2), CMPWI(4, 100), BLT(-2), BLR)},
        {"up by two to a bound in a register", NULL,
         WORDS(LI(3, 100), ADDI(4, 4, 2), CMPW(4, 3), BLT(-2), BLR)},
        {"up by two to a bound in a register that is another then",
         "f+0x14: b 1000004 <f+0x4> goes back in a loop that may not end",
         WORDS(LI(3, 100), ADDI(4, 4, 2), CMPW(4, 3), BLT(-2), MR(3, 5), B(-4))},
        {"up by a number that is even to what is not reached",
         "f+0x8: bne+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 2), CMPWI(4, 100), BNE(-2), BLR)},
        {"up by one to what is reached some time", NULL,
         WORDS(ADDI(4, 4, 1), CMPW(4, 3), BNE(-2), BLR)},
        {"up to the greatest and further",
         "f+0x8: ble+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), CMPW(4, 3), BLE(-2), BLR)},
        {"down while not less than 0, unsigned",
         "f+0x8: bge+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, -1), CMPLWI(4, 0), BGE(-2), BLR)},
        {"down while not less than 0, signed", NULL,
         WORDS(ADDI(4, 4, -1), CMPWI(4, 0), BGE(-2), BLR)},
        {"down to 0 by a compare of its own", NULL, WORDS(ADDIC_RC(4, 4, -1), BNE(-1), BLR)},
        {"a bound that goes on as fast",
         "f+0xc: bne+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), ADDI(3, 3, 1), CMPW(4, 3), BNE(-3), BLR)},
        {"a bound that goes on slower", NULL,
         WORDS(ADDI(4, 4, 2), ADDI(3, 3, 1), CMPW(4, 3), BNE(-3), BLR)},
        {"a counter that is put back on one way",
         "f+0x14: blt+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), CMPWI(5, 0), BEQ(2), LI(4, 0), CMPW(4, 3), BLT(-5), BLR)},
        {"a test that is not made in every turn",
         "f+0x10: b 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), CMPWI(5, 0), BEQ(2), BEQLR, B(-4), BLR)},
        {"a compare of the turn before",
         "f+0x8: bne+ 1000004 <f+0x4> goes back in a loop that may not end",
         WORDS(CMPW(4, 3), ADDI(4, 4, 1), BNE(-1), BLR)},
    };

    (void)state;
    check_trials(trials, COUNT(trials));
}

static void loops_through_memory_and_with_more_ways_end_or_are_refused(void **state)
{
    static const struct trial trials[] = {
        {"a load that goes on by a page", NULL, WORDS(LWZ(9, 0, 3), ADDI(3, 3, 4096), B(-2))},
        {"a load that goes on by more", "f+0x8: b 1000000 <f> goes back in a loop that may not end",
         WORDS(LWZ(9, 0, 3), ADDI(3, 3, 4100), B(-2))},
        {"a load that moves itself on", NULL, WORDS(LBZU(9, 1, 3), CMPWI(9, 0), BNE(-2), BLR)},
        {"a load that goes there and back",
         "f+0x10: bne+ 1000000 <f> goes back in a loop that may not end",
         WORDS(LWZ(9, 4, 3), ADDI(3, 3, 4), ADDI(3, 3, -4), CMPWI(9, 0), BNE(-4), BLR)},
        {"a load from a list", "f+0x8: bne+ 1000000 <f> goes back in a loop that may not end",
         WORDS(LWZ(3, 0, 3), CMPWI(3, 0), BNE(-2), BLR)},
        {"two entries of one loop", "f+0xc: b 1000008 <f+0x8> goes back in a loop that may not end",
         WORDS(CMPWI(3, 0), BEQ(2), ADDI(4, 4, 1), B(-1))},
        {"a progress that is not made in every turn",
         "f+0x14: b 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), CMPWI(5, 0), BEQ(3), CMPW(4, 3), BEQLR, B(-5), BLR)},
        {"a loop as long as what does not change is equal",
         "f+0x4: beq+ 1000000 <f> goes back in a loop that may not end",
         WORDS(CMPW(4, 3), BEQ(-1), BLR)},
        {"two entries of a loop that loads",
         "f+0x10: b 1000008 <f+0x8> goes back in a loop that may not end",
         WORDS(CMPWI(3, 0), BEQ(2), ADDI(4, 4, 1), LBZU(9, 1, 3), B(-2))},
        {"a loop inside that puts back the counter",
         "f+0x14: blt+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), MTCTR(5), ADDI(4, 4, -2), BDNZ(-1), CMPWI(4, 100), BLT(-5), BLR)},
        {"a loop inside another", NULL,
         WORDS(ADDI(4, 4, 1), MTCTR(5), ADDI(6, 6, -2), BDNZ(-1), CMPWI(4, 100), BLT(-5), BLR)},
        {"a compare that is overwritten",
         "f+0xc: bne+ 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), CMPW(4, 3), MTCRF(0x80, 5), BNE(-3), BLR)},
        {"a test that leads to the same place either way",
         "f+0xc: b 1000000 <f> goes back in a loop that may not end",
         WORDS(ADDI(4, 4, 1), CMPW(4, 3), BEQ(1), B(-3))},
        {"the greatest number compared with what gains two",
         "f+0xc: bgt+ 1000000 <f> goes back in a loop that may not end",
         WORDS(LI(3, -1), ADDI(4, 4, 2), CMPLW(3, 4), BGT(-3), BLR)},
        {"a counter in the frame", NULL,
         WORDS(STWU(1, -16, 1), LI(9, 0), STW(9, 8, 1), LWZ(9, 8, 1), ADDI(9, 9, 1), STW(9, 8, 1),
               CMPWI(9, 10), BLT(-4), ADDI(1, 1, 16), BLR)},
        {"a counter in the frame of which a byte is changed",
         "f+0x20: blt+ 100000c <f+0xc> goes back in a loop that may not end",
         WORDS(STWU(1, -16, 1), LI(9, 0), STW(9, 8, 1), LWZ(9, 8, 1), ADDI(9, 9, 1), STW(9, 8, 1),
               STB(3, 9, 1), CMPWI(9, 10), BLT(-5), ADDI(1, 1, 16), BLR)},
        {"a counter in the frame that may be written before it counts",
         "f+0x20: blt+ 100000c <f+0xc> goes back in a loop that may not end",
         WORDS(STWU(1, -16, 1), RLWINM(3, 3, 2, 29, 29), ADDI(10, 1, 8), STWX(5, 10, 3),
               LWZ(9, 8, 1), ADDI(9, 9, 1), STW(9, 8, 1), CMPWI(9, 10), BLT(-5), ADDI(1, 1, 16),
               BLR)},
        {"a counter in the frame that is written at an index",
         "f+0x24: blt+ 100000c <f+0xc> goes back in a loop that may not end",
         WORDS(STWU(1, -16, 1), RLWINM(3, 3, 2, 29, 29), ADDI(10, 1, 8), LWZ(9, 8, 1),
               ADDI(9, 9, 1), STW(9, 8, 1), STWX(5, 10, 3), NOP, CMPWI(9, 10), BLT(-6),
               ADDI(1, 1, 16), BLR)},
    };

    (void)state;
    check_trials(trials, COUNT(trials));
}

static void what_changes_the_machine_is_refused(void **state)
{
    static const struct trial trials[] = {
        {"mtmsr", "f: mtmsr r3 is privileged", WORDS(0x7c600124u, BLR)},
        {"rfi", "f: rfi is privileged", WORDS(RFI)},
        {"sc", "f: sc calls the system", WORDS(SC, BLR)},
        {"dcbz", "f: dcbz 0,r3 changes what caches hold", WORDS(0x7c001fecu, BLR)},
        {"dcbf", "f: dcbf 0,r3 changes what caches hold", WORDS(0x7c0018acu, BLR)},
        {"icbi", "f: icbi 0,r3 changes what caches hold", WORDS(0x7c001facu, BLR)},
        {"dcbt", NULL, WORDS(0x7c001a2cu, BLR)},
        {"sync", NULL, WORDS(0x7c0004acu, BLR)},
        {"stwcx.", "f: stwcx. r4,0,r3 is about a reservation, which may be its caller's",
         WORDS(0x7c80192du, BLR)},
        {"lwarx", "f: lwarx r4,0,r3 is about a reservation, which may be its caller's",
         WORDS(0x7c801828u, BLR)},
        {"mftb", NULL, WORDS(0x7c6c42e6u, BLR)},
        {"XER", NULL, WORDS(MFXER(9), MTXER(9), BLR)},
        {"a trap is an end like a fault", NULL, WORDS(TRAP)},
        {"lfd",
         "f: lfd f1,0(r3) is for registers that the kernel does not keep, or not there on all processors",
         WORDS(0xc8230000u, BLR)},
        {"no instruction", "f+0x4: .long 0x0 is no instruction", WORDS(NOP, NOTHING)},
        {"the end of the procedure", "f+0x4: nop goes on to what is no code", WORDS(NOP, NOP)},
        {"a jump to a register", "f+0x4: bctr calls what is not known", WORDS(MTCTR(3), BCTR)},
        {"a call of a register", "f+0x4: bctrl calls what is not known",
         WORDS(MTCTR(3), BCTRL, BLR)},
    };

    (void)state;
    check_trials(trials, COUNT(trials));
}
/* ---- calls ---- */

static const uint32_t calling[] = {
    /* f */ MFLR(0),
    STWU(1, -16, 1),
    STW(0, 20, 1),
    BL(5),
    LWZ(0, 20, 1),
    MTLR(0),
    ADDI(1, 1, 16),
    BLR,
    /* helper_g, at 8 */ B(2),
    /* slot, at 9 */ NOP,
    /* helper_h, at 10 */ LI(3, 1),
    BLR,
};

static status_t prove_calls(const uint32_t words[], size_t n, const char *const names[3],
                            status_t (*prove)(const struct code_source *, vaddr_t,
                                              const struct proof_terms *))
{
    const struct procedure procedures[] = {
        {names[0], F, F + 32, F, false, false},
        {names[1], F + 32, F + 36, F + 32, false, false},
        {names[2], F + 40, F + 4 * (uint32_t)n, F + 40, false, false},
    };
    struct words_source program;
    struct proof_terms terms;

    words_source_open(&program, words, n);
    program.procedures = procedures;
    program.n_procedures = 3;
    terms = terms_of(&program.source);
    return prove(&program.source, F, &terms);
}

static void what_is_called_must_be_declared_and_is_proved_too(void **state)
{
    static const char *const all[] = {"f", "helper_g", "helper_h"},
                             *const one[] = {"f", "helper_g", "h"},
                             *const none[] = {"f", "g", "helper_h"};
    uint32_t words[COUNT(calling)];

    (void)state;
    assert_int_equal(prove_calls(calling, COUNT(calling), all, functional_prove), OK);
    assert_int_equal(prove_calls(calling, COUNT(calling), one, functional_prove), ERR_FAILED);
    assert_string_equal(status_explain(), "helper_g: b 1000028 <h> calls what is not declared so");
    assert_int_equal(prove_calls(calling, COUNT(calling), none, functional_prove), ERR_FAILED);
    assert_string_equal(status_explain(), "f+0xc: bl 1000020 <g> calls what is not declared so");
    memcpy(words, calling, sizeof words);
    words[10] = STW(3, 0, 3);
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    assert_string_equal(status_explain(), "helper_h: stw r3,0(r3) stores outside its frame");
    words[10] = LI(31, 1);
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    assert_string_equal(status_explain(),
                        "helper_h+0x4: blr leaves a register changed that its caller needs");
    words[10] = LI(3, 1);
    words[11] = B(-11);
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    assert_true(strstr(status_explain(), "calls what may come back to it and not end") != NULL ||
                strstr(status_explain(), "calls what is not declared so") != NULL);
}

static void a_call_changes_what_the_abi_says(void **state)
{
    static const char *const all[] = {"f", "helper_g", "helper_h"};
    uint32_t words[COUNT(calling)];

    (void)state;
    memcpy(words, calling, sizeof words);
    words[4] = LWZ(0, 24, 1); /* not what was saved */
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    memcpy(words, calling, sizeof words);
    words[2] = STW(0, 4, 1); /* where the callee may save LR */
    words[4] = LWZ(0, 4, 1);
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    assert_string_equal(status_explain(),
                        "f+0x1c: blr does not go back to where it was called from");
    memcpy(words, calling, sizeof words);
    words[0] = ADDI(9, 1, -8);
    words[4] = STW(9, 0, 9); /* r9 is no address of the frame any more */
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    assert_string_equal(status_explain(), "f+0x10: stw r9,0(r9) stores outside its frame");
}

/* A loop that calls helper_g in each turn, and three words of it. */
static status_t prove_turn(uint32_t before, uint32_t behind, uint32_t test)
{
    const uint32_t words[] = {
        MFLR(0),
        STWU(1, -16, 1),
        STW(0, 20, 1),
        STW(31, 12, 1),
        before,
        BL(9),
        behind,
        test,
        BLT(-4),
        LWZ(0, 20, 1),
        LWZ(31, 12, 1),
        MTLR(0),
        ADDI(1, 1, 16),
        BLR,
        /* helper_g */ LI(3, 0),
        BLR,
    };
    const struct procedure procedures[] = {{"f", F, F + 56, F, false, false},
                                           {"helper_g", F + 56, F + 64, F + 56, false, false}};
    struct words_source program;
    struct proof_terms terms;

    words_source_open(&program, words, COUNT(words));
    program.procedures = procedures;
    program.n_procedures = 2;
    terms = terms_of(&program.source);
    return functional_prove(&program.source, F, &terms);
}

static void a_turn_may_call_if_what_counts_is_kept(void **state)
{
    (void)state;
    assert_int_equal(prove_turn(ADDI(31, 31, 1), NOP, CMPWI(31, 100)), OK);
    assert_int_equal(prove_turn(ADDI(9, 9, 1), NOP, CMPWI(9, 100)), ERR_FAILED);
    assert_string_equal(status_explain(),
                        "f+0x20: blt+ 1000010 <f+0x10> goes back in a loop that may not end");
    assert_int_equal(prove_turn(ADDI(31, 31, 1), CMPWI(31, 100), NOP), OK);
    assert_int_equal(prove_turn(CMPWI(31, 100), ADDI(31, 31, 1), NOP), ERR_FAILED);
    assert_string_equal(status_explain(),
                        "f+0x20: blt+ 1000010 <f+0x10> goes back in a loop that may not end");
}

static void a_tail_call_leaves_everything_as_a_return_does(void **state)
{
    static const char *const all[] = {"f", "helper_g", "helper_h"};
    uint32_t words[COUNT(calling)] = {[0] = NOP, B(7), [8] = B(2), [10] = LI(3, 1), BLR};

    (void)state;
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), OK);
    words[0] = LI(31, 0);
    assert_int_equal(prove_calls(words, COUNT(words), all, functional_prove), ERR_FAILED);
    assert_string_equal(
        status_explain(),
        "f+0x4: b 1000020 <helper_g> leaves a register changed that its caller needs");
}

/* What is saved is at r11 - 8, as f calls what is named like a helper of the compiler. */
static status_t prove_saved(uint32_t in_helper, uint32_t last_of_helper)
{
    const uint32_t words[] = {
        STWU(1, -32, 1),
        MFLR(0),
        ADDI(11, 1, 32),
        STW(0, 36, 1),
        BL(8),
        LI(30, 5),
        ADDI(11, 1, 32),
        B(8),
        NOP,
        NOP,
        NOP,
        NOP,
        /* _savegpr_30 */ STW(30, -8, 11),
        in_helper,
        last_of_helper,
        /* _restgpr_30_x */ LWZ(0, 4, 11),
        LWZ(30, -8, 11),
        MTLR(0),
        MR(1, 11),
        BLR,
    };
    const struct procedure procedures[] = {{"f", F, F + 48, F, false, false},
                                           {"_savegpr_30", F + 48, F + 60, F + 48, false, false},
                                           {"_restgpr_30_x", F + 60, F + 80, F + 60, false, false}};
    struct words_source program;
    struct proof_terms terms;

    words_source_open(&program, words, COUNT(words));
    program.procedures = procedures;
    program.n_procedures = 3;
    terms = terms_of(&program.source);
    return functional_prove(&program.source, F, &terms);
}

static void helpers_that_save_registers_are_believed_what_they_do_only(void **state)
{
    (void)state;
    assert_int_equal(prove_saved(NOP, BLR), OK);
    assert_int_equal(prove_saved(STW(31, 4, 11), BLR), ERR_FAILED); /* over LR */
    assert_int_equal(prove_saved(STW(31, 8, 11), BLR), ERR_FAILED);
    assert_string_equal(status_explain(),
                        "_savegpr_30+0x4: stw r31,8(r11) stores outside its frame");
    assert_int_equal(prove_saved(MTLR(3), BLR), ERR_FAILED);
    assert_string_equal(status_explain(),
                        "_savegpr_30+0x8: blr does not go back to where it was called from");
    assert_int_equal(prove_saved(LI(30, 0), BLR), OK); /* f loses it anyway */
    assert_int_equal(prove_saved(LI(31, 0), BLR), ERR_FAILED);
    assert_int_equal(prove_saved(STW(3, -8, 11), BLR), ERR_FAILED);
    assert_int_equal(prove_saved(NOP, BEQLR), ERR_FAILED);
    assert_int_equal(prove_saved(NOP, B(-1)), ERR_FAILED);
    assert_int_equal(prove_saved(NOP, SC), ERR_FAILED);
}

static void ephemeral_procedures_reach_declared_ones_only(void **state)
{
    static const char *const all[] = {"f", "helper_g", "helper_h"}, *const one[] = {"f", "helper_g",
                                                                                    "h"};
    uint32_t words[COUNT(calling)];

    (void)state;
    memcpy(words, calling, sizeof words);
    words[10] = STW(3, 0, 3);
    assert_int_equal(prove_calls(words, COUNT(words), all, ephemeral_prove), OK);
    words[9] = words[11] = B(0);
    assert_int_equal(prove_calls(words, COUNT(words), all, ephemeral_prove), OK);
    assert_int_equal(prove_calls(words, COUNT(words), one, ephemeral_prove), ERR_FAILED);
    assert_string_equal(status_explain(), "helper_g: b 1000028 <h> calls what is not declared so");
    words[3] = BCTRL;
    assert_int_equal(prove_calls(words, COUNT(words), all, ephemeral_prove), ERR_FAILED);
    assert_string_equal(status_explain(), "f+0xc: bctrl calls what is not known");
    words[3] = BCTR;
    assert_int_equal(prove_calls(words, COUNT(words), all, ephemeral_prove), ERR_FAILED);
}

/* ---- jump tables ---- */

/*
 * The index of a jump table is checked where it was put into the frame, and is another when it is taken out
 * again.
 */
static status_t prove_jump(uint32_t between, uint32_t before)
{
    const uint32_t words[] = {
        STWU(1, -32, 1), before,      STW(3, 8, 1),   CMPLWI(3, 2),  BGT(8),   between,
        LWZ(3, 8, 1),    SLWI2(3, 3), LIS(9, 0x1100), LWZX(9, 9, 3), MTCTR(9), BCTR,
        ADDI(1, 1, 32),  BLR,
    };
    static const uint32_t table[] = {F + 48, F + 48, F + 48};
    struct words_source program;
    struct proof_terms terms;

    words_source_open(&program, words, COUNT(words));
    program.constant = table;
    program.n_constant = COUNT(table);
    terms = terms_of(&program.source);
    return functional_prove(&program.source, F, &terms);
}

static void what_a_jump_depends_on_is_not_changed_behind_its_back(void **state)
{
    (void)state;
    assert_int_equal(prove_jump(NOP, NOP), OK);
    assert_int_equal(prove_jump(STW(4, 12, 1), NOP), OK);
    assert_int_equal(prove_jump(STW(4, 8, 1), NOP), ERR_FAILED);
    assert_int_equal(prove_jump(STW(4, 0, 10), ADDI(10, 1, 8)), ERR_FAILED);
    assert_string_equal(
        status_explain(),
        "f+0x14: stw r4,0(r10) stores in its frame where its jumps may depend on what is there");
    assert_int_equal(prove_jump(STW(4, 4, 31), ADDI(31, 1, 4)), ERR_FAILED);
    assert_int_equal(prove_jump(ADDI(1, 1, 8), NOP), ERR_FAILED);
}

/* A loop through 1500 tests, any of which may leave it. */
static void what_has_too_many_parts_is_refused(void **state)
{
    static uint32_t words[3002];

    (void)state;
    for (size_t i = 0; i < 3000; i += 2) {
        words[i] = CMPWI(3, i);
        words[i + 1] = BEQLR;
    }
    words[3000] = B(-3000);
    assert_int_equal(try_words(words, 3001), ERR_FAILED);
    assert_string_equal(
        status_explain(),
        "f: cmpwi r3,0 begins a procedure of too many parts to be proved functional");
}

/* ---- without memory ---- */

static void without_memory_it_says_so_and_gives_back_what_it_has(void **state)
{
    static const char *const all[] = {"f", "helper_g", "helper_h"};
    static const uint32_t loop[] = {MTCTR(3), NOP, BDNZ(-1), BLR};
    long before = scarce_blocks;

    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        status_t status = ERR_NO_MEMORY;
        long n = 0;

        for (; status == ERR_NO_MEMORY && n < 100; n++) {
            scarce_left = n;
            status = k == 0 ? prove_calls(calling, COUNT(calling), all, functional_prove)
                            : try_words(loop, COUNT(loop));
            scarce_left = SCARCE_FOREVER;
            assert_int_equal(scarce_blocks, before);
        }
        assert_int_equal(status, OK);
        assert_true(n > 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_compilers_make_of_guards_is_judged_as_their_source),
        cmocka_unit_test(stores_are_only_to_the_own_frame),
        cmocka_unit_test(the_stack_pointer_is_always_known),
        cmocka_unit_test(what_the_caller_needs_is_put_back),
        cmocka_unit_test(loops_that_may_not_end_are_refused),
        cmocka_unit_test(loops_through_memory_and_with_more_ways_end_or_are_refused),
        cmocka_unit_test(what_changes_the_machine_is_refused),
        cmocka_unit_test(what_is_called_must_be_declared_and_is_proved_too),
        cmocka_unit_test(a_call_changes_what_the_abi_says),
        cmocka_unit_test(a_turn_may_call_if_what_counts_is_kept),
        cmocka_unit_test(a_tail_call_leaves_everything_as_a_return_does),
        cmocka_unit_test(helpers_that_save_registers_are_believed_what_they_do_only),
        cmocka_unit_test(ephemeral_procedures_reach_declared_ones_only),
        cmocka_unit_test(what_a_jump_depends_on_is_not_changed_behind_its_back),
        cmocka_unit_test(what_has_too_many_parts_is_refused),
        cmocka_unit_test(without_memory_it_says_so_and_gives_back_what_it_has),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("functional", tests, NULL, NULL);
}
