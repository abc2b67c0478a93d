/* Tests of arch/ppc/code/decode.c and print.c without a judge: decode.t has two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/print.h"
#include "tests/host/random.h"
#include "tests/host/words.h"

#define N_RANDOM 2000000
#define N_BOUNDS 6
#define UNTOUCHED 0xdeadbeefu
#define ADD 0x7c632214u /* add r3,r3,r4 */
#define BL 0x48000011u  /* bl .+16 */

/* ---- identities ---- */

static void check_word(uint32_t word)
{
    struct instruction instruction;
    uint32_t again = UNTOUCHED;

    if (!code_decode(word, &instruction))
        return;
    assert_int_equal(code_encode(&instruction, &again), ENCODE_OK);
    if (again != word)
        fail_msg("%08x became %08x", word, again);
}

static void encoding_undoes_decoding(void **state)
{
    uint32_t seed = 5;
    size_t n;
    uint32_t *words = words_make(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        check_word(words[i]);
    for (int i = 0; i < N_RANDOM; i++)
        check_word(random_next(&seed));
    free(words);
}

/* What an operand can be. */
struct range {
    int32_t from, to, step;
};

static struct range range_of(enum operand kind)
{
    int32_t limit = 1 << operand_rows[kind].width;

    switch (operand_rows[kind].shape) {
    case SIGNED:
        return (struct range){-limit / 2, limit / 2 - 1, 1};
    case WORDS:
        return (struct range){-limit * 2, limit * 2 - 4, 4};
    case COUNT:
        return (struct range){1, limit, 1};
    case TIME:
        return (struct range){268, 269, 1};
    default:
        return (struct range){0, limit - 1, 1};
    }
}

static int32_t bound(enum operand kind, unsigned which)
{
    struct range range = range_of(kind);
    int32_t bounds[N_BOUNDS] = {range.from,    range.from + range.step, 0,
                                range.to / 16, range.to - range.step,   range.to};
    int32_t value = bounds[which] - bounds[which] % range.step;

    return value < range.from ? range.from : value > range.to ? range.to : value;
}

/* Makes the nth instruction of an opcode whose operands are all at a bound; false after the last. */
static bool make_bounded(enum opcode opcode, unsigned nth, struct instruction *instruction)
{
    const uint8_t *kinds = code_operands(opcode);

    *instruction = (struct instruction){.opcode = (uint16_t)opcode, .modifiers = nth & 15};
    nth >>= 4;
    for (; kinds[instruction->n_operands] != OPERAND_NONE; nth /= N_BOUNDS) {
        enum operand kind = kinds[instruction->n_operands];

        instruction->operands[instruction->n_operands++] = bound(kind, nth % N_BOUNDS);
    }
    return nth == 0;
}

static bool is_constrained(enum opcode opcode)
{
    return (opcode_rows[opcode].roles & CONSTRAINED) != 0;
}

static void check_instruction(const struct instruction *instruction)
{
    const struct opcode_row *row = &opcode_rows[instruction->opcode];
    struct instruction again;
    uint32_t word = UNTOUCHED;
    enum encode_fault fault = code_encode(instruction, &word);

    if (fault != ENCODE_OK) {
        assert_int_equal(word, UNTOUCHED);
        assert_true((instruction->modifiers & ~row->modifiers) != 0
                        ? fault == ENCODE_MODIFIER
                        : fault == ENCODE_OPERAND && is_constrained(instruction->opcode));
        return;
    }
    assert_true(code_decode(word, &again));
    assert_memory_equal(&again, instruction, sizeof again);
}

static void decoding_undoes_encoding(void **state)
{
    (void)state;
    for (enum opcode opcode = 1; opcode < N_OPCODES; opcode++) {
        struct instruction instruction;

        for (unsigned nth = 0; make_bounded(opcode, nth, &instruction); nth++)
            check_instruction(&instruction);
    }
}

static void what_may_be_left_out_is_zero(void **state)
{
    struct instruction blr = {.opcode = OPCODE_BCLR, .n_operands = 2, .operands = {20, 0}};
    struct instruction sync = {.opcode = OPCODE_SYNC};
    uint32_t word;

    (void)state;
    assert_int_equal(code_encode(&blr, &word), ENCODE_OK);
    assert_int_equal(word, 0x4e800020);
    assert_int_equal(code_encode(&sync, &word), ENCODE_OK);
    assert_int_equal(word, 0x7c0004ac);
}

static void a_word_that_is_no_instruction_leaves_the_record_untouched(void **state)
{
    struct instruction instruction, before;

    (void)state;
    memset(&instruction, 0x5a, sizeof instruction);
    before = instruction;
    assert_false(code_decode(0, &instruction));
    assert_false(code_decode(0x7fffffff, &instruction));
    assert_memory_equal(&instruction, &before, sizeof before);
}

/* ---- refusals of the encoder ---- */

static void check_refused(const struct instruction *instruction, enum encode_fault fault)
{
    uint32_t word = UNTOUCHED;

    assert_int_equal(code_encode(instruction, &word), fault);
    assert_int_equal(word, UNTOUCHED);
}

/* An instruction of the opcode; not with the same register twice, which may be invalid. */
static struct instruction make_plain(enum opcode opcode)
{
    uint32_t word = opcode_rows[opcode].match;
    struct instruction instruction;

    assert_true(code_decode(word, &instruction) || code_decode(word | 0x00620000, &instruction));
    return instruction;
}

static void encode_refuses_opcodes_that_are_none(void **state)
{
    static const uint16_t none[] = {OPCODE_UNKNOWN, N_OPCODES, N_OPCODES + 1, 0x7fff, 0xffff};

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        check_refused(&(struct instruction){.opcode = none[i]}, ENCODE_OPCODE);
}

static void encode_refuses_modifiers_that_the_opcode_lacks(void **state)
{
    (void)state;
    for (enum opcode opcode = 1; opcode < N_OPCODES; opcode++)
        for (unsigned modifiers = 1; modifiers < 256; modifiers++) {
            struct instruction instruction = make_plain(opcode);

            instruction.modifiers = (uint8_t)modifiers;
            if ((modifiers & ~opcode_rows[opcode].modifiers) != 0)
                check_refused(&instruction, ENCODE_MODIFIER);
        }
}

static void check_operand_refusals(enum opcode opcode, unsigned n)
{
    struct range range = range_of(code_operands(opcode)[n]);
    const int32_t wrong[] = {range.from - range.step, range.to + range.step, INT32_MIN, INT32_MAX,
                             range.from + range.step / 2 + (range.step == 1 ? range.to + 1 : 0)};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct instruction instruction = make_plain(opcode);

        instruction.operands[n] = wrong[i];
        if (wrong[i] < range.from || wrong[i] > range.to || wrong[i] % range.step != 0)
            check_refused(&instruction, ENCODE_OPERAND);
    }
}

