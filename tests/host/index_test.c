/* Tests of arch/ppc/code/analysis/index.c and location.c over programs of a few words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/location.h"
#include "domains/object/bytes.h"
#include "tests/host/random.h"
#include "tests/host/scarce.h"

#define TEXT 0x1000u
#define TEXT_WORDS 32
#define DATA 0x2000u
#define NOP 0x60000000u
#define BLR 0x4e800020u
#define NO_NAME NULL

static uint8_t text[TEXT_WORDS * 4], data[16];
static struct code_index *opened;

static void put(vaddr_t address, uint32_t word)
{
    put32(text + (address - TEXT), word);
}

static void put_branch(vaddr_t from, vaddr_t to, bool links)
{
    put(from, 0x48000000u | ((to - from) & 0x03fffffcu) | links);
}

static struct code_index *begin(void)
{
    const struct code_area areas[] = {
        {DATA, DATA, sizeof data, data, data, .pointers = true, .constant = true},
        {TEXT, TEXT, sizeof text, text, text, .code = true, .constant = true}};

    for (unsigned i = 0; i < TEXT_WORDS; i++)
        put(TEXT + i * 4, NOP);
    assert_int_equal(code_index_open(&opened), OK);
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
        assert_int_equal(code_index_add_area(opened, &areas[i]), OK);
    return opened;
}

static void name(const char *owner, const char *symbol, vaddr_t address, uint32_t size,
                 enum code_name_kind kind, bool global)
{
    const struct code_name added = {symbol, owner, address, size, (uint8_t)kind, global, false};

    assert_int_equal(code_index_add_name(opened, &added), OK);
}

static void procedure(const char *symbol, vaddr_t address, uint32_t size)
{
    name(NO_NAME, symbol, address, size, NAME_PROCEDURE, true);
}

static void local(const char *owner, const char *symbol, vaddr_t address, uint32_t size)
{
    name(owner, symbol, address, size, NAME_PROCEDURE, false);
}

static void label(const char *symbol, vaddr_t address, bool global)
{
    name(NO_NAME, symbol, address, 0, NAME_LABEL, global);
}

static struct procedure at(vaddr_t address)
{
    const struct code_source *source = code_index_source(opened);
    struct procedure found;

    assert_true(source->procedure(source->context, address, &found));
    return found;
}

static void expect(vaddr_t address, const char *symbol, vaddr_t start, vaddr_t end)
{
    struct procedure found = at(address);

    assert_string_equal(found.name, symbol);
    assert_int_equal(found.start, start);
    assert_int_equal(found.end, end);
}

static void expect_none(vaddr_t address)
{
    const struct code_source *source = code_index_source(opened);
    struct procedure found;

    assert_false(source->procedure(source->context, address, &found));
}

static void sort(void)
{
    assert_int_equal(code_index_sort(opened), OK);
}

static int setup(void **state)
{
    (void)state;
    scarce_left = SCARCE_FOREVER;
    scarce_blocks = 0;
    opened = NULL;
    (void)begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (opened != NULL)
        code_index_close(opened);
    return scarce_blocks == 0 ? 0 : -1;
}

/* ---- procedures ---- */

static void an_address_belongs_to_the_procedure_around_it(void **state)
{
    (void)state;
    procedure("second", TEXT + 16, 8);
    procedure("first", TEXT + 4, 8);
    sort();
    expect_none(TEXT);
    expect(TEXT + 4, "first", TEXT + 4, TEXT + 12);
    expect(TEXT + 8, "first", TEXT + 4, TEXT + 12);
    expect_none(TEXT + 12);
    expect(TEXT + 20, "second", TEXT + 16, TEXT + 24);
    expect_none(TEXT + 24);
    expect_none(DATA);
}

static void without_a_size_it_extends_to_the_next_symbol(void **state)
{
    (void)state;
    label("one", TEXT, true);
    label("inside", TEXT + 8, false);
    label("two", TEXT + 16, true);
    procedure("three", TEXT + 32, 4);
    label("last", TEXT + 40, true);
    sort();
    expect(TEXT + 8, "one", TEXT, TEXT + 16);
    expect(TEXT + 28, "two", TEXT + 16, TEXT + 32);
    expect(TEXT + 40, "last", TEXT + 40, TEXT + sizeof text);
}

