/* Tests of domains/domain.c: the life of domains, alone and in groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "domains/identity.h"
#include "domains/nameserver.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

#define BL 0x48000001u
#define BLR 0x4e800020u

/* ---- objects of a few parts ---- */

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

static uint16_t text_of(struct object *o)
{
    static const uint32_t code[] = {BLR, BLR, BLR, BLR, BLR, BLR, BLR, BLR};

    return (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 8);
}

/* An object that exports the procedures, 4 bytes apart; at most 8 names, separated by blanks. */
static struct object *begin_exporting(const char *names)
{
    struct object *o = object_begin();
    uint16_t text = text_of(o);
    char *copy = strdup(names), *rest = copy, *name;

    for (uint32_t i = 0; (name = strsep(&rest, " ")) != NULL; i++)
        if (*name != 0)
            object_symbol(o, name, OBJECT_FUNCTION, text, i * 4, 4);
    free(copy);
    return o;
}

/* Lets it call the import, too. */
static void add_call(struct object *o, const char *import, uint8_t info)
{
    static const uint32_t code[] = {BL};
    unsigned text = object_words(o, ".text.call", OBJECT_CODE, code, 1);

    object_relocate(o, text, 0, R_PPC_REL24, object_symbol(o, import, info, SHN_UNDEF, 0, 0), 0);
}

static struct object *begin_importing(const char *names)
{
    struct object *o = object_begin();
    char *copy = strdup(names), *rest = copy, *name;

    while ((name = strsep(&rest, " ")) != NULL)
        add_call(o, name, OBJECT_IMPORT);
    free(copy);
    return o;
}

static status_t create_status(const char *name, struct object *o, struct domain **domain)
{
    struct object_file file = object_end(o);
    status_t status = domain_make(&fake_terms, name, file.bytes, file.size, domain);

    free(file.bytes);
    return status;
}

static struct domain *create(const char *name, struct object *o)
{
    struct domain *domain = NULL;

    if (create_status(name, o, &domain) != OK)
        fail_msg("%s", status_explain());
    return domain;
}

static void assert_ok(status_t status)
{
    if (status != OK)
        fail_msg("%s: %s", status_name(status), status_explain());
}

