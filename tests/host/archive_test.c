/*
 * Tests of domains/object/archive.c. Every archive is at exactly its size in memory, so
 * that the address sanitizer sees any byte read beyond; what archive_open accepts
 * is read to the last byte of the last member. Real archives come from the corpus,
 * odd and damaged ones are written here, field by field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/archive.h"
#include "tests/host/corpus.h"
#include "tests/host/random.h"

#define SENTINEL 0x5e
#define N_FLIPPED 60000
#define HEADER_SIZE 60
#define MAGIC "!<arch>\n"
#define MAGIC_SIZE 8
#define SMALL_INDEX      \
    "\0\0\0\1\0\0\0\x4c" \
    "f"

static volatile unsigned long used; /* keeps the reads below */
static unsigned n_allocations;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size)
{
    n_allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    n_allocations++;
    return __real_realloc(block, size);
}

/* ---- judging ---- */

static void read_member(const struct archive *archive, const struct archive_member *member)
{
    assert_true(member->bytes >= archive->bytes + MAGIC_SIZE);
    assert_true(member->size <= archive->size);
    assert_in_range(strlen(member->name), 1, ARCHIVE_NAME_MAX);
    for (size_t i = 0; i < member->size; i++)
        used += member->bytes[i];
}

static void read_all(const struct archive *archive)
{
    struct archive_member member;
    size_t offset = 0, n = 0;

    for (; archive_next(archive, &offset, &member); n++)
        read_member(archive, &member);
    assert_int_equal(n, archive->n_members);
    assert_false(archive_next(archive, &offset, &member));
}

/* Must end in OK with all of it readable, or in a refusal with a sentence and nothing written. */
static status_t judge(const struct object_file *file)
{
    struct archive archive, before;
    unsigned n_before = n_allocations;
    status_t status;

    memset(&archive, SENTINEL, sizeof archive);
    before = archive;
    (void)!status_refuse(OK, "%s", "");
    status = archive_open(file->bytes, file->size, &archive);
    if (status == OK) {
        assert_int_not_equal(archive.n_members, 0);
        read_all(&archive);
    } else {
        assert_true(status == ERR_BAD_OBJECT || status == ERR_UNSUPPORTED);
        assert_true(strlen(status_explain()) > 0);
        assert_memory_equal(&archive, &before, sizeof archive);
    }
    assert_int_equal(n_allocations, n_before);
    return status;
}

