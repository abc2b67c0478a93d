/* Fills floating-point registers and rounds as it likes: only its own strands see that.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static bool keeps(const uint64_t *in)
{
    uint64_t out[2];

    __asm__ volatile("lfd 0, 0(%0)\n\tlfd 31, 0(%0)\n\tmtfsfi 7, 1" : : "b"(in) : "memory");
    (void)strand_yield();
    __asm__ volatile("stfd 0, 0(%0)\n\tstfd 31, 8(%0)" : : "b"(out) : "memory");
    return out[0] == *in && out[1] == *in;
}

static void run(void *closure)
{
    for (unsigned i = 0; i < 100; i++) {
        uint64_t in = 0x4000000000000000 + (uintptr_t)closure + i;

        if (!keeps(&in))
            __asm__ volatile("trap");
    }
}

status_t hostile_act(void)
{
    status_t status = begin(run, NULL);

    return status == OK ? begin(run, (void *)0x10000) : status;
}
