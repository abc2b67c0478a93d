/* Tests of domains/binding.c and image_bind.c: what binding writes, unbinding takes back, to the byte. */
#include "tests/host/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

#define BC 0x41820000u
#define LWZ 0x80600000u
#define LIS 0x3d200000u
#define UNBOUND 0xe0000000u

/* Places where definitions are: in reach, far, where absolute branches reach, where all absolute things reach. */
static const vaddr_t places[] = {FAKE_CODE + 0x00100000, 0x20000000, 0x01000000, 0x1000,
                                 0xffff8000};
#define N_PLACES (sizeof places / sizeof places[0])

static status_t bind(struct domain *source, struct domain *target)
{
    return domain_bind(source, target);
}

static size_t count_bound(const struct domain *domain)
{
    size_t n = 0;

    for (size_t i = 0; i < domain->image.n_imports; i++)
        n += domain->image.imports[i].state == IMPORT_BOUND;
    return n;
}

/* ---- real objects ---- */

/* A source of all that the domain imports, 16 bytes apart. */
static struct domain *provide_all(const struct domain *domain, vaddr_t first, bool identified)
{
    size_t n = domain->image.n_imports;
    struct scene_symbol *symbols = calloc(n + 1, sizeof *symbols);
    struct domain *source;

    for (size_t i = 0; i < n; i++)
        symbols[i] = (struct scene_symbol){domain->image.imports[i].name, first + (vaddr_t)i * 16};
    source = provide("source", symbols, n);
    for (size_t i = 0; identified && i < n; i += 2)
        source->image.symbols.symbols[i].identified = true;
    free(symbols);
    return source;
}

/* Whether it was bound; afterwards everything is as it was before. */
static bool bind_and_unbind(struct domain *domain, vaddr_t first, bool identified, const char *what)
{
    struct domain *source = provide_all(domain, first, identified);
    struct snapshot before = snapshot_take(domain);
    bool bound = bind(source, domain) == OK;

    if (bound) {
        assert_int_equal(count_bound(domain), domain->image.n_imports);
        assert_int_equal(source->n_users, domain->image.n_imports);
        assert_ok(domain_unbind(source, domain));
    }
    assert_unchanged(domain, &before, what);
    end(source);
    return bound;
}

static void try_all_places(const struct corpus_entry *entry, unsigned *n_bound)
{
    struct domain *domain = NULL;

    fake_host_reset();
    if (domain_make(&fake_terms, "test", entry->file.bytes, entry->file.size, &domain) != OK)
        return;
    for (size_t i = 0; i < N_PLACES; i++)
        for (int identified = 0; identified < 2; identified++)
            *n_bound += bind_and_unbind(domain, places[i], identified, entry->name);
    end(domain);
}

static unsigned try_corpus(const char *pattern)
{
    struct corpus corpus = corpus_open(pattern);
    unsigned n_bound = 0;

    for (size_t i = 0; i < corpus.n; i++)
        try_all_places(&corpus.entries[i], &n_bound);
    corpus_close(&corpus);
    return n_bound;
}

static void objects_of_the_compiler_get_their_bytes_back(void **state)
{
    (void)state;
    assert_true(try_corpus("shapes+*.o") > 400);
    assert_true(try_corpus("p[io]ng+*.o") >= 12);
}

/* Those that `make build/tests/host/ld/stamp` makes, if it has. */
static void objects_that_ld_judges_get_their_bytes_back(void **state)
{
    static const char *const patterns[] = {"../ld/gcc/*+O2*.o", "../ld/assembly/*.o",
                                           "../ld/libgcc/*.o"};

    (void)state;
    if (access("build/tests/host/ld/stamp", R_OK) != 0)
        skip();
    for (size_t i = 0; i < 3; i++)
        assert_true(try_corpus(patterns[i]) > 100);
}

/* ---- every type of relocation ---- */

static bool is_bound_later(unsigned type)
{
    enum relocation_kind kind = relocation_types[type].kind;

    return kind == RELOCATION_VALUE || kind == RELOCATION_BRANCH || kind == RELOCATION_OFFSET;
}

static uint32_t word_for(unsigned type)
{
    if (type == R_PPC_PLTCALL)
        return 0x4e800421;
    if (relocation_is_conditional((uint8_t)type) || (type >= 7 && type <= 9))
        return BC;
    return relocation_types[type].width == 2 ? LWZ | 0x1234 : BL | 0x123450;
}

