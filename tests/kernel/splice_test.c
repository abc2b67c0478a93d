/*
 * Calls that are led elsewhere and back, in the running kernel: in every way there is to call, with everybody's text compared
 * to what it was.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/reach.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/code_space.h"
#include "kernel/event/splice.h"
#include "kernel/inject.h"
#include "kernel/test.h"

SUITE("splice");

extern const char object_spliced[], object_spliced_end[];
extern const char object_splicer[], object_splicer_end[];

#define OBJECT(n)                                               \
    {                                                           \
#n, object_##n, (size_t)(object_##n##_end - object_##n) \
    }

typedef int (*procedure_t)(int);

static const struct domain_terms on_behalf = {.loader = "operator"};

/* ---- what calls are led to ---- */

static int n_led;

static int __attribute__((noipa)) replacement(int n)
{
    n_led++;
    return n + 100;
}

static int __attribute__((noipa)) another(int n)
{
    n_led += 10;
    return n + 200;
}

/* ---- domains ---- */

static struct domain *load(const struct loader_object *object)
{
    struct domain *domain = NULL;

    CHECK_STATUS(OK, loader_load(&on_behalf, object, 1, &domain));
    return domain;
}

static struct domain *load_spliced(void)
{
    const struct loader_object object = OBJECT(spliced);

    return load(&object);
}

static struct domain *load_splicer(void)
{
    const struct loader_object object = OBJECT(splicer);
    struct domain *spliced = domain_named("spliced"), *domain = NULL;

    CHECK_STATUS(OK, domain_make(&on_behalf, object.name, object.bytes, object.size, &domain));
    CHECK_STATUS(OK, domain_bind(spliced, domain));
    CHECK_STATUS(OK, domain_start(&domain, 1));
    return domain;
}

static void unload(struct domain *domain)
{
    CHECK_STATUS(OK, domain_end(&domain, 1));
}

static vaddr_t address(const char *domain, const char *name)
{
    const struct symbol *symbol =
        symbol_find(&domain_named(domain)->image.symbols, name, symbol_hash(name));

    CHECK(symbol != NULL);
    return symbol->value;
}

static int call(const char *domain, const char *name, int n)
{
    return ((procedure_t)address(domain, name))(n);
}

/* ---- memory as it was ---- */

struct snapshot {
    vaddr_t start;
    size_t size;
    void *copy;
};

static struct snapshot take(vaddr_t start, size_t size)
{
    struct snapshot snapshot = {start, size, malloc(size)};

    memcpy(snapshot.copy, (const void *)start, size);
    return snapshot;
}

static struct snapshot take_kernel(void)
{
    return take(IMAGE(kernel_text_start), IMAGE(kernel_text_end) - IMAGE(kernel_text_start));
}

static struct snapshot take_domain(const char *name)
{
    const struct image_memory *memory = &domain_named(name)->image.memory;

    return take(memory->text.address, memory->text.size);
}

static bool is_same(const struct snapshot *snapshot)
{
    return memcmp(snapshot->copy, (const void *)snapshot->start, snapshot->size) == 0;
}

static void check_same(struct snapshot *snapshot)
{
    CHECK(is_same(snapshot));
    free(snapshot->copy);
}

/* ---- */

static struct splice *create(vaddr_t procedure)
{
    struct splice *splice = NULL;

    CHECK_STATUS(OK, splice_create(procedure, &splice));
    return splice;
}

static status_t lead(struct splice *splice, vaddr_t target)
{
    const struct splice_change change = {splice, target};

    return splice_switch(&change, 1);
}

static void end(struct splice *splice, vaddr_t procedure)
{
    CHECK_STATUS(OK, lead(splice, procedure));
    splice_destroy(splice);
}

static void check_sites(const struct splice *splice, size_t direct, size_t all)
{
    size_t n_direct, n_all;

    splice_sites(splice, &n_direct, &n_all);
    CHECK_EQUAL(direct, n_direct);
    CHECK_EQUAL(all, n_all);
}

