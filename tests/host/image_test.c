/* Tests of domains/image/image.c and image_relocate.c: from an object to linked bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/attributes.h"
#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/linkage.h"
#include "tests/host/public.h"

#define BL 0x48000001u
#define BLR 0x4e800020u

/* ---- making and looking ---- */

static int start(void **state)
{
    (void)state;
    (void)public_domain();
    fake_host_reset();
    return 0;
}

static int check_clean(void **state)
{
    (void)state;
    return fake_host_sweep();
}

/* Makes a domain of the file and frees the file. */
static status_t create_from(struct object_file file, struct domain **domain)
{
    status_t status = domain_make(&fake_terms, "test", file.bytes, file.size, domain);

    free(file.bytes);
    return status;
}

static struct domain *create(struct object *object)
{
    struct domain *domain = NULL;
    status_t status = create_from(object_end(object), &domain);

    if (status != OK)
        fail_msg("%s: %s", status_name(status), status_explain());
    return domain;
}

static void destroy(struct domain *domain)
{
    assert_int_equal(end_alone(domain), OK);
}

/* Nothing may be left of it, and the sentence has the word. */
static void assert_file_refused(struct object_file file, status_t expected, const char *word)
{
    int n_blocks = fake_host.n_blocks, n_images = fake_host.n_images;
    struct domain *domain = NULL;
    status_t status;

    fake_host.n_blocks++; /* the file's, which create_from frees */
    status = create_from(file, &domain);
    if (status != expected)
        fail_msg("%s: %s", status_name(status), status_explain());
    if (strstr(status_explain(), word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", status_explain(), word);
    assert_null(domain);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    assert_int_equal(fake_host.n_images, n_images);
}

static void assert_refused(struct object *object, status_t expected, const char *word)
{
    struct object_file file = object_end(object);

    fake_host.n_blocks--;
    assert_file_refused(file, expected, word);
}

static void resolve(struct domain *source, struct domain *target)
{
    if (domain_bind(source, target) != OK)
        fail_msg("%s", status_explain());
}

static uint32_t word_at(const struct domain *domain, vaddr_t address)
{
    const uint8_t *bytes = image_bytes(&domain->image, address);

    assert_non_null(bytes);
    return get32(bytes);
}

static const struct symbol *symbol_of(const struct domain *domain, const char *name)
{
    return symbol_find(&domain->image.symbols, name, symbol_hash(name));
}

static vaddr_t value_of(const struct domain *domain, const char *name)
{
    const struct symbol *symbol = symbol_of(domain, name);

    assert_non_null(symbol);
    return symbol->value;
}

static struct domain *fake_kernel(const char *name, const char *symbol, vaddr_t value)
{
    const struct public_symbol symbols[] = {{symbol, value}};

    return public_create(name, symbols, 1);
}

/* An object whose text is n words, all of them calls of `callee`. */
static struct object *begin_calls(size_t n, uint8_t type, int32_t addend)
{
    uint32_t words[64];
    struct object *o = object_begin();
    unsigned text, import;

    for (size_t i = 0; i < n; i++)
        words[i] = BL;
    text = object_words(o, ".text", OBJECT_CODE, words, n);
    import = object_symbol(o, "callee", OBJECT_IMPORT, SHN_UNDEF, 0, 0);
    for (uint32_t i = 0; i < n; i++)
        object_relocate(o, text, i * 4, type, import, addend);
    return o;
}

/* ---- segments ---- */

static void sections_go_to_the_segment_of_their_rights(void **state)
{
    static const uint32_t code[] = {BLR};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 1);
    unsigned rodata = object_section(o, ".rodata", SHT_PROGBITS, SHF_ALLOC, "constant", 8);
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "variable", 8);
    unsigned bss = object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 100);
    const struct image_memory *m;
    struct domain *d;

    (void)state;
    object_symbol(o, "in_text", OBJECT_FUNCTION, (uint16_t)text, 0, 4);
    object_symbol(o, "in_rodata", OBJECT_VARIABLE, (uint16_t)rodata, 4, 4);
    object_symbol(o, "in_data", OBJECT_VARIABLE, (uint16_t)data, 4, 4);
    object_symbol(o, "in_bss", OBJECT_VARIABLE, (uint16_t)bss, 96, 4);
    d = create(o);
    m = &d->image.memory;
    assert_int_equal(m->text.size, 4);
    assert_int_equal(m->rodata.size, 8);
    assert_int_equal(m->data.size, 108);
    assert_int_equal(value_of(d, "in_text"), m->text.address);
    assert_int_equal(value_of(d, "in_rodata"), m->rodata.address + 4);
    assert_int_equal(value_of(d, "in_data"), m->data.address + 4);
    assert_int_equal(value_of(d, "in_bss"), m->data.address + 8 + 96);
    assert_memory_equal(m->rodata.bytes, "constant", 8);
    assert_memory_equal(m->data.bytes, "variable", 8);
    for (size_t i = 8; i < 108; i++)
        assert_int_equal(m->data.bytes[i], 0);
    destroy(d);
}

static void sections_are_aligned_as_they_ask(void **state)
{
    struct object *o = object_begin();
    struct domain *d;

    (void)state;
    for (uint32_t alignment = 1; alignment <= 4096; alignment *= 2) {
        char name[16];
        unsigned section = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "x", 1);

        object_align(o, section, alignment);
        snprintf(name, sizeof name, "a%u", (unsigned)alignment);
        object_symbol(o, name, OBJECT_VARIABLE, (uint16_t)section, 0, 1);
    }
    d = create(o);
    for (uint32_t alignment = 1; alignment <= 4096; alignment *= 2) {
        char name[16];

        snprintf(name, sizeof name, "a%u", (unsigned)alignment);
        assert_int_equal(value_of(d, name) % alignment, 0);
        assert_int_equal(*image_bytes(&d->image, value_of(d, name)), 'x');
    }
    destroy(d);
}

static void text_is_aligned_to_words_at_least(void **state)
{
    static const uint32_t code[] = {BLR};
    struct object *o = object_begin();
    unsigned first, second;
    struct domain *d;

    (void)state;
    first = object_section(o, ".text.odd", SHT_PROGBITS, OBJECT_CODE, "odd", 3);
    object_align(o, first, 1);
    second = object_words(o, ".text", OBJECT_CODE, code, 1);
    object_align(o, second, 0);
    object_symbol(o, "second", OBJECT_FUNCTION, (uint16_t)second, 0, 4);
    d = create(o);
    assert_int_equal(value_of(d, "second"), FAKE_CODE + 4);
    destroy(d);
}

/* What was in the memory before must not come along, least of all executable. */
static void what_has_no_bytes_is_zero_in_every_segment(void **state)
{
    static const uint32_t flags[] = {OBJECT_CODE, SHF_ALLOC, OBJECT_DATA};
    static const uint32_t types[] = {SHT_NOBITS, SHT_NULL};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct object *o = object_begin();
        unsigned section = object_section(o, ".zeros", SHT_NOBITS, flags[i % 3], NULL, 64);
        struct object_file file;
        struct domain *d = NULL;

        object_symbol(o, "zeros", OBJECT_VARIABLE, (uint16_t)section, 0, 64);
        file = object_end(o);
        put32(object_header(&file, section) + OBJECT_SH_TYPE, types[i / 3]);
        assert_int_equal(create_from(file, &d), OK);
        for (unsigned k = 0; k < 64; k += 4)
            assert_int_equal(word_at(d, value_of(d, "zeros") + k), 0);
        destroy(d);
    }
}

