/*
 * Tests of domains/btf*.c: what gcc wrote, and blobs made by hand, good and bad. Every section is at exactly
 * its size in memory, so that the address sanitizer sees any byte read beyond; what btf_open accepts is
 * listed, printed and compared to the last type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/btf.h"
#include "domains/object/bytes.h"
#include "tests/host/corpus.h"
#include "tests/host/random.h"

#define FOREVER 0x7fffffff
#define GARBAGE 0xa5
#define N_DAMAGED 1500
#define N_CHAIN 100000

/* ---- malloc ---- */

static int mallocs_left = FOREVER, n_blocks;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    void *block = mallocs_left-- <= 0 ? NULL : __real_malloc(size);

    n_blocks += block != NULL;
    if (block != NULL)
        memset(block, GARBAGE, size);
    return block;
}

void __wrap_free(void *block)
{
    n_blocks -= block != NULL;
    __real_free(block);
}

/* ---- sections ---- */

struct section {
    uint8_t *bytes;
    size_t size;
};

static struct section section_copy(const void *bytes, size_t size)
{
    struct section section = {malloc(size), size};

    memcpy(section.bytes, bytes, size);
    return section;
}

static struct section section_of(const struct object_file *file)
{
    struct object_file copy = *file;
    const uint8_t *h = object_header(&copy, object_find(file, ".BTF"));

    return section_copy(file->bytes + get32(h + OBJECT_SH_OFFSET), get32(h + OBJECT_SH_SIZE));
}

static struct section section_read(const char *name)
{
    struct object_file file = corpus_read(name);
    struct section section = section_of(&file);

    free(file.bytes);
    return section;
}

static struct btf open_section(const struct section *section)
{
    struct btf btf;

    if (btf_open(section->bytes, section->size, &btf) != OK)
        fail_msg("%s", status_explain());
    return btf;
}

/* An opened section. */
struct opened {
    struct section section;
    struct btf btf;
};

static struct opened opened_from(struct section section)
{
    return (struct opened){section, open_section(&section)};
}

static void opened_close(struct opened *opened)
{
    btf_close(&opened->btf);
    free(opened->section.bytes);
}

/* The position of the entry of that name; 0 if there is none. */
static uint32_t find(const struct btf *btf, const char *name)
{
    struct btf_cursor cursor = {0};
    struct btf_entry entry;

    while (btf_next(btf, &cursor, &entry))
        if (strcmp(entry.name, name) == 0)
            return entry.position;
    return 0;
}

static struct btf_type type_of(const struct btf *btf, const char *name)
{
    uint32_t position = find(btf, name);

    if (position == 0)
        fail_msg("nothing is called %s", name);
    return btf_type_at(btf, position);
}

/* ---- whatever can be done ---- */

static void print_all(const struct btf *btf)
{
    for (unsigned i = 0; i < btf->n_blobs; i++)
        for (uint32_t id = 0; id < btf->blobs[i].n_types; id++) {
            size_t size = id % 5 == 0 ? 1 + id % 17 : 400;
            char *text = malloc(size);

            btf_print((struct btf_type){&btf->blobs[i], id}, text, size);
            assert_in_range(strlen(text), 0, size - 1);
            free(text);
        }
}

static void compare(struct btf_type caller, struct btf_type definer)
{
    char *difference = malloc(BTF_DIFFERENCE_MAX);
    status_t status = btf_compatible(caller, definer, difference);

    assert_true(status == OK || status == ERR_TYPE);
    if (status == ERR_TYPE)
        assert_in_range(strlen(difference), 0, BTF_DIFFERENCE_MAX - 1);
    free(difference);
}

/* Each with itself, and with the next of its kind. */
static void compare_all(const struct btf *btf)
{
    struct btf_type last[2] = {{0}};
    struct btf_cursor cursor = {0};
    struct btf_entry entry;

    while (btf_next(btf, &cursor, &entry)) {
        struct btf_type type = btf_type_at(btf, entry.position);

        assert_in_range(entry.position, 1, btf->size - 1);
        assert_true(strlen(entry.name) > 0);
        assert_int_equal(btf_is_procedure(btf, entry.position), entry.procedure);
        compare(type, type);
        if (last[entry.procedure].blob != NULL)
            compare(last[entry.procedure], type);
        last[entry.procedure] = type;
    }
}

/* Opens and uses a section, or sees it refused with a sentence, nothing written and nothing kept. */
static status_t judge(const struct section *section)
{
    struct btf btf, before;
    int blocks = n_blocks;
    status_t status;

    memset(&btf, GARBAGE, sizeof btf);
    before = btf;
    (void)!status_refuse(OK, "%s", "");
    status = btf_open(section->bytes, section->size, &btf);
    if (status == OK) {
        print_all(&btf);
        compare_all(&btf);
        btf_close(&btf);
    } else {
        assert_true(status == ERR_BAD_OBJECT || status == ERR_UNSUPPORTED);
        assert_non_null(strstr(status_explain(), section->size > 0 ? "blob at 0x" : ""));
        assert_memory_equal(&btf, &before, sizeof btf);
    }
    assert_int_equal(n_blocks, blocks);
    return status;
}

