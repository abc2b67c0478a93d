/* Tests of domains/nameserver.c and identity.c: names, who may have them, and who asks. */
#include "tests/host/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/identity.h"
#include "domains/nameserver.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

static const struct name_terms everyone;

static struct domain *owner, *guest;

static int begin(void **state)
{
    (void)scene_begin(state);
    name_forget(public_domain()); /* so that there are no names */
    owner = make("owner", exporting("authorize other"));
    guest = make("guest", exporting("thing"));
    start(owner);
    return 0;
}

#define NAMES(name) cmocka_unit_test_setup_teardown(name, begin, scene_end)

static void end_both(void)
{
    end(owner);
    end(guest);
}

static void give(const char *name, struct domain *domain)
{
    assert_ok(name_register(name, domain, owner, &everyone));
}

static struct domain *found(const char *name, struct domain *requester)
{
    struct domain *domain = NULL;

    assert_ok(name_query(name, requester, &domain));
    return domain;
}

static void assert_not_found(const char *name)
{
    struct domain *domain = NULL;

    assert_refusal(name_query(name, guest, &domain), ERR_NOT_FOUND, "the nameserver has no domain");
    assert_non_null(strstr(status_explain(), name));
    assert_null(domain);
}

/* ---- names ---- */

static void a_domain_is_found_under_its_names(void **state)
{
    (void)state;
    give("net/udp", owner);
    give("net/udp/old", owner);
    give("guest", guest);
    assert_ptr_equal(found("net/udp", guest), owner);
    assert_ptr_equal(found("net/udp/old", NULL), owner);
    assert_ptr_equal(found("guest", guest), guest);
    assert_not_found("net");
    assert_not_found("net/ud");
    assert_not_found("net/udp/");
    assert_not_found("owner");
    end_both();
}

static void names_stand_in_alphabetical_order(void **state)
{
    static const char *const sorted[] = {"a", "a/b", "a/c", "ab", "b", "b/a", "c"};
    static const int order[] = {4, 1, 6, 0, 3, 5, 2};

    (void)state;
    for (size_t i = 0; i < 7; i++)
        give(sorted[order[i]], guest);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(name_at(i)->name, sorted[i]);
    assert_null(name_at(7));
    end_both();
}

static void a_name_is_taken_once(void **state)
{
    (void)state;
    give("taken", guest);
    assert_refusal(name_register("taken", owner, guest, &everyone), ERR_EXISTS,
                   "the nameserver has a domain called taken already");
    assert_ptr_equal(found("taken", guest), guest);
    end_both();
}