/* The refusal and a part of its sentence. */
static void assert_refusal(status_t status, status_t expected, const char *words)
{
    assert_int_equal(status, expected);
    if (strstr(status_explain(), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", status_explain(), words);
}

static void destroy(struct domain *domain)
{
    assert_ok(end_alone(domain));
}

static void assert_calls(const char *calls)
{
    assert_string_equal(fake_host.calls, calls);
    fake_host.calls[0] = 0;
}

/* ---- create ---- */

static void a_domain_is_called_as_it_says_else_as_it_is_told(void **state)
{
    struct object *o = begin_exporting("");
    struct domain *named, *unnamed;

    (void)state;
    object_section(o, ".whorl.domain", SHT_PROGBITS, SHF_ALLOC, "chosen", 7);
    named = create("given", o);
    unnamed = create("given", begin_exporting(""));
    assert_string_equal(named->name, "chosen");
    assert_string_equal(named->image.name, "chosen");
    assert_string_equal(unnamed->name, "given");
    assert_int_equal(named->state, DOMAIN_CREATED);
    destroy(named);
    destroy(unnamed);
}

static void a_name_of_1000_characters_is_fine(void **state)
{
    char name[1001];
    struct domain *d;

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        name[i] = (char)('-' + i % ('~' - '-' + 1));
    name[1000] = 0;
    d = create(name, begin_exporting(""));
    assert_ptr_equal(domain_named(name), d);
    destroy(d);
}

static void names_that_cannot_be_typed_are_refused(void **state)
{
    static const char *const names[] = {"", "a b", "a,b", "tab\t", "\x7f", "\xc3\xa4", "a\n"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct domain *d = NULL;

        assert_refusal(create_status(names[i], begin_exporting(""), &d), ERR_BAD_ARGUMENT, "name");
        assert_null(d);
        assert_int_equal(fake_host.n_images, 0);
    }
    for (int i = 0; i < 2; i++) {
        struct object *o = begin_exporting("");
        struct domain *d = NULL;

        object_section(o, ".whorl.domain", SHT_PROGBITS, SHF_ALLOC, i == 0 ? "a b" : "a,b", 4);
        assert_refusal(create_status("fine", o, &d), ERR_BAD_ARGUMENT, "name");
    }
}

static void a_name_is_taken_until_its_domain_is_destroyed(void **state)
{
    struct domain *first = create("twin", begin_exporting("")), *second = NULL;

    (void)state;
    assert_refusal(create_status("twin", begin_exporting(""), &second), ERR_EXISTS, "twin");
    assert_null(second);
    assert_int_equal(fake_host.n_images, 1);
    destroy(first);
    second = create("twin", begin_exporting(""));
    destroy(second);
}

static void the_object_is_not_needed_afterwards(void **state)
{
    struct object_file file = object_end(begin_importing("wanted"));
    struct domain *d = NULL;

    (void)state;
    assert_ok(domain_make(&fake_terms, "test", file.bytes, file.size, &d));
    memset(file.bytes, 'x', file.size);
    free(file.bytes);
    assert_refusal(start_alone(d), ERR_UNRESOLVED, "wanted");
    destroy(d);
}

static void an_empty_object_can_live(void **state)
{
    struct domain *d = create("empty", object_begin());

    (void)state;
    assert_ok(start_alone(d));
    assert_calls("");
    destroy(d);
    assert_calls("");
}

static void domains_are_found_by_name_and_listed_in_order(void **state)
{
    struct domain *a = create("a", begin_exporting("")), *b = create("b", begin_exporting(""));

    (void)state;
    assert_ptr_equal(domain_named("b"), b);
    assert_ptr_equal(domain_next(a), b);
    assert_null(domain_next(b));
    assert_string_equal(domain_next(NULL)->name, "SpinPublic");
    assert_null(domain_named("c"));
    destroy(a);
    assert_null(domain_named("a"));
    destroy(b);
}

static void every_state_has_a_name(void **state)
{
    (void)state;
    for (int i = DOMAIN_CREATED; i <= DOMAIN_COMBINED; i++)
        assert_non_null(domain_state_name((enum domain_state)i));
    assert_string_equal(domain_state_name(DOMAIN_INITIALIZED), "initialized");
    assert_string_equal(domain_state_name(DOMAIN_KERNEL), "kernel");
    assert_string_equal(domain_state_name(DOMAIN_COMBINED), "combined");
}

/* ---- resolve ---- */

static size_t count_unresolved(struct domain *domain);

static void count(const char *name, void *closure)
{
    (void)name;
    (void)closure;
}

static size_t count_unresolved(struct domain *domain)
{
    return domain_unresolved_imports(domain, count, NULL);
}

static void resolve_binds_what_the_source_exports_and_adds_no_exports(void **state)
{
    struct domain *source = create("source", begin_exporting("one two"));
    struct domain *target = create("target", begin_importing("two three"));

    (void)state;
    assert_int_equal(count_unresolved(target), 2);
    assert_ok(domain_bind(source, target));
    assert_int_equal(count_unresolved(target), 1);
    assert_ptr_equal(target->image.imports[0].source, source);
    assert_int_equal(target->image.imports[0].symbol->value, source->image.memory.text.address + 4);
    assert_int_equal(target->image.imports[0].state, IMPORT_BOUND);
    assert_int_equal(target->image.imports[1].state, IMPORT_UNBOUND);
    assert_null(symbol_find(&target->image.symbols, "two", symbol_hash("two")));
    assert_null(symbol_find(&target->image.symbols, "one", symbol_hash("one")));
    destroy(target);
    destroy(source);
}

static void the_first_source_wins(void **state)
{
    struct domain *first = create("first", begin_exporting("thing"));
    struct domain *second = create("second", begin_exporting("x thing"));
    struct domain *target = create("target", begin_importing("thing"));

    (void)state;
    assert_ok(domain_bind(first, target));
    assert_ok(domain_bind(second, target));
    assert_ptr_equal(target->image.imports[0].source, first);
    destroy(second);
    destroy(target);
    destroy(first);
}

static void a_domain_can_be_its_own_source(void **state)
{
    struct object *o = begin_exporting("one");
    struct domain *d;

    (void)state;
    add_call(o, "two", OBJECT_IMPORT);
    d = create("self", o);
    assert_ok(domain_bind(d, d));
    assert_int_equal(count_unresolved(d), 1);
    destroy(d);
}

static void two_domains_may_define_the_same_symbol(void **state)
{
    struct domain *a = create("a", begin_exporting("same")),
                  *b = create("b", begin_exporting("same"));
    struct domain *user_a = create("user_a", begin_importing("same"));
    struct domain *user_b = create("user_b", begin_importing("same"));

    (void)state;
    assert_ok(domain_bind(a, user_a));
    assert_ok(domain_bind(b, user_b));
    assert_int_equal(user_a->image.imports[0].symbol->value, a->image.memory.text.address);
    assert_int_equal(user_b->image.imports[0].symbol->value, b->image.memory.text.address);
    destroy(user_a);
    destroy(user_b);
    destroy(a);
    destroy(b);
}

static void a_capability_stands_for_its_domain_and_for_no_other(void **state)
{
    struct domain *d = create("d", begin_exporting("")),
                  *stale = create("stale", begin_exporting(""));
    struct domain *found = NULL;
    int not_a_domain = 0;
    const domain_t *bad[4] = {NULL, (domain_t *)(void *)&not_a_domain, stale->capability,
                              (domain_t *)(void *)d};

    (void)state;
    assert_ptr_not_equal(d->capability, stale->capability);
    destroy(stale);
    for (size_t i = 0; i < 4; i++) {
        assert_refusal(domain_of(bad[i], &found), ERR_BAD_CAPABILITY, "not a domain");
        assert_null(found);
    }
    assert_ok(domain_of(d->capability, &found));
    assert_ptr_equal(found, d);
    stale = create("stale", begin_exporting(""));
    assert_refusal(domain_of(bad[2], &found), ERR_BAD_CAPABILITY, "not a domain");
    destroy(stale);
    destroy(d);
}

static void who_cannot_import_is_not_resolved(void **state)
{
    struct domain *d = create("d", begin_exporting("domain_init"));
    struct domain *user = create("user", begin_importing("near_procedure"));

    (void)state;
    assert_refusal(domain_bind(d, public_domain()), ERR_STATE, "SpinPublic is kernel");
    assert_refusal(domain_unbind(d, public_domain()), ERR_STATE, "SpinPublic is kernel");
    user->state = DOMAIN_STARTING;
    assert_refusal(domain_bind(public_domain(), user), ERR_STATE, "user is starting");
    assert_refusal(domain_unbind(public_domain(), user), ERR_STATE, "user is starting");
    user->state = DOMAIN_CREATED;
    d->state = DOMAIN_FAILED;
    assert_refusal(domain_bind(d, user), ERR_STATE, "d is failed");
    destroy(d);
    destroy(user);
}

static void a_domain_that_runs_is_resolved_too(void **state)
{
    struct domain *d = create("d", begin_exporting("domain_init"));

    (void)state;
    assert_ok(start_alone(d));
    assert_ok(domain_bind(public_domain(), d));
    destroy(d);
}

/* One import reaches, the other does not: none is bound, and both can be elsewhere. */
static void a_resolve_out_of_range_binds_nothing(void **state)
{
    static const struct public_symbol far[] = {{"one", 0x30000000}, {"two", 0x30000002}};
    static struct domain *kernel;
    struct domain *near = create("near", begin_exporting("one two")), *target;

    (void)state;
    kernel = public_create("far", far, 2);
    target = create("target", begin_importing("one two"));
    assert_refusal(domain_bind(kernel, target), ERR_RANGE, "two");
    assert_int_equal(count_unresolved(target), 2);
    assert_ok(domain_bind(near, target));
    assert_int_equal(count_unresolved(target), 0);
    assert_int_equal(
        get32(target->image.memory.text.bytes),
        BL | ((near->image.memory.text.address - target->image.memory.text.address) & 0x03fffffc));
    destroy(target);
    destroy(near);
}

static void what_was_bound_before_survives_a_failed_resolve(void **state)
{
    static const struct public_symbol odd[] = {{"two", 0x30000002}};
    struct domain *near = create("near", begin_exporting("one"));
    struct domain *target = create("target", begin_importing("one two"));

    (void)state;
    assert_ok(domain_bind(near, target));
    assert_refusal(domain_bind(public_create("odd", odd, 1), target), ERR_RANGE, "two");
    assert_ptr_equal(target->image.imports[0].source, near);
    assert_int_equal(count_unresolved(target), 1);
    destroy(target);
    destroy(near);
}

static void resolving_what_has_no_types_needs_no_memory(void **state)
{
    struct domain *target = create("target", begin_importing("near_procedure"));

    (void)state;
    fake_host.mallocs_left = 0;
    assert_ok(domain_bind(public_domain(), target));
    assert_ok(domain_unbind(public_domain(), target));
    assert_int_equal(count_unresolved(target), 1);
    destroy(target);
}

/* ---- initialize ---- */

static void unresolved_symbols_are_named_all_of_them(void **state)
{
    struct domain *d = create("d", begin_importing("alpha beta near_procedure gamma"));

    (void)state;
    assert_ok(domain_bind(public_domain(), d));
    assert_refusal(start_alone(d), ERR_UNRESOLVED, "d: 3 unresolved symbols: alpha beta gamma");
    assert_int_equal(d->state, DOMAIN_CREATED);
    assert_calls("");
    destroy(d);
    d = create("d", begin_importing("lonely"));
    assert_refusal(start_alone(d), ERR_UNRESOLVED, "d: 1 unresolved symbol: lonely");
    destroy(d);
}

static struct domain *create_needy(int n)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);

    for (int i = 0; i < n; i++) {
        char name[60];

        snprintf(name, sizeof name, "a_rather_long_name_of_a_symbol_that_nobody_has_%d", i);
        object_relocate(o, data, 0, R_PPC_ADDR32, object_symbol(o, name, OBJECT_IMPORT, 0, 0, 0),
                        0);
    }
    return create("d", o);
}

