/*
 * Tests of domains/object/elf.c. Every object is at exactly its size in memory, so that
 * the address sanitizer sees any byte read beyond; what elf_open accepts is read
 * to the last name and relocation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/bytes.h"
#include "tests/host/corpus.h"
#include "tests/host/random.h"

#define SENTINEL 0x5e
#define N_FLIPPED 80000
#define N_MANY 150

static volatile unsigned long used; /* keeps the reads below */

static void read_bytes(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < size; i++)
        used += p[i];
}

static void read_relocations(const struct elf_object *elf, const struct elf_section *rela)
{
    struct elf_section target = elf->sections[rela->info];

    if ((target.flags & SHF_ALLOC) == 0)
        return;
    for (unsigned i = 0; i < rela->size / ELF_RELA_SIZE; i++) {
        struct elf_relocation relocation;

        if (elf_relocation(elf, rela, i, target.size, &relocation) != OK)
            continue;
        assert_true(relocation.offset < target.size);
        assert_true(relocation.symbol < elf->n_symbols);
    }
}

static void read_all(const struct elf_object *elf)
{
    for (unsigned i = 0; i < elf->n_sections; i++) {
        struct elf_section section = elf->sections[i];

        used += strlen(section.name);
        if (section.bytes != NULL)
            read_bytes(section.bytes, section.size);
        if (section.type == SHT_RELA)
            read_relocations(elf, &section);
    }
    for (unsigned i = 0; i < elf->n_symbols; i++) {
        struct elf_symbol symbol;

        elf_symbol(elf, i, &symbol);
        used += strlen(symbol.name);
    }
}

/* Must end in OK with all of it readable, or in a refusal with a sentence and nothing written. */
static status_t judge(const struct object_file *file)
{
    struct elf_object elf, before;
    status_t status;

    memset(&elf, SENTINEL, sizeof elf);
    before = elf;
    (void)!status_refuse(OK, "%s", "");
    status = elf_open(file->bytes, file->size, &elf);
    if (status == OK) {
        read_all(&elf);
        elf_close(&elf);
        return OK;
    }
    assert_true(status == ERR_BAD_OBJECT || status == ERR_UNSUPPORTED);
    assert_true(strlen(status_explain()) > 0);
    assert_memory_equal(&elf, &before, sizeof elf);
    return status;
}

/* Judges and frees; a word of the sentence must tell what is wrong. */
static void assert_refused(struct object_file file, status_t status, const char *word)
{
    assert_int_equal(judge(&file), status);
    if (strstr(status_explain(), word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", status_explain(), word);
    free(file.bytes);
}

/* ---- an object with a little of everything ---- */

static struct object *begin_small(void)
{
    static const uint32_t code[] = {0x48000001, 0x4e800020};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 2);
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345678", 8);

    object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 64);
    object_section(o, ".comment", SHT_PROGBITS, 0, "hello", 6);
    object_symbol(o, "procedure", OBJECT_FUNCTION, (uint16_t)text, 0, 8);
    object_symbol(o, "variable", OBJECT_VARIABLE, (uint16_t)data, 4, 4);
    object_symbol(o, "shared", OBJECT_VARIABLE, SHN_COMMON, 16, 100);
    object_symbol(o, "constant", OBJECT_IMPORT, SHN_ABS, 0x12345678, 0);
    object_relocate(o, text, 0, 10, object_symbol(o, "import", OBJECT_IMPORT, 0, 0, 0), 0);
    object_relocate(o, data, 4, 1, 1, 4);
    return o;
}

static struct object_file make_small(void)
{
    return object_end(begin_small());
}

static struct object_file make_with_field(const char *section, unsigned field, uint32_t value)
{
    struct object_file file = make_small();

    put32(object_header(&file, object_find(&file, section)) + field, value);
    return file;
}

/* Writes four bytes into a symbol of the small object. */
static struct object_file make_with_symbol(unsigned index, unsigned field, uint32_t value)
{
    struct object_file file = make_small();
    uint32_t table = get32(object_header(&file, object_find(&file, ".symtab")) + OBJECT_SH_OFFSET);

    put32(file.bytes + table + index * ELF_SYMBOL_SIZE + field, value);
    return file;
}

static uint32_t size_of(const char *section)
{
    struct object_file file = make_small();
    uint32_t size = get32(object_header(&file, object_find(&file, section)) + OBJECT_SH_SIZE);

    free(file.bytes);
    return size;
}

/* ---- what is right ---- */

