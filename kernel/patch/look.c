/* Looking at patches and their code. */
#include <stdio.h>

#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/event/event.h"
#include "kernel/event/splice.h"
#include "kernel/patch/patch_private.h"

/* ---- for the prompt ---- */

patch_t *patch_next(const patch_t *capability)
{
    struct patch *patch = capability == NULL ? NULL : patch_find(capability);

    if (capability == NULL)
        patch = patches_first;
    else if (patch != NULL)
        patch = patch->after;
    while (patch != NULL && (patch->site == NULL || patch->faulted))
        patch = patch->after;
    return patch != NULL ? patch->capability : NULL;
}

static void look_at_body(const struct patch_body *body, struct patch_view *view)
{
    view->body = body->code;
    view->body_size = body->size;
    patch_code_saves(body->form, &view->saves);
}

void patch_look(const patch_t *capability, struct patch_view *view)
{
    const struct patch *patch = patch_find(capability);

    *view = (struct patch_view){0};
    if (patch == NULL || patch->site == NULL)
        return;
    *view = (struct patch_view){.number = patch->number,
                                .site = patch->site->address,
                                .entry = patch->site->lead.at,
                                .original = patch->site->word,
                                .kind = patch->kind,
                                .way = patch->site->lead.way,
                                .owner = event_owner_name(patch->owner),
                                .procedure = patch->action.procedure,
                                .closure = patch->action.closure,
                                .first = patch == patch->site->first};
    view->count = patch_read_count(patch);
    if (patch->site->body != NULL)
        look_at_body(patch->site->body, view);
}

/* ---- code ---- */

static bool covers(const struct patch_mark *mark, size_t word)
{
    return word >= mark->words.first && word < mark->words.end;
}

static void find_parts(const struct patch_body *body, size_t word, struct patch_place *place)
{
    size_t n;
    const struct patch_mark *marks = patch_code_marks(body->form, &n);

    for (size_t i = 0; i < n; i++) {
        if (marks[i].kind == MARK_DISPLACED) {
            place->displaced = body->code + marks[i].words.first * 4u;
            place->displaced_end = body->code + marks[i].words.end * 4u;
        }
        if (marks[i].kind == MARK_ACTION && covers(&marks[i], word))
            place->patch = body->patches[marks[i].action]->capability;
    }
}

bool patch_code_at(vaddr_t address, struct patch_place *place)
{
    const struct patch_body *body = body_at(address);
    struct register_set saves;

    if (body == NULL)
        return false;
    patch_code_saves(body->form, &saves);
    *place = (struct patch_place){.site = body->site,
                                  .body = body->code,
                                  .size = body->size,
                                  .keeps_lr = (saves.special & SPECIAL_LR) != 0};
    find_parts(body, (address - body->code) / 4, place);
    return true;
}

bool patch_code_name(vaddr_t address, char *text, size_t size)
{
    const struct patch_body *body = body_at(address);
    char site[160];

    if (body == NULL)
        return false;
    backtrace_name(body->site, site, sizeof site);
    snprintf(text, size, "%s patched+0x%x", site, (unsigned)(address - body->code));
    return true;
}

bool patch_code_part(vaddr_t address, char *text, size_t size)
{
    const struct patch_body *body = body_at(address);
    const char *comment;
    size_t action = SIZE_MAX;

    if (body == NULL || address % 4 != 0)
        return false;
    comment = patch_code_comment(body->form, (address - body->code) / 4, &action);
    if (comment == NULL)
        return false;
    if (action < body->n)
        snprintf(text, size, "patch %u: %s", body->patches[action]->number, comment);
    else
        snprintf(text, size, "%s", comment);
    return true;
}

/* ---- for exceptions ---- */

vaddr_t patch_trapped(vaddr_t address)
{
    const struct site *site = site_at(address);

    if (site == NULL)
        site = site_at(splice_entry_of(address));
    return site != NULL && site->lead.way == WAY_TRAP ? site->lead.target : 0;
}

vaddr_t patch_resume(vaddr_t address, patch_t **patch)
{
    const struct patch_body *body = body_at(address);
    const struct patch_mark *marks;
    size_t n;

    if (body == NULL)
        return 0;
    marks = patch_code_marks(body->form, &n);
    for (size_t i = 0; i < n; i++)
        if (marks[i].kind == MARK_CALL && body->code + marks[i].words.first * 4u == address) {
            *patch = body->patches[marks[i].action]->capability;
            return body->code + marks[i].words.end * 4u;
        }
    return 0;
}

vaddr_t patch_resume_code(vaddr_t pc, patch_t **patch)
{
    const struct patch_body *body = body_at(pc);
    const struct patch_mark *marks;
    size_t n;

    if (body == NULL)
        return 0;
    marks = patch_code_marks(body->form, &n);
    for (size_t i = 0; i < n; i++)
        if (marks[i].kind == MARK_CODE && covers(&marks[i], (pc - body->code) / 4)) {
            *patch = body->patches[marks[i].action]->capability;
            return body->code + marks[i].words.end * 4u;
        }
    return 0;
}
