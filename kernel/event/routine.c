/* See routine.h. Code memory has some room behind a routine, so that bindings can be added in place. */
#include "kernel/event/routine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/compile.h"
#include "arch/ppc/code/write.h"
#include "kernel/backtrace.h"
#include "kernel/code_space.h"
#include "kernel/patch/patch.h"

#define SPARE 64 /* bytes, at least */

struct routine {
    const struct dispatch *plan;
    struct routine_terms terms;
    struct compiled *compiled; /* NULL: another has taken it over */
    struct routine *before; /* until it is committed: whose code or whose compilation it changes */
    vaddr_t code;
    size_t room;       /* bytes; 0: another has taken the code over */
    uint32_t *pending; /* words to be written in place, from word first_pending on */
    size_t first_pending, n_pending;
};

/* ---- what is the same ---- */

static bool same_target(const struct target *one, const struct target *other)
{
    return one->procedure == other->procedure && one->closure == other->closure &&
           one->passing == other->passing && one->facts == other->facts;
}

static bool same_guards(const struct dispatch_binding *one, const struct dispatch_binding *other)
{
    if (one->n_guards != other->n_guards)
        return false;
    for (unsigned i = 0; i < one->n_guards; i++)
        if (!same_target(&one->guards[i].guard, &other->guards[i].guard) ||
            !same_target(&one->guards[i].post, &other->guards[i].post))
            return false;
    return true;
}

static bool same_binding(const struct dispatch_binding *one, const struct dispatch_binding *other)
{
    return same_target(&one->handler, &other->handler) && one->cancel == other->cancel &&
           one->filter == other->filter && one->has_result == other->has_result &&
           one->intrinsic == other->intrinsic && one->counter == other->counter &&
           same_guards(one, other);
}

/* What all of the code depends on. */
static bool same_frame(const struct dispatch *one, const struct dispatch *other)
{
    return memcmp(&one->signature, &other->signature, sizeof one->signature) == 0 &&
           same_target(&one->default_handler, &other->default_handler) &&
           same_target(&one->result_handler, &other->result_handler) &&
           one->identified == other->identified && one->has_default == other->has_default &&
           (!one->has_default ||
            memcmp(one->default_value, other->default_value, one->signature.result_size) == 0);
}

static size_t count_same(const struct dispatch *before, const struct dispatch *plan)
{
    size_t n = 0;

    while (n < plan->n && n < before->n && same_binding(&before->bindings[n], &plan->bindings[n]))
        n++;
    return n;
}

/* How much of the code before can stay. */
static size_t limit_same(const struct routine *before, size_t same, const struct routine *routine)
{
    const struct routine_terms *terms = &routine->terms;

    if (before == NULL || before->compiled == NULL || !same_frame(before->plan, routine->plan) ||
        before->terms.no_inlining != terms->no_inlining || before->terms.no_tree != terms->no_tree)
        return 0;
    return same == SAME_UNKNOWN ? count_same(before->plan, routine->plan) : same;
}

/* ---- placing ---- */

static status_t unreachable(void)
{
    return status_refuse(ERR_RANGE, "a branch does not reach");
}

/* Only what changes, in the memory of the routine that is replaced. */
static bool place_over(struct routine *routine, struct routine *before)
{
    size_t size = compile_size(routine->compiled) * 4;
    size_t first = compile_first_changed(routine->compiled);
    size_t n = compile_size(routine->compiled) - first;

    if (size > before->room)
        return false;
    routine->pending = malloc(n * sizeof *routine->pending);
    if (routine->pending == NULL)
        return false;
    if (!compile_place(routine->compiled, before->code, first, n, routine->pending)) {
        free(routine->pending);
        routine->pending = NULL;
        return false;
    }
    routine->code = before->code;
    routine->first_pending = first;
    routine->n_pending = n;
    return true;
}

