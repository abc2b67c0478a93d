/*
 * Patches on procedures that events have copied into their routines, or rely on; and in the routines. Whatever is patched is
 * executed as often as ever, and counted each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>

#include "kernel/code_space.h"
#include "kernel/event/event.h"
#include "kernel/event/routine.h"
#include "kernel/inject.h"
#include "kernel/kernel_domains.h"
#include "kernel/patch/patch.h"
#include "kernel/quiescence.h"
#include "kernel/test.h"

SUITE("patch_inline");

#define P(procedure) ((procedure_t)(procedure))

static EVENT int asked(int n);
static binding_t *intrinsic;

/* The types of all of the kernel are read once and kept, and so is the record of an event whose intrinsic handler was asked for. */
static void __attribute__((constructor)) begin(void)
{
    (void)kernel_types_all();
    (void)event_intrinsic(P(asked), &intrinsic);
}

/* ---- an event, and all that can be had on one, small enough to be copied ---- */

static int n_handled, n_after;

static EVENT int asked(int n)
{
    return 3 * n;
}

static EVENT int handle(int n)
{
    n_handled++;
    return n + 100;
}

static EVENT bool is_large(int n)
{
    return n > 3;
}

static EVENT bool is_odd(int n)
{
    return (n & 1) != 0;
}

static EVENT void after(int n)
{
    n_after += n;
}

static EVENT int fall_back(int n)
{
    return -n;
}

static EVENT void add_up(int *final, int result, bool last, void **argument, int n)
{
    (void)last;
    (void)argument;
    (void)n;
    *final += result;
}

static EVENT int handle_with(void *closure, int n)
{
    return n + (int)closure;
}

static enum event_order order; /* of what is installed */

static binding_t *install(procedure_t handler, procedure_t guard, void *closure)
{
    const struct event_options options = {.handler_closure = closure, .order = order};
    binding_t *binding = NULL;

    if (!CHECK_STATUS(OK, event_install(P(asked), handler, guard, &options, &binding)))
        printf("    #   %s\n", status_explain());
    return binding;
}

/* With a closure, which no handler that is called directly gets. */
static binding_t *install_other(void)
{
    return install(P(handle_with), NULL, (void *)7);
}

static void destroy(binding_t *binding)
{
    CHECK_STATUS(OK, event_destroy(binding));
}

static struct event_view look(void)
{
    const struct event *event = event_at((vaddr_t)asked);
    struct event_view view = {.routine = NULL};

    if (event != NULL)
        event_look(event, &view);
    return view;
}

/* How many procedures the routine has copies of. */
static unsigned count_copies(void)
{
    struct event_view view = look();
    char text[80] = "0";

    if (view.routine != NULL)
        routine_describe(view.routine, text, sizeof text);
    return (unsigned)atoi(text);
}

static vaddr_t start_of_routine(void)
{
    struct event_view view = look();
    vaddr_t start = 0;
    size_t size = 0;

    if (CHECK(view.routine != NULL))
        routine_range(view.routine, &start, &size);
    return start;
}

static patch_t *count_at(vaddr_t site)
{
    patch_t *patch = NULL;

    if (!CHECK_STATUS(OK, patch_count((const void *)site, NULL, &patch)))
        printf("    #   0x%08x: %s\n", (unsigned)site, status_explain());
    return patch;
}

static unsigned counted(const patch_t *patch)
{
    uint64_t count = 0;

    CHECK_STATUS(OK, patch_counted(patch, &count));
    return (unsigned)count;
}

static bool is_gone(const patch_t *patch)
{
    uint64_t count;

    return patch_counted(patch, &count) == ERR_BAD_CAPABILITY;
}

/* ---- what is copied ---- */

struct sums {
    int results, handled, after;
};

static struct sums raise_all(void)
{
    struct sums sums = {.results = 0};

    n_handled = n_after = 0;
    for (int n = 0; n < 10; n++)
        sums.results = 31 * sums.results + asked(n);
    sums.handled = n_handled;
    sums.after = n_after;
    return sums;
}

static bool equal(struct sums one, struct sums other)
{
    return one.results == other.results && one.handled == other.handled && one.after == other.after;
}

/* A patch on each instruction of it that is executed each time, one after another, and on all of them. */
static void try_procedure(procedure_t procedure, unsigned n_words, unsigned n_times, bool is_copied)
{
    unsigned copies = count_copies();
    struct sums wanted = raise_all();
    patch_t *patches[8];

    for (unsigned i = 0; i < n_words; i++) {
        patches[i] = count_at((vaddr_t)procedure + 4 * i);
        CHECK_EQUAL(copies - is_copied, count_copies());
        CHECK(equal(wanted, raise_all()));
        CHECK_EQUAL(n_times, counted(patches[i]));
    }
    for (unsigned i = 0; i < n_words; i++) {
        CHECK_EQUAL(copies - is_copied, count_copies());
        CHECK_STATUS(OK, patch_remove(patches[i]));
        CHECK(equal(wanted, raise_all()));
    }
    CHECK_EQUAL(copies, count_copies());
}

