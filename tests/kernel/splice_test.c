/*
 * Calls that are led elsewhere and back, in the running kernel: in every way there is to call, with everybody's text compared
 * to what it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/mmu.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "arch/ppc/processor.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice_internal.h"
#include "kernel/fault.h"
#include "kernel/inject.h"
#include "kernel/kernel_calls.h"
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

static bool is_in_table(vaddr_t procedure, vaddr_t site)
{
    const vaddr_t *sites = NULL;
    size_t n = kernel_calls(procedure, &sites);

    for (size_t i = 0; i < n; i++)
        if (sites[i] == site)
            return true;
    return false;
}

static vaddr_t start_of_libraries(void)
{
    for (size_t i = 0; i < kernel_symbol_count(); i++)
        if (strcmp(kernel_symbol(i).name, "kernel_library_start") == 0)
            return kernel_symbol(i).value;
    return 0;
}

/* A local symbol of assembly, so that the assembler has resolved the jumps to it. */
static bool is_known_to_be_missing(const struct procedure *callee)
{
    return strcmp(callee->name, "loop_common") == 0;
}

/* What the compiler made, not libraries. Who branches to himself is looked at when he is spliced. */
TEST(the_table_of_the_kernels_calls_has_them_all)
{
    vaddr_t end = start_of_libraries();
    unsigned n = 0;

    for (vaddr_t at = IMAGE(kernel_real_mode_end); at < end; at += 4) {
        struct procedure caller, callee;
        uint32_t word = *(const uint32_t *)at;
        vaddr_t target;

        if (!code_target_of_b(word, at, &target) || !code_source_starts(target, &callee))
            continue;
        CHECK(code_source()->procedure(NULL, at, &caller));
        if (caller.start == callee.start)
            continue;
        n++;
        if (!is_in_table(target, at) && !is_known_to_be_missing(&callee))
            CHECK_EQUAL(0, at);
    }
    CHECK(n > 2000);
}

static unsigned count_branches_to_start(const struct symbol *symbol)
{
    unsigned n = 0;

    for (vaddr_t at = symbol->value + 4; at < symbol->value + symbol->size; at += 4) {
        vaddr_t target;

        n += code_target_of_b(*(const uint32_t *)at, at, &target) && target == symbol->value;
    }
    return n;
}

TEST(procedures_of_the_kernel_that_call_themselves_are_led_and_back)
{
    struct snapshot kernel = take_kernel();
    unsigned n = 0;

    for (size_t i = 0; i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);
        struct splice *splice = NULL;

        if (symbol.kind != SYMBOL_PROCEDURE || symbol.value < IMAGE(kernel_real_mode_end) ||
            symbol.value >= IMAGE(kernel_text_end) || count_branches_to_start(&symbol) == 0)
            continue;
        CHECK_STATUS(OK, splice_create(symbol.value, &splice));
        CHECK_STATUS(OK, lead(splice, splice_body(splice)));
        CHECK_EQUAL(0, count_branches_to_start(&symbol));
        end(splice, symbol.value);
        CHECK(is_same(&kernel));
        n++;
    }
    CHECK(n > 10);
    check_same(&kernel);
}

TEST(a_body_that_calls_its_procedure_calls_what_it_is_led_to)
{
    struct domain *spliced = load_spliced();
    vaddr_t procedure = address("spliced", "spliced_recursion");
    struct snapshot home = take_domain("spliced");
    struct splice *splice = create(procedure);

    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    CHECK_EQUAL(102 * 101 + 1, ((procedure_t)splice_body(splice))(3));
    end(splice, procedure);
    CHECK_EQUAL(7, call("spliced", "spliced_recursion", 3));
    check_same(&home);
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
extern const volatile uint32_t splice_double_data[];

static unsigned n_raised;

/* Code that counts in n_raised and goes on to an address in its reach; it needs r9 and r10. */
static vaddr_t make_counter(vaddr_t to)
{
    vaddr_t code = 0, at = (vaddr_t)&n_raised;
    uint32_t words[] = {
        CODE_D(WORD_ADDIS, 9, 0, (at + 0x8000) >> 16),
        0x81490000 | (at & 0xffff), /* lwz r10, at@l(r9) */
        CODE_D(WORD_ADDI, 10, 10, 1),
        0x91490000 | (at & 0xffff), /* stw r10, at@l(r9) */
        WORD_B,
    };

    CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, sizeof words, to, &code));
    words[4] = code_retarget_b(WORD_B, code + 16, to);
    CHECK(code_write(code, words, 5));
    return code;
}

