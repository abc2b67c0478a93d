/*
 * Finding what branches to a procedure inside its own program. The kernel has a table of its calls. Domains keep no relocations
 * of what they define, so all of their text is searched for words that would be branches to
 * the start; such a word is believed if control reaches it in the flow of the procedure that it stands in, else
 * it may be data and is left alone. Calls that are not found come to the procedure's first word.
 *
 * A branch of the procedure itself that is no call is a turn of a loop. Those must all be found.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "domains/domain.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice_internal.h"
#include "kernel/kernel_calls.h"
#include "kernel/patch/patch.h"

#define CHUNK 256             /* words that are looked at together */
#define WORD_BCTR 0x4c000420u /* any branch to CTR, but for what it tests */
#define MASK_OF_BCTR 0xfc0007ffu

struct search {
    struct splice *splice;
    struct flow *flow; /* of the procedure in which something was found last, or NULL */
    bool own;          /* it is the splice's */
    bool jumps;        /* the procedure has branches to CTR, maybe by a table to its start */
    struct procedure parts[FLOW_PARTS_MAX]; /* of the procedure, elsewhere */
    size_t n_parts;
};

static bool target_of(uint32_t word, vaddr_t at, vaddr_t *target)
{
    return code_target_of_b(word, at, target) || code_target_of_bc(word, at, target);
}

static bool is_conditional(uint32_t word)
{
    return word >> 26 == WORD_BC >> 26;
}

/* ---- lists ---- */

