/*
 * A hostile extension from its loading to its unloading. It is unprivileged, and its quotas are small, so that what never ends ends
 * soon; but that of time only for those that are to exceed it, since the host may be slow.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/busy.h"
#include "kernel/quota.h"
#include "kernel/strand/strand.h"
#include "tests/hostile/stage.h"
#include "tests/kernel/hostile/hostile.h"

#define STEPS 4
#define MEMORY (4u << 20)
#define MOMENT_US 500
#define STUCK_US 100000
#define PATIENCE_US 60000000
#define DELAY_MAX_US 3000

/* ---- loading ---- */

static bool is_slow(const struct hostile *hostile)
{
    return strcmp(hostile->text, "for") == 0 || strncmp(hostile->text, "loop", 4) == 0 ||
           strncmp(hostile->name, "loop", 4) == 0;
}

static void limit(owner_t owner, const struct hostile *hostile)
{
    quota_set(owner, QUOTA_STRANDS, 16);
    quota_set(owner, QUOTA_LOCKS, 100);
    quota_set(owner, QUOTA_BINDINGS, 60);
    quota_set(owner, QUOTA_PATCHES, 20);
    quota_set(owner, QUOTA_SPRINGBOARDS, 20);
    if (is_slow(hostile)) {
        quota_set(owner, QUOTA_CALL_MS, 20);
        quota_set(owner, QUOTA_RUN_MS, 50);
    }
    (void)owner_set_quota(owner, MEMORY);
}

/* domain_create makes what is unprivileged. */
static status_t create(const struct hostile *hostile, domain_t **domain)
{
    const struct domain_terms terms = {.loader = "test", .privileged = true};
    vaddr_t before;
    struct domain *inside;
    status_t status;

    if (!hostile->privileged)
        return domain_create(hostile->name, hostile->object, hostile->size, domain);
    before = busy_begin();
    status = domain_make(&terms, hostile->name, hostile->object, hostile->size, &inside);
    if (status == OK)
        *domain = inside->capability;
    busy_end(before);
    return status;
}

static status_t resolve(const struct hostile *hostile, domain_t *domain)
{
    domain_t *kernel;
    status_t status = nameserver_query(hostile->privileged ? "SpinPrivate" : "SpinPublic", &kernel);

    if (status == OK)
        status = domain_resolve(kernel, domain);
    if (status == OK && hostile->privileged)
        status = nameserver_query("SpinPublic", &kernel);
    if (status == OK && hostile->privileged)
        status = domain_resolve(kernel, domain);
    return status == OK ? domain_resolve(stage_domain, domain) : status;
}

static status_t load(struct guest *guest)
{
    const struct hostile *hostile = guest->hostile;
    const struct symbol *symbol;
    struct domain *inside;
    domain_t *domain;
    status_t status = create(hostile, &domain);

    if (status != OK)
        return status;
    status = domain_of(domain, &inside);
    if (status == OK) {
        limit(inside->image.memory.owner, hostile);
        symbol = symbol_find(&inside->image.symbols, "hostile_act", symbol_hash("hostile_act"));
        guest->act = symbol != NULL ? (status_t(*)(void))symbol->value : NULL;
        status = resolve(hostile, domain);
    }
    if (status == OK)
        status = domain_initialize(domain);
    if (status == OK)
        guest->domain = domain;
    else if (domain_destroy(domain) != OK)
        printf("    #   %s: refused, and cannot be destroyed: %s\n", hostile->name,
               status_explain());
    return status;
}

/* ---- acting ---- */

static void act(void *closure)
{
    static char word[] = "misbehave";
    struct guest *guest = closure;
    char *argv[] = {word, NULL};

    (void)strand_sleep(guest->delay_us);
    if (guest->act != NULL)
        guest->result = guest->act();
    guest->n_steps = 1;
    stage_told((int)guest->delay_us);
    guest->n_steps = 2;
    (void)stage_asked((int)guest->delay_us);
    guest->n_steps = 3;
    guest->n_steps += shell_command(1, argv) <= OK;
}