/* An object whose text and data have one place each for the import. */
static struct object *with_places(unsigned type, int32_t addend, uint8_t info)
{
    const uint32_t words[] = {word_for(type), BLR, word_for(type)};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, words, 3);
    unsigned data = object_words(o, ".data", OBJECT_DATA, words, 3);
    unsigned import = object_symbol(o, "import", info, SHN_UNDEF, 0, 0);
    uint32_t half = relocation_types[type].width == 2 ? 2 : 0;

    if (type == R_PPC_PLTCALL)
        object_relocate(o, text, 4, R_PPC_PLTSEQ, import, 0);
    object_relocate(o, text, half, (uint8_t)type, import, addend);
    object_relocate(o, text, 8 + half, (uint8_t)type, import, addend);
    if (relocation_types[type].kind == RELOCATION_VALUE)
        object_relocate(o, data, 4 + half, (uint8_t)type, import, addend);
    return o;
}

static void every_type_gives_the_bytes_back(void **state)
{
    static const int32_t addends[] = {0, 8, -8};
    unsigned n_bound = 0;

    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (size_t a = 0; is_bound_later(type) && a < 3; a++) {
            struct domain *d;

            if (addends[a] != 0 && relocation_types[type].kind == RELOCATION_OFFSET)
                continue;
            fake_host_reset();
            d = make("test", with_places(type, addends[a], OBJECT_IMPORT));
            for (size_t i = 0; i < N_PLACES; i++)
                for (int identified = 0; identified < 2; identified++)
                    n_bound +=
                        bind_and_unbind(d, places[i], identified, relocation_name((uint8_t)type));
            end(d);
        }
    assert_true(n_bound > 300);
}

/* What a domain that runs and was bound to one source and then to another has, is what binding to the other gives. */
static void assert_rebound(unsigned type, int32_t addend, uint8_t info, vaddr_t first,
                           vaddr_t second)
{
    const struct scene_symbol one[] = {{"import", first}}, two[] = {{"import", second}};
    struct domain *old = provide("old", one, 1), *new = provide("new", two, 1), *d;
    struct snapshot expected, now;
    bool possible;

    fake_host_reset();
    d = make("test", with_places(type, addend, info));
    possible = bind(new, d) == OK && domain_unbind(new, d) == OK && bind(old, d) == OK &&
               domain_unbind(old, d) == OK;
    if (possible) {
        assert_ok(bind(new, d));
        expected = snapshot_take(d);
        assert_ok(domain_unbind(new, d));
        assert_ok(bind(old, d));
        start(d);
        assert_ok(domain_unbind(old, d));
        assert_int_equal(old->n_users, 0);
        end(old);
        old = NULL;
        assert_ok(bind(new, d));
        now = snapshot_take(d);
        if (memcmp(now.bytes, expected.bytes, now.size) != 0)
            fail_msg("%s %+d from 0x%x to 0x%x", relocation_name((uint8_t)type), (int)addend,
                     (unsigned)first, (unsigned)second);
        snapshot_free(&now);
        snapshot_free(&expected);
    }
    end(d);
    end(new);
    if (old != NULL)
        end(old);
}

static void a_newer_definition_is_as_good_as_the_first(void **state)
{
    static const int32_t addends[] = {0, 8};

    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (size_t a = 0; is_bound_later(type) && a < 2; a++)
            for (size_t i = 0; i < N_PLACES * N_PLACES; i++)
                if (addends[a] == 0 || relocation_types[type].kind != RELOCATION_OFFSET)
                    assert_rebound(type, addends[a], i % 2 == 0 ? OBJECT_IMPORT : OBJECT_WEAK,
                                   places[i / N_PLACES], places[i % N_PLACES] + 0x40);
}

/* ---- domains that run ---- */

/* Calls a procedure and has its address; reads a variable by address in a word and in two instructions. */
static struct object *user_of_both(uint8_t info)
{
    static const uint32_t code[] = {BL, LIS, LWZ};
    static const uint32_t words[] = {0x11111111, 0x22222222, 0x33333333};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 3);
    unsigned data = object_words(o, ".data", OBJECT_DATA, words, 3);
    unsigned rodata = object_words(o, ".rodata", SHF_ALLOC, words, 1);
    unsigned procedure = object_symbol(o, "procedure", info, SHN_UNDEF, 0, 0);
    unsigned variable = object_symbol(o, "variable", info, SHN_UNDEF, 0, 0);

    object_relocate(o, text, 0, R_PPC_REL24, procedure, 0);
    object_relocate(o, text, 6, R_PPC_ADDR16_HA, variable, 4);
    object_relocate(o, text, 10, R_PPC_ADDR16_LO, variable, 4);
    object_relocate(o, data, 0, R_PPC_ADDR32, procedure, 0);
    object_relocate(o, data, 4, R_PPC_ADDR32, variable, 0);
    object_relocate(o, data, 8, R_PPC_ADDR32, variable, 8);
    object_relocate(o, rodata, 0, R_PPC_ADDR32, procedure, 0);
    return o;
}