/*
 * Leads calls of a procedure to something that counts them and goes on to its body: who calls it gets what he got
 * before, and it was one call.
 */
static void check_body(procedure_t spliced, procedure_t caller, int n)
{
    struct snapshot text = take_domain("test/splice");
    int wanted = caller(n);
    struct splice *splice = create((vaddr_t)spliced);
    vaddr_t counter = make_counter(splice_body(splice));

    CHECK(is_same(&text));

    CHECK_STATUS(OK, lead(splice, counter));
    CHECK(!is_same(&text));
    n_raised = 0;
    CHECK_EQUAL(wanted, caller(n));
    CHECK_EQUAL(1, n_raised);
    end(splice, (vaddr_t)spliced);
    code_free(counter);
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

/* ---- reach ---- */

/* Code that returns n + 300, as far away as code can be. */
static vaddr_t make_far(void)
{
    const uint32_t words[] = {CODE_D(WORD_ADDI, 3, 3, 300), 0x4e800020};
    vaddr_t code = 0;

    CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, sizeof words, DOMAIN_CODE_END - 0x10000, &code));
    CHECK(code_write(code, words, 2));
    return code;
}

TEST(what_is_out_of_reach_is_led_to_by_a_way)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced"), far = make_far();
    struct snapshot home = take_domain("spliced"), user = take_domain("splicer");
    struct splice *splice = create(procedure);

    CHECK_EQUAL(REACH_NONE, code_reach(procedure, far));
    CHECK_STATUS(OK, lead(splice, far));
    check_sites(splice, 0, 7);
    CHECK_EQUAL(10 * 305 + 7, call("spliced", "spliced_home", 5));
    CHECK_EQUAL(1305, call("splicer", "splicer_call", 5));
    CHECK_EQUAL(305, call("splicer", "splicer_thunk", 5));
    CHECK_EQUAL(305, call("splicer", "splicer_through_pointer", 5));
    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    check_sites(splice, 7, 7);
    CHECK_STATUS(OK, lead(splice, far));
    end(splice, procedure);
    check_same(&home);
    check_same(&user);
    code_free(far);
    unload(splicer);
    unload(spliced);
}

static const char *enchanted(enum domain_state state)
{
    return state == DOMAIN_INITIALIZED ? "enchanted" : "strange";
}

TEST(calls_of_the_kernel_lead_to_a_domain_by_a_way)
{
    struct snapshot kernel = take_kernel();
    struct domain *spliced = load_spliced();
    struct splice *splice = create((vaddr_t)domain_state_name);

    CHECK_EQUAL(REACH_NONE, code_reach((vaddr_t)domain_state_name, (vaddr_t)enchanted));
    CHECK_STATUS(OK, lead(splice, (vaddr_t)enchanted));
    CHECK_STATUS(ERR_STATE, domain_start(&spliced, 1));
    CHECK(strstr(status_explain(), "enchanted") != NULL);
    end(splice, (vaddr_t)domain_state_name);
    check_same(&kernel);
    unload(spliced);
}

/* ---- binding meanwhile ---- */

