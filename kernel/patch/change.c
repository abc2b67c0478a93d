/*
 * Putting patches on sites and taking them away. What can fail is done first, aside; then one word changes.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "arch/ppc/trap.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/event/event.h"
#include "kernel/event/follow.h"
#include "kernel/panic.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/patch_private.h"
#include "kernel/recorder.h"

static vaddr_t under_way; /* the frame of who began an operation; 0: none is under way */

/* ---- the order at a site ---- */

static void link_patch(struct site *site, struct patch *patch, bool first)
{
    struct patch **link = &site->first;

    while (!first && *link != NULL)
        link = &(*link)->next;
    patch->next = *link;
    *link = patch;
    patch->site = site;
}

static void unlink_patch(struct patch *patch)
{
    struct patch **link = &patch->site->first;

    while (*link != patch)
        link = &(*link)->next;
    *link = patch->next;
    patch->site = NULL;
}

/* Who has the oldest patch of a site pays for its springboard. */
static void charge_springboard(struct site *site)
{
    const struct patch *oldest = site->first;

    for (const struct patch *p = oldest; p != NULL; p = p->next)
        if (p->number < oldest->number)
            oldest = p;
    lead_charge(&site->lead, patch_payer(oldest));
}

/* ---- what replacements leave ---- */

/* Calling it runs whatever the patch replaces. */
static status_t lead_original(const struct site *site, struct patch *patch)
{
    const struct patch *below = site_replacement(site, patch);

    return lead_to(&patch->original->lead,
                   below != NULL ? below->action.procedure : patch->original->bare->code, false);
}

/* A springboard may be missing; what runs instead is the procedure's own body. */
static void lead_originals(const struct site *site)
{
    for (struct patch *p = site->first; p != NULL; p = p->next)
        if (p->kind == PATCH_REPLACE && lead_original(site, p) != OK)
            (void)lead_to(&p->original->lead, p->original->bare->code, false);
}

static void original_end(struct patch *patch)
{
    struct original *original = patch->original;

    patch->original = NULL;
    if (original == NULL)
        return;
    lead_back(&original->lead, CODE_TRAP);
    body_retire(original->stub);
    body_retire(original->bare);
    free(original);
}

