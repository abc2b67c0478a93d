/*
 * Patches where events write words too: on first instructions whose procedures are spliced, led or not, on calls that are led and
 * back, on handlers and guards that were copied into routines, and in routines. Everybody's text is compared to what it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/code_space.h"
#include "kernel/event/event.h"
#include "kernel/event/routine.h"
#include "kernel/event/splice_internal.h"
#include "kernel/inject.h"
#include "kernel/kernel_calls.h"
#include "kernel/kernel_domains.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/springboard.h"
#include "kernel/test.h"

SUITE("patch_event");

#define P(procedure) ((procedure_t)(procedure))

typedef int (*function_t)(int);

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

static struct snapshot take_domain(const char *name)
{
    const struct segment *text = &domain_named(name)->image.memory.text;

    return take(text->address, text->size);
}

static void check_same(struct snapshot *snapshot)
{
    CHECK_EQUAL(0, memcmp(snapshot->copy, (const void *)snapshot->start, snapshot->size));
    free(snapshot->copy);
}

/* The types of all of the kernel and what analysis remembers are read once and kept. */
static void __attribute__((constructor)) begin(void)
{
    (void)kernel_types_all();
}

/* ---- patches ---- */

static struct patch_options how; /* counting is done */

static patch_t *count_at(vaddr_t site)
{
    patch_t *patch = NULL;

    if (!CHECK_STATUS(OK, patch_count((const void *)site, &how, &patch)))
        printf("    #   0x%08x: %s\n", (unsigned)site, status_explain());
    return patch;
}

static unsigned counted(const patch_t *patch)
{
    uint64_t count = 0;

    CHECK_STATUS(OK, patch_counted(patch, &count));
    return (unsigned)count;
}

static void end_patch(patch_t *patch)
{
    CHECK_STATUS(OK, patch_remove(patch));
}

/* ---- first instructions, in every order ---- */

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

static unsigned n_raised;

/* Code that counts in n_raised and goes on to an address in its reach; it needs r9 and r10. */
static vaddr_t make_counter(vaddr_t to)
{
    vaddr_t code = 0, at = (vaddr_t)&n_raised;
    uint32_t words[] = {
        CODE_D(WORD_ADDIS, 9, 0, (at + 0x8000) >> 16),
        CODE_D(WORD_LWZ, 10, 9, at & 0xffff),
        CODE_D(WORD_ADDI, 10, 10, 1),
        CODE_D(WORD_STW, 10, 9, at & 0xffff),
        WORD_B,
    };

    CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, sizeof words, to, &code));
    words[4] = code_retarget_b(WORD_B, code + 16, to);
    CHECK(code_write(code, words, 5));
    return code;
}

/* A procedure, who calls it, and a word of it that is patched. */
struct trial {
    vaddr_t procedure, site;
    function_t caller;
    int n, wanted;
    unsigned per_call; /* how often the site is executed */
    patch_t *patch;
    struct splice *splice;
    vaddr_t counter;
};

static status_t lead(struct splice *splice, vaddr_t target)
{
    const struct splice_change change = {splice, target};

    return splice_switch(&change, 1);
}

static void step(struct trial *t, char what)
{
    switch (what) {
    case 'P':
        t->patch = count_at(t->site);
        break;
    case 'R':
        end_patch(t->patch);
        t->patch = NULL;
        break;
    case 'S':
        CHECK_STATUS(OK, splice_create(t->procedure, &t->splice));
        break;
    case 'L':
        t->counter = make_counter(splice_body(t->splice));
        CHECK_STATUS(OK, lead(t->splice, t->counter));
        break;
    case 'U':
        CHECK_STATUS(OK, lead(t->splice, t->procedure));
        code_free(t->counter);
        t->counter = 0;
        break;
    case 'D':
        splice_destroy(t->splice);
        t->splice = NULL;
        break;
    }
}