static void a_label_inside_is_no_procedure(void **state)
{
    (void)state;
    procedure("whole", TEXT, 32);
    label("entry", TEXT + 16, true);
    label("alone", TEXT + 32, false);
    label("next", TEXT + 40, false);
    sort();
    expect(TEXT + 20, "whole", TEXT, TEXT + 32);
    expect(TEXT + 36, "alone", TEXT + 32, TEXT + 40);
}

static void symbols_at_one_address_are_one_procedure(void **state)
{
    const struct code_source *source = code_index_source(opened);
    struct procedure next;

    (void)state;
    label("a_label", TEXT, true);
    local("a.c", "a_local", TEXT, 8);
    procedure("telling", TEXT, 8);
    procedure("without_size", TEXT, 0);
    sort();
    expect(TEXT + 4, "telling", TEXT, TEXT + 8);
    assert_true(source->next(source->context, 0, &next));
    assert_false(source->next(source->context, next.start + 4, &next));
}

static void a_procedure_around_others_is_found_behind_them(void **state)
{
    (void)state;
    procedure("outer", TEXT, 64);
    procedure("middle", TEXT + 8, 32);
    procedure("inner", TEXT + 16, 8);
    sort();
    expect(TEXT + 20, "inner", TEXT + 16, TEXT + 24);
    expect(TEXT + 24, "middle", TEXT + 8, TEXT + 40);
    expect(TEXT + 40, "outer", TEXT, TEXT + 64);
    expect_none(TEXT + 64);
}

static void sizes_end_with_the_area(void **state)
{
    (void)state;
    procedure("long", TEXT + 8, 0xffffffff);
    procedure("none", 0x5000, 8);
    procedure("odd", TEXT + 2, 8);
    name(NO_NAME, "data", TEXT, 4, NAME_DATA, true);
    sort();
    expect(TEXT + 12, "long", TEXT + 8, TEXT + sizeof text);
    expect_none(TEXT);
    expect_none(0x5000);
}

static void an_import_stands_for_what_it_names(void **state)
{
    (void)state;
    name(NO_NAME, "exit", TEXT + 64, 16, NAME_IMPORT, false);
    name(NO_NAME, "puts", TEXT + 80, 16, NAME_IMPORT, false);
    sort();
    assert_true(at(TEXT + 64).import && at(TEXT + 64).no_return);
    assert_true(at(TEXT + 80).import && !at(TEXT + 80).no_return);
}

static void all_procedures_come_by_rising_start(void **state)
{
    const struct code_source *source = code_index_source(opened);
    static const char names[8][2] = {"h", "c", "a", "e", "b", "g", "d", "f"};
    struct procedure next = {.start = 0};
    vaddr_t from = 0;

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        procedure(names[i], TEXT + (unsigned)(names[i][0] - 'a') * 8, 8);
    sort();
    for (unsigned i = 0; i < 8; i++) {
        assert_true(source->next(source->context, from, &next));
        assert_int_equal(next.start, TEXT + i * 8);
        from = next.start + 1;
    }
    assert_false(source->next(source->context, from, &next));
}

/* ---- parts ---- */

static void a_part_belongs_to_the_namesake_that_branches_there(void **state)
{
    (void)state;
    local("a.c", "f", TEXT, 8);
    local("b.c", "f", TEXT + 8, 8);
    local("b.c", "f.cold", TEXT + 16, 8);
    local("a.c", "f.cold", TEXT + 24, 8);
    put_branch(TEXT + 4, TEXT + 24, false);
    put_branch(TEXT + 12, TEXT + 16, false);
    sort();
    assert_int_equal(at(TEXT + 16).whole, TEXT + 8);
    assert_int_equal(at(TEXT + 24).whole, TEXT);
    assert_int_equal(at(TEXT).whole, TEXT);
}

static void owners_that_are_the_same_leave_it_to_branches(void **state)
{
    (void)state;
    local("kernel", "f", TEXT, 8);
    local("kernel", "f", TEXT + 8, 8);
    local("kernel", "f.cold", TEXT + 16, 8);
    local("kernel", "f.cold.3", TEXT + 24, 8);
    put_branch(TEXT + 12, TEXT + 20, false);
    put_branch(TEXT + 28, TEXT + 4, false);
    sort();
    assert_int_equal(at(TEXT + 16).whole, TEXT + 8);
    assert_int_equal(at(TEXT + 24).whole, TEXT);
}