TEST(who_is_bound_later_is_led_at_once)
{
    struct domain *spliced = load_spliced(), *splicer;
    vaddr_t procedure = address("spliced", "spliced");
    struct splice *splice = create(procedure);
    struct snapshot user;

    splicer = load_splicer();
    user = take_domain("splicer");
    unload(splicer);
    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    check_sites(splice, 4, 4);
    splicer = load_splicer();
    check_sites(splice, 7, 7);
    CHECK_EQUAL(1105, call("splicer", "splicer_call", 5));
    CHECK_EQUAL(procedure, call("splicer", "splicer_address", 0));
    CHECK_STATUS(OK, lead(splice, (vaddr_t)another));
    CHECK_EQUAL(1205, call("splicer", "splicer_call", 5));
    CHECK_STATUS(OK, lead(splice, procedure));
    check_same(&user);
    unload(splicer);
    CHECK_STATUS(OK, lead(splice, (vaddr_t)another));
    check_sites(splice, 4, 4);
    end(splice, procedure);
    unload(spliced);
}

TEST(a_domain_that_never_ran_gets_its_bytes_back)
{
    struct domain *spliced = load_spliced(), *splicer = NULL;
    const struct loader_object object = OBJECT(splicer);
    struct splice *splice = create(address("spliced", "spliced"));
    struct snapshot text, data;

    CHECK_STATUS(OK, domain_make(&on_behalf, object.name, object.bytes, object.size, &splicer));
    text = take((vaddr_t)splicer->image.memory.text.bytes, splicer->image.memory.text.size);
    data = take((vaddr_t)splicer->image.memory.data.bytes, splicer->image.memory.data.size);
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    check_sites(splice, 7, 7);
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    CHECK(is_same(&text));
    check_sites(splice, 4, 4);
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    check_sites(splice, 7, 7);
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    check_same(&text);
    check_same(&data);
    end(splice, address("spliced", "spliced"));
    unload(splicer);
    unload(spliced);
}

TEST(a_domain_that_ran_can_be_unbound_and_bound_again_while_calls_are_led)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced");
    struct splice *splice = create(procedure);
    struct snapshot bound = take_domain("splicer"), unbound;

    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    unbound = take_domain("splicer");
    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    CHECK(is_same(&unbound));
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_EQUAL(1105, call("splicer", "splicer_call", 5));
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    check_same(&unbound);
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    end(splice, procedure);
    check_same(&bound);
    unload(splicer);
    unload(spliced);
}

TEST(who_goes_while_calls_are_led_is_forgotten)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced");
    struct snapshot home = take_domain("spliced");
    struct splice *splice = create(procedure);

    CHECK_STATUS(OK, lead(splice, (vaddr_t)replacement));
    unload(splicer);
    check_sites(splice, 4, 4);
    CHECK_STATUS(OK, lead(splice, (vaddr_t)another));
    splicer = load_splicer();
    CHECK_EQUAL(1205, call("splicer", "splicer_call", 5));
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    unload(splicer);
    end(splice, procedure);
    check_same(&home);
    unload(spliced);
}

/* The first word of splicer_thunk is the import's branch: binding and the splice both have to do with it. */
TEST(a_procedure_that_begins_with_an_imports_branch_can_be_spliced)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced"), thunk = address("splicer", "splicer_thunk");
    struct snapshot bound = take_domain("splicer"), unbound;
    struct splice *inner = create(procedure), *outer = create(thunk);
    procedure_t body = (procedure_t)splice_body(outer);

    CHECK_EQUAL(6, body(5));
    CHECK_STATUS(OK, lead(outer, (vaddr_t)another));
    CHECK_STATUS(OK, lead(inner, (vaddr_t)replacement));
    CHECK_EQUAL(205, call("splicer", "splicer_thunk", 5));
    CHECK_EQUAL(105, body(5));
    CHECK_STATUS(OK, lead(outer, thunk));
    CHECK_EQUAL(105, call("splicer", "splicer_thunk", 5));
    CHECK_STATUS(OK, lead(outer, (vaddr_t)another));
    CHECK_STATUS(OK, lead(inner, procedure));
    CHECK_EQUAL(205, call("splicer", "splicer_thunk", 5));
    CHECK_EQUAL(6, body(5));
    CHECK_STATUS(OK, lead(outer, thunk));
    CHECK(is_same(&bound));
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    unbound = take_domain("splicer");
    CHECK_STATUS(OK, lead(outer, (vaddr_t)another));
    CHECK_STATUS(OK, lead(inner, (vaddr_t)replacement));
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_EQUAL(105, body(5));
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    CHECK_STATUS(OK, lead(outer, thunk));
    check_same(&unbound);
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_STATUS(OK, lead(inner, procedure));
    check_same(&bound);
    splice_destroy(inner);
    splice_destroy(outer);
    unload(splicer);
    unload(spliced);
}

