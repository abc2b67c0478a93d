/*
 * Tests of leading calls of an import elsewhere (image_bind.c): only branches go, wherever to, in domains that run
 * and in others, and everything comes back to the byte.
 */
#include "tests/host/scene.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"

#define BC 0x41820000u
#define LWZ 0x80600000u
#define BCTRL 0x4e800421u

/* In reach, far, where absolute branches reach, where all absolute things reach. */
static const vaddr_t places[] = {FAKE_CODE + 0x00100000, 0x20000000, 0x01000000, 0x1000,
                                 0xffff8000};
#define N_PLACES (sizeof places / sizeof places[0])

static const struct import *only_import(const struct domain *d)
{
    return &d->image.imports[0];
}

static vaddr_t slot_of(const struct domain *d, const struct import *import, unsigned island)
{
    return d->image.islands[island] + (vaddr_t)(import - d->image.imports) * VENEER_SIZE;
}

static bool is_slot(const struct domain *d, const struct import *import, vaddr_t address)
{
    for (unsigned k = 0; k < IMAGE_ISLANDS && d->image.islands[k] != 0; k++)
        if (slot_of(d, import, k) == address)
            return true;
    return false;
}

/* Where a call at an address ends up, by the import's slot if it goes there. */
static vaddr_t destination(const struct domain *d, const struct import *import, vaddr_t at)
{
    uint32_t word = scene_word(d, at);
    vaddr_t target = 1;

    if (!code_target_of_b(word, at, &target))
        assert_true(code_target_of_bc(word, at, &target));
    if (!is_slot(d, import, target))
        return target;
    assert_int_equal(scene_word(d, target + 8), 0x7d8903a6);
    return (scene_word(d, target) << 16) + (uint32_t)(int16_t)scene_word(d, target + 4);
}

static uint8_t type_of(const struct fixup *fixup)
{
    return relocation_of_fixup(fixup->place & 31);
}

static bool is_call(const struct domain *d, const struct fixup *fixup)
{
    return relocation_types[type_of(fixup)].kind == RELOCATION_BRANCH && fixup->addend == 0 &&
           fixup->place >> 5 < d->image.memory.text.size;
}

/* Every call of an import goes to a target, nothing else has changed. */
static void assert_led(const struct domain *d, const struct import *import, vaddr_t target,
                       const struct snapshot *before)
{
    struct snapshot now = snapshot_take(d);
    size_t n = 0, direct, all;

    for (uint32_t i = 0; i < import->n_fixups; i++) {
        const struct fixup *fixup = &d->image.fixups[import->first_fixup + i];
        uint32_t offset = fixup->place >> 5;

        if (!is_call(d, fixup))
            continue;
        assert_int_equal(destination(d, import, d->image.memory.text.address + offset), target);
        memcpy(now.bytes + offset, before->bytes + offset, 4);
        n++;
    }
    for (unsigned k = 0; k < IMAGE_ISLANDS && d->image.islands[k] != 0; k++) {
        uint32_t offset = slot_of(d, import, k) - d->image.memory.text.address;

        memcpy(now.bytes + offset, before->bytes + offset, VENEER_SIZE);
    }
    assert_memory_equal(now.bytes, before->bytes, before->size);
    image_count_calls(&d->image, import, target, &direct, &all);
    assert_int_equal(all, n);
    assert_true(direct <= all);
    snapshot_free(&now);
}