static bool behaves(struct trial *t)
{
    unsigned before = t->patch != NULL ? counted(t->patch) : 0;
    bool right;

    n_raised = 0;
    right = CHECK_EQUAL(t->wanted, t->caller(t->n));
    right = CHECK_EQUAL(t->counter != 0, n_raised) && right;
    if (t->patch != NULL)
        right = CHECK_EQUAL(t->per_call, counted(t->patch) - before) && right;
    return right;
}

static enum patch_way way_of(patch_t *patch)
{
    struct patch_view view;

    patch_look(patch, &view);
    return view.way;
}

static void try_order(struct trial *t, const char *order)
{
    struct snapshot text = take_domain("test/patch_event");
    bool right = true;

    for (const char *what = order; *what != 0; what++) {
        step(t, *what);
        right = behaves(t) && right;
        if (!right)
            printf("    #   0x%08x, %s before %s\n", (unsigned)t->site, order, what);
    }
    check_same(&text);
}

static void measure(struct trial *t)
{
    t->wanted = t->caller(t->n);
    t->patch = count_at(t->site);
    CHECK_EQUAL(t->wanted, t->caller(t->n));
    t->per_call = counted(t->patch);
    end_patch(t->patch);
    t->patch = NULL;
}

static void try_orders(function_t procedure, function_t caller, int n, unsigned offset)
{
    static const char *const orders[] = {
        "PSLUDR", "PSLURD", "PSLRUD", "PSRLUD",   "PRSLUD",   "SPLUDR",
        "SPLURD", "SPLRUD", "SPRLUD", "SLPUDR",   "SLPURD",   "SLPRUD",
        "SLUPDR", "SLUPRD", "SLUDPR", "SLPRPUDR", "PSLULUDR",
    };
    struct trial trial = {.procedure = (vaddr_t)procedure,
                          .site = (vaddr_t)procedure + offset,
                          .caller = caller,
                          .n = n};

    measure(&trial);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        try_order(&trial, orders[i]);
}

TEST(a_patch_on_a_first_instruction_counts_it_wherever_calls_are_led)
{
    try_orders(splice_first_b, splice_first_b, 5, 0);
    try_orders(splice_first_bc, splice_first_bc_call, 0, 0);
    try_orders(splice_first_bc, splice_first_bc_call, 7, 0);
    try_orders(splice_first_bcl, splice_first_bcl_call, 0, 0);
    try_orders(splice_first_bcl_not, splice_first_bcl_not_call, 0, 0);
    try_orders(splice_first_bl, splice_first_bl_call, 0, 0);
    try_orders(splice_sum, splice_sum, 9, 0);
}

TEST(turns_of_a_loop_that_are_patched_are_no_calls)
{
    try_orders(splice_sum_loop, splice_sum, 10, 0);
    try_orders(splice_sum_loop, splice_sum, 10, 4);
    try_orders(splice_sum_loop, splice_sum, 10, 8); /* bdnz */
    try_orders(splice_double, splice_double_call, 6, 0);
    try_orders(splice_double, splice_double_call, 6, 40); /* b */
    try_orders(splice_wait, splice_wait_call, 5, 0);      /* bdnz to itself */
}

static void try_first_and_turns(void)
{
    try_orders(splice_first_b, splice_first_b, 5, 0);
    try_orders(splice_first_bcl_not, splice_first_bcl_not_call, 0, 0);
    try_orders(splice_sum_loop, splice_sum, 10, 0);
    try_orders(splice_sum_loop, splice_sum, 10, 8);
    try_orders(splice_wait, splice_wait_call, 5, 0);
}

/* As far away as code can be. */
#define FAR ((const void *)(DOMAIN_CODE_END - 0x10000))

static void check_way(enum patch_way way)
{
    patch_t *patch = count_at((vaddr_t)splice_sum_loop);

    CHECK_EQUAL(way, way_of(patch));
    end_patch(patch);
}

TEST(a_springboard_stands_where_a_body_begins)
{
    how.near = FAR;
    check_way(WAY_SPRINGBOARD);
    try_first_and_turns();
    how.near = NULL;
}