static void gaps_and_idle_veneers_hold_nothing_old(void **state)
{
    struct object *o = begin_calls(1, R_PPC_REL24, 0);
    unsigned second = object_section(o, ".text.b", SHT_PROGBITS, OBJECT_CODE, "abcd", 4);
    const struct segment *text;
    struct domain *d;

    (void)state;
    object_align(o, second, 64);
    d = create(o);
    text = &d->image.memory.text;
    assert_int_equal(text->size, 64 + 4 + 16);
    for (size_t i = 4; i < text->size; i++)
        assert_int_equal(text->bytes[i], i >= 64 && i < 68 ? "abcd"[i - 64] : 0);
    destroy(d);
}

static void what_is_not_loaded_takes_no_memory(void **state)
{
    struct object *o = object_begin();
    struct domain *d;

    (void)state;
    object_section(o, ".debug_info", SHT_PROGBITS, 0, "debug", 5);
    object_section(o, ".note.GNU", SHT_NOTE, SHF_ALLOC, "note", 4);
    object_section(o, ".eh_frame", SHT_PROGBITS, SHF_ALLOC, "unwind", 6);
    object_section(o, ".whorl.other", SHT_PROGBITS, SHF_ALLOC, "ignored", 8);
    d = create(o);
    assert_int_equal(d->image.memory.text.size, 0);
    assert_int_equal(d->image.memory.rodata.size, 0);
    assert_int_equal(d->image.memory.data.size, 0);
    destroy(d);
}

static void images_too_large_are_refused(void **state)
{
    static const uint32_t sizes[] = {0x08000001, 0x7fffffff, 0x80000000, 0xffffffff};
    struct object *o;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        o = object_begin();
        object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, sizes[i]);
        assert_refused(o, ERR_NO_MEMORY, ".bss");
        o = object_begin();
        object_symbol(o, "huge", OBJECT_VARIABLE, SHN_COMMON, 4, sizes[i]);
        assert_refused(o, ERR_NO_MEMORY, "huge");
    }
    o = object_begin();
    object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 0x05000000);
    object_section(o, ".sbss", SHT_NOBITS, OBJECT_DATA, NULL, 0x05000000);
    assert_refused(o, ERR_NO_MEMORY, ".sbss: 0x5000000 bytes are more");
    fake_host.image_size_max = 1 << 20;
    o = object_begin();
    object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 0x07000000);
    object_section(o, ".rodata", SHT_NOBITS, SHF_ALLOC, NULL, 0x100);
    object_section(o, ".text", SHT_NOBITS, OBJECT_CODE, NULL, 0x1000);
    assert_refused(o, ERR_NO_MEMORY, "no memory for an image of 117444864 bytes");
}

/* ---- symbols ---- */

static void only_visible_global_symbols_are_exported(void **state)
{
    static const uint32_t code[] = {BLR, BLR};
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 2);
    struct domain *d;

    (void)state;
    object_symbol(o, "local", OBJECT_LOCAL, text, 4, 4);
    object_symbol(o, "global", OBJECT_FUNCTION, text, 0, 4);
    object_symbol(o, "weak", OBJECT_INFO(STB_WEAK, STT_FUNC), text, 0, 4);
    for (uint8_t visibility = 1; visibility < 4; visibility++) {
        static const char *const names[] = {"", "internal", "hidden", "protected"};

        object_symbol(o, names[visibility], OBJECT_FUNCTION, text, 0, 4);
        object_visibility(o, visibility);
    }
    d = create(o);
    assert_non_null(symbol_of(d, "global"));
    assert_true(symbol_of(d, "weak")->weak);
    assert_non_null(symbol_of(d, "protected"));
    assert_null(symbol_of(d, "local"));
    assert_null(symbol_of(d, "internal"));
    assert_null(symbol_of(d, "hidden"));
    assert_string_equal(symbol_at(&d->image.symbols, FAKE_CODE + 4)->name, "local");
    destroy(d);
}

static void symbols_keep_their_kind_and_size(void **state)
{
    static const uint32_t code[] = {BLR, BLR};
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 2);
    struct domain *d;

    (void)state;
    object_symbol(o, "procedure", OBJECT_FUNCTION, text, 0, 8);
    object_symbol(o, "variable", OBJECT_VARIABLE, text, 4, 4);
    object_symbol(o, "label", OBJECT_IMPORT, text, 4, 0);
    object_symbol(o, "common", OBJECT_INFO(STB_GLOBAL, STT_COMMON), SHN_COMMON, 4, 12);
    d = create(o);
    assert_int_equal(symbol_of(d, "procedure")->kind, SYMBOL_PROCEDURE);
    assert_int_equal(symbol_of(d, "procedure")->size, 8);
    assert_int_equal(symbol_of(d, "variable")->kind, SYMBOL_VARIABLE);
    assert_int_equal(symbol_of(d, "label")->kind, SYMBOL_OTHER);
    assert_int_equal(symbol_of(d, "common")->kind, SYMBOL_VARIABLE);
    assert_int_equal(symbol_of(d, "common")->size, 12);
    assert_false(symbol_of(d, "common")->weak);
    assert_null(image_bytes(&d->image, 0));
    assert_null(image_bytes(&d->image, FAKE_CODE + 8));
    assert_null(image_bytes(&d->image, FAKE_DATA + 12));
    destroy(d);
}

static void absolute_symbols_keep_their_value(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345678", 8);
    struct domain *d;

    (void)state;
    object_relocate(o, data, 4, R_PPC_ADDR32,
                    object_symbol(o, "absolute", OBJECT_IMPORT, SHN_ABS, 0xdeadbee0, 0), 5);
    d = create(o);
    assert_int_equal(value_of(d, "absolute"), 0xdeadbee0);
    assert_int_equal(word_at(d, FAKE_DATA + 4), 0xdeadbee5);
    destroy(d);
}

static void common_symbols_get_zeroed_room_of_their_own(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345678", 7);
    unsigned b;
    struct domain *d;

    (void)state;
    object_symbol(o, "a", OBJECT_VARIABLE, SHN_COMMON, 1, 3);
    b = object_symbol(o, "b", OBJECT_VARIABLE, SHN_COMMON, 16, 20);
    object_symbol(o, "c", OBJECT_VARIABLE, SHN_COMMON, 4, 4);
    object_relocate(o, data, 0, R_PPC_ADDR32, b, 8);
    d = create(o);
    assert_int_equal(value_of(d, "a"), FAKE_DATA + 7);
    assert_int_equal(value_of(d, "b"), FAKE_DATA + 16);
    assert_int_equal(value_of(d, "c"), FAKE_DATA + 36);
    assert_int_equal(word_at(d, FAKE_DATA), FAKE_DATA + 24);
    assert_int_equal(d->image.memory.data.size, 40);
    for (size_t i = 7; i < 40; i++)
        assert_int_equal(d->image.memory.data.bytes[i], 0);
    destroy(d);
}

