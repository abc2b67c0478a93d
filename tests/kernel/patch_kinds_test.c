/* Patches of machine code, replacements, and patches that raise events; several kinds at one place, and in each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "arch/ppc/code/encode.h"
#include "kernel/event/event.h"
#include "kernel/fault.h"
#include "kernel/patch/patch.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"

SUITE("patch_kinds");

#define P(procedure) ((procedure_t)(procedure))
#define AT(procedure) ((vaddr_t)(procedure))
#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static int total;

static EVENT int doubled(int n)
{
    total += n;
    return 2 * n;
}

static uint32_t word_at(vaddr_t address)
{
    return *(const uint32_t *)address;
}

static bool says(const char *text)
{
    if (CHECK(strstr(status_explain(), text) != NULL))
        return true;
    printf("    #   not \"%s\": %s\n", text, status_explain());
    return false;
}

static uint64_t counted(const patch_t *patch)
{
    uint64_t count = ~0ull;

    CHECK_STATUS(OK, patch_counted(patch, &count));
    return count;
}

/* ---- machine code ---- */

/* li r3, 100 at the entry of doubled */
#define LI_R3_100 0x38600064u

TEST(code_changes_what_it_is_to_change_and_nothing_else)
{
    static const uint32_t words[] = {LI_R3_100, 0x2c030005, 0x7c6903a6, 0x7c6803a6};
    struct patch_options options = {.change = true};
    patch_t *patch;

    CHECK_STATUS(OK, patch_insert_code((const void *)doubled, words, N_OF(words), NULL, &patch));
    CHECK_EQUAL(14, doubled(7));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(OK, patch_insert_code((const void *)doubled, words, 1, &options, &patch));
    CHECK_EQUAL(200, doubled(7));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(14, doubled(7));
}

/* A loop, and a branch to the end of it all. */
TEST(code_may_branch_within_itself)
{
    static const uint32_t words[] = {
        0x38600000, /* li r3, 0 */
        0x38800004, /* li r4, 4 */
        0x7c8903a6, /* mtctr r4 */
        0x38630003, /* addi r3, r3, 3 */
        0x4200fffc, /* bdnz to the one before */
        0x4800000c, /* b behind the last */
        0x38600000, /* li r3, 0 */
        0x38600001, /* li r3, 1 */
    };
    struct patch_options options = {.change = true};
    patch_t *patch;

    CHECK_STATUS(OK,
                 patch_insert_code((const void *)doubled, words, N_OF(words), &options, &patch));
    CHECK_EQUAL(24, doubled(7));
    CHECK_STATUS(OK, patch_remove(patch));
}

static void check_no_code(status_t wanted, const uint32_t words[], size_t n, const char *why)
{
    patch_t *patch = NULL;
    uint32_t word = word_at(AT(doubled));

    if (!CHECK_STATUS(wanted, patch_insert_code((const void *)doubled, words, n, NULL, &patch)) |
        !says(why))
        printf("    #   0x%08x\n", n > 1 && n < 4 ? (unsigned)words[1] : 0);
    CHECK(patch == NULL);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK(patch_next(NULL) == NULL);
    CHECK_EQUAL(word, word_at(AT(doubled)));
    CHECK_EQUAL(14, doubled(7));
}

TEST(code_of_a_length_that_is_not_allowed_is_refused)
{
    uint32_t *words = malloc(4 * (PATCH_CODE_MAX + 1));
    patch_t *patch;

    for (size_t i = 0; i <= PATCH_CODE_MAX; i++)
        words[i] = CODE_NOP;
    check_no_code(ERR_RANGE, words, 0, "0");
    check_no_code(ERR_RANGE, words, PATCH_CODE_MAX + 1, "1025");
    check_no_code(ERR_RANGE, words, SIZE_MAX, "");
    CHECK_STATUS(OK, patch_insert_code((const void *)doubled, words, PATCH_CODE_MAX, NULL, &patch));
    CHECK_EQUAL(14, doubled(7));
    CHECK_STATUS(OK, patch_remove(patch));
    free(words);
}

TEST(words_that_may_not_run_are_refused_by_name)
{
    static const struct {
        uint32_t word;
        const char *why;
    } bad[] = {
        {0x00000000, "word 1"},              /* no instruction */
        {0x04000000, "word 1"},              /* none either */
        {0x38210010, "word 1"},              /* addi r1, r1, 16 */
        {0x38400010, "word 1"},              /* li r2, 16 */
        {0x39a00010, "word 1"},              /* li r13, 16 */
        {0x7c001828, "word 1"},              /* lwarx */
        {0x7c00192d, "word 1"},              /* stwcx. */
        {0x10000484, "word 1"},              /* vor */
        {0x48000002 | 0x00f00000, "word 1"}, /* ba to where nothing is mapped */
        {0x48000000, ""},                    /* b to itself: control ends nowhere */
    };

    for (size_t i = 0; i < N_OF(bad); i++) {
        uint32_t words[] = {CODE_NOP, bad[i].word, CODE_NOP};

        check_no_code(ERR_FAILED, words, N_OF(words), bad[i].why);
    }
}

