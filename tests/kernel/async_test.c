/* Asynchronous handlers: order and completion, full queues, what is copied, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/event.h>
#include <whorl/patch.h>
#include <whorl/strand.h>

#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/event/event.h"
#include "kernel/fault.h"
#include "kernel/quiescence.h"
#include "kernel/quota.h"
#include "kernel/strand/strand.h"
#include "kernel/test.h"
#include "tests/kernel/objects/async_guest.h"

SUITE("async");

#define P(procedure) ((procedure_t)(procedure))

static const struct event_options async = {.async = true};

/* ---- what handlers have seen ---- */

static int seen[256];
static volatile unsigned n_seen;
static strand_t *by;

static void note(int value)
{
    if (n_seen < sizeof seen / sizeof seen[0])
        seen[n_seen] = value;
    n_seen++;
    by = strand_self();
}

static EVENT void happened(int what)
{
    (void)what;
}

static void note_what(int what)
{
    note(what);
}

/* ---- bindings ---- */

static binding_t *bindings[8];
static unsigned n_bindings;

static unsigned n_strands_before;

static unsigned count_strands(void)
{
    unsigned n = 0;

    for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        n++;
    return n;
}

static binding_t *install(procedure_t event, procedure_t handler,
                          const struct event_options *options)
{
    binding_t *binding = NULL;

    n_seen = 0;
    if (n_bindings == 0)
        n_strands_before = count_strands();
    CHECK_STATUS(OK, event_install(event, handler, NULL, options, &binding));
    bindings[n_bindings++] = binding;
    return binding;
}

/* Strands end in their own time, and only then all is given back. */
static void let_strands_end(void)
{
    for (unsigned i = 0; i < 1000 && count_strands() > n_strands_before; i++)
        CHECK_STATUS(OK, strand_sleep(100));
    CHECK_EQUAL(n_strands_before, count_strands());
    CHECK_STATUS(OK, strand_sleep(100)); /* whoever runs next gives back the last one's memory */
    quiescence_collect();
}

static void destroy_all(void)
{
    while (n_bindings > 0)
        CHECK_STATUS(OK, event_destroy(bindings[--n_bindings]));
    let_strands_end();
}

static struct event_counts counts_of(binding_t *binding)
{
    struct event_counts counts = {0};

    CHECK_STATUS(OK, event_counts(binding, &counts));
    return counts;
}

/* ---- order and completion ---- */

TEST(the_raiser_goes_on_and_a_strand_of_its_own_runs_the_handler)
{
    binding_t *binding = install(P(happened), P(note_what), &async);

    happened(1);
    CHECK_EQUAL(0, n_seen);
    CHECK_EQUAL(1, counts_of(binding).raised);
    CHECK_EQUAL(0, counts_of(binding).completed);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(1, n_seen);
    CHECK(by != strand_self());
    CHECK_EQUAL(1, counts_of(binding).completed);
    destroy_all();
}

TEST(handlers_run_in_the_order_of_the_raises)
{
    binding_t *binding = install(P(happened), P(note_what), &async);

    for (int i = 0; i < 50; i++)
        happened(i);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(50, n_seen);
    for (int i = 0; i < 50; i++)
        CHECK_EQUAL(i, seen[i]);
    destroy_all();
}

TEST(the_strand_has_the_names_of_event_and_handler)
{
    binding_t *binding = install(P(happened), P(note_what), &async);
    bool found = false;

    for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        found = found || (strcmp(s->name, "happened>note_what") == 0 && s->priority == 16);
    CHECK(found);
    happened(1);
    CHECK_STATUS(OK, event_drain(binding));
    destroy_all();
}

/* ---- guards and others ---- */

static bool is_odd(int what)
{
    return (what & 1) != 0;
}

TEST(guards_are_asked_by_the_raiser)
{
    binding_t *binding = NULL;

    n_seen = 0;
    CHECK_STATUS(OK, event_install(P(happened), P(note_what), P(is_odd), &async, &binding));
    for (int i = 0; i < 6; i++)
        happened(i);
    CHECK_EQUAL(3, counts_of(binding).raised);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(3, n_seen);
    CHECK_EQUAL(5, seen[2]);
    bindings[n_bindings++] = binding;
    destroy_all();
}