TEST(an_illegal_word_stands_where_a_body_begins)
{
    size_t capacity = springboard_capacity(), n = 0;
    vaddr_t *slots = malloc(capacity * sizeof *slots);

    while (n < capacity && springboard_take((vaddr_t)splice_sum, &slots[n]) == OK)
        n++;
    how.near = FAR;
    check_way(WAY_TRAP);
    try_first_and_turns();
    how.near = NULL;
    while (n > 0)
        springboard_give(slots[--n]);
    free(slots);
}

/* ---- calls ---- */

static vaddr_t first_call(vaddr_t procedure)
{
    const vaddr_t *sites = NULL;

    CHECK(kernel_calls(procedure, &sites) != 0);
    return sites[0];
}

/* Under a patch or not. */
static bool calls(vaddr_t site, vaddr_t target)
{
    vaddr_t to = 0;

    return code_target_of_b(code_word_get(site), site, &to) && to == target;
}

static int ask_state(int state)
{
    return (int)domain_state_name((enum domain_state)state);
}

/* The counters know nothing of it: it is called through the splice all the same. */
TEST(a_patched_call_of_the_kernel_goes_where_it_is_led)
{
    static const char *const orders[] = {"PSLUDR", "PSLRUD", "SPLURD",
                                         "SLPURD", "SLPRUD", "SLUPDR"};
    struct snapshot text =
        take(IMAGE(kernel_text_start), IMAGE(kernel_text_end) - IMAGE(kernel_text_start));
    struct trial t = {.procedure = (vaddr_t)domain_state_name,
                      .site = first_call((vaddr_t)domain_state_name),
                      .caller = ask_state,
                      .n = DOMAIN_INITIALIZED};

    t.wanted = ask_state(t.n);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        uint32_t word = code_word_get(t.site);

        for (const char *what = orders[i]; *what != 0; what++) {
            step(&t, *what);
            CHECK_EQUAL(word & 1, code_word_get(t.site) & 1); /* LK */
            CHECK(t.counter == 0 || calls(t.site, t.counter));
            CHECK(t.counter != 0 || calls(t.site, t.procedure));
            CHECK(behaves(&t));
        }
    }
    check_same(&text);
}

/* ---- where a branch at the site reaches, but not one where the body begins ---- */

extern const char object_spliced[], object_spliced_end[];

/* At addresses behind a hole, in which code is made from then on. */
static struct domain *load_high(void)
{
    const struct loader_object object = {"spliced", object_spliced,
                                         (size_t)(object_spliced_end - object_spliced)};
    const struct domain_terms terms = {.loader = "operator"};
    struct domain *domain = NULL;
    vaddr_t hole = 0;

    CHECK_STATUS(OK, code_pages_take(0x100, &hole));
    CHECK_STATUS(OK, loader_load(&terms, &object, 1, &domain));
    code_pages_give(hole, 0x100);
    return domain;
}

/* All that is free of code memory above an address goes, so that what is made next is below it. */
static size_t fill_above(vaddr_t address, vaddr_t taken[], size_t room)
{
    size_t n = 0;

    do
        CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, 16, address, &taken[n]));
    while (taken[n++] > address && n < room);
    CHECK(n < room);
    return n;
}