/* Judges and frees; some of the sentence must tell what is wrong. */
static void assert_refused(struct object_file file, status_t status, const char *words)
{
    assert_int_equal(judge(&file), status);
    if (strstr(status_explain(), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", status_explain(), words);
    free(file.bytes);
}

static void assert_accepted(struct object_file file)
{
    if (judge(&file) != OK)
        fail_msg("%s", status_explain());
    free(file.bytes);
}

/* The next member is this one. */
static void expect(const struct archive *archive, size_t *offset, const char *name,
                   const void *bytes, size_t size)
{
    struct archive_member member;

    assert_true(archive_next(archive, offset, &member));
    assert_string_equal(member.name, name);
    assert_int_equal(member.size, size);
    assert_memory_equal(member.bytes, bytes, size);
}

/* ---- archives made by hand ---- */

static struct object_file copy_of(const void *bytes, size_t size)
{
    struct object_file file = {malloc(size), size};

    memcpy(file.bytes, bytes, size);
    return file;
}

static struct object_file begin(void)
{
    return copy_of(MAGIC, MAGIC_SIZE);
}

static void append(struct object_file *file, const void *bytes, size_t size)
{
    file->bytes = realloc(file->bytes, file->size + size);
    memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
}

/* A header with these very fields, which are padded with blanks. */
static void add_header(struct object_file *file, const char *name, const char *size)
{
    char header[HEADER_SIZE + 1];

    snprintf(header, sizeof header, "%-16.16s%-12s%-6s%-6s%-8s%-10.10s`\n", name, "0", "0", "0",
             "100644", size);
    append(file, header, HEADER_SIZE);
}

static void add(struct object_file *file, const char *name, const void *bytes, size_t size)
{
    char number[24];

    snprintf(number, sizeof number, "%zu", size);
    add_header(file, name, number);
    append(file, bytes, size);
    if (size % 2 != 0)
        append(file, "\n", 1);
}

/* One member with this name and that in the field of the size, and six bytes. */
static struct object_file make_with(const char *name, const char *size)
{
    struct object_file file = begin();

    add_header(&file, name, size);
    append(&file, "sixsix", 6);
    return file;
}

/* A table of long names, and a member that refers to it. */
static struct object_file make_long(const char *table, const char *reference)
{
    struct object_file file = begin();

    add(&file, "//", table, strlen(table));
    add(&file, reference, "bytes", 5);
    return file;
}

/* A little of everything that GNU writes. */
static struct object_file make_small(void)
{
    static const char names[] = "a_name_that_is_long.o/\nanother_name_that_is.o/\n";
    struct object_file file = begin();

    add(&file, "/", SMALL_INDEX, sizeof SMALL_INDEX);
    add(&file, "//", names, sizeof names - 1);
    add(&file, "first.o/", "12345", 5);
    add(&file, "/0", "678", 3);
    add(&file, "/23", "90", 2);
    add(&file, "empty.o/", "", 0);
    return file;
}

static void open_well(const struct object_file *file, struct archive *archive)
{
    if (archive_open(file->bytes, file->size, archive) != OK)
        fail_msg("%s", status_explain());
}

/* The name that a member with this header, and these bytes, has. */
static void assert_called(const char *header_name, const char *bytes, size_t size,
                          const char *expected)
{
    struct object_file file = begin();
    struct archive_member member;
    struct archive archive;
    size_t offset = 0;

    add(&file, header_name, bytes, size);
    assert_int_equal(judge(&file), OK);
    open_well(&file, &archive);
    assert_true(archive_next(&archive, &offset, &member));
    assert_string_equal(member.name, expected);
    free(file.bytes);
}

/* ---- what is right ---- */

static void assert_has_files(const char *name, const char *const *members, size_t n)
{
    struct object_file file = corpus_read(name);
    struct archive archive;
    size_t offset = 0;

    assert_int_equal(judge(&file), OK);
    open_well(&file, &archive);
    assert_int_equal(archive.n_members, n);
    for (size_t i = 0; i < n; i++) {
        struct object_file member = corpus_read(members[i]);

        expect(&archive, &offset, members[i], member.bytes, member.size);
        free(member.bytes);
    }
    free(file.bytes);
}

static void archives_of_binutils_are_read_whole(void **state)
{
    static const char *const members[] = {"ping+O2+fpic.o", "odd.text", "shapes+O2+fPIC+mcpu=750.o",
                                          "pong+O2+fno-pic.o"};

    (void)state;
    assert_has_files("members.a", members, 4);
    assert_has_files("unindexed.a", members, 4);
    assert_has_files("single.a", members, 1);
}

static void members_come_in_order_with_name_and_bytes(void **state)
{
    struct object_file file = make_small();
    struct archive_member member;
    struct archive archive;
    size_t offset = 0;

    (void)state;
    assert_int_equal(judge(&file), OK);
    open_well(&file, &archive);
    assert_int_equal(archive.n_members, 4);
    expect(&archive, &offset, "first.o", "12345", 5);
    expect(&archive, &offset, "a_name_that_is_long.o", "678", 3);
    expect(&archive, &offset, "another_name_that_is.o", "90", 2);
    expect(&archive, &offset, "empty.o", "", 0);
    assert_false(archive_next(&archive, &offset, &member));
    free(file.bytes);
}

static void names_of_all_kinds_are_understood(void **state)
{
    (void)state;
    assert_called("gnu.o/", "x", 1, "gnu.o");
    assert_called("fifteen_chars.o/", "x", 1, "fifteen_chars.o");
    assert_called("two words.o/", "x", 1, "two words.o");
    assert_called("bsd.o", "x", 1, "bsd.o");
    assert_called("sixteen_chars_.o", "x", 1, "sixteen_chars_.o");
    assert_called("#1/8", "long.o\0\0bytes", 13, "long.o");
    assert_called("#1/6", "long.obytes", 11, "long.o");
    assert_called("#1/6", "long.o", 6, "long.o");
    assert_called("#1", "x", 1, "#1");
}

static void a_name_in_front_of_the_bytes_is_none_of_them(void **state)
{
    struct object_file file = begin();
    struct archive archive;
    size_t offset = 0;

    (void)state;
    add(&file, "#1/20", "a_rather_long_name.oabc", 23);
    add(&file, "b.o/", "d", 1);
    assert_int_equal(judge(&file), OK);
    open_well(&file, &archive);
    expect(&archive, &offset, "a_rather_long_name.o", "abc", 3);
    expect(&archive, &offset, "b.o", "d", 1);
    free(file.bytes);
}

static void indices_of_symbols_are_not_handed_out(void **state)
{
    static const char *const indices[] = {"/",          "/SYM64/",          "__.SYMDEF",
                                          "__.SYMDEF/", "__.SYMDEF SORTED", "__.SYMDEF_64"};
    struct object_file file = begin();
    struct archive archive;
    size_t offset = 0;

    (void)state;
    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++)
        add(&file, indices[i], SMALL_INDEX, sizeof SMALL_INDEX);
    add(&file, "#1/20", "__.SYMDEF SORTED\0\0\0\0index", 25);
    add(&file, "a.o/", "a", 1);
    assert_int_equal(judge(&file), OK);
    open_well(&file, &archive);
    assert_int_equal(archive.n_members, 1);
    expect(&archive, &offset, "a.o", "a", 1);
    free(file.bytes);
}

static void long_names_end_with_their_line(void **state)
{
    struct archive_member member;
    struct archive archive;
    size_t offset = 0;
    struct object_file file = make_long("without_slash.o\nfolder/file.o/\n", "/16");

    (void)state;
    open_well(&file, &archive);
    assert_true(archive_next(&archive, &offset, &member));
    assert_string_equal(member.name, "folder/file.o");
    free(file.bytes);
    assert_accepted(make_long("without_slash.o\n", "/0"));
    assert_accepted(make_long("without_slash.o\n", "/14"));
}

static void names_longer_than_255_are_cut(void **state)
{
    char name[ARCHIVE_NAME_MAX + 3], expected[ARCHIVE_NAME_MAX + 1];

    (void)state;
    memset(name, 'n', sizeof name);
    memcpy(expected, name, sizeof expected - 1);
    expected[sizeof expected - 1] = 0;
    assert_called("#1/254", name, 254, expected + 1);
    assert_called("#1/255", name, 255, expected);
    assert_called("#1/256", name, 256, expected);
    assert_called("#1/258", name, 258, expected);
}

static void numbers_may_stand_among_blanks(void **state)
{
    (void)state;
    assert_accepted(make_with("a.o/", "6"));
    assert_accepted(make_with("a.o/", "  6"));
    assert_accepted(make_with("a.o/", "         6"));
    assert_accepted(make_with("a.o/", "0000000006"));
    assert_accepted(make_with("#1/  3", "6"));
}

static void other_fields_may_be_blank(void **state)
{
    struct object_file file = make_small();

    (void)state;
    memset(file.bytes + MAGIC_SIZE + 16, ' ', 32);
    assert_accepted(file);
}

static void the_last_byte_of_padding_may_be_missing(void **state)
{
    struct object_file file = begin();
    struct archive archive;
    size_t offset = 0;

    (void)state;
    add(&file, "a.o/", "abc", 3);
    file.bytes = realloc(file.bytes, --file.size);
    assert_int_equal(judge(&file), OK);
    open_well(&file, &archive);
    expect(&archive, &offset, "a.o", "abc", 3);
    free(file.bytes);
}

static void an_archive_is_known_by_its_beginning(void **state)
{
    (void)state;
    assert_true(archive_begins(MAGIC, 8));
    assert_true(archive_begins("!<thin>\n", 8));
    assert_true(archive_begins("!<arch>\nmore", 12));
    assert_false(archive_begins(MAGIC, 7));
    assert_false(archive_begins("", 0));
    assert_false(archive_begins("!<arch> ", 8));
    assert_false(archive_begins("\177ELF\1\2\1\0", 8));
}

/* ---- what is wrong ---- */

static void what_is_no_archive_is_refused(void **state)
{
    (void)state;
    assert_refused(copy_of("", 0), ERR_BAD_OBJECT, "not an archive");
    assert_refused(copy_of(MAGIC, 7), ERR_BAD_OBJECT, "not an archive");
    assert_refused(copy_of("\177ELF    ", 8), ERR_BAD_OBJECT, "not an archive");
    assert_refused(corpus_read("odd.text"), ERR_BAD_OBJECT, "not an archive");
}

static void a_thin_archive_is_refused(void **state)
{
    (void)state;
    assert_refused(corpus_read("thin.a"), ERR_UNSUPPORTED, "a thin archive");
    assert_refused(copy_of("!<thin>\n", 8), ERR_UNSUPPORTED, "a thin archive");
}

static void an_archive_without_members_is_refused(void **state)
{
    struct object_file file = begin();

    (void)state;
    assert_refused(copy_of(MAGIC, 8), ERR_BAD_OBJECT, "without members");
    assert_refused(corpus_read("empty.a"), ERR_BAD_OBJECT, "without members");
    add(&file, "/", SMALL_INDEX, sizeof SMALL_INDEX);
    add(&file, "//", "name/\n", 6);
    assert_refused(file, ERR_BAD_OBJECT, "without members");
}

static void sizes_that_are_no_numbers_are_refused(void **state)
{
    static const char *const sizes[] = {"",           "-6",  "+6",  "6x",        "x6",
                                        "0x6",        "6 6", "6\n", "6.0",       "/",
                                        "6\t\t\t\t6", " : ", "six", "6        x"};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char sentence[64];

        snprintf(sentence, sizeof sentence, "member at 0x8: its size, \"%-10s\", is no number",
                 sizes[i]);
        assert_refused(make_with("a.o/", sizes[i]), ERR_BAD_OBJECT, sentence);
    }
}

