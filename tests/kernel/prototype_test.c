/* Types of procedures as events need them, of a domain loaded for that, and of the kernel's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/nameserver.h>

#include "domains/domain.h"
#include "domains/object/btf_value.h"
#include "kernel/event/prototype.h"
#include "kernel/inject.h"
#include "kernel/kernel_domains.h"
#include "kernel/kernel_symbols.h"
#include "kernel/test.h"
#include "tests/kernel/objects/prototypes.h"

SUITE("prototype");

extern const char object_prototypes[], object_prototypes_end[];

static domain_t *loaded;
static struct domain *domain;

/* The types of all of the kernel stay once they are read, so that must not happen during a test. */
static void __attribute__((constructor)) read_types(void)
{
    (void)kernel_types_all();
}

static bool load(void)
{
    size_t size = (size_t)(object_prototypes_end - object_prototypes);
    domain_t *spin_public;

    return CHECK_STATUS(OK, nameserver_query("SpinPublic", &spin_public)) &&
           CHECK_STATUS(OK, domain_create("x", object_prototypes, size, &loaded)) &&
           CHECK_STATUS(OK, domain_resolve(spin_public, loaded)) &&
           CHECK_STATUS(OK, domain_initialize(loaded)) &&
           CHECK_STATUS(OK, domain_of(loaded, &domain));
}

static void unload(void)
{
    CHECK_STATUS(OK, domain_destroy(loaded));
}

static const void *exported(const char *name)
{
    return (const void *)symbol_find(&domain->image.symbols, name, symbol_hash(name))->value;
}

static vaddr_t address_of(const char *name)
{
    const struct prototype_item *items = exported("prototypes");

    while (strcmp(items->name, name) != 0)
        items++;
    return (vaddr_t)items->address;
}

static struct procedure_type type_of(const char *name)
{
    struct procedure_type type = {.name = ""};

    if (!CHECK_STATUS(OK, prototype_of(address_of(name), false, &type)))
        printf("# %s: %s\n", name, status_explain());
    return type;
}

static bool says(const char *text)
{
    bool found = strstr(status_explain(), text) != NULL;

    if (!found)
        printf("# not \"%s\": %s\n", text, status_explain());
    return found;
}

static void check_refused(status_t status, const char *name, const char *sentence)
{
    struct procedure_type type = {.name = "untouched"};

    CHECK_STATUS(status, prototype_of(address_of(name), false, &type));
    CHECK(says(sentence));
    CHECK(strcmp(type.name, "untouched") == 0);
}

/* ---- from addresses ---- */

TEST(exported_and_static_procedures_are_found_with_their_types)
{
    static const char *const types[][2] = {
        {"udp_arrived", "void(struct packet *, int)"},
        {"udp_closure", "void(struct state *, struct packet *, int)"},
        {"udp_handle_const", "void(const struct packet *, number_t)"},
        {"nothing_happened", "void(void)"},
        {"linear", "void(uint32_t *, size_t)"},
        {"called", "void(int (*)(const void *, const void *), int *)"},
        {"twice", "int(int)"},
    };

    if (!load())
        return;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct procedure_type type = type_of(types[i][0]);
        char text[100] = "";

        CHECK(strcmp(type.name, types[i][0]) == 0);
        CHECK_EQUAL(address_of(types[i][0]), type.address);
        CHECK(type.domain == domain);
        if (CHECK(type.btf != NULL))
            btf_print(type.type, text, sizeof text);
        if (!CHECK(strcmp(text, types[i][1]) == 0))
            printf("# %s\n", text);
    }
    unload();
}

TEST(types_are_found_again_after_they_rested)
{
    if (!load())
        return;
    CHECK(type_of("udp_handle").btf != NULL);
    domain_rest_all();
    CHECK(domain->image.btf == NULL);
    CHECK(type_of("udp_handle").btf == domain->image.btf);
    CHECK(type_of("udp_arrived").btf == domain->image.btf);
    unload();
}