/* Judges and frees. */
static void assert_refused(struct section section, status_t status, const char *word)
{
    assert_int_equal(judge(&section), status);
    if (strstr(status_explain(), word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", status_explain(), word);
    free(section.bytes);
}

static void assert_accepted(struct section section)
{
    if (judge(&section) != OK)
        fail_msg("%s", status_explain());
    free(section.bytes);
}

/* ---- blobs made by hand ---- */

enum {
    VOID,
    INT,
    PTR,
    ARRAY,
    STRUCT,
    UNION,
    ENUM,
    FWD,
    TYPEDEF,
    VOLATILE,
    CONST,
    RESTRICT,
    FUNC,
    PROTO,
    VAR,
    DATASEC,
    FLOAT,
    DECL_TAG,
    TYPE_TAG,
    ENUM64,
};

#define HEADER 24
#define FLAG 0x80000000u
#define SIGNED 0x01000000u

static struct maker {
    uint8_t types[N_CHAIN * 16];
    char strings[4096];
    uint32_t types_size, strings_size, n;
} maker;

static void begin(void)
{
    maker.types_size = maker.n = 0;
    maker.strings[0] = 0;
    maker.strings_size = 1;
}

static uint32_t name(const char *text)
{
    uint32_t offset = maker.strings_size;

    if (text[0] == 0)
        return 0;
    strcpy(maker.strings + offset, text);
    maker.strings_size += (uint32_t)strlen(text) + 1;
    return offset;
}

static void word(uint32_t value)
{
    put32(maker.types + maker.types_size, value);
    maker.types_size += 4;
}

/* A record, whose id is returned; what follows it is added by word(). */
static uint32_t record(const char *text, unsigned kind, uint32_t info, uint32_t size_or_type)
{
    word(name(text));
    word(kind << 24 | info);
    word(size_or_type);
    return ++maker.n;
}

static uint32_t integer(const char *text, uint32_t size, uint32_t encoding)
{
    uint32_t id = record(text, INT, 0, size);

    word(encoding | 8 * size);
    return id;
}

static uint32_t array(uint32_t element, uint32_t n)
{
    uint32_t id = record("", ARRAY, 0, 0);

    word(element);
    word(0);
    word(n);
    return id;
}

static void member(const char *text, uint32_t type, uint32_t place)
{
    word(name(text));
    word(type);
    word(place);
}

static void parameter(uint32_t type)
{
    word(0);
    word(type);
}

static void enumerator(const char *text, uint32_t value)
{
    word(name(text));
    word(value);
}

static uint32_t variable(const char *text, uint32_t type)
{
    uint32_t id = record(text, VAR, 0, type);

    word(1);
    return id;
}

static struct section end(void)
{
    uint32_t size = HEADER + maker.types_size + maker.strings_size;
    struct section section = {calloc(1, size), size};
    uint8_t *h = section.bytes;

    put32(h, 0xeb9f0100);
    put32(h + 4, HEADER);
    put32(h + 12, maker.types_size);
    put32(h + 16, maker.types_size);
    put32(h + 20, maker.strings_size);
    memcpy(h + HEADER, maker.types, maker.types_size);
    memcpy(h + HEADER + maker.types_size, maker.strings, maker.strings_size);
    return section;
}

/* Types of most kinds: int 1, struct 2, prototype 3, procedure 4, variable 5, section 6. */
static struct section make_small(void)
{
    begin();
    integer("int", 4, SIGNED);
    record("s", STRUCT, 2, 8);
    member("a", 1, 0);
    member("b", 1, 32);
    record("", PROTO, 2, 1);
    parameter(1);
    parameter(0);
    record("procedure", FUNC, 0, 3);
    variable("variable", 2);
    record(".data", DATASEC, 1, 0);
    word(5);
    word(0);
    word(8);
    return end();
}

/* Where the records of the small blob are. */
#define AT_INT HEADER
#define AT_STRUCT (AT_INT + 16)
#define AT_PROTO (AT_STRUCT + 36)
#define AT_FUNC (AT_PROTO + 28)
#define AT_VAR (AT_FUNC + 12)
#define AT_DATASEC (AT_VAR + 16)
#define AT_STRINGS (AT_DATASEC + 24)

static struct section make_with(unsigned offset, uint32_t value)
{
    struct section section = make_small();

    put32(section.bytes + offset, value);
    return section;
}

/* ---- what is right ---- */

static void what_was_made_is_listed(void **state)
{
    struct opened o = opened_from(make_small());
    struct btf_cursor cursor = {0};
    struct btf_entry entry;
    struct btf_type type;

    (void)state;
    assert_int_equal(o.btf.n_blobs, 1);
    assert_int_equal(o.btf.blobs[0].n_types, 7);
    assert_true(btf_next(&o.btf, &cursor, &entry));
    assert_string_equal(entry.name, "procedure");
    assert_int_equal(entry.position, AT_FUNC);
    assert_true(entry.procedure);
    assert_true(btf_is_procedure(&o.btf, entry.position));
    type = btf_type_at(&o.btf, entry.position);
    assert_ptr_equal(type.blob, o.btf.blobs);
    assert_int_equal(type.id, 3);
    assert_true(btf_next(&o.btf, &cursor, &entry));
    assert_string_equal(entry.name, "variable");
    assert_false(entry.procedure);
    assert_false(btf_is_procedure(&o.btf, entry.position));
    assert_int_equal(btf_type_at(&o.btf, entry.position).id, 2);
    assert_false(btf_next(&o.btf, &cursor, &entry));
    assert_false(btf_next(&o.btf, &cursor, &entry));
    opened_close(&o);
}

static void what_has_no_name_is_not_listed(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct opened o = opened_from(make_with(i == 0 ? AT_FUNC : AT_VAR, 0));
        struct btf_cursor cursor = {0};
        struct btf_entry entry;

        assert_true(btf_next(&o.btf, &cursor, &entry));
        assert_int_equal(entry.procedure, i == 1);
        assert_false(btf_next(&o.btf, &cursor, &entry));
        opened_close(&o);
    }
}

static void a_section_without_blobs_is_empty(void **state)
{
    struct btf btf;
    struct btf_cursor cursor = {0};
    struct btf_entry entry;

    (void)state;
    assert_int_equal(btf_open("\0\0\0", 3, &btf), OK);
    assert_int_equal(btf.n_blobs, 0);
    assert_false(btf_next(&btf, &cursor, &entry));
    btf_close(&btf);
    assert_int_equal(btf_open("", 0, &btf), OK);
    btf_close(&btf);
}

/* So many small blobs, each with so many zeros before it and at the end. */
static struct section make_many(unsigned n, size_t zeros)
{
    struct section one = make_small();
    size_t each = one.size + zeros;
    struct section section = {calloc(1, n * each + zeros), n * each + zeros};

    for (unsigned i = 0; i < n; i++)
        memcpy(section.bytes + i * each + zeros, one.bytes, one.size);
    free(one.bytes);
    return section;
}

static void blobs_follow_each_other_at_any_alignment(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 9; n++)
        for (size_t zeros = 0; zeros < 6; zeros++) {
            struct opened o = opened_from(make_many(n, zeros));
            struct btf_cursor cursor = {0};
            struct btf_entry entry;
            unsigned found = 0;

            assert_int_equal(o.btf.n_blobs, n);
            for (; btf_next(&o.btf, &cursor, &entry); found++) {
                assert_ptr_equal(btf_type_at(&o.btf, entry.position).blob, &o.btf.blobs[found / 2]);
                assert_int_equal(btf_type_at(&o.btf, entry.position).id, 3 - found % 2);
            }
            assert_int_equal(found, 2 * n);
            opened_close(&o);
        }
}

static void strings_may_stand_before_types(void **state)
{
    struct section small = make_small(), turned;
    uint32_t types = get32(small.bytes + 12), strings = get32(small.bytes + 20);
    struct opened o;

    (void)state;
    turned = section_copy(small.bytes, small.size);
    put32(turned.bytes + 8, strings);
    put32(turned.bytes + 16, 0);
    memcpy(turned.bytes + HEADER, small.bytes + HEADER + types, strings);
    memcpy(turned.bytes + HEADER + strings, small.bytes + HEADER, types);
    free(small.bytes);
    o = opened_from(turned);
    assert_int_not_equal(find(&o.btf, "variable"), 0);
    opened_close(&o);
}

static void a_longer_header_of_zeros_is_accepted(void **state)
{
    struct section small = make_small();
    struct section longer = {calloc(1, small.size + 8), small.size + 8};

    (void)state;
    memcpy(longer.bytes, small.bytes, HEADER);
    memcpy(longer.bytes + HEADER + 8, small.bytes + HEADER, small.size - HEADER);
    put32(longer.bytes + 4, HEADER + 8);
    free(small.bytes);
    assert_int_equal(judge(&longer), OK);
    longer.bytes[HEADER + 7] = 1;
    assert_refused(longer, ERR_UNSUPPORTED, "header of 32 bytes with something at 31");
}

/* In the order of other tools: procedures and variables between types, and tags. */
static struct section make_unordered(void)
{
    begin();
    record("procedure", FUNC, 1, 3);
    variable("variable", 4);
    record("", PROTO, 0, 0);
    record("t", TYPEDEF, 0, 5);
    integer("int", 4, SIGNED);
    record("tag", DECL_TAG, 0, 1);
    word(0xffffffff);
    record("user", TYPE_TAG, 0, 5);
    record("", PTR, 0, 7);
    return end();
}