static const struct scene_symbol both[] = {{"procedure", 0x20001000}, {"variable", 0x30002000}};
static const struct scene_symbol newer[] = {{"procedure", 0x21001000}, {"variable", 0x3000a000}};

static vaddr_t slot_of(const struct domain *d, const char *import)
{
    return d->image.islands[0] + (vaddr_t)(import_of(d, import) - d->image.imports) * 16;
}

static vaddr_t unmapped_of(const struct domain *d, const char *import)
{
    return UNBOUND + (vaddr_t)(import_of(d, import) - d->image.imports) * 0x10000;
}

static uint32_t two_halves(const struct domain *d)
{
    uint32_t high = scene_word(d, FAKE_CODE + 4), low = scene_word(d, FAKE_CODE + 8);

    assert_int_equal(high & 0xffff0000, LIS);
    assert_int_equal(low & 0xffff0000, LWZ);
    return (high << 16) + (uint32_t)(int16_t)low;
}

static uint32_t call_to(vaddr_t target)
{
    return BL | ((target - FAKE_CODE) & 0x03fffffc);
}

static void assert_bound(const struct domain *d, vaddr_t procedure, vaddr_t variable)
{
    vaddr_t data = d->image.memory.data.address;

    assert_int_equal(scene_word(d, FAKE_CODE), call_to(slot_of(d, "procedure")));
    assert_int_equal(scene_word(d, slot_of(d, "procedure")), 0x3d800000 | procedure >> 16);
    assert_int_equal(scene_word(d, data), procedure);
    assert_int_equal(scene_word(d, data + 4), variable);
    assert_int_equal(scene_word(d, data + 8), variable + 8);
    assert_int_equal(two_halves(d), variable + 4);
    assert_int_equal(scene_word(d, d->image.memory.rodata.address), procedure);
}

static void assert_zero_slots(const struct domain *d)
{
    const struct segment *text = &d->image.memory.text;
    size_t size = text->address + text->size - d->image.islands[0];

    for (unsigned k = 0; k < IMAGE_ISLANDS && d->image.islands[k] != 0; k++)
        for (uint32_t i = 0; i < size; i += 4)
            assert_int_equal(scene_word(d, d->image.islands[k] + i), 0);
}

static struct domain *start_user(struct domain *source, uint8_t info)
{
    struct domain *d;

    fake_host.code = FAKE_CODE;
    d = make("user", user_of_both(info));
    if (source != NULL)
        assert_ok(bind(source, d));
    start(d);
    return d;
}

static void unbound_users_that_run_meet_a_fault_that_tells_the_name(void **state)
{
    struct domain *source = provide("source", both, 2), *d = start_user(source, OBJECT_IMPORT);
    vaddr_t slot = slot_of(d, "procedure"), unmapped = unmapped_of(d, "variable");
    vaddr_t data = d->image.memory.data.address;

    (void)state;
    assert_bound(d, 0x20001000, 0x30002000);
    assert_ok(domain_unbind(source, d));
    assert_zero_slots(d);
    assert_int_equal(scene_word(d, FAKE_CODE), call_to(slot));
    assert_int_equal(scene_word(d, data), slot);
    assert_int_equal(scene_word(d, d->image.memory.rodata.address), slot);
    assert_int_equal(scene_word(d, data + 4), unmapped);
    assert_int_equal(scene_word(d, data + 8), unmapped + 8);
    assert_int_equal(two_halves(d), unmapped + 4);
    assert_string_equal(image_import_at(&d->image, slot)->name, "procedure");
    assert_string_equal(image_import_at(&d->image, slot + 12)->name, "procedure");
    assert_string_equal(image_import_at(&d->image, unmapped + 8)->name, "variable");
    assert_null(image_import_at(&d->image, unmapped + 0x10000));
    assert_null(image_import_at(&d->image, d->image.islands[0] + 32));
    assert_int_equal(source->n_users, 0);
    assert_int_equal(d->state, DOMAIN_INITIALIZED);
    assert_ok(bind(source, d));
    assert_null(image_import_at(&d->image, unmapped + 8));
    assert_bound(d, 0x20001000, 0x30002000);
    end(d);
    end(source);
}

static void weak_users_that_run_meet_zero(void **state)
{
    struct domain *source = provide("source", both, 2), *d = start_user(source, OBJECT_WEAK);
    vaddr_t data = d->image.memory.data.address;

    (void)state;
    assert_ok(domain_unbind(source, d));
    assert_zero_slots(d);
    assert_int_equal(scene_word(d, FAKE_CODE), BL | 2);
    assert_int_equal(scene_word(d, data), 0);
    assert_int_equal(scene_word(d, data + 4), 0);
    assert_int_equal(scene_word(d, data + 8), 8);
    assert_int_equal(two_halves(d), 4);
    assert_ok(bind(source, d));
    assert_bound(d, 0x20001000, 0x30002000);
    end(d);
    end(source);
}