static void encode_refuses_operands_out_of_range(void **state)
{
    (void)state;
    for (enum opcode opcode = 1; opcode < N_OPCODES; opcode++)
        for (unsigned n = 0; code_operands(opcode)[n] != OPERAND_NONE; n++)
            check_operand_refusals(opcode, n);
}

static void encode_refuses_displacements_between_words(void **state)
{
    struct instruction b = {.opcode = OPCODE_B, .n_operands = 1};
    struct instruction bc = {.opcode = OPCODE_BC, .n_operands = 3, .operands = {12, 2}};

    (void)state;
    for (int32_t odd = 1; odd < 4; odd++) {
        b.operands[0] = bc.operands[2] = 64 + odd;
        check_refused(&b, ENCODE_OPERAND);
        check_refused(&bc, ENCODE_OPERAND);
        b.operands[0] = bc.operands[2] = -64 + odd;
        check_refused(&b, ENCODE_OPERAND);
        check_refused(&bc, ENCODE_OPERAND);
    }
}

static void encode_refuses_a_wrong_number_of_operands(void **state)
{
    (void)state;
    for (enum opcode opcode = 1; opcode < N_OPCODES; opcode++) {
        struct instruction instruction = make_plain(opcode);
        unsigned n = instruction.n_operands;

        instruction.n_operands = (uint8_t)(n + 1);
        check_refused(&instruction, ENCODE_OPERAND);
        instruction.n_operands = 255;
        check_refused(&instruction, ENCODE_OPERAND);
        instruction.n_operands = (uint8_t)(n - 1);
        if (n > 0 && code_operands(opcode)[n - 1] < OPERAND_LEV)
            check_refused(&instruction, ENCODE_OPERAND);
    }
}

