/*
 * Calls that are led elsewhere and back, in the running kernel: in every way there is to call, with everybody's text compared
 * to what it was.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/mmu.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice_internal.h"
#include "kernel/inject.h"
#include "kernel/kernel_symbols.h"
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

/* ---- first instructions ---- */

int splice_sum(int n);
int splice_sum_loop(int n);
int splice_double(int n);
int splice_double_call(int n);
int splice_first_b(int n);
int splice_first_bc(int n);
int splice_first_bc_call(int n);
int splice_first_bcl(int n);
int splice_first_bcl_call(int n);
int splice_first_bcl_not(int n);
int splice_first_bcl_not_call(int n);
int splice_first_bl(int n);
int splice_first_bl_call(int n);
int splice_wait(int n);
int splice_wait_call(int n);
int splice_link_loop(int n);
int splice_jumps(int n);
int splice_switches(int n);
int splice_data(int n);
extern const uint32_t splice_double_data[];

/*
 * Leads calls of a procedure away and, by way of the entry of its body, to itself: what somebody who calls it
 * gets must be as before.
 */
static void check_body(procedure_t spliced, procedure_t caller, int n)
{
    struct snapshot text = take_domain("test/splice");
    int wanted = caller(n);
    struct splice *splice = create((vaddr_t)spliced);

    CHECK(is_same(&text));
    CHECK_STATUS(OK, lead(splice, splice_body(splice)));
    CHECK(!is_same(&text));
    CHECK_EQUAL(wanted, caller(n));
    end(splice, (vaddr_t)spliced);
    CHECK_EQUAL(wanted, caller(n));
    check_same(&text);
}

TEST(a_first_instruction_does_elsewhere_what_it_did)
{
    check_body(splice_first_b, splice_first_b, 5);
    check_body(splice_first_bc, splice_first_bc_call, 0);
    check_body(splice_first_bc, splice_first_bc_call, 1);
    check_body(splice_first_bcl, splice_first_bcl_call, 0);
    check_body(splice_first_bcl_not, splice_first_bcl_not_call, 0);
    check_body(splice_first_bl, splice_first_bl_call, 9);
    CHECK_EQUAL((int)(vaddr_t)splice_first_bcl + 4, splice_first_bcl_call(0));
}

TEST(turns_of_a_loop_are_no_calls)
{
    check_body(splice_sum_loop, splice_sum, 10);
    check_body(splice_double, splice_double_call, 6);
    check_body(splice_wait, splice_wait_call, 3);
    CHECK_EQUAL(48, splice_sum(10));
    CHECK_EQUAL(12, splice_double_call(6));
}

TEST(what_only_looks_like_a_call_stays)
{
    struct splice *splice = create((vaddr_t)splice_double);
    uint32_t before[2] = {splice_double_data[0], splice_double_data[1]};

    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    CHECK_EQUAL(before[0], splice_double_data[0]);
    CHECK_EQUAL(before[1], splice_double_data[1]);
    CHECK_EQUAL(105, splice_double_call(5));
    end(splice, (vaddr_t)splice_double);
}

static void check_refused(status_t status, vaddr_t procedure, const char *why)
{
    struct snapshot text = take_domain("test/splice");
    struct splice *splice = NULL;

    CHECK_STATUS(status, splice_create(procedure, &splice));
    CHECK(strstr(status_explain(), why) != NULL);
    CHECK(splice == NULL);
    check_same(&text);
}

TEST(what_cannot_be_spliced_is_refused_with_the_reason)
{
    struct splice *splice;

    check_refused(ERR_UNSUPPORTED, (vaddr_t)splice_link_loop, "head of a loop");
    check_refused(ERR_UNSUPPORTED, (vaddr_t)splice_jumps, "whether control comes to");
    check_refused(ERR_UNSUPPORTED, (vaddr_t)splice_switches, "control comes to its start from");
    check_refused(ERR_UNSUPPORTED, (vaddr_t)splice_data, "no instruction");
    check_refused(ERR_UNSUPPORTED, (vaddr_t)code_write, "code_write");
    check_refused(ERR_UNSUPPORTED, (vaddr_t)mmu_translate, "what does that may run it");
    check_refused(ERR_UNSUPPORTED, (vaddr_t)splice_commit, "what does that may run it");
    check_refused(ERR_UNSUPPORTED, IMAGE(kernel_text_start), "untranslated");
    check_refused(ERR_BAD_ARGUMENT, (vaddr_t)splice_sum + 4, "no procedure starts");
    check_refused(ERR_BAD_ARGUMENT, (vaddr_t)&n_led, "no procedure starts");
    check_refused(ERR_BAD_ARGUMENT, 0, "no procedure starts");
    splice = create((vaddr_t)splice_sum);
    check_refused(ERR_EXISTS, (vaddr_t)splice_sum, "splice_sum");
    splice_destroy(splice);
}

/* What is fixed is found by its direct calls, so there may be no others. */
static void check_calls(vaddr_t procedure)
{
    struct flow *flow = NULL;

    if (!CHECK_STATUS(OK, flow_build(code_source(), procedure, NULL, &flow)))
        return;
    CHECK(flow->complete);
    for (uint32_t i = 0; i < flow->n_calls; i++)
        if (!flow->calls[i].direct)
            CHECK_EQUAL(0, flow->calls[i].site);
    flow_free(flow);
}

TEST(what_may_not_be_spliced_calls_nothing_through_a_pointer)
{
    unsigned n = 0;

    for (size_t i = 0; i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.kind != SYMBOL_PROCEDURE || symbol.value < IMAGE(kernel_real_mode_end) ||
            symbol.value >= IMAGE(kernel_text_end) || splice_check(symbol.value) == OK)
            continue;
        check_calls(symbol.value);
        n++;
    }
    CHECK(n > 20 && n < 60);
}
