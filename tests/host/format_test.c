/*
 * Tests of kernel/probe/{format,format_type,format_print,capture}.c: what formats keep of registers and memory
 * that a test has made, for the procedures of objects/traced.c, and how it is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/btf_value.h"
#include "domains/object/bytes.h"
#include "kernel/probe/format.h"
#include "kernel/probe/ring.h"
#include "tests/host/corpus.h"
#include "tests/host/scarce.h"

#define STACK 0x20000000u
#define MEMORY 0x11000ff0u /* it begins 16 bytes before the end of a page */
#define MEMORY_SIZE 0x1010u

static struct object_file file;
static struct btf btf;
static uint32_t registers[N_CAPTURE_WORDS];
static uint8_t memory[MEMORY_SIZE], stack[256];
static char sentence[1000];

/* ---- a machine ---- */

static uint8_t *at(uint32_t address, size_t size)
{
    if (address >= MEMORY && address - MEMORY + size <= sizeof memory)
        return memory + (address - MEMORY);
    if (address >= STACK && address - STACK + size <= sizeof stack)
        return stack + (address - STACK);
    return NULL;
}

static bool read_memory(void *to, uint32_t address, size_t size)
{
    const uint8_t *from = at(address, size);

    if (from == NULL)
        return false;
    memcpy(to, from, size);
    return true;
}

static void put_bytes(uint32_t address, const void *bytes, size_t size)
{
    memcpy(at(address, size), bytes, size);
}

static void put_word(uint32_t address, uint32_t word)
{
    put32(at(address, 4), word);
}

static int begin(void **state)
{
    (void)state;
    memset(memory, 0, sizeof memory);
    memset(stack, 0, sizeof stack);
    for (uint32_t i = 0; i < N_CAPTURE_WORDS; i++)
        registers[i] = 0xbad00000 | i;
    registers[1] = STACK;
    return 0;
}

static int open_types(void **state)
{
    const uint8_t *header;

    (void)state;
    file = corpus_read("traced+O2+gbtf.o");
    header = object_header(&file, object_find(&file, ".BTF"));
    return btf_open(file.bytes + get32(header + OBJECT_SH_OFFSET), get32(header + OBJECT_SH_SIZE),
                    &btf) == OK
               ? 0
               : -1;
}

static int close_types(void **state)
{
    (void)state;
    btf_close(&btf);
    free(file.bytes);
    return 0;
}

/* ---- what tests say ---- */

/* NULL: a procedure without a type. */
static struct format_scene scene_of(enum format_where where, const char *procedure)
{
    struct format_scene scene = {.where = (uint8_t)where, .procedure = "?"};

    if (procedure == NULL)
        return scene;
    scene.procedure = procedure;
    scene.typed = true;
    assert_int_equal(btf_agreed_type(&btf, procedure, true, 0, &scene.type), OK);
    return scene;
}

static char *print(const struct format *format, const uint32_t record[], size_t n,
                   const char *callee)
{
    static char text[2000];
    FILE *out = fmemopen(text, sizeof text, "w");

    assert_non_null(out);
    text[0] = 0;
    format_print(out, format, record, n, callee);
    fclose(out);
    return text;
}

static void expect_at(enum format_where where, const char *procedure, const char *text,
                      const char *callee, const char *wanted)
{
    struct format_scene scene = scene_of(where, procedure);
    uint32_t record[RING_RECORD_MAX];
    struct format *format;
    size_t n;

    if (format_parse(text, &scene, &format) != OK)
        fail_msg("%s: %s", text, status_explain());
    n = capture_take(format->captures, format->n, registers, read_memory, record);
    assert_in_range(n, CAPTURE_HEAD, RING_RECORD_MAX);
    assert_string_equal(print(format, record, n, callee), wanted);
    format_free(format);
}

static void expect(const char *procedure, const char *text, const char *wanted)
{
    expect_at(FORMAT_ENTRY, procedure, text, NULL, wanted);
}

static void expect_result(const char *procedure, const char *text, const char *wanted)
{
    expect_at(FORMAT_EXIT, procedure, text, NULL, wanted);
}

static void refuse_at(enum format_where where, const char *procedure, const char *text,
                      status_t status, const char *what)
{
    struct format_scene scene = scene_of(where, procedure);
    struct format *format = NULL;
    long blocks = scarce_blocks;

    assert_int_equal(format_parse(text, &scene, &format), status);
    strcpy(sentence, status_explain());
    if (strstr(sentence, what) == NULL)
        fail_msg("%s: the sentence is: %s", text, sentence);
    assert_null(format);
    assert_int_equal(scarce_blocks, blocks);
}