static void sections_are_read_as_they_were_written(void **state)
{
    struct object_file file = make_small();
    struct elf_object elf;
    struct elf_section s;

    (void)state;
    assert_int_equal(elf_open(file.bytes, file.size, &elf), OK);
    assert_int_equal(elf.n_sections, 9);
    s = elf.sections[0];
    assert_string_equal(s.name, "");
    s = elf.sections[1];
    assert_string_equal(s.name, ".text");
    assert_int_equal(s.type, SHT_PROGBITS);
    assert_int_equal(s.flags, OBJECT_CODE);
    assert_int_equal(s.size, 8);
    assert_int_equal(s.alignment, 4);
    assert_int_equal(get32(s.bytes + 4), 0x4e800020);
    s = elf.sections[3];
    assert_string_equal(s.name, ".bss");
    assert_int_equal(s.size, 64);
    assert_null(s.bytes);
    elf_close(&elf);
    free(file.bytes);
}

static void symbols_are_read_as_they_were_written(void **state)
{
    struct object_file file = make_small();
    struct elf_object elf;
    struct elf_symbol s;

    (void)state;
    assert_int_equal(elf_open(file.bytes, file.size, &elf), OK);
    assert_int_equal(elf.n_symbols, 6);
    elf_symbol(&elf, 2, &s);
    assert_string_equal(s.name, "variable");
    assert_int_equal(s.value, 4);
    assert_int_equal(s.size, 4);
    assert_int_equal(s.section, 2);
    assert_int_equal(s.type, STT_OBJECT);
    assert_int_equal(s.bind, STB_GLOBAL);
    assert_int_equal(s.visibility, STV_DEFAULT);
    elf_symbol(&elf, 4, &s);
    assert_int_equal(s.section, SHN_ABS);
    assert_int_equal(s.value, 0x12345678);
    elf_symbol(&elf, 5, &s);
    assert_string_equal(s.name, "import");
    assert_int_equal(s.section, SHN_UNDEF);
    elf_close(&elf);
    free(file.bytes);
}

static void relocations_are_read_as_they_were_written(void **state)
{
    struct object_file file = make_small();
    struct elf_object elf;
    struct elf_section s;
    struct elf_relocation r;

    (void)state;
    assert_int_equal(elf_open(file.bytes, file.size, &elf), OK);
    s = elf.sections[6];
    assert_int_equal(s.type, SHT_RELA);
    assert_int_equal(s.info, 2);
    assert_int_equal(elf_relocation(&elf, &s, 0, 8, &r), OK);
    assert_int_equal(r.offset, 4);
    assert_int_equal(r.symbol, 1);
    assert_int_equal(r.type, 1);
    assert_int_equal(r.addend, 4);
    elf_close(&elf);
    free(file.bytes);
}

/* Its text is writable at 0x01000000, where the first symbol is the second word. */
static struct object_file make_executable(void)
{
    struct object_file file = make_small();
    uint8_t *text = object_header(&file, object_find(&file, ".text"));
    const uint8_t *symbols = object_header(&file, object_find(&file, ".symtab"));
    uint8_t *symbol = file.bytes + get32(symbols + OBJECT_SH_OFFSET) + ELF_SYMBOL_SIZE;

    put32(text + 12, 0x01000000);
    put32(text + OBJECT_SH_FLAGS, OBJECT_CODE | OBJECT_DATA);
    put32(symbol + 4, 0x01000004);
    put16(file.bytes + 16, 2);               /* its type */
    put32(file.bytes + 28, ELF_HEADER_SIZE); /* program headers */
    return file;
}

static void an_executable_is_read_as_such(void **state)
{
    struct object_file file = make_executable();
    struct elf_object elf;
    struct elf_symbol symbol;

    (void)state;
    assert_true(elf_is_executable(file.bytes, file.size));
    assert_int_equal(elf_open_executable(file.bytes, file.size, &elf), OK);
    assert_true(elf.executable);
    assert_int_equal(elf.sections[1].address, 0x01000000);
    elf_symbol(&elf, 1, &symbol);
    assert_int_equal(symbol.value, 0x01000004);
    elf_close(&elf);
    assert_refused(file, ERR_BAD_OBJECT, "not a relocatable object");
}

static void an_object_is_no_executable(void **state)
{
    struct object_file file = make_small();
    struct elf_object elf;

    (void)state;
    assert_false(elf_is_executable(file.bytes, file.size));
    assert_false(elf_is_executable(file.bytes, ELF_HEADER_SIZE - 1));
    assert_int_equal(elf_open_executable(file.bytes, file.size, &elf), ERR_BAD_OBJECT);
    assert_string_equal(status_explain(), "not an executable (ELF type 1)");
    free(file.bytes);
}

