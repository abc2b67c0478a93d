/* See routine.h. Code memory has some room behind a routine, so that bindings can be added in place. */
#include "kernel/event/routine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/dispatch/compile.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"
#include "kernel/backtrace.h"
#include "kernel/code_space.h"
#include "kernel/event/ephemeral.h"
#include "kernel/patch/patch.h"
#include "kernel/strand/strand.h"

#define SPARE 64 /* bytes, at least */

/* What must be known of code that somebody is in, when nothing else is. */
struct remains {
    struct code_frame frame;
    size_t n;
    struct {
        struct code_cut cut;
        struct code_places places;
    } cuts[];
};

struct routine {
    const struct dispatch *plan;
    struct routine_terms terms;
    struct compiled *compiled; /* NULL: another has taken it over */
    struct routine *before; /* until it is committed: whose code or whose compilation it changes */
    vaddr_t code;
    size_t room;       /* bytes; 0: another has taken the code over */
    uint32_t *pending; /* words to be written in place, from word first_pending on */
    size_t first_pending, n_pending;
    struct remains *remains; /* when another has taken the compilation over */
    bool listed;
    struct routine *same_page; /* whose first pages have a bucket in common */
};

/* ---- by address ---- */

#define BUCKETS 256 /* by page */

static struct routine *by_page[BUCKETS];
static size_t longest = 1; /* pages that any routine there ever was touches */

static struct routine **bucket_of(vaddr_t code)
{
    return &by_page[code / PAGE_SIZE % BUCKETS];
}

static void enlist(struct routine *routine)
{
    struct routine **bucket = bucket_of(routine->code);
    size_t n_pages = (routine->code % PAGE_SIZE + routine->room + PAGE_SIZE - 1) / PAGE_SIZE;

    routine->same_page = *bucket;
    *bucket = routine;
    routine->listed = true;
    if (n_pages > longest)
        longest = n_pages;
}

static void unlist(struct routine *routine)
{
    struct routine **link = bucket_of(routine->code);

    if (!routine->listed)
        return;
    while (*link != routine)
        link = &(*link)->same_page;
    *link = routine->same_page;
    routine->listed = false;
}

const struct routine *routine_at(vaddr_t address)
{
    for (size_t i = 0; i < longest; i++)
        for (const struct routine *r = *bucket_of(address - i * PAGE_SIZE); r != NULL;
             r = r->same_page)
            if (address - r->code < r->room)
                return r;
    return NULL;
}

/* Most are on one page. */
bool routine_cut_at(vaddr_t address, bool called, struct routine_cut *found)
{
    const struct routine *r = *bucket_of(address);

    while (r != NULL && address - r->code >= r->room)
        r = r->same_page;
    if (r == NULL || r->compiled == NULL)
        return false;
    found->plan = r->plan;
    found->entry = r->code;
    found->cut = compile_cut_at(r->compiled, (address - r->code) / 4, called, &found->layout);
    return found->cut != NULL;
}

const struct dispatch *routine_plan(const struct routine *routine)
{
    return routine->plan;
}

const struct code_frame *routine_frame(const struct routine *routine)
{
    return routine->compiled != NULL ? compile_frame(routine->compiled) : &routine->remains->frame;
}

const struct code_places *routine_places(const struct routine *routine, const struct code_cut *cut)
{
    return routine->compiled != NULL ? compile_places(routine->compiled, cut)
                                     : &routine->remains->cuts[cut->places].places;
}

static size_t count_cuts(const struct routine *routine)
{
    if (routine->compiled != NULL)
        return compile_n_cuts(routine->compiled);
    return routine->remains == NULL ? 0 : routine->remains->n;
}

static const struct code_cut *cut_of(const struct routine *routine, size_t i)
{
    return routine->compiled != NULL ? compile_cut(routine->compiled, i)
                                     : &routine->remains->cuts[i].cut;
}

