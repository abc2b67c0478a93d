/*
 * Every function that takes a capability, called with what is none: forged words, those
 * of another kind, and those of what is gone.
 */
#include <stdbool.h>
#include <stdint.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/identity.h>
#include <whorl/nameserver.h>

#include "tests/system/programs/check.h"

static int variable;

int variable_of(void);
status_t domain_init(void);

INTERFACE(Own, domain_init, variable_of);

static domain_t *good;

static void never_export(const struct domain_export *symbol, void *closure)
{
    (void)symbol, (void)closure;
    n_wrong++;
}

static void never_import(const struct domain_import *symbol, void *closure)
{
    (void)symbol, (void)closure;
    n_wrong++;
}

static void never_name(const char *name, void *closure)
{
    (void)name, (void)closure;
    n_wrong++;
}

static void try_domain(domain_t *bad)
{
    domain_t *const group[] = {good, bad};
    domain_t *made = (domain_t *)&variable;
    char name[20] = "untouched";

    EXPECT(ERR_BAD_CAPABILITY, domain_resolve(bad, good));
    EXPECT(ERR_BAD_CAPABILITY, domain_resolve(good, bad));
    EXPECT(ERR_BAD_CAPABILITY, domain_unresolve(bad, good));
    EXPECT(ERR_BAD_CAPABILITY, domain_unresolve(good, bad));
    EXPECT(ERR_BAD_CAPABILITY, domain_combine(bad, good, &made));
    EXPECT(ERR_BAD_CAPABILITY, domain_combine(good, bad, &made));
    EXPECT(ERR_BAD_CAPABILITY, domain_initialize(bad));
    EXPECT(ERR_BAD_CAPABILITY, domain_initialize_group(group, 2));
    EXPECT(ERR_BAD_CAPABILITY, domain_destroy(bad));
    EXPECT(ERR_BAD_CAPABILITY, domain_destroy_group(group, 2));
    EXPECT(ERR_BAD_CAPABILITY, domain_name(bad, name, sizeof name));
    EXPECT(ERR_BAD_CAPABILITY, domain_exports(bad, never_export, NULL));
    EXPECT(ERR_BAD_CAPABILITY, domain_imports(bad, never_import, NULL));
    EXPECT(ERR_BAD_CAPABILITY, domain_dependents(bad, never_name, NULL));
    EXPECT(ERR_BAD_CAPABILITY, domain_unresolved(bad, never_name, NULL));
    EXPECT(ERR_BAD_CAPABILITY, nameserver_register("forged", bad, NULL, NULL));
    EXPECT_TRUE(made == (domain_t *)&variable && name[0] == 'u');
    EXPECT(OK, domain_name(good, name, sizeof name));
}

static void try_console(console_t *bad)
{
    char line[20];

    EXPECT(ERR_BAD_CAPABILITY, console_write(bad, "never\n"));
    EXPECT(ERR_BAD_CAPABILITY, console_read(bad, line, sizeof line));
    EXPECT(ERR_BAD_CAPABILITY, console_close(bad));
}

static void try_identity(identity_t *bad)
{
    char name[20];

    EXPECT(ERR_BAD_CAPABILITY, identity_name(bad, name, sizeof name));
    EXPECT(ERR_BAD_CAPABILITY, identity_loader(bad, name, sizeof name));
    EXPECT_TRUE(!identity_is_privileged(bad));
}

static void try_all(const void *bad)
{
    try_domain((domain_t *)bad);
    try_console((console_t *)bad);
    try_identity((identity_t *)bad);
}

/* Those that differ from a live one by a bit, but for the lowest, which number others that live. */
static void try_near(const void *live)
{
    for (unsigned bit = 15; bit < 32; bit++)
        try_all((const void *)((uintptr_t)live ^ 1u << bit));
}

int variable_of(void)
{
    return variable;
}

status_t domain_init(void)
{
    identity_t *identity = identity_self();
    console_t *console = console_open();
    domain_t *dead;

    EXPECT(OK, domain_create_from_interface(INTERFACE_UNIT(Own), &good));
    EXPECT(OK, domain_create_from_interface(INTERFACE_UNIT(Own), &dead));
    EXPECT(OK, domain_destroy(dead));
    try_all(dead);
    try_all(NULL);
    try_all(&variable);
    try_all((void *)domain_init);
    try_all((void *)0xffffffff);
    try_near(good);
    try_near(console);
    try_near(identity);
    try_console((console_t *)good);
    try_console((console_t *)identity);
    try_identity((identity_t *)good);
    try_identity((identity_t *)console);
    try_domain((domain_t *)console);
    try_domain((domain_t *)identity);
    EXPECT(OK, console_write(console, "alive\n"));
    EXPECT(OK, console_close(console));
    try_all(console);
    console_print("%d wrong\n", n_wrong);
    return OK;
}