static void long_lists_of_symbols_are_told_in_full(void **state)
{
    struct domain *d = create_needy(500);

    (void)state;
    assert_refusal(start_alone(d), ERR_UNRESOLVED, "d: 500 unresolved symbols: a_rather_long");
    for (int i = 0; i < 500; i++) {
        char name[40];

        snprintf(name, sizeof name, "nobody_has_%d", i);
        assert_non_null(strstr(status_explain(), name));
    }
    destroy(d);
}

/* Those that are told are told whole. */
static void endless_lists_of_symbols_are_cut_but_counted(void **state)
{
    struct domain *d = create_needy(2000);
    const char *end;

    (void)state;
    assert_refusal(start_alone(d), ERR_UNRESOLVED, "d: 2000 unresolved symbols: a_rather");
    assert_in_range(strlen(status_explain()), 1000, STATUS_SENTENCE_MAX - 1);
    end = strrchr(status_explain(), '_');
    assert_in_range(atoi(end + 1), 100, 1999);
    destroy(d);
}

static void weak_imports_need_no_definition(void **state)
{
    struct object *o = begin_exporting("domain_init");
    struct domain *d;

    (void)state;
    add_call(o, "perhaps", OBJECT_WEAK);
    d = create("d", o);
    assert_int_equal(count_unresolved(d), 0);
    assert_ok(start_alone(d));
    image_unseal(&d->image.memory);
    assert_int_equal(get32(d->image.memory.text.bytes + 32), BL | 2);
    assert_ok(image_seal(&d->image.memory));
    destroy(d);
}

static void every_weak_import_becomes_zero(void **state)
{
    struct object *o = object_begin();
    struct domain *d;

    (void)state;
    add_call(o, "one", OBJECT_WEAK);
    add_call(o, "two", OBJECT_WEAK);
    add_call(o, "three", OBJECT_WEAK);
    d = create("d", o);
    assert_ok(start_alone(d));
    image_unseal(&d->image.memory);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(get32(d->image.memory.text.bytes + i * 4), BL | 2);
    assert_ok(image_seal(&d->image.memory));
    destroy(d);
}

static void a_weak_import_that_cannot_be_zero_is_refused(void **state)
{
    struct object *o = object_begin();
    uint16_t text = text_of(o);
    struct domain *d;

    (void)state;
    object_relocate(o, text, 0, R_PPC_REL16, object_symbol(o, "perhaps", OBJECT_WEAK, 0, 0, 0), 0);
    d = create("d", o);
    assert_refusal(start_alone(d), ERR_RANGE, "R_PPC_REL16 at 0x04000000: 0x00000000 (perhaps)");
    assert_int_equal(d->state, DOMAIN_CREATED);
    assert_false(d->image.sealed);
    destroy(d);
}

static void weak_imports_take_a_definition(void **state)
{
    struct domain *source = create("source", begin_exporting("perhaps")), *d;
    struct object *o = object_begin();

    (void)state;
    add_call(o, "perhaps", OBJECT_WEAK);
    d = create("d", o);
    assert_ok(domain_bind(source, d));
    assert_ok(start_alone(d));
    assert_ptr_equal(d->image.imports[0].source, source);
    assert_refusal(end_alone(source), ERR_BUSY, "d");
    destroy(d);
    destroy(source);
}

/* Adds an array of pointers to the text's words. */
static void add_array(struct object *o, const char *name, uint32_t type, const uint32_t *places,
                      size_t n)
{
    static const uint32_t none[4];
    unsigned array = object_words(o, name, OBJECT_DATA, none, n);
    unsigned text = object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), 1, 0, 0);

    object_type(o, array, type);
    for (size_t i = 0; i < n; i++)
        object_relocate(o, array, (uint32_t)i * 4, R_PPC_ADDR32, text, (int32_t)places[i]);
}

static void constructors_run_in_order_and_destructors_backwards(void **state)
{
    static const uint32_t places[] = {12, 4, 8};
    struct object *o = begin_exporting("domain_init one two three domain_fini");
    struct domain *d;

    (void)state;
    add_array(o, ".ctors", SHT_PROGBITS, places, 2);
    add_array(o, ".init_array", SHT_INIT_ARRAY, places, 3);
    add_array(o, ".preinit_array", SHT_PREINIT_ARRAY, places, 2);
    add_array(o, ".fini_array", SHT_FINI_ARRAY, places, 3);
    add_array(o, ".dtors", SHT_PROGBITS, places, 2);
    d = create("d", o);
    assert_ok(start_alone(d));
    assert_calls("d:three d:one "       /* .preinit_array */
                 "d:three d:one d:two " /* .init_array */
                 "d:one d:three "       /* .ctors, backwards */
                 "d:domain_init ");
    destroy(d);
    assert_calls("d:domain_fini "
                 "d:two d:one d:three " /* .fini_array, backwards */
                 "d:three d:one ");     /* .dtors */
}

static struct domain *create_compiled(const char *name)
{
    struct object_file file = corpus_read(name);
    struct domain *d = NULL;

    assert_ok(domain_make(&fake_terms, "d", file.bytes, file.size, &d));
    free(file.bytes);
    return d;
}

