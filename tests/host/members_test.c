/* Tests of domains/image/image_merge.c: several objects, members of an archive, that become one image. */
#include "tests/host/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

#define LWZ 0x80600000u
#define MEMBERS_MAX 4

/* ---- archives ---- */

/* What will be an archive: members called one.o, two.o, three.o, four.o. */
static struct {
    struct object_file files[MEMBERS_MAX];
    size_t n;
} members;

static void add(struct object *o)
{
    members.files[members.n++] = object_end(o);
}

static struct object_file join(void)
{
    static const char *const names[MEMBERS_MAX] = {"one.o/", "two.o/", "three.o/", "four.o/"};
    struct object_file archive = {malloc(8), 8};

    memcpy(archive.bytes, "!<arch>\n", 8);
    for (size_t i = 0; i < members.n; i++) {
        size_t size = members.files[i].size, padded = (size + 1) & ~(size_t)1;
        uint8_t *longer = malloc(archive.size + 60 + padded);

        memcpy(longer, archive.bytes, archive.size);
        snprintf((char *)longer + archive.size, 60, "%-16s%-12d%-6d%-6d%-8o%-10zu`", names[i], 0, 0,
                 0, 0644, size);
        longer[archive.size + 59] = '\n';
        longer[archive.size + 60 + padded - 1] = '\n';
        memcpy(longer + archive.size + 60, members.files[i].bytes, size);
        free(members.files[i].bytes);
        free(archive.bytes);
        archive.bytes = longer;
        archive.size += 60 + padded;
    }
    members.n = 0;
    return archive;
}

static status_t link_status(struct domain **domain)
{
    struct object_file archive = join();
    status_t status = domain_make(&fake_terms, "joined", archive.bytes, archive.size, domain);

    free(archive.bytes);
    return status;
}

static struct domain *link(void)
{
    struct domain *d = NULL;

    assert_ok(link_status(&d));
    return d;
}

static void assert_link_refused(status_t expected, const char *words)
{
    struct domain *d = NULL;

    assert_refusal(link_status(&d), expected, words);
    assert_null(d);
    assert_int_equal(fake_host.n_images, 0);
}

/* ---- objects ---- */

/* A member with one word of data that holds the address of a symbol it does not define. */
static struct object *refers_to(const char *name, uint8_t info)
{
    static const uint32_t nothing[1];
    struct object *o = object_begin();
    unsigned data = object_words(o, ".data", OBJECT_DATA, nothing, 1);

    object_relocate(o, data, 0, R_PPC_ADDR32, object_symbol(o, name, info, SHN_UNDEF, 0, 0), 0);
    return o;
}

/* A member that defines a symbol at an address, and has a word that refers to it. */
static struct object *defines(const char *name, uint8_t bind, vaddr_t value)
{
    static const uint32_t nothing[1];
    struct object *o = object_begin();
    unsigned data = object_words(o, ".data", OBJECT_DATA, nothing, 1);

    object_relocate(o, data, 0, R_PPC_ADDR32,
                    object_symbol(o, name, OBJECT_INFO(bind, STT_NOTYPE), SHN_ABS, value, 0), 0);
    return o;
}

static struct object *common(const char *name, uint32_t size, uint32_t alignment)
{
    static const uint32_t nothing[1];
    struct object *o = object_begin();
    unsigned data = object_words(o, ".data", OBJECT_DATA, nothing, 1);

    object_relocate(o, data, 0, R_PPC_ADDR32,
                    object_symbol(o, name, OBJECT_VARIABLE, SHN_COMMON, alignment, size), 0);
    return o;
}

/* The word of data of the i-th member. */
static uint32_t word(const struct domain *d, unsigned i)
{
    return scene_word(d, d->image.memory.data.address + i * 4);
}

/* All n members refer to the same, which is what is exported. */
static void assert_all(const struct domain *d, const char *name, unsigned n, vaddr_t value)
{
    assert_int_equal(export_of(d, name)->value, value);
    assert_int_equal(domain_count_exports(d), 1);
    assert_int_equal(d->image.n_imports, 0);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(word(d, i), value);
}

/* ---- definitions ---- */

static void what_one_imports_and_another_defines_is_bound_for_good(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct domain *d;

        add(first == 0 ? refers_to("x", OBJECT_IMPORT) : defines("x", STB_GLOBAL, 0x1234));
        add(first != 0 ? refers_to("x", OBJECT_WEAK) : defines("x", STB_GLOBAL, 0x1234));
        d = link();
        assert_all(d, "x", 2, 0x1234);
        start(d);
        end(d);
    }
}