/* What analyses get is what was there before. */
static void assert_undone(const struct domain *d, const struct import *import,
                          const struct snapshot *before)
{
    const struct segment *text = &d->image.memory.text;
    size_t n = text->size / 4;
    uint32_t *words = calloc(n + 1, 4), one;

    for (size_t i = 0; i < n; i++)
        words[i] = scene_word(d, text->address + (vaddr_t)i * 4);
    for (size_t i = 0; i < n; i++) {
        one = words[i];
        image_undo_calls(&d->image, import, text->address + (vaddr_t)i * 4, &one, 1);
        assert_int_equal(one, get32(before->bytes + i * 4));
    }
    image_undo_calls(&d->image, import, text->address, words, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(words[i], get32(before->bytes + i * 4));
    free(words);
}

/* An import that is bound, by way of all places. */
static void lead_everywhere(struct domain *d, const struct import *import, const char *what)
{
    struct snapshot bound = snapshot_take(d);

    for (size_t i = 0; i < N_PLACES; i++) {
        vaddr_t target = places[i] + 0x240;

        image_lead_calls(&d->image, import, target);
        assert_led(d, import, target, &bound);
        assert_undone(d, import, &bound);
    }
    image_lead_calls(&d->image, import, import->symbol->value);
    assert_unchanged(d, &bound, what);
}

static uint32_t word_for(unsigned type)
{
    if (type == R_PPC_PLTCALL)
        return BCTRL;
    if (relocation_is_conditional((uint8_t)type) || (type >= 7 && type <= 9))
        return BC;
    return relocation_types[type].width == 2 ? LWZ | 0x1234 : BL | 0x123450;
}

/* An object whose text has two places for the import, and between them a call and a jump to it. */
static struct object *with_places(unsigned type, int32_t addend)
{
    const uint32_t words[] = {word_for(type), BL, BL & ~1u, word_for(type), BLR};
    struct object *o = object_begin();
    unsigned text = object_words(o, ".text", OBJECT_CODE, words, 5);
    unsigned import = object_symbol(o, "import", OBJECT_IMPORT, SHN_UNDEF, 0, 0);
    uint32_t half = relocation_types[type].width == 2 ? 2 : 0;

    object_relocate(o, text, half, (uint8_t)type, import, addend);
    object_relocate(o, text, 4, R_PPC_REL24, import, 0);
    object_relocate(o, text, 8, R_PPC_REL24, import, 0);
    object_relocate(o, text, 12 + half, (uint8_t)type, import, addend);
    return o;
}

static bool is_bound_later(unsigned type)
{
    enum relocation_kind kind = relocation_types[type].kind;

    return kind == RELOCATION_VALUE || kind == RELOCATION_BRANCH;
}

/* False if it cannot be bound to that place. */
static bool try_type(unsigned type, int32_t addend, vaddr_t place, bool runs)
{
    const struct scene_symbol symbol = {"import", place};
    struct domain *source = provide("source", &symbol, 1), *d;
    struct snapshot before;
    bool bound;

    fake_host_reset();
    d = make("test", with_places(type, addend));
    before = snapshot_take(d);
    bound = domain_bind(source, d) == OK;
    if (bound && runs)
        start(d);
    if (bound) {
        lead_everywhere(d, only_import(d), relocation_name((uint8_t)type));
        image_lead_calls(&d->image, only_import(d), places[1]);
        assert_ok(domain_unbind(source, d));
    }
    if (!runs)
        assert_unchanged(d, &before, "an object that did not run");
    else
        snapshot_free(&before);
    end(d);
    end(source);
    return bound;
}

static void calls_of_every_type_go_and_come_back(void **state)
{
    static const int32_t addends[] = {0, 8};
    unsigned n_bound = 0;

    (void)state;
    for (unsigned type = 0; type < 256; type++)
        for (size_t a = 0; is_bound_later(type) && type != R_PPC_PLTCALL && a < 2; a++)
            for (size_t i = 0; i < N_PLACES; i++)
                for (int runs = 0; runs < 2; runs++)
                    n_bound += try_type(type, addends[a], places[i], runs);
    assert_true(n_bound > 150);
}

/* ---- what unbinding finds ---- */

static struct object *caller(void)
{
    return with_places(R_PPC_ADDR32, 0);
}

static void unbinding_does_not_mind_where_calls_go(void **state)
{
    const struct scene_symbol symbol = {"import", places[0]};
    struct domain *source = provide("source", &symbol, 1), *d;
    struct snapshot unbound;

    (void)state;
    d = make("test", caller());
    assert_ok(domain_bind(source, d));
    start(d);
    assert_ok(domain_unbind(source, d));
    unbound = snapshot_take(d);
    for (size_t i = 0; i < N_PLACES; i++) {
        assert_ok(domain_bind(source, d));
        image_lead_calls(&d->image, only_import(d), places[i] + 0x40);
        assert_ok(domain_unbind(source, d));
    }
    assert_unchanged(d, &unbound, "unbound while led");
    end(d);
    end(source);
}

/* ---- binding to what is led ---- */

static void who_is_bound_later_goes_where_others_go(void **state)
{
    const struct scene_symbol symbol = {"import", places[0]};
    struct domain *source = provide("source", &symbol, 1), *d;
    struct snapshot bound;

    (void)state;
    for (int runs = 0; runs < 2; runs++) {
        fake_host_reset();
        d = make("test", caller());
        if (runs) {
            assert_ok(domain_bind(source, d));
            start(d);
            assert_ok(domain_unbind(source, d));
        }
        assert_ok(domain_bind(source, d));
        bound = snapshot_take(d);
        assert_ok(domain_unbind(source, d));
        fake_host.led = places[0];
        fake_host.led_to = places[1] + 0x80;
        n_procedures_led = 1;
        assert_ok(domain_bind(source, d));
        assert_led(d, only_import(d), fake_host.led_to, &bound);
        image_lead_calls(&d->image, only_import(d), places[0]);
        assert_unchanged(d, &bound, "led back after binding");
        end(d);
    }
    end(source);
}

/* ---- who tells who calls ---- */

static void calls_that_tell_who_calls_stay(void **state)
{
    const struct scene_symbol symbol = {"import", 0x01000000};
    struct domain *source = provide("source", &symbol, 1), *d = make("test", caller());
    struct snapshot bound;
    size_t direct, all;

    (void)state;
    source->image.symbols.symbols[0].identified = true;
    assert_ok(domain_bind(source, d));
    bound = snapshot_take(d);
    image_lead_calls(&d->image, only_import(d), places[0]);
    image_count_calls(&d->image, only_import(d), places[0], &direct, &all);
    assert_int_equal(all, 0);
    assert_unchanged(d, &bound, "identified");
    end(d);
    end(source);
}

/* ---- bindings are numbered ---- */

static void every_change_of_bindings_changes_their_number(void **state)
{
    const struct scene_symbol symbol = {"import", places[0]};
    struct domain *source = provide("source", &symbol, 1), *d = make("test", caller());
    uint32_t number = domain_bindings();

    (void)state;
    assert_ok(domain_bind(source, d));
    assert_int_not_equal(domain_bindings(), number);
    number = domain_bindings();
    assert_ok(domain_unbind(source, d));
    assert_int_not_equal(domain_bindings(), number);
    assert_ok(domain_bind(source, d));
    number = domain_bindings();
    end(d);
    assert_int_not_equal(domain_bindings(), number);
    end(source);
}

/* ---- real objects ---- */

static unsigned try_object(const struct corpus_entry *entry, bool runs)
{
    struct scene_symbol *symbols;
    struct domain *d = NULL, *source;
    unsigned n = 0;

    fake_host_reset();
    if (domain_make(&fake_terms, "test", entry->file.bytes, entry->file.size, &d) != OK)
        return 0;
    symbols = calloc(d->image.n_imports + 1, sizeof *symbols);
    for (size_t i = 0; i < d->image.n_imports; i++)
        symbols[i] = (struct scene_symbol){d->image.imports[i].name, places[0] + (vaddr_t)i * 16};
    source = provide("source", symbols, d->image.n_imports);
    if (domain_bind(source, d) == OK && (!runs || domain_start(&d, 1) == OK))
        for (; n < d->image.n_imports; n++)
            lead_everywhere(d, &d->image.imports[n], entry->name);
    free(symbols);
    end(d);
    end(source);
    return n;
}

static void objects_of_the_compiler_are_led_and_back(void **state)
{
    struct corpus corpus = corpus_open("shapes+*.o");
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < corpus.n; i++)
        n += try_object(&corpus.entries[i], i % 2 == 0);
    corpus_close(&corpus);
    assert_true(n > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(calls_of_every_type_go_and_come_back),
        SCENE(unbinding_does_not_mind_where_calls_go),
        SCENE(who_is_bound_later_goes_where_others_go),
        SCENE(calls_that_tell_who_calls_stay),
        SCENE(every_change_of_bindings_changes_their_number),
        SCENE(objects_of_the_compiler_are_led_and_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