void guest_begin(struct guest *guest, const struct hostile *hostile, uint32_t seed)
{
    status_t status;

    *guest = (struct guest){.result = ERR_STATE,
                            .hostile = hostile,
                            .seed = seed,
                            .delay_us = random_next(&seed) % DELAY_MAX_US};
    status = load(guest);
    if (status == OK)
        status = strand_create(act, guest, &(struct strand_options){.name = hostile->name},
                               &guest->actor);
    if (status == OK)
        return;
    guest->outcome = OUTCOME_REFUSED;
    if (hostile->outcome != OUTCOME_REFUSED)
        printf("    #   %s\n", status_explain());
    strncpy(guest->text, status_name(status), sizeof guest->text - 1);
}

/* ---- judging ---- */

/* Whether there is an outcome that will not change any more. */
static bool observe(struct guest *guest)
{
    vaddr_t before = busy_begin();
    struct domain *domain;
    bool final = true;

    if (domain_of(guest->domain, &domain) != OK) {
        guest->outcome = OUTCOME_GONE;
    } else if (domain->quarantined) {
        guest->outcome = OUTCOME_QUARANTINED;
        strncpy(guest->text, domain->reason, sizeof guest->text - 1);
        final = domain->reason[0] != 0; /* of a fault it is found when that is reported */
    } else {
        guest->outcome = OUTCOME_HARMLESS;
        final = false;
    }
    busy_end(before);
    return final;
}

static bool has_acted(const struct guest *guest)
{
    return guest->n_steps >= STEPS;
}

static bool has_ended(const strand_t *capability)
{
    const struct strand *strand = strand_of(capability);

    return strand == NULL || strand->state == STRAND_ENDED;
}

void guest_wait(struct guest *guest)
{
    uint64_t start = clock_microseconds();
    bool harmless = guest->hostile->outcome == OUTCOME_HARMLESS;
    bool final;

    if (guest->domain == NULL)
        return;
    do {
        (void)strand_sleep(MOMENT_US);
        final = observe(guest) || (harmless && has_ended(guest->actor));
    } while (!final &&
             clock_microseconds() - start < (guest->hostile->holds ? STUCK_US : PATIENCE_US));
    (void)strand_sleep(random_next(&guest->seed) % DELAY_MAX_US);
    (void)observe(guest);
}

bool guest_unload(struct guest *guest)
{
    status_t status = guest->domain == NULL ? OK : domain_destroy(guest->domain);

    if (status == OK || (status == ERR_BAD_CAPABILITY && guest->hostile->outcome == OUTCOME_GONE))
        return true;
    printf("    #   %s: cannot be unloaded: %s\n", guest->hostile->name, status_explain());
    return false;
}

/* A strand cannot be waited for with a limit, so it is looked at. */
bool guest_join(struct guest *guest)
{
    uint64_t start = clock_microseconds();

    if (guest->actor == NULL)
        return true;
    while (!has_ended(guest->actor) && clock_microseconds() - start < PATIENCE_US)
        (void)strand_sleep(MOMENT_US);
    if (!has_ended(guest->actor)) {
        printf("    #   %s: who called it does not come back from step %u\n", guest->hostile->name,
               guest->n_steps);
        return false;
    }
    (void)strand_join(guest->actor);
    if (has_acted(guest) || guest->may_end)
        return true;
    printf("    #   %s: who called it has ended in step %u\n", guest->hostile->name,
           guest->n_steps);
    return false;
}

bool guest_did_as_expected(const struct guest *guest)
{
    static const char *const names[] = {"refused", "quarantined", "harmless", "gone"};
    const struct hostile *hostile = guest->hostile;

    if (guest->outcome == hostile->outcome && strstr(guest->text, hostile->text) != NULL)
        return true;
    printf("    #   %s: %s, \"%s\"; expected: %s, \"%s\"\n", hostile->name, names[guest->outcome],
           guest->text, names[hostile->outcome], hostile->text);
    return false;
}
