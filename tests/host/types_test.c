/* Tests of domains/types.c with what the compiler says: who may be bound to whom. */
#include "tests/host/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/image/image_types.h"
#include "domains/types.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

/* Of an operator who wants types. */
static const struct domain_terms strict = {.loader = "operator"};

static struct domain *compiled(const char *name, const char *file)
{
    struct domain *domain = NULL;

    assert_ok(make_compiled(&strict, name, file, &domain));
    assert_non_null(domain->image.btf);
    return domain;
}

static struct domain *exporter(const char *variant)
{
    char file[60];

    snprintf(file, sizeof file, "exporter+O2%s+gbtf.o", variant);
    return compiled("udp", file);
}

static struct domain *importer(const char *variant)
{
    char file[60];

    snprintf(file, sizeof file, "importer+O2%s+gbtf.o", variant);
    return compiled("importer", file);
}

static void end_both(struct domain *target, struct domain *source)
{
    end(target);
    end(source);
}

static void assert_fits(struct domain *source, struct domain *target)
{
    assert_ok(domain_bind(source, target));
    assert_int_equal(import_of(target, "udp_send")->state, IMPORT_BOUND);
    assert_ptr_equal(import_of(target, "udp_send")->definer, source);
    assert_false(domain_is_untyped(target));
    end_both(target, source);
}

/* Nothing of it may be bound; then both end. */
static void assert_does_not_fit(struct domain *source, struct domain *target, const char *words)
{
    struct snapshot before = snapshot_take(target);

    assert_refusal(domain_bind(source, target), ERR_TYPE, words);
    assert_unchanged(target, &before, words);
    end_both(target, source);
}

/* ---- one of each ---- */

static void what_fits_is_bound(void **state)
{
    struct domain *source = exporter(""), *target = importer("");
    char text[80];

    (void)state;
    assert_non_null(domain_types(source));
    types_print(source->image.btf, export_of(source, "udp_send")->type, text, sizeof text);
    assert_string_equal(text, "int(struct packet *, int)");
    types_print(domain_types(target), import_of(target, "udp_count")->type, text, sizeof text);
    assert_string_equal(text, "int");
    types_print(NULL, 1, text, sizeof text);
    assert_string_equal(text, "");
    assert_ok(domain_bind(source, target));
    assert_int_equal(source->n_users, 2);
    start(target);
    end_both(target, source);
}

static void a_wrong_type_is_refused_with_both_in_the_sentence(void **state)
{
    (void)state;
    assert_does_not_fit(exporter("+DSHORT"), importer(""),
                        "importer: udp_send: caller expects int(struct packet *, int), udp "
                        "exports int(struct packet *)");
    assert_does_not_fit(exporter(""), importer("+DSHORT"),
                        "importer: udp_send: caller expects int(struct packet *), udp "
                        "exports int(struct packet *, int)");
}

static void types_that_print_alike_are_told_apart(void **state)
{
    (void)state;
    assert_does_not_fit(exporter("+DLONGER"), importer(""),
                        "udp exports int(struct packet *, int); struct packet is 8 bytes here and "
                        "12 there");
}

static void a_variable_is_no_procedure(void **state)
{
    (void)state;
    assert_does_not_fit(exporter("+DVARIABLE"), importer(""),
                        "udp_send: caller expects int(struct packet *, int), udp exports int; one "
                        "is a procedure, one a variable");
    assert_does_not_fit(exporter(""), importer("+DVARIABLE"),
                        "udp_send: caller expects int, udp exports int(struct packet *, int); one "
                        "is a procedure, one a variable");
    assert_fits(exporter("+DVARIABLE"), importer("+DVARIABLE"));
}

static void an_import_under_another_name_has_no_type(void **state)
{
    (void)state;
    assert_does_not_fit(
        exporter(""), importer("+DALIAS"),
        "importer: udp_send: the object has no type for this import; declare it "
        "under its own name and compile with -gbtf (and -fno-builtin, if gcc made the "
        "call up), as whorl cc does, or load it with --untyped");
}

