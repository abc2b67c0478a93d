/* Tests of domains/image/symbols.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/image/symbols.h"
#include "tests/host/random.h"

/* A table with its memory, at exactly the sizes asked for. */
struct owned_table {
    struct symbol_table table;
    struct symbol *symbols;
    uint32_t *slots;
    char (*names)[16];
};

static struct owned_table *table_open(size_t n_symbols, size_t n_exported)
{
    struct owned_table *t = malloc(sizeof *t);
    size_t n_slots = symbol_slots(n_exported);

    t->symbols = malloc(n_symbols * sizeof *t->symbols);
    t->slots = calloc(n_slots, sizeof *t->slots);
    t->names = calloc(n_symbols + 1, sizeof *t->names);
    symbol_table_init(&t->table, t->symbols, t->slots, n_slots);
    return t;
}

static void table_close(struct owned_table *t)
{
    free(t->symbols);
    free(t->slots);
    free(t->names);
    free(t);
}

static bool add(struct owned_table *t, const char *name, vaddr_t value, bool exported)
{
    struct symbol symbol = {
        .name = name, .value = value, .hash = symbol_hash(name), .exported = exported};

    return symbol_table_add(&t->table, &symbol);
}

static const struct symbol *find(const struct owned_table *t, const char *name)
{
    return symbol_find(&t->table, name, symbol_hash(name));
}

static void the_hash_is_fnv_1a(void **state)
{
    (void)state;
    assert_int_equal(symbol_hash(""), 0x811c9dc5);
    assert_int_equal(symbol_hash("a"), 0xe40c292c);
    assert_int_equal(symbol_hash("foobar"), 0xbf9cf968);
    assert_int_equal(symbol_hash("\xff"), (0x811c9dc5 ^ 0xff) * 16777619u);
}

static void slots_are_a_power_of_two_with_a_third_free(void **state)
{
    (void)state;
    for (size_t n = 0; n < 5000; n++) {
        size_t slots = symbol_slots(n);

        assert_int_equal(slots & (slots - 1), 0);
        assert_true(slots * 2 >= n * 3);
        assert_true(slots > n);
        assert_true(slots <= 4 || slots < n * 3 + 1);
    }
}

static void an_empty_table_finds_nothing(void **state)
{
    struct owned_table *t = table_open(0, 0);

    (void)state;
    assert_null(find(t, "anything"));
    assert_null(find(t, ""));
    assert_null(symbol_at(&t->table, 0xffffffff));
    table_close(t);
}

static void every_exported_symbol_is_found_by_its_name_alone(void **state)
{
    const size_t n = 10000;
    struct owned_table *t = table_open(n, n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        snprintf(t->names[i], sizeof t->names[i], "symbol_%zu", i);
        assert_true(add(t, t->names[i], (vaddr_t)i * 4, true));
    }
    for (size_t i = 0; i < n; i++) {
        char name[24];

        assert_int_equal(find(t, t->names[i])->value, i * 4);
        snprintf(name, sizeof name, "symbol_%zux", i);
        assert_null(find(t, name));
    }
    table_close(t);
}

static void an_exported_name_is_taken_once(void **state)
{
    struct owned_table *t = table_open(3, 3);

    (void)state;
    assert_true(add(t, "twin", 1, true));
    assert_false(add(t, "twin", 2, true));
    assert_int_equal(t->table.n_symbols, 1);
    assert_int_equal(find(t, "twin")->value, 1);
    assert_true(add(t, "twin", 3, false));
    assert_true(add(t, "other", 4, true));
    assert_int_equal(find(t, "twin")->value, 1);
    assert_int_equal(find(t, "other")->value, 4);
    table_close(t);
}

static void symbols_that_are_not_exported_are_not_found_by_name(void **state)
{
    struct owned_table *t = table_open(2, 0);

    (void)state;
    assert_true(add(t, "hidden", 0x100, false));
    assert_true(add(t, "hidden", 0x200, false));
    assert_null(find(t, "hidden"));
    assert_int_equal(symbol_at(&t->table, 0x180)->value, 0x100);
    table_close(t);
}