static void refuse(const char *procedure, const char *text, status_t status, const char *what)
{
    refuse_at(FORMAT_ENTRY, procedure, text, status, what);
}

/* ---- values ---- */

static void integers_are_printed_by_their_types(void **state)
{
    (void)state;
    for (unsigned r = 3; r <= 8; r++)
        registers[r] = 0xffffff80u + r - 3;
    expect("numbers", NULL, "a=-128 b=129 c=-126 d=65411 e=-124 f=4294967173");
    expect("numbers", "{a:x} {b:x} {c:x} {d:x} {e:x} {f:x}",
           "0x80 0x81 0xff82 0xff83 0xffffff84 0xffffff85");
}

static void wide_arguments_are_in_pairs_of_registers_and_on_the_stack(void **state)
{
    (void)state;
    registers[3] = 1;
    registers[4] = 0xdead;
    registers[5] = 0xffffffff;
    registers[6] = 0xfffffffe;
    registers[7] = 3;
    registers[9] = 0x80000000;
    registers[10] = 4;
    put_word(STACK + 8, 0x00000001);
    put_word(STACK + 12, 0x00000005);
    put_word(STACK + 16, 6);
    expect("pairs", NULL, "a=1 b=-2 c=3 d=9223372036854775812 e=4294967301 f=6");
    expect("pairs", "{b:x}", "0xfffffffffffffffe");
}

static void kinds_are_told_apart(void **state)
{
    static const uint32_t tenth[] = {0x3fb99999, 0x9999999a};

    (void)state;
    registers[3] = 1;
    registers[4] = 'x';
    registers[5] = 5;
    registers[6] = 0xffffffff;
    registers[7] = 0x3fc00000;
    registers[9] = tenth[0];
    registers[10] = tenth[1];
    expect("kinds", NULL, "a=true b='x' c=GREEN d=BELOW e=1.5 f=0.1");
    expect("kinds", "{a:x} {b:x} {c:x} {d:x} {e:x}", "0x1 0x78 0x5 0xffffffff 0x3fc00000");
    registers[3] = 0;
    registers[4] = '\'';
    registers[5] = 6;
    registers[6] = 7;
    expect("kinds", "{a} {b} {c} {d}", "false '\\'' 6 7");
    registers[4] = 0x80;
    registers[5] = 0x7fffffff;
    expect("kinds", "{b} {c}", "'\\x80' BLUE");
}

static void texts_are_quoted_and_cut(void **state)
{
    char text[200];

    (void)state;
    registers[3] = MEMORY;
    put_bytes(MEMORY, "a \"b\"\n\\\t\001", 10);
    expect("pointers", "{text}", "\"a \\\"b\\\"\\n\\\\\\t\\x01\"");
    expect("pointers", "{text:x}", "0x11000ff0");
    memset(text, 'y', sizeof text);
    put_bytes(MEMORY, text, CAPTURE_TEXT_MAX);
    put_bytes(MEMORY + CAPTURE_TEXT_MAX, "", 1);
    memcpy(text, "\"", 1);
    strcpy(text + 1 + CAPTURE_TEXT_MAX, "\"...");
    expect("pointers", "{text}", text);
    put_bytes(MEMORY + CAPTURE_TEXT_MAX - 1, "", 1);
    strcpy(text + CAPTURE_TEXT_MAX, "\"");
    expect("pointers", "{text}", text);
    put_bytes(MEMORY, "", 1);
    expect("pointers", "{text}!", "\"\"!");
}

static void what_cannot_be_read_is_said_to_be_missing(void **state)
{
    (void)state;
    registers[3] = 0;
    registers[4] = 0;
    expect("pointers", "{text} {p->name} {p->inner.low} {p}", "NULL NULL ? 0x0");
    registers[3] = 0x1234;
    registers[4] = MEMORY;
    put_word(MEMORY + 4, 0x5678);
    expect("pointers", "{text} {p->name} {p->pointer->low} {r9:x}", "0x1234? 0x5678? ? 0xbad00009");
    registers[3] = MEMORY + MEMORY_SIZE - 16;
    put_bytes(registers[3], "0123456789abcdef", 16); /* and no zero before what is not there */
    expect("pointers", "{text}", "\"0123456789abcdef\"...");
    registers[3] = MEMORY + MEMORY_SIZE - 3;
    registers[4] = 0xfffffffc;
    expect("pointers", "{p->name} {p->next}", "NULL ?");
}