/* ---- arguments ---- */

struct large {
    int values[20];
    uint64_t wide;
};

static EVENT void mixed(char c, uint64_t wide, struct large large, int16_t small, const char *text,
                        double real, uint64_t last)
{
    (void)c, (void)wide, (void)large, (void)small, (void)text, (void)real, (void)last;
}

static struct {
    char c;
    uint64_t wide, last;
    struct large large;
    int16_t small;
    const char *text;
    double real;
} got;

static void keep_mixed(char c, uint64_t wide, struct large large, int16_t small, const char *text,
                       double real, uint64_t last)
{
    got.c = c;
    got.wide = wide;
    got.large = large;
    got.small = small;
    got.text = text;
    got.real = real;
    got.last = last;
    large.values[0] = -1;
    n_seen++;
}

TEST(all_kinds_of_arguments_are_copied)
{
    static const char text[] = "static";
    binding_t *binding = install(P(mixed), P(keep_mixed), &async);
    struct large large = {.values = {1, 2, 3}, .wide = 0x123456789abcdef0ull};

    mixed('x', 0xfedcba9876543210ull, large, -5, text, 0.5, 77);
    large.values[1] = 99;
    memset(&large, 0, sizeof large);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(1, n_seen);
    CHECK_EQUAL('x', got.c);
    CHECK(got.wide == 0xfedcba9876543210ull);
    CHECK_EQUAL(2, got.large.values[1]);
    CHECK(got.large.wide == 0x123456789abcdef0ull);
    CHECK_EQUAL(-5, got.small);
    CHECK(got.text == text);
    CHECK(got.real == 0.5);
    CHECK_EQUAL(77, got.last);
    destroy_all();
}

static EVENT void pointed(int *where)
{
    (void)where;
}

static void write_there(int *where)
{
    *where += 1;
    note(*where);
}

static void __attribute__((noipa)) raise_pointed(int *where)
{
    pointed(where);
}

TEST(a_pointer_into_the_raisers_stack_has_the_handler_run_at_once)
{
    binding_t *binding = install(P(pointed), P(write_there), &async);
    static int fixed;
    int here = 10;

    fixed = 20;
    raise_pointed(&fixed);
    raise_pointed(&here);
    CHECK_EQUAL(11, here);
    CHECK_EQUAL(2, n_seen);
    CHECK_EQUAL(21, seen[0]);
    CHECK_EQUAL(11, seen[1]);
    CHECK(by == strand_self());
    CHECK_EQUAL(1, counts_of(binding).at_once);
    CHECK_EQUAL(2, counts_of(binding).raised);
    CHECK_EQUAL(2, counts_of(binding).completed);
    destroy_all();
}

/* ---- full queues ---- */

TEST(who_raises_while_the_queue_is_full_waits)
{
    binding_t *binding = install(P(happened), P(note_what), &async);

    for (int i = 0; i < 200; i++)
        happened(i);
    CHECK(n_seen >= 200 - EVENT_PENDING_MAX);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(200, n_seen);
    for (int i = 0; i < 200; i++)
        CHECK_EQUAL(i, seen[i]);
    CHECK_EQUAL(0, counts_of(binding).lost);
    destroy_all();
}

TEST(who_may_not_wait_loses_what_the_queue_has_no_room_for)
{
    binding_t *binding = install(P(happened), P(note_what), &async);
    uint32_t interrupts = interrupts_off();

    for (int i = 0; i < EVENT_PENDING_MAX + 6; i++)
        happened(i);
    interrupts_restore(interrupts);
    CHECK_EQUAL(6, counts_of(binding).lost);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(EVENT_PENDING_MAX, n_seen);
    CHECK_EQUAL(EVENT_PENDING_MAX, counts_of(binding).completed);
    destroy_all();
}