static void priorities_of_constructors_are_kept(void **state)
{
    static const char *const names[] = {"priorities+O1.o", "priorities+O1+fdata-sections.o"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct domain *d = create_compiled(names[i]);

        assert_ok(start_alone(d));
        assert_calls("d:build_first d:build_second d:build_last ");
        destroy(d);
        assert_calls("d:fell_first d:fell_last ");
    }
}

static void the_marks_of_ctors_are_no_constructors(void **state)
{
    static const uint32_t marks[] = {0xffffffff, 0};
    struct object *o = begin_exporting("domain_init");
    struct domain *d;

    (void)state;
    object_words(o, ".ctors", OBJECT_DATA, marks, 2);
    object_words(o, ".dtors", OBJECT_DATA, marks, 2);
    d = create("d", o);
    assert_ok(start_alone(d));
    assert_calls("d:domain_init ");
    destroy(d);
    assert_calls("");
}

/* Text cannot be read once it is sealed. */
static void an_array_in_text_is_no_array(void **state)
{
    struct object *o = object_begin();
    unsigned array = object_section(o, ".init_array", SHT_INIT_ARRAY, OBJECT_CODE, "12345678", 8);
    struct domain *d = NULL;

    (void)state;
    (void)array;
    if (create_status("d", o, &d) != OK)
        return;
    assert_ok(start_alone(d));
    assert_calls("");
    destroy(d);
}

static void a_variable_called_domain_init_is_not_called(void **state)
{
    struct object *o = object_begin();
    unsigned data = object_section(o, ".data", SHT_PROGBITS, OBJECT_DATA, "1234", 4);
    struct domain *d;

    (void)state;
    object_symbol(o, "domain_init", OBJECT_VARIABLE, (uint16_t)data, 0, 4);
    d = create("d", o);
    assert_ok(start_alone(d));
    assert_calls("");
    destroy(d);
}

static const char *faulting, *failing;

static status_t answer(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    if (faulting != NULL && strcmp(procedure, faulting) == 0)
        return ERR_FAULT;
    *result = failing != NULL && strcmp(procedure, failing) == 0 ? ERR_RANGE : OK;
    return OK;
}

static int start_answering(void **state)
{
    faulting = failing = NULL;
    return start(state);
}

static void a_domain_init_that_fails_leaves_only_destroy(void **state)
{
    struct domain *d = create("d", begin_exporting("domain_init domain_fini"));

    (void)state;
    failing = "domain_init";
    fake_host.call = answer;
    assert_refusal(start_alone(d), ERR_FAILED, "d: domain_init returned ERR_RANGE (-8)");
    assert_int_equal(d->state, DOMAIN_FAILED);
    assert_refusal(start_alone(d), ERR_STATE, "d is failed");
    assert_refusal(domain_bind(public_domain(), d), ERR_STATE, "d is failed");
    destroy(d);
    assert_calls("d:domain_init ");
}

static void a_fault_in_a_constructor_ends_the_start(void **state)
{
    static const uint32_t places[] = {4, 8};
    struct object *o = begin_exporting("domain_init one two domain_fini");
    struct domain *d;

    (void)state;
    add_array(o, ".init_array", SHT_INIT_ARRAY, places, 2);
    d = create("d", o);
    faulting = "one";
    fake_host.call = answer;
    assert_refusal(start_alone(d), ERR_FAULT, "d: a constructor faulted");
    assert_int_equal(d->state, DOMAIN_FAILED);
    assert_calls("d:one ");
    destroy(d);
    assert_calls("");
}

static void what_a_constructor_returns_does_not_matter(void **state)
{
    static const uint32_t places[] = {4};
    struct object *o = begin_exporting("domain_init one");
    struct domain *d;

    (void)state;
    add_array(o, ".init_array", SHT_INIT_ARRAY, places, 1);
    d = create("d", o);
    failing = "one";
    fake_host.call = answer;
    assert_ok(start_alone(d));
    destroy(d);
}

static void a_fault_on_the_way_out_does_not_keep_the_domain(void **state)
{
    static const uint32_t places[] = {8, 12};
    struct object *o = begin_exporting("domain_init domain_fini one two");
    struct domain *d;

    (void)state;
    add_array(o, ".fini_array", SHT_FINI_ARRAY, places, 2);
    d = create("d", o);
    faulting = "domain_fini";
    fake_host.call = answer;
    assert_ok(start_alone(d));
    destroy(d);
    assert_calls("d:domain_init d:domain_fini d:two d:one ");
}

static void a_domain_is_initialized_once(void **state)
{
    struct domain *d = create("d", begin_exporting("domain_init"));

    (void)state;
    assert_ok(start_alone(d));
    assert_refusal(start_alone(d), ERR_STATE, "d is initialized");
    assert_refusal(start_alone(public_domain()), ERR_STATE, "kernel");
    assert_calls("d:domain_init ");
    destroy(d);
}

/* ---- groups ---- */

#define GROUP(...)                           \
    ((struct domain *const[]){__VA_ARGS__}), \
        sizeof((struct domain *[]){__VA_ARGS__}) / sizeof(struct domain *)

static struct domain *create_member(const char *name, const char *export, const char *import)
{
    char exports[40];
    struct object *o;

    snprintf(exports, sizeof exports, "domain_init %s domain_fini", export);
    o = begin_exporting(exports);
    if (import != NULL)
        add_call(o, import, OBJECT_IMPORT);
    return create(name, o);
}

static void resolve_all(struct domain *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (i != k)
                assert_ok(domain_bind(group[k], group[i]));
}

static void who_imports_is_started_after_whom_it_imports_from(void **state)
{
    struct domain *a = create_member("a", "a", "b"), *b = create_member("b", "b", "c");
    struct domain *c = create_member("c", "c", NULL);

    (void)state;
    resolve_all(GROUP(a, b, c));
    assert_ok(domain_start(GROUP(a, b, c)));
    assert_calls("c:domain_init b:domain_init a:domain_init ");
    assert_ok(domain_end(GROUP(c, b, a)));
    assert_calls("a:domain_fini b:domain_fini c:domain_fini ");
}

static void in_a_circle_who_was_named_first_is_started_first(void **state)
{
    struct domain *a = create_member("a", "a", "b"), *b = create_member("b", "b", "c");
    struct domain *c = create_member("c", "c", "a"), *d = create_member("d", "d", NULL);

    (void)state;
    resolve_all(GROUP(a, b, c, d));
    assert_ok(domain_start(GROUP(b, a, c, d)));
    assert_calls("d:domain_init b:domain_init a:domain_init c:domain_init ");
    assert_ok(domain_end(GROUP(a, b, c, d)));
}

