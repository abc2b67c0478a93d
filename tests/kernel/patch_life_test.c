/* What becomes of patches when domains go, handlers fault, memory is short, and the patcher itself is patched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/memory.h>
#include <whorl/patch.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/heap.h"
#include "kernel/inject.h"
#include "kernel/kernel_symbols.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site.h"
#include "kernel/patch/springboard.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"
#include "tests/kernel/patch/life.h"

SUITE("patch_life");

#define P(procedure) ((procedure_t)(procedure))
#define AT(procedure) ((vaddr_t)(procedure))
#define ON_PATH 4096

static int total;

static EVENT int halved(int n)
{
    total += n;
    return n / 2;
}

static EVENT int negative(int n)
{
    return -n;
}

static EVENT void seen(uint32_t site)
{
    total += (int)site;
}

static uint32_t n_calls;

static void note(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    n_calls++;
}

static uint32_t word_at(vaddr_t address)
{
    return *(const uint32_t *)address;
}

/* The table of capabilities grows and never shrinks, which no test is to be charged with. */
static void __attribute__((constructor)) grow_capabilities(void)
{
    static void *capabilities[2 * ON_PATH];
    size_t n = 0;

    while (n < 2 * ON_PATH && capability_create(CAPABILITY_PATCH, &total, &capabilities[n]) == OK)
        n++;
    while (n > 0)
        capability_revoke(capabilities[--n]);
}

/* ---- a domain that patches ---- */

extern const char object_patcher[], object_patcher_end[];

static struct domain *patcher;
static status_t (*patcher_insert)(const void *, procedure_t, void *, patch_t **);
static status_t (*patcher_insert_code)(const void *, const uint32_t[], size_t, patch_t **);
static status_t (*patcher_count)(const void *, patch_t **);
static status_t (*patcher_replace)(procedure_t, procedure_t, patch_t **);
static procedure_t patcher_note, patcher_fault;
static int (*patcher_subject)(int);
static uint32_t *patcher_counter;

static vaddr_t address_of(const char *name)
{
    const struct symbol *symbol = symbol_find(&patcher->image.symbols, name, symbol_hash(name));

    CHECK(symbol != NULL);
    return symbol == NULL ? 0 : symbol->value;
}

static bool load_patcher(bool privileged)
{
    const struct domain_terms terms = {.loader = "operator", .privileged = privileged};

    if (!CHECK_STATUS(OK, domain_make(&terms, "patcher", object_patcher,
                                      (size_t)(object_patcher_end - object_patcher), &patcher)) ||
        !CHECK_STATUS(OK, domain_bind(domain_named("SpinPublic"), patcher)) ||
        !CHECK_STATUS(OK, domain_bind(domain_named("SpinPrivate"), patcher)) ||
        !CHECK_STATUS(OK, domain_start(&patcher, 1)))
        return false;
    patcher_insert = (void *)address_of("patcher_insert");
    patcher_insert_code = (void *)address_of("patcher_insert_code");
    patcher_count = (void *)address_of("patcher_count");
    patcher_replace = (void *)address_of("patcher_replace");
    patcher_note = P(address_of("patcher_note"));
    patcher_fault = P(address_of("patcher_fault"));
    patcher_subject = (void *)address_of("patcher_subject");
    patcher_counter = (uint32_t *)address_of("patcher_counter");
    return true;
}

static void unload_patcher(void)
{
    CHECK_STATUS(OK, domain_end(&patcher, 1));
    quiescence_collect();
}

static bool is_stale(const patch_t *patch)
{
    uint64_t count;

    return CHECK_STATUS(ERR_BAD_CAPABILITY, patch_counted(patch, &count));
}

TEST(patches_go_with_the_domain_that_made_them)
{
    uint32_t word = word_at(AT(halved));
    struct patch_view view;
    patch_t *own, *other;

    if (!load_patcher(true))
        return;
    CHECK_STATUS(OK, patcher_count((const void *)halved, &own));
    CHECK_STATUS(OK, patch_count((const void *)halved, NULL, &other));
    patch_look(own, &view);
    CHECK_EQUAL(0, strcmp("patcher", view.owner));
    CHECK_EQUAL(4, halved(8));
    unload_patcher();
    is_stale(own);
    CHECK_EQUAL(4, halved(8));
    CHECK_STATUS(OK, patch_remove(other));
    CHECK_EQUAL(word, word_at(AT(halved)));
}