static void raise_again(int what)
{
    note(what);
    for (int i = 0; i < 3 && what < 10; i++)
        happened(10 + i);
}

TEST(a_handler_may_raise_its_own_event)
{
    binding_t *binding = install(P(happened), P(raise_again), &async);

    happened(1);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(4, n_seen);
    destroy_all();
}

static void flood(int what)
{
    note(what);
    for (int i = 0; i < EVENT_PENDING_MAX + 3 && what == 0; i++)
        happened(1);
}

TEST(a_handler_that_fills_its_own_queue_does_not_wait_for_itself)
{
    binding_t *binding = install(P(happened), P(flood), &async);

    happened(0);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(3, counts_of(binding).lost);
    CHECK_EQUAL(EVENT_PENDING_MAX + 1, n_seen);
    destroy_all();
}

static status_t drained;
static binding_t *own;

static void drain_own(int what)
{
    (void)what;
    drained = event_drain(own);
    n_seen++;
}

TEST(a_handler_cannot_wait_for_its_own_end)
{
    own = install(P(happened), P(drain_own), &async);
    happened(0);
    CHECK_STATUS(OK, event_drain(own));
    CHECK_EQUAL(ERR_STATE, drained);
    destroy_all();
}

/* ---- ends ---- */

TEST(what_waits_when_the_binding_is_destroyed_is_dropped)
{
    binding_t *binding = install(P(happened), P(note_what), &async);
    struct event_counts counts;

    for (int i = 0; i < 5; i++)
        happened(i);
    destroy_all();
    CHECK_EQUAL(0, n_seen);
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_counts(binding, &counts));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_drain(binding));
}

static void sleep_there(int what)
{
    note(what);
    (void)strand_sleep(10000);
    note(what + 100);
}

TEST(a_call_that_is_under_way_ends_first)
{
    (void)install(P(happened), P(sleep_there), &async);

    happened(1);
    happened(2);
    while (n_seen == 0)
        CHECK_STATUS(OK, strand_sleep(100));
    CHECK_EQUAL(1, n_seen);
    destroy_all();
    CHECK_EQUAL(2, n_seen);
    CHECK_EQUAL(101, seen[1]);
}

static void destroy_own(int what)
{
    note(what);
    drained = event_destroy(own);
}

TEST(a_handler_may_destroy_its_own_binding)
{
    own = install(P(happened), P(destroy_own), &async);
    n_bindings = 0;
    happened(1);
    happened(2);
    let_strands_end();
    CHECK_EQUAL(OK, drained);
    CHECK_EQUAL(1, n_seen);
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_drain(own));
}

static void uninstalled(void *closure)
{
    (void)closure;
    (void)event_drain(own);
    n_seen += 100;
}

TEST(who_drains_goes_on_when_the_binding_is_destroyed)
{
    strand_t *strand = NULL;

    own = install(P(happened), P(sleep_there), &async);
    happened(1);
    CHECK_STATUS(OK, strand_create(uninstalled, NULL, NULL, &strand));
    CHECK_STATUS(OK, strand_sleep(1000));
    CHECK_STATUS(OK, event_destroy(own));
    n_bindings = 0;
    CHECK_STATUS(OK, strand_join(strand));
    CHECK(n_seen >= 100);
    let_strands_end();
}

TEST(an_uninstalled_one_still_runs_what_waits)
{
    binding_t *binding = install(P(happened), P(note_what), &async);

    happened(1);
    CHECK_STATUS(OK, event_uninstall(binding));
    happened(2);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(1, n_seen);
    CHECK_EQUAL(1, counts_of(binding).raised);
    CHECK_STATUS(OK, event_activate(binding));
    happened(3);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(2, n_seen);
    destroy_all();
}

/* ---- results ---- */

static EVENT int answer(int what)
{
    return what + 1;
}

static int note_answer(int what)
{
    note(what);
    return -1;
}

static int the_default = 42;

static EVENT struct large answer_large(int what)
{
    return (struct large){.values = {what}};
}