TEST(calls_at_home_and_of_importers_and_through_pointers_are_led_and_back)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced");
    struct snapshot home = take_domain("spliced"), user = take_domain("splicer");
    struct splice *splice = create(procedure);

    n_led = 0;
    CHECK(is_same(&home));
    CHECK_EQUAL(6, ((procedure_t)splice_body(splice))(5));
    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    CHECK_EQUAL((vaddr_t)replacement, splice_target(splice));
    CHECK_EQUAL(10 * 105 + 7, call("spliced", "spliced_home", 5));
    CHECK_EQUAL(110, call("spliced", "spliced_home_tail", 5));
    CHECK_EQUAL(106, call("spliced", "spliced_choice", 1));
    CHECK_EQUAL(1105, call("splicer", "splicer_call", 5));
    CHECK_EQUAL(105, call("splicer", "splicer_thunk", 5));
    CHECK_EQUAL(115, call("splicer", "splicer_tail", 5));
    CHECK_EQUAL(105, call("splicer", "splicer_through_pointer", 5));
    CHECK_EQUAL(procedure, call("splicer", "splicer_address", 0));
    CHECK_EQUAL(105, ((procedure_t)procedure)(5));
    CHECK_EQUAL(8, n_led);
    CHECK_EQUAL(6, ((procedure_t)splice_body(splice))(5));
    check_sites(splice, 7, 7);
    end(splice, procedure);
    CHECK_EQUAL(10 * 6 + 7, call("spliced", "spliced_home", 5));
    check_same(&home);
    check_same(&user);
    unload(splicer);
    unload(spliced);
}

TEST(calls_of_the_kernel_itself_are_led_and_back)
{
    struct snapshot kernel = take_kernel();
    struct domain *spliced = load_spliced();
    struct splice *splice = create((vaddr_t)domain_state_name);
    size_t direct, all;

    CHECK_STATUS(OK, lead(splice, (vaddr_t)status_name));
    splice_sites(splice, &direct, &all);
    CHECK_EQUAL(all, direct);
    CHECK(all >= 4);
    CHECK_STATUS(ERR_STATE, domain_start(&spliced, 1));
    CHECK(strstr(status_explain(), status_name((status_t)DOMAIN_INITIALIZED)) != NULL);
    CHECK(!is_same(&kernel));
    end(splice, (vaddr_t)domain_state_name);
    CHECK_STATUS(ERR_STATE, domain_start(&spliced, 1));
    CHECK(strstr(status_explain(), "initialized") != NULL);
    check_same(&kernel);
    unload(spliced);
}

TEST(two_procedures_are_switched_in_one_step)
{
    struct domain *spliced = load_spliced();
    vaddr_t one = address("spliced", "spliced"), other = address("spliced", "spliced_other");
    struct snapshot home = take_domain("spliced");
    struct splice_change changes[] = {{create(one), (vaddr_t)replacement},
                                      {create(other), (vaddr_t)another}};

    CHECK_STATUS(OK, splice_switch(changes, 2));
    CHECK_EQUAL(10 * 105 + 205, call("spliced", "spliced_home", 5));
    changes[0].target = splice_body(changes[1].splice);
    changes[1].target = splice_body(changes[0].splice);
    CHECK_STATUS(OK, splice_switch(changes, 2));
    CHECK_EQUAL(10 * 7 + 6, call("spliced", "spliced_home", 5));
    CHECK_STATUS(OK, splice_switch(changes, 2));
    changes[0].target = one;
    changes[1].target = other;
    CHECK_STATUS(OK, splice_switch(changes, 2));
    CHECK_EQUAL(10 * 6 + 7, call("spliced", "spliced_home", 5));
    check_same(&home);
    splice_destroy(changes[0].splice);
    splice_destroy(changes[1].splice);
    unload(spliced);
}