static void records_may_stand_in_any_order(void **state)
{
    struct section one = make_unordered();
    struct section two = {malloc(2 * one.size), 2 * one.size};
    struct btf_cursor cursor = {0};
    struct btf_entry entry;
    struct opened o;
    unsigned n = 0;

    (void)state;
    memcpy(two.bytes, one.bytes, one.size);
    memcpy(two.bytes + one.size, one.bytes, one.size);
    assert_accepted(one);
    o = opened_from(two);
    for (; btf_next(&o.btf, &cursor, &entry); n++)
        assert_int_equal(btf_type_at(&o.btf, entry.position).id, entry.procedure ? 3 : 4);
    assert_int_equal(n, 4);
    opened_close(&o);
}

static void every_object_of_the_compiler_is_accepted(void **state)
{
    struct corpus corpus = corpus_open("*gbtf*.o");

    (void)state;
    assert_true(corpus.n >= 25);
    for (size_t i = 0; i < corpus.n; i++)
        assert_accepted(section_of(&corpus.entries[i].file));
    corpus_close(&corpus);
}

static void everything_of_the_compiler_fits_itself(void **state)
{
    struct corpus corpus = corpus_open("*gbtf*.o");

    (void)state;
    for (size_t i = 0; i < corpus.n; i++) {
        struct opened a = opened_from(section_of(&corpus.entries[i].file));
        struct opened b = opened_from(section_of(&corpus.entries[i].file));
        struct btf_cursor cursor = {0};
        struct btf_entry entry;

        while (btf_next(&a.btf, &cursor, &entry))
            assert_int_equal(btf_compatible(btf_type_at(&a.btf, entry.position),
                                            btf_type_at(&b.btf, entry.position), NULL),
                             OK);
        opened_close(&a);
        opened_close(&b);
    }
    corpus_close(&corpus);
}

static void the_linker_joins_blobs(void **state)
{
    struct opened o = opened_from(section_read("btf_joined.o"));
    struct btf_cursor cursor = {0};
    struct btf_entry entry;
    unsigned found = 0;

    (void)state;
    assert_int_equal(o.btf.n_blobs, 3);
    while (btf_next(&o.btf, &cursor, &entry))
        if (strcmp(entry.name, "fits_same") == 0)
            assert_ptr_equal(btf_type_at(&o.btf, entry.position).blob, &o.btf.blobs[2 * found++]);
    assert_int_equal(found, 2);
    opened_close(&o);
}

/* ---- what is wrong: headers ---- */

static void other_headers_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with(0, 0x9feb0100), ERR_BAD_OBJECT, "blob at 0x0: not big-endian");
    assert_refused(make_with(0, 0xeb9e0100), ERR_BAD_OBJECT, "begins with 0xeb9e");
    assert_refused(make_with(0, 0xeb9f0200), ERR_UNSUPPORTED, "version 2 instead of 1");
    assert_refused(make_with(0, 0xeb9f0101), ERR_UNSUPPORTED, "unknown flags 0x1");
    assert_refused(make_with(4, 23), ERR_BAD_OBJECT, "a header of 23 bytes");
    assert_refused(make_with(4, 0), ERR_BAD_OBJECT, "a header of 0 bytes");
    assert_refused(make_with(4, 0xffffffff), ERR_BAD_OBJECT, "a header of 4294967295 bytes");
}

static void parts_outside_the_section_are_refused(void **state)
{
    static const uint32_t values[] = {0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_refused(make_with(8, values[i]), ERR_BAD_OBJECT, "types (0x");
        assert_refused(make_with(12, values[i]), ERR_BAD_OBJECT, "go beyond the end");
        assert_refused(make_with(16, values[i]), ERR_BAD_OBJECT, "strings (0x");
        assert_refused(make_with(20, values[i]), ERR_BAD_OBJECT, "go beyond the end");
    }
    assert_refused(make_with(16, AT_STRINGS - HEADER - 1), ERR_BAD_OBJECT, "overlap");
    assert_refused(make_with(8, 4), ERR_BAD_OBJECT, "overlap");
}

static void strings_without_ends_are_refused(void **state)
{
    struct section section = make_small();

    (void)state;
    section.bytes[section.size - 1] = 'x';
    assert_refused(section, ERR_BAD_OBJECT, "not terminated");
    assert_refused(make_with(AT_STRINGS, 0x41000000), ERR_BAD_OBJECT, "begin with an empty one");
    section = make_with(20, 0);
    section.size = AT_STRINGS;
    assert_refused(section, ERR_BAD_OBJECT, "begin with an empty one");
}

static void every_truncation_is_refused(void **state)
{
    struct section small = make_small();

    (void)state;
    for (size_t size = 1; size < small.size; size++)
        assert_refused(section_copy(small.bytes, size), ERR_BAD_OBJECT, "");
    free(small.bytes);
}

static void what_follows_must_be_a_blob(void **state)
{
    struct section section = make_many(2, 1);
    size_t second = section.size / 2 + 1;

    (void)state;
    section.bytes[section.size - 1] = 7;
    assert_refused(section, ERR_BAD_OBJECT, ": 1 bytes are too few for a header");
    section = make_many(2, 1);
    section.bytes[second] = 7;
    assert_refused(section, ERR_BAD_OBJECT, "begins with 0x079f");
}

static void a_huge_section_is_refused(void **state)
{
    struct btf btf;

    (void)state;
    assert_int_equal(btf_open("", 0x40000001, &btf), ERR_UNSUPPORTED);
    assert_non_null(strstr(status_explain(), "more than 0x40000000 bytes"));
}

/* ---- what is wrong: records ---- */

static void unknown_kinds_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with(AT_STRUCT + 4, 0), ERR_BAD_OBJECT, "type 2 is of no kind");
    assert_refused(make_with(AT_STRUCT + 4, 20 << 24), ERR_UNSUPPORTED,
                   "type 2 is of unknown kind 20");
    assert_refused(make_with(AT_STRUCT + 4, 0x7fu << 24), ERR_UNSUPPORTED, "kind 127");
    assert_refused(make_with(AT_STRUCT + 4, 0x24u << 24), ERR_UNSUPPORTED, "kind 36");
}

static void records_beyond_the_end_are_refused(void **state)
{
    static const uint8_t kinds[] = {INT,   ARRAY, STRUCT,  UNION,    ENUM,
                                    PROTO, VAR,   DATASEC, DECL_TAG, ENUM64};

    (void)state;
    for (size_t i = 0; i < sizeof kinds; i++) {
        begin();
        record("", kinds[i], 1, 0);
        assert_refused(end(), ERR_BAD_OBJECT, "type 1, of kind");
        begin();
        record("", kinds[i], 0xffff, 0);
        for (int n = 0; n < 2000; n++)
            word(0);
        if (kinds[i] == STRUCT || kinds[i] == ENUM || kinds[i] == PROTO || kinds[i] == DATASEC)
            assert_refused(end(), ERR_BAD_OBJECT, "length 65535, goes beyond");
    }
    assert_refused(make_with(12, AT_STRINGS - HEADER - 24 + 4), ERR_BAD_OBJECT,
                   "type 6 goes beyond the end of the types");
}