static struct large note_large(int what)
{
    note(what);
    return (struct large){.values = {-1}};
}

static struct large default_large = {.values = {7}};

static void end_the_raise(int *what)
{
    (void)what;
}

/* Without an answer of anybody's. */
static int answer_instead(const struct event_options *silent, int what)
{
    binding_t *binding = NULL;
    int result;

    CHECK_STATUS(OK, event_create(P(answer), P(end_the_raise), NULL, silent, &binding));
    CHECK_STATUS(OK, event_uninstall(bindings[0]));
    CHECK_STATUS(OK, event_activate(binding));
    CHECK_STATUS(OK, event_activate(bindings[0]));
    result = answer(what);
    CHECK_STATUS(OK, event_destroy(binding));
    return result;
}

TEST(it_has_no_part_in_the_result)
{
    const struct event_options silent = {.order = EVENT_FIRST, .cancel = true, .filter = true};
    const struct event_options first = {.order = EVENT_FIRST, .async = true};
    binding_t *binding, *large;

    CHECK_STATUS(OK, event_set_default_result(P(answer), &the_default));
    CHECK_STATUS(OK, event_set_default_result(P(answer_large), &default_large));
    binding = install(P(answer), P(note_answer), &first);
    large = install(P(answer_large), P(note_large), &async);
    CHECK_EQUAL(6, answer(5));
    CHECK_EQUAL(6, answer_large(6).values[0]);
    CHECK_EQUAL(42, answer_instead(&silent, 7));
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_STATUS(OK, event_drain(large));
    CHECK_EQUAL(3, n_seen);
    CHECK_STATUS(ERR_STATE, event_set_default_result(P(answer), NULL));
    CHECK_STATUS(OK, event_uninstall(binding));
    CHECK_STATUS(OK, event_set_default_result(P(answer), NULL));
    CHECK_STATUS(ERR_STATE, event_activate(binding));
    destroy_all();
    CHECK_STATUS(OK, event_set_default_result(P(answer_large), NULL));
}

/* ---- refusals ---- */

static void refuse(procedure_t event, procedure_t handler, const struct event_options *options,
                   status_t wanted, const char *words)
{
    binding_t *binding = NULL;

    CHECK_STATUS(wanted, event_install(event, handler, NULL, options, &binding));
    CHECK(binding == NULL);
    CHECK(event_at((vaddr_t)event) == NULL);
    if (!CHECK(strstr(status_explain(), words) != NULL))
        printf("    #   %s\n", status_explain());
}

static void filter_what(int *what)
{
    (void)what;
}

static void linear_what(uint32_t words[], size_t n)
{
    (void)words, (void)n;
}

TEST(what_cannot_be_asynchronous_is_refused)
{
    const struct event_options filter = {.async = true, .filter = true};
    const struct event_options linear = {.async = true, .linear = true};
    const struct event_options cancel = {.async = true, .cancel = true};

    refuse(P(happened), P(filter_what), &filter, ERR_TYPE, "may change arguments");
    refuse(P(happened), P(linear_what), &linear, ERR_TYPE, "as words");
    refuse(P(happened), P(note_what), &cancel, ERR_TYPE, "ends the raise");
    refuse(P(answer), P(note_answer), &async, ERR_TYPE, "neither default result");
}

static EVENT void told(int n, const char *text)
{
    (void)n, (void)text;
}

static void note_text(int n, const char *text)
{
    note(n + text[0]);
}

static void __attribute__((noipa)) tell_of_frame(int n)
{
    char text[16];

    snprintf(text, sizeof text, "%d", n);
    told(n, text);
}

/* The ninth word of arguments is in the frame. */
static EVENT void told_much(int a, int b, int c, int d, int e, int f, int g, int h,
                            const char *text)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)text;
}

static void note_much(int a, int b, int c, int d, int e, int f, int g, int h, const char *text)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    note(text[0]);
}

