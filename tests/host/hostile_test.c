/*
 * Objects that mean harm, through the whole of a domain's life: created, resolved,
 * initialized, destroyed, or refused on the way with a sentence; and afterwards all
 * memory is back. The sanitizers watch. Random changes have fixed seeds.
 */
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
#include "tests/host/public.h"
#include "tests/host/random.h"

#define N_CHANGED 40000
#define IMAGE_SIZE_MAX (1 << 20)

/* How far the objects of a test came. */
static struct {
    unsigned tried, created, resolved, offered, started, rebound;
} reached;

static uint32_t call_seed;

/* Code that means harm faults, fails, or does nothing. */
static status_t misbehave(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    (void)procedure;
    if (random_below(&call_seed, 8) == 0)
        return ERR_FAULT;
    *result = random_below(&call_seed, 8) == 0 ? (status_t)-1000 : OK;
    return OK;
}

/* Has what the objects of the corpus want from each other. */
static struct domain *partner(void)
{
    static const struct public_symbol symbols[] = {{"ping", 0x02001000},
                                                   {"pong", 0x20001000},
                                                   {"ping_count", 0x10001230},
                                                   {"udp_send", 0x20002000},
                                                   {"udp_count", 0x10002230}};
    static struct domain *domain;

    if (domain == NULL) {
        domain = public_create("partner", symbols, sizeof symbols / sizeof symbols[0]);
        domain->image.symbols.symbols[0].identified = true;
    }
    return domain;
}

static int start(void **state)
{
    (void)state;
    (void)public_domain();
    (void)partner();
    fake_host_reset();
    memset(&reached, 0, sizeof reached);
    call_seed = 77;
    return 0;
}

static int check_clean(void **state)
{
    (void)state;
    return fake_host_sweep();
}

static void forget_sentence(void)
{
    (void)!status_refuse(OK, "%s", "");
}

static void assert_sentence(status_t status)
{
    size_t length = strlen(status_explain());

    assert_in_range(length, 1, STATUS_SENTENCE_MAX - 1);
    assert_string_not_equal(status_name(status), "ERR_?");
}

/* What it says it exports, whatever that is. */
static void offer(struct domain *d)
{
    const struct array *exports = &d->image.exports;

    for (uint32_t i = 0; i + 1 < exports->count; i += 2) {
        const uint8_t *entry = image_bytes(&d->image, exports->address + i * 4);
        struct domain *made;

        reached.offered += domain_make_interface(d, get32(entry + 4), &made) == OK;
    }
}

/* Once more while it runs, if it does. */
static void rebind(struct domain *d)
{
    if (d->state != DOMAIN_INITIALIZED)
        return;
    assert_int_equal(domain_unbind(public_domain(), d), OK);
    assert_int_equal(domain_unbind(partner(), d), OK);
    reached.rebound += domain_bind(public_domain(), d) == OK && domain_bind(partner(), d) == OK;
}

static void use_created(struct domain *d)
{
    status_t status;

    reached.created++;
    forget_sentence();
    status = domain_bind(public_domain(), d);
    if (status == OK)
        status = domain_bind(partner(), d);
    if (status != OK)
        assert_sentence(status);
    reached.resolved += status == OK;
    offer(d);
    forget_sentence();
    status = start_alone(d);
    if (status != OK)
        assert_sentence(status);
    reached.started += status == OK;
    rebind(d);
    assert_int_equal(end_alone(d), OK);
}

/* Lets the bytes try, allocated at exactly their size. */
static void let_try(const uint8_t *bytes, size_t size)
{
    int n_blocks, n_images = fake_host.n_images;
    uint8_t *exact = malloc(size);
    struct domain *d = NULL;
    status_t status;

    memcpy(exact, bytes, size);
    fake_host_reset();
    fake_host.call = misbehave;
    fake_host.image_size_max = IMAGE_SIZE_MAX;
    n_blocks = fake_host.n_blocks;
    forget_sentence();
    status = domain_make(&fake_terms, "hostile", exact, size, &d);
    if (status == OK)
        use_created(d);
    else
        assert_sentence(status);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    assert_int_equal(fake_host.n_images, n_images);
    free(exact);
    reached.tried++;
}

