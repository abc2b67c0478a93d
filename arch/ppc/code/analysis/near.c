/* See near.h. */
#include "arch/ppc/code/analysis/near.h"

#include <stdlib.h>

#include "arch/ppc/code/analysis/program_private.h"

#define N_REMEMBERED 64              /* a power of two */
#define STACK_AND_SMALL_DATA 0x2006u /* r1, r2, r13 */
#define ALL_ARGUMENTS 0x07f8u        /* r3 to r10: also those of variadic procedures */

struct remembered {
    vaddr_t start; /* 0: nothing */
    struct summary summary;
};

struct near {
    const struct near_terms *terms;
    struct flow_terms flow_terms;
    struct live_terms live_terms;
    struct flow *flow; /* the latest, or NULL */
    struct live *live;
    unsigned depth; /* of what is being analysed */
    bool no_memory; /* for something below that */
    struct remembered remembered[N_REMEMBERED];
};

/* ---- what calls mean ---- */

static void summary_of_type(uint32_t arguments, bool returns, struct summary *summary)
{
    summary_abi(summary);
    summary->reads.general &= STACK_AND_SMALL_DATA | arguments;
    if (arguments != ALL_ARGUMENTS)
        summary->reads.condition = 0;
    summary->returns = returns;
}

static struct remembered *place_of(struct near *near, vaddr_t start)
{
    return &near->remembered[start / 4 % N_REMEMBERED];
}

static status_t look_into(struct near *near, vaddr_t start, struct summary *summary)
{
    struct flow *flow;
    struct live *live;
    status_t status = flow_build(near->terms->source, start, &near->flow_terms, &flow);

    if (status != OK)
        return status;
    near->depth++;
    status = live_build(flow, &near->live_terms, &live);
    near->depth--;
    if (status == OK)
        live_summarize(live, summary);
    if (status == OK)
        live_free(live);
    flow_free(flow);
    return status;
}

/* What was found while something was out of reach is not remembered: less deep down more is known. */
static void summary_by_code(struct near *near, vaddr_t start, struct summary *summary)
{
    struct remembered *place = place_of(near, start);
    status_t status;

    if (place->start == start) {
        *summary = place->summary;
        return;
    }
    summary_unknown(summary);
    if (near->depth > NEAR_DEPTH)
        return;
    status = look_into(near, start, summary);
    near->no_memory = near->no_memory || status == ERR_NO_MEMORY;
    if (status == OK && near->depth == 1)
        *place = (struct remembered){start, *summary};
}

/* Of what an address of the program's own text enters. */
static void summary_of_procedure(struct near *near, const struct procedure *procedure,
                                 vaddr_t target, struct summary *summary)
{
    uint32_t arguments;

    if (procedure->start != target || program_is_helper(procedure))
        summary_unknown(summary);
    else if (near->terms->type(near->terms->type_context, target, &arguments))
        summary_of_type(arguments, !procedure->no_return, summary);
    else
        summary_by_code(near, target, summary);
    summary->returns = summary->returns && !procedure->no_return;
}

static void summary_of_call(void *context, const struct call *call, struct summary *summary)
{
    struct near *near = context;
    const struct code_source *source = near->terms->source;
    struct procedure procedure;
    uint32_t word;

    if (!call->direct)
        summary_abi(summary);
    else if (source->procedure(source->context, call->target, &procedure))
        summary_of_procedure(near, &procedure, call->target, summary);
    else if (source->words(source->context, call->target, &word, 1))
        summary_unknown(summary);
    else
        summary_abi(summary);
}

/* ---- what is asked ---- */

void near_rest(struct near *near)
{
    live_free(near->live);
    flow_free(near->flow);
    near->live = NULL;
    near->flow = NULL;
}

status_t near_live(struct near *near, vaddr_t address, const struct live **live)
{
    status_t status;

    near_rest(near);
    near->depth = 1;
    near->no_memory = false;
    status = flow_build(near->terms->source, address, &near->flow_terms, &near->flow);
    if (status == OK)
        status = live_build(near->flow, &near->live_terms, &near->live);
    if (status == OK && near->no_memory)
        status = status_refuse(ERR_NO_MEMORY, "no memory for what 0x%08x calls", (unsigned)address);
    if (status == OK)
        *live = near->live;
    else
        near_rest(near);
    return status;
}

/* ---- opening and closing ---- */

status_t near_open(const struct near_terms *terms, struct near **near)
{
    struct near *opened = calloc(1, sizeof *opened);

    if (opened == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to analyse procedures");
    opened->terms = terms;
    opened->flow_terms =
        (struct flow_terms){.pointers = terms->pointers, .context = terms->pointers_context};
    opened->live_terms = (struct live_terms){.summary = summary_of_call, .context = opened};
    *near = opened;
    return OK;
}

void near_close(struct near *near)
{
    if (near == NULL)
        return;
    near_rest(near);
    free(near);
}