static void __attribute__((noipa)) tell_much_of_frame(const char *text)
{
    char copy[16];

    for (unsigned i = 0; i < sizeof copy && (i == 0 || text[i - 1] != 0); i++)
        copy[i] = text[i];
    told_much(1, 2, 3, 4, 5, 6, 7, 8, copy);
}

static EVENT void told_room(char *text)
{
    (void)text;
}

static void note_room(char *text)
{
    note(text[0]);
}

/* Of a size that is not known. */
static void __attribute__((noipa)) tell_of_room(size_t size)
{
    char room[size];

    room[0] = 'r';
    told_room(room);
}

static EVENT void told_other(const char *text)
{
    (void)text;
}

static void note_other(const char *text)
{
    note(text[0]);
}

/* Only sometimes, and what others have. */
static void __attribute__((noipa)) tell_maybe_of_frame(const char *other, bool own)
{
    char text[8] = "own";

    told_other(own ? text : other);
    told_other(other);
}

TEST(pointers_are_followed_into_frames_of_all_kinds)
{
    binding_t *binding;

    refuse(P(told_much), P(note_much), &async, ERR_TYPE, "tell_much_of_frame+0x");
    CHECK(strstr(status_explain(), "parameter 9") != NULL);
    refuse(P(told_room), P(note_room), &async, ERR_TYPE, "tell_of_room+0x");
    tell_much_of_frame("t");
    tell_of_room(10);
    binding = install(P(told_other), P(note_other), &async);
    tell_maybe_of_frame("other", true);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(2, n_seen);
    CHECK_EQUAL('o', seen[0]);
    CHECK_EQUAL(1, counts_of(binding).at_once);
    destroy_all();
}

TEST(a_known_call_that_passes_an_address_of_its_frame_is_named)
{
    refuse(P(told), P(note_text), &async, ERR_TYPE, "tell_of_frame+0x");
    CHECK(strstr(status_explain(), "parameter 2") != NULL);
    tell_of_frame(1);
    CHECK_EQUAL(0, strand_count(99));
}

/* ---- raised by patches ---- */

static EVENT void seen_site(uint32_t site)
{
    (void)site;
}

static void note_site(uint32_t site)
{
    note(site == (uint32_t)status_name);
}

static EVENT void seen_registers(uint32_t site, const struct patch_registers *registers)
{
    (void)site, (void)registers;
}

static void note_registers(uint32_t site, const struct patch_registers *registers)
{
    (void)site;
    note((int)registers->gpr[3]);
}

TEST(what_a_patch_raises_is_handled_elsewhere)
{
    binding_t *binding = install(P(seen_site), P(note_site), &async);
    patch_t *patch = NULL;

    CHECK_STATUS(OK, patch_raise((const void *)status_name, P(seen_site), NULL, &patch));
    for (int i = 0; i < 10; i++)
        (void)status_name(OK);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(10, counts_of(binding).raised);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(10, n_seen);
    CHECK_EQUAL(1, seen[9]);
    destroy_all();
}

TEST(a_patch_shows_its_registers_to_handlers_at_once)
{
    const struct patch_options options = {.registers = true};
    binding_t *binding = install(P(seen_registers), P(note_registers), &async);
    patch_t *patch = NULL;

    CHECK_STATUS(OK, patch_raise((const void *)status_name, P(seen_registers), &options, &patch));
    (void)status_name(ERR_STATE);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(1, counts_of(binding).at_once);
    CHECK_EQUAL(1, n_seen);
    CHECK_EQUAL(ERR_STATE, seen[0]);
    destroy_all();
}

/* ---- handlers of another domain ---- */

extern const char object_async_guest[], object_async_guest_end[];

static struct domain *domain;
static const struct async_guest *guest;

static bool load(void)
{
    static const struct domain_terms terms = {.loader = "operator"};
    const struct loader_object object = {"g", object_async_guest,
                                         (size_t)(object_async_guest_end - object_async_guest)};

    if (!CHECK_STATUS(OK, loader_load(&terms, &object, 1, &domain))) {
        printf("    #   %s\n", status_explain());
        return false;
    }
    guest =
        (const void *)symbol_find(&domain->image.symbols, "async_guest", symbol_hash("async_guest"))
            ->value;
    return true;
}