static void types_are_asked_for_in_domains_that_run_too(void **state)
{
    struct domain *source = exporter(""), *newer = NULL, *target = importer("");
    struct snapshot before;

    (void)state;
    assert_ok(domain_bind(source, target));
    start(target);
    assert_ok(domain_unbind(source, target));
    end(source);
    newer = exporter("+DSHORT");
    before = snapshot_take(target);
    assert_refusal(domain_bind(newer, target), ERR_TYPE, "udp_send: caller expects");
    assert_unchanged(target, &before, "running");
    end(newer);
    assert_fits(exporter(""), target);
}

static void what_comes_through_a_union_is_checked_against_its_owner(void **state)
{
    struct domain *source = exporter("+DSHORT"), *target = importer(""), *all = NULL;

    (void)state;
    assert_ok(
        domain_unite("all", (struct domain *const[]){source, public_domain()}, 2, target, &all));
    assert_refusal(domain_bind(all, target), ERR_TYPE, "udp exports int(struct packet *)");
    assert_int_equal(all->n_users + source->n_users, 0);
    end_both(target, source);
}

/* ---- helpers of the compiler ---- */

static struct domain *with_helper(bool helper)
{
    static const struct scene_symbol symbols[] = {{"__divdi3", 0x01002000}};
    struct domain *source = provide("libgcc", symbols, 1);

    export_of(source, "__divdi3")->helper = helper;
    return source;
}

static void what_the_compiler_calls_by_itself_needs_no_type(void **state)
{
    struct domain *source = exporter(""), *target = importer("+DHELPER"), *helper;

    (void)state;
    assert_int_equal(import_of(target, "__divdi3")->type, 0);
    helper = with_helper(false);
    assert_refusal(domain_bind(helper, target), ERR_TYPE, "importer: __divdi3: the object has no");
    end(helper);
    helper = with_helper(true);
    assert_ok(domain_bind(helper, target));
    assert_ok(domain_bind(source, target));
    assert_false(domain_is_untyped(target));
    start(target);
    end_both(target, source);
    end(helper);
}

/* Who does declare it must be right. */
static void a_helper_with_a_type_is_checked(void **state)
{
    struct domain *source = exporter("+DSHORT"), *target = importer("");

    (void)state;
    export_of(source, "udp_send")->helper = true;
    assert_does_not_fit(source, target, "caller expects int(struct packet *, int)");
    source = exporter("");
    export_of(source, "udp_send")->helper = true;
    assert_non_null(domain_types(source));
    export_of(source, "udp_send")->type = 0;
    assert_does_not_fit(source, importer(""), "udp_send: udp has no type for it");
}

/* ---- without types ---- */

static void an_object_without_types_is_for_who_allows_it(void **state)
{
    struct domain *d = NULL;
    int n_blocks = fake_host.n_blocks;

    (void)state;
    assert_refusal(make_compiled(&strict, "importer", "importer+O2.o", &d), ERR_TYPE,
                   "the object carries no types; compile it with -gbtf, or load it with --untyped");
    assert_null(d);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    assert_int_equal(fake_host.n_images, 0);
    assert_ok(make_compiled(&fake_terms, "importer", "importer+O2.o", &d));
    assert_null(d->image.btf);
    assert_true(domain_is_untyped(d));
    end(d);
}

static void who_allows_it_binds_what_has_no_type_to_anything(void **state)
{
    struct domain *source = exporter("+DVARIABLE"), *target = NULL;

    (void)state;
    assert_ok(make_compiled(&fake_terms, "importer", "importer+O2.o", &target));
    assert_ok(domain_bind(source, target));
    end_both(target, source);
    source = exporter("");
    assert_ok(make_compiled(&fake_terms, "importer", "importer+O2+DALIAS+gbtf.o", &target));
    assert_false(domain_is_untyped(target));
    assert_ok(domain_bind(source, target));
    assert_true(domain_is_untyped(target));
    end_both(target, source);
}

/* But not what has one to what has another. */
static void what_is_allowed_is_no_more_than_to_have_no_type(void **state)
{
    struct domain *target = NULL;

    (void)state;
    assert_ok(make_compiled(&fake_terms, "importer", "importer+O2+gbtf.o", &target));
    assert_does_not_fit(exporter("+DSHORT"), target, "caller expects int(struct packet *, int)");
}