static void a_part_of_a_copy_belongs_to_the_copy(void **state)
{
    (void)state;
    procedure("f", TEXT, 8);
    local("a.c", "f.part.0", TEXT + 8, 8);
    local("a.c", "f.part.0.cold", TEXT + 16, 8);
    local("a.c", "f.colder", TEXT + 24, 8);
    local("a.c", "f.colder.cold.12", TEXT + 32, 8);
    put_branch(TEXT + 12, TEXT + 16, false);
    sort();
    assert_int_equal(at(TEXT + 16).whole, TEXT + 8);
    assert_int_equal(at(TEXT + 8).whole, TEXT + 8);
    assert_int_equal(at(TEXT + 32).whole, TEXT + 24);
}

static void a_part_that_only_a_table_leads_to_belongs_to_the_only_namesake(void **state)
{
    (void)state;
    procedure("f", TEXT, 8);
    local("a.c", "f.cold", TEXT + 16, 8);
    local("a.c", "g", TEXT + 32, 8);
    local("a.c", "g", TEXT + 40, 8);
    local("a.c", "g.cold", TEXT + 48, 8);
    local("b.c", "h", TEXT + 56, 8);
    local("a.c", "h.cold", TEXT + 64, 8);
    sort();
    assert_int_equal(at(TEXT + 16).whole, TEXT);
    assert_int_equal(at(TEXT + 48).whole, TEXT + 48);
    assert_int_equal(at(TEXT + 64).whole, TEXT + 64);
}

static void what_is_called_is_no_part(void **state)
{
    (void)state;
    procedure("f", TEXT, 8);
    local("a.c", "f.cold.1", TEXT + 16, 8);
    local("a.c", "f.colder", TEXT + 24, 8);
    put_branch(TEXT + 4, TEXT + 16, true);
    sort();
    assert_int_equal(at(TEXT + 16).whole, TEXT + 16);
    assert_int_equal(at(TEXT + 24).whole, TEXT + 24);
}

/* ---- words ---- */

static void words_are_read_inside_of_code_only(void **state)
{
    const struct code_source *source = code_index_source(opened);
    uint32_t words[2];

    (void)state;
    put(TEXT + sizeof text - 4, BLR);
    sort();
    assert_true(source->words(source->context, TEXT + sizeof text - 8, words, 2));
    assert_int_equal(words[0], NOP);
    assert_int_equal(words[1], BLR);
    assert_false(source->words(source->context, TEXT + sizeof text - 4, words, 2));
    assert_false(source->words(source->context, TEXT + 2, words, 1));
    assert_false(source->words(source->context, DATA, words, 1));
    assert_false(source->words(source->context, 0, words, 1));
    assert_false(source->words(source->context, TEXT, words, SIZE_MAX));
}

static void constants_and_pointers_are_those_of_their_areas(void **state)
{
    const struct code_source *source = code_index_source(opened);
    const struct code_area written = {0x3000, 0x3000, sizeof data, data, data, .pointers = false};
    uint32_t word, cursor = 0;

    (void)state;
    put32(data, TEXT + 4);
    put32(data + 4, 0x12345678);
    put32(data + 8, TEXT + sizeof text);
    put32(data + 12, TEXT + sizeof text - 1);
    assert_int_equal(code_index_add_area(opened, &written), OK);
    sort();
    assert_false(source->constant(source->context, 0x3000, &word));
    assert_true(source->constant(source->context, DATA + 4, &word));
    assert_int_equal(word, 0x12345678);
    assert_true(source->constant(source->context, TEXT, &word));
    assert_false(source->constant(source->context, DATA + 14, &word));
    assert_false(source->constant(source->context, 0, &word));
    assert_true(source->pointer(source->context, &cursor, &word));
    assert_int_equal(word, TEXT + 4);
    assert_true(source->pointer(source->context, &cursor, &word));
    assert_int_equal(word, TEXT + sizeof text - 1);
    assert_false(source->pointer(source->context, &cursor, &word));
}

static void data_points_into_the_middle_of_its_own_program_only(void **state)
{
    static uint8_t others[16];
    const struct code_source *source = code_index_source(opened);
    const struct code_area of_another = {0x3000, 0x3000,           sizeof others, others,
                                         others, .pointers = true, .program = 1};
    uint32_t word, cursor = 0;

    (void)state;
    memset(data, 0, sizeof data);
    put32(data, TEXT + 4);
    put32(others, TEXT + 4);
    put32(others + 4, TEXT + 8);
    name("kernel", "pointed_to", TEXT + 8, 8, NAME_PROCEDURE, false);
    assert_int_equal(code_index_add_area(opened, &of_another), OK);
    sort();
    assert_true(source->pointer(source->context, &cursor, &word));
    assert_int_equal(word, TEXT + 4);
    assert_true(source->pointer(source->context, &cursor, &word));
    assert_int_equal(word, TEXT + 8);
    assert_false(source->pointer(source->context, &cursor, &word));
}