static void sizes_beyond_the_end_are_refused(void **state)
{
    static const char *const sizes[] = {"7",          "8",          "100",        "2147483647",
                                        "4294967295", "4294967296", "4294967302", "9999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char sentence[64];

        snprintf(sentence, sizeof sentence, "0x8: its %s bytes go beyond the end", sizes[i]);
        assert_refused(make_with("a.o/", sizes[i]), ERR_BAD_OBJECT, sentence);
        assert_refused(make_with("//", sizes[i]), ERR_BAD_OBJECT, sentence);
        assert_refused(make_with("/", sizes[i]), ERR_BAD_OBJECT, sentence);
    }
}

static void headers_that_do_not_end_are_refused(void **state)
{
    struct object_file file = make_with("a.o/", "6");

    (void)state;
    file.bytes[MAGIC_SIZE + 58] = '\'';
    assert_refused(file, ERR_BAD_OBJECT, "member at 0x8: its header does not end");
    file = make_with("a.o/", "6");
    file.bytes[MAGIC_SIZE + 59] = '\r';
    assert_refused(file, ERR_BAD_OBJECT, "member at 0x8: its header does not end");
}

static void bytes_behind_the_last_member_are_refused(void **state)
{
    struct object_file file = make_with("a.o/", "6");

    (void)state;
    append(&file, "\n", 1);
    assert_refused(file, ERR_BAD_OBJECT, "1 bytes at 0x4a are too few for a member");
    assert_refused(make_with("a.o/", "3"), ERR_BAD_OBJECT, "2 bytes at 0x48 are too few");
    file = make_with("a.o/", "6");
    add_header(&file, "b.o/", "0");
    file.bytes = realloc(file.bytes, --file.size);
    assert_refused(file, ERR_BAD_OBJECT, "59 bytes at 0x4a are too few");
}