static void a_symbol_defined_twice_is_refused(void **state)
{
    struct object *o = object_begin();

    (void)state;
    object_symbol(o, "twice", OBJECT_IMPORT, SHN_ABS, 1, 0);
    object_symbol(o, "twice", OBJECT_IMPORT, SHN_ABS, 2, 0);
    assert_refused(o, ERR_BAD_OBJECT, "twice is defined twice");
}

static void local_symbols_may_share_a_name(void **state)
{
    static const uint32_t code[] = {BLR, BLR};
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 2);

    (void)state;
    object_symbol(o, "same", OBJECT_LOCAL, text, 0, 4);
    object_symbol(o, "same", OBJECT_LOCAL, text, 4, 4);
    object_symbol(o, "same", OBJECT_FUNCTION, text, 0, 4);
    destroy(create(o));
}

/* ---- relocations ---- */

static void every_type_that_is_not_applied_is_refused_by_name(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct object *o;

        if (relocation_types[type].kind != RELOCATION_REFUSED)
            continue;
        o = begin_calls(1, (uint8_t)type, 0);
        assert_refused(o, ERR_UNSUPPORTED, relocation_name((uint8_t)type));
        assert_non_null(strstr(status_explain(), ".text+0x0"));
        assert_non_null(strstr(status_explain(), "callee"));
    }
    assert_refused(begin_calls(1, 109, 0), ERR_UNSUPPORTED,
                   "relocation R_PPC_EMB_SDA21 (109) at .text+0x0 for callee is not offered; "
                   "compile with -msdata=none");
    assert_refused(begin_calls(1, 33, 0), ERR_UNSUPPORTED, "is not offered");
    assert_null(strstr(status_explain(), "compile"));
}

static void a_refused_type_may_have_no_symbol(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);

    (void)state;
    object_relocate(o, data, 0, 200, 0, 0);
    assert_refused(o, ERR_UNSUPPORTED, "R_PPC_?");
}

static void relocations_that_reach_beyond_their_section_are_refused(void **state)
{
    static const struct {
        uint8_t type;
        uint32_t offset;
    } rows[] = {{R_PPC_ADDR32, 6}, {R_PPC_ADDR32, 7}, {R_PPC_ADDR16, 7},         {R_PPC_REL24, 5},
                {R_PPC_GOT16, 7},  {R_PPC_NONE, 8},   {R_PPC_ADDR32, 0xfffffffc}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct object *o = object_begin();
        unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345678", 8);

        object_relocate(o, data, rows[i].offset, rows[i].type, 0, 0);
        assert_refused(o, ERR_BAD_OBJECT, "the section");
    }
}

static void relocations_for_no_symbol_that_is_there_are_refused(void **state)
{
    static const unsigned symbols[] = {2, 3, 0x7fffff, 0xffffff};

    (void)state;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct object *o = object_begin();
        unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345678", 8);

        object_symbol(o, "only", OBJECT_VARIABLE, (uint16_t)data, 0, 4);
        object_relocate(o, data, 0, R_PPC_ADDR32, symbols[i], 0);
        assert_refused(o, ERR_BAD_OBJECT, "which is not there");
    }
}

static void relocations_at_the_last_byte_are_applied(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234567", 7);
    struct domain *d;

    (void)state;
    object_relocate(o, data, 3, R_PPC_ADDR32, 0, 0x01020304);
    object_relocate(o, data, 1, R_PPC_ADDR16, 0, 0x4142);
    object_relocate(o, data, 6, R_PPC_NONE, 0, 0);
    d = create(o);
    assert_memory_equal(d->image.memory.data.bytes, "1AB\1\2\3\4", 7);
    destroy(d);
}

static void references_to_what_is_not_loaded_are_refused(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);
    unsigned debug = object_section(o, ".debug", SHT_PROGBITS, 0, "1234", 4);
    unsigned symbol = object_symbol(o, "in_debug", OBJECT_VARIABLE, (uint16_t)debug, 0, 4);

    (void)state;
    object_relocate(o, data, 0, R_PPC_ADDR32, symbol, 0);
    assert_refused(o, ERR_BAD_OBJECT, "section .debug, which is not loaded");
}

static void relocations_of_what_is_not_loaded_are_ignored(void **state)
{
    struct object *o = object_begin();
    unsigned debug = object_section(o, ".debug", SHT_PROGBITS, 0, "1234", 4);
    struct domain *d;

    (void)state;
    object_relocate(o, debug, 0, 200, object_symbol(o, "nobody", OBJECT_IMPORT, 0, 0, 0), 0);
    object_relocate(o, debug, 0xffffffff, 1, 0, 0);
    d = create(o);
    assert_int_equal(d->image.n_imports, 0);
    destroy(d);
}

static void an_undefined_local_symbol_is_refused(void **state)
{
    static const uint8_t types[] = {R_PPC_ADDR32, R_PPC_REL24, R_PPC_GOT16};

    (void)state;
    for (size_t i = 0; i < sizeof types; i++) {
        struct object *o = object_begin();
        unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);

        object_relocate(o, data, 0, types[i],
                        object_symbol(o, "lost", OBJECT_INFO(STB_LOCAL, 0), 0, 0, 0), 0);
        assert_refused(o, ERR_BAD_OBJECT, "lost is not defined");
    }
}

static void calls_within_the_object_are_direct(void **state)
{
    static const uint32_t code[] = {BL, BLR, BLR};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 3);
    struct domain *d;

    (void)state;
    object_relocate(o, text, 0, R_PPC_REL24,
                    object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), (uint16_t)text, 0, 0),
                    8);
    d = create(o);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 8);
    assert_int_equal(d->image.memory.text.size, 12);
    destroy(d);
}

static void assert_veneer(const struct domain *d, vaddr_t at, vaddr_t target)
{
    assert_int_equal(word_at(d, at), 0x3d800000 | (target + 0x8000) >> 16);
    assert_int_equal(word_at(d, at + 4), 0x398c0000 | (target & 0xffff));
    assert_int_equal(word_at(d, at + 8), 0x7d8903a6);
    assert_int_equal(word_at(d, at + 12), 0x4e800420);
}

/* Where it faults, as it does for GNU ld; both calls need the same slot. */
static void a_call_to_data_gets_there_through_a_slot(void **state)
{
    static const uint32_t code[] = {BL, BL};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 2);
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);
    unsigned wrong = object_symbol(o, "wrong", OBJECT_VARIABLE, (uint16_t)data, 0, 4);
    struct domain *d;

    (void)state;
    object_relocate(o, text, 0, R_PPC_REL24, wrong, 0);
    object_relocate(o, text, 4, R_PPC_REL24, wrong, 0);
    d = create(o);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 8);
    assert_int_equal(word_at(d, FAKE_CODE + 4), BL | 4);
    assert_veneer(d, FAKE_CODE + 8, FAKE_DATA);
    assert_int_equal(word_at(d, FAKE_CODE + 24), 0);
    destroy(d);
}