static void a_definition_without_a_type_is_for_who_allows_it(void **state)
{
    struct domain *source = NULL, *target = importer("");

    (void)state;
    assert_ok(make_compiled(&fake_terms, "udp", "exporter+O2.o", &source));
    assert_refusal(domain_bind(source, target), ERR_TYPE,
                   ": udp has no type for it; compile that with -gbtf, or load "
                   "this with --untyped");
    end(target);
    assert_ok(make_compiled(&fake_terms, "importer", "importer+O2+gbtf.o", &target));
    assert_ok(domain_bind(source, target));
    assert_true(domain_is_untyped(target));
    end_both(target, source);
}

/* ---- several files in one object ---- */

static void files_that_agree_are_bound(void **state)
{
    struct domain *target = compiled("importer", "types_1.o");

    (void)state;
    assert_int_equal(target->image.own_btf.n_blobs, 2);
    assert_true(import_of(target, "udp_send")->type & TYPE_SEVERAL);
    assert_false(import_of(target, "udp_send")->type & TYPE_ANY);
    assert_fits(exporter(""), target);
    assert_does_not_fit(exporter("+DSHORT"), compiled("importer", "types_1.o"), "udp_send");
}

/* Whichever comes first: neither definition suits both. */
static void files_that_do_not_agree_are_refused(void **state)
{
    static const char *const files[] = {"types_2.o", "types.a"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct domain *target = compiled("importer", files[i]);

        assert_int_equal(target->image.own_btf.n_blobs, 2);
        assert_does_not_fit(exporter(""), target,
                            "udp_send: caller expects int(struct packet *), udp exports "
                            "int(struct packet *, int)");
        assert_does_not_fit(exporter("+DSHORT"), compiled("importer", files[i]),
                            "udp_send: caller expects int(struct packet *, int), udp exports "
                            "int(struct packet *)");
    }
}

/* A static procedure of another file has its type under the same name. */
static void a_static_procedure_of_the_same_name_does_not_matter(void **state)
{
    static const char *const exporters[] = {"types_3.o", "types_4.o"};
    static const char *const importers[] = {"types_5.o", "types_6.o"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct domain *source = compiled("udp", exporters[i]);

        assert_true(export_of(source, "udp_send")->type & TYPE_ANY);
        assert_fits(source, importer(""));
        assert_does_not_fit(compiled("udp", exporters[i]), importer("+DSHORT"),
                            "udp_send: caller expects int(struct packet *), udp exports");
        assert_does_not_fit(compiled("udp", exporters[i]), importer("+DVARIABLE"),
                            "one is a procedure, one a variable");
        assert_true(import_of(compiled("importer", importers[i]), "udp_send")->type & TYPE_ANY);
        assert_fits(exporter(""), domain_named("importer"));
        assert_does_not_fit(exporter("+DSHORT"), compiled("importer", importers[i]), "udp_send");
        for (size_t k = 0; k < 2; k++)
            assert_fits(compiled("udp", exporters[i]), compiled("importer", importers[k]));
    }
}

/* ---- the kernel's own ---- */

static struct btf kernel_btf;
static bool kernel_has_memory;

static const struct btf *kernel_types(void)
{
    return kernel_has_memory ? &kernel_btf : NULL;
}

/* Types of an object of the corpus, for good. */
static void open_kernel_btf(void)
{
    struct object_file file = corpus_read("exporter+O2+DPREFIX+gbtf.o");
    struct elf_object elf;
    static uint8_t *bytes;

    assert_ok(elf_open(file.bytes, file.size, &elf));
    for (unsigned i = 1; i < elf.n_sections; i++)
        if (strcmp(elf.sections[i].name, ".BTF") == 0) {
            bytes = malloc(elf.sections[i].size);
            memcpy(bytes, elf.sections[i].bytes, elf.sections[i].size);
            assert_ok(btf_open(bytes, elf.sections[i].size, &kernel_btf));
        }
    elf_close(&elf);
    free(file.bytes);
}

