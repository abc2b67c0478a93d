/* The same as faulty.c where the handler is called, and what it calls faults. */
#include <whorl/domain.h>
#include <whorl/event.h>

DOMAIN("bench/faulty");

EVENT void bench_told(volatile uint32_t *times);

static volatile int n_survived;

static void __attribute__((noipa)) inner(volatile uint32_t *times)
{
    uint32_t time;

    __asm__ volatile("mftb %0\n\tstw %0, 0(%1)\n\tlwz %0, 0(%2)"
                     : "=&r"(time)
                     : "b"(times), "b"(0)
                     : "memory");
}

static void __attribute__((noipa)) fault(volatile uint32_t *times)
{
    inner(times);
    n_survived++;
}

status_t domain_init(void)
{
    binding_t *binding;

    return event_install((procedure_t)bench_told, (procedure_t)fault, NULL,
                         &(struct event_options){.order = EVENT_FIRST}, &binding);
}