static void a_strong_definition_goes_before_weak_ones(void **state)
{
    (void)state;
    for (unsigned strong = 0; strong < 3; strong++) {
        struct domain *d;

        for (unsigned i = 0; i < 3; i++)
            add(defines("x", i == strong ? STB_GLOBAL : STB_WEAK, 0x1000 + i));
        add(refers_to("x", OBJECT_IMPORT));
        d = link();
        assert_all(d, "x", 4, 0x1000 + strong);
        assert_false(export_of(d, "x")->weak);
        end(d);
    }
}

static void of_weak_definitions_the_first_counts(void **state)
{
    struct domain *d;

    (void)state;
    add(refers_to("x", OBJECT_IMPORT));
    add(defines("x", STB_WEAK, 0x2000));
    add(defines("x", STB_WEAK, 0x3000));
    d = link();
    assert_all(d, "x", 3, 0x2000);
    assert_true(export_of(d, "x")->weak);
    end(d);
}

static void two_strong_definitions_are_refused_and_both_members_named(void **state)
{
    (void)state;
    add(defines("y", STB_GLOBAL, 1));
    add(defines("x", STB_GLOBAL, 1));
    add(defines("x", STB_WEAK, 1));
    add(defines("x", STB_GLOBAL, 1));
    assert_link_refused(ERR_EXISTS, "symbol x is defined by two.o and by four.o");
}

static void local_symbols_of_one_name_stay_apart(void **state)
{
    struct domain *d;

    (void)state;
    for (vaddr_t i = 0; i < 3; i++)
        add(defines("x", i == 2 ? STB_GLOBAL : STB_LOCAL, 0x1000 + i));
    d = link();
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(word(d, i), 0x1000 + i);
    assert_int_equal(export_of(d, "x")->value, 0x1002);
    end(d);
}

static void a_definition_goes_before_commons_and_those_before_weak_ones(void **state)
{
    struct domain *d;

    (void)state;
    add(common("x", 40, 4));
    add(defines("x", STB_GLOBAL, 0x1000));
    add(common("x", 80, 4));
    d = link();
    assert_all(d, "x", 3, 0x1000);
    assert_int_equal(d->image.memory.data.size, 12);
    end(d);
    fake_host_reset();
    add(defines("x", STB_WEAK, 0x1000));
    add(common("x", 40, 4));
    add(defines("x", STB_WEAK, 0x2000));
    d = link();
    assert_all(d, "x", 3, FAKE_DATA + 12);
    assert_int_equal(d->image.memory.data.size, 52);
    end(d);
}

/* Whichever is larger, and whichever wants more. */
static void commons_become_one_that_suits_all(void **state)
{
    static const uint32_t sizes[][3] = {{8, 16, 4}, {16, 8, 4}, {4, 8, 16}};
    static const uint32_t alignments[][3] = {{4, 4, 64}, {64, 4, 4}, {4, 64, 8}};

    (void)state;
    for (unsigned i = 0; i < 9; i++) {
        struct domain *d;

        fake_host_reset();
        for (unsigned k = 0; k < 3; k++)
            add(common("x", sizes[i % 3][k], alignments[i / 3][k]));
        d = link();
        assert_all(d, "x", 3, FAKE_DATA + 64);
        assert_int_equal(export_of(d, "x")->size, 16);
        assert_int_equal(d->image.memory.data.size, 64 + 16);
        end(d);
    }
}

/* ---- imports ---- */

static void what_none_defines_is_one_import(void **state)
{
    static const struct scene_symbol symbols[] = {{"x", 0x1234}};
    struct domain *source = provide("source", symbols, 1), *d;
    struct snapshot before;

    (void)state;
    fake_host.data = FAKE_DATA;
    for (unsigned i = 0; i < 4; i++)
        add(refers_to("x", i == 2 ? OBJECT_IMPORT : OBJECT_WEAK));
    d = link();
    assert_int_equal(d->image.n_imports, 1);
    assert_int_equal(d->image.n_fixups, 4);
    assert_int_equal(d->image.memory.text.address + d->image.memory.text.size - d->image.islands[0],
                     1 * 16);
    assert_false(import_of(d, "x")->weak);
    assert_refusal(start_alone(d), ERR_UNRESOLVED, "joined: 1 unresolved symbol: x");
    before = snapshot_take(d);
    assert_ok(domain_bind(source, d));
    assert_int_equal(source->n_users, 1);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(word(d, i), 0x1234);
    assert_ok(domain_unbind(source, d));
    assert_unchanged(d, &before, "unbound");
    end(d);
    end(source);
}

static void what_is_weak_to_all_is_weak(void **state)
{
    struct domain *d;

    (void)state;
    add(refers_to("x", OBJECT_WEAK));
    add(refers_to("x", OBJECT_WEAK));
    d = link();
    assert_true(import_of(d, "x")->weak);
    start(d);
    end(d);
}

