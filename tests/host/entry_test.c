/* Tests of domains/image/image_entry.c with what the compiler makes: what starts at an address, and its type. */
#include "tests/host/scene.h"

#include <stdlib.h>
#include <string.h>

#include "domains/image/image_entry.h"
#include "domains/image/image_types.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"

static const struct domain_terms strict = {.loader = "operator"};

static struct domain *compiled(const char *file)
{
    struct domain *domain = NULL;

    assert_ok(make_compiled(&strict, "domain", file, &domain));
    return domain;
}

/* Its first symbol of that name, exported or not. */
static const struct symbol *symbol_named(const struct domain *domain, const char *name,
                                         bool is_exported)
{
    for (size_t i = 0; i < domain->image.symbols.n_symbols; i++) {
        const struct symbol *symbol = &domain->image.symbols.symbols[i];

        if (symbol->exported == is_exported && strcmp(symbol->name, name) == 0)
            return symbol;
    }
    fail_msg("no symbol %s", name);
    return NULL;
}

static const struct symbol *entry_at(struct domain *domain, vaddr_t address, bool procedure)
{
    const struct symbol *symbol = NULL;

    (void)domain_types(domain);
    assert_ok(image_entry_at(&domain->image, address, procedure, &symbol));
    return symbol;
}

static void assert_type(struct domain *domain, const struct symbol *symbol, bool procedure,
                        const char *expected)
{
    struct btf_type type;
    char text[80];

    assert_int_equal(image_entry_type(&domain->image, symbol, procedure, &type), OK);
    btf_print(type, text, sizeof text);
    assert_string_equal(text, expected);
}

static void every_symbol_is_found_where_it_starts(void **state)
{
    struct domain *domain = compiled("btf_joined.o");
    const struct symbol_table *table = &domain->image.symbols;
    unsigned n_typed = 0;

    (void)state;
    for (size_t i = 0; i < table->n_symbols; i++) {
        const struct symbol *symbol = &table->symbols[i];
        bool procedure = symbol->kind != SYMBOL_VARIABLE;
        const struct symbol *entry = entry_at(domain, symbol->value, procedure);

        assert_non_null(entry);
        assert_int_equal(entry->value, symbol->value);
        n_typed += entry->type != 0;
        entry = entry_at(domain, symbol->value + 1, procedure);
        assert_true(entry == NULL || entry->value == symbol->value + 1);
    }
    assert_in_range(n_typed, 20, table->n_symbols);
    end(domain);
}

static void static_symbols_have_types_like_exported_ones(void **state)
{
    struct domain *domain = compiled("exporter+O0+DSTATIC+gbtf.o");
    const struct symbol *symbol = symbol_named(domain, "udp_send", false);

    (void)state;
    assert_int_equal(symbol->type, 0);
    assert_ptr_equal(entry_at(domain, symbol->value, true), symbol);
    assert_type(domain, symbol, true, "int(char *)");
    assert_null(entry_at(domain, symbol->value, false));
    symbol = symbol_named(domain, "udp_other", true);
    assert_ptr_equal(entry_at(domain, symbol->value, true), symbol);
    assert_type(domain, symbol, true, "int(char *)");
    end(domain);
}

static void static_variables_are_found_too(void **state)
{
    struct domain *domain = compiled("btf_shapes+O2+gbtf.o");
    const struct symbol *symbol = symbol_named(domain, "a_static", false);

    (void)state;
    assert_ptr_equal(entry_at(domain, symbol->value, false), symbol);
    assert_type(domain, symbol, false, "int");
    assert_null(entry_at(domain, symbol->value, true));
    symbol = symbol_named(domain, "a_array", true);
    assert_type(domain, entry_at(domain, symbol->value, false), false, "int[10]");
    end(domain);
}

static void types_of_one_name_must_agree(void **state)
{
    static const char *const files[] = {"entry_1.o", "entry_2.o"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct domain *domain = compiled(files[i]);
        struct btf_type type;

        for (int exported = 0; exported < 2; exported++) {
            const struct symbol *symbol = symbol_named(domain, "udp_send", exported);

            assert_ptr_equal(entry_at(domain, symbol->value, true), symbol);
            assert_int_equal(image_entry_type(&domain->image, symbol, true, &type), ERR_TYPE);
            assert_int_equal(image_entry_type(&domain->image, symbol, false, &type), ERR_NOT_FOUND);
        }
        end(domain);
    }
}

static void what_was_found_lasts_while_types_rest(void **state)
{
    struct domain *domain = compiled("exporter+O0+DSTATIC+gbtf.o");
    const struct symbol *symbol = symbol_named(domain, "udp_send", false);

    (void)state;
    assert_type(domain, entry_at(domain, symbol->value, true), true, "int(char *)");
    start(domain);
    domain_rest_all();
    assert_null(domain->image.btf);
    assert_null(domain->image.entries);
    assert_type(domain, entry_at(domain, symbol->value, true), true, "int(char *)");
    end(domain);
}

/* gcc has given it another argument: a char instead of its address. */
static void a_clone_has_a_name_of_its_own_and_no_type(void **state)
{
    struct domain *domain = compiled("exporter+O2+DSTATIC+gbtf.o");
    const struct symbol *symbol = symbol_named(domain, "udp_send.isra.0", false);
    struct btf_type type;

    (void)state;
    assert_ptr_equal(entry_at(domain, symbol->value, true), symbol);
    assert_int_equal(image_entry_type(&domain->image, symbol, true, &type), ERR_NOT_FOUND);
    end(domain);
}

static void an_object_without_types_has_entries_without(void **state)
{
    struct domain *domain = NULL;
    struct btf_type type;
    const struct symbol *symbol;

    (void)state;
    assert_ok(make_compiled(&fake_terms, "domain", "exporter+O2.o", &domain));
    symbol = entry_at(domain, export_of(domain, "udp_send")->value, true);
    assert_string_equal(symbol->name, "udp_send");
    assert_int_equal(image_entry_type(&domain->image, symbol, true, &type), ERR_NOT_FOUND);
    end(domain);
}

static void no_failed_allocation_leaves_a_trace(void **state)
{
    (void)state;
    for (int n = 0, done = 0; !done; n++) {
        struct domain *domain = compiled("btf_joined.o");
        const struct symbol *known = symbol_named(domain, "a_static", false), *symbol = NULL;
        status_t status;

        (void)domain_types(domain);
        fake_host.mallocs_left = n;
        status = image_entry_at(&domain->image, known->value, false, &symbol);
        fake_host.mallocs_left = FAKE_FOREVER;
        done = status == OK;
        if (!done)
            assert_refusal(status, ERR_NO_MEMORY, "no memory");
        assert_ptr_equal(entry_at(domain, known->value, false), known);
        end(domain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(every_symbol_is_found_where_it_starts),
        SCENE(static_symbols_have_types_like_exported_ones),
        SCENE(static_variables_are_found_too),
        SCENE(types_of_one_name_must_agree),
        SCENE(what_was_found_lasts_while_types_rest),
        SCENE(a_clone_has_a_name_of_its_own_and_no_type),
        SCENE(an_object_without_types_has_entries_without),
        SCENE(no_failed_allocation_leaves_a_trace),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