static void a_text_that_ends_where_memory_does_is_whole(void **state)
{
    (void)state;
    put_bytes(MEMORY + 0x20, "across", 7);
    registers[3] = MEMORY + 0x20;
    expect("pointers", "{text}", "\"across\"");
    registers[3] = MEMORY + 13; /* the page ends in its middle */
    put_bytes(registers[3], "across", 7);
    expect("pointers", "{text}", "\"across\"");
}

/* ---- members ---- */

#define NODE (MEMORY + 0x100)
#define OTHER (MEMORY + 0x200)

static void put_node(void)
{
    put_word(NODE, OTHER);
    put_word(NODE + 4, MEMORY + 0x300);
    put_bytes(MEMORY + 0x300, "named", 6);
    put_bytes(NODE + 8, "\xff\xfe\x01\x02\x03inside!",
              13); /* low, bytes, text without a zero: 8 bytes */
    put_word(NODE + 24, NODE + 8);
    put_word(NODE + 28, ('q' << 24) | ('r' << 16));
    registers[4] = NODE;
}

static void members_are_found_through_pointers(void **state)
{
    (void)state;
    put_node();
    put_word(OTHER, NODE);
    put_word(OTHER + 24, OTHER + 8);
    put_bytes(OTHER + 8, "\x12\x34", 2);
    expect("pointers", "{p->next} {p->name} {p->inner.low} {p->pointer->low}",
           "0x110011f0 \"named\" -2 -2");
    expect("pointers", "{p->next->next->next->pointer->low:x}", "0x1234");
    expect("pointers", "{p->letter}{p->other} {p->number:x}", "'q''r' 0x71720000");
    expect("pointers", "{p->inner} {p->inner.bytes}", "@0x110010f8 @0x110010fa");
    registers[7] = MEMORY;
    put_word(MEMORY, NODE);
    expect("pointers", "{pp}", "0x11000ff0");
}

static void texts_inside_of_structs_end_where_they_do(void **state)
{
    (void)state;
    put_node();
    put_bytes(NODE + 13, "12345678", 8);
    expect("pointers", "{p->inner.text}", "\"12345678\"");
    put_bytes(NODE + 13, "123", 4);
    expect("pointers", "{p->inner.text}", "\"123\"");
    put_bytes(NODE + 56, "the rest", 9);
    expect("pointers", "{p->rest}", "\"the rest\"");
}

/* What gcc makes of {.first = 5, .second = 100, .third = -3, .wide = 0x123456789a}. */
static void bit_fields_are_cut_out(void **state)
{
    (void)state;
    put_node();
    put_bytes(NODE + 32, "\xb9\x3a\x24\x68\xac\xf1\x34", 7);
    expect("pointers", "{p->first} {p->second} {p->third} {p->third:x}", "5 100 -3 0x1d");
    expect("pointers", "{p->wide:x}", "0x123456789a");
    put_word(NODE + 40, 5);
    put_word(NODE + 48, 1);
    put_word(NODE + 52, 2);
    expect("pointers", "{p->color} {p->both}", "GREEN 4294967298");
}

static void arguments_on_the_stack_are_found(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        registers[3 + i] = i;
    put_node();
    registers[4] = 1;
    put_word(STACK + 8, 0xfffffffa);
    put_word(STACK + 12, NODE);
    put_word(STACK + 16, 7);
    put_word(STACK + 20, 8);
    put_word(STACK + 24, NODE + 8);
    expect("nine", "{a} {h} {i} {j->name} {k:x} {l.low} {l}",
           "0 7 -6 \"named\" 0x700000008 -2 @0x110010f8");
}

static void structs_are_passed_by_their_addresses(void **state)
{
    (void)state;
    put_node();
    registers[3] = NODE + 8;
    registers[4] = 9;
    expect("whole", NULL, "s=@0x110010f8 n=9");
    expect("whole", "{s.low} {s.text}", "-2 \"inside!\"");
    registers[4] = 12;
    expect("gives_struct", NULL, "n=12"); /* r3 is where the result goes */
}

/* ---- results ---- */

static void results_are_printed_by_their_types(void **state)
{
    (void)state;
    put_node();
    registers[3] = MEMORY + 0x300;
    expect_result("gives_text", NULL, "return=\"named\"");
    expect_result("gives_text", "<{return:x}>", "<0x110012f0>");
    registers[3] = NODE;
    expect_result("gives_node", "{return->name}", "\"named\"");
    registers[3] = 0xffffffff;
    registers[4] = 0xfffffff0;
    expect_result("gives_both", NULL, "return=-16");
    registers[3] = 0xfe;
    expect_result("gives_byte", NULL, "return=-2");
    expect_result("whole", NULL, "returns");
    expect_result("gives_struct", NULL, "returns");
}