TEST(patches_go_with_the_domain_of_their_handler)
{
    uint32_t word = word_at(AT(halved));
    patch_t *handled, *replaced;

    if (!load_patcher(true))
        return;
    CHECK_STATUS(OK, patch_insert((const void *)halved, patcher_note, NULL, NULL, &handled));
    CHECK_STATUS(OK, patch_replace(P(negative), P(patcher_subject), &replaced));
    CHECK_EQUAL(4, halved(8));
    CHECK_EQUAL(1, *patcher_counter);
    CHECK_EQUAL(10, negative(5));
    unload_patcher();
    is_stale(handled);
    is_stale(replaced);
    CHECK_EQUAL(4, halved(8));
    CHECK_EQUAL(-5, negative(5));
    CHECK_EQUAL(word, word_at(AT(halved)));
}

TEST(patches_go_with_the_domain_that_they_are_in)
{
    patch_t *patches[3];

    if (!load_patcher(true))
        return;
    for (unsigned i = 0; i < 3; i++)
        CHECK_STATUS(OK, patch_insert((const void *)(AT(patcher_subject) + 4 * i), P(note), NULL,
                                      NULL, &patches[i]));
    n_calls = 0;
    CHECK_EQUAL(10, patcher_subject(5));
    CHECK(n_calls >= 3);
    unload_patcher();
    for (unsigned i = 0; i < 3; i++)
        is_stale(patches[i]);
    CHECK(patch_next(NULL) == NULL);
}

TEST(a_domain_that_has_not_been_started_cannot_be_patched)
{
    const struct domain_terms terms = {.loader = "operator", .privileged = true};
    const struct symbol *symbol;
    patch_t *patch = NULL;

    if (!CHECK_STATUS(OK, domain_make(&terms, "patcher", object_patcher,
                                      (size_t)(object_patcher_end - object_patcher), &patcher)))
        return;
    symbol =
        symbol_find(&patcher->image.symbols, "patcher_subject", symbol_hash("patcher_subject"));
    CHECK(patch_count((const void *)symbol->value, NULL, &patch) != OK);
    CHECK(patch == NULL && patch_next(NULL) == NULL);
    CHECK_STATUS(OK, domain_end(&patcher, 1));
}

TEST(an_unprivileged_domain_brings_no_privileged_words)
{
    static const uint32_t privileged[][2] = {{0x7c6000a6, 0x60000000},            /* mfmsr r3 */
                                             {0x60000000, 0x7c600124},            /* mtmsr r3 */
                                             {0x4c000064, 0x60000000},            /* rfi */
                                             {0x7c7003a6 | 0x20000, 0x60000000}}; /* mtspr */
    static const uint32_t plain[] = {0x38600007};
    patch_t *patch = NULL;

    if (!load_patcher(false))
        return;
    for (size_t i = 0; i < sizeof privileged / sizeof privileged[0]; i++) {
        CHECK_STATUS(ERR_FAILED,
                     patcher_insert_code((const void *)halved, privileged[i], 2, &patch));
        CHECK(patch == NULL && patch_next(NULL) == NULL);
    }
    CHECK_STATUS(OK, patcher_insert_code((const void *)halved, plain, 1, &patch));
    CHECK_EQUAL(4, halved(8));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(ERR_DENIED, patcher_insert((const void *)halved, P(note), NULL, &patch));
    unload_patcher();
}

/* ---- faults ---- */

TEST(a_handler_that_faults_is_removed_with_its_domain_and_what_it_was_on_goes_on)
{
    uint32_t word = word_at(AT(halved));
    patch_t *faulty, *other;

    if (!load_patcher(true))
        return;
    CHECK_STATUS(OK, patch_insert((const void *)halved, patcher_fault, NULL, NULL, &faulty));
    CHECK_STATUS(OK, patch_insert((const void *)halved, P(note), NULL, NULL, &other));
    n_calls = 0;
    CHECK_EQUAL(4, halved(8));
    CHECK_EQUAL(1, n_calls);
    CHECK_EQUAL(4, halved(8));
    CHECK_EQUAL(2, n_calls);
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove(faulty));
    CHECK_STATUS(ERR_STATE, patch_insert((const void *)halved, patcher_fault, NULL, NULL, &faulty));
    unload_patcher(); /* which is in quarantine */
    if (!load_patcher(true))
        return;
    CHECK_STATUS(OK, patch_insert((const void *)halved, patcher_fault, NULL, NULL, &faulty));
    CHECK_EQUAL(4, halved(8));
    is_stale(faulty);
    CHECK_EQUAL(4, halved(8));
    CHECK_EQUAL(4, n_calls);
    CHECK_STATUS(OK, patch_remove(other));
    CHECK_EQUAL(word, word_at(AT(halved)));
    unload_patcher();
}

/* ---- handlers that patch ---- */

static patch_t *made;
static status_t made_status;

static void insert_another(void *closure, uint32_t site)
{
    (void)closure;
    if (made == NULL)
        made_status = patch_count((const void *)(site + 4), NULL, &made);
}