TEST(procedures_of_one_name_must_have_one_type)
{
    const procedure_t *more;

    if (!load())
        return;
    more = exported("prototypes_more");
    check_refused(
        ERR_TYPE, "differently",
        "several procedures are called differently in domain prototypes, and their types differ");
    CHECK_EQUAL((vaddr_t)more[2], type_of("udp_arrived").address);
    for (int i = 0; i < 2; i++) {
        struct procedure_type type = {.name = ""};

        CHECK_STATUS(i == 0 ? OK : ERR_TYPE, prototype_of((vaddr_t)more[i], false, &type));
        CHECK(strcmp(type.name, i == 0 ? "twice" : "") == 0);
    }
    unload();
}

TEST(copies_that_the_compiler_makes_are_refused_by_name)
{
    struct procedure_type type;

    if (!load())
        return;
    check_refused(ERR_TYPE, "cloned", "cloned.isra.0 of prototypes is a copy");
    CHECK(says("than cloned has"));
    CHECK_STATUS(ERR_TYPE, prototype_of(address_of("cloned"), true, &type));
    unload();
}

TEST(what_is_no_procedure_is_refused)
{
    struct procedure_type type;
    vaddr_t inside, variable;

    if (!load())
        return;
    inside = address_of("summed") + 4;
    variable = (vaddr_t)exported("default_exported");
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(inside, false, &type));
    CHECK(says("no procedure starts at 0x"));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(inside - 2, false, &type));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(variable, false, &type));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(variable, true, &type));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(0, true, &type));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(UINT32_MAX, true, &type));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of((vaddr_t)&inject_countdown, false, &type));
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of((vaddr_t)clock_ticks + 4, false, &type));
    check_refused(ERR_BAD_ARGUMENT, "static_label", "no procedure starts at 0x");
    unload();
}

TEST(a_procedure_without_a_type_is_refused_unless_leniently)
{
    struct procedure_type type = {.name = "untouched"};
    vaddr_t untyped;

    if (!load())
        return;
    untyped = (vaddr_t)exported("untyped_procedure");
    CHECK_STATUS(ERR_TYPE, prototype_of(untyped, false, &type));
    CHECK(says("untyped_procedure: its type is not known: domain prototypes has none"));
    CHECK(strcmp(type.name, "untouched") == 0);
    CHECK_STATUS(OK, prototype_of(untyped, true, &type));
    CHECK(strcmp(type.name, "untyped_procedure") == 0);
    CHECK_EQUAL(untyped, type.address);
    CHECK(type.btf == NULL);
    unload();
}

TEST(one_of_several_names_of_an_address_that_has_a_type_is_taken)
{
    if (!load())
        return;
    CHECK(strcmp(type_of("one").name, "one") == 0 ||
          strcmp(type_of("one").name, "alias_of_one") == 0);
    CHECK_EQUAL(1, btf_n_parameters(type_of("one").type));
    CHECK_STATUS(ERR_TYPE,
                 prototype_of(address_of("labelled"), false, &(struct procedure_type){0}));
    CHECK(says("_Z8labelledi: its type is not known"));
    unload();
}

TEST(an_import_stands_for_its_definition)
{
    struct procedure_type type;

    if (!load())
        return;
    type = type_of("malloc");
    CHECK(strcmp(type.name, "malloc") == 0);
    CHECK(type.domain == NULL);
    CHECK(type.address != address_of("malloc"));
    CHECK_STATUS(OK, prototype_of(type.address, false, &type));
    CHECK(strcmp(type.name, "malloc") == 0);
    CHECK_STATUS(ERR_BAD_ARGUMENT, prototype_of(address_of("malloc") + 4, false, &type));
    CHECK(strcmp(type_of("page_allocate").name, "page_allocate") == 0);
    CHECK_EQUAL((vaddr_t)clock_ticks, type_of("clock_ticks").address);
    unload();
}

TEST(every_public_procedure_of_the_kernel_has_a_type)
{
    struct definition definition;
    unsigned n = 0;

    for (size_t cursor = 0; domain_export(domain_named("SpinPublic"), &cursor, &definition);) {
        const struct symbol *symbol = definition.symbol;
        struct procedure_type type = {.name = ""};

        if (symbol->helper || symbol->kind != SYMBOL_PROCEDURE)
            continue;
        n++;
        if (!CHECK_STATUS(OK, prototype_of(symbol->value, false, &type)))
            printf("# %s: %s\n", symbol->name, status_explain());
        CHECK(type.btf == kernel_types_public());
    }
    CHECK(n > 100);
}