TEST(the_kernel_may_bring_privileged_words)
{
    static const uint32_t words[] = {0x7c6000a6, 0x7c600124}; /* mfmsr r3, mtmsr r3 */
    patch_t *patch;

    CHECK_STATUS(OK, patch_insert_code((const void *)doubled, words, N_OF(words), NULL, &patch));
    CHECK_EQUAL(14, doubled(7));
    CHECK_STATUS(OK, patch_remove(patch));
}

/* ---- replacements ---- */

static int negative(int n)
{
    return -n;
}

static procedure_t original;

static int one_more(int n)
{
    return ((int (*)(int))original)(n) + 1;
}

static int of_another_type(const char *text)
{
    return text[0];
}

TEST(a_replacement_runs_instead_however_the_procedure_is_called)
{
    int (*volatile pointer)(int) = doubled;
    uint32_t word = word_at(AT(doubled));
    patch_t *patch;

    CHECK_STATUS(OK, patch_replace(P(doubled), P(negative), &patch));
    CHECK_EQUAL(-7, doubled(7));
    CHECK_EQUAL(-8, pointer(8));
    CHECK_STATUS(OK, patch_original(patch, &original));
    CHECK_EQUAL(16, ((int (*)(int))original)(8));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(word, word_at(AT(doubled)));
}

TEST(a_replacement_may_call_what_it_replaces)
{
    patch_t *patch;

    CHECK_STATUS(OK, patch_replace(P(doubled), P(one_more), &patch));
    CHECK_STATUS(OK, patch_original(patch, &original));
    CHECK_EQUAL(15, doubled(7));
    CHECK_STATUS(OK, patch_remove(patch));
}

/* The lower one is seen through the original of the upper one, until it goes. */
static void remove_two(bool lower_first)
{
    patch_t *lower, *upper;

    CHECK_STATUS(OK, patch_replace(P(doubled), P(negative), &lower));
    CHECK_STATUS(OK, patch_replace(P(doubled), P(one_more), &upper));
    CHECK_STATUS(OK, patch_original(upper, &original));
    CHECK_EQUAL(-6, doubled(7));
    if (lower_first) {
        CHECK_STATUS(OK, patch_remove(lower));
        CHECK_EQUAL(15, doubled(7));
        CHECK_STATUS(OK, patch_remove(upper));
    } else {
        CHECK_STATUS(OK, patch_remove(upper));
        CHECK_EQUAL(-7, doubled(7));
        CHECK_STATUS(OK, patch_remove(lower));
    }
    CHECK_EQUAL(14, doubled(7));
}

TEST(the_latest_replacement_counts_and_any_may_go)
{
    remove_two(true);
    remove_two(false);
}

TEST(replacements_that_do_not_fit_are_refused)
{
    patch_t *patch = NULL;

    CHECK_STATUS(ERR_TYPE, patch_replace(P(doubled), P(of_another_type), &patch));
    says("int(int)");
    says("const char *");
    CHECK_STATUS(ERR_BAD_ARGUMENT, patch_replace(P(doubled), P(doubled), &patch));
    CHECK(patch_replace(P(AT(doubled) + 4), P(negative), &patch) != OK);
    CHECK(patch_replace(P(fault_contain), P(negative), &patch) != OK);
    CHECK(patch == NULL && patch_next(NULL) == NULL);
    CHECK_EQUAL(14, doubled(7));
}

/* What is counted at the entry is counted whether the body runs or not. */
TEST(other_patches_work_where_something_is_replaced)
{
    patch_t *count, *replace, *behind;

    CHECK_STATUS(OK, patch_count((const void *)doubled, NULL, &count));
    CHECK_STATUS(OK, patch_replace(P(doubled), P(one_more), &replace));
    CHECK_STATUS(OK, patch_original(replace, &original));
    CHECK_STATUS(OK, patch_count((const void *)(AT(doubled) + 4), NULL, &behind));
    CHECK_EQUAL(15, doubled(7));
    CHECK(counted(count) >= 1);
    CHECK_EQUAL(1, counted(behind));
    CHECK_STATUS(OK, patch_remove(count));
    CHECK_EQUAL(15, doubled(7));
    CHECK_STATUS(OK, patch_remove(replace));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(3, counted(behind));
    CHECK_STATUS(OK, patch_remove(behind));
}

