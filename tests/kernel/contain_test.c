/*
 * What an extension does wrong, by where it does it: each fault in each place. Who called goes on with what it is to get, the extension is quarantined
 * with the reason, or as the place has it, and when it is unloaded memory is as it was.
 */
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>
#include <whorl/shell.h>

#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/quiescence.h"
#include "kernel/quota.h"
#include "kernel/test.h"
#include "tests/kernel/objects/wrong.h"

SUITE("contain");

#define LIMIT_MS 10
#define MOMENT_US 200
#define PATIENCE_US 5000000

extern const char object_wrong[], object_wrong_end[];
extern const char object_wrong_privileged[], object_wrong_privileged_end[];

/* ---- what the guest sees */

static volatile enum fault fault_wanted;
static volatile enum place place_wanted;
static volatile unsigned n_told, n_each;

enum fault contain_fault_wanted(void)
{
    return fault_wanted;
}

enum place contain_place_wanted(void)
{
    return place_wanted;
}

void contain_each(void (*each)(void))
{
    each();
    n_each++;
}

void contain_told(int n)
{
    (void)n;
    n_told++;
}

int contain_asked(int n)
{
    return n + 1;
}

void contain_looked(const int *p)
{
    (void)p;
    n_told++;
}

INTERFACE(Contain, contain_fault_wanted, contain_place_wanted, contain_each, contain_told,
          contain_asked, contain_looked);

/* ---- the guest ---- */

struct guest {
    domain_t *domain;
    status_t begun; /* what domain_initialize said */
};

static domain_t *interface;

static status_t make(bool privileged, domain_t **domain)
{
    const struct domain_terms terms = {.loader = "test", .privileged = privileged};
    const char *object = privileged ? object_wrong_privileged : object_wrong;
    const char *end = privileged ? object_wrong_privileged_end : object_wrong_end;
    vaddr_t before = busy_begin();
    struct domain *inside;
    status_t status = domain_make(&terms, "wrong", object, (size_t)(end - object), &inside);

    if (status == OK)
        *domain = inside->capability;
    busy_end(before);
    return status;
}

static struct domain *inside_of(const struct guest *guest)
{
    struct domain *domain = NULL;

    return domain_of(guest->domain, &domain) == OK ? domain : NULL;
}

static status_t resolve(domain_t *target, const char *name)
{
    domain_t *source;
    status_t status = nameserver_query(name, &source);

    return status == OK ? domain_resolve(source, target) : status;
}

/* Of time only for who is to exceed it, since the host may be slow. */
static void limit(const struct guest *guest)
{
    owner_t owner = inside_of(guest)->image.memory.owner;

    if (fault_wanted != FAULT_LOOP && fault_wanted != FAULT_LOOP_WITH_WAITS)
        return;
    quota_set(owner, QUOTA_CALL_MS, LIMIT_MS);
    quota_set(owner, QUOTA_RUN_MS, LIMIT_MS);
}

static bool load(struct guest *guest, bool privileged)
{
    if (!CHECK_STATUS(OK, make(privileged, &guest->domain))) {
        printf("    #   %s\n", status_explain());
        return false;
    }
    if (place_wanted == PLACE_INIT)
        limit(guest);
    CHECK_STATUS(OK, resolve(guest->domain, "SpinPublic"));
    if (privileged)
        CHECK_STATUS(OK, resolve(guest->domain, "SpinPrivate"));
    CHECK_STATUS(OK, domain_resolve(interface, guest->domain));
    guest->begun = domain_initialize(guest->domain);
    if (guest->begun == OK)
        limit(guest);
    return true;
}

static void *address_of(const struct guest *guest, const char *name)
{
    const struct symbol *symbol =
        symbol_find(&inside_of(guest)->image.symbols, name, symbol_hash(name));

    return symbol != NULL ? (void *)symbol->value : NULL;
}

/* The reason is found when it is reported. */
static bool is_quarantined(const struct guest *guest, char reason[200])
{
    vaddr_t before = busy_begin();
    const struct domain *domain = inside_of(guest);
    bool quarantined = domain != NULL && domain->quarantined && domain->reason[0] != 0;

    if (quarantined)
        strcpy(reason, domain->reason);
    busy_end(before);
    return quarantined;
}