static void references_to_no_long_name_are_refused(void **state)
{
    static const char table[] = "some_name.o/\nrest";

    (void)state;
    assert_refused(make_with("/0", "6"), ERR_BAD_OBJECT, "0x8: no table of long names");
    assert_refused(make_long(table, "/17"), ERR_BAD_OBJECT, "is at 17 of a table of 17 bytes");
    assert_refused(make_long(table, "/4294967296"), ERR_BAD_OBJECT, "is at 4294967296 of");
    assert_refused(make_long(table, "/999999999999999"), ERR_BAD_OBJECT, "is at 999999999999999");
    assert_refused(make_long(table, "/13"), ERR_BAD_OBJECT, "does not end in the table");
    assert_refused(make_long("", "/0"), ERR_BAD_OBJECT, "is at 0 of a table of 0 bytes");
    assert_refused(make_long("/\n", "/0"), ERR_BAD_OBJECT, "its name is empty");
    assert_refused(make_long("\n", "/0"), ERR_BAD_OBJECT, "its name is empty");
}

static void a_table_of_long_names_comes_once_and_first(void **state)
{
    struct object_file file = make_long("name/\n", "/0");

    (void)state;
    add(&file, "//", "name/\n", 6);
    assert_refused(file, ERR_BAD_OBJECT, "member at 0x8c: a second table");
    file = begin();
    add(&file, "/0", "bytes!", 6);
    add(&file, "//", "name/\n", 6);
    assert_refused(file, ERR_BAD_OBJECT, "no table of long names comes before");
}