static struct domain *watched;

static status_t see_whether_watched_can_run(struct domain *domain, const char *procedure,
                                            status_t *result)
{
    (void)domain;
    (void)procedure;
    *result = watched->image.sealed ? OK : ERR_FAILED;
    return OK;
}

static void all_of_a_group_can_run_before_the_first_is_started(void **state)
{
    struct domain *a = create_member("a", "a", "b"), *b = create_member("b", "b", "a");

    (void)state;
    resolve_all(GROUP(a, b));
    watched = b;
    fake_host.call = see_whether_watched_can_run;
    assert_ok(domain_start(GROUP(a, b)));
    assert_ok(domain_end(GROUP(a, b)));
}

static void a_group_with_a_member_that_cannot_start_is_not_begun(void **state)
{
    struct domain *a = create_member("a", "a", NULL), *b = create_member("b", "b", "missing");

    (void)state;
    assert_refusal(domain_start(GROUP(a, b)), ERR_UNRESOLVED, "b: 1 unresolved");
    assert_refusal(domain_start(GROUP(a, a)), ERR_BAD_ARGUMENT, "twice");
    assert_refusal(domain_start(GROUP(a, public_domain())), ERR_STATE, "SpinPublic");
    assert_calls("");
    assert_int_equal(a->state, DOMAIN_CREATED);
    assert_ok(domain_start(GROUP(a)));
    assert_ok(domain_start(NULL, 0));
    destroy(a);
    destroy(b);
}

static void without_translations_no_member_is_sealed(void **state)
{
    struct domain *a = create_member("a", "a", NULL), *b = create_member("b", "b", NULL);
    struct domain *c = create_member("c", "c", NULL);

    (void)state;
    for (int left = 0; left < 3; left++) {
        fake_host.seals_left = left;
        assert_refusal(domain_start(GROUP(a, b, c)), ERR_NO_MEMORY, "no room");
        assert_false(a->image.sealed || b->image.sealed || c->image.sealed);
        assert_int_equal(a->state, DOMAIN_CREATED);
    }
    fake_host_reset();
    assert_ok(domain_bind(public_domain(), a));
    assert_ok(domain_start(GROUP(a, b, c)));
    assert_ok(domain_end(GROUP(a, b, c)));
}

static jmp_buf away;

static status_t do_not_return(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    (void)procedure;
    (void)result;
    longjmp(away, 1);
}

/* As if who starts or ends them was cut off in the middle of it. */
static void abandon(status_t (*operation)(struct domain *const group[], size_t n),
                    struct domain *const group[], size_t n)
{
    fake_host.call = do_not_return;
    if (setjmp(away) == 0)
        (void)!operation(group, n);
    fake_host.call = NULL;
    assert_int_equal(domain_end(group, n), ERR_STATE);
    domain_unwound(0, 0); /* somewhere else */
    assert_int_equal(domain_end(group, n), ERR_STATE);
    domain_unwound(0, UINT32_MAX);
    domain_release_left();
}

static void a_start_that_is_abandoned_leaves_nothing_between_states(void **state)
{
    struct domain *a = create_member("a", "a", NULL), *b = create_member("b", "b", NULL);

    (void)state;
    abandon(domain_start, GROUP(a, b));
    assert_int_equal(a->state, DOMAIN_FAILED);
    assert_int_equal(b->state, DOMAIN_CREATED);
    assert_false(b->image.sealed);
    fake_host.calls[0] = 0;
    assert_ok(domain_start(GROUP(b)));
    assert_ok(domain_end(GROUP(a, b)));
    assert_calls("b:domain_init b:domain_fini ");
}

static void an_end_that_is_abandoned_can_be_had_again(void **state)
{
    struct domain *a = create_member("a", "a", NULL), *b = create_member("b", "b", NULL);

    (void)state;
    assert_ok(domain_start(GROUP(a, b)));
    abandon(domain_end, GROUP(a, b));
    assert_int_equal(a->state, DOMAIN_FAILED);
    assert_ok(domain_end(GROUP(b)));
    assert_ok(domain_end(GROUP(a)));
}

/* What was not reached is as it was, and can still be resolved and started. */
static void a_failure_leaves_the_members_behind_it_as_they_were(void **state)
{
    struct object *o = begin_exporting("other");
    struct domain *a = create_member("a", "a", NULL),
                  *b = create_member("bad", "domain_fail", NULL), *c;

    (void)state;
    add_call(o, "perhaps", OBJECT_WEAK);
    c = create("c", o);
    faulting = "domain_init";
    fake_host.call = answer;
    assert_int_equal(domain_start(GROUP(b, a, c)), ERR_FAULT);
    assert_int_equal(b->state, DOMAIN_FAILED);
    assert_int_equal(a->state, DOMAIN_CREATED);
    assert_int_equal(c->state, DOMAIN_CREATED);
    assert_int_equal(fake_host.n_leaving, 2);
    fake_host.call = NULL;
    assert_ok(domain_bind(a, c));
    assert_ok(domain_start(GROUP(c, a)));
    assert_ok(domain_end(GROUP(a, b, c)));
}

/* ---- destroy ---- */

static void a_domain_in_use_stays_and_its_users_are_named(void **state)
{
    struct domain *lib = create_member("lib", "thing", NULL);
    struct domain *one = create_member("one", "x", "thing"),
                  *two = create_member("two", "x", "thing");

    (void)state;
    assert_ok(domain_bind(lib, one));
    assert_ok(domain_bind(lib, two));
    assert_ok(start_alone(lib));
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: one two");
    assert_refusal(domain_end(GROUP(lib, one)), ERR_BUSY, "lib is used by: two");
    assert_int_equal(lib->state, DOMAIN_INITIALIZED);
    assert_calls("lib:domain_init ");
    destroy(one);
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: two");
    assert_ok(domain_end(GROUP(lib, two)));
    assert_calls("lib:domain_fini ");
}

static void a_domain_that_never_ran_ends_without_a_word(void **state)
{
    static const uint32_t places[] = {4};
    struct object *o = begin_exporting("domain_init one domain_fini");

    (void)state;
    add_array(o, ".fini_array", SHT_FINI_ARRAY, places, 1);
    destroy(create("d", o));
    assert_calls("");
}

static void the_kernel_is_not_destroyed(void **state)
{
    struct domain *d = create_member("d", "x", NULL);

    (void)state;
    assert_refusal(end_alone(public_domain()), ERR_STATE, "SpinPublic is part of the kernel");
    assert_refusal(domain_end(GROUP(d, public_domain())), ERR_STATE, "SpinPublic");
    assert_refusal(domain_end(GROUP(d, d)), ERR_BAD_ARGUMENT, "twice");
    assert_ok(domain_end(GROUP(d)));
    assert_ok(domain_end(NULL, 0));
}