/* The same as below, of what is at rest: a fault waits for it. */
static size_t cuts_in(const struct code_cut cuts[], size_t n, uint32_t word)
{
    size_t low = 0;

    while (low < n) {
        size_t middle = (low + n) / 2;

        if (cuts[middle].word <= word)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* How many begin not behind a word. */
static size_t cuts_to(const struct routine *routine, uint32_t word)
{
    const struct code_cut *all =
        routine->compiled != NULL ? compile_all_cuts(routine->compiled) : NULL;
    size_t low = 0, high = count_cuts(routine);

    if (all != NULL)
        return cuts_in(all, high, word);
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (cut_of(routine, middle)->word <= word)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct code_cut *routine_copy_at(const struct routine *routine, vaddr_t address)
{
    uint32_t word = (address - routine->code) / 4;
    size_t n = cuts_to(routine, word);
    const struct code_cut *cut = n == 0 ? NULL : cut_of(routine, n - 1);

    return cut != NULL && cut->copied && word - cut->word < cut->n ? cut : NULL;
}

const struct code_cut *routine_call_at(const struct routine *routine, vaddr_t address)
{
    uint32_t word = (address - routine->code) / 4;

    for (size_t n = cuts_to(routine, word); n > 0; n--) {
        const struct code_cut *cut = cut_of(routine, n - 1);

        if (cut->word != word)
            return NULL;
        if (!cut->copied)
            return cut;
    }
    return NULL;
}

/* ---- what is the same ---- */

static bool same_target(const struct target *one, const struct target *other)
{
    return one->procedure == other->procedure && one->closure == other->closure &&
           one->passing == other->passing && one->contained == other->contained &&
           one->facts == other->facts;
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
           one->async == other->async && one->ephemeral_ticks == other->ephemeral_ticks &&
           same_guards(one, other);
}

/* What all of the code depends on. */
static bool same_frame(const struct dispatch *one, const struct dispatch *other)
{
    return memcmp(&one->signature, &other->signature, sizeof one->signature) == 0 &&
           same_target(&one->default_handler, &other->default_handler) &&
           same_target(&one->result_handler, &other->result_handler) &&
           one->returns_status == other->returns_status && one->identified == other->identified &&
           one->has_default == other->has_default &&
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

/* For one whose code will stay in use, while its compilation becomes another's. */
static status_t leave_remains(struct routine *routine)
{
    size_t n = count_cuts(routine);
    struct remains *remains = malloc(sizeof *remains + n * sizeof remains->cuts[0]);

    if (remains == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for what a routine calls");
    remains->frame = *routine_frame(routine);
    remains->n = n;
    for (size_t i = 0; i < n; i++) {
        remains->cuts[i].cut = *cut_of(routine, i);
        remains->cuts[i].places = *routine_places(routine, cut_of(routine, i));
        remains->cuts[i].cut.places = (uint16_t)i;
    }
    free(routine->remains);
    routine->remains = remains;
    return OK;
}

static status_t make(struct routine *routine, struct routine *before, size_t same, bool left,
                     vaddr_t near, bool far)
{
    struct compile_terms terms = {.no_inlining = routine->terms.no_inlining,
                                  .no_search = routine->terms.no_tree,
                                  .near = near,
                                  .far = far,
                                  .current = (vaddr_t)&strand_current,
                                  .deadline = offsetof(struct strand, ephemeral),
                                  .late = (vaddr_t)ephemeral_returned_late};
    struct compiled *base = before == NULL ? NULL : before->compiled;
    status_t status = compile_plan(routine->plan, &terms, base, same, &routine->compiled);

    if (status != OK)
        return status;
    routine->before = routine->compiled == base ? before : NULL;
    if (routine->before != NULL && left && !patch_is_on(before->code, before->room) &&
        place_over(routine, before))
        return OK;
    status = routine->before == NULL ? OK : leave_remains(before);
    if (status == OK)
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
        unlist(before);
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
    enlist(routine);
    free(routine->pending);
    routine->pending = NULL;
}

void routine_free(struct routine *routine)
{
    uint32_t interrupts = interrupts_off();

    unlist(routine);
    interrupts_restore(interrupts);
    if (routine->compiled != NULL)
        undo_compilation(routine);
    if (routine->room != 0)
        code_free(routine->code);
    free(routine->pending);
    free(routine->remains);
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
