/* Tests of domains/object/btf_value.c, and of types of single parameters and results compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/btf_value.h"
#include "domains/object/bytes.h"
#include "tests/host/corpus.h"

/* The type section of an object, opened. */
struct opened {
    struct object_file file;
    struct btf btf;
};

static struct opened open_object(const char *name)
{
    struct opened opened = {.file = corpus_read(name)};
    const uint8_t *h = object_header(&opened.file, object_find(&opened.file, ".BTF"));

    assert_int_equal(btf_open(opened.file.bytes + get32(h + OBJECT_SH_OFFSET),
                              get32(h + OBJECT_SH_SIZE), &opened.btf),
                     OK);
    return opened;
}

static void close_object(struct opened *opened)
{
    btf_close(&opened->btf);
    free(opened->file.bytes);
}

static struct btf_type type_of(const struct opened *opened, const char *name)
{
    struct btf_type type;

    if (btf_agreed_type(&opened->btf, name, true, 0, &type) != OK)
        fail_msg("no procedure, or several, are called %s", name);
    return type;
}

/* ---- values ---- */

static void values_have_a_class_a_size_and_a_sign(void **state)
{
    static const struct {
        const char *name;
        enum btf_class class;
        uint32_t size;
        bool is_signed;
    } cases[] = {
        {"value_bool", BTF_CLASS_INTEGER, 1, false},
        {"value_char", BTF_CLASS_INTEGER, 1, true},
        {"value_byte", BTF_CLASS_INTEGER, 1, false},
        {"value_short", BTF_CLASS_INTEGER, 2, true},
        {"value_word", BTF_CLASS_INTEGER, 2, false},
        {"value_int", BTF_CLASS_INTEGER, 4, true},
        {"value_unsigned", BTF_CLASS_INTEGER, 4, false},
        {"value_long_long", BTF_CLASS_INTEGER, 8, true},
        {"value_unsigned_long_long", BTF_CLASS_INTEGER, 8, false},
        {"value_enum", BTF_CLASS_INTEGER, 4, false},
        {"value_signed_enum", BTF_CLASS_INTEGER, 4, true},
        {"value_small_enum", BTF_CLASS_INTEGER, 1, false},
        {"value_pointer", BTF_CLASS_POINTER, 4, false},
        {"value_procedure", BTF_CLASS_POINTER, 4, false},
        {"value_float", BTF_CLASS_FLOAT, 4, false},
        {"value_double", BTF_CLASS_FLOAT, 8, false},
        {"value_complex", BTF_CLASS_COMPLEX, 16, false},
        {"value_struct", BTF_CLASS_RECORD, 8, false},
        {"value_union", BTF_CLASS_RECORD, 8, false},
        {"value_nothing", BTF_CLASS_RECORD, 0, false},
        {"value_vector", BTF_CLASS_NONE, 0, false},
    };
    struct opened o = open_object("btf_values+O2+gbtf.o");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct btf_value value = btf_value_of(btf_parameter_type(type_of(&o, cases[i].name), 0));

        if (value.class != cases[i].class || value.size != cases[i].size ||
            value.is_signed != cases[i].is_signed)
            fail_msg("%s: class %d, %u bytes, %s", cases[i].name, value.class, (unsigned)value.size,
                     value.is_signed ? "signed" : "unsigned");
        assert_int_equal(btf_value_of(btf_result_type(type_of(&o, cases[i].name))).class,
                         BTF_CLASS_NONE);
    }
    close_object(&o);
}

static void what_no_procedure_takes_is_of_no_class(void **state)
{
    struct opened o = open_object("btf_values+O2+gbtf.o");
    struct btf_type type, pointee;

    (void)state;
    assert_int_equal(btf_agreed_type(&o.btf, "variable_array", false, 0, &type), OK);
    assert_int_equal(btf_value_of(type).class, BTF_CLASS_OTHER);
    assert_false(btf_pointee(type, &pointee));
    assert_int_equal(btf_agreed_type(&o.btf, "variable_incomplete", false, 0, &type), OK);
    assert_true(btf_pointee(type, &pointee));
    assert_int_equal(btf_value_of(pointee).class, BTF_CLASS_OTHER);
    assert_int_equal(btf_value_of(type_of(&o, "none")).class, BTF_CLASS_OTHER);
    close_object(&o);
}