TEST(a_patch_reaches_its_body_from_where_a_splice_has_it)
{
    struct domain *domain = load_high();
    const struct symbol *symbol =
        symbol_find(&domain->image.symbols, "spliced_other", symbol_hash("spliced_other"));
    vaddr_t procedure = symbol->value;
    struct splice *splice = NULL;
    static vaddr_t taken[1000];
    size_t n;
    patch_t *patch;

    how.near =
        (const void *)(procedure + 2 * REACH_OF_B - 0x20000); /* so it is at the edge of reach */
    patch = count_at(procedure);
    CHECK_EQUAL(WAY_BRANCH, way_of(patch));
    n = fill_above(procedure, taken, sizeof taken / sizeof taken[0]);
    CHECK_STATUS(ERR_UNSUPPORTED, splice_create(procedure, &splice));
    CHECK(strstr(status_explain(), "too far from code memory") != NULL);
    end_patch(patch);
    CHECK_STATUS(OK, splice_create(procedure, &splice));
    patch = count_at(procedure);
    CHECK_EQUAL(WAY_SPRINGBOARD, way_of(patch));
    CHECK_EQUAL(7, ((function_t)procedure)(5));
    CHECK_EQUAL(7, ((function_t)splice_body(splice))(5));
    CHECK_EQUAL(2, counted(patch));
    end_patch(patch);
    splice_destroy(splice);
    while (n > 0)
        code_free(taken[--n]);
    how.near = NULL;
    CHECK_STATUS(OK, domain_end(&domain, 1));
}

/* Of a bdnz that turns nine times of ten, and goes elsewhere meanwhile. */
TEST(a_patched_turn_tells_whether_it_was_taken)
{
    const struct patch_options taken = {.taken = true};
    struct trial t = {.procedure = (vaddr_t)splice_sum_loop,
                      .site = (vaddr_t)splice_sum_loop + 8,
                      .caller = splice_sum,
                      .n = 10,
                      .per_call = 9};

    t.wanted = splice_sum(10);
    CHECK_STATUS(OK, patch_count((const void *)t.site, &taken, &t.patch));
    for (const char *what = "SLUDSL"; *what != 0; what++) {
        step(&t, *what);
        CHECK(behaves(&t));
    }
    step(&t, 'R');
    CHECK_STATUS(OK, patch_count((const void *)t.site, &taken, &t.patch));
    CHECK(behaves(&t));
    step(&t, 'U');
    CHECK(behaves(&t));
    step(&t, 'D');
    CHECK(behaves(&t));
    step(&t, 'R');
}

/* ---- what is not led for want of memory ---- */

TEST(calls_are_not_led_if_there_is_no_memory_for_a_patch_on_a_turn)
{
    struct trial t = {.procedure = (vaddr_t)splice_sum_loop,
                      .site = (vaddr_t)splice_sum_loop + 8,
                      .caller = splice_sum,
                      .n = 10};
    unsigned n_failures = 0, left = 0;

    measure(&t);
    step(&t, 'P');
    step(&t, 'S');
    t.counter = make_counter(splice_body(t.splice));
    for (unsigned i = 1; left == 0 && i < 100; i++) {
        struct snapshot text = take_domain("test/patch_event");
        vaddr_t counter = t.counter;
        status_t status;

        inject_set(i);
        status = lead(t.splice, counter);
        left = inject_left();
        inject_set(0);
        if (status == OK)
            CHECK_STATUS(OK, lead(t.splice, t.procedure));
        n_failures += status != OK;
        t.counter = 0;
        CHECK(behaves(&t));
        t.counter = counter;
        check_same(&text);
    }
    CHECK(n_failures > 1);
    code_free(t.counter);
    t.counter = 0;
    step(&t, 'D');
    step(&t, 'R');
}

/* It must not stay where a body is that goes. */
TEST(a_turn_that_cannot_be_led_back_loses_its_patch_at_last)
{
    struct snapshot text = take_domain("test/patch_event");
    struct trial t = {.procedure = (vaddr_t)splice_sum_loop,
                      .site = (vaddr_t)splice_sum_loop + 8,
                      .caller = splice_sum,
                      .n = 10};
    uint64_t count;

    measure(&t);
    step(&t, 'P');
    step(&t, 'S');
    step(&t, 'L');
    inject_set(1);
    step(&t, 'U');
    CHECK_EQUAL(0, inject_left());
    CHECK(behaves(&t));
    inject_set(1);
    step(&t, 'D');
    inject_set(0);
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_counted(t.patch, &count));
    CHECK_EQUAL(t.wanted, splice_sum(10));
    check_same(&text);
}
