/*
 * See splice.h. What changes in one step is prepared before: the ways that may be missing, and a list of the imports that are
 * bound to a procedure. That list is made again when bindings have changed; if there is no memory for it
 * all domains are looked through, so that leading back never fails.
 *
 * Words of code have one owner: an import's branches the image, which puts them where it was told to; a procedure's first word its
 * splice. An import's branch may be the first word of a procedure: see splice_takes.
 *
 * Patches stand on top of calls and turns, and below the splice of a first word: what is written is what they displace there,
 * and here what the body begins with. The step in which everything changes has no memory to make a patch for another kind of
 * instruction: turns, some of which become another kind, are led before it and led back after it, which
 * makes no difference to anybody; and patches in slots of imports, which are written anew, go before it.
 */
#include "kernel/event/splice.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice_internal.h"
#include "kernel/panic.h"
#include "kernel/patch/patch.h"

#define N_LISTS 64 /* a power of two */

static struct splice *lists[N_LISTS];
unsigned n_procedures_led;

/* ---- all splices ---- */

static struct splice **list_of(vaddr_t procedure)
{
    return &lists[(procedure >> 2 ^ procedure >> 8) & (N_LISTS - 1)];
}

struct splice *splice_at(vaddr_t procedure)
{
    struct splice *splice = *list_of(procedure);

    while (splice != NULL && splice->procedure.start != procedure)
        splice = splice->next;
    return splice;
}

static struct splice *first_from(size_t list)
{
    while (list < N_LISTS && lists[list] == NULL)
        list++;
    return list < N_LISTS ? lists[list] : NULL;
}

struct splice *splice_next(const struct splice *splice)
{
    if (splice == NULL)
        return first_from(0);
    return splice->next != NULL
               ? splice->next
               : first_from((size_t)(list_of(splice->procedure.start) - lists) + 1);
}

vaddr_t procedure_calls_go_to(vaddr_t procedure)
{
    const struct splice *splice = splice_at(procedure);

    return splice == NULL ? procedure : splice->target;
}

/* ---- importers ---- */

typedef void (*each_importer_t)(void *context, struct image *image, const struct import *import);

static void look_through_domains(vaddr_t procedure, each_importer_t each, void *context)
{
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        for (size_t i = 0; i < d->image.n_imports; i++) {
            const struct import *import = &d->image.imports[i];

            if (import->state == IMPORT_BOUND && import->symbol->value == procedure)
                each(context, &d->image, import);
        }
}

static void each_importer(const struct splice *splice, each_importer_t each, void *context)
{
    if (splice->bindings != domain_bindings()) {
        look_through_domains(splice->procedure.start, each, context);
        return;
    }
    for (size_t i = 0; i < splice->n_importers; i++)
        each(context, splice->importers[i].image, splice->importers[i].import);
}

static void count_importer(void *context, struct image *image, const struct import *import)
{
    (void)image;
    (void)import;
    ++*(size_t *)context;
}

static void add_importer(void *context, struct image *image, const struct import *import)
{
    struct splice *splice = context;

    splice->importers[splice->n_importers++] = (struct importer){image, import};
}

static void list_importers(struct splice *splice)
{
    size_t n = 0;

    if (splice->bindings == domain_bindings())
        return;
    look_through_domains(splice->procedure.start, count_importer, &n);
    free(splice->importers);
    splice->importers = malloc((n + 1) * sizeof *splice->importers);
    splice->n_importers = 0;
    if (splice->importers == NULL)
        return;
    look_through_domains(splice->procedure.start, add_importer, splice);
    splice->bindings = domain_bindings();
}

/* ---- words ---- */

/* A branch elsewhere: straight, or by the splice's way; as it was if neither reaches. */
static uint32_t led_word(const struct splice *splice, vaddr_t at, uint32_t word, vaddr_t target)
{
    if (code_reach(at, target) != REACH_NONE)
        return code_retarget_b(word, at, target);
    if (splice->way != NULL && code_reach(at, splice->way->code) != REACH_NONE)
        return code_retarget_b(word, at, splice->way->code);
    return word;
}

static void put_sites(const struct splice *splice)
{
    for (size_t i = 0; i < splice->n_sites; i++) {
        const struct site *site = &splice->sites[i];

        (void)code_word_put(site->at, led_word(splice, site->at, site->word, splice->target));
    }
}

static void put_entry(const struct splice *splice)
{
    vaddr_t start = splice->procedure.start;
    uint32_t word =
        splice_is_led(splice) ? led_word(splice, start, WORD_B, splice->target) : splice->first;

    (void)code_word_store(start, word);
}

static void lead_importer(void *context, struct image *image, const struct import *import)
{
    image_lead_calls(image, import, *(const vaddr_t *)context);
}

/* ---- switching ---- */

