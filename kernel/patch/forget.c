/* What patches lose when something of theirs goes or changes. */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "domains/domain.h"
#include "kernel/event/event.h"
#include "kernel/patch/patch_private.h"

/* ---- procedures that are called ---- */

status_t patch_procedure_changes(vaddr_t procedure)
{
    struct patch **link = &patches_relying, *patch;
    struct summary abi;
    status_t status = OK;

    while (status == OK && (patch = *link) != NULL) {
        if (patch->action.procedure != procedure) {
            link = &patch->next_relying;
            continue;
        }
        summary_abi(&abi);
        *link = patch->next_relying;
        patch->relies = false;
        patch->action.clobbers = abi.touches;
        if (patch->site != NULL)
            status = change_remake(patch->site);
    }
    return status;
}

/* ---- domains ---- */

static bool lies_in(const struct domain *domain, vaddr_t address)
{
    const struct segment *text = &domain->image.memory.text;

    return address - text->address < text->size;
}

static bool is_of(const struct patch *patch, const struct domain *domain)
{
    return patch->owner == domain || patch->host == domain || lies_in(domain, patch->site->address);
}

void patch_forget_domain(struct domain *domain)
{
    struct patch *patch = patches_first;

    while (patch != NULL) {
        bool gone = patch->site != NULL && is_of(patch, domain);

        if (gone)
            change_remove(patch, true);
        patch = gone ? patches_first : patch->after;
    }
    site_forget(domain);
    floating_forget();
}

/* ---- code that has changed ---- */

/* What a patch copied of a domain's text may call its imports. */
static bool copy_again(struct patch *patch)
{
    size_t size = patch->action.n * sizeof *patch->words;
    uint32_t *words = malloc(size);

    if (words == NULL)
        return false;
    memcpy(words, (const void *)patch->action.origin, size);
    code_words_original(patch->action.origin, words, patch->action.n);
    if (memcmp(words, patch->words, size) == 0) {
        free(words);
        return true;
    }
    free(patch->words);
    patch->action.words = patch->words = words;
    return patch->site == NULL || change_remake(patch->site) == OK;
}

/* Without memory, a copy that calls what may go is no use. */
static void copy_all_again(const struct domain *domain)
{
    struct patch *patch = patches_first;

    while (patch != NULL) {
        bool lost = patch->kind == PATCH_CODE && patch->host == domain && patch->site != NULL &&
                    vaddr_is_code(patch->action.origin) && !copy_again(patch);

        if (lost)
            change_remove(patch, true);
        patch = lost ? patches_first : patch->after;
    }
}

static void look_again(struct site *site)
{
    struct register_set before = site->facts.live;

    site_find(site->address, &site->facts);
    floating_mask(site->address, &site->facts.live);
    if (!registers_equal(&before, &site->facts.live) && change_remake(site) != OK)
        registers_keep(&site->facts.live, &before);
}

/* Where memory is short, a body stays as it is, which is right for what callers of the code are compiled to expect. */
void patch_code_changed(const struct domain *domain)
{
    site_forget(domain);
    if (domain == NULL)
        return;
    for (struct site *site = site_next(NULL); site != NULL; site = site_next(site))
        if (lies_in(domain, site->address))
            look_again(site);
    copy_all_again(domain);
}