static void at_a_tail_call_the_result_is_that_of_another_procedure(void **state)
{
    (void)state;
    expect_at(FORMAT_EXIT, "gives_text", NULL, "kernel!g", "return=(what kernel!g returns)");
    expect_at(FORMAT_EXIT, "gives_text", "{return} {r9}", "kernel!g",
              "(what kernel!g returns) 0xbad00009");
    expect_at(FORMAT_EXIT, "whole", NULL, "kernel!g", "returns");
}

/* ---- texts and registers ---- */

static void registers_are_there_everywhere(void **state)
{
    (void)state;
    expect_at(FORMAT_INSIDE, NULL, "{r0} {r31} {cr} {xer} {lr} {ctr}", NULL,
              "0xbad00000 0xbad0001f 0xbad00020 0xbad00021 0xbad00022 0xbad00023");
    expect("numbers", "{r3}", "0xbad00003");
    registers[3] = 77;
    expect("gives_text", "{lr}", "77"); /* a parameter is called so */
    expect_at(FORMAT_INSIDE, NULL, NULL, NULL,
              "r3=0x4d r4=0xbad00004 r5=0xbad00005 r6=0xbad00006 r7=0xbad00007 r8=0xbad00008 "
              "r9=0xbad00009 r10=0xbad0000a");
}

static void texts_may_have_braces(void **state)
{
    (void)state;
    registers[3] = 1;
    expect("numbers", "{{{a}}} }}{{", "{1} }{");
    expect("numbers", "", "");
    expect("numbers", "only text", "only text");
    expect("gives_node", NULL, "");
}

static void what_is_no_format_is_refused(void **state)
{
    (void)state;
    refuse("numbers", "x{a", ERR_BAD_ARGUMENT, "a { without a }");
    refuse("numbers", "x}a", ERR_BAD_ARGUMENT, "a } without a {");
    refuse("numbers", "{}", ERR_BAD_ARGUMENT, "{} is no NAME");
    refuse("numbers", "{a b}", ERR_BAD_ARGUMENT, "{a b} is no NAME");
    refuse("numbers", "{a:d}", ERR_BAD_ARGUMENT, "{a:d} is no NAME");
    refuse("pointers", "{p->}", ERR_BAD_ARGUMENT, "{p->} is no NAME");
    refuse("pointers", "{p-}", ERR_BAD_ARGUMENT, "{p-} is no NAME");
    refuse("numbers", "{z}", ERR_NOT_FOUND, "{z} is no register, and no parameter of numbers");
    refuse("numbers", "{r32}", ERR_NOT_FOUND, "{r32} is no register");
    refuse("numbers", "{r03}", ERR_NOT_FOUND, "{r03} is no register");
    refuse("numbers", "{return}", ERR_NOT_FOUND, "{return} is there where numbers returns");
    refuse_at(FORMAT_INSIDE, "numbers", "{a}", ERR_NOT_FOUND, "only where numbers begins");
    refuse_at(FORMAT_EXIT, "numbers", "{a}", ERR_NOT_FOUND, "only where numbers begins");
    refuse_at(FORMAT_ENTRY, NULL, "{a}", ERR_TYPE, "the type of ? is not known");
    refuse_at(FORMAT_EXIT, NULL, "{return}", ERR_TYPE, "the type of ? is not known");
    refuse_at(FORMAT_EXIT, "numbers", "{return}", ERR_TYPE, "nothing is returned");
    refuse_at(FORMAT_EXIT, "gives_struct", "{return}", ERR_TYPE, "not in registers");
}

static void members_that_are_not_there_are_refused(void **state)
{
    (void)state;
    refuse("pointers", "{p->lenght}", ERR_NOT_FOUND, "struct node has no member lenght");
    refuse("pointers", "{p.next}", ERR_TYPE, "struct node * is a pointer");
    refuse("pointers", "{p->inner->low}", ERR_TYPE, "struct inner is no pointer");
    refuse("pointers", "{unknown->x}", ERR_TYPE, "struct incomplete is not known there");
    refuse("pointers", "{nothing->x}", ERR_TYPE, "void has no members");
    refuse("numbers", "{a.b}", ERR_TYPE, "signed char has no members");
    refuse("pointers", "{p->next->next->next->next->next->next->next->next}", ERR_RANGE,
           "more than 6 pointers");
    expect("pointers", "{p->next->next->next->next->next->next->next}", "?");
}