static bool wait_for_quarantine(const struct guest *guest, char reason[200])
{
    uint64_t start = clock_microseconds();

    while (!is_quarantined(guest, reason))
        if (clock_microseconds() - start > PATIENCE_US || strand_sleep(MOMENT_US) != OK)
            return false;
    return true;
}

/* ---- how it is made to, and what the caller sees ---- */

typedef status_t call_t(void);

static void call(const struct guest *guest)
{
    CHECK_STATUS(ERR_FAULT, ((call_t *)address_of(guest, "wrong_call"))());
}

static void call_back(const struct guest *guest)
{
    unsigned before = n_each;

    CHECK_STATUS(ERR_FAULT, ((call_t *)address_of(guest, "wrong_calls_back"))());
    CHECK_EQUAL(before + 1, n_each);
}

static void tell(const struct guest *guest)
{
    unsigned before = n_told;

    (void)guest;
    contain_told((int)fault_wanted);
    CHECK_EQUAL(before + 1, n_told);
}

static void ask(const struct guest *guest)
{
    (void)guest;
    CHECK_EQUAL(8, contain_asked(7));
}

static void look(const struct guest *guest)
{
    unsigned before = n_told;

    (void)guest;
    contain_looked((const int *)0x70000000);
    CHECK_EQUAL(before + 1, n_told);
}

static status_t allowed(int n)
{
    return n == 0 ? OK : ERR_BUSY;
}

static void be_authorized(const struct guest *guest)
{
    procedure_t event = (procedure_t)address_of(guest, "wrong_event");
    binding_t *binding = NULL;

    CHECK_STATUS(ERR_NOT_AUTHORIZED,
                 event_install(event, (procedure_t)allowed, NULL, NULL, &binding));
    CHECK(binding == NULL);
}

static void command(const struct guest *guest)
{
    static char word[] = "wrong";
    char *argv[] = {word, NULL};

    (void)guest;
    CHECK(shell_command(1, argv) < OK);
}

static void begin(const struct guest *guest)
{
    status_t (*begins)(strand_t **) = (status_t(*)(strand_t **))address_of(guest, "wrong_begin");
    strand_t *strand;

    if (CHECK_STATUS(OK, begins(&strand)))
        CHECK_STATUS(ERR_FAULT, strand_join(strand));
}

static void work(const struct guest *guest)
{
    ((void (*)(void))address_of(guest, "wrong_work"))();
    CHECK_STATUS(ERR_FAULT, ((call_t *)address_of(guest, "wrong_call"))());
}

static void wait(const struct guest *guest)
{
    (void)guest;
}

/* ---- the table ---- */

#define ALL ((1u << N_FAULTS) - 2)
#define FAULT(fault) (1u << FAULT_##fault)
#define WAITING FAULT(LOOP_WITH_WAITS)
#define LOST (FAULT(STACK) | FAULT(RETURN))

/* Where it may not wait, it loops without. Who ends with a jump, or a return to nowhere, is not always told from who has called him, if that is a domain. */
static const struct {
    uint32_t faults;
    void (*act)(const struct guest *guest);
    uint32_t ends; /* faults that leave nothing of the way back to the caller */
} places[N_PLACES] = {
    [PLACE_CALL] = {ALL, call, LOST},
    [PLACE_CALLBACK] = {ALL & ~(FAULT(LAST_JUMP) | FAULT(LAST_CALL) | FAULT(RETURN)), call_back,
                        LOST},
    [PLACE_HANDLER] = {ALL, tell, FAULT(STACK)},
    [PLACE_ANSWER] = {ALL, ask, FAULT(STACK)},
    [PLACE_GUARD] = {FAULT(LOAD), look},
    [PLACE_AUTHORIZER] = {ALL & ~WAITING, be_authorized},
    [PLACE_ASYNC] = {ALL & ~WAITING, tell},
    [PLACE_EPHEMERAL] = {FAULT(LOAD) | FAULT(STORE) | FAULT(TRAP) | FAULT(MISALIGNED), tell},
    [PLACE_COMMAND] = {ALL, command, FAULT(STACK)},
    [PLACE_STRAND] = {ALL & ~WAITING, begin},
    [PLACE_ALARM] = {ALL & ~WAITING, wait},
    [PLACE_PATCH] = {ALL & ~(WAITING | FAULT(LOOP)), work, LOST},
};

