/* Bodies: from the patches of a site to code in memory. See patch_private.h. */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "kernel/code_space.h"
#include "kernel/event/splice.h"
#include "kernel/patch/patch_private.h"

static enum patch_mode mode;

void patch_set_mode(enum patch_mode wanted)
{
    mode = wanted;
}

enum patch_mode patch_mode(void)
{
    return mode;
}

/* ---- what it is to do ---- */

struct patch *site_replacement(const struct site *site, const struct patch *before)
{
    struct patch *latest = NULL;

    for (struct patch *p = site->first; p != NULL; p = p->next)
        if (p->kind == PATCH_REPLACE && (before == NULL || p->number < before->number) &&
            (latest == NULL || p->number > latest->number))
            latest = p;
    return latest;
}

static size_t count_actions(const struct site *site)
{
    size_t n = 0;

    for (const struct patch *p = site->first; p != NULL; p = p->next)
        n += p->kind != PATCH_REPLACE;
    return n;
}

unsigned body_depth(vaddr_t address)
{
    const struct patch_body *body = body_at(address);

    return body != NULL ? body->depth + 1 : 0;
}

/* Each body has its patches for as long as it is there. */
static status_t allocate(const struct site *site, bool bare, struct patch_body **made)
{
    size_t n = bare ? 0 : count_actions(site);
    struct patch_body *body = malloc(sizeof *body + n * sizeof body->patches[0]);

    if (body == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the body of a patch");
    *body = (struct patch_body){.site = site->address, .n = n, .depth = body_depth(site->address)};
    n = 0;
    for (struct patch *p = site->first; n < body->n; p = p->next)
        if (p->kind != PATCH_REPLACE) {
            p->users++;
            body->patches[n++] = p;
        }
    *made = body;
    return OK;
}

static void release(struct patch_body *body)
{
    for (size_t i = 0; i < body->n; i++)
        patch_put(body->patches[i]);
    if (body->form != NULL)
        patch_code_free(body->form);
    free(body);
}

static status_t compile(const struct site *site, bool bare, bool far, struct patch_body *body)
{
    const struct patch *replacement = bare ? NULL : site_replacement(site, NULL);
    struct action *actions = malloc((body->n + 1) * sizeof *actions);
    struct patch_plan plan = {.site = site->address,
                              .word = site->word,
                              .live = site->facts.live,
                              .actions = actions,
                              .n = body->n,
                              .turn = splice_turn(site->address),
                              .mode = mode,
                              .depth = body->depth,
                              .far = far};
    status_t status;

    if (actions == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the body of a patch");
    if (replacement != NULL)
        plan.replacement = replacement->action.procedure;
    for (size_t i = 0; i < body->n; i++)
        actions[i] = body->patches[i]->action;
    if (body->form != NULL)
        patch_code_free(body->form);
    body->form = NULL;
    status = patch_compile(&plan, &body->form);
    free(actions);
    return status;
}

/* ---- where it stands ---- */

/* What its patches wish; the latest wish counts. */
static vaddr_t place_of(const struct site *site, const struct patch_body *body)
{
    vaddr_t near = site->address;

    for (size_t i = 0; i < body->n; i++)
        if (body->patches[i]->near != 0)
            near = body->patches[i]->near;
    return near;
}

static status_t place(struct patch_body *body)
{
    size_t n = patch_code_size(body->form);
    uint32_t *words = malloc(n * sizeof *words);
    status_t status = OK;

    if (words == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the body of a patch");
    if (patch_place(body->form, body->code, words))
        (void)code_write(body->code, words, n);
    else
        status = status_refuse(ERR_RANGE, "the body of a patch is out of reach of its site");
    free(words);
    return status;
}

static status_t make_at(const struct site *site, bool bare, bool far, vaddr_t near,
                        struct patch_body *body)
{
    status_t status = compile(site, bare, far, body);

    if (status != OK)
        return status;
    body->size = patch_code_size(body->form) * 4;
    status = code_allocate(OWNER_KERNEL, body->size, near, &body->code);
    if (status != OK)
        return status;
    status = place(body);
    if (status != OK)
        code_free(body->code);
    return status;
}

status_t body_make(const struct site *site, bool bare, struct patch_body **made)
{
    struct patch_body *body = NULL;
    vaddr_t near;
    status_t status;

    if (!bare && count_actions(site) == 0) {
        *made = NULL;
        return OK;
    }
    status = allocate(site, bare, &body);
    if (status != OK)
        return status;
    near = place_of(site, body);
    status = make_at(site, bare, false, near, body);
    if (status == ERR_RANGE)
        status = make_at(site, bare, true, near, body);
    if (status == ERR_RANGE)
        status = make_at(site, bare, true, CODE_ANYWHERE, body);
    if (status != OK) {
        release(body);
        return status;
    }
    body_enlist(body);
    *made = body;
    return OK;
}

/* ---- its end ---- */

static struct patch_body *of_retired(struct retired *retired)
{
    return (struct patch_body *)((char *)retired - offsetof(struct patch_body, retired));
}

static bool is_left(struct retired *retired)
{
    const struct patch_body *body = of_retired(retired);

    return !quiescence_is_running(body->code, body->size);
}

static void give_back(struct retired *retired)
{
    struct patch_body *body = of_retired(retired);

    body_unlist(body);
    code_free(body->code);
    release(body);
}

/* Its code is not the site's any more: patches in it are nobody's. */
void body_retire(struct patch_body *body)
{
    if (body == NULL)
        return;
    patch_forget_code(body->code, body->size);
    body->retired = (struct retired){.is_left = is_left, .release = give_back};
    quiescence_retire(&body->retired);
}

/* ---- changes in place ---- */

void body_retarget(struct patch_body *body, uint32_t word)
{
    uint32_t words[PATCH_RETARGET_MAX];
    size_t first, n;

    patch_retarget(body->form, body->code, word, &first, &n, words);
    for (size_t i = n; i-- > 0;)
        (void)code_word_put(body->code + (first + i) * 4, words[i]);
}

static const struct patch_mark *mark_of(const struct patch_body *body, size_t action)
{
    size_t n;
    const struct patch_mark *marks = patch_code_marks(body->form, &n);

    for (size_t i = 0; i < n; i++)
        if (marks[i].kind == MARK_ACTION && marks[i].action == action)
            return &marks[i];
    return NULL;
}

void body_take_out(struct patch_body *body, const struct patch *patch)
{
    for (size_t i = 0; i < body->n; i++) {
        const struct patch_mark *mark = body->patches[i] == patch ? mark_of(body, i) : NULL;

        if (mark != NULL && mark->words.first != mark->words.end)
            (void)code_word_put(
                body->code + mark->words.first * 4u,
                code_put_b_relative(WORD_B, (mark->words.end - mark->words.first) * 4u));
    }
}