/* Room for one more; *list is an array of n things of that size, and has room for the next power of two. */
static status_t make_room(void **list, size_t n, size_t size)
{
    void *longer;

    if ((n & (n - 1)) != 0)
        return OK;
    longer = realloc(*list, (n == 0 ? 1 : 2 * n) * size);
    if (longer == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a list of %u calls", (unsigned)n);
    *list = longer;
    return OK;
}

static status_t add_site(struct splice *splice, vaddr_t at, uint32_t word)
{
    void *list = splice->sites;
    status_t status = make_room(&list, splice->n_sites, sizeof *splice->sites);

    splice->sites = list;
    if (status == OK)
        splice->sites[splice->n_sites++] = (struct site){at, word};
    return status;
}

static status_t add_turn(struct splice *splice, vaddr_t at, uint32_t word)
{
    void *list = splice->turns;
    status_t status = make_room(&list, splice->n_turns, sizeof *splice->turns);

    splice->turns = list;
    if (status == OK)
        splice->turns[splice->n_turns++] = (struct turn){.at = at, .word = word};
    return status;
}

/* ---- flow ---- */

static vaddr_t end_of(const struct block *block)
{
    return block->start + block->n_words * 4;
}

static bool flow_has(const struct flow *flow, vaddr_t at)
{
    for (uint32_t i = 0; i < flow->n_parts; i++)
        if (at >= flow->parts[i].start && at < flow->parts[i].end)
            return true;
    return false;
}

/* Makes search->flow that of the procedure in which an address lies; false if there is none. */
static status_t look_at(struct search *search, vaddr_t at, bool *found)
{
    status_t status;

    *found = search->flow != NULL && flow_has(search->flow, at);
    if (*found)
        return OK;
    flow_free(search->flow);
    search->flow = NULL;
    status = flow_build(code_source(), at, NULL, &search->flow);
    *found = status == OK;
    if (*found)
        search->own = search->flow->procedure.start == search->splice->procedure.start;
    return status == ERR_NO_MEMORY ? status : OK;
}

static status_t refuse(const struct search *search, vaddr_t at, const char *why)
{
    return status_refuse(ERR_UNSUPPORTED, "calls of %s cannot be told from its loops: %s 0x%08x",
                         search->splice->procedure.name, why, (unsigned)at);
}

/* ---- what is found ---- */

/* It stands where control comes to. */
static status_t add(struct search *search, vaddr_t at, uint32_t word)
{
    struct procedure whole;
    bool turns = search->own && (word & WORD_LK) == 0;

    if (turns)
        return add_turn(search->splice, at, word);
    if (is_conditional(word) || code_source_starts(at, &whole))
        return OK; /* it can be led nowhere; or it belongs to the splice of another one */
    return add_site(search->splice, at, word);
}

static bool is_own(const struct splice *splice, vaddr_t at)
{
    return at - splice->procedure.start < splice->procedure.end - splice->procedure.start;
}

static status_t examine(struct search *search, vaddr_t at, uint32_t word)
{
    bool found;
    status_t status;

    if (at == search->splice->procedure.start)
        return OK; /* what it does there the body's entry does, too */
    status = look_at(search, at, &found);
    if (status != OK)
        return status;
    if (found && flow_block_at(search->flow, at) != NULL)
        return add(search, at, word);
    if ((word & WORD_LK) == 0 &&
        (found ? search->own && !search->flow->complete : is_own(search->splice, at)))
        return refuse(search, at, "it is not known whether control comes to");
    return OK;
}

/* A branch of the procedure may go to a part of it that is elsewhere. */
static void note_part(struct search *search, vaddr_t target)
{
    const struct code_source *source = code_source();
    vaddr_t start = search->splice->procedure.start;
    struct procedure part;

    if (is_own(search->splice, target) || search->n_parts == FLOW_PARTS_MAX ||
        !source->procedure(source->context, target, &part) || part.whole != start)
        return;
    for (size_t i = 0; i < search->n_parts; i++)
        if (search->parts[i].start == part.start)
            return;
    search->parts[search->n_parts++] = part;
}

static status_t examine_words(struct search *search, vaddr_t at, const uint32_t words[], size_t n)
{
    const struct splice *splice = search->splice;

    for (size_t i = 0; i < n; i++, at += 4) {
        bool own = is_own(splice, at);
        vaddr_t target;
        status_t status;

        if ((words[i] & MASK_OF_BCTR) == WORD_BCTR && own)
            search->jumps = true;
        if (!target_of(words[i], at, &target))
            continue;
        if (own && splice->domain == NULL)
            note_part(search, target);
        if (target != splice->procedure.start)
            continue;
        status = examine(search, at, words[i]);
        if (status != OK)
            return status;
    }
    return OK;
}

/* Everything between two addresses of one program. */
static status_t examine_text(struct search *search, vaddr_t start, vaddr_t end)
{
    const struct code_source *source = code_source();
    uint32_t words[CHUNK];
    status_t status = OK;

    for (size_t n; status == OK && start < end; start += n * 4) {
        n = (end - start) / 4 < CHUNK ? (end - start) / 4 : CHUNK;
        if (n == 0 || !source->words(source->context, start, words, n))
            break;
        status = examine_words(search, start, words, n);
    }
    return status;
}

/* ---- other ways to the start ---- */

/* Whether control goes from a block to the start by a branch that has been found, or is the first instruction. */
static bool is_known(const struct search *search, const struct block *from)
{
    const struct splice *splice = search->splice;
    vaddr_t last = end_of(from) - 4;

    if (last == splice->procedure.start)
        return true;
    for (size_t i = 0; i < splice->n_turns; i++)
        if (splice->turns[i].at == last)
            return true;
    return false;
}

static status_t check_start(const struct search *search)
{
    const struct flow *flow = search->flow;
    const struct block *start = flow_block_at(flow, search->splice->procedure.start);

    for (uint32_t i = 0; start != NULL && i < start->n_predecessors; i++) {
        const struct block *from = &flow->blocks[flow->predecessors[start->first_predecessor + i]];

        if (!is_known(search, from))
            return refuse(search, end_of(from) - 4, "control comes to its start from");
    }
    return OK;
}

/* ---- */

static status_t find_kernel_sites(struct search *search)
{
    const struct splice *splice = search->splice;
    const vaddr_t *sites = NULL;
    size_t n = kernel_calls(splice->procedure.start, &sites);
    status_t status = OK;

    for (size_t i = 0; status == OK && i < n; i++) {
        struct procedure caller;
        uint32_t word = code_word_get(sites[i]);

        if (code_source_starts(sites[i], &caller) || caller.whole == splice->procedure.start)
            continue; /* the former belongs to the splice of another one, the latter is found with the turns */
        word = code_put_b_relative(word, splice->procedure.start - sites[i]);
        status = add_site(search->splice, sites[i], word);
    }
    return status;
}

/* Of the kernel only the procedure need be searched, for turns and for calls of itself. */
static status_t examine_procedure(struct search *search)
{
    const struct procedure *procedure = &search->splice->procedure;
    status_t status = examine_text(search, procedure->start, procedure->end);

    for (size_t i = 0; status == OK && i < search->n_parts; i++)
        status = examine_text(search, search->parts[i].start, search->parts[i].end);
    return status;
}

static status_t find(struct search *search)
{
    const struct splice *splice = search->splice;
    bool found;
    status_t status;

    if (splice->domain != NULL) {
        const struct segment *text = &splice->domain->image.memory.text;

        status = examine_text(search, text->address, text->address + (vaddr_t)text->size);
    } else {
        status = find_kernel_sites(search);
        if (status == OK)
            status = examine_procedure(search);
    }
    if (status != OK || (splice->n_turns == 0 && !search->jumps))
        return status;
    status = look_at(search, splice->procedure.start, &found);
    return status == OK && found ? check_start(search) : status;
}

status_t splice_find(struct splice *splice)
{
    struct search search = {.splice = splice};
    status_t status = find(&search);

    flow_free(search.flow);
    if (status != OK) {
        free(splice->sites);
        free(splice->turns);
    }
    return status;
}
