/* The nameserver as those who register names see it. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

#include "tests/system/programs/check.h"

DOMAIN("registrar");

int service(void);

int service(void)
{
    return 7;
}

INTERFACE(Service, service);

static domain_t *made, *found;

/* Allows those whose names begin as the closure says. */
static bool ask(identity_t *requester, const char *name, void *closure)
{
    char who[40], loader[40];

    if (identity_name(requester, who, sizeof who) != OK ||
        identity_loader(requester, loader, sizeof loader) != OK)
        return false;
    console_print("%s, of %s, %sprivileged, asks for %s\n", who, loader,
                  identity_is_privileged(requester) ? "" : "not ", name);
    return strncmp(who, closure, strlen(closure)) == 0;
}

static bool fault(identity_t *requester, const char *name, void *closure)
{
    (void)requester, (void)name;
    return *(volatile bool *)closure;
}

static void note(const char *name, void *closure)
{
    console_print("%s %s\n", (const char *)closure, name);
}

static void refuse_bad_names(void)
{
    static const char *const bad[] = {"",    "/",   "/a",   "a/",          "a//b",  "a b",
                                      "a,b", "a\n", "\x7f", "caf\xc3\xa9", "a/b//", "a\tb/c"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT(ERR_BAD_ARGUMENT, nameserver_register(bad[i], made, NULL, NULL));
        EXPECT(ERR_NOT_FOUND, nameserver_query(bad[i], &found));
    }
}

static void use_long_names(void)
{
    char *name = malloc(NAMESERVER_NAME_MAX + 2);

    memset(name, 'n', NAMESERVER_NAME_MAX + 1);
    name[NAMESERVER_NAME_MAX + 1] = 0;
    EXPECT(ERR_BAD_ARGUMENT, nameserver_register(name, made, NULL, NULL));
    name[NAMESERVER_NAME_MAX] = 0;
    name[500] = '/';
    EXPECT(OK, nameserver_register(name, made, NULL, NULL));
    EXPECT(OK, nameserver_query(name, &found));
    EXPECT_TRUE(found == made);
    EXPECT(ERR_EXISTS, nameserver_register(name, made, NULL, NULL));
    EXPECT(OK, nameserver_unregister(name));
    EXPECT(ERR_NOT_FOUND, nameserver_query(name, &found));
    free(name);
}

/* Each is shown, though the one before it is gone by then. */
static void unregister_shown(const char *name, void *closure)
{
    char copy[40];

    strcpy(copy, name);
    EXPECT(OK, nameserver_unregister(copy));
    strcat(strcat(closure, " "), strchr(copy, '/') + 1);
}

static void list_what_goes(void)
{
    static const char *const passing[] = {"passing/c", "passing/a", "passing/d", "passing/b"};
    char shown[80] = "";

    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        EXPECT(OK, nameserver_register(passing[i], made, NULL, NULL));
    EXPECT(OK, nameserver_list("passing", unregister_shown, shown));
    EXPECT_TRUE(strcmp(shown, " a b c d") == 0);
    EXPECT(OK, nameserver_list("passing", note, (void *)"never:"));
}

status_t domain_init(void)
{
    EXPECT(OK, domain_create_from_interface(INTERFACE_UNIT(Service), &made));
    refuse_bad_names();
    use_long_names();
    list_what_goes();
    EXPECT(OK, nameserver_register("net/service", made, NULL, NULL));
    EXPECT(OK, nameserver_register("net/for/friends", made, ask, (void *)"friend"));
    EXPECT(OK, nameserver_register("net/faulty", made, fault, NULL));
    EXPECT(OK, nameserver_register("network", made, NULL, NULL));
    EXPECT(ERR_EXISTS, nameserver_register("SpinPublic", made, NULL, NULL));
    EXPECT(ERR_NOT_FOUND, nameserver_query("net", &found));
    EXPECT(ERR_NOT_FOUND, nameserver_query("Service", &found));
    EXPECT(ERR_DENIED, nameserver_unregister("SpinPublic"));
    EXPECT(ERR_NOT_FOUND, nameserver_unregister("SpinPrivate"));
    EXPECT(OK, nameserver_list("net", note, (void *)"below net:"));
    EXPECT(OK, nameserver_list("net/for", note, (void *)"below net/for:"));
    EXPECT(OK, nameserver_list("nowhere", note, (void *)"never:"));
    EXPECT(OK, nameserver_list("", note, (void *)"all:"));
    console_print("%d wrong\n", n_wrong);
    return OK;
}