/* With what its strands have. */
static void unload(void)
{
    CHECK_STATUS(OK, domain_end(&domain, 1));
    let_strands_end();
}

TEST(the_strand_is_that_of_the_handlers_domain)
{
    owner_t owner;
    binding_t *binding;

    if (!load())
        return;
    owner = domain->image.memory.owner;
    binding = install(P(happened), guest->note, &async);
    CHECK_EQUAL(1, strand_count(owner));
    happened(1);
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(1, *guest->n);
    destroy_all();
    CHECK_EQUAL(0, strand_count(owner));
    unload();
}

TEST(what_waits_when_the_handlers_domain_goes_is_dropped)
{
    binding_t *binding;
    struct event_counts counts;

    if (!load())
        return;
    binding = install(P(happened), guest->note, &async);
    for (int i = 0; i < 10; i++)
        happened(i);
    n_bindings = 0;
    unload();
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_counts(binding, &counts));
    happened(1);
}

TEST(a_call_that_is_under_way_goes_with_its_domain)
{
    owner_t owner;

    if (!load())
        return;
    owner = domain->image.memory.owner;
    (void)install(P(happened), guest->rest, &async);
    happened(1);
    while (*guest->n == 0)
        CHECK_STATUS(OK, strand_sleep(100));
    n_bindings = 0;
    unload();
    CHECK_EQUAL(0, strand_count(owner));
}

TEST(a_handler_that_ends_its_strand_leaves_nobody_waiting)
{
    binding_t *binding;

    if (!load())
        return;
    binding = install(P(happened), guest->leave, &async);
    happened(1);
    happened(2);
    CHECK_STATUS(OK, event_drain(binding));
    happened(3);
    CHECK_EQUAL(1, *guest->n);
    CHECK_EQUAL(1, counts_of(binding).lost);
    destroy_all();
    unload();
}

TEST(bindings_and_their_strands_count_against_quotas)
{
    binding_t *binding = NULL;
    owner_t owner;

    if (!load())
        return;
    owner = domain->image.memory.owner;
    quota_set(owner, QUOTA_BINDINGS, quota_used(owner, QUOTA_BINDINGS) + 1);
    quota_set(owner, QUOTA_STRANDS, 0);
    n_seen = 0;
    refuse(P(happened), guest->note, &async, ERR_QUOTA, "strands");
    CHECK_EQUAL(0, quota_used(owner, QUOTA_BINDINGS));
    CHECK_STATUS(OK, guest->install(P(strand_unblock), guest->swallow, NULL, NULL, &binding));
    CHECK_STATUS(OK, guest->destroy(binding));
    quota_set(owner, QUOTA_BINDINGS, 0);
    binding = NULL;
    CHECK_STATUS(ERR_QUOTA,
                 guest->install(P(strand_unblock), guest->swallow, NULL, NULL, &binding));
    CHECK(binding == NULL);
    CHECK(strstr(status_explain(), "bindings") != NULL);
    n_strands_before = count_strands();
    unload();
}

static bool is_quarantined(void)
{
    for (unsigned i = 0; i < 1000 && domain->state != DOMAIN_QUARANTINED; i++)
        CHECK_STATUS(OK, strand_sleep(100));
    return domain->state == DOMAIN_QUARANTINED;
}

TEST(a_handler_that_faults_is_completed_and_its_domain_quarantined)
{
    struct event_counts counts;
    binding_t *binding, *later;

    if (!load())
        return;
    binding = install(P(happened), guest->fault, &async);
    later = install(P(happened), P(note_what), &async);
    happened(1);
    happened(2);
    CHECK_STATUS(OK, event_drain(later));
    CHECK(is_quarantined());
    while (event_counts(binding, &counts) == OK)
        CHECK_STATUS(OK, strand_sleep(100));
    happened(3);
    CHECK_STATUS(OK, event_drain(later));
    CHECK_EQUAL(3, n_seen);
    bindings[0] = later;
    n_bindings = 1;
    CHECK_STATUS(OK, domain_end(&domain, 1));
    destroy_all();
}