static void paths_are_checked(void **state)
{
    static const char *const bad[] = {"",    "/",   "/a",   "a/",       "a//b", "a b",
                                      "a,b", "a\t", "\x7f", "\xc3\xa4", "a/ b", "a\n"};
    static const char *const good[] = {"a", "a/b/c", "~!@#$%^&*()_+-=.:;'\"<>?", "A/b.c-d_e"};
    char name[NAMESERVER_NAME_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(name_check(bad[i]), ERR_BAD_ARGUMENT);
        assert_int_equal(name_register(bad[i], guest, owner, &everyone), ERR_BAD_ARGUMENT);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_ok(name_check(good[i]));
    memset(name, 'n', sizeof name);
    name[NAMESERVER_NAME_MAX + 1] = 0;
    assert_refusal(name_register(name, guest, owner, &everyone), ERR_BAD_ARGUMENT,
                   "a name has 1 to 1000 characters");
    name[NAMESERVER_NAME_MAX] = 0;
    give(name, guest);
    assert_ptr_equal(found(name, owner), guest);
    assert_null(name_at(1));
    end_both();
}

static void only_who_registered_a_name_takes_it_back(void **state)
{
    (void)state;
    give("mine", guest);
    assert_ok(name_register("kernel", guest, NULL, &everyone));
    assert_refusal(name_unregister("mine", guest), ERR_DENIED, "mine was registered by another");
    assert_refusal(name_unregister("mine", NULL), ERR_DENIED, "mine was registered by another");
    assert_refusal(name_unregister("kernel", NULL), ERR_DENIED, "kernel was registered by another");
    assert_refusal(name_unregister("yours", owner), ERR_NOT_FOUND, "no domain called yours");
    assert_ok(name_unregister("mine", owner));
    assert_not_found("mine");
    give("mine", owner);
    end_both();
}

static void names_vanish_with_their_domain_and_with_their_registrar(void **state)
{
    struct domain *third = make("third", exporting("x"));

    (void)state;
    give("a", guest);
    assert_ok(name_register("b", owner, third, &everyone));
    assert_ok(name_register("c", third, owner, &everyone));
    assert_ok(name_register("d", domain_named("SpinPublic"), third, &everyone));
    end(third);
    assert_not_found("b");
    assert_not_found("c");
    assert_not_found("d");
    assert_string_equal(name_at(0)->name, "a");
    assert_null(name_at(1));
    end(guest);
    assert_null(name_at(0));
    end(owner);
}

/* Whether it is there or not: who goes through all names may take back the one he is at. */
static void each_name_tells_the_one_behind_it(void **state)
{
    static const char *const sorted[] = {"a", "a/b", "ab", "b"};
    const struct name *name;
    const char *before = "";

    (void)state;
    for (size_t i = 0; i < 4; i++)
        give(sorted[i], guest);
    assert_string_equal(name_behind("a/a")->name, "a/b");
    assert_string_equal(name_behind("aa")->name, "ab");
    assert_null(name_behind("c"));
    assert_null(name_named("aa"));
    for (size_t i = 0; i < 4; i++, before = sorted[i - 1]) {
        name = name_behind(before);
        assert_string_equal(name->name, sorted[i]);
        assert_ptr_equal(name_named(sorted[i]), name);
        assert_ok(name_unregister(sorted[i], owner));
    }
    assert_null(name_behind(before));
    assert_null(name_behind(""));
    end_both();
}

static void any_number_of_names_are_kept(void **state)
{
    enum { N = 300 };

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        char name[20];

        snprintf(name, sizeof name, "n%u", i * 7919 % N);
        give(name, i % 2 == 0 ? guest : owner);
    }
    for (size_t i = 1; i < N; i++)
        assert_true(strcmp(name_at(i - 1)->name, name_at(i)->name) < 0);
    for (unsigned i = 0; i < N; i++) {
        char name[20];

        snprintf(name, sizeof name, "n%u", i * 7919 % N);
        assert_ptr_equal(found(name, guest), i % 2 == 0 ? guest : owner);
    }
    end(guest);
    for (size_t i = 0; name_at(i) != NULL; i++)
        assert_ptr_equal(name_at(i)->domain, owner);
    end(owner);
}

static void without_memory_nothing_is_registered(void **state)
{
    int n_blocks;

    (void)state;
    for (unsigned i = 0; i < 200; i++) { /* some of them need a larger table */
        char name[20];
        int n = 0;

        snprintf(name, sizeof name, "n%u", i);
        n_blocks = fake_host.n_blocks;
        for (fake_host.mallocs_left = 0; name_register(name, guest, owner, &everyone) != OK;
             fake_host.mallocs_left = ++n) {
            assert_non_null(strstr(status_explain(), "no memory for the name"));
            assert_true(fake_host.n_blocks <= n_blocks + (i == 0)); /* a larger table stays */
            fake_host_reset();
            assert_not_found(name);
            assert_true(n < 3);
        }
        fake_host_reset();
        assert_ptr_equal(found(name, owner), guest);
    }
    end_both();
}

/* ---- who may ---- */

/* What an authorizer was asked, and how it answers. */
static struct {
    int n;
    uint32_t requester, closure;
    char name[NAMESERVER_NAME_MAX + 1];
    status_t answer, status;
    void (*act)(void);
} asked;

/* A pointer of which a domain has only the lower half: to a block of memory, next to others of its size. */
static const char *whole(uint32_t low)
{
    void *neighbour = malloc(sizeof "guarded");
    uintptr_t near = (uintptr_t)neighbour;

    free(neighbour);
    return (const char *)(near + (uintptr_t)(intptr_t)(int32_t)(low - (uint32_t)near));
}

static status_t authorize(struct domain *domain, const char *procedure, status_t *result)
{
    uint32_t arguments[3];
    const char *name;

    memcpy(arguments, fake_host.arguments, sizeof arguments);
    name = whole(arguments[1]);
    assert_ptr_equal(domain, owner);
    assert_string_equal(procedure, "authorize");
    asked.n++;
    if (asked.act != NULL)
        asked.act();
    asked.requester = arguments[0];
    asked.closure = arguments[2];
    snprintf(asked.name, sizeof asked.name, "%s", name);
    *result = asked.answer;
    return asked.status;
}