static void names_outside_the_strings_are_refused(void **state)
{
    struct section small = make_small();
    uint32_t size = get32(small.bytes + 20);
    static const unsigned places[] = {AT_INT,         AT_STRUCT, AT_STRUCT + 12,
                                      AT_STRUCT + 24, AT_PROTO,  AT_PROTO + 12,
                                      AT_FUNC,        AT_VAR,    AT_DATASEC};

    (void)state;
    free(small.bytes);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_refused(make_with(places[i], size), ERR_BAD_OBJECT, "outside the strings");
        assert_accepted(make_with(places[i], size - 1));
    }
    assert_refused(make_with(AT_VAR, 0xffffffff), ERR_BAD_OBJECT, "type 5: name at 0xffffffff");
    begin();
    record("e", ENUM, 1, 4);
    word(99);
    word(0);
    assert_refused(end(), ERR_BAD_OBJECT, "type 1: name at 0x63");
    begin();
    record("e", ENUM64, 1, 8);
    word(99);
    word(0);
    word(0);
    assert_refused(end(), ERR_BAD_OBJECT, "type 1: name at 0x63");
}

static void references_to_nothing_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with(AT_STRUCT + 16, 7), ERR_BAD_OBJECT,
                   "type 2 refers to type 7, which is not there");
    assert_refused(make_with(AT_STRUCT + 28, 0xffffffff), ERR_BAD_OBJECT, "type 4294967295");
    assert_refused(make_with(AT_PROTO + 8, 7), ERR_BAD_OBJECT, "type 3 refers to type 7");
    assert_refused(make_with(AT_PROTO + 24, 7), ERR_BAD_OBJECT, "type 3 refers to type 7");
    assert_refused(make_with(AT_FUNC + 8, 7), ERR_BAD_OBJECT, "type 4 refers to type 7");
    assert_refused(make_with(AT_VAR + 8, 7), ERR_BAD_OBJECT, "type 5 refers to type 7");
    assert_refused(make_with(AT_DATASEC + 12, 7), ERR_BAD_OBJECT, "type 6 refers to type 7");
    for (unsigned kind = PTR; kind <= TYPE_TAG; kind++)
        if (kind == PTR || (kind >= TYPEDEF && kind <= RESTRICT) || kind >= DECL_TAG) {
            begin();
            record("", kind, 0, 2);
            word(0);
            if (kind != DECL_TAG)
                maker.types_size -= 4;
            assert_refused(end(), ERR_BAD_OBJECT, "type 1 refers to type 2");
        }
    begin();
    array(2, 1);
    assert_refused(end(), ERR_BAD_OBJECT, "type 1 refers to type 2");
    begin();
    record("", ARRAY, 0, 0);
    word(0);
    word(2);
    word(0);
    assert_refused(end(), ERR_BAD_OBJECT, "type 1 refers to type 2");
}

static void only_types_are_types(void **state)
{
    (void)state;
    for (uint32_t id = 4; id <= 6; id++) {
        assert_refused(make_with(AT_STRUCT + 16, id), ERR_BAD_OBJECT, "which is no type (kind 1");
        assert_refused(make_with(AT_PROTO + 8, id), ERR_BAD_OBJECT, "type 3 refers to");
        assert_refused(make_with(AT_PROTO + 16, id), ERR_BAD_OBJECT, "which is no type");
        assert_refused(make_with(AT_VAR + 8, id), ERR_BAD_OBJECT, "type 5 refers to");
    }
}

static void a_procedure_has_a_prototype(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < 7; id++)
        if (id != 3)
            assert_refused(make_with(AT_FUNC + 8, id), ERR_BAD_OBJECT,
                           "which is no prototype (kind ");
    assert_refused(make_with(AT_FUNC + 8, 2), ERR_BAD_OBJECT,
                   "procedure 4 is of type 2, which is no prototype (kind 4)");
}

static void integers_have_their_bits(void **state)
{
    (void)state;
    assert_refused(make_with(AT_INT + 12, SIGNED), ERR_BAD_OBJECT, "type 1: 0 bits");
    assert_refused(make_with(AT_INT + 12, 33), ERR_BAD_OBJECT,
                   "33 bits at bit 0 of an integer of 4");
    assert_refused(make_with(AT_INT + 12, 1 << 16 | 32), ERR_BAD_OBJECT, "32 bits at bit 1");
    assert_refused(make_with(AT_INT + 8, 0x20000000), ERR_BAD_OBJECT, "integer of 536870912 bytes");
    assert_accepted(make_with(AT_INT + 12, 27 << 16 | 5));
}

/* ---- printing ---- */

static void assert_prints(struct btf_type type, const char *expected)
{
    char text[400];

    btf_print(type, text, sizeof text);
    assert_string_equal(text, expected);
}

static void types_are_printed_as_c_has_them(void **state)
{
    static const char *const prints[][2] = {
        {"f", "int(void)"},
        {"old", "int()"},
        {"print", "int(const char *, ...)"},
        {"stop", "void(int)"},
        {"copy", "char *(char *, const char *, size_t)"},
        {"receive", "int(struct packet *, int)"},
        {"pass", "struct packet(struct packet, union value, enum colour)"},
        {"find", "domain_t *(const domain_t *const *, _Bool)"},
        {"handler", "void (*(int, void (*)(int)))(int)"},
        {"row", "int (*(int (*)[10], int))[10]"},
        {"a_int", "int"},
        {"a_short", "unsigned short"},
        {"a_long", "long long"},
        {"a_llu", "unsigned long long"},
        {"a_signed", "signed char"},
        {"a_pointer", "const volatile char *const"},
        {"a_list", "const char *const *"},
        {"a_second", "char *const *volatile"},
        {"a_array", "int[10]"},
        {"a_pointers", "int *[3][2]"}, /* as gcc 12 has them, which turns them around */
        {"a_row", "int (*)[10]"},
        {"a_function", "int (*)(void)"},
        {"a_getter", "void (*(*)(int))(void)"},
        {"a_table", "int (*[4])(const char *, ...)"},
        {"a_old", "int (*)()"},
        {"a_typedef", "function_t *"},
        {"a_struct", "struct {...}"},
        {"a_union", "union value"},
        {"a_enum", "enum {...}"},
        {"a_large", "enum large"},
        {"a_double", "double"},
        {"a_long_double", "long double"},
        {"a_void", "void *"},
        {"a_size", "const size_t"},
        {"a_constants", "const int[2]"},
        {"a_strings", "char *const[2]"},
        {"a_stop", "void (*)(int)"},
        {"a_open", "int[]"},
    };
    struct opened o = opened_from(section_read("btf_shapes+O2+gbtf.o"));

    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++)
        assert_prints(type_of(&o.btf, prints[i][0]), prints[i][1]);
    opened_close(&o);
}

static void prints_are_cut_at_any_size(void **state)
{
    struct opened o = opened_from(section_read("btf_shapes+O2+gbtf.o"));
    static const char expected[] = "void (*(int, void (*)(int)))(int)";

    (void)state;
    for (size_t size = 0; size < sizeof expected + 3; size++) {
        char *text = malloc(size);

        btf_print(type_of(&o.btf, "handler"), text, size);
        if (size > 0) {
            assert_int_equal(strlen(text), size < sizeof expected ? size - 1 : sizeof expected - 1);
            assert_memory_equal(text, expected, strlen(text));
        }
        free(text);
    }
    opened_close(&o);
}