static void a_call_of_an_absolute_address_goes_through_a_slot_if_it_is_far(void **state)
{
    static const uint32_t code[] = {BL, BL, BL};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 3);
    struct domain *d;

    (void)state;
    object_relocate(o, text, 0, R_PPC_REL24,
                    object_symbol(o, "near", OBJECT_IMPORT, SHN_ABS, 0x1000, 0), 0);
    object_relocate(o, text, 4, R_PPC_REL24,
                    object_symbol(o, "far", OBJECT_IMPORT, SHN_ABS, 0x20001000, 0), 8);
    object_relocate(o, text, 8, R_PPC_REL24, 0, 0x30001000); /* of no symbol */
    d = create(o);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 2 | 0x1000);
    assert_int_equal(word_at(d, FAKE_CODE + 4), BL | 8);
    assert_int_equal(word_at(d, FAKE_CODE + 8), BL | 20);
    assert_veneer(d, FAKE_CODE + 12, 0x20001008);
    assert_veneer(d, FAKE_CODE + 28, 0x30001000);
    destroy(d);
}

/*
 * A conditional branch within text that does not reach takes no slot from those that
 * were counted for others, nor room behind the last.
 */
static void a_conditional_branch_within_the_object_that_does_not_reach_is_refused(void **state)
{
    static const uint32_t code[] = {BL};

    (void)state;
    for (int far = 0; far < 2; far++) {
        struct object *o = object_begin();
        uint8_t *zeros = calloc(1, 0x9000);
        unsigned text = object_section(o, ".text", SHT_PROGBITS, OBJECT_CODE, zeros, 0x9000);
        unsigned other = object_words(o, ".text.other", OBJECT_CODE, code, 1);
        unsigned first = object_symbol(o, "first", OBJECT_FUNCTION, (uint16_t)text, 0, 4);

        free(zeros);
        object_relocate(o, text, 0x8ffc, R_PPC_REL14, first, 4);
        object_relocate(o, text, 0x8ff8, R_PPC_REL14, first, 0);
        if (far)
            object_relocate(o, other, 0, R_PPC_REL24,
                            object_symbol(o, "far", OBJECT_IMPORT, SHN_ABS, 0x20001000, 0), 0);
        assert_refused(o, ERR_RANGE, "R_PPC_REL14");
    }
}

/* A sum that fixups could not tell apart any more. */
static void an_image_whose_parts_are_too_large_together_is_refused(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345678", 8);

    (void)state;
    object_section(o, ".zeros", SHT_NOBITS, SHF_ALLOC, NULL, 0x08000000);
    object_relocate(o, data, 4, R_PPC_ADDR32,
                    object_symbol(o, "far_variable", OBJECT_IMPORT, 0, 0, 0), 0);
    assert_refused(o, ERR_NO_MEMORY, "0x8000018 bytes are more than any image can have");
}

/* ---- imports ---- */

static void imports_are_stored_wherever_they_are_wanted(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "0123456789abcdef", 16);
    unsigned import = object_symbol(o, "far_variable", OBJECT_IMPORT, 0, 0, 0);
    struct domain *d;

    (void)state;
    object_relocate(o, data, 0, R_PPC_ADDR32, import, 0x100);
    object_relocate(o, data, 6, R_PPC_ADDR16_HA, import, 0);
    object_relocate(o, data, 8, R_PPC_REL32, import, -4);
    object_symbol(o, "never_used", OBJECT_IMPORT, 0, 0, 0);
    d = create(o);
    assert_int_equal(d->image.n_imports, 1);
    assert_int_equal(word_at(d, FAKE_DATA), 0xe0000100); /* not bound */
    assert_memory_equal(d->image.memory.data.bytes + 4, "456789abcdef", 12);
    resolve(public_domain(), d);
    assert_int_equal(word_at(d, FAKE_DATA), PUBLIC_VARIABLE + 0x100);
    assert_int_equal(word_at(d, FAKE_DATA + 4), 0x34350000 | (PUBLIC_VARIABLE + 0x8000) >> 16);
    assert_int_equal(word_at(d, FAKE_DATA + 8), PUBLIC_VARIABLE - 4 - (FAKE_DATA + 8));
    assert_memory_equal(d->image.memory.data.bytes + 12, "cdef", 4);
    destroy(d);
}

/* The word of a call of `callee` at FAKE_CODE when that is at value. */
static uint32_t call_word(const char *kernel, vaddr_t value, struct domain **domain)
{
    struct domain *source = fake_kernel(kernel, "callee", value);

    *domain = create(begin_calls(2, R_PPC_REL24, 0));
    resolve(source, *domain);
    return word_at(*domain, FAKE_CODE);
}

static void calls_in_reach_go_straight_to_an_import(void **state)
{
    static const struct {
        const char *kernel;
        vaddr_t value;
        uint32_t word;
    } rows[] = {
        {"near", FAKE_CODE + 0x1000, BL | 0x1000},
        {"last", FAKE_CODE + 0x01fffffc, BL | 0x01fffffc},
        {"first", FAKE_CODE - 0x02000000, BL | 0x02000000},
        {"low", 0x01ffffa0, BL | 2 | 0x01ffffa0},
        {"zero", 0x00000000, BL | 2},
        {"top", 0xfffffff0, BL | 2 | 0x03fffff0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct domain *d;

        fake_host_reset();
        assert_int_equal(call_word(rows[i].kernel, rows[i].value, &d), rows[i].word);
        destroy(d);
    }
}

static void calls_out_of_reach_share_one_veneer(void **state)
{
    static const vaddr_t values[] = {FAKE_CODE + 0x02000004, 0x81fffffc, 0xfdfffffc, 0x12348000,
                                     0x1234fffc};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char name[8];
        struct domain *d;

        snprintf(name, sizeof name, "far%zu", i);
        fake_host_reset();
        assert_int_equal(call_word(name, values[i], &d), BL | 8);
        assert_int_equal(word_at(d, FAKE_CODE + 4), BL | 4);
        assert_int_equal(d->image.memory.text.size, 8 + 16);
        assert_int_equal(word_at(d, FAKE_CODE + 8), 0x3d800000 | (values[i] + 0x8000) >> 16);
        assert_int_equal(word_at(d, FAKE_CODE + 12), 0x398c0000 | (values[i] & 0xffff));
        assert_int_equal(word_at(d, FAKE_CODE + 16), 0x7d8903a6);
        assert_int_equal(word_at(d, FAKE_CODE + 20), 0x4e800420);
        destroy(d);
    }
}

static void every_import_has_a_veneer_of_its_own(void **state)
{
    static const uint32_t code[] = {BL, BL, BL};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 3);
    struct domain *one = fake_kernel("k1", "one", 0x20000000);
    struct domain *two = fake_kernel("k2", "two", 0x30000000), *d;

    (void)state;
    object_relocate(o, text, 0, R_PPC_REL24, object_symbol(o, "one", OBJECT_IMPORT, 0, 0, 0), 0);
    object_relocate(o, text, 4, R_PPC_PLTREL24, object_symbol(o, "two", OBJECT_IMPORT, 0, 0, 0),
                    0x8000);
    object_relocate(o, text, 8, R_PPC_ADDR16, object_symbol(o, "data", OBJECT_IMPORT, 0, 0, 0), 0);
    d = create(o);
    assert_int_equal(d->image.memory.text.size, 12 + 3 * 16);
    resolve(two, d);
    resolve(one, d);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 12);
    assert_int_equal(word_at(d, FAKE_CODE + 4), BL | 24);
    assert_int_equal(word_at(d, FAKE_CODE + 12), 0x3d802000);
    assert_int_equal(word_at(d, FAKE_CODE + 28), 0x3d803000);
    destroy(d);
}