static const char *const reasons[N_FAULTS] = {
    [FAULT_LOAD] = ": load from 0x70000000",
    [FAULT_STORE] = ": store to 0x70000000",
    [FAULT_ILLEGAL] = ": an illegal instruction",
    [FAULT_TRAP] = ": a trap instruction",
    [FAULT_JUMP] = ": jump to 0x70000000",
    [FAULT_JUMP_TO_DATA] = "which is not executable",
    [FAULT_MISALIGNED] = "alignment exception",
    [FAULT_LOOP] = "for",
    [FAULT_LOOP_WITH_WAITS] = "in a call by",
    [FAULT_RECURSION] = "overflow",
    [FAULT_DOUBLE_FREE] = "exception",
    [FAULT_RETURN] = "jump to 0x70000000",
    [FAULT_STACK] = "load from 0x70000000",
    [FAULT_LAST_JUMP] = ": jump to 0x70000000",
    [FAULT_LAST_CALL] = "exception",
};

static void expect_reason(enum place place, enum fault fault, const char *reason)
{
    if (!CHECK(strstr(reason, reasons[fault]) != NULL))
        printf("    #   place %u, fault %u: not \"%s\": %s\n", place, fault, reasons[fault],
               reason);
}

static void unload(const struct guest *guest)
{
    if (!CHECK_STATUS(OK, domain_destroy(guest->domain)))
        printf("    #   %s\n", status_explain());
    quiescence_collect();
}

static void act_apart(void *closure)
{
    places[place_wanted].act(closure);
}

/* Who has lost r1, or where he returns to, is cut off where the kernel has called his strand, which ends. */
static void act(struct guest *guest)
{
    strand_t *strand;

    if ((places[place_wanted].ends >> fault_wanted & 1) == 0)
        places[place_wanted].act(guest);
    else if (CHECK_STATUS(OK, strand_create(act_apart, guest, NULL, &strand)))
        CHECK_STATUS(ERR_FAULT, strand_join(strand));
}

static void do_wrong(enum place place, enum fault fault)
{
    char reason[200] = "";
    struct guest guest;

    place_wanted = place;
    fault_wanted = fault;
    if (!load(&guest, place == PLACE_PATCH))
        return;
    if (place != PLACE_ALARM)
        CHECK_STATUS(OK, guest.begun);
    act(&guest);
    if (!CHECK(wait_for_quarantine(&guest, reason)))
        printf("    #   place %u, fault %u: is not in quarantine\n", place, fault);
    else
        expect_reason(place, fault, reason);
    unload(&guest);
}

/* A well-behaved one still loads and does what it should. */
static void do_right(void)
{
    struct guest guest;

    place_wanted = PLACE_NONE;
    fault_wanted = FAULT_NONE;
    if (!load(&guest, false))
        return;
    CHECK_STATUS(OK, guest.begun);
    CHECK_STATUS(OK, ((call_t *)address_of(&guest, "wrong_call"))());
    unload(&guest);
}

/* A test that did not come to its end has left its guest. */
static bool open(void)
{
    const struct domain *left = domain_named("wrong");

    if (left != NULL)
        CHECK_STATUS(OK, domain_destroy(left->capability));
    return CHECK_STATUS(OK, domain_create_from_interface(INTERFACE_UNIT(Contain), &interface));
}

static bool is_leaving(void)
{
    vaddr_t before = busy_begin();
    const struct domain *domain = domain_next(NULL);

    while (domain != NULL && domain->state != DOMAIN_LEAVING)
        domain = domain_next(domain);
    busy_end(before);
    return domain != NULL;
}

/* What strands have not left yet is released soon. */
static void close(void)
{
    do_right();
    CHECK_STATUS(OK, domain_destroy(interface));
    for (unsigned i = 0; i < 100 && is_leaving(); i++) {
        (void)strand_sleep(MOMENT_US);
        quiescence_collect();
    }
    CHECK(!is_leaving());
}

