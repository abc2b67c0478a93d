/* See follow.h. */
#include "kernel/event/follow.h"

#include "arch/ppc/code/reach.h"
#include "kernel/event/code_source.h"

bool code_is_followed(const struct followed *followed, vaddr_t start)
{
    for (size_t i = 0; i < followed->n && i < FOLLOWED_MAX; i++)
        if (followed->starts[i] == start)
            return true;
    return false;
}

static void add(struct followed *followed, vaddr_t address)
{
    const struct code_source *source = code_source();
    struct procedure procedure;

    if ((followed->ends != NULL && followed->ends(address)) ||
        code_is_followed(followed, address) ||
        !source->procedure(source->context, address, &procedure) ||
        code_is_followed(followed, procedure.start))
        return;
    if (followed->n < FOLLOWED_MAX)
        followed->starts[followed->n] = procedure.start;
    followed->n++;
}

static void follow_branches(struct followed *followed, vaddr_t start)
{
    const struct code_source *source = code_source();
    struct procedure procedure;
    uint32_t word;
    vaddr_t target;

    if (!source->procedure(source->context, start, &procedure))
        return;
    for (vaddr_t at = start; at < procedure.end; at += 4) {
        if (!source->words(source->context, at, &word, 1))
            return;
        if ((code_target_of_b(word, at, &target) || code_target_of_bc(word, at, &target)) &&
            (target < start || target >= procedure.end))
            add(followed, target);
    }
}

bool code_follow(vaddr_t address, struct followed *followed)
{
    add(followed, address);
    for (size_t i = 0; i < followed->n && followed->n <= FOLLOWED_MAX; i++)
        follow_branches(followed, followed->starts[i]);
    return followed->n <= FOLLOWED_MAX;
}