static void a_procedure_that_must_know_who_calls_is_reached_through_a_veneer(void **state)
{
    static const uint32_t code[] = {BL, BL};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 1);
    unsigned data = object_words(o, ".data", OBJECT_DATA, code, 1);
    unsigned symbol = object_symbol(o, "asks", OBJECT_IMPORT, 0, 0, 0);
    struct domain *kernel = fake_kernel("k5", "asks", 0x01234560), *d;
    struct domain *far = fake_kernel("k6", "asks", 0x20000000);

    (void)state;
    kernel->image.symbols.symbols[0].identified = true;
    far->image.symbols.symbols[0].identified = true;
    object_relocate(o, text, 0, R_PPC_REL24, symbol, 0);
    object_relocate(o, data, 0, R_PPC_ADDR32, symbol, 0);
    d = create(o);
    assert_int_equal(domain_bind(far, d), ERR_RANGE);
    resolve(kernel, d);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 4);
    assert_int_equal(word_at(d, FAKE_CODE + 4), 0x39800123);
    assert_int_equal(word_at(d, FAKE_CODE + 8), 0x7d9143a6);
    assert_int_equal(word_at(d, FAKE_CODE + 12), 0x49234562);
    assert_int_equal(word_at(d, d->image.memory.data.address), FAKE_CODE + 4);
    destroy(d);
}

static void a_far_call_into_the_middle_of_an_import_has_a_slot_of_its_own(void **state)
{
    struct domain *far = fake_kernel("k3", "callee", 0x20000000);
    struct object *o = begin_calls(2, R_PPC_REL24, 8);
    struct domain *d;

    (void)state;
    object_relocate(o, 1, 4, R_PPC_REL24, 1, 0x10);
    d = create(o);
    assert_int_equal(d->image.memory.text.address + d->image.memory.text.size - d->image.islands[0],
                     4 * 16);
    resolve(far, d);
    assert_int_equal(word_at(d, FAKE_CODE), BL | (8 + 16));
    assert_int_equal(word_at(d, FAKE_CODE + 8), 0);
    assert_veneer(d, FAKE_CODE + 8 + 16, 0x20000008);
    assert_veneer(d, FAKE_CODE + 8 + 48, 0x20000010);
    destroy(d);
}

static void a_near_call_into_the_middle_of_an_import_is_fine(void **state)
{
    struct domain *near = fake_kernel("k4", "callee", FAKE_CODE + 0x100);
    struct domain *d = create(begin_calls(1, R_PPC_REL24, 8));

    (void)state;
    resolve(near, d);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 0x108);
    destroy(d);
}

static void a_conditional_branch_reaches_an_import_through_the_veneer(void **state)
{
    struct domain *far = fake_kernel("k5", "callee", 0x20000000);
    struct object *o = begin_calls(2, R_PPC_REL24, 0);
    static const uint32_t code[] = {0x41820000};
    unsigned other = object_words(o, ".text.b", OBJECT_CODE, code, 1);
    struct domain *d;

    (void)state;
    object_relocate(o, other, 0, R_PPC_REL14, 1, 0);
    d = create(o);
    resolve(far, d);
    assert_int_equal(word_at(d, FAKE_CODE + 8), 0x41820004);
    destroy(d);
}

static void a_conditional_branch_too_far_from_its_veneer_is_refused(void **state)
{
    struct domain *far = fake_kernel("k7", "callee", 0x20000000);
    struct object *o = object_begin();
    uint8_t *zeros = calloc(1, 0x9000);
    unsigned text = object_section(o, ".text", SHT_PROGBITS, OBJECT_CODE, zeros, 0x9000);
    struct domain *d;

    (void)state;
    free(zeros);
    object_relocate(o, text, 0, R_PPC_REL14, object_symbol(o, "callee", OBJECT_IMPORT, 0, 0, 0), 0);
    d = create(o);
    assert_int_equal(domain_bind(far, d), ERR_RANGE);
    assert_non_null(strstr(status_explain(), "R_PPC_REL14"));
    destroy(d);
}

static void a_call_of_an_import_between_words_is_refused(void **state)
{
    struct domain *odd = fake_kernel("k6", "callee", 0x20000002);
    struct domain *d = create(begin_calls(1, R_PPC_REL24, 0));

    (void)state;
    assert_int_equal(domain_bind(odd, d), ERR_RANGE);
    assert_non_null(strstr(status_explain(), "not a word address"));
    destroy(d);
}

static void bind_to(struct domain *d, vaddr_t value)
{
    struct symbol symbol = {.name = "callee", .value = value};

    d->image.imports[0].symbol = &symbol;
    assert_int_equal(image_bind(&d->image, &d->image.imports[0], &symbol), OK);
    d->image.imports[0].symbol = NULL;
}

/* The same bytes come out whatever was bound before. */
static void binding_again_leaves_nothing_of_the_first_time(void **state)
{
    struct domain *d = create(begin_calls(2, R_PPC_REL24, 0));
    const struct segment *text = &d->image.memory.text;
    uint8_t once[8 + 16];

    (void)state;
    assert_int_equal(text->size, sizeof once);
    bind_to(d, 0x12345678);
    memcpy(once, text->bytes, sizeof once);
    assert_int_equal(word_at(d, FAKE_CODE), BL | 8);
    assert_int_equal(word_at(d, FAKE_CODE + 8), 0x3d801234);
    image_unbind(&d->image, &d->image.imports[0]);
    bind_to(d, 0x20000000);
    image_unbind(&d->image, &d->image.imports[0]);
    bind_to(d, 0xfffffff0);
    assert_int_equal(word_at(d, FAKE_CODE + 8), 0);
    image_unbind(&d->image, &d->image.imports[0]);
    bind_to(d, 0x12345678);
    assert_memory_equal(text->bytes, once, sizeof once);
    destroy(d);
}

/* ---- the offset table ---- */

#define LWZ 0x80600000u

/* n loads, each through an entry of its own; the last symbol also through the table's address. */
static struct object *begin_offsets(unsigned n)
{
    uint32_t *words = calloc(n + 1, 4);
    struct object *o = object_begin();
    unsigned text;

    for (unsigned i = 0; i <= n; i++)
        words[i] = LWZ;
    text = object_words(o, ".text", OBJECT_CODE, words, n + 1);
    for (unsigned i = 0; i < n; i++) {
        char name[16];

        snprintf(name, sizeof name, "v%u", i);
        object_relocate(o, text, i * 4 + 2, R_PPC_GOT16,
                        object_symbol(o, name, OBJECT_IMPORT, SHN_ABS, 0x1000 + i, 0), 0);
    }
    object_relocate(o, text, n * 4, R_PPC_ADDR32,
                    object_symbol(o, "_GLOBAL_OFFSET_TABLE_", OBJECT_IMPORT, 0, 0, 0), 0);
    free(words);
    return o;
}

