/*
 * Handlers of probes, from entry to exit. Nothing that these two do is a call: whatever a handler calls may have
 * probes, but a handler itself may not (check_site in probe.c).
 *
 * A guard holds the stack pointer of the handler that runs on its stack. Who finds it there and is not called from that one finds what was
 * left behind when a handler was unwound, for a handler's frame is further out than those of all it calls.
 *
 * Any context.
 */
#ifndef KERNEL_PROBE_GUARD_H
#define KERNEL_PROBE_GUARD_H

#include "arch/ppc/image.h"
#include "kernel/probe/probe.h"

#define PROBE_HANDLES 256 /* a power of two */
#define PROBE_HANDLER __attribute__((noinline, noclone))

struct probe_handle {
    struct probe *probe; /* NULL: it has not begun, or has ended */
    uint32_t number;     /* of the handle; its remainder by PROBE_HANDLES is the index here */
};
extern struct probe_handle probe_handles[PROBE_HANDLES];

/* There are as many as stacks: the main line's, and that of exceptions. */
extern vaddr_t probe_guards[2];

static inline __attribute__((always_inline)) vaddr_t *probe_guard(vaddr_t stack)
{
    return &probe_guards[stack - IMAGE(exception_stack) <
                         IMAGE(exception_stack_end) - IMAGE(exception_stack)];
}

/* The probe that a handler runs for; NULL: it is not to, which is counted if it `counts`. */
static inline __attribute__((always_inline)) struct probe *probe_enter(const void *closure,
                                                                       bool counts)
{
    const struct probe_handle *handle = &probe_handles[(uint32_t)closure % PROBE_HANDLES];
    struct probe *probe = handle->number == (uint32_t)closure ? handle->probe : NULL;
    vaddr_t stack = (vaddr_t)__builtin_frame_address(0), *guard = probe_guard(stack);

    if (probe == NULL)
        return NULL;
    if (stack < *guard) {
        if (counts)
            __atomic_fetch_add(&probe->n_skipped, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    __atomic_store_n(guard, stack, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return probe;
}

static inline __attribute__((always_inline)) void probe_leave(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(probe_guard((vaddr_t)__builtin_frame_address(0)), 0, __ATOMIC_RELAXED);
}

#endif