static void parameters_are_counted_before_the_dots(void **state)
{
    struct opened o = open_object("btf_values+O2+gbtf.o");

    (void)state;
    assert_int_equal(btf_n_parameters(type_of(&o, "several")), 1);
    assert_true(btf_is_variadic(type_of(&o, "several")));
    assert_int_equal(btf_n_parameters(type_of(&o, "none")), 0);
    assert_false(btf_is_variadic(type_of(&o, "none")));
    assert_int_equal(btf_n_parameters(type_of(&o, "pair_same")), 2);
    assert_false(btf_is_variadic(type_of(&o, "pair_same")));
    close_object(&o);
}

/* ---- roles ---- */

static void assert_role(enum btf_role role, struct btf_type one, struct btf_type other, bool fits,
                        const char *name)
{
    char difference[BTF_DIFFERENCE_MAX];
    status_t status = btf_compatible_as(role, one, other, difference);

    if (status != (fits ? OK : ERR_TYPE))
        fail_msg("%s in role %d: %s", name, role, status_name(status));
    assert_int_equal(btf_compatible_as(role, one, other, NULL), status);
    assert_int_equal(btf_compatible_as(role, one, one, NULL), OK);
}

/* In one blob, and from one to another. */
static void qualifiers_may_be_added_where_the_role_allows_it(void **state)
{
    static const struct {
        const char *name;
        bool fits[3]; /* as parameter, result, shared */
    } cases[] = {
        {"pair_same", {true, true, true}},
        {"pair_typedef", {true, true, true}},
        {"pair_sign", {false, false, false}},
        {"pair_size", {false, false, false}},
        {"pair_qualified", {true, true, true}},
        {"pair_constant_pointer", {true, true, true}},
        {"pair_adds_const", {true, false, false}},
        {"pair_drops_const", {false, true, false}},
        {"pair_adds_volatile", {true, false, false}},
        {"pair_adds_const_inside", {false, false, false}},
        {"pair_void", {false, false, false}},
        {"pair_enum", {true, true, true}},
        {"pair_structs", {true, true, true}},
        {"pair_unions", {false, false, false}},
        {"pair_procedures", {false, false, false}},
        {"pair_floats", {false, false, false}},
    };
    struct opened o[2] = {open_object("btf_values+O2+gbtf.o"), open_object("btf_values+O2+gbtf.o")};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int role = 0; role < 3; role++)
            for (int k = 0; k < 2; k++)
                assert_role((enum btf_role)role,
                            btf_parameter_type(type_of(&o[0], cases[i].name), 0),
                            btf_parameter_type(type_of(&o[k], cases[i].name), 1),
                            cases[i].fits[role], cases[i].name);
    close_object(&o[0]);
    close_object(&o[1]);
}

/* ---- several entries ---- */

static void entries_of_a_name_must_have_one_type(void **state)
{
    struct btf_type type = {NULL, 77};
    struct opened o = open_object("types_3.o"); /* exported, and static of another type */
    struct btf_cursor cursor = {0, 0};
    struct btf_entry entry;

    (void)state;
    assert_int_equal(btf_agreed_type(&o.btf, "udp_send", true, 0, &type), ERR_TYPE);
    assert_int_equal(btf_agreed_type(&o.btf, "udp_send", false, 0, &type), ERR_NOT_FOUND);
    assert_int_equal(btf_agreed_type(&o.btf, "udp_nobody", true, 0, &type), ERR_NOT_FOUND);
    assert_int_equal(type.id, 77);
    assert_int_equal(btf_agreed_type(&o.btf, "udp_other", true, 0, &type), OK);
    while (btf_next(&o.btf, &cursor, &entry))
        if (strcmp(entry.name, "udp_send") == 0)
            assert_int_equal(btf_agreed_type(&o.btf, "udp_send", true, entry.position + 1, &type),
                             cursor.blob == 0 ? OK : ERR_NOT_FOUND);
    close_object(&o);
    o = open_object("types_1.o"); /* two users who agree */
    assert_int_equal(btf_agreed_type(&o.btf, "udp_send", true, 0, &type), OK);
    assert_ptr_equal(type.blob, &o.btf.blobs[0]);
    close_object(&o);
    o = open_object("types_2.o"); /* two who do not */
    assert_int_equal(btf_agreed_type(&o.btf, "udp_send", true, 0, &type), ERR_TYPE);
    close_object(&o);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_have_a_class_a_size_and_a_sign),
        TEST(what_no_procedure_takes_is_of_no_class),
        TEST(parameters_are_counted_before_the_dots),
        TEST(qualifiers_may_be_added_where_the_role_allows_it),
        TEST(entries_of_a_name_must_have_one_type),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