static void flips_in_executables_are_taken_or_refused(void **state)
{
    struct object_file file = make_executable();
    uint32_t seed = 9;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct elf_object elf;
        size_t at = random_below(&seed, (uint32_t)file.size);
        uint8_t before = file.bytes[at];

        file.bytes[at] ^= (uint8_t)(1u << random_below(&seed, 8));
        if (elf_open_executable(file.bytes, file.size, &elf) == OK) {
            read_all(&elf);
            elf_close(&elf);
        }
        file.bytes[at] = before;
    }
    free(file.bytes);
}

static void an_object_without_symbols_is_fine(void **state)
{
    struct object_file file = make_small();

    (void)state;
    put32(object_header(&file, 7) + OBJECT_SH_TYPE, SHT_PROGBITS);
    put32(object_header(&file, 5) + OBJECT_SH_TYPE, SHT_PROGBITS);
    put32(object_header(&file, 6) + OBJECT_SH_TYPE, SHT_PROGBITS);
    assert_int_equal(judge(&file), OK);
    free(file.bytes);
}

static void assert_accepted(struct object_file file)
{
    if (judge(&file) != OK)
        fail_msg("%s", status_explain());
    free(file.bytes);
}

/* What is not loaded may be of any kind: compressed, writable code, aligned to anything. */
static void what_is_not_loaded_may_be_odd(void **state)
{
    struct object_file file = make_small();

    (void)state;
    assert_accepted(make_with_field(".comment", OBJECT_SH_FLAGS, SHF_COMPRESSED));
    assert_accepted(make_with_field(".comment", OBJECT_SH_FLAGS, SHF_TLS));
    assert_accepted(make_with_field(".comment", OBJECT_SH_FLAGS, SHF_WRITE | SHF_EXECINSTR));
    assert_accepted(make_with_field(".comment", OBJECT_SH_ALIGNMENT, 0x10000));
    put32(object_header(&file, 5) + OBJECT_SH_INFO, object_find(&file, ".comment"));
    put32(object_header(&file, 5) + OBJECT_SH_TYPE, SHT_REL);
    assert_accepted(file);
}

static void sections_may_reach_to_the_end_of_the_file(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 16; size += 16) {
        struct object_file file = make_small();
        uint8_t *h;

        file.bytes = realloc(file.bytes, file.size + size);
        memset(file.bytes + file.size, 'x', size);
        h = object_header(&file, object_find(&file, ".comment"));
        put32(h + OBJECT_SH_OFFSET, (uint32_t)file.size);
        put32(h + OBJECT_SH_SIZE, size);
        file.size += size;
        assert_int_equal(judge(&file), OK);
        put32(h + OBJECT_SH_OFFSET, (uint32_t)(file.size - size + 1));
        assert_refused(file, ERR_BAD_OBJECT, "beyond the end");
    }
}

static void the_greatest_alignments_are_accepted(void **state)
{
    (void)state;
    assert_accepted(make_with_field(".data", OBJECT_SH_ALIGNMENT, 4096));
    assert_accepted(make_with_field(".data", OBJECT_SH_ALIGNMENT, 0));
    assert_accepted(make_with_symbol(3, 4, 4096));
    assert_accepted(make_with_symbol(3, 4, 1));
    assert_accepted(make_with_symbol(3, 12, 0x1500fff2)); /* STT_COMMON */
}

static void every_object_of_the_compiler_is_accepted(void **state)
{
    struct corpus corpus = corpus_open("*.o");

    (void)state;
    assert_true(corpus.n >= 80);
    for (size_t i = 0; i < corpus.n; i++)
        if (judge(&corpus.entries[i].file) != OK)
            fail_msg("%s: %s", corpus.entries[i].name, status_explain());
    corpus_close(&corpus);
}

/* ---- what is wrong: the file header ---- */

static void assert_byte_refused(unsigned offset, uint8_t value, const char *word)
{
    struct object_file file = make_small();

    file.bytes[offset] = value;
    assert_refused(file, ERR_BAD_OBJECT, word);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    assert_byte_refused(0, 0x7e, "not an ELF file");
    assert_byte_refused(3, 'f', "not an ELF file");
    assert_byte_refused(4, 2, "32-bit");
    assert_byte_refused(5, 1, "big-endian");
    assert_byte_refused(6, 0, "version");
    assert_byte_refused(7, 9, "operating system");
    assert_byte_refused(8, 1, "operating system");
    assert_byte_refused(17, 2, "type 2");
    assert_byte_refused(17, 3, "compile with -c");
    assert_byte_refused(19, 3, "machine 3");
    assert_byte_refused(19, 21, "not for PowerPC");
    assert_byte_refused(23, 2, "version");
    assert_byte_refused(31, 52, "program headers");
    assert_byte_refused(41, 64, "size of the ELF header");
    assert_byte_refused(45, 1, "program headers");
    assert_byte_refused(47, 64, "size of a section header");
    assert_byte_refused(49, 0, "no section headers");
}