/* Types that gcc 12 does not write, or not so. */
static void odd_types_are_printed(void **state)
{
    struct opened o;
    struct btf_blob *blob;

    (void)state;
    begin();
    integer("long int", 4, SIGNED); /* 1 */
    record("user", TYPE_TAG, 0, 1); /* 2 */
    record("", CONST, 0, 2);        /* 3 */
    record("u", FWD, FLAG, 0);      /* 4 */
    record("", ENUM64, 0, 8);       /* 5 */
    record("", FLOAT, 0, 8);        /* 6 */
    record("a\tb\377", FWD, 0, 0);  /* 7 */
    record("", PTR, 0, 1);          /* 8 */
    record("", RESTRICT, 0, 8);     /* 9 */
    record("", CONST, 0, 9);        /* 10 */
    array(8, 2);                    /* 11 */
    record("", VOLATILE, 0, 11);    /* 12 */
    o = opened_from(end());
    blob = o.btf.blobs;
    assert_prints((struct btf_type){blob, 0}, "void");
    assert_prints((struct btf_type){blob, 3}, "const long");
    assert_prints((struct btf_type){blob, 4}, "union u");
    assert_prints((struct btf_type){blob, 5}, "enum {...}");
    assert_prints((struct btf_type){blob, 6}, "?");
    assert_prints((struct btf_type){blob, 7}, "struct a?b?");
    assert_prints((struct btf_type){blob, 10}, "long *const restrict");
    assert_prints((struct btf_type){blob, 12}, "long *volatile[2]");
    opened_close(&o);
}

/* ---- what is compatible ---- */