/* ---- systematically ---- */

static void every_truncation_is_refused(void **state)
{
    struct object_file file = corpus_read("shapes+O2+fpic+g.o");

    (void)state;
    for (size_t size = 0; size < file.size; size++)
        let_try(file.bytes, size);
    assert_int_equal(reached.created, 0);
    let_try(file.bytes, file.size);
    assert_int_equal(reached.created, 1);
    free(file.bytes);
}

static void put_field(uint8_t *place, unsigned width, uint32_t value)
{
    if (width == 2)
        put16(place, (uint16_t)value);
    else if (width == 4)
        put32(place, value);
    else
        *place = (uint8_t)value;
}

static void try_field(struct object_file *file, uint8_t *place, unsigned width)
{
    const uint32_t size = (uint32_t)file->size;
    const uint32_t values[] = {0,          1,          2,         3,      4,      8,
                               0x10,       0x80,       0xff,      0x1000, 0x7fff, 0x8000,
                               0xff00,     0xfff1,     0xfff2,    0xffff, size,   0x07ffffff,
                               0x7fffffff, 0x80000000, 0xffffffff};
    uint8_t saved[4];

    memcpy(saved, place, width);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        put_field(place, width, values[i]);
        let_try(file->bytes, file->size);
    }
    memcpy(place, saved, width);
}

/* Each word and each half of so many entries. */
static void try_entries(struct object_file *file, uint8_t *first, size_t n_bytes)
{
    for (size_t i = 0; i + 4 <= n_bytes; i += 4)
        try_field(file, first + i, 4);
    for (size_t i = 0; i + 2 <= n_bytes; i += 2)
        try_field(file, first + i, 2);
}

static void try_tables(struct object_file *file)
{
    for (unsigned i = 0; i < get16(file->bytes + OBJECT_E_SHNUM); i++) {
        const uint8_t *h = object_header(file, i);
        uint32_t type = get32(h + OBJECT_SH_TYPE), size = get32(h + OBJECT_SH_SIZE);

        if (type == SHT_SYMTAB || type == SHT_RELA || type == SHT_GNU_ATTRIBUTES)
            try_entries(file, file->bytes + get32(h + OBJECT_SH_OFFSET), size < 400 ? size : 400);
    }
}

static void every_field_at_every_boundary_is_survived(void **state)
{
    static const char *const names[] = {"ping+O2+fPIE.o", "pong+O2+fpic.o"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct object_file file = corpus_read(names[i]);
        unsigned n = get16(file.bytes + OBJECT_E_SHNUM);

        try_entries(&file, file.bytes, ELF_HEADER_SIZE);
        try_entries(&file, object_header(&file, 0), n * ELF_SECTION_SIZE);
        try_tables(&file);
        free(file.bytes);
    }
    assert_true(reached.created > reached.tried / 20);
    assert_true(reached.created < reached.tried);
}

static void every_type_of_relocation_is_survived_everywhere(void **state)
{
    struct object_file file = corpus_read("shapes+O0+fpic+fcommon.o");

    (void)state;
    for (unsigned i = 0; i < get16(file.bytes + OBJECT_E_SHNUM); i++) {
        const uint8_t *h = object_header(&file, i);
        uint8_t *entries = file.bytes + get32(h + OBJECT_SH_OFFSET);

        if (get32(h + OBJECT_SH_TYPE) != SHT_RELA)
            continue;
        for (uint32_t k = 0; k < get32(h + OBJECT_SH_SIZE); k += 5 * ELF_RELA_SIZE)
            for (unsigned type = 0; type < 256; type += type == 37 ? 30 : type == 120 ? 128 : 1) {
                uint8_t saved = entries[k + 7];

                entries[k + 7] = (uint8_t)type;
                let_try(file.bytes, file.size);
                entries[k + 7] = saved;
            }
    }
    assert_true(reached.created > reached.tried / 20);
    free(file.bytes);
}

/* ---- at random ---- */