/* The first instruction of splicer_variable has a half of an import's address in it. */
TEST(a_procedure_that_begins_with_half_an_address_can_be_spliced)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("splicer", "splicer_variable");
    struct snapshot bound = take_domain("splicer"), unbound;
    struct splice *splice = create(procedure);
    procedure_t body = (procedure_t)splice_body(splice);

    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    unbound = take_domain("splicer");
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_STATUS(OK, lead(splice, (vaddr_t)another));
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_EQUAL(77, body(0));
    CHECK_EQUAL(205, call("splicer", "splicer_variable", 5));
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    CHECK_STATUS(OK, lead(splice, procedure));
    check_same(&unbound);
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    check_same(&bound);
    CHECK_EQUAL(77, call("splicer", "splicer_variable", 5));
    splice_destroy(splice);
    unload(splicer);
    unload(spliced);
}

/* The first word of spliced_thunk is a call of the other. */
TEST(a_procedure_that_begins_with_a_call_of_a_spliced_one_can_be_spliced)
{
    struct domain *spliced = load_spliced();
    vaddr_t procedure = address("spliced", "spliced"), thunk = address("spliced", "spliced_thunk");
    struct snapshot home = take_domain("spliced");
    struct splice *inner = create(procedure), *outer = create(thunk);

    CHECK_STATUS(OK, lead(outer, (vaddr_t)another));
    CHECK_STATUS(OK, lead(inner, (vaddr_t)replacement));
    CHECK_EQUAL(205, call("spliced", "spliced_thunk", 5));
    CHECK_EQUAL(105, ((procedure_t)splice_body(outer))(5));
    CHECK_STATUS(OK, lead(outer, thunk));
    CHECK_EQUAL(105, call("spliced", "spliced_thunk", 5));
    CHECK_STATUS(OK, lead(outer, (vaddr_t)another));
    CHECK_STATUS(OK, lead(inner, procedure));
    CHECK_EQUAL(205, call("spliced", "spliced_thunk", 5));
    CHECK_EQUAL(6, ((procedure_t)splice_body(outer))(5));
    CHECK_STATUS(OK, lead(outer, thunk));
    check_same(&home);
    splice_destroy(inner);
    splice_destroy(outer);
    unload(spliced);
}

/* ---- analyses ---- */

/* Words asked for together. */
static void check_original(const struct snapshot *snapshot)
{
    uint32_t *words = malloc(snapshot->size);

    memcpy(words, (const void *)snapshot->start, snapshot->size);
    splice_original(snapshot->start, words, snapshot->size / 4);
    CHECK_EQUAL(0, memcmp(words, snapshot->copy, snapshot->size & ~3u));
    free(words);
}

static void check_each_original(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->size / 4; i++) {
        uint32_t word = ((const uint32_t *)snapshot->start)[i];

        splice_original(snapshot->start + i * 4, &word, 1);
        if (word != ((const uint32_t *)snapshot->copy)[i])
            CHECK_EQUAL(0, i);
    }
}