/* Static ones and those of the C library included. */
TEST(every_procedure_of_the_kernel_has_one_type_or_is_refused_by_name)
{
    unsigned n_typed = 0, n = 0;

    for (size_t i = 0; i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);
        struct procedure_type type = {.name = ""};
        const struct symbol *at;
        status_t status;

        if (symbol.kind != SYMBOL_PROCEDURE || !kernel_symbol_at(symbol.value, &at))
            continue;
        n++;
        status = prototype_of(symbol.value, false, &type);
        if (status == OK)
            n_typed += CHECK_EQUAL(symbol.value, type.address) && CHECK(type.btf != NULL);
        else if (status != ERR_BAD_ARGUMENT) /* it lies in boot's memory */
            CHECK_STATUS(ERR_TYPE, status);
    }
    CHECK(n_typed > n / 2);
}

static vaddr_t kernel_address(const char *name)
{
    for (size_t i = 0; i < kernel_symbol_count(); i++)
        if (kernel_symbol(i).exported && strcmp(kernel_symbol(i).name, name) == 0)
            return kernel_symbol(i).value;
    return 0;
}

TEST(what_the_kernel_calls_itself_has_the_public_type_too)
{
    static const char *const own[] = {"malloc", "calloc", "event_install"};

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        struct procedure_type type;

        if (!CHECK_STATUS(OK, prototype_of(kernel_address(own[i]), false, &type)))
            continue;
        CHECK_EQUAL(kernel_address(own[i]), type.address);
        CHECK(strcmp(type.name, own[i]) == 0);
        CHECK(type.btf == kernel_types_public());
    }
}

TEST(static_procedures_of_the_kernel_are_found_twice)
{
    for (int i = 0; i < 2; i++) {
        struct procedure_type type;

        if (!CHECK_STATUS(OK, prototype_of(kernel_address("btf_explain"), false, &type)))
            continue;
        CHECK(type.btf == kernel_types_all());
        CHECK_EQUAL(2, btf_n_parameters(type.type));
    }
}

/* ---- signatures ---- */

static struct signature signature_of(const char *name)
{
    struct signature signature = {.n_arguments = 99};
    struct procedure_type type = type_of(name);

    if (!CHECK_STATUS(OK, prototype_signature(&type, &signature)))
        printf("# %s: %s\n", name, status_explain());
    return signature;
}

TEST(a_signature_has_every_argument_as_it_is_passed)
{
    static const uint8_t sizes[] = {1, 2, 2, 1, 1, 8, 8, 4, 8, 4, 4, 4, 4, 8};
    static const uint8_t words[] = {1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 2};
    static const uint8_t kinds[] = {
        ARGUMENT_SIGNED,   ARGUMENT_UNSIGNED, ARGUMENT_SIGNED,   ARGUMENT_UNSIGNED,
        ARGUMENT_UNSIGNED, ARGUMENT_SIGNED,   ARGUMENT_UNSIGNED, ARGUMENT_UNSIGNED,
        ARGUMENT_STRUCT,   ARGUMENT_STRUCT,   ARGUMENT_UNSIGNED, ARGUMENT_SIGNED,
        ARGUMENT_UNSIGNED, ARGUMENT_UNSIGNED,
    };
    struct signature signature;

    if (!load())
        return;
    signature = signature_of("mixed");
    CHECK_EQUAL(sizeof sizes, signature.n_arguments);
    CHECK_EQUAL(17, signature.n_words);
    for (size_t i = 0; i < sizeof sizes; i++) {
        CHECK_EQUAL(sizes[i], signature.sizes[i]);
        CHECK_EQUAL(words[i], signature.words[i]);
        CHECK_EQUAL(kinds[i], signature.kinds[i]);
    }
    CHECK_EQUAL(0, signature.result_words);
    CHECK_EQUAL(0, signature.result_size);
    CHECK_EQUAL(24, signature_of("many").n_arguments);
    CHECK_EQUAL(0, signature_of("nothing_happened").n_words);
    CHECK_EQUAL(1, signature_of("empty").n_words - 1);
    unload();
}