static void an_empty_file_is_refused(void **state)
{
    struct object_file file = {malloc(0), 0};

    (void)state;
    assert_refused(file, ERR_BAD_OBJECT, "0 bytes are too few");
}

static void section_headers_outside_the_file_are_refused(void **state)
{
    static const uint32_t offsets[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffd8, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct object_file file = make_small();

        put32(file.bytes + OBJECT_E_SHOFF, offsets[i]);
        assert_refused(file, ERR_BAD_OBJECT, "");
    }
    for (unsigned n = 10; n <= 0xffff; n += 0xff5) {
        struct object_file file = make_small();

        put16(file.bytes + OBJECT_E_SHNUM, (uint16_t)n);
        assert_refused(file, ERR_BAD_OBJECT, "beyond the end");
    }
}

static void a_name_table_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_byte_refused(51, 0, "section name table");
    assert_byte_refused(51, 9, "section name table");
    assert_byte_refused(50, 0xff, "section name table");
    assert_byte_refused(51, 1, "string table");
}

/* ---- what is wrong: sections ---- */

static void sections_outside_the_file_are_refused(void **state)
{
    static const uint32_t values[] = {0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_refused(make_with_field(".data", OBJECT_SH_OFFSET, values[i]), ERR_BAD_OBJECT,
                       "beyond the end");
        assert_refused(make_with_field(".data", OBJECT_SH_SIZE, values[i]), ERR_BAD_OBJECT,
                       "beyond the end");
    }
}

static void overlapping_sections_are_refused(void **state)
{
    struct object_file file = make_small();
    uint32_t text = get32(object_header(&file, 1) + OBJECT_SH_OFFSET);

    (void)state;
    free(file.bytes);
    assert_refused(make_with_field(".data", OBJECT_SH_OFFSET, text), ERR_BAD_OBJECT, "overlap");
    assert_refused(make_with_field(".data", OBJECT_SH_OFFSET, text + 7), ERR_BAD_OBJECT,
                   "sections 1 and 2 overlap");
    assert_refused(make_with_field(".text", OBJECT_SH_SIZE, 12), ERR_BAD_OBJECT, "overlap");
    assert_refused(make_with_field(".bss", OBJECT_SH_TYPE, SHT_PROGBITS), ERR_BAD_OBJECT,
                   "overlap");
}

static void sections_may_stand_in_any_order(void **state)
{
    struct object_file file = make_small();
    uint32_t text = get32(object_header(&file, 1) + OBJECT_SH_OFFSET);
    uint32_t data = get32(object_header(&file, 2) + OBJECT_SH_OFFSET);

    (void)state;
    put32(object_header(&file, 1) + OBJECT_SH_OFFSET, data);
    put32(object_header(&file, 2) + OBJECT_SH_OFFSET, text);
    assert_int_equal(judge(&file), OK);
    free(file.bytes);
}

/* Many sections of four bytes, in the file in an order of their own. */
static struct object_file make_shuffled(uint32_t *seed)
{
    struct object *o = object_begin();
    struct object_file file;

    for (int i = 0; i < N_MANY; i++)
        object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "four", 4);
    file = object_end(o);
    for (unsigned i = N_MANY; i > 1; i--) {
        uint8_t *a = object_header(&file, i) + OBJECT_SH_OFFSET;
        uint8_t *b = object_header(&file, 1 + random_below(seed, i)) + OBJECT_SH_OFFSET;
        uint32_t offset = get32(a);

        put32(a, get32(b));
        put32(b, offset);
    }
    return file;
}

static void an_overlap_is_found_in_any_order(void **state)
{
    uint32_t seed = 3;

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct object_file file = make_shuffled(&seed);
        uint8_t *h = object_header(&file, 1 + random_below(&seed, N_MANY)) + OBJECT_SH_OFFSET;

        assert_int_equal(judge(&file), OK);
        put32(h, get32(h) + 1);
        assert_refused(file, ERR_BAD_OBJECT, "");
    }
}