static void give_guarded(const char *name, struct domain *domain)
{
    const struct name_terms terms = {.authorizer = export_of(owner, "authorize")->value,
                                     .closure = 77};

    memset(&asked, 0, sizeof asked);
    fake_host.call = authorize;
    assert_ok(name_register(name, domain, owner, &terms));
}

static void an_authorizer_is_told_who_asks_for_what(void **state)
{
    char name[20];

    (void)state;
    give_guarded("guarded", guest);
    asked.answer = true;
    assert_ptr_equal(found("guarded", guest), guest);
    assert_int_equal(asked.n, 1);
    assert_int_equal(asked.closure, 77);
    assert_string_equal(asked.name, "guarded");
    assert_ok(identity_tell_name((identity_t *)(uintptr_t)asked.requester, name, sizeof name));
    assert_string_equal(name, "guest");
    assert_ptr_equal(found("guarded", guest), guest);
    assert_int_equal(asked.n, 2); /* each time */
    assert_int_equal(name_at(0)->n_denied, 0);
    end_both();
}

static void assert_denied(const char *name, struct domain *requester)
{
    struct domain *domain = NULL;
    char words[80];

    snprintf(words, sizeof words, "%s may not have the domain called %s", requester->name, name);
    assert_refusal(name_query(name, requester, &domain), ERR_DENIED, words);
    assert_null(domain);
}

/* Of a bool only the lowest byte counts. */
static void what_it_answers_decides(void **state)
{
    (void)state;
    give_guarded("guarded", guest);
    assert_denied("guarded", guest);
    asked.answer = 0x100;
    assert_denied("guarded", guest);
    asked.answer = (status_t)0x80000001;
    assert_ptr_equal(found("guarded", guest), guest);
    assert_int_equal(name_at(0)->n_denied, 2);
    assert_not_found("nothing"); /* which is another thing than to be denied */
    end_both();
}

static void one_that_faults_has_said_no(void **state)
{
    (void)state;
    give_guarded("guarded", guest);
    asked.answer = true;
    asked.status = ERR_FAULT;
    assert_denied("guarded", guest);
    end_both();
}

static void neither_the_operator_nor_who_registered_is_asked(void **state)
{
    (void)state;
    give_guarded("guarded", guest);
    assert_ptr_equal(found("guarded", NULL), guest);
    assert_ptr_equal(found("guarded", owner), guest);
    assert_int_equal(asked.n, 0);
    end_both();
}

static void some_names_are_for_the_privileged(void **state)
{
    static const struct name_terms privileged = {.privileged = true};

    (void)state;
    assert_ok(name_register("kernel", owner, NULL, &privileged));
    guest->privileged = false;
    assert_denied("kernel", guest);
    guest->privileged = true;
    assert_ptr_equal(found("kernel", guest), owner);
    assert_ptr_equal(found("kernel", NULL), owner);
    end_both();
}

/* ---- authorizers that act ---- */

static void unregister_guarded(void)
{
    assert_ok(name_unregister("guarded", owner));
}

static void a_name_that_vanishes_meanwhile_is_not_found(void **state)
{
    struct domain *domain = NULL;

    (void)state;
    give_guarded("guarded", guest);
    asked.answer = true;
    asked.act = unregister_guarded;
    assert_refusal(name_query("guarded", guest, &domain), ERR_NOT_FOUND, "guarded");
    assert_string_equal(asked.name, "guarded"); /* which is still there for who was asked */
    give_guarded("guarded", guest);
    asked.act = unregister_guarded;
    assert_refusal(name_query("guarded", guest, &domain), ERR_DENIED, "guarded");
    assert_null(domain);
    end_both();
}

static void put_another_there(void)
{
    asked.act = NULL;
    assert_ok(name_unregister("guarded", owner));
    assert_ok(name_register("guarded", owner, guest, &everyone));
}

/* The answer was about the other one. */
static void another_domain_of_that_name_is_not_given(void **state)
{
    struct domain *domain = NULL, *third = make("third", exporting("x"));

    (void)state;
    give_guarded("guarded", guest);
    asked.answer = true;
    asked.act = put_another_there;
    assert_refusal(name_query("guarded", third, &domain), ERR_NOT_FOUND, "guarded");
    assert_null(domain);
    assert_ptr_equal(found("guarded", third), owner);
    end(third);
    end_both();
}

static void ask_for_other(void)
{
    struct domain *domain;

    asked.act = NULL;
    (void)!name_query("other/name", guest, &domain);
    assert_string_equal(asked.name, "other/name");
}