static void arguments_whose_place_is_not_known_are_refused(void **state)
{
    (void)state;
    registers[3] = 3;
    expect("odd", "{a}", "3");
    refuse("odd", "{b}", ERR_UNSUPPORTED, "argument 2 is");
    refuse("odd", "{c}", ERR_UNSUPPORTED, "argument 2 is");
    refuse("odd", NULL, ERR_UNSUPPORTED, "argument 2 is");
}

static void formats_have_limits(void **state)
{
    char text[400] = "";

    (void)state;
    for (unsigned i = 0; i < CAPTURES_MAX; i++)
        strcat(text, "{r3}");
    expect("whole", text,
           "0xbad000030xbad000030xbad000030xbad000030xbad000030xbad000030xbad00003"
           "0xbad000030xbad000030xbad000030xbad000030xbad000030xbad000030xbad00003"
           "0xbad000030xbad000030xbad000030xbad000030xbad000030xbad000030xbad00003"
           "0xbad000030xbad000030xbad000030xbad000030xbad000030xbad000030xbad00003"
           "0xbad000030xbad000030xbad000030xbad00003");
    strcat(text, "{r3}");
    refuse("whole", text, ERR_RANGE, "more than 32 expressions");
    refuse("many", NULL, ERR_RANGE, "a record may need");
    memset(text, 'n', sizeof text);
    text[0] = '{';
    strcpy(text + 300, "}");
    refuse("whole", text, ERR_BAD_ARGUMENT, "more than 200 characters");
}

static void a_record_that_is_too_short_is_not_read_beyond_its_end(void **state)
{
    struct format_scene scene = scene_of(FORMAT_ENTRY, "pointers");
    uint32_t record[RING_RECORD_MAX], *copy;
    struct format *format;
    size_t n;

    (void)state;
    put_node();
    registers[3] = NODE;
    assert_int_equal(format_parse("{p->both} {p->name} {text} {p}", &scene, &format), OK);
    n = capture_take(format->captures, format->n, registers, read_memory, record);
    for (size_t i = CAPTURE_HEAD; i <= n; i++) {
        copy = malloc(i * sizeof *copy);
        assert_non_null(copy);
        memcpy(copy, record, i * sizeof *copy);
        print(format, copy, i, NULL);
        free(copy);
    }
    format_free(format);
}

static void without_memory_there_is_no_format(void **state)
{
    struct format_scene scene = scene_of(FORMAT_ENTRY, "kinds");
    struct format *format = NULL;
    long blocks = scarce_blocks, n = 0;

    (void)state;
    for (scarce_left = 0; format_parse("{a} {c} {d} x", &scene, &format) != OK; scarce_left = ++n) {
        assert_int_equal(scarce_blocks, blocks);
        assert_non_null(strstr(status_explain(), "no memory"));
    }
    scarce_left = SCARCE_FOREVER;
    assert_in_range(n, 5, 100);
    format_free(format);
    assert_int_equal(scarce_blocks, blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(integers_are_printed_by_their_types, begin),
        cmocka_unit_test_setup(wide_arguments_are_in_pairs_of_registers_and_on_the_stack, begin),
        cmocka_unit_test_setup(kinds_are_told_apart, begin),
        cmocka_unit_test_setup(texts_are_quoted_and_cut, begin),
        cmocka_unit_test_setup(what_cannot_be_read_is_said_to_be_missing, begin),
        cmocka_unit_test_setup(a_text_that_ends_where_memory_does_is_whole, begin),
        cmocka_unit_test_setup(members_are_found_through_pointers, begin),
        cmocka_unit_test_setup(texts_inside_of_structs_end_where_they_do, begin),
        cmocka_unit_test_setup(bit_fields_are_cut_out, begin),
        cmocka_unit_test_setup(arguments_on_the_stack_are_found, begin),
        cmocka_unit_test_setup(structs_are_passed_by_their_addresses, begin),
        cmocka_unit_test_setup(results_are_printed_by_their_types, begin),
        cmocka_unit_test_setup(at_a_tail_call_the_result_is_that_of_another_procedure, begin),
        cmocka_unit_test_setup(registers_are_there_everywhere, begin),
        cmocka_unit_test_setup(texts_may_have_braces, begin),
        cmocka_unit_test_setup(what_is_no_format_is_refused, begin),
        cmocka_unit_test_setup(members_that_are_not_there_are_refused, begin),
        cmocka_unit_test_setup(arguments_whose_place_is_not_known_are_refused, begin),
        cmocka_unit_test_setup(formats_have_limits, begin),
        cmocka_unit_test_setup(a_record_that_is_too_short_is_not_read_beyond_its_end, begin),
        cmocka_unit_test_setup(without_memory_there_is_no_format, begin),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("format", tests, open_types, close_types);
}