static void a_weak_import_that_was_zero_takes_a_definition_while_it_runs(void **state)
{
    struct domain *source = provide("source", both, 2), *d = start_user(NULL, OBJECT_WEAK);

    (void)state;
    assert_int_equal(two_halves(d), 4);
    assert_ok(bind(source, d));
    assert_bound(d, 0x20001000, 0x30002000);
    assert_refusal(end_alone(source), ERR_BUSY, "source is used by: user");
    end(d);
    end(source);
}

static void words_that_the_program_has_changed_stay_its_own(void **state)
{
    struct domain *source = provide("source", both, 2), *other = provide("newer", newer, 2);
    struct domain *d = start_user(source, OBJECT_IMPORT);
    const struct segment *data = &d->image.memory.data;

    (void)state;
    put32(data->bytes, 0x12345678);
    put32(data->bytes + 8, 0);
    assert_ok(domain_unbind(source, d));
    assert_int_equal(get32(data->bytes), 0x12345678);
    assert_int_equal(get32(data->bytes + 4), unmapped_of(d, "variable"));
    assert_int_equal(get32(data->bytes + 8), 0);
    put32(data->bytes + 4, 77);
    assert_ok(bind(other, d));
    assert_int_equal(get32(data->bytes), 0x12345678);
    assert_int_equal(get32(data->bytes + 4), 77);
    assert_int_equal(get32(data->bytes + 8), 0);
    assert_int_equal(two_halves(d), 0x3000a004);
    assert_int_equal(scene_word(d, d->image.memory.rodata.address), 0x21001000);
    end(d);
    end(source);
    end(other);
}

static void a_newer_definition_takes_the_place_of_an_older_one(void **state)
{
    struct domain *source = provide("source", both, 2), *other = provide("newer", newer, 2);
    struct domain *d = start_user(source, OBJECT_IMPORT);

    (void)state;
    assert_ok(bind(other, d)); /* which finds nothing to bind */
    assert_bound(d, 0x20001000, 0x30002000);
    assert_ok(domain_unbind(other, d)); /* nor to unbind */
    assert_bound(d, 0x20001000, 0x30002000);
    assert_ok(domain_unbind(source, d));
    end(source);
    assert_ok(bind(other, d));
    assert_bound(d, 0x21001000, 0x3000a000);
    assert_int_equal(other->n_users, 2);
    end(d);
    end(other);
}

/* A halfword cannot hold the address of a slot; when there is a definition again it holds that. */
static void halfwords_of_data_come_back_too(void **state)
{
    static const struct scene_symbol small[] = {{"import", 0x1234}};
    static const uint32_t words[] = {0x55556666};
    struct object *o = object_begin();
    unsigned data = object_words(o, ".data", OBJECT_DATA, words, 1);
    struct domain *source = provide("source", small, 1), *d;

    (void)state;
    object_relocate(o, data, 0, R_PPC_ADDR16, object_symbol(o, "import", OBJECT_IMPORT, 0, 0, 0),
                    0);
    d = make("user", o);
    assert_ok(bind(source, d));
    start(d);
    assert_int_equal(get32(d->image.memory.data.bytes), 0x12346666);
    assert_ok(domain_unbind(source, d));
    assert_int_equal(get32(d->image.memory.data.bytes), 0x00006666);
    assert_ok(bind(source, d));
    assert_int_equal(get32(d->image.memory.data.bytes), 0x12346666);
    end(d);
    end(source);
}

/* Nor can a distance of 16 bits be that of a slot, or of null: it becomes what the object has there. */
static void short_distances_become_what_they_were(void **state)
{
    static const uint32_t code[] = {LWZ | 0x1234, BLR};
    struct domain *source, *d;
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 2);

    (void)state;
    fake_host.code = FAKE_CODE;
    object_relocate(o, text, 2, R_PPC_REL16, object_symbol(o, "import", OBJECT_IMPORT, 0, 0, 0), 0);
    d = make("user", o);
    source = provide("source", &(struct scene_symbol){"import", FAKE_CODE + 0x4002}, 1);
    assert_ok(bind(source, d));
    start(d);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(scene_word(d, FAKE_CODE), LWZ | 0x4000);
        assert_ok(domain_unbind(source, d));
        assert_int_equal(scene_word(d, FAKE_CODE), LWZ | 0x1234);
        assert_int_equal(source->n_users, 0);
        assert_ok(bind(source, d));
    }
    end(d);
    end(source);
}

/* ---- slots ---- */