TEST(a_patched_handler_or_guard_is_called_and_then_copied_again)
{
    binding_t *large = install(P(handle), P(is_large), NULL);

    CHECK_STATUS(OK, event_impose(large, P(is_odd), NULL, P(after), NULL));
    CHECK(count_copies() >= 4);
    try_procedure(P(handle), 2, 3, true);
    try_procedure(P(is_odd), 1, 10, true);
    try_procedure(P(is_large), 1, 5, true);
    try_procedure(P(after), 2, 3, false);
    try_procedure(P(asked), 2, 10, true);
    destroy(large);
}

TEST(a_patched_default_or_result_handler_is_called)
{
    binding_t *large = install(P(handle), P(is_large), NULL);
    struct sums wanted;
    patch_t *default_patch, *result_patch;

    CHECK_STATUS(OK, event_set_default_handler(P(asked), P(fall_back), NULL));
    CHECK_STATUS(OK, event_uninstall(intrinsic));
    try_procedure(P(fall_back), 1, 4, false);
    CHECK_STATUS(OK, event_set_result_handler(P(asked), P(add_up), NULL));
    wanted = raise_all();
    default_patch = count_at((vaddr_t)fall_back);
    result_patch = count_at((vaddr_t)add_up);
    CHECK(equal(wanted, raise_all()));
    CHECK_EQUAL(4, counted(default_patch));
    CHECK_STATUS(OK, patch_remove(result_patch));
    CHECK_STATUS(OK, patch_remove(default_patch));
    CHECK_STATUS(OK, event_activate(intrinsic));
    CHECK_STATUS(OK, event_set_result_handler(P(asked), NULL, NULL));
    CHECK_STATUS(OK, event_set_default_handler(P(asked), NULL, NULL));
    destroy(large);
}

/* The patch was there first. */
TEST(what_is_patched_is_not_copied)
{
    patch_t *handler = count_at((vaddr_t)handle), *guard = count_at((vaddr_t)is_large + 4);
    binding_t *large = install(P(handle), P(is_large), NULL);

    CHECK(count_copies() <= 1); /* the intrinsic handler */
    raise_all();
    CHECK_EQUAL(6, counted(handler));
    CHECK_EQUAL(10, counted(guard));
    CHECK_STATUS(OK, patch_remove(guard));
    CHECK_STATUS(OK, patch_remove(handler));
    CHECK(count_copies() >= 2);
    destroy(large);
}

/* Whoever relies on what it leaves alone, too: a handler that others' arguments are kept across. */
static void spoil(void *closure, uint32_t site)
{
    uint32_t arguments[8] = {0};

    (void)closure;
    (void)site;
    __asm__ volatile("" : : "r"(arguments) : "memory", "3", "4", "5", "6", "7", "8", "10", "11");
}

TEST(with_garbage_where_nothing_is_believed_to_be_arguments_stay)
{
    binding_t *large = install(P(handle), P(is_large), NULL), *other = install_other();
    struct sums wanted = raise_all();
    patch_t *patch = NULL;

    patch_set_mode(PATCH_POISON);
    CHECK_STATUS(OK, patch_insert((const void *)handle, P(spoil), NULL, NULL, &patch));
    CHECK(equal(wanted, raise_all()));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(OK, patch_insert((const void *)is_large, P(spoil), NULL, NULL, &patch));
    CHECK(equal(wanted, raise_all()));
    CHECK_STATUS(OK, patch_remove(patch));
    patch_set_mode(PATCH_EXACT);
    destroy(other);
    destroy(large);
}

TEST(a_patch_for_which_there_is_no_memory_changes_nothing)
{
    binding_t *large = install(P(handle), P(is_large), NULL);
    unsigned copies = count_copies(), n_failures = 0, left = 0;
    struct sums wanted = raise_all();
    uint32_t word = *(const uint32_t *)handle;

    for (unsigned i = 1; left == 0 && i < 200; i++) {
        patch_t *patch = NULL;
        status_t status;

        inject_set(i);
        status = patch_count((const void *)handle, NULL, &patch);
        left = inject_left();
        inject_set(0);
        n_failures += status != OK;
        CHECK(equal(wanted, raise_all()));
        if (status == OK)
            CHECK_EQUAL(6, counted(patch));
        CHECK_STATUS(OK, patch_remove(patch));
        CHECK_EQUAL(word, *(const uint32_t *)handle);
        CHECK_EQUAL(copies, count_copies());
    }
    CHECK(n_failures > 0);
    destroy(large);
}

TEST(routines_that_cannot_be_made_anew_stay_as_they_are)
{
    binding_t *large = install(P(handle), P(is_large), NULL);
    unsigned copies = count_copies(), n_failures = 0, left = 0;
    vaddr_t start = start_of_routine();
    struct sums wanted = raise_all();

    for (unsigned i = 1; left == 0 && i < 200; i++) {
        status_t status;

        inject_set(i);
        status = event_procedure_patched((vaddr_t)handle, true);
        left = inject_left();
        inject_set(0);
        CHECK(equal(wanted, raise_all()));
        if (status == OK) {
            CHECK(count_copies() < copies);
            CHECK_STATUS(OK, event_procedure_patched((vaddr_t)handle, false));
        } else {
            n_failures++;
            CHECK_STATUS(ERR_NO_MEMORY, status);
            CHECK_EQUAL(start, start_of_routine());
        }
        CHECK_EQUAL(copies, count_copies());
        start = start_of_routine();
    }
    CHECK(n_failures > 0);
    destroy(large);
}

