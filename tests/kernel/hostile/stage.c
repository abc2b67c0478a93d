/* What hostile extensions meet: events to handle, a list that calls back, and things of others. */
#include "tests/hostile/stage.h"

#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/strand/strand.h"
#include "tests/kernel/hostile/hostile.h"

domain_t *stage_domain;
volatile unsigned stage_n_told, stage_n_asked;

static void *piece;
static strand_t *sleeper;
static volatile bool closing;

int stage_asked(int n)
{
    stage_n_asked++;
    return n + 1;
}

void stage_told(int n)
{
    (void)n;
    stage_n_told++;
}

status_t stage_each(void (*each)(void *closure), void *closure)
{
    for (unsigned i = 0; i < 3; i++)
        each(closure);
    return OK;
}

void *stage_piece(void)
{
    return piece;
}

domain_t *stage_yourself(void)
{
    const struct domain *domain =
        domain_of_owner(owner_of_code((vaddr_t)__builtin_return_address(0)));

    return domain != NULL ? domain->capability : NULL;
}

uint32_t *stage_stack(void)
{
    const struct strand *strand = strand_of(sleeper);

    return (uint32_t *)((strand->stack_start + strand->stack_end) / 2 & ~15u);
}

INTERFACE(Stage, stage_asked, stage_told, stage_each, stage_piece, stage_yourself, stage_stack);

static void sleep_on(void *closure)
{
    (void)closure;
    while (!closing)
        (void)strand_sleep(2000);
}

status_t stage_open(void)
{
    status_t status = domain_create_from_interface(INTERFACE_UNIT(Stage), &stage_domain);

    closing = false;
    piece = malloc(100);
    return status == OK ? strand_create(sleep_on, NULL, &(struct strand_options){.name = "sleeper"},
                                        &sleeper)
                        : status;
}

void stage_close(void)
{
    closing = true;
    (void)strand_join(sleeper);
    (void)domain_destroy(stage_domain);
    free(piece);
}