static void far_calls_with_addends_have_slots_that_are_cleared(void **state)
{
    static const uint32_t code[] = {BL, BL, BL};
    struct domain *source = provide("source", both, 2), *d;
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 3);
    unsigned import = object_symbol(o, "procedure", OBJECT_IMPORT, 0, 0, 0);

    (void)state;
    fake_host.code = FAKE_CODE;
    object_relocate(o, text, 0, R_PPC_REL24, import, 8);
    object_relocate(o, text, 4, R_PPC_REL24, import, 0);
    object_relocate(o, text, 8, R_PPC_REL24, import, -4);
    d = make("user", o);
    assert_ok(bind(source, d));
    start(d);
    for (int round = 0; round < 2; round++) {
        vaddr_t slots = d->image.islands[0];

        assert_int_equal(scene_word(d, FAKE_CODE), call_to(slots + 16));
        assert_int_equal(scene_word(d, slots + 4), 0x398c1000);
        assert_int_equal(scene_word(d, slots + 16 + 4), 0x398c1008);
        assert_int_equal(scene_word(d, slots + 32 + 4), 0x398c0ffc);
        assert_ok(domain_unbind(source, d));
        assert_zero_slots(d);
        assert_int_equal(scene_word(d, FAKE_CODE), call_to(slots + 8));
        assert_ok(bind(source, d));
    }
    end(d);
    end(source);
}

static void conditional_branches_go_to_the_slot_and_back(void **state)
{
    static const struct scene_symbol near[] = {{"import", FAKE_CODE + 0x4000}};
    static const struct scene_symbol far[] = {{"import", 0x20000000}};
    static const uint32_t code[] = {BC, BLR};
    struct domain *one = provide("near", near, 1), *other = provide("far", far, 1), *d;
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 2);

    (void)state;
    fake_host.code = FAKE_CODE;
    object_relocate(o, text, 0, R_PPC_REL14, object_symbol(o, "import", OBJECT_IMPORT, 0, 0, 0), 0);
    d = make("user", o);
    assert_ok(bind(one, d));
    start(d);
    assert_int_equal(scene_word(d, FAKE_CODE), BC | 0x4000);
    assert_ok(domain_unbind(one, d));
    assert_int_equal(scene_word(d, FAKE_CODE), BC | 8);
    assert_zero_slots(d);
    assert_ok(bind(other, d));
    assert_int_equal(scene_word(d, FAKE_CODE), BC | 8);
    assert_int_equal(scene_word(d, FAKE_CODE + 8), 0x3d802000);
    assert_ok(domain_unbind(other, d));
    assert_ok(bind(one, d));
    assert_int_equal(scene_word(d, FAKE_CODE), BC | 0x4000);
    assert_zero_slots(d);
    end(d);
    end(one);
    end(other);
}

static void who_must_know_who_calls_is_told_in_a_domain_that_runs(void **state)
{
    static const struct scene_symbol low[] = {{"procedure", 0x01234560}, {"variable", 0x30002000}};
    struct domain *source = provide("source", low, 2), *d;
    vaddr_t slot;

    (void)state;
    export_of(source, "procedure")->identified = true;
    d = start_user(source, OBJECT_IMPORT);
    slot = slot_of(d, "procedure");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(image_import_value(&d->image, import_of(d, "procedure")), slot);
        assert_int_equal(scene_word(d, slot), 0x39800000 | d->image.memory.owner);
        assert_int_equal(scene_word(d, slot + 8), 0x49234562);
        assert_int_equal(scene_word(d, FAKE_CODE), call_to(slot));
        assert_int_equal(scene_word(d, d->image.memory.data.address), slot);
        assert_ok(domain_unbind(source, d));
        assert_zero_slots(d);
        assert_int_equal(scene_word(d, d->image.memory.data.address), slot);
        assert_ok(bind(source, d));
    }
    end(d);
    end(source);
}

/* ---- text that no branch crosses ---- */

#define BIG 0x02800000u /* 40 MB */

/* Where a branch at an address ends, through a slot if it goes to one. */
static vaddr_t way_from(const struct domain *d, vaddr_t at)
{
    uint32_t word = scene_word(d, at);
    vaddr_t to = (uint32_t)((int32_t)(word << 6) >> 6) & ~3u;

    to += (word & 2) != 0 ? 0 : at;
    if (to - FAKE_CODE >= d->image.memory.text.size || scene_word(d, to) >> 16 != 0x3d80)
        return to;
    return (scene_word(d, to) << 16) + (uint32_t)(int16_t)scene_word(d, to + 4);
}

/* Calls at both ends of an import, of the import plus 8, and of each other's end. */
static struct object_file big_object(void)
{
    uint8_t *code = calloc(1, BIG);
    struct object *o = object_begin();
    struct object_file file;
    unsigned text, import, ends[2];

