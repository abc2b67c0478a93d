/*
 * A domain made of an object, an interface and a union while this runs, and taken apart
 * again. guest.h has the object of guest.c.
 */
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

#include "tests/system/programs/check.h"

DOMAIN("host");

int increase(int n);
int host_unused(void);

int increase(int n)
{
    return n + 1;
}

int host_unused(void)
{
    return 0;
}

INTERFACE(Increase, increase, host_unused);

static int (*answer)(int);

static void note_export(const struct domain_export *symbol, void *closure)
{
    (void)closure;
    console_print("exports %s: %s of %s\n", symbol->name, symbol->type, symbol->definer);
    if (strcmp(symbol->name, "answer") == 0)
        answer = (int (*)(int))symbol->address;
}

static void note_import(const struct domain_import *symbol, void *closure)
{
    (void)closure;
    console_print("imports %s: %s through %s from %s%s\n", symbol->name, symbol->type,
                  symbol->source != NULL ? symbol->source : "nothing",
                  symbol->definer != NULL ? symbol->definer : "nobody",
                  symbol->weak ? ", weak" : "");
}

static void note_name(const char *name, void *closure)
{
    console_print("%s %s\n", (const char *)closure, name);
}

static void explain(void)
{
    console_print("sentence: %s\n", status_explain());
}

static domain_t *public, *guest, *increases, *both;
static char name[30];

static void build(void)
{
    EXPECT(OK, nameserver_query("SpinPublic", &public));
    EXPECT(OK, domain_create("guest", guest_object, sizeof guest_object, &guest));
    EXPECT(OK, domain_unresolved(guest, note_name, (void *)"unresolved"));
    EXPECT(ERR_UNRESOLVED, domain_initialize(guest));
    explain();
    EXPECT(OK, domain_create_from_interface(INTERFACE_UNIT(Increase), &increases));
    EXPECT(OK, domain_resolve(public, guest));
    EXPECT(ERR_UNRESOLVED, domain_initialize(guest));
    explain();
    EXPECT(OK, domain_combine(public, increases, &both));
    EXPECT(OK, domain_unresolve(public, guest));
    EXPECT(OK, domain_resolve(both, guest));
    EXPECT(OK, domain_unresolved(guest, note_name, (void *)"never"));
    EXPECT(OK, domain_exports(guest, note_export, NULL));
}

static void use(void)
{
    EXPECT(OK, domain_initialize(guest));
    EXPECT(ERR_STATE, domain_initialize(guest));
    EXPECT(OK, domain_imports(guest, note_import, NULL));
    EXPECT(OK, domain_dependents(both, note_name, (void *)"used by"));
    EXPECT_TRUE(answer != NULL && answer(41) == 42);
    EXPECT(OK, domain_name(guest, name, sizeof name));
    EXPECT_TRUE(strcmp(name, "guest") == 0);
    EXPECT(OK, domain_name(both, name, 4));
    EXPECT_TRUE(strcmp(name, "Spi") == 0);
    EXPECT(ERR_BAD_ARGUMENT, domain_name(both, name, 0));
}

static void take_apart(void)
{
    EXPECT(ERR_BUSY, domain_destroy(both));
    explain();
    EXPECT(ERR_BUSY, domain_destroy(increases));
    explain();
    EXPECT(ERR_STATE, domain_destroy(public));
    EXPECT(OK, domain_destroy(guest));
    EXPECT(ERR_BAD_CAPABILITY, domain_name(guest, name, sizeof name));
    EXPECT(OK, domain_destroy(both));
    EXPECT(ERR_BAD_CAPABILITY, domain_resolve(both, increases));
    EXPECT(OK, domain_destroy(increases));
    EXPECT(ERR_BAD_CAPABILITY, domain_destroy(increases));
}

status_t domain_init(void)
{
    build();
    use();
    take_apart();
    console_print("%d wrong\n", n_wrong);
    return OK;
}
