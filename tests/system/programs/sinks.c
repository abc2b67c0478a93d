/*
 * Makes, binds, starts and destroys a domain of jumper.c, a little further down the stack each time, until that
 * ends: whatever the kernel is at by then must not be left half done. jumper.h has the object of jumper.c.
 */
#include <whorl/domain.h>

DOMAIN("sinks");

void leap(void);

void leap(void)
{
}

INTERFACE(Leap, leap);

static domain_t *own;

static status_t sink(void)
{
    volatile status_t status;
    domain_t *jumper;

    status = domain_create("jumper", jumper_object, sizeof jumper_object, &jumper);
    if (status == OK)
        status = domain_resolve(own, jumper);
    if (status == OK)
        status = domain_initialize(jumper);
    if (status == OK)
        status = domain_destroy(jumper);
    if (status == OK)
        status = sink();
    return status;
}

status_t domain_init(void)
{
    status_t status = domain_create_from_interface(INTERFACE_UNIT(Leap), &own);

    return status == OK ? sink() : status;
}