static void odd_alignments_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with_field(".data", OBJECT_SH_ALIGNMENT, 3), ERR_BAD_OBJECT,
                   "power of two");
    assert_refused(make_with_field(".data", OBJECT_SH_ALIGNMENT, 0xffffffff), ERR_BAD_OBJECT,
                   "power of two");
    assert_refused(make_with_field(".data", OBJECT_SH_ALIGNMENT, 8192), ERR_UNSUPPORTED,
                   "8192 is more than 4096");
    assert_refused(make_with_field(".bss", OBJECT_SH_ALIGNMENT, 0x80000000), ERR_UNSUPPORTED,
                   "more");
}

static void kinds_of_sections_not_offered_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with_field(".data", OBJECT_SH_FLAGS, OBJECT_DATA | SHF_TLS),
                   ERR_UNSUPPORTED, "thread-local");
    assert_refused(make_with_field(".data", OBJECT_SH_FLAGS, OBJECT_DATA | SHF_COMPRESSED),
                   ERR_UNSUPPORTED, ".data is compressed");
    assert_refused(make_with_field(".data", OBJECT_SH_FLAGS, OBJECT_DATA | OBJECT_CODE),
                   ERR_UNSUPPORTED, "both code and writable");
    assert_refused(make_with_field(".rela", OBJECT_SH_TYPE, SHT_REL), ERR_UNSUPPORTED,
                   "without addends");
}

static void section_names_outside_their_table_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with_field(".data", 0, 0x1000), ERR_BAD_OBJECT, "section 2: name");
    assert_refused(make_with_field(".data", 0, 0xffffffff), ERR_BAD_OBJECT, "name outside");
    assert_refused(make_with_field(".data", 0, size_of(".strtab")), ERR_BAD_OBJECT, "name outside");
    assert_accepted(make_with_field(".data", 0, size_of(".strtab") - 1));
}

static void the_null_section_must_be_null(void **state)
{
    struct object_file file = make_small();

    (void)state;
    put32(object_header(&file, 0) + OBJECT_SH_TYPE, SHT_SYMTAB);
    put32(object_header(&file, 0) + OBJECT_SH_OFFSET, 0x7ffffff0);
    put32(object_header(&file, 0) + OBJECT_SH_SIZE, 0x1000);
    put32(object_header(&file, 0) + OBJECT_SH_LINK, object_find(&file, ".strtab"));
    put32(object_header(&file, 0) + 36, ELF_SYMBOL_SIZE);
    put32(object_header(&file, object_find(&file, ".symtab")) + OBJECT_SH_TYPE, SHT_PROGBITS);
    assert_refused(file, ERR_BAD_OBJECT, "");
}

/* ---- what is wrong: strings, symbols, relocations ---- */

static void unterminated_strings_are_refused(void **state)
{
    struct object_file file = make_small();
    const uint8_t *h = object_header(&file, object_find(&file, ".strtab"));

    (void)state;
    file.bytes[get32(h + OBJECT_SH_OFFSET) + get32(h + OBJECT_SH_SIZE) - 1] = 'x';
    assert_refused(file, ERR_BAD_OBJECT, "not terminated");
    assert_refused(make_with_field(".strtab", OBJECT_SH_SIZE, 0), ERR_BAD_OBJECT, "not terminated");
}

static void a_symbol_table_of_odd_shape_is_refused(void **state)
{
    (void)state;
    assert_refused(make_with_field(".symtab", OBJECT_SH_SIZE, 17), ERR_BAD_OBJECT, "symbol");
    assert_refused(make_with_field(".symtab", OBJECT_SH_SIZE, 0), ERR_BAD_OBJECT, "symbol");
    assert_refused(make_with_field(".symtab", 36, 15), ERR_BAD_OBJECT, "size of a symbol");
    assert_refused(make_with_field(".symtab", OBJECT_SH_LINK, 9), ERR_BAD_OBJECT, "not there");
    assert_refused(make_with_field(".symtab", OBJECT_SH_LINK, 0xffffffff), ERR_BAD_OBJECT,
                   "not there");
    assert_refused(make_with_field(".symtab", OBJECT_SH_LINK, 1), ERR_BAD_OBJECT, "string table");
    assert_refused(make_with_field(".symtab", OBJECT_SH_LINK, 0), ERR_BAD_OBJECT, "string table");
    assert_refused(make_with_field(".comment", OBJECT_SH_TYPE, SHT_SYMTAB), ERR_BAD_OBJECT,
                   "symbol");
}