static status_t place_at(struct routine *routine, vaddr_t code)
{
    size_t n = compile_size(routine->compiled);
    uint32_t *words = malloc(n * sizeof *words);
    status_t status = OK;

    if (words == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u words of code", (unsigned)n);
    if (compile_place(routine->compiled, code, 0, n, words))
        (void)code_write(code, words, n);
    else
        status = unreachable();
    free(words);
    return status;
}

static status_t place_anew(struct routine *routine, vaddr_t near)
{
    size_t size = compile_size(routine->compiled) * 4;
    size_t room = size + (size / 2 > SPARE ? size / 2 : SPARE);
    status_t status = code_allocate(OWNER_KERNEL, room, near, &routine->code);

    if (status != OK)
        return status;
    status = place_at(routine, routine->code);
    if (status == OK)
        routine->room = room;
    else
        code_free(routine->code);
    return status;
}

/* ---- interface ---- */

static void undo_compilation(struct routine *routine)
{
    if (routine->before != NULL && routine->compiled == routine->before->compiled)
        compile_undo(routine->compiled);
    else
        compile_free(routine->compiled);
    routine->compiled = NULL;
}

static status_t make(struct routine *routine, struct routine *before, size_t same, bool left,
                     vaddr_t near, bool far)
{
    struct compile_terms terms = {.no_inlining = routine->terms.no_inlining,
                                  .no_search = routine->terms.no_tree,
                                  .near = near,
                                  .far = far};
    struct compiled *base = before == NULL ? NULL : before->compiled;
    status_t status = compile_plan(routine->plan, &terms, base, same, &routine->compiled);

    if (status != OK)
        return status;
    routine->before = routine->compiled == base ? before : NULL;
    if (routine->before != NULL && left && !patch_is_on(before->code, before->room) &&
        place_over(routine, before))
        return OK;
    status = place_anew(routine, near);
    if (status != OK)
        undo_compilation(routine);
    return status;
}

status_t routine_prepare(struct routine *before, size_t same, bool left,
                         const struct dispatch *plan, const struct routine_terms *terms,
                         vaddr_t near, struct routine **routine)
{
    struct routine *made = calloc(1, sizeof *made);
    status_t status;

    if (made == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a routine");
    made->plan = plan;
    made->terms = *terms;
    same = limit_same(before, same, made);
    status = make(made, before, same, left, near, false);
    if (status == ERR_RANGE)
        status = make(made, before, same, left, near, true);
    if (status != OK) {
        free(made);
        return status;
    }
    *routine = made;
    return OK;
}

vaddr_t routine_entry(const struct routine *routine)
{
    return routine->code;
}

static void take_over(struct routine *routine, struct routine *before)
{
    compile_settle(routine->compiled);
    before->compiled = NULL;
    if (routine->pending != NULL) {
        routine->room = before->room;
        before->room = 0;
    }
    routine->before = NULL;
}

void routine_commit(struct routine *routine)
{
    if (routine->pending != NULL)
        (void)code_write(routine->code + 4 * routine->first_pending, routine->pending,
                         routine->n_pending);
    if (routine->before != NULL)
        take_over(routine, routine->before);
    free(routine->pending);
    routine->pending = NULL;
}

void routine_free(struct routine *routine)
{
    if (routine->compiled != NULL)
        undo_compilation(routine);
    if (routine->room != 0)
        code_free(routine->code);
    free(routine->pending);
    free(routine);
}

void routine_range(const struct routine *routine, vaddr_t *start, size_t *size)
{
    *start = routine->code;
    *size = routine->room;
}

size_t routine_size(const struct routine *routine)
{
    return routine->compiled == NULL ? 0 : compile_size(routine->compiled) * 4;
}

void routine_describe(const struct routine *routine, char *text, size_t size)
{
    size_t n_copied, n_called, n_searched;

    if (routine->compiled == NULL) {
        snprintf(text, size, "replaced");
        return;
    }
    compile_count(routine->compiled, &n_copied, &n_called, &n_searched);
    snprintf(text, size, "%u copied, %u called, %u found by a search", (unsigned)n_copied,
             (unsigned)n_called, (unsigned)n_searched);
}

const char *routine_comment(const struct routine *routine, vaddr_t address, char *text, size_t size)
{
    static const char *const kinds[] = {
        [PART_PROLOGUE] = "entry",       [PART_GUARD] = "guard",
        [PART_HANDLER] = "handler",      [PART_POST] = "post procedure",
        [PART_SEARCH] = "search",        [PART_DEFAULT] = "default handler",
        [PART_END] = "nothing else runs"};
    const struct code_part *part;
    char name[160];

    if (routine->compiled == NULL || address - routine->code >= routine_size(routine))
        return NULL;
    part = compile_part(routine->compiled, (address - routine->code) / 4);
    if (part == NULL || (address - routine->code) / 4 != part->word)
        return NULL;
    if (part->kind == PART_SEARCH) {
        snprintf(text, size, "search among %u bindings", (unsigned)part->binding);
        return text;
    }
    if (part->procedure == 0) {
        snprintf(text, size, "%s", kinds[part->kind]);
        return text;
    }
    backtrace_name(part->procedure, name, sizeof name);
    if (part->kind == PART_DEFAULT)
        snprintf(text, size, "default handler %s", name);
    else
        snprintf(text, size, "%s of binding %u: %s, %s", kinds[part->kind],
                 (unsigned)part->binding + 1, name, part->copied ? "copied" : "called");
    return text;
}