/* ---- domains that act on domains while they start or end ---- */

static struct domain *other;
static status_t seen;
static char said[100];

static status_t destroy_other(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    (void)procedure;
    *result = OK;
    if (other != NULL) {
        struct domain *victim = other;

        other = NULL;
        seen = end_alone(victim);
        snprintf(said, sizeof said, "%s", status_explain());
    }
    return OK;
}

static void a_starting_domain_cannot_destroy_itself(void **state)
{
    struct domain *d = create_member("d", "x", NULL);

    (void)state;
    other = d;
    fake_host.call = destroy_other;
    assert_ok(start_alone(d));
    assert_int_equal(seen, ERR_STATE);
    assert_string_equal(said, "d is starting");
    other = d;
    destroy(d);
    assert_int_equal(seen, ERR_STATE);
    assert_string_equal(said, "d is ending");
}

static void a_starting_domain_cannot_destroy_another_of_its_group(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL);

    (void)state;
    other = b;
    fake_host.call = destroy_other;
    assert_ok(domain_start(GROUP(a, b)));
    assert_int_equal(seen, ERR_STATE);
    assert_ok(domain_end(GROUP(a, b)));
}

static status_t destroy_other_at_last(struct domain *domain, const char *procedure,
                                      status_t *result)
{
    *result = OK;
    return strcmp(domain->name, "b") == 0 ? destroy_other(domain, procedure, result) : OK;
}

/* Those that have been started before it are still looked at. */
static void a_starting_domain_cannot_destroy_one_of_its_group_that_runs(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL);
    struct domain *c = create_member("c", "x", NULL);

    (void)state;
    other = a;
    fake_host.call = destroy_other_at_last;
    assert_ok(domain_start(GROUP(a, b, c)));
    assert_int_equal(seen, ERR_STATE);
    assert_string_equal(said, "a is being started with others");
    assert_int_equal(a->state, DOMAIN_INITIALIZED);
    assert_ok(domain_end(GROUP(a)));
    assert_ok(domain_end(GROUP(b, c)));
}

static void an_ending_domain_cannot_destroy_another_of_its_group(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL);

    (void)state;
    assert_ok(domain_start(GROUP(a)));
    for (int i = 0; i < 2; i++) {
        struct domain *c = create_member("c", "x", NULL);

        assert_ok(start_alone(c));
        other = i == 0 ? a : b;
        fake_host.call = destroy_other;
        assert_ok(domain_end(GROUP(other, c)));
        assert_int_equal(seen, ERR_STATE);
        fake_host.call = NULL;
    }
}

static status_t resolve_other(struct domain *domain, const char *procedure, status_t *result)
{
    (void)procedure;
    *result = OK;
    if (other != NULL && other != domain)
        seen = domain_bind(public_domain(), other);
    return OK;
}

static void a_starting_domain_cannot_rewrite_another_of_its_group(void **state)
{
    struct object *o = begin_exporting("domain_init");
    struct domain *a = create_member("a", "x", NULL), *b;

    (void)state;
    add_call(o, "near_procedure", OBJECT_WEAK);
    b = create("b", o);
    other = b;
    fake_host.call = resolve_other;
    assert_ok(domain_start(GROUP(a, b)));
    assert_int_equal(seen, ERR_STATE);
    assert_ok(domain_end(GROUP(a, b)));
}

static struct domain *late;

static status_t bind_late(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    *result = OK;
    if (strcmp(procedure, "domain_fini") == 0)
        seen = domain_bind(other, late);
    return OK;
}

static void nobody_is_bound_to_a_domain_that_ends(void **state)
{
    struct domain *a = create_member("a", "thing", NULL), *b = create_member("b", "x", NULL);

    (void)state;
    late = create("late", begin_importing("thing"));
    other = a;
    fake_host.call = bind_late;
    assert_ok(domain_start(GROUP(a, b)));
    assert_ok(domain_end(GROUP(a, b)));
    assert_int_equal(seen, ERR_STATE);
    assert_int_equal(count_unresolved(late), 1);
    destroy(late);
}

static void a_domain_is_found_by_whom_its_memory_is_charged_to(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL);

    (void)state;
    assert_ptr_equal(domain_of_owner(a->image.memory.owner), a);
    assert_ptr_equal(domain_of_owner(b->image.memory.owner), b);
    assert_null(domain_of_owner(b->image.memory.owner + 1));
    assert_null(domain_of_owner(0));
    destroy(a);
    destroy(b);
}

/* ---- leaving ---- */

/* It is executed until return_from_all. */
static void run(const struct domain *domain)
{
    fake_host.running = domain->image.memory.owner;
}

static void return_from_all(void)
{
    fake_host.running = 0;
    domain_release_left();
}

static void a_domain_whose_code_is_running_leaves(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL), *found;
    domain_t *capability = b->capability;
    const struct symbol *symbol;

    (void)state;
    assert_ok(domain_start(GROUP(a, b)));
    run(b);
    destroy(b);
    assert_int_equal(b->state, DOMAIN_LEAVING);
    assert_string_equal(domain_state_name(b->state), "leaving");
    assert_refusal(domain_of(capability, &found), ERR_BAD_CAPABILITY, "not a domain");
    assert_null(domain_named("b"));
    assert_true(domain_at(b->image.memory.text.address, &found, &symbol));
    assert_ptr_equal(found, b);
    assert_ptr_equal(domain_of_owner(b->image.memory.owner), b);
    domain_release_left();
    assert_int_equal(fake_host.n_images, 2);
    destroy(a);
    return_from_all();
    assert_int_equal(fake_host.n_images, 0);
}

static void the_name_of_a_domain_that_leaves_is_free(void **state)
{
    struct domain *before = create_member("a", "x", NULL), *after;

    (void)state;
    assert_ok(start_alone(before));
    run(before);
    destroy(before);
    after = create_member("a", "x", NULL);
    assert_ptr_equal(domain_named("a"), after);
    return_from_all();
    assert_ptr_equal(domain_named("a"), after);
    destroy(after);
}

static void what_a_leaving_domain_imports_from_stays(void **state)
{
    struct domain *lib = create_member("lib", "thing", NULL);
    struct domain *user = create("user", begin_importing("thing"));

    (void)state;
    assert_ok(domain_bind(lib, user));
    assert_ok(domain_start(GROUP(lib, user)));
    run(user);
    destroy(user);
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: user (leaving)");
    assert_int_equal(lib->state, DOMAIN_INITIALIZED);
    return_from_all();
    destroy(lib);
}