static void an_area_may_end_with_the_address_space(void **state)
{
    const struct code_source *source = code_index_source(opened);
    const struct code_area area = {0xfffffff8u, 0, 0x100, text, text, .code = true};
    uint32_t words[4];

    (void)state;
    assert_int_equal(code_index_add_area(opened, &area), OK);
    procedure("top", 0xfffffff8u, 0);
    sort();
    assert_true(source->words(source->context, 0xfffffff8u, words, 2));
    assert_false(source->words(source->context, 0xfffffff8u, words, 3));
    assert_true(source->next(source->context, 0xfffffff8u, &(struct procedure){.start = 0}));
}

/* ---- places ---- */

static void locate(const char *written, vaddr_t address, vaddr_t end, bool whole)
{
    struct location location = {.address = 1};

    assert_int_equal(code_locate(opened, written, &location), OK);
    assert_int_equal(location.address, address);
    assert_int_equal(location.procedure.end, end);
    assert_int_equal(location.whole, whole);
}

static void refuse(const char *written, status_t expected, const char *sentence)
{
    struct location location = {.address = 1};

    assert_int_equal(code_locate(opened, written, &location), expected);
    assert_string_equal(status_explain(), sentence);
    assert_int_equal(location.address, 1);
}

static void a_place_is_a_symbol_an_offset_or_an_address(void **state)
{
    (void)state;
    procedure("f", TEXT, 32);
    procedure("abc", TEXT + 32, 32);
    sort();
    locate("f", TEXT, TEXT + 32, true);
    locate("f+8", TEXT + 8, TEXT + 32, false);
    locate("f+0x10", TEXT + 16, TEXT + 32, false);
    locate("f+0", TEXT, TEXT + 32, false);
    locate("abc", TEXT + 32, TEXT + 64, true);
    locate("1004", TEXT + 4, TEXT + 32, false);
    locate("0x1024", TEXT + 36, TEXT + 64, false);
    locate("1044", TEXT + 68, TEXT + sizeof text, false);
}

static void what_is_no_place_is_refused(void **state)
{
    (void)state;
    procedure("f", TEXT, 32);
    name(NO_NAME, "table", DATA, 16, NAME_DATA, true);
    name(NO_NAME, "puts", TEXT + 64, 16, NAME_IMPORT, false);
    sort();
    refuse("", ERR_NOT_FOUND, "no symbol is called ");
    refuse("none", ERR_NOT_FOUND, "no symbol is called none");
    refuse("none+4", ERR_NOT_FOUND, "no symbol is called none");
    refuse("kernel!f", ERR_NOT_FOUND, "no symbol of kernel is called f");
    refuse("f+", ERR_BAD_ARGUMENT, "f+:  is not a number of bytes");
    refuse("f+x", ERR_BAD_ARGUMENT, "f+x: x is not a number of bytes");
    refuse("f+-4", ERR_BAD_ARGUMENT, "f+-4: -4 is not a number of bytes");
    refuse("f++4", ERR_BAD_ARGUMENT, "f++4: +4 is not a number of bytes");
    refuse("f+2", ERR_RANGE, "f+2: 0x00001002 is not the address of a word");
    refuse("f+32", ERR_RANGE, "f+32 is beyond the end of f, which has 0x20 bytes");
    refuse("f+0xffffffff", ERR_RANGE, "f+0xffffffff is beyond the end of f, which has 0x20 bytes");
    refuse("table", ERR_RANGE, "table is data, at 0x00002000");
    refuse("puts", ERR_RANGE, "puts is imported; its code is elsewhere");
    refuse("2000", ERR_RANGE, "2000: there is no code at 0x00002000");
    refuse("1001", ERR_RANGE, "1001: 0x00001001 is not the address of a word");
    refuse("fffffffff", ERR_NOT_FOUND, "no symbol is called fffffffff");
}