static void assert_entries(unsigned n)
{
    struct domain *d;
    vaddr_t table;

    fake_host_reset();
    d = create(begin_offsets(n));
    table = word_at(d, FAKE_CODE + n * 4);
    for (unsigned i = 0; i < n; i++) {
        uint32_t word = word_at(d, FAKE_CODE + i * 4);

        assert_int_equal(word & 0xffff0000, LWZ);
        assert_int_equal(word_at(d, table + (uint32_t)(int16_t)word), 0x1000 + i);
    }
    assert_int_equal(d->image.memory.data.size, n * 4);
    destroy(d);
}

static void what_only_binding_writes_is_told(void **state)
{
    struct object *o = begin_offsets(3);
    const struct array *constants;
    struct domain *d;

    (void)state;
    object_section(o, ".got2", SHT_PROGBITS, OBJECT_DATA, "abcdefgh", 8);
    object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "12345", 5);
    object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 8);
    d = create(o);
    constants = d->image.constants;
    assert_int_equal(constants[0].address, d->image.memory.data.address + 8);
    assert_int_equal(constants[0].count, 2);
    assert_memory_equal(image_bytes(&d->image, constants[0].address), "abcdefgh", 8);
    assert_int_equal(constants[1].count, 3);
    assert_int_equal(word_at(d, constants[1].address), 0x1000);
    destroy(d);
}

static vaddr_t told[8];

static void tell(void *context, size_t object, unsigned section, vaddr_t address)
{
    assert_ptr_equal(context, told);
    assert_int_equal(object, 0);
    assert_in_range(section, 1, 7);
    told[section] = address;
}

static void tools_are_told_where_sections_are(void **state)
{
    static const uint32_t code[] = {0x4e800020};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 1);
    unsigned note = object_section(o, ".comment", SHT_PROGBITS, 0, "hello", 6);
    unsigned more = object_words(o, ".text.more", OBJECT_CODE, code, 1);
    struct object_file file = object_end(o);
    struct elf_object elf;
    struct image image;

    (void)state;
    fake_host_reset();
    assert_int_equal(elf_open(file.bytes, file.size, &elf), OK);
    assert_int_equal(image_create_placed(&elf, 1, &image, tell, told), OK);
    assert_int_equal(told[text], image.memory.text.address);
    assert_int_equal(told[more], image.memory.text.address + 4);
    assert_int_equal(told[note], 0);
    image_destroy(&image);
    elf_close(&elf);
    free(file.bytes);
}

static void offsets_lead_to_entries_that_hold_the_addresses(void **state)
{
    (void)state;
    assert_entries(1);
    assert_entries(100);
}

static void a_large_offset_table_is_addressed_from_its_middle(void **state)
{
    (void)state;
    assert_entries(8191);
    assert_entries(8192);
    assert_entries(16384);
}

static void an_offset_table_larger_than_64_kb_is_refused(void **state)
{
    (void)state;
    assert_refused(begin_offsets(16385), ERR_RANGE, "R_PPC_GOT16");
}

static void a_symbol_has_one_entry_however_often_it_is_used(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "0123456789ab", 12);
    unsigned import = object_symbol(o, "far_variable", OBJECT_IMPORT, 0, 0, 0);
    struct domain *d;

    (void)state;
    object_relocate(o, data, 0, R_PPC_GOT16, import, 0);
    object_relocate(o, data, 2, R_PPC_GOT16_LO, import, 0);
    object_relocate(o, data, 4, R_PPC_GOT16_HA, import, 0);
    object_relocate(o, data, 6, R_PPC_GOT16_HI, import, 0);
    object_relocate(o, data, 8, R_PPC_ADDR32, import, 4);
    d = create(o);
    assert_int_equal(d->image.memory.data.size, 16);
    assert_int_equal(word_at(d, FAKE_DATA), 0);
    assert_int_equal(word_at(d, FAKE_DATA + 4), 0);
    resolve(public_domain(), d);
    assert_int_equal(word_at(d, FAKE_DATA + 12), PUBLIC_VARIABLE);
    assert_int_equal(word_at(d, FAKE_DATA + 8), PUBLIC_VARIABLE + 4);
    destroy(d);
}

static void offsets_of_other_kinds_are_refused(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);

    (void)state;
    object_relocate(o, data, 0, R_PPC_GOT16, object_symbol(o, "s", OBJECT_IMPORT, 0, 0, 0), 4);
    assert_refused(o, ERR_UNSUPPORTED, "offset table entry of s with an addend");
    o = begin_calls(1, R_PPC_REL24, 0);
    object_relocate(o, 1, 0, R_PPC_LOCAL24PC,
                    object_symbol(o, "_GLOBAL_OFFSET_TABLE_", OBJECT_IMPORT, 0, 0, 0), -4);
    assert_refused(o, ERR_UNSUPPORTED, "-msecure-plt");
}

/* An entry for the table itself, and direct references to it, in both orders. */
static void the_offset_table_has_no_entry_of_itself(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct object *o = object_begin();
        unsigned data =
            object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "0123456789abcdef", 16);
        unsigned table = object_symbol(o, "_GLOBAL_OFFSET_TABLE_", OBJECT_IMPORT, 0, 0, 0);

        for (unsigned i = 0; i < 4; i++)
            object_relocate(o, data, i * 4, (i + first) % 2 == 0 ? R_PPC_GOT16 : R_PPC_ADDR32,
                            table, 0);
        assert_refused(o, ERR_UNSUPPORTED, "_GLOBAL_OFFSET_TABLE_");
    }
}

/* ---- arrays ---- */

static void arrays_of_odd_size_are_refused(void **state)
{
    struct object *o = object_begin();

    (void)state;
    object_section(o, ".init_array", SHT_INIT_ARRAY, OBJECT_DATA, "123456", 6);
    assert_refused(o, ERR_BAD_OBJECT, ".init_array: not an array of pointers");
}

/* An array of one pointer, whose value tells which it is. */
static void add_array(struct object *o, const char *name, uint32_t type, uint32_t value)
{
    object_type(o, object_words(o, name, OBJECT_DATA, &value, 1), type);
}

static void assert_array(const struct domain *d, const struct array *array, const uint32_t *values,
                         uint32_t n)
{
    assert_int_equal(array->count, n);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(word_at(d, array->address + i * 4), values[i]);
}

static void arrays_of_one_kind_lie_together_in_the_order_of_priorities(void **state)
{
    static const uint32_t in_order[] = {1, 2, 3, 4, 5};
    struct object *o = object_begin();
    struct domain *d;

    (void)state;
    add_array(o, ".init_array", SHT_INIT_ARRAY, 4);
    add_array(o, ".data", SHT_PROGBITS, 0x77777777);
    add_array(o, ".init_array.00300", SHT_INIT_ARRAY, 3);
    add_array(o, ".ctors.00300", SHT_PROGBITS, 3);
    add_array(o, ".ctors", SHT_PROGBITS, 1);
    object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 40);
    add_array(o, ".init_array.00101", SHT_INIT_ARRAY, 1);
    add_array(o, ".sdata", SHT_PROGBITS, 0x88888888);
    add_array(o, ".ctors.00299", SHT_PROGBITS, 2);
    add_array(o, ".init_array.00102", SHT_INIT_ARRAY, 2);
    add_array(o, ".init_array", SHT_INIT_ARRAY, 5);
    d = create(o);
    assert_array(d, &d->image.constructors[0], NULL, 0);
    assert_array(d, &d->image.constructors[1], in_order, 5);
    assert_array(d, &d->image.constructors[2], in_order, 3);
    assert_int_equal(word_at(d, FAKE_DATA + 32), 0x77777777);
    assert_int_equal(word_at(d, FAKE_DATA + 36), 0x88888888);
    assert_int_equal(word_at(d, FAKE_DATA + 40), 0);
    assert_int_equal(d->image.memory.data.size, 80);
    destroy(d);
}