static void remove_another(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    if (made != NULL)
        made_status = patch_remove(made);
    made = NULL;
}

TEST(a_handler_may_insert_and_remove_patches)
{
    patch_t *inserter, *remover;

    made = NULL;
    made_status = ERR_FAILED;
    CHECK_STATUS(OK, patch_insert((const void *)halved, P(insert_another), NULL, NULL, &inserter));
    CHECK_EQUAL(4, halved(8));
    CHECK_STATUS(OK, made_status);
    CHECK(made != NULL);
    CHECK_STATUS(OK, patch_remove(inserter));
    CHECK_EQUAL(4, halved(8));
    made_status = ERR_FAILED;
    CHECK_STATUS(
        OK, patch_insert((const void *)(AT(halved) + 4), P(remove_another), NULL, NULL, &remover));
    CHECK_EQUAL(4, halved(8));
    CHECK_STATUS(OK, made_status);
    CHECK_STATUS(OK, patch_remove(remover));
    CHECK(patch_next(NULL) == NULL);
}

static unsigned n_busy, n_other;

/* On the way of what is under way. */
static void insert_inside(void *closure, uint32_t site)
{
    static bool inside;
    patch_t *patch;
    status_t status;

    (void)closure;
    (void)site;
    if (inside)
        return;
    inside = true;
    status = patch_count((const void *)halved, NULL, &patch);
    n_busy += status == ERR_BUSY;
    if (status == OK)
        n_other += patch_remove(patch) != OK;
    inside = false;
}

TEST(what_an_operation_itself_calls_cannot_begin_another)
{
    patch_t *inside, *patch;
    uint64_t count = 0;

    n_busy = n_other = 0;
    CHECK_STATUS(OK,
                 patch_insert((const void *)code_allocate, P(insert_inside), NULL, NULL, &inside));
    CHECK_STATUS(OK, patch_count((const void *)halved, NULL, &patch));
    CHECK(n_busy > 0);
    CHECK_EQUAL(4, halved(8));
    CHECK_STATUS(OK, patch_counted(patch, &count));
    CHECK_EQUAL(1, count);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(OK, patch_remove(inside));
    CHECK_EQUAL(0, n_other);
}

/* ---- the patcher itself ---- */

static const char *const path[] = {
    "patch_count",
    "patch_insert",
    "patch_remove",
    "patching_count",
    "change_insert",
    "change_remove",
    "body_make",
    "body_retire",
    "lead_to",
    "site_at",
    "site_find",
    "patch_compile",
    "patch_place",
    "code_allocate",
    "code_free",
    "heap_allocate",
    "heap_free",
    "malloc",
    "free",
    "memcpy",
    "memset",
    "trap",
    "quiescence_retire",
    "springboard_take",
    "patch_make",
    "patch_end",
    "capability_create",
    "capability_object",
    "site_make",
    "site_end",
    "quiescence_collect",
    "trap_handle",
};
#define N_PATH (sizeof path / sizeof path[0])

static vaddr_t kernel_procedure(const char *name, uint32_t *size)
{
    for (size_t i = 0; i < kernel_symbol_count(); i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.value < IMAGE(kernel_text_end) && strcmp(symbol.name, name) == 0) {
            *size = symbol.size;
            return symbol.value;
        }
    }
    return 0;
}

static void patch_some_others(void)
{
    for (unsigned i = 0; i < 3; i++) {
        uint64_t count = 0;
        patch_t *patch;

        CHECK_STATUS(OK, patch_count((const void *)halved, NULL, &patch));
        CHECK_EQUAL(4, halved(8));
        CHECK_STATUS(OK, patch_counted(patch, &count));
        CHECK_EQUAL(1, count);
        CHECK_STATUS(OK, patch_remove(patch));
    }
}

static patch_t *on_path[ON_PATH];

/* On every instruction of a procedure. */
static unsigned patch_procedure(const char *name, bool call, patch_t *patches[], unsigned max)
{
    uint32_t size = 0;
    vaddr_t start = kernel_procedure(name, &size);
    unsigned n = 0;

    for (vaddr_t site = start; site - start < size && n < max; site += 4) {
        status_t status = call ? patch_insert((const void *)site, P(note), NULL, NULL, &patches[n])
                               : patch_count((const void *)site, NULL, &patches[n]);

        n += status == OK;
    }
    return n;
}

static void patch_the_path(bool call)
{
    unsigned n = 0, n_procedures = 0;

    for (size_t i = 0; i < N_PATH; i++) {
        unsigned more = patch_procedure(path[i], call, &on_path[n], ON_PATH - n);

        n_procedures += more != 0;
        n += more;
        patch_some_others();
    }
    CHECK(n_procedures >= N_PATH / 2);
    printf("    # %u patches in %u procedures\n", n, n_procedures);
    while (n > 0)
        CHECK_STATUS(OK, patch_remove(on_path[--n]));
    patch_some_others();
}