/* A place that matters: in a header, a symbol, a relocation; now and then anywhere. */
static size_t choose_place(const struct object_file *file, uint32_t *seed)
{
    struct object_file copy = *file;
    const uint8_t *h;
    uint32_t size;

    if (file->bytes[0] != 0x7f) /* an archive */
        return random_below(seed, (uint32_t)file->size);
    h = object_header(&copy, random_below(seed, get16(file->bytes + OBJECT_E_SHNUM)));
    size = get32(h + OBJECT_SH_SIZE);
    switch (random_below(seed, 8)) {
    case 0:
        return random_below(seed, ELF_HEADER_SIZE);
    case 1:
    case 2:
        return (size_t)(h - file->bytes) + random_below(seed, ELF_SECTION_SIZE);
    case 3:
        return random_below(seed, (uint32_t)file->size);
    default:
        if (size == 0 || get32(h + OBJECT_SH_TYPE) == SHT_NOBITS)
            return random_below(seed, (uint32_t)file->size);
        return get32(h + OBJECT_SH_OFFSET) + random_below(seed, size);
    }
}

static void change(const struct object_file *whole, uint8_t *bytes, uint32_t *seed)
{
    size_t place = choose_place(whole, seed), other = choose_place(whole, seed);

    switch (random_below(seed, 4)) {
    case 0:
        bytes[place] ^= (uint8_t)(1 << random_below(seed, 8));
        break;
    case 1:
        bytes[place] = (uint8_t)random_next(seed);
        break;
    case 2: /* a word of one place at another */
        place -= place % 4;
        other -= other % 4;
        if (place + 4 <= whole->size && other + 4 <= whole->size)
            memmove(bytes + place, bytes + other, 4);
        break;
    default:
        bytes[place] += random_below(seed, 2) == 0 ? 1 : 0xff;
        break;
    }
}

static void try_changed(const struct object_file *whole, uint32_t *seed)
{
    uint8_t *bytes = malloc(whole->size);

    memcpy(bytes, whole->bytes, whole->size);
    for (uint32_t n = 1 + random_below(seed, 4); n > 0; n--)
        change(whole, bytes, seed);
    let_try(bytes, whole->size);
    free(bytes);
}

static void try_corpus(const char *pattern, uint32_t seed, unsigned n)
{
    struct corpus corpus = corpus_open(pattern);

    for (unsigned i = 0; i < n; i++)
        try_changed(&corpus.entries[i % corpus.n].file, &seed);
    corpus_close(&corpus);
    assert_int_equal(reached.tried, n);
    assert_true(reached.created > n / 10);
    assert_true(reached.created < n);
    assert_true(reached.started > n / 100);
    assert_true(reached.rebound > n / 200);
}

static void small_objects_changed_at_random_are_survived(void **state)
{
    (void)state;
    try_corpus("p[io]ng+*.o", 1, N_CHANGED);
}

static void large_objects_changed_at_random_are_survived(void **state)
{
    (void)state;
    try_corpus("shapes+*.o", 2, N_CHANGED);
}

static void archives_changed_at_random_are_survived(void **state)
{
    (void)state;
    try_corpus("types.a", 4, N_CHANGED / 4);
}

static void types_changed_at_random_are_survived(void **state)
{
    (void)state;
    try_corpus("types_*.o", 5, N_CHANGED / 4);
}

static void interfaces_changed_at_random_are_survived(void **state)
{
    (void)state;
    try_corpus("service+*.o", 6, N_CHANGED / 4);
    assert_true(reached.offered > reached.created / 2);
    assert_true(reached.offered < reached.created * 2);
}

static void random_bytes_are_refused(void **state)
{
    uint32_t seed = 3;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint8_t bytes[300];
        size_t size = random_below(&seed, sizeof bytes + 1);

        for (size_t k = 0; k < size; k++)
            bytes[k] = (uint8_t)random_next(&seed);
        if (size >= 7 && i % 2 == 0)
            memcpy(bytes, "\177ELF\1\2\1", 7);
        let_try(bytes, size);
    }
    assert_int_equal(reached.created, 0);
}