static void symbols_of_the_kernel_get_types_by_another_name(void **state)
{
    static struct symbol symbols[3];
    static uint32_t slots[64];
    struct domain *kernel = NULL, *target = importer("");
    struct symbol_table table;

    (void)state;
    open_kernel_btf();
    symbol_table_init(&table, symbols, slots, symbol_slots(3));
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"udp_send", "udp_count", "other"};
        struct symbol symbol = {.name = names[i],
                                .value = 0x01001000 + (vaddr_t)i * 16,
                                .hash = symbol_hash(names[i]),
                                .exported = true};

        assert_true(symbol_table_add(&table, &symbol));
    }
    assert_ok(domain_make_kernel("Typed", &table, kernel_types, &kernel));
    types_name(&kernel_btf, kernel, "public_");
    assert_int_not_equal(symbols[0].type, 0);
    assert_int_not_equal(symbols[1].type, 0);
    assert_int_equal(symbols[2].type, 0);
    kernel_has_memory = false;
    assert_refusal(domain_bind(kernel, target), ERR_NO_MEMORY, "no memory to read the types of");
    kernel_has_memory = true;
    assert_ok(domain_bind(kernel, target));
    end(target);
    target = importer("+DSHORT");
    assert_refusal(domain_bind(kernel, target), ERR_TYPE,
                   "Typed exports int(struct packet *, int)");
    end(target);
}

/* ---- memory ---- */

static status_t live(const struct object_file *from, const struct object_file *to)
{
    struct domain *source = NULL, *target = NULL;
    status_t status = domain_make(&strict, "udp", from->bytes, from->size, &source);

    if (status != OK)
        return status;
    status = domain_make(&strict, "importer", to->bytes, to->size, &target);
    if (status == OK) {
        status = domain_bind(source, target);
        if (status != OK)
            assert_int_equal(source->n_users, 0);
        if (status != OK)
            assert_int_equal(import_of(target, "udp_send")->state, IMPORT_UNBOUND);
        end(target);
    }
    end(source);
    return status;
}

static void no_failed_allocation_leaves_a_trace(void **state)
{
    static const char *const targets[] = {"importer+O2+gbtf.o", "types_1.o", "types_5.o"};
    static const char *const sources[] = {"exporter+O2+gbtf.o", "types_3.o", "types_4.o"};

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        struct object_file to = corpus_read(targets[i % 3]), from = corpus_read(sources[i / 3]);
        int n_blocks = fake_host.n_blocks, n = 0;
        status_t status;

        do {
            fake_host_reset();
            fake_host.mallocs_left = n++;
            status = live(&from, &to);
            assert_int_equal(fake_host.n_blocks, n_blocks);
            assert_int_equal(fake_host.n_images, 0);
            if (status != OK)
                assert_refusal(status, ERR_NO_MEMORY, "no memory");
        } while (status != OK && n < 100);
        assert_in_range(n, 12, 99);
        fake_host_reset();
        free(to.bytes);
        free(from.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(what_fits_is_bound),
        SCENE(a_wrong_type_is_refused_with_both_in_the_sentence),
        SCENE(types_that_print_alike_are_told_apart),
        SCENE(a_variable_is_no_procedure),
        SCENE(an_import_under_another_name_has_no_type),
        SCENE(types_are_asked_for_in_domains_that_run_too),
        SCENE(what_comes_through_a_union_is_checked_against_its_owner),
        SCENE(what_the_compiler_calls_by_itself_needs_no_type),
        SCENE(a_helper_with_a_type_is_checked),
        SCENE(an_object_without_types_is_for_who_allows_it),
        SCENE(who_allows_it_binds_what_has_no_type_to_anything),
        SCENE(what_is_allowed_is_no_more_than_to_have_no_type),
        SCENE(a_definition_without_a_type_is_for_who_allows_it),
        SCENE(files_that_agree_are_bound),
        SCENE(files_that_do_not_agree_are_refused),
        SCENE(a_static_procedure_of_the_same_name_does_not_matter),
        SCENE(symbols_of_the_kernel_get_types_by_another_name),
        SCENE(no_failed_allocation_leaves_a_trace),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
