/* Faults with garbage in all registers that it should have kept.
 * Expected: quarantined, ends its caller "program exception" */
#include "tests/hostile/stage.h"

/* Without the prologue that a compiler would make, since clobbers would be saved. */
__asm__(".section .text.clobber,\"ax\",@progbits\n"
        ".type clobber, @function\n"
        "clobber:\n"
        "li 14,-1\nli 15,-1\nli 16,-1\nli 17,-1\nli 18,-1\nli 19,-1\nli 20,-1\nli 21,-1\nli 22,-1\n"
        "li 23,-1\nli 24,-1\nli 25,-1\nli 26,-1\nli 27,-1\nli 28,-1\nli 29,-1\nli 30,-1\nli 31,-1\n"
        "mtcrf 255,31\nmtlr 31\nmtctr 31\ntrap\n"
        ".size clobber, .-clobber\n"
        ".previous");
void clobber(void);

static int asked(int n)
{
    clobber();
    return n;
}

status_t domain_init(void)
{
    return install(P(stage_asked), P(asked), NULL);
}

status_t hostile_act(void)
{
    clobber();
    return OK;
}