static void two_symbol_tables_are_refused(void **state)
{
    struct object *o = begin_small();
    unsigned second = object_section(o, ".second", SHT_PROGBITS, 0, "0123456789abcdef", 16);
    struct object_file file = object_end(o);

    (void)state;
    put32(object_header(&file, second) + OBJECT_SH_LINK, object_find(&file, ".strtab"));
    put32(object_header(&file, second) + OBJECT_SH_TYPE, SHT_SYMTAB);
    put32(object_header(&file, second) + 36, ELF_SYMBOL_SIZE);
    assert_refused(file, ERR_BAD_OBJECT, "more than one symbol table");
}

static void symbols_out_of_bounds_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with_symbol(1, 0, 0xffffffff), ERR_BAD_OBJECT, "symbol 1: name");
    assert_refused(make_with_symbol(0, 0, 0x00010000), ERR_BAD_OBJECT, "symbol 0: name");
    assert_refused(make_with_symbol(1, 0, size_of(".strtab")), ERR_BAD_OBJECT, "symbol 1: name");
    assert_accepted(make_with_symbol(1, 0, size_of(".strtab") - 1));
    assert_refused(make_with_symbol(1, 4, 1), ERR_BAD_OBJECT, "procedure (0x8 bytes at 0x1)");
    assert_refused(make_with_symbol(1, 4, 0xffffffff), ERR_BAD_OBJECT, "outside its section");
    assert_refused(make_with_symbol(2, 8, 5), ERR_BAD_OBJECT, "outside its section");
    assert_refused(make_with_symbol(2, 8, 0xfffffffc), ERR_BAD_OBJECT, "outside its section");
    assert_refused(make_with_symbol(1, 12, 0x12000009), ERR_BAD_OBJECT, "section 9 is not there");
    assert_refused(make_with_symbol(1, 12, 0x1200ff00), ERR_BAD_OBJECT, "not there");
    assert_refused(make_with_symbol(1, 12, 0x1200ffff), ERR_BAD_OBJECT, "not there");
    assert_refused(make_with_symbol(3, 4, 0), ERR_BAD_OBJECT, "shared: bad alignment 0");
    assert_refused(make_with_symbol(3, 4, 24), ERR_BAD_OBJECT, "bad alignment 24");
    assert_refused(make_with_symbol(3, 4, 8192), ERR_BAD_OBJECT, "bad alignment 8192");
}

/* So many sections that an index of a section looks like one of the reserved ones. */
static void reserved_section_indices_are_no_sections(void **state)
{
    struct object_file file = make_with_symbol(1, 12, 0x1200ff04);
    size_t headers = 0xff10 * ELF_SECTION_SIZE;
    uint32_t at = get32(file.bytes + OBJECT_E_SHOFF);
    uint8_t *larger = calloc(1, at + headers);

    (void)state;
    memcpy(larger, file.bytes, file.size);
    free(file.bytes);
    file.bytes = larger;
    file.size = at + headers;
    put16(file.bytes + OBJECT_E_SHNUM, 0xff10);
    put32(object_header(&file, 0xff04) + OBJECT_SH_SIZE, 0x100);
    assert_refused(file, ERR_BAD_OBJECT, "section 65284 is not there");
}

static void kinds_of_symbols_not_offered_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with_symbol(1, 12, 0x32000001), ERR_UNSUPPORTED, "unknown binding 3");
    assert_refused(make_with_symbol(1, 12, 0xa2000001), ERR_UNSUPPORTED, "unknown binding 10");
    assert_refused(make_with_symbol(1, 12, 0x16000001), ERR_UNSUPPORTED, "thread-local");
    assert_refused(make_with_symbol(1, 12, 0x1a000001), ERR_UNSUPPORTED, "unknown type 10");
}

/* gcc marks so what has no code until it is linked. */
static void an_object_of_lto_is_refused(void **state)
{
    struct object *o = begin_small();

    (void)state;
    object_symbol(o, "__gnu_lto_slim", OBJECT_VARIABLE, SHN_COMMON, 1, 1);
    assert_refused(object_end(o), ERR_UNSUPPORTED, "-flto");
    o = begin_small();
    object_symbol(o, "__gnu_lto_slimmer", OBJECT_VARIABLE, SHN_COMMON, 1, 1);
    assert_accepted(object_end(o));
}