/* Calls of what another member has far away, of what it has near, and of what it imports. */
static void calls_of_other_members_are_direct_or_have_slots(void **state)
{
    static const uint32_t code[] = {BL, BL, BL, BLR};
    static const char *const names[] = {"near", "far", "import"};
    struct domain *d;
    vaddr_t slots;

    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        struct object *o = object_begin();
        unsigned text = object_words(o, ".text", OBJECT_CODE, code, 4);

        for (unsigned i = 0; i < 3; i++)
            object_relocate(o, text, i * 4, R_PPC_REL24,
                            object_symbol(o, names[i], OBJECT_IMPORT, 0, 0, 0), 0);
        add(o);
    }
    add(exporting("first near"));
    add(defines("far", STB_GLOBAL, 0x20001234));
    d = link();
    assert_int_equal(d->image.n_imports, 1);
    slots = d->image.islands[0];
    for (unsigned m = 0; m < 2; m++) {
        vaddr_t at = FAKE_CODE + m * 16;

        assert_int_equal(scene_word(d, at), BL | (FAKE_CODE + 36 - at));
        assert_int_equal(scene_word(d, at + 4), BL | (slots + 16 - (at + 4)));
        assert_int_equal(scene_word(d, at + 8), BL);
    }
    assert_int_equal(scene_word(d, slots + 16), 0x3d802000);
    assert_int_equal(scene_word(d, slots + 20), 0x398c1234);
    assert_int_equal(scene_word(d, slots), 0);
    end(d);
}

/* ---- the offset table ---- */

static struct object *loads(const char *const names[], unsigned n)
{
    static const uint32_t code[] = {LWZ, LWZ, LWZ, LWZ};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 4);

    for (unsigned i = 0; i < n; i++)
        object_relocate(o, text, i * 4 + 2, R_PPC_GOT16,
                        object_symbol(o, names[i], OBJECT_IMPORT, 0, 0, 0), 0);
    object_relocate(o, text, 12, R_PPC_ADDR32,
                    object_symbol(o, "_GLOBAL_OFFSET_TABLE_", OBJECT_IMPORT, 0, 0, 0), 0);
    return o;
}

static vaddr_t entry(const struct domain *d, vaddr_t at, vaddr_t table)
{
    return table + (uint32_t)(int16_t)scene_word(d, at);
}

static void members_share_one_offset_table_and_its_entries(void **state)
{
    static const char *const one[] = {"import", "defined"}, *const two[] = {"defined", "import"};
    static const struct scene_symbol symbols[] = {{"import", 0x1234}};
    struct domain *source = provide("source", symbols, 1), *d;
    vaddr_t table;

    (void)state;
    fake_host.code = FAKE_CODE;
    add(loads(one, 2));
    add(loads(two, 2));
    add(defines("defined", STB_GLOBAL, 0x5678));
    d = link();
    assert_int_equal(d->image.n_imports, 1);
    assert_int_equal(d->image.n_fixups, 1);
    assert_int_equal(d->image.memory.data.size, 4 + 2 * 4);
    table = scene_word(d, FAKE_CODE + 12);
    assert_int_equal(scene_word(d, FAKE_CODE + 28), table);
    assert_int_equal(entry(d, FAKE_CODE, table), entry(d, FAKE_CODE + 20, table));
    assert_int_equal(entry(d, FAKE_CODE + 4, table), entry(d, FAKE_CODE + 16, table));
    assert_int_equal(scene_word(d, entry(d, FAKE_CODE + 4, table)), 0x5678);
    assert_int_equal(scene_word(d, entry(d, FAKE_CODE, table)), 0xe0000000); /* not bound */
    assert_ok(domain_bind(source, d));
    assert_int_equal(scene_word(d, entry(d, FAKE_CODE, table)), 0x1234);
    end(d);
    end(source);
}

/* ---- what they say of themselves ---- */

static struct object *with_constructor(const char *name, const char *section)
{
    static const uint32_t code[] = {BLR}, nothing[1];
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 1);
    unsigned array = object_words(o, section, OBJECT_DATA, nothing, 1);

    object_relocate(o, array, 0, R_PPC_ADDR32, object_symbol(o, name, OBJECT_FUNCTION, text, 0, 4),
                    0);
    return o;
}

static void constructors_of_all_members_run_in_order(void **state)
{
    struct domain *d;

    (void)state;
    add(with_constructor("third", ".init_array"));
    add(with_constructor("second", ".init_array.00200"));
    add(with_constructor("fourth", ".init_array"));
    add(with_constructor("first", ".init_array.00100"));
    d = link();
    assert_int_equal(d->image.constructors[1].count, 4);
    start(d);
    assert_string_equal(fake_host.calls, "joined:first joined:second joined:third joined:fourth ");
    end(d);
}