TEST(analyses_see_words_as_they_were)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced"), thunk = address("splicer", "splicer_thunk");
    struct snapshot home = take_domain("spliced"), user = take_domain("splicer");
    struct snapshot here = take_domain("test/splice");
    vaddr_t far = make_far();
    struct splice_change changes[] = {{create(procedure), (vaddr_t)replacement},
                                      {create(thunk), (vaddr_t)another},
                                      {create((vaddr_t)splice_sum_loop), (vaddr_t)another}};

    CHECK_STATUS(OK, splice_switch(changes, 3));
    check_original(&home);
    check_original(&user);
    check_original(&here);
    check_each_original(&home);
    check_each_original(&user);
    changes[0].target = far;
    CHECK_STATUS(OK, splice_switch(changes, 3));
    CHECK(!is_same(&user));
    check_original(&home);
    check_original(&user);
    check_each_original(&user);
    end(changes[0].splice, procedure);
    end(changes[1].splice, thunk);
    end(changes[2].splice, (vaddr_t)splice_sum_loop);
    code_free(far);
    check_same(&home);
    check_same(&user);
    check_same(&here);
    unload(splicer);
    unload(spliced);
}

/* ---- what fails ---- */

static void check_create_fails_cleanly(vaddr_t procedure)
{
    struct splice *splice = NULL;
    unsigned n = 0;
    status_t status, wanted;

    do {
        inject_set(++n);
        status = splice_create(procedure, &splice);
        wanted = inject_left() == 0 ? ERR_NO_MEMORY : OK;
        inject_set(0);
        CHECK_EQUAL(wanted, status);
    } while (status != OK && n < 100);
    CHECK(n > 4);
    CHECK(splice != NULL);
    splice_destroy(splice);
}

TEST(a_splice_that_finds_no_memory_leaves_nothing)
{
    struct domain *spliced = load_spliced();
    struct snapshot home = take_domain("spliced");

    check_create_fails_cleanly(address("spliced", "spliced"));
    check_create_fails_cleanly((vaddr_t)splice_double);
    check_create_fails_cleanly((vaddr_t)domain_state_name);
    check_same(&home);
    unload(spliced);
}

/* How many allocations of a switch failed it. It is led back each time. */
static unsigned count_failures(const struct splice_change changes[], size_t n,
                               const struct snapshot *home)
{
    const struct splice_change back[] = {{changes[0].splice, splice_target(changes[0].splice)},
                                         {changes[1].splice, splice_target(changes[1].splice)}};
    unsigned n_failures = 0, left = 0;

    for (unsigned i = 1; left == 0 && i < 100; i++) {
        status_t status;

        inject_set(i);
        status = splice_switch(changes, n);
        left = inject_left();
        inject_set(0);
        n_failures += status != OK;
        if (status == OK) {
            CHECK(!is_same(home));
            CHECK_STATUS(OK, splice_switch(back, n));
        }
        CHECK(is_same(home));
    }
    return n_failures;
}

/* Each of two ways is two pieces of memory. One that fails for want of a list of importers would be wrong. */
TEST(a_switch_that_finds_no_memory_changes_nothing)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t one = address("spliced", "spliced"), other = address("spliced", "spliced_other");
    struct snapshot home = take_domain("spliced"), user = take_domain("splicer");
    vaddr_t far = make_far();
    struct splice_change changes[] = {{create(one), far}, {create(other), far}};

    inject_set(1);
    CHECK_STATUS(OK, lead(changes[0].splice, (vaddr_t)replacement));
    CHECK_EQUAL(0, inject_left());
    inject_set(0);
    CHECK_EQUAL(1105, call("splicer", "splicer_call", 5));
    CHECK_STATUS(OK, lead(changes[0].splice, one));
    CHECK_STATUS(OK, lead(changes[1].splice, other));
    CHECK_EQUAL(4, count_failures(changes, 2, &home));
    CHECK_STATUS(OK, splice_switch(changes, 2));
    CHECK_EQUAL(10 * 305 + 305, call("spliced", "spliced_home", 5));
    unload(splicer);
    splicer = load_splicer();
    changes[0].target = one;
    changes[1].target = other;
    inject_set(1);
    CHECK_STATUS(OK, splice_switch(changes, 2));
    inject_set(0);
    check_same(&home);
    check_same(&user);
    splice_destroy(changes[0].splice);
    splice_destroy(changes[1].splice);
    code_free(far);
    unload(splicer);
    unload(spliced);
}

