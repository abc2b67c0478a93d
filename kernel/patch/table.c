/*
 * Sites by address, bodies by page, patches by number. What exceptions look up (sites, bodies) is linked and unlinked by one
 * store each, so an exception at any instant finds lists that are whole.
 */
#include <stdlib.h>

#include "arch/ppc/layout.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/patch_private.h"

#define SITE_BUCKETS 4096
#define BODY_BUCKETS 1024

static struct site *sites[SITE_BUCKETS];
static struct patch_body *bodies[BODY_BUCKETS];
size_t patch_n_sites;
static size_t largest_body; /* bytes, of all that there ever were */
static unsigned latest;     /* number */
static struct patch *patches_last;
struct patch *patches_first, *patches_relying;

/* ---- sites ---- */

static struct site **sites_of(vaddr_t address)
{
    return &sites[(address >> 2 ^ address >> 14) % SITE_BUCKETS];
}

struct site *site_at(vaddr_t address)
{
    struct site *site = *sites_of(address);

    while (site != NULL && site->address != address)
        site = site->next;
    return site;
}

status_t site_make(vaddr_t address, const struct site_facts *facts, struct site **made)
{
    struct site *site = calloc(1, sizeof *site);

    if (site == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a patch");
    site->address = site->lead.at = address;
    site->word = facts->word;
    site->facts = *facts;
    site->next = *sites_of(address);
    *sites_of(address) = site;
    patch_n_sites++;
    *made = site;
    return OK;
}

void site_end(struct site *site)
{
    struct site **link = sites_of(site->address);

    while (*link != site)
        link = &(*link)->next;
    *link = site->next;
    patch_n_sites--;
    free(site);
}

static struct site *first_from(size_t bucket)
{
    while (bucket < SITE_BUCKETS && sites[bucket] == NULL)
        bucket++;
    return bucket < SITE_BUCKETS ? sites[bucket] : NULL;
}

struct site *site_next(const struct site *site)
{
    if (patch_n_sites == 0)
        return NULL;
    if (site == NULL)
        return first_from(0);
    return site->next != NULL ? site->next
                              : first_from((size_t)(sites_of(site->address) - sites) + 1);
}

static void each_word(vaddr_t start, size_t size, void (*each)(struct site *, void *),
                      void *context)
{
    for (vaddr_t address = start; address - start < size; address += 4) {
        struct site *site = site_at(address);

        if (site != NULL)
            each(site, context);
    }
}

/* Whether there are fewer words than sites to look at. */
static bool is_small(size_t size)
{
    return size / 4 < patch_n_sites + SITE_BUCKETS / 4;
}

/* A site that is ended takes none but itself from the table. */
void sites_each(vaddr_t start, size_t size, void (*each)(struct site *, void *), void *context)
{
    if (patch_n_sites == 0)
        return;
    if (is_small(size)) {
        each_word(start, size, each, context);
        return;
    }
    for (size_t i = 0; i < SITE_BUCKETS; i++)
        for (struct site *site = sites[i], *next; site != NULL; site = next) {
            next = site->next;
            if (site->address - start < size)
                each(site, context);
        }
}

static bool is_any_on(vaddr_t start, size_t size)
{
    for (size_t i = 0; i < SITE_BUCKETS; i++)
        for (const struct site *site = sites[i]; site != NULL; site = site->next)
            if (site->address - start < size)
                return true;
    return false;
}

/* Asked while words are being changed, when nothing may be called through a pointer: see kernel/event/splice_fixed.c. */
bool patch_is_on(vaddr_t start, size_t size)
{
    if (patch_n_sites == 0)
        return false;
    if (!is_small(size))
        return is_any_on(start, size);
    for (vaddr_t address = start; address - start < size; address += 4)
        if (site_at(address) != NULL)
            return true;
    return false;
}

/* ---- bodies ---- */

static struct patch_body **bodies_of(vaddr_t page)
{
    return &bodies[page / PAGE_SIZE % BODY_BUCKETS];
}

void body_enlist(struct patch_body *body)
{
    struct patch_body **list = bodies_of(body->code);

    patch_without_bodies = NEAR_CODE_BASE - VECTOR_PAGES_END;
    if (body->size > largest_body)
        largest_body = body->size;
    body->next = *list;
    *list = body;
}

void body_unlist(struct patch_body *body)
{
    struct patch_body **link = bodies_of(body->code);

    while (*link != body)
        link = &(*link)->next;
    *link = body->next;
}

static struct patch_body *begun_in(vaddr_t page, vaddr_t address)
{
    struct patch_body *body = *bodies_of(page);

    while (body != NULL && address - body->code >= body->size)
        body = body->next;
    return body;
}

struct patch_body *body_at(vaddr_t address)
{
    size_t n_pages = (largest_body + PAGE_SIZE - 1) / PAGE_SIZE + 1;
    struct patch_body *body = NULL;

    if (largest_body == 0 || address - NEAR_CODE_BASE >= DOMAIN_CODE_END - NEAR_CODE_BASE)
        return NULL;
    for (size_t i = 0; body == NULL && i < n_pages; i++)
        body = begun_in(address - i * PAGE_SIZE, address);
    return body;
}

/* ---- patches ---- */

static void enlist(struct patch *patch)
{
    patch->before = patches_last;
    if (patches_last != NULL)
        patches_last->after = patch;
    else
        patches_first = patch;
    patches_last = patch;
}

static void unlist(struct patch *patch)
{
    if (patch->before != NULL)
        patch->before->after = patch->after;
    else
        patches_first = patch->after;
    if (patch->after != NULL)
        patch->after->before = patch->before;
    else
        patches_last = patch->before;
}

owner_t patch_payer(const struct patch *patch)
{
    return patch->owner == NULL ? OWNER_KERNEL : patch->owner->image.memory.owner;
}

static status_t name_patch(struct patch *patch, struct domain *owner)
{
    status_t status;

    patch->owner = owner;
    status = quota_take(patch_payer(patch), QUOTA_PATCHES);
    if (status != OK)
        return status;
    status = capability_create(CAPABILITY_PATCH, patch, (void **)&patch->capability);
    if (status != OK)
        quota_give(patch_payer(patch), QUOTA_PATCHES);
    return status;
}

status_t patch_make(enum patch_kind kind, struct domain *owner, struct patch **made)
{
    struct patch *patch = calloc(1, sizeof *patch);
    status_t status;

    if (patch == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a patch");
    status = name_patch(patch, owner);
    if (status != OK) {
        free(patch);
        return status;
    }
    patch->kind = (uint8_t)kind;
    patch->users = 1;
    patch->number = ++latest;
    patch->action.owner = patch;
    enlist(patch);
    *made = patch;
    return OK;
}

void patch_put(struct patch *patch)
{
    if (--patch->users != 0)
        return;
    free(patch->words);
    free(patch);
}

static void forget_relying(struct patch *patch)
{
    struct patch **link = &patches_relying;

    while (*link != NULL && *link != patch)
        link = &(*link)->next_relying;
    if (*link == patch)
        *link = patch->next_relying;
}

void patch_end(struct patch *patch)
{
    capability_revoke(patch->capability);
    quota_give(patch_payer(patch), QUOTA_PATCHES);
    unlist(patch);
    if (patch->action.kind == ACTION_CALL)
        forget_relying(patch);
    patch_put(patch);
}

struct patch *patch_find(const patch_t *capability)
{
    return capability_object(capability, CAPABILITY_PATCH);
}

status_t patch_of(const patch_t *capability, struct patch **patch)
{
    *patch = patch_find(capability);
    if (*patch == NULL)
        return status_refuse(ERR_BAD_CAPABILITY, "%p is no patch", (const void *)capability);
    if ((*patch)->faulted)
        return status_refuse(ERR_BAD_CAPABILITY, "the handler of patch %u has faulted",
                             (*patch)->number);
    return OK;
}