static void an_authorizer_that_asks_for_another_name_keeps_its_own(void **state)
{
    (void)state;
    give_guarded("other/name", guest);
    give_guarded("guarded", guest);
    asked.answer = true;
    asked.act = ask_for_other;
    assert_ptr_equal(found("guarded", guest), guest);
    assert_int_equal(asked.n, 2);
    assert_string_equal(asked.name, "guarded");
    end_both();
}

/* ---- identities ---- */

static void an_identity_tells_name_and_loader_and_privilege(void **state)
{
    identity_t *one, *other;
    char text[20];

    (void)state;
    assert_ok(identity_of(owner, &one));
    assert_ok(identity_of(guest, &other));
    assert_ptr_not_equal(one, other);
    assert_ok(identity_of(owner, &other));
    assert_ptr_equal(one, other);
    assert_ok(identity_tell_name(one, text, sizeof text));
    assert_string_equal(text, "owner");
    assert_ok(identity_tell_loader(one, text, sizeof text));
    assert_string_equal(text, "operator");
    assert_true(identity_has_privilege(one));
    owner->privileged = false;
    assert_false(identity_has_privilege(one));
    end_both();
}

static void what_does_not_fit_is_cut(void **state)
{
    identity_t *identity;
    char text[4] = "xxx";

    (void)state;
    assert_ok(identity_of(owner, &identity));
    assert_ok(identity_tell_name(identity, text, 3));
    assert_memory_equal(text, "ow\0", 4);
    assert_ok(identity_tell_loader(identity, text, 1));
    assert_string_equal(text, "");
    assert_refusal(identity_tell_name(identity, text, 0), ERR_BAD_ARGUMENT, "no room");
    assert_refusal(identity_tell_loader(identity, text, 0), ERR_BAD_ARGUMENT, "no room");
    end_both();
}

static void an_identity_dies_with_its_domain(void **state)
{
    identity_t *identity, *again;
    char text[20];

    (void)state;
    assert_ok(identity_of(guest, &identity));
    guest->privileged = true;
    end(guest);
    assert_refusal(identity_tell_name(identity, text, sizeof text), ERR_BAD_CAPABILITY,
                   "not an identity");
    assert_refusal(identity_tell_loader(identity, text, sizeof text), ERR_BAD_CAPABILITY,
                   "not an identity");
    assert_false(identity_has_privilege(identity));
    guest = make("guest", exporting("thing"));
    assert_ok(identity_of(guest, &again));
    assert_ptr_not_equal(identity, again);
    end_both();
}

static void a_domain_is_no_identity_nor_the_other_way_round(void **state)
{
    identity_t *identity;
    struct domain *domain;
    char text[20];

    (void)state;
    owner->privileged = true;
    assert_ok(identity_of(owner, &identity));
    assert_int_equal(domain_of((domain_t *)(void *)identity, &domain), ERR_BAD_CAPABILITY);
    assert_int_equal(identity_tell_name((identity_t *)(void *)owner->capability, text, sizeof text),
                     ERR_BAD_CAPABILITY);
    assert_false(identity_has_privilege((identity_t *)(void *)owner->capability));
    assert_false(identity_has_privilege(NULL));
    end_both();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NAMES(a_domain_is_found_under_its_names),
        NAMES(names_stand_in_alphabetical_order),
        NAMES(a_name_is_taken_once),
        NAMES(paths_are_checked),
        NAMES(only_who_registered_a_name_takes_it_back),
        NAMES(names_vanish_with_their_domain_and_with_their_registrar),
        NAMES(each_name_tells_the_one_behind_it),
        NAMES(any_number_of_names_are_kept),
        NAMES(without_memory_nothing_is_registered),
        NAMES(an_authorizer_is_told_who_asks_for_what),
        NAMES(what_it_answers_decides),
        NAMES(one_that_faults_has_said_no),
        NAMES(neither_the_operator_nor_who_registered_is_asked),
        NAMES(some_names_are_for_the_privileged),
        NAMES(a_name_that_vanishes_meanwhile_is_not_found),
        NAMES(another_domain_of_that_name_is_not_given),
        NAMES(an_authorizer_that_asks_for_another_name_keeps_its_own),
        NAMES(an_identity_tells_name_and_loader_and_privilege),
        NAMES(what_does_not_fit_is_cut),
        NAMES(an_identity_dies_with_its_domain),
        NAMES(a_domain_is_no_identity_nor_the_other_way_round),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("nameserver", tests, NULL, NULL);
}
