/*
 * Calls a procedure of a domain that is not initialized; or, with POINTER, goes by a pointer that such a
 * domain holds. guest.h has the object.
 */
#include <string.h>
#include <whorl/domain.h>

static int (*answer)(int);

static void note(const struct domain_export *symbol, void *closure)
{
    (void)closure;
#ifdef POINTER
    if (strcmp(symbol->name, "pointer") == 0)
        answer = *(int (*const *)(int))symbol->address;
#else
    if (strcmp(symbol->name, "answer") == 0)
        answer = (int (*)(int))symbol->address;
#endif
}

status_t domain_init(void)
{
    domain_t *guest;
    status_t status = domain_create("guest", guest_object, sizeof guest_object, &guest);

    if (status == OK)
        status = domain_exports(guest, note, NULL);
    return status == OK ? answer(1) : status;
}