    for (unsigned k = 0; k < 4; k++) {
        put32(code + k * 4, BL);
        put32(code + BIG - 16 + k * 4, BL);
    }
    text = object_section(o, ".text", SHT_PROGBITS, OBJECT_CODE, code, BIG);
    free(code);
    import = object_symbol(o, "procedure", OBJECT_IMPORT, SHN_UNDEF, 0, 0);
    ends[0] = object_symbol(o, "first", OBJECT_FUNCTION, (uint16_t)text, 0, 4);
    ends[1] = object_symbol(o, "last", OBJECT_FUNCTION, (uint16_t)text, BIG - 16, 4);
    for (unsigned k = 0; k < 2; k++) {
        uint32_t at = k == 0 ? 0 : BIG - 16;

        object_relocate(o, text, at, R_PPC_REL24, import, 0);
        object_relocate(o, text, at + 4, R_PPC_REL24, import, 8);
        object_relocate(o, text, at + 8, R_PPC_REL24, ends[1 - k], 0);
        object_relocate(o, text, at + 12, R_PPC_REL24, ends[k], 0);
    }
    file = object_end(o);
    return file;
}

/* An end's calls: of the import at a value, or of nothing that is mapped if that is 0. */
static void assert_end(const struct domain *d, const char *end, const char *other, vaddr_t value)
{
    vaddr_t at = export_of(d, end)->value;

    if (value != 0) {
        assert_int_equal(way_from(d, at), value);
        assert_int_equal(way_from(d, at + 4), value + 8);
    } else {
        assert_string_equal(image_import_at(&d->image, way_from(d, at))->name, "procedure");
        assert_int_equal(scene_word(d, way_from(d, at)), 0);
        assert_int_equal(scene_word(d, way_from(d, at + 4)), 0);
    }
    assert_int_equal(way_from(d, at + 8), export_of(d, other)->value);
    assert_int_equal(way_from(d, at + 12), at);
}

static void assert_ends(const struct domain *d, vaddr_t value)
{
    assert_end(d, "first", "last", value);
    assert_end(d, "last", "first", value);
}

static void large_text_has_slots_at_both_ends(void **state)
{
    struct object_file file = big_object();
    struct domain *source = provide("source", both, 1), *d = NULL;

    (void)state;
    fake_host.code = FAKE_CODE;
    assert_ok(domain_make(&fake_terms, "big", file.bytes, file.size, &d));
    free(file.bytes);
    assert_int_not_equal(d->image.islands[0], 0);
    assert_int_not_equal(d->image.islands[1], 0);
    assert_true(export_of(d, "last")->value - export_of(d, "first")->value > 0x02000000);
    assert_ok(bind(source, d));
    assert_ends(d, 0x20001000);
    start(d);
    assert_ok(domain_unbind(source, d));
    assert_ends(d, 0);
    assert_ok(bind(source, d));
    assert_ends(d, 0x20001000);
    end(d);
    end(source);
}

/* Both islands tell who calls; what goes to the middle goes to the middle of what tells. */
static void large_text_can_tell_who_calls_from_both_ends(void **state)
{
    static const struct scene_symbol low[] = {{"procedure", 0x01001000}};
    struct object_file file = big_object();
    struct domain *source = provide("source", low, 1), *d = NULL;
    vaddr_t first, last;

    (void)state;
    export_of(source, "procedure")->identified = true;
    fake_host.code = FAKE_CODE;
    assert_ok(domain_make(&fake_terms, "big", file.bytes, file.size, &d));
    free(file.bytes);
    assert_ok(bind(source, d));
    first = export_of(d, "first")->value;
    last = export_of(d, "last")->value;
    assert_int_equal(scene_word(d, way_from(d, first)), 0x39800000 | d->image.memory.owner);
    assert_int_equal(scene_word(d, way_from(d, last)), 0x39800000 | d->image.memory.owner);
    assert_int_equal(way_from(d, first + 4), d->image.islands[0] + 8);
    assert_int_equal(way_from(d, last + 4), d->image.islands[0] + 8);
    end(d);
    end(source);
}

/* ---- refusals ---- */

static const struct scene_symbol odd[] = {
    {"a", 0x20000000}, {"b", 0x01000000}, {"c", 0x20000002}, {"d", 0x30000000}};

static void a_refusal_in_the_middle_leaves_everything_as_it_was(void **state)
{
    static const struct scene_symbol good[] = {{"d", 0x30000000}};
    struct domain *source = provide("odd", odd, 4), *other = provide("good", good, 1), *d;
    struct object *o = importing("a b c");
    struct snapshot before;

    (void)state;
    add_call(o, "d", OBJECT_WEAK);
    d = make("user", o);
    assert_ok(bind(other, d));
    before = snapshot_take(d);
    assert_refusal(bind(source, d), ERR_RANGE, "user: R_PPC_REL24 at 0x");
    assert_unchanged(d, &before, "created");
    assert_int_equal(count_bound(d), 1);
    end(d);
    end(source);
    end(other);
}