/* ---- in routines ---- */

TEST(patches_in_a_routine_go_when_it_is_made_anew)
{
    binding_t *large = install(P(handle), P(is_large), NULL), *other;
    struct sums wanted = raise_all();
    patch_t *entry = count_at(start_of_routine()), *second = count_at(start_of_routine() + 4);

    CHECK(equal(wanted, raise_all()));
    CHECK_EQUAL(10, counted(entry));
    CHECK_EQUAL(10, counted(second));
    other = install_other();
    CHECK(is_gone(entry) && is_gone(second));
    CHECK_EQUAL(7 + 5, asked(5));
    entry = count_at(start_of_routine());
    CHECK_EQUAL(7 + 5, asked(5));
    CHECK_EQUAL(1, counted(entry));
    destroy(other);
    CHECK(is_gone(entry));
    entry = count_at(start_of_routine());
    destroy(large);
    CHECK(is_gone(entry));
    CHECK_EQUAL(FORM_PROCEDURE, look().form);
}

/* ---- code that goes while a patch's handler is in it ---- */

/* In memory: what is in registers may be gone to, for all that is known. */
static volatile struct {
    binding_t *bindings[2];
    patch_t *patch;
    vaddr_t code; /* that must stay, and did */
    bool stayed, gone;
    unsigned n_called;
} leaving;

static void leave(void *closure, uint32_t site)
{
    owner_t owner;

    (void)closure;
    (void)site;
    if (leaving.n_called++ != 0)
        return;
    for (size_t i = 0; i < 2; i++)
        destroy(leaving.bindings[i]);
    quiescence_collect();
    leaving.stayed = code_space_at(leaving.code, &owner);
    leaving.gone = is_gone(leaving.patch);
}

static bool is_free(vaddr_t code)
{
    owner_t owner;

    quiescence_collect();
    return !code_space_at(code, &owner);
}

/* Whatever was called before has left addresses there. */
static void __attribute__((noipa)) clear_stack(void)
{
    volatile char below[4000];

    for (size_t i = 0; i < sizeof below; i++)
        below[i] = 0;
}

/* Everything is uninstalled at an instruction of code that raises go through, which then goes on. */
static void try_leaving(vaddr_t at, int wanted)
{
    patch_t *patch = NULL;

    leaving.n_called = 0;
    CHECK_STATUS(OK, patch_insert((const void *)at, P(leave), NULL, NULL, &patch));
    leaving.patch = patch;
    clear_stack();
    CHECK_EQUAL(wanted, asked(5));
    CHECK_EQUAL(1, leaving.n_called);
    CHECK(leaving.stayed);
    CHECK(is_free(leaving.code));
    CHECK(is_gone(leaving.patch));
    CHECK_EQUAL(15, asked(5));
}

static void install_both(void)
{
    leaving.bindings[0] = install(P(handle), P(is_large), NULL);
    leaving.bindings[1] = install_other();
}

TEST(a_routine_stays_while_a_patch_in_it_runs)
{
    for (unsigned offset = 0; offset < 12; offset += 4) {
        install_both();
        leaving.code = start_of_routine();
        try_leaving(leaving.code + offset, 5 + 7);
        CHECK(leaving.gone);
    }
}

/* The routine jumps there in the end, if the intrinsic handler is the last and not copied. */
TEST(the_entry_of_a_body_stays_while_a_patch_in_it_runs)
{
    order = EVENT_FIRST;
    for (unsigned offset = 0; offset < 8; offset += 4) {
        patch_t *kept = count_at((vaddr_t)asked + 4);

        install_both();
        leaving.code = look().body;
        try_leaving(leaving.code + offset, 15);
        CHECK_EQUAL(2, counted(kept));
        CHECK_STATUS(OK, patch_remove(kept));
    }
    order = EVENT_ANY;
}

TEST(patches_on_the_entry_of_a_body_live_beside_one_on_the_first_instruction)
{
    patch_t *first = count_at((vaddr_t)asked), *entry;
    binding_t *large = install(P(handle), P(is_large), NULL);

    entry = count_at(look().body);
    CHECK_EQUAL(105, asked(5));
    CHECK_EQUAL(1, counted(first));
    CHECK_EQUAL(1, counted(entry));
    CHECK_STATUS(OK, patch_remove(first));
    CHECK_EQUAL(105, asked(5));
    first = count_at((vaddr_t)asked);
    CHECK_EQUAL(105, asked(5));
    CHECK_EQUAL(1, counted(first));
    destroy(large);
    CHECK(is_gone(entry));
    CHECK_STATUS(OK, patch_remove(first));
}