/* ---- events ---- */

static uint32_t seen_site, n_seen, n_own;

static EVENT void seen(uint32_t site)
{
    (void)site;
    n_own++;
}

static EVENT void seen_with_registers(uint32_t site, const struct patch_registers *registers)
{
    seen_site = site;
    total = (int)registers->gpr[3];
}

static void watch(uint32_t site)
{
    seen_site = site;
    n_seen++;
}

static uint32_t wanted_site;

static bool is_wanted(uint32_t site)
{
    return site == wanted_site;
}

static bool deny(const struct event_request *request)
{
    return request->handler == NULL;
}

TEST(a_patch_raises_an_event_under_its_guards)
{
    patch_t *first, *second;
    binding_t *binding;

    CHECK_STATUS(OK, patch_raise((const void *)doubled, P(seen), NULL, &first));
    CHECK_STATUS(OK, patch_raise((const void *)(AT(doubled) + 4), P(seen), NULL, &second));
    n_own = n_seen = 0;
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(2, n_own);
    wanted_site = AT(doubled) + 4;
    CHECK_STATUS(OK, event_install(P(seen), P(watch), P(is_wanted), NULL, &binding));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(1, n_seen);
    CHECK_EQUAL(4, n_own);
    CHECK_EQUAL(wanted_site, seen_site);
    CHECK_STATUS(OK, patch_remove(second));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(1, n_seen);
    CHECK_STATUS(OK, event_destroy(binding));
    CHECK_STATUS(OK, patch_remove(first));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(5, n_own);
}

TEST(an_authorizer_decides_who_sees_a_patch)
{
    binding_t *binding = NULL;
    patch_t *patch;

    CHECK_STATUS(OK, patch_raise((const void *)doubled, P(seen), NULL, &patch));
    CHECK_STATUS(OK, event_set_authorizer(P(seen), deny));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, event_install(P(seen), P(watch), NULL, NULL, &binding));
    CHECK_STATUS(OK, event_set_authorizer(P(seen), NULL));
    CHECK_STATUS(OK, event_install(P(seen), P(watch), NULL, NULL, &binding));
    n_seen = 0;
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(1, n_seen);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(OK, event_destroy(binding));
}

TEST(an_event_may_get_the_registers)
{
    struct patch_options options = {.registers = true};
    patch_t *patch = NULL;

    CHECK_STATUS(ERR_TYPE,
                 patch_raise((const void *)doubled, P(seen_with_registers), NULL, &patch));
    CHECK_STATUS(OK, patch_raise((const void *)doubled, P(seen_with_registers), &options, &patch));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(14, total); /* 7 of the event, and 7 of the procedure */
    CHECK_EQUAL(AT(doubled), seen_site);
    CHECK_STATUS(OK, patch_remove(patch));
}

/* ---- events and patches on the same procedure ---- */

static int n_handled;

static int handle(int n)
{
    n_handled += n;
    return -1000;
}

static void check_both(const patch_t *patch, uint64_t count)
{
    int before = n_handled;

    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(before + 7, n_handled);
    CHECK_EQUAL(count, counted(patch));
}

/* Whichever comes first, whichever goes first. */
static void patch_and_install(bool patch_first, bool remove_first)
{
    static const struct event_options before = {.order = EVENT_FIRST};
    uint32_t word = word_at(AT(doubled));
    binding_t *binding;
    patch_t *patch;

    if (patch_first)
        CHECK_STATUS(OK, patch_count((const void *)doubled, NULL, &patch));
    CHECK_STATUS(OK, event_install(P(doubled), P(handle), NULL, &before, &binding));
    if (!patch_first)
        CHECK_STATUS(OK, patch_count((const void *)doubled, NULL, &patch));
    check_both(patch, 1);
    check_both(patch, 2);
    if (remove_first) {
        CHECK_STATUS(OK, patch_remove(patch));
        CHECK_EQUAL(14, doubled(7));
        CHECK_STATUS(OK, event_destroy(binding));
    } else {
        CHECK_STATUS(OK, event_destroy(binding));
        CHECK_EQUAL(14, doubled(7));
        CHECK_EQUAL(3, counted(patch));
        CHECK_STATUS(OK, patch_remove(patch));
    }
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(word, word_at(AT(doubled)));
}

TEST(an_entry_may_be_patched_and_an_event)
{
    for (unsigned i = 0; i < 4; i++)
        patch_and_install((i & 1) != 0, (i & 2) != 0);
}

