/* Installs and names the exception vectors. */
#include "arch/ppc/trap.h"

#include <stddef.h>
#include <string.h>

#include "arch/ppc/cache.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/registers.h"

extern const char vector_stub_start[];

static void install(uint32_t vector)
{
    void *place = (void *)(DATA_VIEW + vector);

    memcpy(place, (const void *)((uintptr_t)vector_stub_start + DATA_VIEW), VECTOR_STUB_SIZE);
    cache_publish_code(place, VECTOR_STUB_SIZE);
}

/* Every hundred-hex has a vector, known or not, so that nothing runs into what lies between. */
void trap_initialize(void)
{
    for (uint32_t vector = VECTORS_BASE; vector < VECTORS_END; vector += VECTOR_DISTANCE)
        install(vector);
    install(VECTOR_ALTIVEC_UNAVAILABLE);
}

const char *trap_name(uint32_t vector)
{
    static const struct {
        uint32_t vector;
        const char *name;
    } names[] = {
        {VECTOR_RESET, "system reset"},
        {VECTOR_MACHINE_CHECK, "machine check"},
        {VECTOR_DSI, "data storage"},
        {VECTOR_ISI, "instruction storage"},
        {VECTOR_EXTERNAL, "external interrupt"},
        {VECTOR_ALIGNMENT, "alignment"},
        {VECTOR_PROGRAM, "program"},
        {VECTOR_FP_UNAVAILABLE, "floating-point unavailable"},
        {VECTOR_DECREMENTER, "decrementer"},
        {VECTOR_SYSTEM_CALL, "system call"},
        {VECTOR_TRACE, "trace"},
        {VECTOR_FP_ASSIST, "floating-point assist"},
        {VECTOR_PERFORMANCE, "performance monitor"},
        {VECTOR_ALTIVEC_UNAVAILABLE, "AltiVec unavailable"},
        {VECTOR_BREAKPOINT, "instruction address breakpoint"},
        {VECTOR_SYSTEM_MANAGEMENT, "system management interrupt"},
        {VECTOR_ALTIVEC_ASSIST, "AltiVec assist"},
        {VECTOR_THERMAL, "thermal management interrupt"},
    };

    vector &= ~(uint32_t)VECTOR_STACK_EXHAUSTED;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].vector == vector)
            return names[i].name;
    return "unknown";
}