static void do_all(enum place place)
{
    if (!open())
        return;
    for (unsigned fault = 1; fault < N_FAULTS; fault++)
        if ((places[place].faults >> fault & 1) != 0)
            do_wrong(place, (enum fault)fault);
    close();
}

TEST(a_call_by_another_domain)
{
    do_all(PLACE_CALL);
}

TEST(what_a_procedure_of_others_calls_back)
{
    do_all(PLACE_CALLBACK);
}

TEST(a_handler)
{
    do_all(PLACE_HANDLER);
}

TEST(a_handler_that_gives_the_result)
{
    do_all(PLACE_ANSWER);
}

TEST(a_guard)
{
    do_all(PLACE_GUARD);
}

TEST(an_authorizer)
{
    do_all(PLACE_AUTHORIZER);
}

TEST(an_asynchronous_handler)
{
    do_all(PLACE_ASYNC);
}

TEST(a_handler_with_a_deadline)
{
    do_all(PLACE_EPHEMERAL);
}

TEST(a_command)
{
    do_all(PLACE_COMMAND);
}

TEST(a_strand)
{
    do_all(PLACE_STRAND);
}

TEST(an_alarm)
{
    do_all(PLACE_ALARM);
}

TEST(a_handler_of_a_patch)
{
    do_all(PLACE_PATCH);
}

/* ---- clients ---- */

static volatile status_t got[2];

static void sleep_there(void *closure)
{
    got[0] = ((call_t *)address_of(closure, "wrong_sleeps"))();
}

static void block_there(void *closure)
{
    got[1] = ((call_t *)address_of(closure, "wrong_blocks"))();
}

TEST(who_waits_in_a_call_of_what_is_quarantined_comes_back)
{
    const struct strand_options above = {.priority = STRAND_PRIORITY_TOP - 1};
    char reason[200];
    struct guest guest;
    strand_t *strands[2];

    place_wanted = PLACE_CALL;
    fault_wanted = FAULT_TRAP;
    got[0] = got[1] = OK;
    if (!open() || !load(&guest, false))
        return;
    CHECK_STATUS(OK, strand_create(sleep_there, &guest, &above, &strands[0]));
    CHECK_STATUS(OK, strand_create(block_there, &guest, &above, &strands[1]));
    call(&guest);
    CHECK(wait_for_quarantine(&guest, reason));
    for (unsigned i = 0; i < 100 && (got[0] == OK || got[1] == OK); i++)
        CHECK_STATUS(OK, strand_sleep(1000));
    for (unsigned i = 0; i < 2; i++)
        if (CHECK_STATUS(ERR_FAULT, got[i]))
            CHECK_STATUS(OK, strand_join(strands[i]));
    unload(&guest);
    close();
}

/* ---- time ---- */

TEST(calls_that_return_are_not_added_up)
{
    struct guest guest;
    uint64_t begun = clock_microseconds();
    status_t status = OK;

    place_wanted = PLACE_NONE;
    fault_wanted = FAULT_LOOP;
    if (!open() || !load(&guest, false))
        return;
    while (status == OK && clock_microseconds() - begun < 20 * 1000 * LIMIT_MS)
        status = ((call_t *)address_of(&guest, "wrong_short"))();
    CHECK_STATUS(OK, status);
    unload(&guest);
    close();
}

/* ---- starting and ending ---- */

static void begin_wrongly(enum fault fault)
{
    struct guest guest;

    place_wanted = PLACE_INIT;
    fault_wanted = fault;
    if (!load(&guest, false))
        return;
    CHECK_STATUS(ERR_FAULT, guest.begun);
    unload(&guest);
}

static void end_wrongly(enum fault fault)
{
    struct guest guest;

    place_wanted = PLACE_FINI;
    fault_wanted = fault;
    if (!load(&guest, false))
        return;
    CHECK_STATUS(OK, guest.begun);
    unload(&guest);
}

static void with_all(void (*act)(enum fault fault))
{
    if (!open())
        return;
    for (unsigned fault = 1; fault < N_FAULTS; fault++)
        act((enum fault)fault);
    close();
}

TEST(the_beginning_of_a_domain)
{
    with_all(begin_wrongly);
}

TEST(the_end_of_a_domain)
{
    with_all(end_wrongly);
}