static void a_refusal_leaves_a_domain_that_runs_as_it_was(void **state)
{
    static const struct scene_symbol good[] = {
        {"a", 0x10000000}, {"b", 0x10000010}, {"c", 0x10000020}, {"d", 0x30000000}};
    struct domain *source = provide("odd", odd, 4), *other = provide("good", good, 4), *d;
    struct object *o = importing("a b c d");
    struct snapshot before;

    (void)state;
    export_of(source, "b")->identified = true;
    d = make("user", o);
    assert_ok(bind(other, d));
    start(d);
    assert_ok(domain_unbind(other, d));
    before = snapshot_take(d);
    assert_refusal(bind(source, d), ERR_RANGE, "c) is not a word address");
    assert_unchanged(d, &before, "running");
    assert_ok(bind(other, d));
    end(d);
    end(source);
    end(other);
}

/* Words of data that were written before the refusal, and those that were not, stand for what is unbound. */
static void a_refusal_leaves_the_data_of_a_domain_that_runs(void **state)
{
    static const struct scene_symbol good[] = {{"procedure", 0x20001000}, {"variable", 0x1234}};
    static const struct scene_symbol bad[] = {{"procedure", 0x20001000}, {"variable", 0x12345}};
    static const uint32_t words[] = {0, 0, 0};
    struct domain *source = provide("source", good, 2), *other = provide("other", bad, 2), *d;
    struct object *o = object_begin();
    unsigned data = object_words(o, ".data", OBJECT_DATA, words, 3), symbols[2];
    struct snapshot before;

    (void)state;
    symbols[0] = object_symbol(o, "procedure", OBJECT_IMPORT, SHN_UNDEF, 0, 0);
    symbols[1] = object_symbol(o, "variable", OBJECT_IMPORT, SHN_UNDEF, 0, 0);
    object_relocate(o, data, 0, R_PPC_ADDR32, symbols[0], 0);
    object_relocate(o, data, 4, R_PPC_ADDR32, symbols[1], 0);
    object_relocate(o, data, 8, R_PPC_ADDR16, symbols[1], 0);
    object_relocate(o, data, 10, R_PPC_ADDR16_HA, symbols[1], 0);
    d = make("user", o);
    assert_ok(bind(source, d));
    start(d);
    put32(d->image.memory.data.bytes, 0x77777777);
    assert_ok(domain_unbind(source, d));
    before = snapshot_take(d);
    assert_refusal(bind(other, d), ERR_RANGE, "user: R_PPC_ADDR16 at 0x");
    assert_unchanged(d, &before, "data");
    assert_ok(bind(source, d));
    assert_int_equal(get32(d->image.memory.data.bytes), 0x77777777);
    assert_int_equal(get32(d->image.memory.data.bytes + 4), 0x1234);
    assert_int_equal(get32(d->image.memory.data.bytes + 8), 0x12340000);
    end(d);
    end(source);
    end(other);
}

/* The way back does not fit either, at first: an absolute branch cannot go to a slot. */
static void a_refusal_names_its_cause_whatever_the_way_back_meets(void **state)
{
    static const struct scene_symbol good[] = {{"near", 0x01001000}, {"variable", 0x1234}};
    static const struct scene_symbol bad[] = {{"near", 0x01001000}, {"variable", 0x12345}};
    static const uint32_t code[] = {BL | 2}, words[] = {0};
    struct domain *source = provide("source", good, 2), *other = provide("other", bad, 2), *d;
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, code, 1);
    unsigned data = object_words(o, ".data", OBJECT_DATA, words, 1);
    struct snapshot before;

    (void)state;
    object_relocate(o, text, 0, R_PPC_ADDR24,
                    object_symbol(o, "near", OBJECT_IMPORT, SHN_UNDEF, 0, 0), 0);
    object_relocate(o, data, 0, R_PPC_ADDR16,
                    object_symbol(o, "variable", OBJECT_IMPORT, SHN_UNDEF, 0, 0), 0);
    d = make("user", o);
    assert_ok(bind(source, d));
    start(d);
    assert_ok(domain_unbind(source, d));
    before = snapshot_take(d);
    assert_refusal(bind(other, d), ERR_RANGE, "0x00012345 (variable) is out of range");
    assert_unchanged(d, &before, "running");
    end(d);
    end(source);
    end(other);
}

