/* See async_guest.h. */
#include "tests/kernel/objects/async_guest.h"

#include <whorl/domain.h>

DOMAIN("async_guest");

static volatile unsigned n, turns, n_swallowed;
static volatile bool stop;
static strand_t *volatile swallowed;

static void note(int what)
{
    (void)what;
    n++;
}

static void rest(int what)
{
    (void)what;
    n++;
    (void)strand_sleep(1000000);
    n += 100;
}

static void fault(int what)
{
    n++;
    *(volatile int *)(uintptr_t)(what & 8) = what;
}

static void spin(int what)
{
    (void)what;
    n++;
    for (;;)
        ;
}

static void leave(int what)
{
    (void)what;
    n++;
    strand_exit();
}

static status_t install(procedure_t event, procedure_t handler, procedure_t guard,
                        const struct event_options *options, binding_t **binding)
{
    return event_install(event, handler, guard, options, binding);
}

static status_t intrinsic(procedure_t event, binding_t **binding)
{
    return event_intrinsic(event, binding);
}

static status_t uninstall(binding_t *binding)
{
    return event_uninstall(binding);
}

static status_t destroy(binding_t *binding)
{
    return event_destroy(binding);
}

static void take_turns(void *closure)
{
    (void)closure;
    while (!stop) {
        turns++;
        (void)strand_yield();
    }
}

static status_t begin(strand_t **strand)
{
    stop = false;
    return strand_create(take_turns, NULL, NULL, strand);
}

static status_t swallow(strand_t *strand)
{
    swallowed = strand;
    n_swallowed++;
    return OK;
}

static void filter(strand_t **strand)
{
    (void)strand;
}

extern const struct async_guest async_guest;
const struct async_guest async_guest = {
    (procedure_t)note,
    (procedure_t)rest,
    (procedure_t)fault,
    (procedure_t)spin,
    (procedure_t)leave,
    &n,
    install,
    intrinsic,
    uninstall,
    destroy,
    begin,
    &turns,
    &stop,
    (procedure_t)swallow,
    (procedure_t)filter,
    &n_swallowed,
    &swallowed,
};