static void arrays_of_destructors_are_ordered_too(void **state)
{
    static const uint32_t in_order[] = {1, 2, 3};
    struct object *o = object_begin();
    struct domain *d;

    (void)state;
    add_array(o, ".fini_array", SHT_FINI_ARRAY, 3);
    add_array(o, ".dtors.00200", SHT_PROGBITS, 3);
    add_array(o, ".dtors.00100", SHT_PROGBITS, 2);
    add_array(o, ".fini_array.00101", SHT_FINI_ARRAY, 1);
    add_array(o, ".dtors", SHT_PROGBITS, 1);
    add_array(o, ".fini_array.00102", SHT_FINI_ARRAY, 2);
    d = create(o);
    assert_array(d, &d->image.destructors[0], in_order, 3);
    assert_array(d, &d->image.destructors[1], in_order, 3);
    destroy(d);
}

static void names_that_only_begin_like_an_array_are_data(void **state)
{
    struct object *o = object_begin();
    struct domain *d;

    (void)state;
    object_section(o, ".init_arrays", SHT_PROGBITS, OBJECT_DATA, "123", 3);
    object_section(o, ".ctor", SHT_PROGBITS, OBJECT_DATA, "123", 3);
    object_section(o, ".init_array", SHT_PROGBITS, SHF_ALLOC, "1234", 4);
    object_section(o, ".fini_array", SHT_NOBITS, OBJECT_DATA, NULL, 4);
    d = create(o);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(d->image.constructors[i].count, 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(d->image.destructors[i].count, 0);
    destroy(d);
}

/* ---- notes ---- */

static struct object *begin_note(const char *name, const char *bytes, uint32_t size)
{
    struct object *o = object_begin();

    object_section(o, name, SHT_PROGBITS, SHF_ALLOC, bytes, size);
    return o;
}

static void bad_names_of_the_domain_are_refused(void **state)
{
    struct object *o;

    (void)state;
    assert_refused(begin_note(".whorl.domain", "", 0), ERR_BAD_OBJECT, "not a name");
    assert_refused(begin_note(".whorl.domain", "", 1), ERR_BAD_OBJECT, "not a name");
    assert_refused(begin_note(".whorl.domain", "name", 4), ERR_BAD_OBJECT, "not a name");
    assert_refused(begin_note(".whorl.domain", "\0name", 6), ERR_BAD_OBJECT, "not a name");
    assert_refused(begin_note(".whorl.domain", "one\0two", 8), ERR_BAD_OBJECT, "more than one");
    o = begin_note(".whorl.domain", "one", 4);
    object_section(o, ".whorl.domain", SHT_PROGBITS, 0, "two", 4);
    assert_refused(o, ERR_BAD_OBJECT, "more than one DOMAIN");
    o = object_begin();
    object_section(o, ".whorl.domain", SHT_NOBITS, SHF_ALLOC, NULL, 8);
    assert_refused(o, ERR_BAD_OBJECT, "not a name");
}

/* All that is copied was counted. */
static void sections_of_types_that_are_something_else_are_none(void **state)
{
    static const uint32_t types[] = {SHT_GNU_ATTRIBUTES, SHT_NOTE, SHT_NOBITS};
    uint8_t *bytes = calloc(1, 4000);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct object *o = object_begin();

        object_section(o, ".BTF", SHT_PROGBITS, 0, "type", 4);
        object_section(o, ".BTF", types[i], 0, types[i] == SHT_NOBITS ? NULL : bytes, 4000);
        object_section(o, ".BTF", SHT_PROGBITS, SHF_ALLOC, bytes, 4000);
        assert_refused(o, ERR_BAD_OBJECT, ".BTF");
    }
    free(bytes);
}

static void a_name_of_one_letter_and_an_empty_list_are_fine(void **state)
{
    struct domain *d = create(begin_note(".whorl.domain", "x", 2));

    (void)state;
    assert_string_equal(d->name, "x");
    destroy(d);
    d = create(begin_note(".whorl.import", "", 0));
    assert_int_equal(d->image.required_size, 0);
    destroy(d);
}

static void bad_lists_of_imported_domains_are_refused(void **state)
{
    struct object *o;

    (void)state;
    assert_refused(begin_note(".whorl.import", "unterminated", 12), ERR_BAD_OBJECT, "not a list");
    o = object_begin();
    object_section(o, ".whorl.import", SHT_NOBITS, SHF_ALLOC, NULL, 8);
    assert_refused(o, ERR_BAD_OBJECT, "not a list");
}

static void lists_of_imported_domains_are_put_together(void **state)
{
    struct object *o = begin_note(".whorl.import", "one", 4);
    struct domain *d;

    (void)state;
    object_section(o, ".whorl.import", SHT_PROGBITS, 0, "two", 4);
    d = create(o);
    assert_int_equal(d->image.required_size, 8);
    assert_memory_equal(d->image.required, "one\0two", 8);
    destroy(d);
}

static void the_list_of_imported_domains_outlives_the_object(void **state)
{
    struct object *o = begin_note(".whorl.import", "one\0two", 8);
    struct domain *d;

    (void)state;
    object_symbol(o, "first", OBJECT_IMPORT, SHN_ABS, 1, 0);
    object_symbol(o, "last", OBJECT_IMPORT, SHN_ABS, 2, 0);
    d = create(o);
    assert_int_equal(d->image.required_size, 8);
    assert_memory_equal(d->image.required, "one\0two", 8);
    assert_int_equal(value_of(d, "first"), 1);
    assert_int_equal(value_of(d, "last"), 2);
    assert_string_equal(symbol_of(d, "last")->name, "last");
    destroy(d);
}

/* ---- real objects ---- */

static struct linkage_count link_one(const struct corpus_entry *entry)
{
    struct linkage_count count;
    struct domain *d = NULL;

    fake_host_reset();
    if (domain_make(&fake_terms, "test", entry->file.bytes, entry->file.size, &d) != OK)
        fail_msg("%s: %s", entry->name, status_explain());
    resolve(public_domain(), d);
    assert_int_equal(start_alone(d), OK);
    image_unseal(&d->image.memory);
    count = linkage_check(&entry->file, d);
    assert_int_equal(image_seal(&d->image.memory), OK);
    destroy(d);
    return count;
}

static void every_object_of_the_compiler_is_linked_right(void **state)
{
    struct corpus corpus = corpus_open("shapes+*.o");
    struct linkage_count total = {0};

    (void)state;
    assert_true(corpus.n >= 80);
    for (size_t i = 0; i < corpus.n; i++) {
        struct linkage_count count = link_one(&corpus.entries[i]);

        assert_true(count.places >= 50);
        assert_true(count.direct > 0);
        assert_true(count.absolute > 0);
        assert_true(count.veneers > 0);
        total.entries += count.entries;
    }
    assert_true(total.entries > 100);
    corpus_close(&corpus);
}