static uint8_t random_type(uint32_t *seed)
{
    static const uint8_t applied[] = {
        R_PPC_ADDR32,   R_PPC_ADDR16_LO,     R_PPC_ADDR16_HA,      R_PPC_REL24,    R_PPC_REL14,
        R_PPC_REL32,    R_PPC_REL14_BRTAKEN, R_PPC_REL14_BRNTAKEN, R_PPC_PLTREL24, R_PPC_LOCAL24PC,
        R_PPC_GOT16,    R_PPC_GOT16_HA,      R_PPC_REL16_HA,       R_PPC_REL16,    R_PPC_ADDR16,
        R_PPC_ADDR24,   R_PPC_ADDR14,        R_PPC_ADDR14_BRTAKEN, R_PPC_UADDR32,  R_PPC_UADDR16,
        R_PPC_PLT16_HA, R_PPC_PLTSEQ,        R_PPC_PLTCALL,        R_PPC_GOT16_LO, R_PPC_ADDR16_HI,
        R_PPC_NONE};

    return random_below(seed, 16) == 0 ? (uint8_t)random_below(seed, 256)
                                       : applied[random_below(seed, sizeof applied)];
}

/* Valid headers around random symbols and relocations, so that most get far. */
static struct object_file make_random(uint32_t *seed)
{
    static const uint32_t flags[] = {OBJECT_CODE, OBJECT_DATA, SHF_ALLOC, 0};
    static const char *const names[] = {"a",
                                        "b",
                                        "near_procedure",
                                        "_GLOBAL_OFFSET_TABLE_",
                                        "",
                                        "far_procedure",
                                        "domain_init",
                                        "far_variable"};
    struct object *o = object_begin();
    unsigned n = 1 + random_below(seed, 5), n_symbols = 1 + random_below(seed, 6);
    static const uint8_t bytes[64];

    for (unsigned i = 0; i < n; i++)
        object_section(o, ".s", random_below(seed, 4) == 0 ? SHT_NOBITS : SHT_PROGBITS,
                       flags[random_below(seed, 4)], bytes, 4 + random_below(seed, 60));
    for (unsigned i = 0; i < n_symbols; i++) {
        static const uint16_t special[] = {SHN_UNDEF, SHN_ABS, SHN_COMMON};
        uint16_t section = random_below(seed, 2) == 0 ? special[random_below(seed, 3)]
                                                      : (uint16_t)(1 + random_below(seed, n));

        object_symbol(o, names[random_below(seed, 8)],
                      OBJECT_INFO(random_below(seed, 3), random_below(seed, 6)), section,
                      section == SHN_COMMON ? 4 : random_below(seed, 4), 0);
    }
    for (unsigned i = random_below(seed, 12); i > 0; i--)
        object_relocate(o, 1 + random_below(seed, n), random_below(seed, 64), random_type(seed),
                        random_below(seed, n_symbols + 1), (int32_t)random_below(seed, 3) * 4);
    return object_end(o);
}

static void random_objects_are_survived(void **state)
{
    uint32_t seed = 4;

    (void)state;
    for (int i = 0; i < 2 * N_CHANGED; i++) {
        struct object_file file = make_random(&seed);

        let_try(file.bytes, file.size);
        try_changed(&file, &seed);
        free(file.bytes);
    }
    assert_true(reached.created > reached.tried / 20);
    assert_true(reached.started > reached.tried / 100);
}

/* ---- attributes ---- */

/* Another vendor's; then gnu's: of a section, and of the file, with others before the one that matters. */
static const char attributes[] =
    "A"
    "\0\0\0\13other\0\4"                                /* nothing but a tag */
    "\0\0\0\46gnu\0"                                    /* two subsections: */
    "\2\0\0\0\11\1\0\4\2"                               /* of section 1 */
    "\1\0\0\0\25\10\1\5s4\0\40\201\1g\0\204\200\0\201"; /* of the file; numbers at length */

#define ATTRIBUTE_VALUE (sizeof attributes - 2)

static enum float_abi abi_of(uint8_t value)
{
    uint8_t *exact = malloc(sizeof attributes);
    enum float_abi abi;