static void a_leaving_domain_can_do_nothing_new(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL);
    struct domain *user = create("user", begin_importing("x")), *made;
    static const struct name_terms terms;
    identity_t *identity;

    (void)state;
    assert_ok(domain_start(GROUP(a, b)));
    run(a);
    destroy(a);
    assert_refusal(end_alone(a), ERR_STATE, "a is leaving");
    assert_refusal(domain_bind(a, user), ERR_STATE, "a is leaving");
    assert_refusal(domain_bind(b, a), ERR_STATE, "a is leaving");
    assert_refusal(domain_unbind(b, a), ERR_STATE, "a is leaving");
    assert_refusal(start_alone(a), ERR_STATE, "a is leaving");
    assert_refusal(domain_unite("u", &b, 1, a, &made), ERR_STATE, "a is leaving");
    assert_refusal(domain_unite("u", &a, 1, b, &made), ERR_STATE, "a is leaving");
    assert_refusal(domain_make_interface(a, 0, &made), ERR_STATE, "a is leaving");
    assert_refusal(name_register("name", b, a, &terms), ERR_STATE, "a is leaving");
    assert_refusal(identity_of(a, &identity), ERR_STATE, "a is leaving");
    return_from_all();
    destroy(user);
    destroy(b);
}

/* Its imports that came through them go on. */
static void what_a_leaving_domain_made_is_gone(void **state)
{
    struct domain *lib = create_member("lib", "thing", NULL);
    struct domain *user = create("user", begin_importing("thing")), *all;
    static const struct name_terms terms;
    domain_t *capability;
    identity_t *identity;

    (void)state;
    assert_ok(domain_unite("all", &lib, 1, user, &all));
    assert_ok(domain_bind(all, user));
    assert_ok(domain_start(GROUP(lib, user)));
    assert_ok(name_register("all", all, user, &terms));
    assert_ok(name_register("lib", lib, user, &terms));
    assert_ok(identity_of(user, &identity));
    capability = all->capability;
    run(user);
    destroy(user);
    assert_refusal(domain_of(capability, &all), ERR_BAD_CAPABILITY, "not a domain");
    assert_null(name_named("all"));
    assert_null(name_named("lib"));
    assert_int_equal(identity_tell_name(identity, (char[9]){0}, 9), ERR_BAD_CAPABILITY);
    assert_ptr_equal(user->image.imports[0].source, lib);
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: user (leaving)");
    return_from_all();
    assert_int_equal(lib->n_users, 0);
    destroy(lib);
}

static void a_view_that_is_named_with_a_leaving_domain_goes(void **state)
{
    struct domain *maker = create_member("maker", "x", NULL),
                  *lib = create_member("lib", "y", NULL);
    struct domain *user = create("user", begin_importing("y")), *all;

    (void)state;
    assert_ok(domain_unite("all", &lib, 1, maker, &all));
    assert_ok(domain_bind(all, user));
    assert_ok(domain_start(GROUP(lib, maker, user)));
    run(user);
    assert_ok(domain_end(GROUP(user, all)));
    assert_null(domain_named("all"));
    destroy(maker);
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: user (leaving)");
    return_from_all();
    destroy(lib);
}

static void a_group_leaves_together(void **state)
{
    struct domain *ping = create_member("ping", "x", NULL);
    struct domain *pong = create("pong", begin_importing("x"));
    struct domain *third = create_member("third", "x", NULL);

    (void)state;
    assert_ok(domain_bind(ping, pong));
    assert_ok(domain_start(GROUP(ping, pong, third)));
    run(pong);
    assert_ok(domain_end(GROUP(ping, pong)));
    assert_int_equal(fake_host.n_leaving, 2);
    destroy(third);
    assert_int_equal(ping->state, DOMAIN_LEAVING);
    domain_release_left();
    assert_int_equal(fake_host.n_images, 2);
    return_from_all();
    assert_int_equal(fake_host.n_images, 0);
}

/* What was retired before may go to it, what is retired after cannot. */
static void a_domain_waits_for_what_was_retired_before(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *unsealed = create_member("b", "x", NULL);

    (void)state;
    assert_ok(start_alone(a));
    fake_host.retirement = 7;
    fake_host.retirement_over = 6;
    destroy(unsealed);
    destroy(a);
    assert_int_equal(fake_host.n_images, 1);
    assert_int_equal(a->state, DOMAIN_LEAVING);
    fake_host.retirement = 8;
    domain_release_left();
    assert_int_equal(fake_host.n_images, 1);
    fake_host.retirement_over = 7;
    domain_release_left();
    assert_int_equal(fake_host.n_images, 0);
}

static void domains_that_leave_one_after_another_are_released_apart(void **state)
{
    struct domain *a = create_member("a", "x", NULL), *b = create_member("b", "x", NULL);

    (void)state;
    assert_ok(domain_start(GROUP(a, b)));
    fake_host.retirement = 1;
    destroy(a);
    fake_host.retirement = 2;
    destroy(b);
    fake_host.retirement_over = 1;
    domain_release_left();
    assert_int_equal(fake_host.n_images, 1);
    fake_host.retirement_over = 2;
    domain_release_left();
    assert_int_equal(fake_host.n_images, 0);
}

/* ---- addresses ---- */

static void an_address_belongs_to_its_domain_and_symbol(void **state)
{
    struct object *o = begin_exporting("first second");
    unsigned bss = object_section(o, ".bss", SHT_NOBITS, OBJECT_DATA, NULL, 0x2000);
    struct domain *a, *b = create("b", begin_exporting("one")), *found = NULL;
    const struct symbol *symbol = NULL;
    vaddr_t text, data;

    (void)state;
    object_symbol(o, "buffer", OBJECT_VARIABLE, (uint16_t)bss, 0x100, 0x1f00);
    a = create("a", o);
    text = a->image.memory.text.address;
    data = a->image.memory.data.address;
    assert_true(domain_at(text + 5, &found, &symbol));
    assert_ptr_equal(found, a);
    assert_string_equal(symbol->name, "second");
    assert_true(domain_at(data + 0x1fff, &found, &symbol));
    assert_string_equal(symbol->name, "buffer");
    assert_true(domain_at(data, &found, &symbol));
    assert_ptr_equal(found, a);
    assert_null(symbol);
    assert_true(domain_at(b->image.memory.text.address, &found, &symbol));
    assert_ptr_equal(found, b);
    assert_false(domain_at(data + 0x2000, &found, &symbol));
    assert_false(domain_at(text - 1, &found, &symbol));
    assert_false(domain_at(text + 32, &found, &symbol));
    assert_false(domain_at(0, &found, &symbol));
    assert_false(domain_at(PUBLIC_NEAR, &found, &symbol));
    destroy(a);
    assert_false(domain_at(text, &found, &symbol));
    destroy(b);
}