/* Compares the entry of that name on both sides; the sentence must be the one expected. */
static void assert_pair(const struct btf *caller, const struct btf *definer, const char *name,
                        const char *expected)
{
    char difference[BTF_DIFFERENCE_MAX] = "untouched";
    status_t status;

    (void)!status_refuse(OK, "%s", "");
    status = btf_compatible(type_of(caller, name), type_of(definer, name), difference);
    assert_string_equal(status_explain(), "");
    if (status != (expected == NULL ? OK : ERR_TYPE))
        fail_msg("%s: %s (%s)", name, status_name(status), difference);
    if (expected != NULL && strcmp(difference, expected) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", name, difference, expected);
    assert_int_equal(btf_compatible(type_of(caller, name), type_of(definer, name), NULL), status);
}

/* What differs without showing in the two prints. */
static const char *expected_difference(const char *name)
{
    static const char *const differences[][2] = {
        {"differs_typedef", "tagged is long long here and long there"},
        {"differs_changed", "enumerator TWO of enum changed is 2 here and 3 there"},
        {"differs_narrow", "enum narrow is 1 bytes here and 4 there"},
        {"differs_negative", "enum negative is unsigned here and signed there"},
        {"differs_constant", "constant is const int here and int there"},
        {"differs_sized", "struct sized is 4 bytes here and 8 there"},
        {"differs_crowded", "struct crowded has 2 members here and 3 there"},
        {"differs_called", "member b of struct called is called c there"},
        {"differs_placed", "member b of struct placed is at byte 1 here and 2 there"},
        {"differs_packed", "member b of struct packed is at bit 8 here and 7 there"},
        {"differs_wide", "member a of struct wide is 3 bits wide here and 4 there"},
        {"differs_typed", "member length of struct typed is unsigned short here and int there"},
        {"differs_deep", "member length of struct typed is unsigned short here and int there"},
        {"differs_operations",
         "member open of struct operations is int (*)(const char *, int) here and "
         "int (*)(const char *, long long) there"},
        {"differs_holder", "tagged is long long here and long there"},
        {"differs_anonymous", "member x of struct {...} is int here and float there"},
        {"differs_unnamed", "member c of union {...} is float here and int there"},
        {"differs_mixed", "member b of union mixed is float here and unsigned int there"},
        {"differs_rows", "struct rows has 1 members here and 2 there"},
        {"differs_enumerated", "enumerator TWO of enum changed is 2 here and 3 there"},
        {"differs_nameless", "nameless is 4 bytes here and 8 there"},
        {"differs_hidden", "hidden is int (*)(int) here and int (*)(long long) there"},
    };

    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        if (strcmp(differences[i][0], name) == 0)
            return differences[i][1];
    return "";
}

static void pairs_of_declarations_fit_or_differ(void **state)
{
    struct opened caller = opened_from(section_read("btf_pairs+gbtf+DCALLER.o"));
    struct opened definer = opened_from(section_read("btf_pairs+gbtf.o"));
    struct btf_cursor cursor = {0};
    struct btf_entry entry;
    unsigned n = 0;

    (void)state;
    while (btf_next(&caller.btf, &cursor, &entry)) {
        if (strncmp(entry.name, "fits_", 5) == 0)
            assert_pair(&caller.btf, &definer.btf, entry.name, NULL);
        else if (strncmp(entry.name, "differs_", 8) == 0)
            assert_pair(&caller.btf, &definer.btf, entry.name, expected_difference(entry.name));
        else
            continue;
        n++;
    }
    assert_true(n >= 90);
    opened_close(&caller);
    opened_close(&definer);
}

/* The first variable of one blob against the first of another. */
static void assert_variables(struct section caller, struct section definer, const char *expected)
{
    struct opened a = opened_from(caller), b = opened_from(definer);

    assert_pair(&a.btf, &b.btf, "v", expected);
    opened_close(&a);
    opened_close(&b);
}

static struct section make_enum(unsigned kind, uint32_t info, uint32_t size, uint32_t low,
                                uint32_t high)
{
    begin();
    record("e", kind, info | 2, size);
    enumerator("A", low);
    if (kind == ENUM64)
        word(high);
    enumerator("B", 5);
    if (kind == ENUM64)
        word(0);
    variable("v", 1);
    return end();
}

static void enums_of_64_bits_are_compared(void **state)
{
    (void)state;
    assert_variables(make_enum(ENUM64, 0, 8, 1, 2), make_enum(ENUM64, 0, 8, 1, 2), NULL);
    assert_variables(make_enum(ENUM64, 0, 8, 1, 2), make_enum(ENUM64, 0, 8, 1, 3),
                     "enumerator A of enum e is 8589934593 here and 12884901889 there");
    assert_variables(make_enum(ENUM64, FLAG, 8, 1, 2), make_enum(ENUM64, 0, 8, 1, 2),
                     "enum e is signed here and unsigned there");
    assert_variables(make_enum(ENUM64, 0, 8, 1, 0), make_enum(ENUM, 0, 8, 1, 0), NULL);
    assert_variables(make_enum(ENUM64, FLAG, 8, -3u, -1u), make_enum(ENUM, 0, 8, -3u, 0), NULL);
    assert_variables(make_enum(ENUM, FLAG, 4, 1, 0), make_enum(ENUM, 0, 4, 1, 0),
                     "enum e is signed here and unsigned there");
    assert_variables(make_enum(ENUM, 0, 4, -3u, 0), make_enum(ENUM, FLAG, 4, -4u, 0),
                     "enumerator A of enum e is -3 here and -4 there");
}

/* Enumerators are found by their names in any order. */
static void enumerators_are_told_by_their_names(void **state)
{
    struct section sections[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        begin();
        record("e", ENUM, i == 2 ? 1 : 2, 4);
        enumerator(i == 0 ? "A" : "BB", i == 0 ? 0 : i);
        if (i < 2)
            enumerator(i == 0 ? "BB" : "A", i == 0 ? 1 : 0);
        variable("v", 1);
        sections[i] = end();
    }
    assert_variables(section_copy(sections[0].bytes, sections[0].size), sections[1], NULL);
    assert_variables(sections[0], sections[2], "enumerator BB of enum e is 1 here and 2 there");
}

static struct section make_integer(const char *text, uint32_t size, uint32_t encoding)
{
    begin();
    record(text, INT, 0, size);
    word(encoding);
    variable("v", 1);
    return end();
}

static struct section make_float(uint32_t size)
{
    begin();
    record("long double", FLOAT, 0, size);
    variable("v", 1);
    return end();
}

static void numbers_with_the_same_name_may_differ(void **state)
{
    (void)state;
    assert_variables(make_float(8), make_float(16), "long double is 8 bytes here and 16 there");
    assert_variables(make_float(8), make_float(8), NULL);
    assert_variables(make_integer("char", 1, 8), make_integer("char", 1, SIGNED | 8),
                     "char is unsigned here and signed there");
    assert_variables(make_integer("int", 4, 32), make_integer("int", 4, 31),
                     "int does not have the same bits here and there");
    assert_variables(make_integer("int", 4, 16), make_integer("int", 4, 8 << 16 | 16),
                     "int does not have the same bits here and there");
    assert_variables(make_integer("int", 4, 32), make_integer("int", 8, 32),
                     "int is 4 bytes here and 8 there");
    assert_variables(make_integer("int", 4, 32), make_integer("int", 8, 64),
                     "int is 4 bytes here and 8 there");
    assert_variables(make_integer("int", 4, 32), make_integer("long", 8, 64), "");
    assert_variables(make_integer("a", 1, 8), make_integer("b", 1, 0x06000000 | 8), NULL);
    assert_variables(make_integer("e", 4, 31), make_enum(ENUM, 0, 4, 0, 0), "");
    assert_variables(make_integer("e", 4, 32), make_enum(ENUM, 0, 4, 0, 0), NULL);
}

/* A pointer to something of that kind. */
static struct section make_record(const char *tag, unsigned kind, uint32_t info)
{
    begin();
    record(tag, kind, info, 4);
    record("", PTR, 0, 1);
    variable("v", 2);
    return end();
}

static void incomplete_types_fit_by_tag_and_kind(void **state)
{
    (void)state;
    assert_variables(make_record("s", FWD, 0), make_record("s", FWD, 0), NULL);
    assert_variables(make_record("s", FWD, 0), make_record("s", STRUCT, 0), NULL);
    assert_variables(make_record("s", STRUCT, 0), make_record("s", FWD, 0), NULL);
    assert_variables(make_record("s", FWD, FLAG), make_record("s", UNION, 0), NULL);
    assert_variables(make_record("s", FWD, FLAG), make_record("s", FWD, 0), "");
    assert_variables(make_record("s", FWD, FLAG), make_record("s", STRUCT, 0), "");
    assert_variables(make_record("s", FWD, 0), make_record("s", UNION, 0), "");
    assert_variables(make_record("s", FWD, 0), make_record("t", FWD, 0), "");
    assert_variables(make_record("s", STRUCT, 0), make_record("s", UNION, 0), "");
    assert_variables(make_record("", FWD, 0), make_record("", STRUCT, 0),
                     "somewhere inside is struct {...} here and struct {...} there");
}

/* struct field { unsigned short or int length; }, behind a pointer of a struct. */
static struct section make_field(const char *type, uint32_t size, uint32_t flag, uint32_t place)
{
    begin();
    integer(type, size, SIGNED);
    record("field", STRUCT, 1 | flag, 8);
    member("length", 1, place);
    record("", PTR, 0, 2);
    record("outer", STRUCT, 1, 4);
    member("field", 3, 0);
    variable("v", 4);
    return end();
}

static void a_member_that_differs_is_named(void **state)
{
    (void)state;
    assert_variables(make_field("short int", 2, 0, 0), make_field("int", 4, 0, 0),
                     "member length of struct field is short here and int there");
    assert_variables(make_field("int", 4, 0, 0), make_field("int", 4, 0, 0), NULL);
    assert_variables(make_field("int", 4, 0, 32), make_field("int", 4, FLAG, 32), NULL);
    assert_variables(make_field("int", 4, 0, 32), make_field("int", 4, FLAG, 3 << 24 | 32),
                     "member length of struct field is 0 bits wide here and 3 there");
    assert_variables(make_field("int", 4, FLAG, 1), make_field("int", 4, 0, 32),
                     "member length of struct field is at bit 1 here and 32 there");
}

/* A variable of type id 3, around which a modifier stands. */
static struct section make_modified(unsigned kind)
{
    begin();
    integer("int", 4, SIGNED);
    record("", PTR, 0, 3);
    record("user", kind, 0, 1);
    variable("v", 2);
    return end();
}

static void tags_and_restrict_mean_nothing(void **state)
{
    (void)state;
    assert_variables(make_modified(TYPE_TAG), make_modified(TYPEDEF), NULL);
    assert_variables(make_modified(RESTRICT), make_modified(TYPEDEF), NULL);
    assert_variables(make_modified(CONST), make_modified(TYPEDEF), "");
    assert_variables(make_modified(TYPEDEF), make_modified(CONST), "");
    assert_variables(make_modified(VOLATILE), make_modified(CONST), "");
}

static void void_is_no_type_of_the_blob(void **state)
{
    struct section sections[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        begin();
        integer("int", 4, SIGNED);
        record("", PTR, 0, i);
        variable("v", 2);
        sections[i] = end();
    }
    assert_variables(section_copy(sections[0].bytes, sections[0].size),
                     section_copy(sections[0].bytes, sections[0].size), NULL);
    assert_variables(section_copy(sections[0].bytes, sections[0].size),
                     section_copy(sections[1].bytes, sections[1].size), "");
    assert_variables(sections[1], sections[0], "");
}

/* int [3][4], const around the arrays, around the integer, or nowhere. */
static struct section make_rows(bool around, bool within)
{
    begin();
    integer("int", 4, SIGNED);
    record("", CONST, 0, 1);
    array(within ? 2 : 1, 4);
    array(3, 3);
    record("", CONST, 0, 4);
    variable("v", around ? 5 : 4);
    return end();
}

static void what_qualifies_an_array_qualifies_its_elements(void **state)
{
    (void)state;
    assert_variables(make_rows(true, false), make_rows(false, true), NULL);
    assert_variables(make_rows(false, true), make_rows(true, false), NULL);
    assert_variables(make_rows(true, false), make_rows(false, false), NULL);
    assert_variables(make_rows(false, true), make_rows(false, false), NULL);
    assert_variables(make_rows(false, false), make_rows(true, false), "");
    assert_variables(make_rows(false, false), make_rows(false, true), "");
}

/* Two arrays of the same structs, the second perhaps const. */
static struct section make_arrays(bool qualified)
{
    begin();
    record("s", STRUCT, 0, 0);
    array(1, 4);
    record("", CONST, 0, 2);
    record("both", STRUCT, 2, 0);
    member("plain", 2, 0);
    member("perhaps", qualified ? 3 : 2, 0);
    variable("v", 4);
    return end();
}

static void the_same_structs_may_be_qualified_elsewhere(void **state)
{
    (void)state;
    assert_variables(make_arrays(true), make_arrays(true), NULL);
    assert_variables(
        make_arrays(true), make_arrays(false),
        "member perhaps of struct both is const struct s[4] here and struct s[4] there");
    assert_variables(
        make_arrays(false), make_arrays(true),
        "member perhaps of struct both is struct s[4] here and const struct s[4] there");
}

/* int (int, ...), or with a second parameter that is a vector, which gcc 12 has as void. */
static struct section make_prototype(const char *last)
{
    begin();
    integer("int", 4, SIGNED);
    record("", PROTO, 2, 1);
    parameter(1);
    word(name(last));
    word(0);
    record("v", FUNC, 0, 2);
    return end();
}

static void a_parameter_of_type_void_is_not_variadic(void **state)
{
    (void)state;
    assert_variables(make_prototype(""), make_prototype(""), NULL);
    assert_variables(make_prototype("vector"), make_prototype("vector"), NULL);
    assert_variables(make_prototype(""), make_prototype("vector"), "");
    assert_variables(make_prototype("vector"), make_prototype(""), "");
}

/* ---- circles ---- */

enum circle {
    OF_TYPEDEF,
    OF_CONST,
    OF_ARRAY,
    OF_POINTER,
    OF_TWO_POINTERS,
    OF_STRUCT,
    OF_PROCEDURE,
    N_CIRCLES
};

static struct section make_circle(enum circle circle)
{
    static const unsigned kinds[] = {TYPEDEF, CONST, ARRAY, PTR, PTR, STRUCT, PROTO};

    begin();
    record("c", kinds[circle], circle == OF_STRUCT || circle == OF_PROCEDURE,
           circle == OF_TWO_POINTERS ? 2 : 1);
    if (circle == OF_ARRAY)
        member("", 0, 2); /* which has the size of what follows an array */
    if (circle == OF_ARRAY)
        put32(maker.types + 12, 1);
    if (circle == OF_STRUCT)
        member("self", 1, 0);
    if (circle == OF_PROCEDURE)
        parameter(1);
    if (circle == OF_TWO_POINTERS)
        record("", PTR, 0, 1);
    variable("v", 1);
    return end();
}

static void circles_are_printed(void **state)
{
    (void)state;
    for (enum circle circle = 0; circle < N_CIRCLES; circle++) {
        struct opened o = opened_from(make_circle(circle));
        char text[2000];

        btf_print(type_of(&o.btf, "v"), text, sizeof text);
        if (circle == OF_TYPEDEF || circle == OF_STRUCT)
            assert_string_equal(text, circle == OF_TYPEDEF ? "c" : "struct c");
        else
            assert_non_null(strstr(text, "..."));
        opened_close(&o);
    }
}

static void circles_are_compared(void **state)
{
    (void)state;
    assert_variables(make_circle(OF_TYPEDEF), make_circle(OF_TYPEDEF),
                     "c stands for nothing but itself");
    assert_variables(make_circle(OF_CONST), make_circle(OF_CONST),
                     "const ... stands for nothing but itself");
    assert_variables(make_circle(OF_ARRAY), make_circle(OF_ARRAY), NULL);
    assert_variables(make_circle(OF_POINTER), make_circle(OF_POINTER), NULL);
    assert_variables(make_circle(OF_POINTER), make_circle(OF_TWO_POINTERS), NULL);
    assert_variables(make_circle(OF_STRUCT), make_circle(OF_STRUCT), NULL);
    assert_variables(make_circle(OF_PROCEDURE), make_circle(OF_PROCEDURE), NULL);
    assert_variables(make_circle(OF_POINTER), make_circle(OF_STRUCT), "");
}

static struct section make_chain(unsigned kind, uint32_t n, uint32_t size)
{
    begin();
    integer("int", size, SIGNED);
    for (uint32_t i = 1; i < n; i++)
        record("", kind, 0, i);
    variable("v", n);
    return end();
}

static void long_chains_are_survived(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= N_CHAIN; n = n < 200 ? n + 1 : n * 7) {
        assert_variables(make_chain(PTR, n, 4), make_chain(PTR, n, 4), NULL);
        assert_variables(make_chain(CONST, n, 4), make_chain(CONST, n, 4), NULL);
    }
    assert_variables(make_chain(PTR, N_CHAIN, 4), make_chain(PTR, N_CHAIN, 4), NULL);
    assert_variables(make_chain(PTR, N_CHAIN, 4), make_chain(PTR, N_CHAIN - 1, 4),
                     "somewhere inside is int * here and int there");
    assert_variables(make_chain(CONST, N_CHAIN, 4), make_chain(TYPEDEF, 2, 4), NULL);
    assert_variables(make_chain(PTR, N_CHAIN, 4), make_chain(PTR, N_CHAIN, 8),
                     "int is 4 bytes here and 8 there");
}