static void objects_with_priorities_are_linked_right(void **state)
{
    struct corpus corpus = corpus_open("priorities+*.o");

    (void)state;
    for (size_t i = 0; i < corpus.n; i++)
        assert_true(link_one(&corpus.entries[i]).places >= 5);
    corpus_close(&corpus);
}

/* 10,000 symbols, 100,000 relocations: half of both are imports and calls of them. */
static struct object_file make_huge(struct public_symbol *imports, char (*names)[16], unsigned n)
{
    uint32_t *words = calloc(10 * n, 4);
    struct object *o = object_begin();
    unsigned text, data;

    for (unsigned i = 0; i < 10 * n; i++)
        words[i] = BL;
    text = object_words(o, ".text", OBJECT_CODE, words, 10 * n);
    data = object_words(o, ".data", OBJECT_DATA, words, 10 * n);
    for (unsigned i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "import_%u", i);
        imports[i] =
            (struct public_symbol){names[i], (i % 2 == 0 ? 0x01000000 : 0x20000000) + i * 4};
        object_symbol(o, names[i], OBJECT_IMPORT, SHN_UNDEF, 0, 0);
    }
    for (unsigned i = 0; i < n; i++) {
        char name[16];

        snprintf(name, sizeof name, "export_%u", i);
        object_symbol(o, name, OBJECT_FUNCTION, (uint16_t)text, i * 4, 4);
    }
    for (unsigned i = 0; i < 10 * n; i++) {
        object_relocate(o, text, i * 4, R_PPC_REL24, 1 + i % n, 0);
        object_relocate(o, data, i * 4, R_PPC_ADDR32, 1 + n + i % n, (int32_t)i);
    }
    free(words);
    return object_end(o);
}

static void a_huge_object_is_linked_right(void **state)
{
    enum { N = 5000 };
    struct public_symbol *imports = calloc(N, sizeof *imports);
    static char names[N][16];
    struct object_file file = make_huge(imports, names, N);
    struct linkage_count count;
    struct domain *d = NULL;

    (void)state;
    assert_int_equal(domain_make(&fake_terms, "huge", file.bytes, file.size, &d), OK);
    resolve(public_create("imports", imports, N), d);
    count = linkage_check(&file, d);
    assert_int_equal(count.places, 100000);
    assert_int_equal(count.veneers, 25000);
    assert_int_equal(count.absolute, 25000);
    destroy(d);
    free(file.bytes);
    free(imports);
}

static void no_object_of_the_compiler_survives_a_failed_allocation(void **state)
{
    struct object_file file = corpus_read("shapes+O2+fpic+g.o");
    int n_blocks = fake_host.n_blocks;
    struct domain *d = NULL;
    int n = 0;

    (void)state;
    do {
        fake_host_reset();
        fake_host.mallocs_left = n++;
        if (domain_make(&fake_terms, "test", file.bytes, file.size, &d) == OK)
            break;
        assert_non_null(strstr(status_explain(), "no memory"));
        assert_null(d);
        assert_int_equal(fake_host.n_blocks, n_blocks);
        assert_int_equal(fake_host.n_images, 0);
    } while (n < 100);
    assert_in_range(n, 4, 10);
    destroy(d);
    fake_host_reset();
    fake_host.allocations_left = 0;
    assert_int_equal(domain_make(&fake_terms, "test", file.bytes, file.size, &d), ERR_NO_MEMORY);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    free(file.bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, check_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sections_go_to_the_segment_of_their_rights),
        TEST(sections_are_aligned_as_they_ask),
        TEST(text_is_aligned_to_words_at_least),
        TEST(what_has_no_bytes_is_zero_in_every_segment),
        TEST(gaps_and_idle_veneers_hold_nothing_old),
        TEST(what_is_not_loaded_takes_no_memory),
        TEST(images_too_large_are_refused),
        TEST(only_visible_global_symbols_are_exported),
        TEST(symbols_keep_their_kind_and_size),
        TEST(absolute_symbols_keep_their_value),
        TEST(common_symbols_get_zeroed_room_of_their_own),
        TEST(a_symbol_defined_twice_is_refused),
        TEST(local_symbols_may_share_a_name),
        TEST(every_type_that_is_not_applied_is_refused_by_name),
        TEST(a_refused_type_may_have_no_symbol),
        TEST(relocations_that_reach_beyond_their_section_are_refused),
        TEST(relocations_for_no_symbol_that_is_there_are_refused),
        TEST(relocations_at_the_last_byte_are_applied),
        TEST(references_to_what_is_not_loaded_are_refused),
        TEST(relocations_of_what_is_not_loaded_are_ignored),
        TEST(an_undefined_local_symbol_is_refused),
        TEST(calls_within_the_object_are_direct),
        TEST(a_call_to_data_gets_there_through_a_slot),
        TEST(a_call_of_an_absolute_address_goes_through_a_slot_if_it_is_far),
        TEST(a_conditional_branch_within_the_object_that_does_not_reach_is_refused),
        TEST(an_image_whose_parts_are_too_large_together_is_refused),
        TEST(imports_are_stored_wherever_they_are_wanted),
        TEST(calls_in_reach_go_straight_to_an_import),
        TEST(calls_out_of_reach_share_one_veneer),
        TEST(every_import_has_a_veneer_of_its_own),
        TEST(a_procedure_that_must_know_who_calls_is_reached_through_a_veneer),
        TEST(a_far_call_into_the_middle_of_an_import_has_a_slot_of_its_own),
        TEST(a_near_call_into_the_middle_of_an_import_is_fine),
        TEST(a_conditional_branch_reaches_an_import_through_the_veneer),
        TEST(a_conditional_branch_too_far_from_its_veneer_is_refused),
        TEST(a_call_of_an_import_between_words_is_refused),
        TEST(binding_again_leaves_nothing_of_the_first_time),
        TEST(offsets_lead_to_entries_that_hold_the_addresses),
        TEST(what_only_binding_writes_is_told),
        TEST(tools_are_told_where_sections_are),
        TEST(a_large_offset_table_is_addressed_from_its_middle),
        TEST(an_offset_table_larger_than_64_kb_is_refused),
        TEST(a_symbol_has_one_entry_however_often_it_is_used),
        TEST(offsets_of_other_kinds_are_refused),
        TEST(the_offset_table_has_no_entry_of_itself),
        TEST(arrays_of_odd_size_are_refused),
        TEST(arrays_of_one_kind_lie_together_in_the_order_of_priorities),
        TEST(arrays_of_destructors_are_ordered_too),
        TEST(names_that_only_begin_like_an_array_are_data),
        TEST(bad_names_of_the_domain_are_refused),
        TEST(sections_of_types_that_are_something_else_are_none),
        TEST(a_name_of_one_letter_and_an_empty_list_are_fine),
        TEST(bad_lists_of_imported_domains_are_refused),
        TEST(lists_of_imported_domains_are_put_together),
        TEST(the_list_of_imported_domains_outlives_the_object),
        TEST(every_object_of_the_compiler_is_linked_right),
        TEST(objects_with_priorities_are_linked_right),
        TEST(a_huge_object_is_linked_right),
        TEST(no_object_of_the_compiler_survives_a_failed_allocation),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