    memcpy(exact, attributes, sizeof attributes);
    exact[ATTRIBUTE_VALUE] = 0x80 | value;
    abi = attributes_float_abi(exact, sizeof attributes);
    free(exact);
    return abi;
}

static enum float_abi abi_of_first(size_t size)
{
    return attributes_float_abi((const uint8_t *)attributes, size);
}

static void attributes_tell_how_floats_are_passed(void **state)
{
    (void)state;
    assert_int_equal(abi_of(0), FLOAT_NONE);
    assert_int_equal(abi_of(1), FLOAT_HARD);
    assert_int_equal(abi_of(2), FLOAT_SOFT);
    assert_int_equal(abi_of(3), FLOAT_SINGLE);
    assert_int_equal(abi_of(0x0d), FLOAT_HARD); /* the other bits are about long double */
    assert_int_equal(abi_of_first(0), FLOAT_NONE);
    assert_int_equal(abi_of_first(1), FLOAT_NONE);
    assert_int_equal(abi_of_first(sizeof attributes - 1), FLOAT_NONE);
}

static void only_soft_floats_are_loaded(void **state)
{
    (void)state;
    for (uint8_t value = 0; value < 4; value++) {
        uint8_t bytes[sizeof attributes];
        struct object *o = object_begin();
        struct object_file file;
        struct domain *d = NULL;

        memcpy(bytes, attributes, sizeof bytes);
        bytes[ATTRIBUTE_VALUE] = 0x80 | value;
        object_section(o, ".gnu.attributes", SHT_GNU_ATTRIBUTES, 0, bytes, sizeof bytes);
        file = object_end(o);
        assert_int_equal(domain_make(&fake_terms, "d", file.bytes, file.size, &d),
                         value == FLOAT_HARD || value == FLOAT_SINGLE ? ERR_UNSUPPORTED : OK);
        if (d != NULL)
            assert_int_equal(end_alone(d), OK);
        free(file.bytes);
    }
}

static void damaged_attributes_are_survived(void **state)
{
    uint32_t seed = 5;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t size = random_below(&seed, sizeof attributes + 1);
        uint8_t *exact = malloc(size);

        memcpy(exact, attributes, size);
        for (uint32_t n = random_below(&seed, 4); n > 0 && size > 0; n--)
            exact[random_below(&seed, (uint32_t)size)] = (uint8_t)random_next(&seed);
        if (size > 0 && i % 3 == 0) { /* a number that does not end */
            size_t from = random_below(&seed, (uint32_t)size);

            memset(exact + from, 0x80 | (int)random_below(&seed, 128), (size - from + 1) / 2);
        }
        assert_in_range(attributes_float_abi(exact, size), FLOAT_NONE, FLOAT_SINGLE);
        free(exact);
    }
}

static void objects_that_pass_floats_in_registers_are_refused(void **state)
{
    struct object_file hard = corpus_read("floats+mhard-float.o");
    struct object_file soft = corpus_read("floats+msoft-float.o");
    struct domain *d = NULL;

    (void)state;
    assert_int_equal(domain_make(&fake_terms, "d", hard.bytes, hard.size, &d), ERR_UNSUPPORTED);
    assert_non_null(strstr(status_explain(), "-msoft-float"));
    assert_int_equal(domain_make(&fake_terms, "d", soft.bytes, soft.size, &d), OK);
    assert_int_equal(end_alone(d), OK);
    free(hard.bytes);
    free(soft.bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, check_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_truncation_is_refused),
        TEST(every_field_at_every_boundary_is_survived),
        TEST(every_type_of_relocation_is_survived_everywhere),
        TEST(small_objects_changed_at_random_are_survived),
        TEST(large_objects_changed_at_random_are_survived),
        TEST(archives_changed_at_random_are_survived),
        TEST(types_changed_at_random_are_survived),
        TEST(interfaces_changed_at_random_are_survived),
        TEST(random_bytes_are_refused),
        TEST(random_objects_are_survived),
        TEST(attributes_tell_how_floats_are_passed),
        TEST(only_soft_floats_are_loaded),
        TEST(damaged_attributes_are_survived),
        TEST(objects_that_pass_floats_in_registers_are_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