TEST(every_instruction_of_the_patcher_may_be_counted)
{
    patch_the_path(false);
}

TEST(every_instruction_of_the_patcher_may_have_a_handler)
{
    patch_the_path(true);
}

/* ---- memory ---- */

/* The rest is to succeed. */
static status_t over(status_t status, unsigned *left)
{
    *left = inject_left();
    inject_set(0);
    return status;
}

static status_t try_insert(unsigned *left)
{
    patch_t *patch = NULL;
    status_t status = over(patch_insert((const void *)halved, P(note), NULL, NULL, &patch), left);

    return status == OK ? patch_remove(patch) : status;
}

static status_t try_count(unsigned *left)
{
    patch_t *patch = NULL;
    status_t status = over(patch_count((const void *)(AT(halved) + 8), NULL, &patch), left);

    return status == OK ? patch_remove(patch) : status;
}

static status_t try_count_afresh(unsigned *left)
{
    site_forget_all();
    return try_count(left);
}

static status_t try_far(unsigned *left)
{
    struct patch_options options = {.near = (const void *)0x0f000000};
    patch_t *patch = NULL;
    status_t status = over(patch_count((const void *)halved, &options, &patch), left);

    return status == OK ? patch_remove(patch) : status;
}

static status_t try_code(unsigned *left)
{
    static const uint32_t words[] = {0x38600007, 0x38800008};
    patch_t *patch = NULL;
    status_t status = over(patch_insert_code((const void *)halved, words, 2, NULL, &patch), left);

    return status == OK ? patch_remove(patch) : status;
}

static status_t try_raise(unsigned *left)
{
    patch_t *patch = NULL;
    status_t status = over(patch_raise((const void *)halved, P(seen), NULL, &patch), left);

    return status == OK ? patch_remove(patch) : status;
}

static status_t try_replace(unsigned *left)
{
    patch_t *patch = NULL;
    status_t status = over(patch_replace(P(halved), P(negative), &patch), left);

    return status == OK ? patch_remove(patch) : status;
}

/* Removing never fails. */
static status_t try_remove(unsigned *left)
{
    unsigned n = inject_left();
    patch_t *patch = NULL;
    status_t status;

    inject_set(0);
    status = patch_insert((const void *)halved, P(note), NULL, NULL, &patch);
    inject_set(n);
    return status == OK ? over(patch_remove(patch), left) : status;
}

static const struct {
    const char *name;
    status_t (*run)(unsigned *left);
    bool may_fail;
} attempts[] = {
    {"insert", try_insert, true},       {"count", try_count, true},
    {"afresh", try_count_afresh, true}, {"far", try_far, true},
    {"code", try_code, true},           {"raise", try_raise, true},
    {"replace", try_replace, true},     {"remove", try_remove, false},
};

/* A body that memory was too short to make anew is so with the next change. */
static void remake_body(void)
{
    patch_t *patch;

    CHECK_STATUS(OK, patch_count((const void *)halved, NULL, &patch));
    CHECK_STATUS(OK, patch_remove(patch));
}

/* With a patch on the same site that stays. */
static void check_memory(size_t i)
{
    struct life before, after;
    unsigned left = 0;
    patch_t *other;
    uint64_t count = 0;

    CHECK_STATUS(OK, patch_count((const void *)halved, NULL, &other));
    (void)attempts[i].run(&left);
    life_measure(&before);
    left = 0;
    for (unsigned n = 1; n < 2000 && left == 0; n++) {
        uint32_t word = word_at(AT(halved));
        status_t status;

        inject_set(n);
        status = attempts[i].run(&left);
        remake_body();
        if (!CHECK(status == OK || (attempts[i].may_fail && status == ERR_NO_MEMORY && left == 0)))
            printf("    #   %s, allocation %u: %s\n", attempts[i].name, n, status_name(status));
        CHECK((word == word_at(AT(halved))) || status == OK);
        CHECK_EQUAL(4, halved(8));
        life_measure(&after);
        if (!life_compare(&before, &after))
            printf("    #   %s, allocation %u: %s\n", attempts[i].name, n, status_explain());
    }
    inject_set(0);
    CHECK(left != 0);
    CHECK_STATUS(OK, patch_counted(other, &count));
    CHECK(count > 0);
    CHECK_STATUS(OK, patch_remove(other));
}

TEST(without_memory_nothing_changes)
{
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        check_memory(i);
}

TEST(nothing_is_left_of_many_inserts_and_removes)
{
    life_wear(10000);
}