static void swap_ways(struct splice *splice)
{
    struct way *way = splice->way;

    splice->way = splice->way_unused;
    splice->way_unused = way;
}

/* code_write and all it needs are not spliced, see splice_fixed.c. */
void splice_commit(const struct splice_change changes[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct splice *splice = changes[i].splice;

        if (splice->target == changes[i].target)
            continue;
        n_procedures_led -= splice_is_led(splice);
        splice->target = changes[i].target;
        n_procedures_led += splice_is_led(splice);
        swap_ways(splice);
        put_entry(splice);
        put_sites(splice);
        each_importer(splice, lead_importer, &splice->target);
    }
}

/* A veneer near the procedure, if the target is too far away from it. */
static status_t make_way(struct splice *splice, vaddr_t target)
{
    uint32_t words[VENEER_WORDS];
    struct way *way;

    if (code_reach(splice->procedure.start, target) != REACH_NONE)
        return OK;
    way = malloc(sizeof *way);
    if (way == NULL ||
        code_allocate(OWNER_KERNEL, sizeof words, splice->procedure.start, &way->code) != OK) {
        free(way);
        return status_refuse(ERR_NO_MEMORY, "no code memory near %s for a way to 0x%08x",
                             splice->procedure.name, (unsigned)target);
    }
    code_veneer(words, target);
    (void)code_write(way->code, words, VENEER_WORDS);
    splice->way_unused = way;
    return OK;
}

static bool way_is_left(struct retired *retired)
{
    return !quiescence_is_running(((const struct way *)retired)->code, VENEER_SIZE);
}

static void way_release(struct retired *retired)
{
    code_free(((const struct way *)retired)->code);
    free(retired);
}

/* After a switch: those that nobody is sent to any more; instead of one: those made for it. A patch's handler may be in one. */
static void free_ways(const struct splice_change changes[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct way *way = changes[i].splice->way_unused;

        changes[i].splice->way_unused = NULL;
        if (way == NULL)
            continue;
        patch_forget_code(way->code, VENEER_SIZE);
        way->retired = (struct retired){.is_left = way_is_left, .release = way_release};
        quiescence_retire(&way->retired);
    }
}

static status_t prepare(const struct splice_change *change)
{
    struct splice *splice = change->splice;
    status_t status;

    list_importers(splice);
    if (splice->target == change->target)
        return OK;
    status = make_way(splice, change->target);
    if (status == OK && change->target != splice->procedure.start)
        status = splice_lead_turns(splice);
    return status;
}

static void settle_turns(const struct splice_change changes[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!splice_is_led(changes[i].splice))
            splice_lead_turns_back(changes[i].splice);
}

static void forget_patches(vaddr_t address, size_t size)
{
    if (patch_is_on(address, size))
        patch_forget_code(address, size);
}

/* A call that is the first word of a procedure changes the entry of its body. */
static void clear_call(void *context, vaddr_t address, size_t size, bool branch)
{
    const struct splice *splice = splice_at(address);

    (void)context;
    if (!branch)
        forget_patches(address, size);
    if (splice != NULL)
        forget_patches(splice->body, splice->body_size);
}

static void clear_importer(void *context, struct image *image, const struct import *import)
{
    (void)context;
    image_each_call(image, import, clear_call, NULL);
}

/* Patches on what is going to be other instructions than branches. */
static void clear_calls(const struct splice_change changes[], size_t n)
{
    for (size_t i = 0; patch_any() && i < n; i++)
        if (changes[i].splice->target != changes[i].target)
            each_importer(changes[i].splice, clear_importer, NULL);
}

status_t splice_switch(const struct splice_change changes[], size_t n)
{
    status_t status = OK;
    uint32_t before;

    for (size_t i = 0; status == OK && i < n; i++)
        status = prepare(&changes[i]);
    if (status == OK) {
        clear_calls(changes, n);
        before = interrupts_off();
        splice_commit(changes, n);
        interrupts_restore(before);
    }
    settle_turns(changes, n);
    free_ways(changes, n);
    return status;
}

/* ---- making and ending ---- */

static status_t check(vaddr_t procedure, const struct procedure *found)
{
    const struct domain *domain = code_source_domain(procedure);

    if (splice_at(procedure) != NULL)
        return status_refuse(ERR_EXISTS, "%s has been spliced", found->name);
    if (domain != NULL && (!domain->image.sealed || domain->state == DOMAIN_WAITING))
        return status_refuse(ERR_STATE, "%s is %s: %s cannot be called yet", domain->name,
                             domain_state_name(domain->state), found->name);
    return splice_check(procedure);
}