/* Rings of pointers whose lengths have no common factor make a pair of each with each. */
static struct section make_ring(uint32_t n)
{
    begin();
    for (uint32_t i = 1; i <= n; i++)
        record("", PTR, 0, i == n ? 1 : i + 1);
    variable("v", 1);
    return end();
}

static void too_much_work_ends_in_a_refusal(void **state)
{
    (void)state;
    assert_variables(make_ring(100), make_ring(101), NULL);
    assert_variables(make_ring(9999), make_ring(10000),
                     "there is too much to compare in the types");
}

/* Names of nothing but the same letter, each the end of another. */
static void long_names_end_in_a_refusal(void **state)
{
    struct section sections[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        begin();
        memset(maker.strings + 1, 'a', 3900);
        maker.strings[3901] = 0;
        maker.strings_size = 3902;
        record("", ENUM, 0, 4);
        for (uint32_t k = 0; k < 3000; k++) {
            word(i == 0 ? 1 : 2);
            word(k);
        }
        put32(maker.types + 4, ENUM << 24 | 3000);
        variable("v", 1);
        sections[i] = end();
    }
    assert_variables(sections[0], sections[1], "there is too much to compare in the types");
}

/* ---- memory ---- */

static void every_failure_of_malloc_is_survived(void **state)
{
    struct section section = make_many(9, 0);
    int blocks = n_blocks, n = 0;
    status_t status;
    struct btf btf;

    (void)state;
    do {
        mallocs_left = n++;
        status = btf_open(section.bytes, section.size, &btf);
        mallocs_left = FOREVER;
        if (status != OK) {
            assert_int_equal(status, ERR_NO_MEMORY);
            assert_non_null(strstr(status_explain(), "no memory for"));
            assert_int_equal(n_blocks, blocks);
        }
    } while (status != OK);
    assert_true(n > 9);
    btf_close(&btf);
    assert_int_equal(n_blocks, blocks);
    free(section.bytes);
}