TEST(results_are_of_no_word_one_two_or_in_memory)
{
    static const struct {
        const char *name;
        unsigned words, size;
        bool pointer, is_signed;
    } cases[] = {
        {"nothing_happened", 0, 0, false, false},
        {"summed", 1, 4, false, true},
        {"asked", 1, 1, false, false},
        {"narrow", 1, 2, false, true},
        {"wide", 2, 8, false, false},
        {"texted", 1, 4, false, false},
        {"made", 0, 4, true, false},
        {"empty", 0, 0, true, false},
    };

    if (!load())
        return;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct signature signature = signature_of(cases[i].name);

        CHECK_EQUAL(cases[i].words, signature.result_words);
        CHECK_EQUAL(cases[i].size, signature.result_size);
        CHECK_EQUAL(cases[i].pointer, signature.result_pointer);
        CHECK_EQUAL(cases[i].is_signed, signature.result_signed);
    }
    unload();
}

TEST(what_cannot_be_an_event_is_refused_by_name)
{
    static const char *const cases[][2] = {
        {"printed", "printed takes a variable number of arguments, so it is no event"},
        {"printf", "printf takes a variable number of arguments, so it is no event"},
        {"too_many", "too_many takes 25 arguments; events have at most 24"},
        {"complex", "complex: argument 2 is complex double of 16 bytes"},
        {"complexly", "complexly: the result is complex float of 8 bytes"},
        {"vector", "vector: the compiler did not record the type of argument 1"},
    };

    if (!load())
        return;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct procedure_type type = type_of(cases[i][0]);
        struct signature signature = {.n_words = 77};

        CHECK_STATUS(ERR_UNSUPPORTED, prototype_signature(&type, &signature));
        CHECK(says(cases[i][1]));
        CHECK_EQUAL(77, signature.n_words);
    }
    unload();
}

/* ---- what fits ---- */

enum part { HANDLER, FILTER, LINEAR, DEFAULT_HANDLER, GUARD, POST, RESULT_HANDLER };

#define REFUSED ((enum passing)99)

struct rule {
    enum part part;
    const char *event, *other;
    bool given; /* a closure */
    enum passing passing;
    bool has_result;
    const char *sentence; /* if it is refused */
};

static status_t ask_handler(const struct rule *rule, const struct procedure_type *event,
                            const struct procedure_type *other, enum passing *passing)
{
    struct event_options options = {
        .handler_closure = rule->given ? &options : NULL,
        .filter = rule->part == FILTER,
        .linear = rule->part == LINEAR,
    };
    bool has_result = !rule->has_result;
    status_t status = prototype_handler(event, other, &options, passing, &has_result);

    CHECK_EQUAL(has_result, status == OK ? rule->has_result : !rule->has_result);
    return status;
}

static struct procedure_type other_of(const char *name)
{
    if (strcmp(name, "untyped") == 0)
        return (struct procedure_type){.name = name};
    return type_of(name);
}

static status_t ask(const struct rule *rule, enum passing *passing)
{
    struct procedure_type event = type_of(rule->event), other = other_of(rule->other);

    switch (rule->part) {
    case GUARD:
    case POST:
        return prototype_guard(&event, &other, rule->given, rule->part == POST, passing);
    case DEFAULT_HANDLER:
        return prototype_default_handler(&event, &other, rule->given, passing);
    case RESULT_HANDLER:
        return prototype_result_handler(&event, &other, rule->given, passing);
    default:
        return ask_handler(rule, &event, &other, passing);
    }
}

static void check_rule(const struct rule *rule)
{
    enum passing passing = REFUSED;
    status_t status = ask(rule, &passing);

    if (rule->sentence != NULL && strstr(rule->sentence, "variable number") != NULL)
        CHECK_STATUS(ERR_UNSUPPORTED, status);
    else
        CHECK_STATUS(rule->sentence != NULL ? ERR_TYPE : OK, status);
    if (!CHECK_EQUAL(rule->passing, passing) && status != OK)
        printf("# %s\n", status_explain());
    if (rule->sentence != NULL && !CHECK(says(rule->sentence)))
        printf("# about %s and %s\n", rule->event, rule->other);
}

static void check_rules(const struct rule rules[], size_t n)
{
    if (!load())
        return;
    for (size_t i = 0; i < n; i++)
        check_rule(&rules[i]);
    unload();
}

#define CHECK_RULES(rules) check_rules(rules, sizeof(rules) / sizeof((rules)[0]))