/* ---- what it costs ---- */

static unsigned n_steps;

static bool step(struct trap_frame *frame)
{
    (void)frame;
    n_steps++;
    return true;
}

static unsigned steps(procedure_t procedure)
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, step);

    n_steps = 0;
    msr_write(msr_read() | MSR_SE);
    (void)procedure(5);
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
    return n_steps;
}

static unsigned steps_of(const char *domain, const char *name)
{
    return steps((procedure_t)address(domain, name));
}

/* spliced_same does what spliced_other does, in as many instructions. */
TEST(a_relinked_call_costs_nothing_and_one_through_a_pointer_a_branch)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    vaddr_t procedure = address("spliced", "spliced_other");
    struct splice *splice = create(procedure);
    unsigned home = steps_of("spliced", "spliced_home");
    unsigned import = steps_of("splicer", "splicer_other");
    unsigned pointer = steps((procedure_t)procedure);

    CHECK_STATUS(OK, lead(splice, address("spliced", "spliced_same")));
    CHECK_EQUAL(home, steps_of("spliced", "spliced_home"));
    CHECK_EQUAL(import, steps_of("splicer", "splicer_other"));
    CHECK_EQUAL(pointer + 1, steps((procedure_t)procedure));
    CHECK_EQUAL(pointer + 1, steps((procedure_t)splice_body(splice)));
    end(splice, procedure);
    unload(splicer);
    unload(spliced);
}

/* ---- everything ---- */

#define PROCEDURES_MAX 6000

static struct splice_change all[PROCEDURES_MAX];
static unsigned n_refused;

static size_t splice_kernel(void)
{
    size_t n = 0;

    n_refused = 0;
    for (size_t i = 0; i < kernel_symbol_count() && n < PROCEDURES_MAX; i++) {
        struct symbol symbol = kernel_symbol(i);
        status_t status;

        if (symbol.kind != SYMBOL_PROCEDURE || symbol.value < IMAGE(kernel_real_mode_end) ||
            symbol.value >= IMAGE(kernel_text_end))
            continue;
        status = splice_create(symbol.value, &all[n].splice);
        n += status == OK;
        n_refused += status == ERR_UNSUPPORTED;
        if (status != OK && status != ERR_UNSUPPORTED)
            CHECK_EQUAL(ERR_EXISTS, status); /* two names for one */
    }
    return n;
}

static void lead_all(size_t n, bool away)
{
    for (size_t i = 0; i < n; i++)
        all[i].target = away ? splice_body(all[i].splice) : all[i].splice->procedure.start;
    CHECK_STATUS(OK, splice_switch(all, n));
}

static void work(void)
{
    struct domain *spliced = load_spliced(), *splicer = load_splicer();
    char text[40];

    snprintf(text, sizeof text, "%s %d %5.2f", "all", 17, 2.5);
    CHECK_EQUAL(0, strcmp(text, "all 17  2.50"));
    CHECK_EQUAL(1006, call("splicer", "splicer_call", 5));
    CHECK_STATUS(ERR_BUSY, domain_end(&spliced, 1));
    unload(splicer);
    unload(spliced);
}

TEST(all_procedures_of_the_kernel_at_once_run_from_their_bodies)
{
    struct snapshot kernel = take_kernel(), here = take_domain("test/splice");
    size_t n = splice_kernel();

    CHECK(n > 1000);
    CHECK(n_refused < 60);
    CHECK(is_same(&kernel));
    lead_all(n, true);
    work();
    lead_all(n, true);
    work();
    check_original(&kernel);
    check_original(&here);
    lead_all(n, false);
    check_same(&kernel);
    check_same(&here);
    for (size_t i = 0; i < n; i++)
        splice_destroy(all[i].splice);
}