/* ---- strand events ---- */

static void count_and_sleep(void *closure)
{
    for (unsigned i = 0; i < 5; i++) {
        ++*(volatile unsigned *)closure;
        (void)strand_sleep(200);
    }
}

TEST(who_is_not_privileged_is_asked_about_strands_of_his_own_only)
{
    const struct event_options cancel = {.order = EVENT_FIRST, .cancel = true};
    volatile unsigned count = 0;
    strand_t *other = NULL, *own_strand = NULL;
    binding_t *binding = NULL;

    if (!load())
        return;
    CHECK_STATUS(OK, guest->begin(&own_strand));
    CHECK_STATUS(OK, guest->install(P(strand_unblock), guest->swallow, NULL, &cancel, &binding));
    CHECK_STATUS(OK, strand_create(count_and_sleep, (void *)&count, NULL, &other));
    CHECK_STATUS(OK, strand_join(other));
    CHECK_EQUAL(5, count);
    CHECK_EQUAL(0, *guest->n_swallowed);
    CHECK_STATUS(OK, strand_unblock(own_strand));
    CHECK_EQUAL(1, *guest->n_swallowed);
    CHECK(*guest->swallowed == own_strand);
    CHECK_STATUS(OK, guest->destroy(binding));
    *guest->stop = true;
    CHECK_STATUS(OK, strand_join(own_strand));
    unload();
}

TEST(who_is_not_privileged_neither_filters_strand_events_nor_takes_their_bodies_away)
{
    const struct event_options filter = {.filter = true};
    binding_t *binding = NULL;

    if (!load())
        return;
    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 guest->install(P(strand_block), guest->filter, NULL, &filter, &binding));
    CHECK(binding == NULL);
    CHECK_STATUS(OK, guest->intrinsic(P(strand_block), &binding));
    CHECK_STATUS(ERR_NOT_AUTHORIZED, guest->uninstall(binding));
    unload();
}

/* ---- strands of several ---- */

static void raise_many(void *closure)
{
    for (int i = 0; i < 100; i++) {
        happened((int)(uintptr_t)closure * 1000 + i);
        if (i % 16 == 0)
            (void)strand_yield();
    }
}

TEST(many_raisers_lose_nothing_and_keep_their_order)
{
    binding_t *binding = install(P(happened), P(note_what), &async);
    strand_t *strands[2];
    int last[2] = {-1, -1};

    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_create(raise_many, (void *)i, NULL, &strands[i]));
    for (unsigned i = 0; i < 2; i++)
        CHECK_STATUS(OK, strand_join(strands[i]));
    CHECK_STATUS(OK, event_drain(binding));
    CHECK_EQUAL(200, n_seen);
    for (unsigned i = 0; i < 200; i++) {
        CHECK(seen[i] % 1000 == last[seen[i] / 1000] + 1);
        last[seen[i] / 1000] = seen[i] % 1000;
    }
    destroy_all();
}

/* ---- floating-point registers ---- */

static void load_f1(uint64_t number)
{
    __asm__ volatile("lfd 1, 0(%0)" : : "b"(&number) : "memory");
}

static uint64_t f1(void)
{
    uint64_t number;

    __asm__ volatile("stfd 1, 0(%0)" : : "b"(&number) : "memory");
    return number;
}

static void compute(int what)
{
    load_f1((uint64_t)what);
    note(what);
}

TEST(a_handler_that_waited_for_the_next_raise_computes_in_registers_of_its_own)
{
    binding_t *binding = install(P(happened), P(compute), &async);

    for (int i = 1; i <= 3; i++) {
        load_f1(1000);
        happened(i);
        CHECK_STATUS(OK, event_drain(binding));
        CHECK_EQUAL(i, (int)n_seen);
        CHECK(f1() == 1000);
    }
    destroy_all();
}
