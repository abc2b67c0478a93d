/* Leading a word of code to a place, from anywhere to anywhere; see patch_private.h. */
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "kernel/event/splice.h"
#include "kernel/patch/patch_private.h"
#include "kernel/patch/springboard.h"

/* No instruction of any PowerPC (PEM appendix A: primary opcode 0 is reserved); not 0, which is what an import's empty slot has. */
#define WORD_ILLEGAL 0x00505443u

static size_t n_traps;

/* A splice keeps the word for when calls are led back, and has it in the entry of the body. */
static void put(vaddr_t at, uint32_t word)
{
    if (!splice_takes(at, word))
        (void)code_word_store(at, word);
}

static uint32_t branch(vaddr_t at, vaddr_t target)
{
    return code_retarget_b(WORD_B, at, target);
}

static void set_way(struct lead *lead, enum patch_way way)
{
    n_traps += (way == WAY_TRAP) - (lead->way == WAY_TRAP);
    lead->way = (uint8_t)way;
}

static void give_slot(struct lead *lead)
{
    if (lead->slot == 0)
        return;
    springboard_give(lead->slot);
    quota_give(lead->payer, QUOTA_SPRINGBOARDS);
    lead->slot = 0;
}

static status_t take_slot(struct lead *lead, vaddr_t target)
{
    status_t status = quota_take(lead->payer, QUOTA_SPRINGBOARDS);

    if (status != OK)
        return status;
    status = springboard_take(target, &lead->slot);
    if (status != OK)
        quota_give(lead->payer, QUOTA_SPRINGBOARDS);
    return status;
}

void lead_charge(struct lead *lead, owner_t payer)
{
    if (lead->slot != 0)
        quota_move(lead->payer, payer, QUOTA_SPRINGBOARDS);
    lead->payer = payer;
}

static void branch_to(struct lead *lead, vaddr_t target)
{
    lead->target = target;
    set_way(lead, WAY_BRANCH);
    put(lead->at, branch(lead->at, target));
    give_slot(lead);
}

static void spring_to(struct lead *lead, vaddr_t target)
{
    lead->target = target;
    set_way(lead, WAY_SPRINGBOARD);
    put(lead->at, branch(lead->at, lead->slot));
}

/* Whoever traps goes where `target` says. */
static void trap_to(struct lead *lead, vaddr_t target)
{
    lead->target = target;
    set_way(lead, WAY_TRAP);
    put(lead->at, WORD_ILLEGAL);
}

status_t lead_to(struct lead *lead, vaddr_t target, bool may_trap)
{
    status_t status;

    if (code_reach(lead->at, target) != REACH_NONE && splice_reaches(lead->at, target)) {
        branch_to(lead, target);
    } else if (lead->slot != 0) {
        springboard_lead(lead->slot, target);
        lead->target = target;
    } else {
        status = take_slot(lead, target);
        if (status == OK)
            spring_to(lead, target);
        else if (status == ERR_NO_MEMORY && may_trap)
            trap_to(lead, target);
        else
            return status;
    }
    return OK;
}

void lead_back(struct lead *lead, uint32_t word)
{
    put(lead->at, word);
    set_way(lead, WAY_BRANCH);
    lead->target = 0;
    give_slot(lead);
}

void leads_promote(void)
{
    for (struct site *site = site_next(NULL); n_traps != 0 && site != NULL;
         site = site_next(site)) {
        if (site->lead.way != WAY_TRAP)
            continue;
        if (take_slot(&site->lead, site->lead.target) == OK)
            spring_to(&site->lead, site->lead.target);
        else if (springboard_used() == springboard_capacity())
            return;
    }
}