static void a_dot_may_stand_between_owner_and_symbol(void **state)
{
    (void)state;
    local("net.ip", "f", TEXT, 8);
    local("net", "f", TEXT + 8, 8);
    local("net", "f.part.0", TEXT + 16, 8);
    procedure("f.part.0", TEXT + 24, 8);
    name("net", "table", DATA, 16, NAME_DATA, true);
    sort();
    locate("net.ip.f", TEXT, TEXT + 8, true);
    locate("net.f+4", TEXT + 12, TEXT + 16, false);
    locate("net.f.part.0", TEXT + 16, TEXT + 24, true);
    locate("f.part.0", TEXT + 24, TEXT + 32, true);
    refuse("net.g", ERR_NOT_FOUND, "no symbol is called net.g");
    refuse("ip.f", ERR_NOT_FOUND, "no symbol is called ip.f");
    refuse("net.table", ERR_RANGE, "table is data, at 0x00002000");
    refuse("net.f!f", ERR_NOT_FOUND, "no symbol of net.f is called f");
    refuse(".", ERR_NOT_FOUND, "no symbol is called .");
}

static void a_global_symbol_goes_before_local_ones(void **state)
{
    (void)state;
    local("a.c", "f", TEXT, 8);
    procedure("f", TEXT + 8, 8);
    local("b.c", "f", TEXT + 16, 8);
    sort();
    locate("f", TEXT + 8, TEXT + 16, true);
    locate("b.c!f+4", TEXT + 20, TEXT + 24, false);
}

static void namesakes_are_told_apart_by_their_owners(void **state)
{
    (void)state;
    local("a.c", "f", TEXT, 8);
    local("b.c", "f", TEXT + 16, 8);
    local("b.c", "g", TEXT + 24, 8);
    local("b.c", "g", TEXT + 32, 8);
    sort();
    locate("a.c!f", TEXT, TEXT + 8, true);
    refuse("f", ERR_EXISTS,
           "f is 2 procedures: a.c 0x00001000, b.c 0x00001010; say which as OWNER!SYMBOL or by "
           "address");
    refuse("b.c!g", ERR_EXISTS,
           "b.c!g is 2 procedures: b.c 0x00001018, b.c 0x00001020; say which as OWNER!SYMBOL or by "
           "address");
}

static void addresses_that_users_do_not_know_are_not_taken(void **state)
{
    const struct code_area section = {0x8000, 0, 16, text, text, .code = true};

    (void)state;
    assert_int_equal(code_index_add_area(opened, &section), OK);
    procedure("f", 0x8000, 16);
    sort();
    refuse("8000", ERR_NOT_FOUND, "no symbol is called 8000");
    refuse("f+6", ERR_RANGE, "f+6: 0x00000006 is not the address of a word");
    assert_int_equal(code_index_shown(opened, 0x8004), 4);
}

/* ---- any input ---- */

static void fill_at_random(uint32_t *seed)
{
    static const char *const symbols[] = {"f", "f.cold", "f.cold.1", "g", "g.cold", "h"};
    static const char *const owners[] = {NULL, "a.c", "b.c"};

    for (unsigned i = 0; i < TEXT_WORDS; i++)
        put(TEXT + i * 4, random_below(seed, 2) != 0 ? random_next(seed)
                                                     : 0x48000000u | (random_next(seed) & 0xfd));
    for (unsigned i = 0; i < 40; i++)
        name(owners[random_below(seed, 3)], symbols[random_below(seed, 6)],
             TEXT - 8 + random_below(seed, sizeof text + 16), random_below(seed, 48),
             (enum code_name_kind)random_below(seed, 4), random_below(seed, 2) != 0);
}

/* Judged by looking at every procedure: the innermost around an address. */
static void check_lookups(void)
{
    const struct code_source *source = code_index_source(opened);

    for (vaddr_t address = TEXT; address < TEXT + sizeof text; address += 4) {
        struct procedure next, best = {.name = NULL}, found;

        for (vaddr_t from = 0; source->next(source->context, from, &next); from = next.start + 1)
            if (next.start <= address && address < next.end)
                best = next;
        assert_int_equal(source->procedure(source->context, address, &found), best.name != NULL);
        if (best.name != NULL)
            assert_int_equal(found.start, best.start);
    }
}

static void any_symbols_give_procedures_that_lookups_agree_on(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        fill_at_random(&seed);
        sort();
        check_lookups();
        code_index_close(opened);
        (void)begin();
    }
}

