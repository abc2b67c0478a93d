/* See owner.h. */
#include "kernel/owner.h"

#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"
#include "kernel/busy.h"
#include "kernel/code_space.h"
#include "kernel/console.h"
#include "kernel/heap.h"
#include "kernel/page.h"
#include "kernel/quota.h"
#include "kernel/recorder.h"

#define N_CODE_PAGES ((DOMAIN_CODE_END - DOMAIN_CODE_BASE) / PAGE_SIZE)

struct owner owners[OWNERS_MAX];
uint16_t code_owners[N_CODE_PAGES];

void owner_initialize(void)
{
    owners[OWNER_KERNEL] =
        (struct owner){.name = "kernel", .left = OWNER_UNLIMITED, .quota = OWNER_UNLIMITED};
    quota_begin(OWNER_NOBODY, true);
    quota_begin(OWNER_KERNEL, true);
    quota_set(OWNER_KERNEL, QUOTA_PATCHES, QUOTA_UNLIMITED);
    quota_set(OWNER_KERNEL, QUOTA_SPRINGBOARDS, QUOTA_UNLIMITED);
}

status_t owner_create(const char *name, size_t quota, owner_t *owner)
{
    for (unsigned i = OWNER_KERNEL + 1; i < OWNERS_MAX; i++)
        if (owners[i].name == NULL) {
            owners[i] = (struct owner){.name = name, .left = (int32_t)quota, .quota = quota};
            *owner = (owner_t)i;
            return OK;
        }
    return status_refuse(ERR_NO_MEMORY, "there are %d owners of memory already", OWNERS_MAX);
}

/* ---- charging ---- */

/* What is left looks like less than nothing from the first refusal until something is granted. */
bool owner_refused(owner_t owner)
{
    struct owner *o = &owners[owner];

    if (o->refusals++ == 0) {
        o->left -= OWNER_REFUSED;
        record(RECORDED_REFUSED, o->name, 0);
    }
    return o->refusals % QUOTA_REFUSALS != 0;
}

void owner_granted(owner_t owner)
{
    struct owner *o = &owners[owner];

    if (o->refusals != 0)
        o->left += OWNER_REFUSED;
    o->refusals = 0;
}

static bool charge(owner_t owner, size_t size)
{
    struct owner *o = &owners[owner];

    if (size > o->quota - owner_holds(owner))
        return false;
    owner_granted(owner);
    o->left -= (int32_t)size;
    return true;
}

bool owner_charge(owner_t owner, size_t size)
{
    uint32_t before = interrupts_off();
    bool charged = charge(owner, size);
    bool enough = !charged && !owner_refused(owner);

    interrupts_restore(before);
    if (enough && !owners[owner].privileged)
        quota_exhausted(owner, owners[owner].quota, "bytes of memory");
    return charged;
}

status_t owner_set_quota(owner_t owner, size_t quota)
{
    struct owner *o = &owners[owner];
    uint32_t before = interrupts_off();
    size_t holds = owner_holds(owner);

    if (quota >= holds && quota <= OWNER_UNLIMITED) {
        o->left += (int32_t)(quota - o->quota);
        o->quota = quota;
    }
    interrupts_restore(before);
    if (o->quota == quota)
        return OK;
    return status_refuse(ERR_BAD_ARGUMENT, "%s has %u bytes of memory", o->name, (unsigned)holds);
}

void owner_release(owner_t owner)
{
    BUSY;

    console_release_owner(owner);
    if (owner_holds(owner) != 0) {
        code_release_owner(owner);
        heap_release_owner(owner);
        page_release_owner(owner);
    }
}

void owner_destroy(owner_t owner)
{
    owner_release(owner);
    owners[owner].name = NULL;
}

void owner_set_code(vaddr_t first, size_t n_pages, owner_t owner)
{
    for (size_t i = 0; i < n_pages; i++)
        code_owners[(first - DOMAIN_CODE_BASE) / PAGE_SIZE + i] = (uint16_t)owner;
}