TEST(handlers_have_the_type_of_the_event_with_or_without_a_closure)
{
    static const struct rule rules[] = {
        {HANDLER, "udp_arrived", "udp_handle", false, PASS_ARGUMENTS, false, NULL},
        {HANDLER, "udp_arrived", "udp_arrived", false, PASS_ARGUMENTS, false, NULL},
        {HANDLER, "udp_arrived", "udp_handle_const", false, PASS_ARGUMENTS, false, NULL},
        {HANDLER, "udp_arrived", "udp_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {HANDLER, "udp_arrived", "udp_closure", false, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {HANDLER, "nothing_happened", "handle", false, PASS_ARGUMENTS, false, NULL},
        {HANDLER, "nothing_happened", "handle_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {HANDLER, "nothing_happened", "handle_closure", false, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {HANDLER, "summed", "sum_handle", false, PASS_ARGUMENTS, true, NULL},
        {HANDLER, "made", "make_handle", false, PASS_ARGUMENTS, true, NULL},
        {HANDLER, "raw", "handle_closure", false, PASS_ARGUMENTS, false, NULL},
        {HANDLER, "texted", "text_handle", false, PASS_ARGUMENTS, true, NULL},
    };

    CHECK_RULES(rules);
}

TEST(other_handlers_are_refused_with_both_types)
{
    static const struct rule rules[] = {
        {HANDLER, "udp_arrived", "udp_count", false, REFUSED, false,
         "udp_arrived: the event is void(struct packet *, int), the handler udp_count is "
         "int(struct packet *); it takes 1 parameter, where 2 are needed"},
        {HANDLER, "udp_arrived", "udp_result", false, REFUSED, false, "the results do not fit"},
        {HANDLER, "udp_arrived", "udp_unsigned", false, REFUSED, false,
         "is void(struct packet *, unsigned int); its parameter 2 does not fit"},
        {HANDLER, "udp_arrived", "udp_handle", true, REFUSED, false,
         "a closure is given, but it takes none"},
        {HANDLER, "udp_arrived", "udp_no_closure", true, REFUSED, false,
         "its parameter 1 should be a closure, and is no pointer"},
        {HANDLER, "udp_arrived", "udp_filter", false, REFUSED, false, "its parameter 1 does not"},
        {HANDLER, "udp_arrived", "udp_variadic", false, REFUSED, false,
         "udp_variadic takes a variable number of arguments, so it is no handler"},
        {HANDLER, "printed", "named", false, REFUSED, false,
         "printed takes a variable number of arguments, so it is no event"},
        {HANDLER, "udp_arrived", "handle", false, REFUSED, false,
         "it takes 0 parameters, where 2 are needed"},
        {HANDLER, "udp_arrived", "handle", true, REFUSED, false,
         "it takes 0 parameters, where 3 are needed"},
        {HANDLER, "nothing_happened", "handle_number", false, REFUSED, false, "no pointer"},
        {HANDLER, "nothing_happened", "handle", true, REFUSED, false, "but it takes none"},
        {HANDLER, "summed", "sum_void", false, REFUSED, false, "the results do not fit"},
        {HANDLER, "summed", "sum_unsigned", false, REFUSED, false, "the results do not fit"},
        {HANDLER, "named", "name_mutable", false, REFUSED, false,
         "named: the event is void(const char *), the handler name_mutable is void(char *); its "
         "parameter 1 does not fit"},
        {HANDLER, "raw", "named", false, REFUSED, false, "its parameter 1 does not fit"},
    };

    CHECK_RULES(rules);
}

TEST(filters_get_pointers_and_may_return_nothing)
{
    static const struct rule rules[] = {
        {FILTER, "udp_arrived", "udp_filter", false, PASS_POINTERS, false, NULL},
        {FILTER, "udp_arrived", "udp_filter_const", false, PASS_POINTERS, false, NULL},
        {FILTER, "udp_arrived", "udp_filter_closure", true, PASS_CLOSURE_POINTERS, false, NULL},
        {FILTER, "udp_arrived", "udp_filter_closure", false, PASS_CLOSURE_POINTERS, false, NULL},
        {FILTER, "summed", "sum_filter", false, PASS_POINTERS, false, NULL},
        {FILTER, "summed", "sum_filter_result", false, PASS_POINTERS, true, NULL},
        {FILTER, "made", "make_filter", false, PASS_POINTERS, false, NULL},
        {FILTER, "nothing_happened", "handle", false, PASS_POINTERS, false, NULL},
        {FILTER, "udp_arrived", "udp_filter_inner", false, REFUSED, false,
         "the filter udp_filter_inner is void(const struct packet **, int *); its parameter 1 does "
         "not fit"},
        {FILTER, "udp_arrived", "udp_handle", false, REFUSED, false, "its parameter 1 does not"},
        {FILTER, "summed", "sum_handle", false, REFUSED, false, "its parameter 1 is no pointer"},
        {FILTER, "udp_arrived", "udp_three", false, REFUSED, false, "should be a closure"},
        {FILTER, "udp_arrived", "udp_filter", true, REFUSED, false, "but it takes none"},
        {FILTER, "summed", "sum_filter_short", false, REFUSED, false, "the results do not fit"},
    };

    CHECK_RULES(rules);
}

TEST(linear_handlers_take_words_and_their_number)
{
    static const struct rule rules[] = {
        {LINEAR, "udp_arrived", "linear", false, PASS_WORDS, false, NULL},
        {LINEAR, "mixed", "linear_const", false, PASS_WORDS, false, NULL},
        {LINEAR, "summed", "linear", false, PASS_WORDS, false, NULL},
        {LINEAR, "summed", "linear_result", false, PASS_WORDS, true, NULL},
        {LINEAR, "summed", "linear_closure", true, PASS_CLOSURE_WORDS, false, NULL},
        {LINEAR, "summed", "linear_closure", false, PASS_CLOSURE_WORDS, false, NULL},
        {LINEAR, "summed", "linear", true, REFUSED, false, "but it takes none"},
        {LINEAR, "udp_arrived", "linear_result", false, REFUSED, false, "the results do not fit"},
        {LINEAR, "summed", "linear_signed", false, REFUSED, false, "is not a uint32_t *"},
        {LINEAR, "summed", "linear_short", false, REFUSED, false, "is not a size_t"},
        {LINEAR, "summed", "handle", false, REFUSED, false, "it takes 0 parameters, where 2 are"},
    };

    CHECK_RULES(rules);
}

TEST(guards_take_arguments_a_closure_both_or_nothing)
{
    static const struct rule rules[] = {
        {GUARD, "udp_arrived", "guard_udp", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "udp_arrived", "guard_udp_int", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "udp_arrived", "guard_udp_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {GUARD, "udp_arrived", "guard_udp_closure", false, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {GUARD, "udp_arrived", "guard_nothing", false, PASS_NOTHING, false, NULL},
        {GUARD, "udp_arrived", "guard_enum", false, PASS_NOTHING, false, NULL},
        {GUARD, "udp_arrived", "guard_closure", true, PASS_CLOSURE, false, NULL},
        {GUARD, "udp_arrived", "guard_closure", false, PASS_CLOSURE, false, NULL},
        {GUARD, "udp_arrived", "guard_state", true, PASS_CLOSURE, false, NULL},
        {GUARD, "one", "guard_number", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "one", "guard_state", false, PASS_CLOSURE, false, NULL},
        {GUARD, "named", "guard_name", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "named", "guard_name", true, PASS_CLOSURE, false, NULL},
        {GUARD, "named", "guard_closure", false, PASS_CLOSURE, false, NULL},
        {GUARD, "raw", "guard_closure", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "nothing_happened", "guard_nothing", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "nothing_happened", "guard_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
    };

    CHECK_RULES(rules);
}

TEST(other_guards_are_refused_with_both_types)
{
    static const struct rule rules[] = {
        {GUARD, "udp_arrived", "guard_udp", true, REFUSED, false,
         "udp_arrived: the event is void(struct packet *, int), the guard guard_udp is "
         "_Bool(struct packet *, int); a closure is given, but it takes none"},
        {GUARD, "udp_arrived", "guard_nothing", true, REFUSED, false,
         "it takes 0 parameters, where 3 are needed"},
        {GUARD, "nothing_happened", "guard_nothing", true, REFUSED, false, "but it takes none"},
        {GUARD, "udp_arrived", "guard_number", false, REFUSED, false, "it takes 1 parameter"},
        {GUARD, "udp_arrived", "guard_number", true, REFUSED, false, "it takes 1 parameter"},
        {GUARD, "summed", "guard_udp", false, REFUSED, false, "its parameter 1 does not fit"},
        {GUARD, "named", "guard_state", false, REFUSED, false, "its parameter 1 does not fit"},
        {GUARD, "udp_arrived", "guard_wide", false, REFUSED, false,
         "its result is neither bool nor an integer of at most 32 bits"},
        {GUARD, "udp_arrived", "guard_void", false, REFUSED, false, "neither bool nor an integer"},
        {GUARD, "udp_arrived", "guard_pointer", false, REFUSED, false, "neither bool"},
        {GUARD, "udp_arrived", "guard_float", false, REFUSED, false, "neither bool"},
        {GUARD, "udp_arrived", "guard_struct", false, REFUSED, false, "neither bool"},
        {GUARD, "printed", "guard_nothing", false, REFUSED, false,
         "printed takes a variable number of arguments, so it is no event"},
        {GUARD, "udp_arrived", "printed", false, REFUSED, false,
         "printed takes a variable number of arguments, so it is no guard"},
    };

    CHECK_RULES(rules);
}

TEST(post_procedures_return_anything_that_needs_no_memory)
{
    static const struct rule rules[] = {
        {POST, "udp_arrived", "udp_handle", false, PASS_ARGUMENTS, false, NULL},
        {POST, "udp_arrived", "udp_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {POST, "udp_arrived", "guard_void", false, PASS_NOTHING, false, NULL},
        {POST, "udp_arrived", "guard_float", false, PASS_NOTHING, false, NULL},
        {POST, "udp_arrived", "handle_closure", true, PASS_CLOSURE, false, NULL},
        {POST, "udp_arrived", "guard_struct", false, REFUSED, false,
         "the post procedure guard_struct is struct state(void); what it returns needs memory"},
        {POST, "udp_arrived", "udp_unsigned", false, REFUSED, false, "its parameter 2 does not"},
    };

    CHECK_RULES(rules);
}

TEST(default_handlers_have_the_type_of_the_event)
{
    static const struct rule rules[] = {
        {DEFAULT_HANDLER, "summed", "sum_handle", false, PASS_ARGUMENTS, false, NULL},
        {DEFAULT_HANDLER, "udp_arrived", "udp_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {DEFAULT_HANDLER, "summed", "sum_handle", true, REFUSED, false, "but it takes none"},
        {DEFAULT_HANDLER, "summed", "sum_void", false, REFUSED, false,
         "the default handler sum_void is void(int, int); the results do not fit"},
        {DEFAULT_HANDLER, "summed", "sum_filter", false, REFUSED, false, "its parameter 1 does"},
    };

    CHECK_RULES(rules);
}

TEST(result_handlers_fold_or_are_told)
{
    static const struct rule rules[] = {
        {RESULT_HANDLER, "summed", "fold", false, PASS_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "summed", "fold_closure", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "summed", "fold_closure", false, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "summed", "handle", false, PASS_NOTHING, false, NULL},
        {RESULT_HANDLER, "summed", "handle_closure", true, PASS_CLOSURE, false, NULL},
        {RESULT_HANDLER, "summed", "handle_closure", false, PASS_CLOSURE, false, NULL},
        {RESULT_HANDLER, "made", "fold_struct", false, PASS_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "nothing_happened", "fold_nothing", false, PASS_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "udp_arrived", "fold_udp", false, PASS_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "summed", "fold", true, REFUSED, false,
         "summed: the event is int(int, int), the result handler fold is void(int *, int, _Bool, "
         "void **, int, int); a closure is given, but it takes none"},
        {RESULT_HANDLER, "summed", "handle", true, REFUSED, false, "but it takes none"},
        {RESULT_HANDLER, "summed", "fold_unsigned", false, REFUSED, false, "its parameter 1 does"},
        {RESULT_HANDLER, "summed", "fold_int_last", false, REFUSED, false,
         "parameter 3 is not a bool"},
        {RESULT_HANDLER, "summed", "fold_argument", false, REFUSED, false, "4 is not a void **"},
        {RESULT_HANDLER, "summed", "fold_short", false, REFUSED, false,
         "5 parameters, where 6 are"},
        {RESULT_HANDLER, "summed", "fold_int", false, REFUSED, false, "returns nothing"},
        {RESULT_HANDLER, "wide", "fold", false, REFUSED, false, "its parameter 1 does not fit"},
        {RESULT_HANDLER, "summed", "handle_number", false, REFUSED, false, "takes 1 parameter"},
        {RESULT_HANDLER, "summed", "printed", false, REFUSED, false,
         "printed takes a variable number of arguments, so it is no result handler"},
    };

    CHECK_RULES(rules);
}

TEST(what_has_no_type_is_believed_to_have_the_plain_form)
{
    static const struct rule rules[] = {
        {HANDLER, "summed", "untyped", false, PASS_ARGUMENTS, true, NULL},
        {HANDLER, "udp_arrived", "untyped", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {FILTER, "summed", "untyped", false, PASS_POINTERS, false, NULL},
        {LINEAR, "summed", "untyped", true, PASS_CLOSURE_WORDS, false, NULL},
        {DEFAULT_HANDLER, "summed", "untyped", false, PASS_ARGUMENTS, false, NULL},
        {GUARD, "summed", "untyped", true, PASS_CLOSURE_ARGUMENTS, false, NULL},
        {RESULT_HANDLER, "summed", "untyped", false, PASS_ARGUMENTS, false, NULL},
    };

    CHECK_RULES(rules);
}

/* ---- default results ---- */

static vaddr_t variable(const char *name)
{
    const struct prototype_variable *items = exported("prototype_variables");

    while (strcmp(items->name, name) != 0)
        items++;
    return (vaddr_t)items->address;
}

TEST(default_results_are_variables_of_the_result_s_type)
{
    static const struct {
        const char *event, *variable, *sentence;
    } cases[] = {
        {"summed", "default_exported", NULL},
        {"summed", "default_static", NULL},
        {"summed", "default_const", NULL},
        {"made", "default_state", NULL},
        {"narrow", "default_short", NULL},
        {"texted", "default_text", NULL},
        {"texted", "default_const_text", NULL},
        {"summed", "default_unsigned",
         "summed: the event returns int, the default result default_unsigned is unsigned int"},
        {"summed", "default_short", "is short"},
        {"summed", "default_array", "is int[2]"},
        {"udp_arrived", "default_static", "an event without result has no default result"},
    };

    if (!load())
        return;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct procedure_type event = type_of(cases[i].event);

        CHECK_STATUS(cases[i].sentence == NULL ? OK : ERR_TYPE,
                     prototype_default_result(&event, variable(cases[i].variable)));
        CHECK(cases[i].sentence == NULL || says(cases[i].sentence));
    }
    unload();
}

TEST(what_is_no_variable_is_no_default_result)
{
    struct procedure_type event;

    if (!load())
        return;
    event = type_of("summed");
    CHECK_STATUS(ERR_TYPE, prototype_default_result(&event, variable("default_static") + 1));
    CHECK(says("no variable starts at 0x"));
    CHECK_STATUS(ERR_TYPE, prototype_default_result(&event, address_of("summed")));
    CHECK_STATUS(ERR_TYPE, prototype_default_result(&event, 0));
    CHECK_STATUS(ERR_TYPE, prototype_default_result(&event, (vaddr_t)&event));
    CHECK_STATUS(ERR_TYPE, prototype_default_result(&event, (vaddr_t)&inject_countdown));
    CHECK(says("inject_countdown is unsigned int"));
    unload();
}

/* ---- scarce memory ---- */

TEST(no_failed_allocation_is_mistaken_for_a_missing_type)
{
    for (unsigned n = 1;; n++) {
        struct procedure_type type;
        status_t status;
        unsigned left;

        if (!load())
            return;
        inject_set(n);
        status = prototype_of(address_of("udp_handle"), true, &type);
        left = inject_left();
        inject_set(0);
        CHECK_STATUS(left == 0 ? ERR_NO_MEMORY : OK, status);
        CHECK(status != OK || type.btf != NULL);
        CHECK_STATUS(OK, prototype_of(address_of("udp_handle"), false, &type));
        unload();
        if (left != 0)
            return;
    }
}