/* Together they have at most eight times the words, and one time more for each word's own. */
static void procedures_that_all_overlap_are_cut(void **state)
{
    enum { N = 4096 };
    static uint8_t words[N * 4];
    const struct code_area area = {0x10000, 0x10000, sizeof words, words, words, .code = true};
    const struct code_source *source = code_index_source(opened);
    struct procedure next;
    uint32_t total = 0;

    (void)state;
    assert_int_equal(code_index_add_area(opened, &area), OK);
    for (unsigned i = 0; i < N; i++)
        procedure("f", 0x10000 + i * 4, (N - i) * 4);
    sort();
    for (vaddr_t from = 0; source->next(source->context, from, &next); from = next.start + 1)
        total += (next.end - next.start) / 4;
    assert_in_range(total, N, 9 * (N + TEXT_WORDS));
    expect(0x10000, "f", 0x10000, 0x10000 + sizeof words);
    expect(0x10000 + sizeof words - 4, "f", 0x10000 + sizeof words - 4, 0x10000 + sizeof words);
}

static void a_name_without_end_is_ignored(void **state)
{
    static char endless[2000];

    (void)state;
    memset(endless, 'a', sizeof endless - 1);
    procedure(endless, TEXT, 8);
    procedure(endless + 1000, TEXT + 8, 8);
    sort();
    expect_none(TEXT);
    expect(TEXT + 8, endless + 1000, TEXT + 8, TEXT + 16);
}

static void names_of_the_heap_go_with_the_index(void **state)
{
    struct code_name added = {strcpy(malloc(5), "made"), NULL, TEXT, 8, NAME_PROCEDURE, true, true};

    (void)state;
    assert_int_equal(code_index_add_name(opened, &added), OK);
    added.name = memset(calloc(1, 1026), 'x', 1025);
    assert_int_equal(code_index_add_name(opened, &added), OK);
    sort();
    locate("made", TEXT, TEXT + 8, true);
}

static status_t build_once(void)
{
    const struct code_area area = {TEXT, TEXT, sizeof text, text, text, .code = true};
    const struct code_name added = {"f", NULL, TEXT, 8, NAME_PROCEDURE, true, false};
    struct code_index *index;
    status_t status = code_index_open(&index);

    if (status != OK)
        return status;
    status = code_index_add_area(index, &area);
    for (unsigned i = 0; status == OK && i < 100; i++)
        status = code_index_add_name(index, &added);
    if (status == OK)
        status = code_index_sort(index);
    code_index_close(index);
    return status;
}

static void no_memory_is_told_and_nothing_is_kept(void **state)
{
    int n = 0;

    (void)state;
    code_index_close(opened);
    opened = NULL;
    for (status_t status = ERR_NO_MEMORY; status != OK; n++) {
        scarce_left = n;
        status = build_once();
        assert_true(status == OK || status == ERR_NO_MEMORY);
        assert_int_equal(scarce_blocks, 0);
    }
    assert_in_range(n, 6, 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_address_belongs_to_the_procedure_around_it),
        TEST(without_a_size_it_extends_to_the_next_symbol),
        TEST(a_label_inside_is_no_procedure),
        TEST(symbols_at_one_address_are_one_procedure),
        TEST(a_procedure_around_others_is_found_behind_them),
        TEST(sizes_end_with_the_area),
        TEST(an_import_stands_for_what_it_names),
        TEST(all_procedures_come_by_rising_start),
        TEST(a_part_belongs_to_the_namesake_that_branches_there),
        TEST(owners_that_are_the_same_leave_it_to_branches),
        TEST(a_part_of_a_copy_belongs_to_the_copy),
        TEST(a_part_that_only_a_table_leads_to_belongs_to_the_only_namesake),
        TEST(what_is_called_is_no_part),
        TEST(words_are_read_inside_of_code_only),
        TEST(constants_and_pointers_are_those_of_their_areas),
        TEST(data_points_into_the_middle_of_its_own_program_only),
        TEST(an_area_may_end_with_the_address_space),
        TEST(a_place_is_a_symbol_an_offset_or_an_address),
        TEST(what_is_no_place_is_refused),
        TEST(a_dot_may_stand_between_owner_and_symbol),
        TEST(names_of_the_heap_go_with_the_index),
        TEST(a_global_symbol_goes_before_local_ones),
        TEST(namesakes_are_told_apart_by_their_owners),
        TEST(addresses_that_users_do_not_know_are_not_taken),
        TEST(any_symbols_give_procedures_that_lookups_agree_on),
        TEST(procedures_that_all_overlap_are_cut),
        TEST(a_name_without_end_is_ignored),
        TEST(no_memory_is_told_and_nothing_is_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