/* ---- memory ---- */

/* The whole life of two domains that use each other; every step may fail. */
static status_t live(const struct object_file *ping, const struct object_file *pong)
{
    struct domain *pair[2];
    status_t status = domain_make(&fake_terms, "ping", ping->bytes, ping->size, &pair[0]);

    if (status != OK)
        return status;
    status = domain_make(&fake_terms, "pong", pong->bytes, pong->size, &pair[1]);
    if (status != OK) {
        assert_ok(end_alone(pair[0]));
        return status;
    }
    status = domain_bind(pair[1], pair[0]);
    if (status == OK)
        status = domain_bind(pair[0], pair[1]);
    if (status == OK)
        status = domain_start(pair, 2);
    assert_ok(domain_end(pair, 2));
    return status;
}

static void no_failed_allocation_leaves_a_trace(void **state)
{
    struct object_file ping = corpus_read("ping+O2+fPIE.o"), pong = corpus_read("pong+O2+fPIE.o");
    int n_blocks = fake_host.n_blocks, n_failures = 0;

    (void)state;
    for (int n = 0;; n++, n_failures++) {
        fake_host_reset();
        fake_host.mallocs_left = n;
        if (live(&ping, &pong) == OK)
            break;
        assert_int_equal(fake_host.n_blocks, n_blocks);
        assert_int_equal(fake_host.n_images, 0);
        assert_true(n < 100);
    }
    assert_true(n_failures >= 8);
    for (int n = 0; n < 2; n++) {
        fake_host_reset();
        fake_host.allocations_left = n;
        assert_int_equal(live(&ping, &pong), ERR_NO_MEMORY);
        fake_host_reset();
        fake_host.seals_left = n;
        assert_int_equal(live(&ping, &pong), ERR_NO_MEMORY);
    }
    fake_host_reset();
    assert_ok(live(&ping, &pong));
    assert_int_equal(fake_host.n_blocks, n_blocks);
    free(ping.bytes);
    free(pong.bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_answering, check_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_domain_is_called_as_it_says_else_as_it_is_told),
        TEST(a_name_of_1000_characters_is_fine),
        TEST(names_that_cannot_be_typed_are_refused),
        TEST(a_name_is_taken_until_its_domain_is_destroyed),
        TEST(the_object_is_not_needed_afterwards),
        TEST(an_empty_object_can_live),
        TEST(domains_are_found_by_name_and_listed_in_order),
        TEST(every_state_has_a_name),
        TEST(resolve_binds_what_the_source_exports_and_adds_no_exports),
        TEST(the_first_source_wins),
        TEST(a_domain_can_be_its_own_source),
        TEST(two_domains_may_define_the_same_symbol),
        TEST(a_capability_stands_for_its_domain_and_for_no_other),
        TEST(who_cannot_import_is_not_resolved),
        TEST(a_domain_that_runs_is_resolved_too),
        TEST(a_resolve_out_of_range_binds_nothing),
        TEST(what_was_bound_before_survives_a_failed_resolve),
        TEST(resolving_what_has_no_types_needs_no_memory),
        TEST(unresolved_symbols_are_named_all_of_them),
        TEST(long_lists_of_symbols_are_told_in_full),
        TEST(endless_lists_of_symbols_are_cut_but_counted),
        TEST(weak_imports_need_no_definition),
        TEST(every_weak_import_becomes_zero),
        TEST(a_weak_import_that_cannot_be_zero_is_refused),
        TEST(weak_imports_take_a_definition),
        TEST(constructors_run_in_order_and_destructors_backwards),
        TEST(priorities_of_constructors_are_kept),
        TEST(the_marks_of_ctors_are_no_constructors),
        TEST(an_array_in_text_is_no_array),
        TEST(a_variable_called_domain_init_is_not_called),
        TEST(a_domain_init_that_fails_leaves_only_destroy),
        TEST(a_start_that_is_abandoned_leaves_nothing_between_states),
        TEST(an_end_that_is_abandoned_can_be_had_again),
        TEST(a_fault_in_a_constructor_ends_the_start),
        TEST(what_a_constructor_returns_does_not_matter),
        TEST(a_fault_on_the_way_out_does_not_keep_the_domain),
        TEST(a_domain_is_initialized_once),
        TEST(who_imports_is_started_after_whom_it_imports_from),
        TEST(in_a_circle_who_was_named_first_is_started_first),
        TEST(all_of_a_group_can_run_before_the_first_is_started),
        TEST(a_group_with_a_member_that_cannot_start_is_not_begun),
        TEST(without_translations_no_member_is_sealed),
        TEST(a_failure_leaves_the_members_behind_it_as_they_were),
        TEST(a_domain_in_use_stays_and_its_users_are_named),
        TEST(a_domain_that_never_ran_ends_without_a_word),
        TEST(the_kernel_is_not_destroyed),
        TEST(a_starting_domain_cannot_destroy_itself),
        TEST(a_starting_domain_cannot_destroy_another_of_its_group),
        TEST(a_starting_domain_cannot_destroy_one_of_its_group_that_runs),
        TEST(an_ending_domain_cannot_destroy_another_of_its_group),
        TEST(a_starting_domain_cannot_rewrite_another_of_its_group),
        TEST(nobody_is_bound_to_a_domain_that_ends),
        TEST(a_domain_is_found_by_whom_its_memory_is_charged_to),
        TEST(a_domain_whose_code_is_running_leaves),
        TEST(the_name_of_a_domain_that_leaves_is_free),
        TEST(what_a_leaving_domain_imports_from_stays),
        TEST(a_leaving_domain_can_do_nothing_new),
        TEST(what_a_leaving_domain_made_is_gone),
        TEST(a_view_that_is_named_with_a_leaving_domain_goes),
        TEST(a_group_leaves_together),
        TEST(a_domain_waits_for_what_was_retired_before),
        TEST(domains_that_leave_one_after_another_are_released_apart),
        TEST(an_address_belongs_to_its_domain_and_symbol),
        TEST(no_failed_allocation_leaves_a_trace),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