static struct object *with_note(const char *section, const char *bytes, uint32_t size)
{
    struct object *o = object_begin();

    object_section(o, section, SHT_PROGBITS, SHF_ALLOC, bytes, size);
    return o;
}

static void one_member_may_say_what_the_domain_is_called(void **state)
{
    struct domain *d;

    (void)state;
    add(object_begin());
    add(with_note(".whorl.domain", "chosen", 7));
    d = link();
    assert_string_equal(d->name, "chosen");
    end(d);
    add(with_note(".whorl.domain", "chosen", 7));
    add(with_note(".whorl.domain", "chosen", 7));
    assert_link_refused(ERR_BAD_OBJECT, "more than one DOMAIN");
}

static void what_all_members_import_from_is_one_list(void **state)
{
    struct domain *d;

    (void)state;
    add(with_note(".whorl.import", "one", 4));
    add(object_begin());
    add(with_note(".whorl.import", "two\0three", 10));
    d = link();
    assert_int_equal(d->image.required_size, 14);
    assert_memory_equal(d->image.required, "one\0two\0three", 14);
    end(d);
}

/* ---- refusals ---- */

static void a_bad_member_is_named(void **state)
{
    (void)state;
    add(object_begin());
    members.files[members.n++] = (struct object_file){calloc(1, 10), 10};
    assert_link_refused(ERR_BAD_OBJECT, "two.o: 10 bytes are too few");
    add(object_begin());
    add(refers_to("x", OBJECT_INFO(STB_LOCAL, 0)));
    assert_link_refused(ERR_BAD_OBJECT, "local symbol x is not defined");
}

static void an_archive_without_members_is_refused(void **state)
{
    (void)state;
    assert_link_refused(ERR_BAD_OBJECT, "");
}

/* ---- real ones ---- */

static void members_from_the_compiler_are_one_domain(void **state)
{
    struct object_file ping = corpus_read("ping+O2+fPIC.o");
    struct object_file pong = corpus_read("pong+O2+fPIC+DJOINED.o");
    struct domain *d;

    (void)state;
    members.files[members.n++] = ping;
    members.files[members.n++] = pong;
    d = link();
    assert_string_equal(d->name, "ping");
    assert_int_equal(d->image.n_imports, 0);
    start(d);
    assert_string_equal(fake_host.calls, "ping:domain_init ");
    end(d);
}

static void no_failed_allocation_leaves_a_trace(void **state)
{
    struct domain *d = NULL;
    struct object_file archive;
    int n_blocks, n = 0;
    status_t status;

    (void)state;
    members.files[members.n++] = corpus_read("importer+O2+gbtf.o");
    members.files[members.n++] = corpus_read("exporter+O2+DSTATIC+gbtf.o");
    members.files[members.n++] = corpus_read("importer+O2+DNAME=second+DSHORT+gbtf.o");
    archive = join();
    n_blocks = fake_host.n_blocks;
    do {
        fake_host_reset();
        fake_host.mallocs_left = n++;
        status = domain_make(&fake_terms, "joined", archive.bytes, archive.size, &d);
        if (status == OK)
            break;
        assert_refusal(status, ERR_NO_MEMORY, "no memory");
        assert_int_equal(fake_host.n_blocks, n_blocks);
        assert_int_equal(fake_host.n_images, 0);
    } while (n < 100);
    assert_in_range(n, 10, 99);
    fake_host_reset();
    end(d);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    free(archive.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(what_one_imports_and_another_defines_is_bound_for_good),
        SCENE(a_strong_definition_goes_before_weak_ones),
        SCENE(of_weak_definitions_the_first_counts),
        SCENE(two_strong_definitions_are_refused_and_both_members_named),
        SCENE(local_symbols_of_one_name_stay_apart),
        SCENE(a_definition_goes_before_commons_and_those_before_weak_ones),
        SCENE(commons_become_one_that_suits_all),
        SCENE(what_none_defines_is_one_import),
        SCENE(what_is_weak_to_all_is_weak),
        SCENE(calls_of_other_members_are_direct_or_have_slots),
        SCENE(members_share_one_offset_table_and_its_entries),
        SCENE(constructors_of_all_members_run_in_order),
        SCENE(one_member_may_say_what_the_domain_is_called),
        SCENE(what_all_members_import_from_is_one_list),
        SCENE(a_bad_member_is_named),
        SCENE(an_archive_without_members_is_refused),
        SCENE(members_from_the_compiler_are_one_domain),
        SCENE(no_failed_allocation_leaves_a_trace),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