/* A place of its own that leads to what the patch replaces, and the displaced instruction alone. */
static status_t original_make(struct site *site, struct patch *patch)
{
    struct original *original = calloc(1, sizeof *original);
    status_t status;

    if (original == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a patch");
    status = body_make(site, true, &original->bare);
    if (status != OK) {
        free(original);
        return status;
    }
    status = body_make(site, true, &original->stub);
    if (status != OK) {
        body_retire(original->bare);
        free(original);
        return status;
    }
    original->lead.at = original->stub->code;
    original->lead.payer = patch_payer(patch);
    patch->original = original;
    return lead_original(site, patch);
}

/* The word under it is another one. */
status_t original_remake(struct site *site, struct patch *patch)
{
    struct original *original = patch->original;
    struct patch_body *bare, *before = original->bare;
    status_t status = body_make(site, true, &bare);

    if (status != OK)
        return status;
    original->bare = bare;
    (void)lead_original(site, patch);
    body_retire(before);
    return OK;
}

/* ---- making ---- */

/* Where the word at a site is to lead, given its body. */
static vaddr_t target_of(const struct site *site, const struct patch_body *body)
{
    return body != NULL ? body->code : site_replacement(site, NULL)->action.procedure;
}

/*
 * What is said of a fault is said when who did it is not called any more; and no patch is made anew for that. Nor does the processor go to another
 * strand.
 */
static bool is_done_behind(vaddr_t start)
{
    return start == (vaddr_t)patch_lead_on || start == (vaddr_t)patch_lead_on_code ||
           start == (vaddr_t)memcpy || start == (vaddr_t)code_word_remake ||
           start == (vaddr_t)patch_forget_code || start == (vaddr_t)panic ||
           start == (vaddr_t)panic_trap || start == (vaddr_t)contain_or_panic ||
           start == (vaddr_t)busy_switch_now;
}

/* Whether an exception runs a site before it has found out that a patch is the cause of it. */
static bool is_before_finding_out(const struct site *site)
{
    static struct followed path = {.ends = is_done_behind};

    if (path.n == 0)
        (void)(code_follow((vaddr_t)patch_interrupted_in, &path) &&
               code_follow((vaddr_t)patch_program, &path) &&
               code_follow((vaddr_t)contain_fault, &path));
    return path.n > FOLLOWED_MAX || site->facts.procedure == (vaddr_t)trap ||
           code_is_followed(&path, site->facts.procedure);
}

static status_t use_body(struct site *site, struct patch_body *body)
{
    struct patch_body *before = site->body;
    status_t status = lead_to(&site->lead, target_of(site, body), false);

    if (status == ERR_NO_MEMORY && !is_before_finding_out(site))
        status = lead_to(&site->lead, target_of(site, body), true);
    if (status != OK) {
        body_retire(body);
        return status;
    }
    site->body = body;
    lead_originals(site);
    body_retire(before);
    return OK;
}

status_t change_remake(struct site *site)
{
    struct patch_body *body;
    status_t status = body_make(site, false, &body);

    return status == OK ? use_body(site, body) : status;
}

/* ---- inserting ---- */

/* Others who have copies of the procedure, or know what it does, do not any more; and so when all of its patches have gone. */
static status_t tell(const struct site_facts *facts)
{
    status_t status;

    if (facts->procedure == 0)
        return OK;
    status = patch_procedure_changes(facts->procedure);
    return status == OK ? event_procedure_patched(facts->procedure, true) : status;
}

static status_t check_stays(vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;

    return domain_at(address, &domain, &symbol) ? domain_check_stays(domain) : OK;
}

/* What stands there may be the work of binding and splices. */
static status_t get_site(vaddr_t address, struct site **site)
{
    struct site_facts facts;
    status_t status;

    *site = site_at(address);
    if (*site != NULL)
        return OK;
    status = check_stays(address);
    if (status == OK && body_depth(address) > PATCH_DEPTH_MAX)
        status = status_refuse(ERR_UNSUPPORTED, "0x%08x is in %u patches, one on another",
                               (unsigned)address, body_depth(address));
    if (status == OK)
        status = site_check(address, &facts);
    if (status != OK)
        return status;
    facts.word = code_word_get(address);
    floating_mask(address, &facts.live);
    return site_make(address, &facts, site);
}

static void end_if_empty(struct site *site)
{
    vaddr_t procedure = site->facts.procedure;

    if (site->first != NULL)
        return;
    site_end(site);
    if (procedure != 0)
        (void)event_procedure_patched(procedure, false);
}

static status_t check_taken(const struct site *site, const struct patch *patch)
{
    uint32_t primary = site->word >> 26;
    bool branch = primary == WORD_B >> 26 || primary == WORD_BC >> 26 ||
                  (site->word & 0xfc0007fe) == WORD_BCLR || (site->word & 0xfc0007fe) == WORD_BCCTR;

    if (branch || !patch->action.taken)
        return OK;
    return status_refuse(ERR_BAD_ARGUMENT, "the instruction at 0x%08x is no branch",
                         (unsigned)site->address);
}

/* What may fault there would go round for ever. */
static status_t check_path(const struct site *site, const struct patch *patch)
{
    char name[160];

    if (patch->kind == PATCH_COUNT ||
        (patch->kind != PATCH_RAISE && patch->kind != PATCH_CODE && patch->host == NULL) ||
        !is_before_finding_out(site))
        return OK;
    backtrace_name(site->address, name, sizeof name);
    return status_refuse(
        ERR_UNSUPPORTED,
        "%s runs before a fault in what is called there could be contained: it can "
        "only be counted",
        name);
}

/*
 * The site is in the table before anything changes, so that whoever makes code anew meanwhile knows that the procedure is patched. Making it may
 * end sites of generated code, but none of this procedure.
 */
status_t change_insert(struct patch *patch, vaddr_t address, bool first)
{
    struct site *site;
    status_t status = get_site(address, &site);

    if (status != OK)
        return status;
    status = check_taken(site, patch);
    if (status == OK)
        status = check_path(site, patch);
    if (status == OK && site->first == NULL)
        status = tell(&site->facts);
    link_patch(site, patch, first);
    charge_springboard(site);
    if (status == OK && patch->kind == PATCH_REPLACE)
        status = original_make(site, patch);
    if (status == OK)
        status = change_remake(site);
    if (status == OK) {
        record(RECORDED_PATCHED, NULL, address);
        return OK;
    }
    original_end(patch);
    unlink_patch(patch);
    end_if_empty(site);
    return status;
}

/* ---- removing ---- */

/* What has gone without its owner's doing: told when nothing is under way. */
static struct patch *gone;

static void tell_owners(void)
{
    struct patch *patch;

    while (under_way == 0 && (patch = gone) != NULL) {
        gone = patch->next;
        if (patch->lost != NULL)
            patch->lost(patch->lost_closure);
        patch_put(patch);
    }
}

/* Its memory may still be needed by who is told, and by bodies. */
static void finish(struct patch *patch, bool lost)
{
    patch->users++;
    original_end(patch);
    patch_end(patch);
    if (!lost) {
        patch_put(patch);
        return;
    }
    patch->next = gone;
    gone = patch;
}

static void restore(struct site *site)
{
    struct patch_body *body = site->body;

    site->body = NULL;
    lead_back(&site->lead, site->word);
    body_retire(body);
}

/* Memory is short: an action is taken out in place; without a replacement, nothing of the site's is left. */
static void do_without(struct site *site, const struct patch *patch)
{
    struct patch *other;

    if (patch->kind != PATCH_REPLACE) {
        body_take_out(site->body, patch);
        return;
    }
    while ((other = site->first) != NULL) {
        unlink_patch(other);
        finish(other, true);
    }
    restore(site);
}

void change_remove(struct patch *patch, bool lost)
{
    struct site *site = patch->site;

    record(RECORDED_UNPATCHED, NULL, site->address);
    unlink_patch(patch);
    if (site->first == NULL) {
        restore(site);
    } else {
        charge_springboard(site);
        if (change_remake(site) != OK)
            do_without(site, patch);
    }
    finish(patch, lost);
    end_if_empty(site);
    leads_promote();
    tell_owners();
}

/* ---- operations ---- */

static volatile bool any_faulted; /* a patch's handler has, and the patch is still there */

static struct patch *find_faulted(void)
{
    struct patch *patch = patches_first;

    while (patch != NULL && !(patch->faulted && patch->site != NULL))
        patch = patch->after;
    return patch;
}

/* Removals leave sentences of their own. */
void patch_settle(void)
{
    while (under_way == 0 && any_faulted) {
        struct patch *patch = find_faulted();

        if (patch != NULL)
            change_remove(patch, true);
        else
            any_faulted = false;
    }
    tell_owners();
}

status_t patching_begin(void)
{
    if (under_way != 0)
        return status_refuse(ERR_BUSY, "an operation on patches is under way that this is part of");
    patch_settle();
    under_way = *(const vaddr_t *)__builtin_frame_address(0);
    return OK;
}

status_t patching_end(status_t status)
{
    under_way = 0;
    patch_settle();
    return status;
}

void patch_unwound(vaddr_t stack)
{
    if (under_way < stack)
        under_way = 0;
}

void patch_faulted(patch_t *capability)
{
    struct patch *patch = patch_find(capability);

    if (patch == NULL || patch->site == NULL)
        return;
    patch->faulted = any_faulted = true;
    body_take_out(patch->site->body, patch);
}