/* Also says what the procedure is called. */
static status_t read_procedure(vaddr_t address, struct procedure *procedure, uint32_t *first)
{
    const struct code_source *source = code_source();
    struct instruction instruction;

    code_source_forget();
    if (!code_source_starts(address, procedure) || procedure->import ||
        code_source_definition(address) != address ||
        !source->words(source->context, address, first, 1))
        return status_refuse(ERR_BAD_ARGUMENT, "no procedure starts at 0x%08x", (unsigned)address);
    if (!code_decode(*first, &instruction))
        return status_refuse(ERR_UNSUPPORTED, "%s begins with 0x%08x, which is no instruction",
                             procedure->name, (unsigned)*first);
    return OK;
}

/* Of what bodies of patches know of it nothing is true that says less than the ABI. */
static status_t make(struct splice *splice)
{
    vaddr_t start = splice->procedure.start;
    status_t status = patch_procedure_changes(start);

    if (status != OK)
        return status;
    splice->first = patch_is_on(start, 4) ? *(const uint32_t *)start : splice->original;
    status = splice_find(splice);
    if (status != OK)
        return status;
    status = splice_make_body(splice);
    if (status != OK) {
        free(splice->sites);
        free(splice->turns);
    }
    return status;
}

static void enlist(struct splice *splice)
{
    struct splice **list = list_of(splice->procedure.start);

    splice->next = *list;
    *list = splice;
}

status_t splice_create(vaddr_t address, struct splice **created)
{
    struct procedure procedure;
    struct splice *splice;
    uint32_t first;
    status_t status = read_procedure(address, &procedure, &first);

    if (status == OK)
        status = check(address, &procedure);
    if (status != OK)
        return status;
    splice = malloc(sizeof *splice);
    if (splice == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to splice %s", procedure.name);
    *splice = (struct splice){.domain = code_source_domain(address),
                              .procedure = procedure,
                              .target = address,
                              .original = first,
                              .bindings = domain_bindings() - 1};
    status = make(splice);
    if (status != OK) {
        free(splice);
        return status;
    }
    enlist(splice);
    *created = splice;
    return OK;
}

static bool body_is_left(struct retired *retired)
{
    const struct splice *splice = (const struct splice *)retired;

    return !quiescence_is_running(splice->body, splice->body_size);
}

static void body_release(struct retired *retired)
{
    code_free(((const struct splice *)retired)->body);
    free(retired);
}

void splice_destroy(struct splice *splice)
{
    struct splice **link = list_of(splice->procedure.start);

    if (splice_is_led(splice))
        panic("the splice of %s is destroyed while calls are led elsewhere",
              splice->procedure.name);
    while (*link != splice)
        link = &(*link)->next;
    *link = splice->next;
    splice_free_turns(splice);
    free(splice->sites);
    free(splice->importers);
    patch_forget_code(splice->body, splice->body_size);
    splice->retired = (struct retired){.is_left = body_is_left, .release = body_release};
    quiescence_retire(&splice->retired);
}

vaddr_t splice_way_at(vaddr_t address)
{
    for (const struct splice *s = splice_next(NULL); s != NULL; s = splice_next(s))
        if (s->way != NULL && address - s->way->code < VENEER_SIZE)
            return s->procedure.start;
    return 0;
}

vaddr_t splice_body(const struct splice *splice)
{
    return splice->body;
}

vaddr_t splice_target(const struct splice *splice)
{
    return splice->target;
}

/* ---- what is known ---- */

struct tally {
    vaddr_t target;
    size_t direct, all;
};

static void tally_importer(void *context, struct image *image, const struct import *import)
{
    struct tally *tally = context;
    size_t direct, all;

    image_count_calls(image, import, tally->target, &direct, &all);
    tally->direct += direct;
    tally->all += all;
}

void splice_sites(const struct splice *splice, size_t *direct, size_t *all)
{
    struct tally tally = {.target = splice->target, .all = splice->n_sites};

    for (size_t i = 0; i < splice->n_sites; i++)
        tally.direct += code_reach(splice->sites[i].at, splice->target) != REACH_NONE;
    each_importer(splice, tally_importer, &tally);
    *direct = tally.direct;
    *all = tally.all;
}

struct visit {
    status_t (*each)(void *context, vaddr_t address, size_t size);
    void *context;
    status_t status;
};

static void visit_call(void *context, vaddr_t address, size_t size, bool branch)
{
    struct visit *visit = context;

    (void)branch;
    if (visit->status == OK)
        visit->status = visit->each(visit->context, address, size);
}

static void visit_importer(void *context, struct image *image, const struct import *import)
{
    image_each_call(image, import, visit_call, context);
}

status_t splice_each_call(const struct splice *splice,
                          status_t (*each)(void *context, vaddr_t address, size_t size),
                          void *context)
{
    struct visit visit = {each, context, OK};

    for (size_t i = 0; i < splice->n_sites; i++)
        visit_call(&visit, splice->sites[i].at, 4, true);
    each_importer(splice, visit_importer, &visit);
    return visit.status;
}