/* "costarring" and "liquid" have the same hash. */
static void names_with_the_same_hash_are_told_apart(void **state)
{
    struct owned_table *t = table_open(2, 2);

    (void)state;
    assert_int_equal(symbol_hash("costarring"), symbol_hash("liquid"));
    assert_true(add(t, "costarring", 1, true));
    assert_null(find(t, "liquid"));
    assert_true(add(t, "liquid", 2, true));
    assert_int_equal(find(t, "costarring")->value, 1);
    assert_int_equal(find(t, "liquid")->value, 2);
    table_close(t);
}

static void a_probe_goes_on_at_the_beginning(void **state)
{
    struct owned_table *t = table_open(2, 2);
    struct symbol last = {.name = "a", .hash = 3, .exported = true, .value = 1};
    struct symbol next = {.name = "b", .hash = 7, .exported = true, .value = 2};

    (void)state;
    assert_int_equal(t->table.mask, 3);
    assert_true(symbol_table_add(&t->table, &last));
    assert_true(symbol_table_add(&t->table, &next));
    assert_int_equal(t->slots[3], 1);
    assert_int_equal(t->slots[0], 2);
    assert_int_equal(symbol_find(&t->table, "b", 7)->value, 2);
    assert_null(symbol_find(&t->table, "c", 3));
    table_close(t);
}

static void an_address_belongs_to_the_symbol_below_it(void **state)
{
    struct owned_table *t = table_open(4, 2);

    (void)state;
    assert_true(add(t, "middle", 0x2000, true));
    assert_true(add(t, "first", 0x1000, false));
    assert_true(add(t, "last", 0xfffffff0, true));
    assert_null(symbol_at(&t->table, 0));
    assert_null(symbol_at(&t->table, 0xfff));
    assert_string_equal(symbol_at(&t->table, 0x1000)->name, "first");
    assert_string_equal(symbol_at(&t->table, 0x1fff)->name, "first");
    assert_string_equal(symbol_at(&t->table, 0x2000)->name, "middle");
    assert_string_equal(symbol_at(&t->table, 0xffffffef)->name, "middle");
    assert_string_equal(symbol_at(&t->table, 0xffffffff)->name, "last");
    table_close(t);
}

/* Random names of a small set against an array that is searched from its start. */
static void random_tables_agree_with_a_list(void **state)
{
    uint32_t seed = 11;

    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + random_below(&seed, 60), n_names = 1 + random_below(&seed, 40);
        struct owned_table *t = table_open(n, n);
        int values[40] = {0};

        for (size_t i = 0; i < n; i++) {
            uint32_t which = random_below(&seed, (uint32_t)n_names);

            snprintf(t->names[i], sizeof t->names[i], "n%u", (unsigned)which);
            assert_int_equal(add(t, t->names[i], (vaddr_t)i + 1, true), values[which] == 0);
            if (values[which] == 0)
                values[which] = (int)i + 1;
        }
        for (uint32_t which = 0; which < 40; which++) {
            char name[16];
            const struct symbol *found;

            snprintf(name, sizeof name, "n%u", (unsigned)which);
            found = find(t, name);
            assert_int_equal(found == NULL ? 0 : found->value, values[which]);
        }
        table_close(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_fnv_1a),
        cmocka_unit_test(slots_are_a_power_of_two_with_a_third_free),
        cmocka_unit_test(an_empty_table_finds_nothing),
        cmocka_unit_test(every_exported_symbol_is_found_by_its_name_alone),
        cmocka_unit_test(an_exported_name_is_taken_once),
        cmocka_unit_test(symbols_that_are_not_exported_are_not_found_by_name),
        cmocka_unit_test(names_with_the_same_hash_are_told_apart),
        cmocka_unit_test(a_probe_goes_on_at_the_beginning),
        cmocka_unit_test(an_address_belongs_to_the_symbol_below_it),
        cmocka_unit_test(random_tables_agree_with_a_list),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
