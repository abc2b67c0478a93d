/*
 * See quota.h. Refusals are counted with those of memory, in owner.c: what is granted of one kind ends a row of refusals of
 * another, too.
 */
#include "kernel/quota.h"

#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/processor.h"
#include "kernel/contain/contain.h"
#include "kernel/strand/usage.h"
#include "kernel/recorder.h"

struct account {
    uint32_t used[N_QUOTAS], limits[N_QUOTAS];
};

static const struct {
    const char *name, *things;
} kinds[N_QUOTAS] = {
    [QUOTA_STRANDS] = {"strands", "strands"},
    [QUOTA_LOCKS] = {"locks", "locks and alarms"},
    [QUOTA_BINDINGS] = {"bindings", "bindings"},
    [QUOTA_PATCHES] = {"patches", "patches"},
    [QUOTA_SPRINGBOARDS] = {"springboards", "springboards"},
    [QUOTA_CALL_MS] = {"call-ms", "milliseconds of a call"},
    [QUOTA_RUN_MS] = {"run-ms", "milliseconds without a wait"},
    [QUOTA_TOTAL_MS] = {"total-ms", "milliseconds in all"},
};

static const struct account unprivileged = {.limits = {[QUOTA_STRANDS] = 64,
                                                       [QUOTA_LOCKS] = 4096,
                                                       [QUOTA_BINDINGS] = 4096,
                                                       [QUOTA_PATCHES] = 4096,
                                                       [QUOTA_SPRINGBOARDS] = 256,
                                                       [QUOTA_CALL_MS] = 2000,
                                                       [QUOTA_RUN_MS] = 10000,
                                                       [QUOTA_TOTAL_MS] = QUOTA_UNLIMITED}};
static const struct account privileged = {.limits = {[QUOTA_STRANDS] = QUOTA_UNLIMITED,
                                                     [QUOTA_LOCKS] = QUOTA_UNLIMITED,
                                                     [QUOTA_BINDINGS] = QUOTA_UNLIMITED,
                                                     [QUOTA_PATCHES] = 4096,
                                                     [QUOTA_SPRINGBOARDS] = 256,
                                                     [QUOTA_CALL_MS] = QUOTA_UNLIMITED,
                                                     [QUOTA_RUN_MS] = QUOTA_UNLIMITED,
                                                     [QUOTA_TOTAL_MS] = QUOTA_UNLIMITED}};

static struct account accounts[OWNERS_MAX];

const char *quota_name(enum quota quota)
{
    return kinds[quota].name;
}

void quota_begin(owner_t owner, bool is_privileged)
{
    owners[owner].privileged = is_privileged;
    usage_begin(owner);
    accounts[owner] = is_privileged ? privileged : unprivileged;
}

/* Memory is said in the largest unit that it is a whole number of. */
static const char *in_units(size_t *limit, const char *what)
{
    static const char *const names[] = {"bytes of memory", "KB of memory", "MB of memory"};
    unsigned i = 0;

    if (strcmp(what, names[0]) != 0)
        return what;
    for (; i < 2 && *limit != 0 && *limit % 1024 == 0; i++)
        *limit /= 1024;
    return names[i];
}

void quota_exhausted(owner_t owner, size_t limit, const char *what)
{
    what = in_units(&limit, what);
    record(RECORDED_REFUSED, owners[owner].name, QUOTA_REFUSALS);
    contain_offender(owner, "asked %u times in a row for more than its quota of %u %s",
                     QUOTA_REFUSALS, (unsigned)limit, what);
}

static status_t refuse(owner_t owner, enum quota quota, bool enough)
{
    uint32_t limit = accounts[owner].limits[quota];

    if (enough)
        quota_exhausted(owner, limit, kinds[quota].things);
    return status_refuse(ERR_QUOTA, "the domain %s has %u %s, which is its quota",
                         owners[owner].name, (unsigned)accounts[owner].used[quota],
                         kinds[quota].things);
}

status_t quota_take(owner_t owner, enum quota quota)
{
    struct account *account = &accounts[owner];
    uint32_t before;
    bool granted, enough = false;

    if (owners[owner].ends && quota != QUOTA_SPRINGBOARDS)
        return status_refuse(ERR_STATE, "%s is in quarantine, or leaves", owners[owner].name);
    before = interrupts_off();
    granted = account->used[quota] < account->limits[quota];

    if (granted) {
        account->used[quota]++;
        owner_granted(owner);
    } else {
        enough = !owner_refused(owner);
    }
    interrupts_restore(before);
    return granted ? OK : refuse(owner, quota, enough);
}

void quota_give(owner_t owner, enum quota quota)
{
    uint32_t before = interrupts_off();

    accounts[owner].used[quota]--;
    interrupts_restore(before);
}

void quota_move(owner_t from, owner_t to, enum quota quota)
{
    uint32_t before = interrupts_off();

    accounts[from].used[quota]--;
    accounts[to].used[quota]++;
    interrupts_restore(before);
}

uint32_t quota_used(owner_t owner, enum quota quota)
{
    if (quota == QUOTA_TOTAL_MS)
        return (uint32_t)(clock_to_microseconds(usage_of_owner(owner)) / 1000);
    return accounts[owner].used[quota];
}

uint32_t quota_limit(owner_t owner, enum quota quota)
{
    return accounts[owner].limits[quota];
}

void quota_set(owner_t owner, enum quota quota, uint32_t limit)
{
    accounts[owner].limits[quota] = limit;
    if (quota >= QUOTA_CALL_MS)
        contain_watch(NULL);
}