static void who_tells_who_calls_must_be_in_reach(void **state)
{
    static const struct scene_symbol far[] = {{"procedure", 0x20000000}};
    struct domain *source = provide("source", far, 1), *d = make("user", importing("procedure"));
    struct snapshot before = snapshot_take(d);

    (void)state;
    export_of(source, "procedure")->identified = true;
    assert_refusal(bind(source, d), ERR_RANGE,
                   "user: procedure is out of reach of a veneer that tells who calls");
    assert_unchanged(d, &before, "identified");
    end(d);
    end(source);
}

/* ---- counts ---- */

static void users_are_counted_of_the_source_and_of_the_definer(void **state)
{
    struct domain *one = make("one", exporting("a b")), *two = make("two", exporting("c"));
    struct domain *d = make("user", importing("a b c")), *both_of_them = NULL;

    (void)state;
    assert_ok(domain_unite("both", (struct domain *const[]){one, two}, 2, d, &both_of_them));
    assert_ok(bind(both_of_them, d));
    assert_int_equal(both_of_them->n_users, 3);
    assert_int_equal(one->n_users, 2);
    assert_int_equal(two->n_users, 1);
    assert_ptr_equal(import_of(d, "c")->source, both_of_them);
    assert_ptr_equal(import_of(d, "c")->definer, two);
    assert_true(domain_depends_on(d, one));
    assert_true(domain_depends_on(d, both_of_them));
    assert_false(domain_depends_on(one, d));
    assert_ok(domain_unbind(one, d)); /* what comes from it, whatever it came through */
    assert_int_equal(both_of_them->n_users, 1);
    assert_int_equal(one->n_users, 0);
    assert_int_equal(two->n_users, 1);
    assert_ok(bind(one, d));
    assert_ok(domain_unbind(both_of_them, d));
    assert_int_equal(one->n_users, 2);
    assert_int_equal(two->n_users, 0);
    end(d);
    assert_int_equal(one->n_users, 0);
    end(one);
    end(two);
}

static void who_uses_itself_is_not_counted(void **state)
{
    struct domain *d = make("self", exporting("a")), *user = make("user", importing("a"));

    (void)state;
    assert_ok(bind(d, d));
    assert_int_equal(d->n_users, 0);
    assert_ok(bind(user, user));
    assert_int_equal(user->n_users, 0);
    assert_int_equal(count_bound(user), 0);
    end(d);
    end(user);
}

/* ---- sources that are gone ---- */

/* The import remembers nothing of a definition that it was unbound from. */
static void a_source_that_is_gone_is_not_looked_at_when_a_start_fails(void **state)
{
    struct domain *source = make("source", exporting("perhaps")), *d;
    struct object *o = exporting("domain_init");
    struct snapshot before;

    (void)state;
    add_call(o, "perhaps", OBJECT_WEAK);
    d = make("user", o);
    before = snapshot_take(d);
    assert_ok(bind(source, d));
    assert_ok(domain_unbind(source, d));
    end(source);
    fake_host.seals_left = 0;
    assert_refusal(start_alone(d), ERR_NO_MEMORY, "no room to map the text of user");
    memset(before.n_users, 0, sizeof before.n_users);
    assert_unchanged(d, &before, "after a start that failed");
    end(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(objects_of_the_compiler_get_their_bytes_back),
        SCENE(objects_that_ld_judges_get_their_bytes_back),
        SCENE(every_type_gives_the_bytes_back),
        SCENE(a_newer_definition_is_as_good_as_the_first),
        SCENE(unbound_users_that_run_meet_a_fault_that_tells_the_name),
        SCENE(weak_users_that_run_meet_zero),
        SCENE(a_weak_import_that_was_zero_takes_a_definition_while_it_runs),
        SCENE(words_that_the_program_has_changed_stay_its_own),
        SCENE(a_newer_definition_takes_the_place_of_an_older_one),
        SCENE(halfwords_of_data_come_back_too),
        SCENE(short_distances_become_what_they_were),
        SCENE(far_calls_with_addends_have_slots_that_are_cleared),
        SCENE(conditional_branches_go_to_the_slot_and_back),
        SCENE(who_must_know_who_calls_is_told_in_a_domain_that_runs),
        SCENE(large_text_has_slots_at_both_ends),
        SCENE(large_text_can_tell_who_calls_from_both_ends),
        SCENE(a_refusal_in_the_middle_leaves_everything_as_it_was),
        SCENE(a_refusal_leaves_a_domain_that_runs_as_it_was),
        SCENE(a_refusal_leaves_the_data_of_a_domain_that_runs),
        SCENE(a_refusal_names_its_cause_whatever_the_way_back_meets),
        SCENE(who_tells_who_calls_must_be_in_reach),
        SCENE(users_are_counted_of_the_source_and_of_the_definer),
        SCENE(who_uses_itself_is_not_counted),
        SCENE(a_source_that_is_gone_is_not_looked_at_when_a_start_fails),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("binding", tests, NULL, NULL);
}