static void comparing_without_memory_keeps_nothing(void **state)
{
    struct opened a = opened_from(make_chain(PTR, 1000, 4)),
                  b = opened_from(make_chain(PTR, 1000, 4));
    int blocks = n_blocks, n = 0;
    status_t status;

    (void)state;
    do {
        mallocs_left = n++;
        status = btf_compatible(type_of(&a.btf, "v"), type_of(&b.btf, "v"), NULL);
        mallocs_left = FOREVER;
        assert_true(status == OK || status == ERR_NO_MEMORY);
        assert_int_equal(n_blocks, blocks);
    } while (status != OK);
    assert_true(n > 3);
    opened_close(&a);
    opened_close(&b);
}

static void ordinary_types_need_no_memory(void **state)
{
    struct opened o = opened_from(section_read("btf_shapes+O2+gbtf.o"));
    struct btf_cursor cursor = {0};
    struct btf_entry entry;

    (void)state;
    mallocs_left = 0;
    while (btf_next(&o.btf, &cursor, &entry))
        assert_int_equal(btf_compatible(btf_type_at(&o.btf, entry.position),
                                        btf_type_at(&o.btf, entry.position), NULL),
                         OK);
    mallocs_left = FOREVER;
    opened_close(&o);
}

/* ---- damage ---- */

/* Changes a bit, a byte, a word, or makes one word a small number. */
static void damage(uint32_t *seed, struct section *section)
{
    uint8_t *place = section->bytes + random_below(seed, (uint32_t)section->size - 3);

    switch (random_below(seed, 4)) {
    case 0:
        *place ^= (uint8_t)(1 << random_below(seed, 8));
        break;
    case 1:
        *place = (uint8_t)random_next(seed);
        break;
    case 2:
        put32(place, random_next(seed));
        break;
    default:
        place -= (place - section->bytes) % 4;
        put32(place, random_below(seed, 100));
        break;
    }
}

/* How many of the damaged sections still opened. */
static unsigned damage_often(const struct section *section, uint32_t seed, bool header)
{
    unsigned opened = 0;

    for (int round = 0; round < N_DAMAGED; round++) {
        struct section copy = section_copy(section->bytes, section->size);
        struct section inner = {copy.bytes + HEADER, copy.size - HEADER};

        for (uint32_t n = 1 + random_below(&seed, 3); n > 0; n--)
            damage(&seed, header ? &copy : &inner);
        if (random_below(&seed, 16) == 0) {
            copy.size = random_below(&seed, (uint32_t)copy.size);
            copy.bytes = realloc(copy.bytes, copy.size);
        }
        opened += judge(&copy) == OK;
        free(copy.bytes);
    }
    return opened;
}

static void damaged_sections_are_survived(void **state)
{
    static const char *const names[] = {"btf_shapes+O2+gbtf.o", "btf_joined.o"};
    struct section small = make_small();

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct section section = section_read(names[i]);

        assert_true(damage_often(&section, 11 + i, false) > 50);
        free(section.bytes);
    }
    for (uint32_t seed = 1; seed < 20; seed++)
        assert_true(damage_often(&small, seed, seed % 4 == 0) > 50);
    free(small.bytes);
}

/* Records of random kinds that refer to each other anyhow. */
static struct section make_random(uint32_t *seed)
{
    uint32_t n = 2 + random_below(seed, 14);

    begin();
    record("v", VAR, 0, random_below(seed, n));
    word(1);
    while (maker.n < n - 1) {
        uint32_t kind = 1 + random_below(seed, 19), many = random_below(seed, 3);
        uint32_t flag = random_below(seed, 8) == 0 ? FLAG : 0;
        bool typed = kind != ENUM && kind != ENUM64 && kind != INT;
        uint32_t words = kind == INT || kind == VAR || kind == DECL_TAG ? 1 : kind == ARRAY ? 3 : 0;

        if (kind == STRUCT || kind == UNION || kind == ENUM || kind == ENUM64 || kind == DATASEC ||
            kind == PROTO)
            words = many * (kind == ENUM || kind == PROTO ? 2 : 3);
        else
            many = 0;
        record(random_below(seed, 2) ? "x" : "", kind, many | flag,
               typed ? random_below(seed, n) : 4);
        for (uint32_t i = 0; i < words; i++)
            word(kind == INT ? 32 : random_below(seed, n));
    }
    maker.strings_size = sizeof maker.strings;
    return end();
}

static void random_types_are_survived(void **state)
{
    uint32_t seed = 99;
    unsigned opened = 0;

    (void)state;
    memset(maker.strings, 0, sizeof maker.strings);
    for (int round = 0; round < 20000; round++) {
        struct section section = make_random(&seed);

        opened += judge(&section) == OK;
        free(section.bytes);
    }
    assert_true(opened > 1000);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_made_is_listed),
        TEST(what_has_no_name_is_not_listed),
        TEST(a_section_without_blobs_is_empty),
        TEST(blobs_follow_each_other_at_any_alignment),
        TEST(strings_may_stand_before_types),
        TEST(a_longer_header_of_zeros_is_accepted),
        TEST(records_may_stand_in_any_order),
        TEST(every_object_of_the_compiler_is_accepted),
        TEST(everything_of_the_compiler_fits_itself),
        TEST(the_linker_joins_blobs),
        TEST(other_headers_are_refused),
        TEST(parts_outside_the_section_are_refused),
        TEST(strings_without_ends_are_refused),
        TEST(every_truncation_is_refused),
        TEST(what_follows_must_be_a_blob),
        TEST(a_huge_section_is_refused),
        TEST(unknown_kinds_are_refused),
        TEST(records_beyond_the_end_are_refused),
        TEST(names_outside_the_strings_are_refused),
        TEST(references_to_nothing_are_refused),
        TEST(only_types_are_types),
        TEST(a_procedure_has_a_prototype),
        TEST(integers_have_their_bits),
        TEST(types_are_printed_as_c_has_them),
        TEST(prints_are_cut_at_any_size),
        TEST(odd_types_are_printed),
        TEST(pairs_of_declarations_fit_or_differ),
        TEST(enums_of_64_bits_are_compared),
        TEST(enumerators_are_told_by_their_names),
        TEST(numbers_with_the_same_name_may_differ),
        TEST(incomplete_types_fit_by_tag_and_kind),
        TEST(a_member_that_differs_is_named),
        TEST(tags_and_restrict_mean_nothing),
        TEST(void_is_no_type_of_the_blob),
        TEST(what_qualifies_an_array_qualifies_its_elements),
        TEST(the_same_structs_may_be_qualified_elsewhere),
        TEST(a_parameter_of_type_void_is_not_variadic),
        TEST(circles_are_printed),
        TEST(circles_are_compared),
        TEST(long_chains_are_survived),
        TEST(too_much_work_ends_in_a_refusal),
        TEST(long_names_end_in_a_refusal),
        TEST(every_failure_of_malloc_is_survived),
        TEST(comparing_without_memory_keeps_nothing),
        TEST(ordinary_types_need_no_memory),
        TEST(damaged_sections_are_survived),
        TEST(random_types_are_survived),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("btf", tests, NULL, NULL);
}