static void relocation_sections_of_odd_shape_are_refused(void **state)
{
    (void)state;
    assert_refused(make_with_field(".rela", OBJECT_SH_SIZE, 11), ERR_BAD_OBJECT, "relocation");
    assert_refused(make_with_field(".rela", 36, 8), ERR_BAD_OBJECT, "size of a relocation");
    assert_refused(make_with_field(".rela", OBJECT_SH_LINK, 0), ERR_BAD_OBJECT, "symbol table");
    assert_refused(make_with_field(".rela", OBJECT_SH_LINK, 8), ERR_BAD_OBJECT, "symbol table");
    assert_refused(make_with_field(".rela", OBJECT_SH_INFO, 9), ERR_BAD_OBJECT, "not there");
    assert_refused(make_with_field(".rela", OBJECT_SH_INFO, 0xffffffff), ERR_BAD_OBJECT,
                   "not there");
    assert_refused(make_with_field(".rela", OBJECT_SH_INFO, 5), ERR_BAD_OBJECT, "not there");
    assert_refused(make_with_field(".rela", OBJECT_SH_INFO, 3), ERR_BAD_OBJECT, "without bytes");
}

static void assert_relocation_refused(uint32_t offset, uint32_t info, const char *word)
{
    struct object_file file = make_small();
    struct elf_object elf;
    struct elf_section rela;
    struct elf_relocation r = {.offset = SENTINEL};

    assert_int_equal(elf_open(file.bytes, file.size, &elf), OK);
    rela = elf.sections[5];
    put32((uint8_t *)rela.bytes, offset);
    put32((uint8_t *)rela.bytes + 4, info);
    assert_int_equal(elf_relocation(&elf, &rela, 0, 8, &r), ERR_BAD_OBJECT);
    assert_non_null(strstr(status_explain(), word));
    assert_int_equal(r.offset, SENTINEL);
    elf_close(&elf);
    free(file.bytes);
}

static void relocations_out_of_bounds_are_refused(void **state)
{
    (void)state;
    assert_relocation_refused(8, 0x0000010a, "0x8 lies outside");
    assert_relocation_refused(0xffffffff, 0x0000010a, "lies outside");
    assert_relocation_refused(0, 0x0000060a, "symbol 6, which is not there");
    assert_relocation_refused(0, 0xffffff0a, "symbol 16777215");
}

/* ---- all at once ---- */

static void judge_truncations(const struct object_file *whole)
{
    for (size_t size = 0; size < whole->size; size++) {
        struct object_file cut = {malloc(size), size};

        memcpy(cut.bytes, whole->bytes, size);
        if (judge(&cut) == OK)
            fail_msg("%zu of %zu bytes were enough", size, whole->size);
        free(cut.bytes);
    }
}

static void every_truncation_is_refused(void **state)
{
    struct object_file small = make_small();
    struct object_file real = corpus_read("shapes+O2+fPIC+mcpu=750.o");

    (void)state;
    judge_truncations(&small);
    judge_truncations(&real);
    free(small.bytes);
    free(real.bytes);
}

/* Judges with one big-endian field of the header at `place` set to each boundary in turn. */
static void judge_field(struct object_file *file, uint8_t *place, unsigned width)
{
    const uint32_t size = (uint32_t)file->size;
    const uint32_t values[] = {
        0,        1,          2,          3,          4,          7,         8,        12,
        16,       0x7f,       0x80,       0xff,       0x100,      0x1000,    0x1001,   0x7fff,
        0x8000,   0xff00,     0xfff1,     0xfff2,     0xffff,     0x10000,   size - 1, size,
        size + 1, 0x7fffffff, 0x80000000, 0xfffff000, 0xfffffffc, 0xffffffff};
    uint8_t saved[4];

    memcpy(saved, place, width);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (width == 2)
            put16(place, (uint16_t)values[i]);
        else if (width == 4)
            put32(place, values[i]);
        else
            *place = (uint8_t)values[i];
        (void)!judge(file);
    }
    memcpy(place, saved, width);
}

/* Each byte, each half and each word of a header. */
static void judge_header(struct object_file *file, uint8_t *header, size_t size)
{
    for (unsigned width = 1; width <= 4; width *= 2)
        for (size_t i = 0; i + width <= size; i += width)
            judge_field(file, header + i, width);
}

static void judge_headers(struct object_file *file)
{
    unsigned n = get16(file->bytes + OBJECT_E_SHNUM);

    judge_header(file, file->bytes, ELF_HEADER_SIZE);
    for (unsigned i = 0; i < n; i++)
        judge_header(file, object_header(file, i), ELF_SECTION_SIZE);
    assert_int_equal(judge(file), OK);
}

