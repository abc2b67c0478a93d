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
#include "kernel/strand/strand.h"

#define PROBE_HANDLES 256 /* a power of two */
#define PROBE_HANDLER __attribute__((noinline, noclone, section(".text.probe_handlers")))

struct probe_handle {
    struct probe *probe; /* NULL: it has not begun, or has ended */
    uint32_t number;     /* of the handle; its remainder by PROBE_HANDLES is the index here */
};
extern struct probe_handle probe_handles[PROBE_HANDLES];

/* Of the stack of exceptions; those of strands are in their records. */
extern vaddr_t probe_guard_of_exceptions;

static inline __attribute__((always_inline)) bool is_of_exceptions(vaddr_t stack)
{
    return stack - IMAGE(exception_stack) < IMAGE(exception_stack_end) - IMAGE(exception_stack);
}

static inline __attribute__((always_inline)) vaddr_t *probe_guard(vaddr_t stack)
{
    return is_of_exceptions(stack) ? &probe_guard_of_exceptions : &strand_current->probe_guard;
}

/*
 * The probe that a handler runs for, which lasts until nobody is in a handler of probes; NULL: it is not to run, which is counted if it `counts`. The
 * handle's probe is read before its number, which is another one before another probe is there.
 */
static inline __attribute__((always_inline)) struct probe *probe_enter(const void *closure,
                                                                       bool counts)
{
    const struct probe_handle *handle = &probe_handles[(uint32_t)closure % PROBE_HANDLES];
    struct probe *probe = __atomic_load_n(&handle->probe, __ATOMIC_ACQUIRE);
    vaddr_t stack = (vaddr_t)__builtin_frame_address(0), *guard = probe_guard(stack);

    if (probe == NULL || __atomic_load_n(&handle->number, __ATOMIC_RELAXED) != (uint32_t)closure)
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