static void unknown_names_with_a_slash_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with("/x", "6"), ERR_BAD_OBJECT, "nothing is known of a \"/x   ");
    assert_refused(make_with("/-1", "6"), ERR_BAD_OBJECT, "nothing is known");
    assert_refused(make_with("/1x", "6"), ERR_BAD_OBJECT, "nothing is known");
    assert_refused(make_with("///", "6"), ERR_BAD_OBJECT, "nothing is known");
    assert_refused(make_with("/SYM64", "6"), ERR_BAD_OBJECT, "nothing is known");
    assert_refused(make_with("/SYM64/x", "6"), ERR_BAD_OBJECT, "nothing is known");
}

static void names_that_are_none_are_refused(void **state)
{
    struct object_file file = make_with("a.o/", "6");

    (void)state;
    file.bytes[MAGIC_SIZE + 1] = 0;
    assert_refused(file, ERR_BAD_OBJECT, "0x8: its name is empty or contains a zero");
    assert_refused(make_with("", "6"), ERR_BAD_OBJECT, "its name is empty");
    assert_refused(make_with("#1/0", "6"), ERR_BAD_OBJECT, "its name is empty");
    assert_refused(make_with("#1/7", "6"), ERR_BAD_OBJECT, "name of 7 bytes is longer than");
    assert_refused(make_with("#1/4294967297", "6"), ERR_BAD_OBJECT, "4294967297 bytes is longer");
    assert_refused(make_with("#1/", "6"), ERR_BAD_OBJECT, "the size of its name, \"   ");
    assert_refused(make_with("#1/-1", "6"), ERR_BAD_OBJECT, "the size of its name, \"-1  ");
    assert_refused(make_with("#1/1x", "6"), ERR_BAD_OBJECT, "is no number");
}

/* ---- all at once ---- */

/* Whether an archive cut there has lost only whole members, or padding. */
static bool may_end(const struct archive *archive, size_t size)
{
    struct archive_member member;
    size_t offset = 0;

    while (archive_next(archive, &offset, &member)) {
        size_t end = (size_t)(member.bytes - archive->bytes) + member.size;

        if (size == end || size == end + end % 2)
            return true;
    }
    return false;
}

static void judge_truncations(const struct object_file *whole)
{
    struct archive archive;

    open_well(whole, &archive);
    for (size_t size = 0; size < whole->size; size++) {
        struct object_file cut = copy_of(whole->bytes, size);

        assert_int_equal(judge(&cut) == OK, may_end(&archive, size));
        free(cut.bytes);
    }
}