static void encode_refuses_invalid_forms(void **state)
{
    static const struct instruction invalid[] = {
        {.opcode = OPCODE_LWZU, .n_operands = 3, .operands = {3, 4, 3}},
        {.opcode = OPCODE_LWZU, .n_operands = 3, .operands = {3, 4, 0}},
        {.opcode = OPCODE_STWU, .n_operands = 3, .operands = {3, 4, 0}},
        {.opcode = OPCODE_LFDUX, .n_operands = 3, .operands = {3, 0, 4}},
        {.opcode = OPCODE_LMW, .n_operands = 3, .operands = {28, 4, 30}},
        {.opcode = OPCODE_LSWI, .n_operands = 3, .operands = {3, 3, 4}},
        {.opcode = OPCODE_LSWX, .n_operands = 3, .operands = {3, 4, 3}},
        {.opcode = OPCODE_BC, .n_operands = 3, .operands = {21, 0, 8}},
        {.opcode = OPCODE_BCLR, .n_operands = 3, .operands = {6, 0, 0}},
        {.opcode = OPCODE_DCBF, .n_operands = 3, .operands = {3, 4, 2}},
        {.opcode = OPCODE_MTCRF, .n_operands = 3, .operands = {3, 4, 1}},
        {.opcode = OPCODE_MFCR, .n_operands = 2, .operands = {3, 1}},
        {.opcode = OPCODE_MFCR, .n_operands = 2, .operands = {3, 256}},
        {.opcode = OPCODE_CMP, .n_operands = 4, .operands = {0, 1, 3, 4}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
        check_refused(&invalid[i], ENCODE_OPERAND);
}

/* ---- printing ---- */

static bool name_long(void *context, uint32_t address, char *text, size_t size)
{
    (void)context;
    (void)address;
    memset(text, 'n', size - 1);
    text[size - 1] = '\0';
    return true;
}

static bool name_printf(void *context, uint32_t address, char *text, size_t size)
{
    uint32_t start = *(uint32_t *)context;

    snprintf(text, size, "printf+0x%x", (unsigned)(address - start));
    return address >= start;
}

static void check_printed(uint32_t word, uint32_t address, print_name_t name, const char *expected)
{
    uint32_t start = 0x1000;
    char text[PRINT_MAX];

    assert_int_equal(code_print(word, address, name, &start, text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
}

static void targets_are_named_where_there_is_a_name(void **state)
{
    (void)state;
    check_printed(BL, 0x1000, name_printf, "bl      1010 <printf+0x10>");
    check_printed(BL, 0xe00, name_printf, "bl      0xe10");
    check_printed(BL, 0x1000, NULL, "bl      0x1010");
    check_printed(BL | 2, 0x1000, NULL, "bla     0x10");
    check_printed(0x4182fff0, 0x1020, name_printf, "beq+    1010 <printf+0x10>");
    check_printed(BL, 0xfffffff8, NULL, "bl      0x8");
    check_printed(ADD, 0x1000, name_printf, "add     r3,r3,r4");
}

static void no_line_is_longer_than_print_max(void **state)
{
    size_t n, longest = 0;
    uint32_t *words = words_make(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        char text[PRINT_MAX];
        size_t length = code_print(words[i], 0x80000000, name_long, NULL, text, sizeof text);

        assert_int_equal(length, strlen(text));
        longest = length > longest ? length : longest;
    }
    assert_true(longest < PRINT_MAX);
    assert_true(longest > 80);
    free(words);
}

static void check_sizes(uint32_t word)
{
    char whole[PRINT_MAX], text[PRINT_MAX + 8];
    size_t length = code_print(word, 0, name_long, NULL, whole, sizeof whole);

    for (size_t size = 0; size <= PRINT_MAX; size++) {
        memset(text, '#', sizeof text);
        assert_int_equal(code_print(word, 0, name_long, NULL, text, size), length);
        if (size > 0) {
            assert_int_equal(strlen(text), length < size ? length : size - 1);
            assert_memory_equal(text, whole, strlen(text));
        }
        for (size_t i = size; i < sizeof text; i++)
            assert_int_equal(text[i], '#');
    }
    assert_int_equal(code_print(word, 0, name_long, NULL, NULL, 0), length);
}

static void printing_never_writes_past_the_size(void **state)
{
    (void)state;
    check_sizes(0);
    check_sizes(BL);
    check_sizes(0x419e0010);
    for (enum opcode opcode = 1; opcode < N_OPCODES; opcode++)
        check_sizes(opcode_rows[opcode].match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_undoes_decoding),
        cmocka_unit_test(decoding_undoes_encoding),
        cmocka_unit_test(what_may_be_left_out_is_zero),
        cmocka_unit_test(a_word_that_is_no_instruction_leaves_the_record_untouched),
        cmocka_unit_test(encode_refuses_opcodes_that_are_none),
        cmocka_unit_test(encode_refuses_modifiers_that_the_opcode_lacks),
        cmocka_unit_test(encode_refuses_operands_out_of_range),
        cmocka_unit_test(encode_refuses_displacements_between_words),
        cmocka_unit_test(encode_refuses_a_wrong_number_of_operands),
        cmocka_unit_test(encode_refuses_invalid_forms),
        cmocka_unit_test(targets_are_named_where_there_is_a_name),
        cmocka_unit_test(no_line_is_longer_than_print_max),
        cmocka_unit_test(printing_never_writes_past_the_size),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