TEST(a_replaced_procedure_is_still_an_event)
{
    static const struct event_options before = {.order = EVENT_FIRST};
    binding_t *binding;
    patch_t *patch;

    CHECK_STATUS(OK, event_install(P(doubled), P(handle), NULL, &before, &binding));
    CHECK_STATUS(OK, patch_replace(P(doubled), P(negative), &patch));
    n_handled = 0;
    CHECK_EQUAL(-7, doubled(7));
    CHECK_EQUAL(7, n_handled);
    CHECK_STATUS(OK, event_destroy(binding));
    CHECK_EQUAL(-7, doubled(7));
    CHECK_STATUS(OK, event_install(P(doubled), P(handle), NULL, &before, &binding));
    CHECK_EQUAL(-7, doubled(7));
    CHECK_EQUAL(14, n_handled);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(14, doubled(7));
    CHECK_STATUS(OK, event_destroy(binding));
}

/* What the routine has a copy of is patched all the same. */
TEST(handlers_that_dispatchers_copy_can_be_patched)
{
    binding_t *binding;
    patch_t *patch;

    CHECK_STATUS(OK, event_install(P(doubled), P(handle), NULL, NULL, &binding));
    CHECK_STATUS(OK, event_dispatch_as(P(doubled), EVENT_COMPILED));
    CHECK_EQUAL(-1000, doubled(1));
    CHECK_STATUS(OK, patch_count((const void *)handle, NULL, &patch));
    (void)doubled(1);
    (void)doubled(1);
    CHECK_EQUAL(2, counted(patch));
    CHECK_STATUS(OK, patch_remove(patch));
    (void)doubled(1);
    CHECK_STATUS(OK, event_destroy(binding));
}

/* ---- patches in what patches are made of ---- */

static vaddr_t body_of(const patch_t *patch, size_t *n_words)
{
    struct patch_view view;

    patch_look(patch, &view);
    *n_words = view.body_size / 4;
    return view.body;
}

/* Each instruction of a body; that it is executed changes nothing. */
TEST(the_body_of_a_patch_can_be_patched)
{
    size_t n, n_patched = 0, n_counted = 0;
    patch_t *patch, *inner;
    vaddr_t body;

    CHECK_STATUS(OK, patch_count((const void *)doubled, NULL, &patch));
    body = body_of(patch, &n);
    for (size_t i = 0; i < n; i++) {
        uint64_t before = counted(patch);

        if (patch_count((const void *)(body + 4 * i), NULL, &inner) != OK)
            continue;
        n_patched++;
        CHECK_EQUAL(14, doubled(7));
        CHECK_EQUAL(before + 1, counted(patch));
        n_counted += counted(inner) == 1;
        CHECK_STATUS(OK, patch_remove(inner));
    }
    CHECK(n_patched > 0);
    CHECK(n_counted > 0);
    CHECK_STATUS(OK, patch_remove(patch));
}

TEST(a_patch_in_a_body_goes_with_it)
{
    patch_t *patch, *inner, *other;
    uint64_t count;
    size_t n;

    CHECK_STATUS(OK, patch_count((const void *)doubled, NULL, &patch));
    CHECK_STATUS(OK, patch_count((const void *)body_of(patch, &n), NULL, &inner));
    CHECK_EQUAL(14, doubled(7));
    CHECK_EQUAL(1, counted(inner));
    CHECK_STATUS(OK, patch_count((const void *)doubled, NULL, &other));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_counted(inner, &count));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove(inner));
    CHECK_EQUAL(14, doubled(7));
    CHECK_STATUS(OK, patch_remove(other));
    CHECK_STATUS(OK, patch_remove(patch));
}

/* What it stands in needs its registers as they were. */
TEST(code_that_faults_is_taken_out_and_what_it_stands_in_goes_on)
{
    static const uint32_t words[][3] = {
        {0x38600000, 0x80830000, 0x38630001}, /* li r3, 0; lwz r4, 0(r3) */
        {0x39200000, 0x90690000, 0x38600005}, /* li r9, 0; stw r3, 0(r9) */
        {0x7c831808, 0x38600001, 0x38600002}, /* tweq r3, r3 */
    };

    for (size_t i = 0; i < N_OF(words); i++) {
        uint32_t word = word_at(AT(doubled));
        uint64_t count;
        patch_t *patch;

        CHECK_STATUS(OK, patch_insert_code((const void *)doubled, words[i], 3, NULL, &patch));
        CHECK_EQUAL(14, doubled(7));
        CHECK_STATUS(ERR_BAD_CAPABILITY, patch_counted(patch, &count));
        CHECK_EQUAL(16, doubled(8));
        quiescence_collect();
        CHECK_EQUAL(word, word_at(AT(doubled)));
        CHECK(patch_next(NULL) == NULL);
    }
}