static void truncations_are_refused_except_between_members(void **state)
{
    struct object_file small = make_small();
    struct object_file real = corpus_read("members.a");

    (void)state;
    judge_truncations(&small);
    judge_truncations(&real);
    free(small.bytes);
    free(real.bytes);
}

static void every_byte_at_every_value_is_taken_or_refused(void **state)
{
    struct object_file small = make_small();
    struct object_file bsd = begin();

    (void)state;
    add(&bsd, "#1/12", "long_name.o\0bytes", 17);
    add(&bsd, "short.o", "bytes", 5);
    for (unsigned value = 0; value < 256; value++) {
        for (size_t i = 0; i < small.size + bsd.size; i++) {
            uint8_t *place = i < small.size ? small.bytes + i : bsd.bytes + (i - small.size);
            uint8_t saved = *place;

            *place = (uint8_t)value;
            (void)!judge(i < small.size ? &small : &bsd);
            *place = saved;
        }
    }
    free(small.bytes);
    free(bsd.bytes);
}

/* Most of what an enemy would write: digits and the characters that mean something. */
static uint8_t choose_byte(uint32_t *seed, uint8_t old)
{
    static const char special[] = "0123456789 /#`\n\0!<9/";

    if (random_below(seed, 3) == 0)
        return (uint8_t)(old ^ 1 << random_below(seed, 8));
    return (uint8_t)special[random_below(seed, sizeof special - 1)];
}

static void flip_and_judge(const struct object_file *whole, uint32_t *seed, unsigned *n_ok)
{
    struct object_file flipped = copy_of(whole->bytes, whole->size);

    for (uint32_t n = 1 + random_below(seed, 4); n > 0; n--) {
        uint8_t *place = flipped.bytes + random_below(seed, (uint32_t)whole->size);

        *place = choose_byte(seed, *place);
    }
    *n_ok += judge(&flipped) == OK;
    free(flipped.bytes);
}

static void random_changes_are_taken_or_refused(void **state)
{
    struct object_file small = make_small();
    struct object_file real = corpus_read("single.a");
    uint32_t seed = 1995;
    unsigned n_ok = 0;

    (void)state;
    for (int i = 0; i < N_FLIPPED; i++)
        flip_and_judge(i % 4 != 0 ? &small : &real, &seed, &n_ok);
    assert_in_range(n_ok, N_FLIPPED / 100, N_FLIPPED - N_FLIPPED / 100);
    free(small.bytes);
    free(real.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archives_of_binutils_are_read_whole),
        cmocka_unit_test(members_come_in_order_with_name_and_bytes),
        cmocka_unit_test(names_of_all_kinds_are_understood),
        cmocka_unit_test(a_name_in_front_of_the_bytes_is_none_of_them),
        cmocka_unit_test(indices_of_symbols_are_not_handed_out),
        cmocka_unit_test(long_names_end_with_their_line),
        cmocka_unit_test(names_longer_than_255_are_cut),
        cmocka_unit_test(numbers_may_stand_among_blanks),
        cmocka_unit_test(other_fields_may_be_blank),
        cmocka_unit_test(the_last_byte_of_padding_may_be_missing),
        cmocka_unit_test(an_archive_is_known_by_its_beginning),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(a_thin_archive_is_refused),
        cmocka_unit_test(an_archive_without_members_is_refused),
        cmocka_unit_test(sizes_that_are_no_numbers_are_refused),
        cmocka_unit_test(sizes_beyond_the_end_are_refused),
        cmocka_unit_test(headers_that_do_not_end_are_refused),
        cmocka_unit_test(bytes_behind_the_last_member_are_refused),
        cmocka_unit_test(references_to_no_long_name_are_refused),
        cmocka_unit_test(a_table_of_long_names_comes_once_and_first),
        cmocka_unit_test(unknown_names_with_a_slash_are_refused),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(truncations_are_refused_except_between_members),
        cmocka_unit_test(every_byte_at_every_value_is_taken_or_refused),
        cmocka_unit_test(random_changes_are_taken_or_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
