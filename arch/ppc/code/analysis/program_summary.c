/* What calls mean: the summaries of the procedures of a program, and what is said of all others. */
#include <string.h>

#include "arch/ppc/code/analysis/program_private.h"

static const struct register_set everything = REGISTERS_ALL;

bool program_is_helper(const struct procedure *procedure)
{
    return procedure->name != NULL &&
           (strncmp(procedure->name, "_save", 5) == 0 || strncmp(procedure->name, "_rest", 5) == 0);
}

static void summary_of_import(const struct procedure *procedure, struct summary *summary)
{
    if (program_is_helper(procedure))
        summary_unknown(summary);
    else
        summary_abi(summary);
    summary->returns = !procedure->no_return;
}

static void summary_of_node(const struct node *node, struct summary *summary)
{
    if (node->procedure.import)
        summary_of_import(&node->procedure, summary);
    else if (node->state == STATE_DONE || node->state == STATE_SETTLING)
        *summary = node->summary;
    else
        summary_abi(summary);
    summary->reads.general |= node->arguments;
}

/* Whether an address is in the program's own text. */
static bool is_own(const struct program *p, vaddr_t address)
{
    uint32_t word;

    return p->source->words(p->source->context, address, &word, 1);
}

/*
 * Of what a branch to an address enters: a procedure, the middle of one, or code that has no name, which may
 * be anything of this program; what is elsewhere keeps to the ABI.
 */
static void summary_at(const struct program *p, vaddr_t target, struct summary *summary)
{
    uint32_t number = program_node_at(p, target);

    if (number != NOBODY)
        summary_of_node(&p->nodes[number], summary);
    else if (program_node_around(p, target) != NOBODY || is_own(p, target))
        summary_unknown(summary);
    else
        summary_abi(summary);
}

static void summary_of_call(void *context, const struct call *call, struct summary *summary)
{
    if (call->direct)
        summary_at(context, call->target, summary);
    else
        summary_abi(summary);
}

bool program_comes_back(const struct program *p, vaddr_t start)
{
    uint32_t number = program_node_at(p, start);
    const struct node *node = number == NOBODY ? NULL : &p->nodes[number];

    if (node == NULL || node->procedure.no_return)
        return node == NULL;
    return (node->state != STATE_DONE && node->state != STATE_SETTLING) || node->summary.returns;
}

static bool comes_back(void *context, vaddr_t start)
{
    return program_comes_back(context, start);
}

const struct live_terms *program_live_terms(const struct program *p, const struct node *node)
{
    if (program_is_helper(&node->procedure))
        return &p->helper_terms;
    return node->kept != NULL ? &node->kept->terms : &p->live_terms;
}

void program_set_terms(struct program *p)
{
    p->flow_terms = (struct flow_terms){.returns = comes_back,
                                        .pointers = program_pointers_between,
                                        .context = p,
                                        .scratch = &p->scratch};
    p->live_terms =
        (struct live_terms){.summary = summary_of_call, .context = p, .scratch = &p->scratch};
    p->helper_terms = p->live_terms;
    p->helper_terms.at_return = &everything;
}

void program_summary(struct program *program, vaddr_t start, struct summary *summary)
{
    uint32_t number = program_node_at(program, start);

    if (number != NOBODY && !program->nodes[number].procedure.import &&
        program_analyse(program, number) != OK)
        summary_abi(summary);
    else
        summary_at(program, start, summary);
}