static void judge_tables(struct object_file *file)
{
    unsigned n = get16(file->bytes + OBJECT_E_SHNUM);

    for (unsigned i = 0; i < n; i++) {
        const uint8_t *h = object_header(file, i);
        uint32_t type = get32(h + OBJECT_SH_TYPE);

        if (type == SHT_SYMTAB || type == SHT_RELA || type == SHT_STRTAB)
            judge_header(file, file->bytes + get32(h + OBJECT_SH_OFFSET),
                         get32(h + OBJECT_SH_SIZE));
    }
    assert_int_equal(judge(file), OK);
}

static void every_field_at_every_boundary_is_taken_or_refused(void **state)
{
    struct object_file small = make_small();
    struct object_file real = corpus_read("ping+O2+fPIE.o");

    (void)state;
    judge_headers(&small);
    judge_tables(&small);
    judge_headers(&real);
    judge_tables(&real);
    free(small.bytes);
    free(real.bytes);
}

/* Half of the places lie in headers and tables, which is where it matters. */
static size_t choose(const struct object_file *file, uint32_t *seed)
{
    uint32_t headers = get32(file->bytes + OBJECT_E_SHOFF);

    switch (random_below(seed, 4)) {
    case 0:
        return random_below(seed, ELF_HEADER_SIZE);
    case 1:
        return headers + random_below(seed, (uint32_t)file->size - headers);
    default:
        return random_below(seed, (uint32_t)file->size);
    }
}

static void flip_and_judge(const struct object_file *whole, uint32_t *seed, unsigned *n_ok)
{
    struct object_file flipped = {malloc(whole->size), whole->size};

    memcpy(flipped.bytes, whole->bytes, whole->size);
    for (uint32_t n = 1 + random_below(seed, 6); n > 0; n--)
        flipped.bytes[choose(whole, seed)] ^= (uint8_t)(1 << random_below(seed, 8));
    *n_ok += judge(&flipped) == OK;
    free(flipped.bytes);
}

static void random_flips_are_taken_or_refused(void **state)
{
    struct object_file small = make_small();
    struct object_file real = corpus_read("pong+O2+fpic.o");
    uint32_t seed = 1995;
    unsigned n_ok = 0;

    (void)state;
    for (int i = 0; i < N_FLIPPED; i++)
        flip_and_judge(i % 2 == 0 ? &small : &real, &seed, &n_ok);
    assert_in_range(n_ok, N_FLIPPED / 100, N_FLIPPED - N_FLIPPED / 100);
    free(small.bytes);
    free(real.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_read_as_they_were_written),
        cmocka_unit_test(symbols_are_read_as_they_were_written),
        cmocka_unit_test(relocations_are_read_as_they_were_written),
        cmocka_unit_test(an_executable_is_read_as_such),
        cmocka_unit_test(an_object_is_no_executable),
        cmocka_unit_test(flips_in_executables_are_taken_or_refused),
        cmocka_unit_test(an_object_without_symbols_is_fine),
        cmocka_unit_test(what_is_not_loaded_may_be_odd),
        cmocka_unit_test(sections_may_reach_to_the_end_of_the_file),
        cmocka_unit_test(the_greatest_alignments_are_accepted),
        cmocka_unit_test(every_object_of_the_compiler_is_accepted),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(section_headers_outside_the_file_are_refused),
        cmocka_unit_test(a_name_table_that_is_none_is_refused),
        cmocka_unit_test(sections_outside_the_file_are_refused),
        cmocka_unit_test(overlapping_sections_are_refused),
        cmocka_unit_test(sections_may_stand_in_any_order),
        cmocka_unit_test(an_overlap_is_found_in_any_order),
        cmocka_unit_test(odd_alignments_are_refused),
        cmocka_unit_test(kinds_of_sections_not_offered_are_refused),
        cmocka_unit_test(section_names_outside_their_table_are_refused),
        cmocka_unit_test(the_null_section_must_be_null),
        cmocka_unit_test(unterminated_strings_are_refused),
        cmocka_unit_test(a_symbol_table_of_odd_shape_is_refused),
        cmocka_unit_test(two_symbol_tables_are_refused),
        cmocka_unit_test(symbols_out_of_bounds_are_refused),
        cmocka_unit_test(reserved_section_indices_are_no_sections),
        cmocka_unit_test(kinds_of_symbols_not_offered_are_refused),
        cmocka_unit_test(an_object_of_lto_is_refused),
        cmocka_unit_test(relocation_sections_of_odd_shape_are_refused),
        cmocka_unit_test(relocations_out_of_bounds_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_field_at_every_boundary_is_taken_or_refused),
        cmocka_unit_test(random_flips_are_taken_or_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
