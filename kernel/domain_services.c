/*
 * The public interfaces Domain, NameServer and Identity: they turn capabilities into
 * domains, know who calls, and say no to what they do not know.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "domains/capability.h"
#include "domains/identity.h"
#include "domains/nameserver.h"
#include "domains/types.h"
#include "kernel/busy.h"
#include "kernel/event/event.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/quiescence.h"
#include "kernel/service.h"
#include "kernel/strand/strand.h"

#define GROUP_MAX 64 /* domains in one call */
#define TYPE_SHOWN 400
#define STACK_NEEDED 12288 /* bytes: more than anything here uses by itself */

/* The domain whose code called; the kernel's has none. Asked first of all. */
static struct domain *calling(void)
{
    return domain_of_owner(identity_calling());
}

void service_expect_stack(void)
{
    vaddr_t lowest = strand_current->stack_start - STRAND_RESERVE;
    vaddr_t left = (vaddr_t)__builtin_frame_address(0) - lowest;

    if (left < STACK_NEEDED)
        *(volatile char *)(lowest - 1) = 0;
}

/* Where a result goes, which stays as it is: what cannot be written faults before there is one. */
static void expect_room(domain_t *volatile *domain)
{
    service_expect_stack();
    *domain = *domain;
}

/* Whether it ends before memory does, which is looked at once a page. */
static bool is_text(const char *text)
{
    for (const char *c = text;; c++) {
        if ((c == text || (vaddr_t)c % PAGE_SIZE == 0) && memory_read((vaddr_t)c, 1) == NULL)
            return false;
        if (*c == 0)
            return true;
    }
}

static status_t of_group(domain_t *const capabilities[], size_t n, struct domain *group[])
{
    service_expect_stack();
    if (n > GROUP_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a group has at most %d domains", GROUP_MAX);
    if (n != 0 && memory_read((vaddr_t)capabilities, n * sizeof *capabilities) == NULL)
        return status_refuse(ERR_BAD_ARGUMENT, "no list of domains at %p",
                             (const void *)capabilities);
    for (size_t i = 0; i < n; i++) {
        status_t status = domain_of(capabilities[i], &group[i]);

        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- Domain ---- */

static EVENT status_t identified_domain_create(const char *name, const void *object, size_t size,
                                               domain_t **domain)
{
    BUSY;
    const struct domain *loader = calling();
    struct domain_terms terms = {.loader = loader != NULL ? loader->name : "kernel"};
    struct domain *made;
    status_t status;

    expect_room(domain);
    if (!is_text(name))
        return status_refuse(ERR_BAD_ARGUMENT, "no name at %p", (const void *)name);
    if (size == 0 || memory_read((vaddr_t)object, size) == NULL)
        return status_refuse(ERR_BAD_OBJECT, "%u bytes at %p are no object file", (unsigned)size,
                             object);
    status = domain_make(&terms, name, object, size, &made);
    if (status == OK)
        *domain = made->capability;
    return status;
}

static EVENT status_t identified_domain_create_from_interface(const struct interface *unit,
                                                              domain_t **domain)
{
    BUSY;
    struct domain *maker = calling(), *made;
    status_t status;

    expect_room(domain);
    if (maker == NULL)
        return status_refuse(ERR_DENIED, "only a domain can make a domain of its interface");
    status = domain_make_interface(maker, (vaddr_t)unit, &made);
    if (status == OK)
        *domain = made->capability;
    return status;
}

static EVENT status_t identified_domain_combine(domain_t *one, domain_t *other, domain_t **domain)
{
    BUSY;
    domain_t *const both[] = {one, other};
    struct domain *maker = calling(), *members[2], *made;
    status_t status = of_group(both, 2, members);
    char *name;

    expect_room(domain);
    if (status != OK)
        return status;
    if (maker == NULL)
        return status_refuse(ERR_DENIED, "only a domain can combine domains");
    name = malloc(strlen(members[0]->name) + strlen(members[1]->name) + 2);
    if (name == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the name of a union");
    strcat(strcat(strcpy(name, members[0]->name), "+"), members[1]->name);
    status = domain_unite(name, members, 2, maker, &made);
    free(name);
    if (status == OK)
        *domain = made->capability;
    return status;
}

/* Code that is bound anew may be part of what events dispatch. */
static status_t of_pair(domain_t *source, domain_t *target, struct domain *pair[2])
{
    domain_t *const both[] = {source, target};

    if (event_is_changing())
        return status_refuse(ERR_BUSY, "no domain can be bound while events are being changed");
    return of_group(both, 2, pair);
}

status_t domain_resolve(domain_t *source, domain_t *target)
{
    BUSY;
    struct domain *pair[2];
    status_t status = of_pair(source, target, pair);

    return status == OK ? domain_bind(pair[0], pair[1]) : status;
}

status_t domain_unresolve(domain_t *source, domain_t *target)
{
    BUSY;
    struct domain *pair[2];
    status_t status = of_pair(source, target, pair);

    return status == OK ? domain_unbind(pair[0], pair[1]) : status;
}

status_t domain_initialize_group(domain_t *const domains[], size_t n_domains)
{
    BUSY;
    struct domain *group[GROUP_MAX];
    status_t status = of_group(domains, n_domains, group);

    return status == OK ? domain_start(group, n_domains) : status;
}

status_t domain_initialize(domain_t *domain)
{
    return domain_initialize_group(&domain, 1);
}

status_t domain_destroy_group(domain_t *const domains[], size_t n_domains)
{
    BUSY;
    struct domain *group[GROUP_MAX];
    status_t status;

    if (event_is_changing())
        return status_refuse(ERR_BUSY, "no domain can go while events are being changed");
    quiescence_collect();
    status = of_group(domains, n_domains, group);
    return status == OK ? domain_end(group, n_domains) : status;
}

status_t domain_destroy(domain_t *domain)
{
    return domain_destroy_group(&domain, 1);
}

/* ---- queries ---- */

status_t domain_name(domain_t *capability, char *name, size_t size)
{
    BUSY;
    struct domain *domain;
    status_t status = domain_of(capability, &domain);

    if (status != OK)
        return status;
    if (size == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "no room for a name");
    strncpy(name, domain->name, size - 1);
    name[size - 1] = 0;
    return OK;
}

status_t domain_exports(domain_t *capability,
                        void (*each)(const struct domain_export *symbol, void *closure),
                        void *closure)
{
    BUSY;
    struct definition definition;
    struct domain *domain;
    status_t status = domain_of(capability, &domain);

    for (size_t cursor = 0; status == OK && domain_export(domain, &cursor, &definition);) {
        const struct btf *btf =
            domain_types(definition.definer); /* first, since it names the types */
        char type[TYPE_SHOWN];
        struct domain_export symbol = {.name = definition.symbol->name,
                                       .type = type,
                                       .definer = definition.definer->name,
                                       .address = (const void *)definition.symbol->value,
                                       .size = definition.symbol->size};

        types_print(btf, definition.symbol->type, type, sizeof type);
        each(&symbol, closure);
        status = domain_of(capability, &domain);
    }
    domain_rest_all();
    return status;
}

status_t domain_imports(domain_t *capability,
                        void (*each)(const struct domain_import *symbol, void *closure),
                        void *closure)
{
    BUSY;
    struct domain *domain;
    status_t status = domain_of(capability, &domain);

    for (size_t i = 0; status == OK && i < domain->image.n_imports; i++) {
        const struct import *import = &domain->image.imports[i];
        bool bound = import->state == IMPORT_BOUND;
        char type[TYPE_SHOWN];
        struct domain_import symbol = {.name = import->name,
                                       .type = type,
                                       .source = bound ? import->source->name : NULL,
                                       .definer = bound ? import->definer->name : NULL,
                                       .weak = import->weak};

        types_print(domain_types(domain), import->type, type, sizeof type);
        each(&symbol, closure);
        status = domain_of(capability, &domain);
    }
    domain_rest_all();
    return status;
}

status_t domain_dependents(domain_t *capability, void (*each)(const char *name, void *closure),
                           void *closure)
{
    BUSY;
    struct domain *domain;
    status_t status = domain_of(capability, &domain);

    if (status != OK)
        return status;
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d != domain && d->maker != domain && domain_depends_on(d, domain))
            each(d->name, closure);
    return OK;
}

status_t domain_unresolved(domain_t *capability, void (*each)(const char *name, void *closure),
                           void *closure)
{
    BUSY;
    struct domain *domain;
    status_t status = domain_of(capability, &domain);

    if (status == OK)
        (void)domain_unresolved_imports(domain, each, closure);
    return status;
}

PUBLIC_INTERFACE(Domain, domain_resolve, domain_unresolve, domain_initialize,
                 domain_initialize_group, domain_destroy, domain_destroy_group, domain_name,
                 domain_exports, domain_imports, domain_dependents, domain_unresolved);
IDENTIFIED_INTERFACE(Domain, domain_create, domain_create_from_interface, domain_combine);

/* ---- Identity ---- */

static EVENT identity_t *identified_identity_self(void)
{
    BUSY;
    struct domain *domain = calling();
    identity_t *identity;

    return domain != NULL && identity_of(domain, &identity) == OK ? identity : NULL;
}

bool identity_is_privileged(identity_t *identity)
{
    BUSY;

    return identity_has_privilege(identity);
}

status_t identity_name(identity_t *identity, char *name, size_t size)
{
    BUSY;

    return identity_tell_name(identity, name, size);
}

status_t identity_loader(identity_t *identity, char *name, size_t size)
{
    BUSY;

    return identity_tell_loader(identity, name, size);
}

PUBLIC_INTERFACE(Identity, identity_is_privileged, identity_name, identity_loader);
IDENTIFIED_INTERFACE(Identity, identity_self);

/* ---- NameServer ---- */

static EVENT status_t identified_nameserver_register(const char *name, domain_t *capability,
                                                     nameserver_authorizer_t *authorizer,
                                                     void *closure)
{
    BUSY;
    struct domain *registrar = calling(), *domain;
    struct name_terms terms = {.authorizer = (vaddr_t)authorizer, .closure = (uint32_t)closure};
    status_t status = domain_of(capability, &domain);

    service_expect_stack();
    if (status != OK)
        return status;
    if (registrar == NULL)
        return status_refuse(ERR_DENIED, "only a domain can register a name");
    return name_register(name, domain, registrar, &terms);
}

/* Who asks does not learn that there is something. */
static EVENT status_t identified_nameserver_query(const char *name, domain_t **capability)
{
    BUSY;
    struct domain *requester = calling(), *domain;
    status_t status;

    service_expect_stack();
    status = name_query(name, requester, &domain);
    if (status == OK)
        *capability = domain->capability;
    else
        status = status_refuse(ERR_NOT_FOUND, "the nameserver has no domain called %s", name);
    return status;
}

static EVENT status_t identified_nameserver_unregister(const char *name)
{
    BUSY;
    const struct domain *registrar = calling();
    const struct name *entry;
    status_t status = name_unregister(name, registrar);

    if (status != ERR_DENIED)
        return status;
    for (size_t i = 0; (entry = name_at(i)) != NULL; i++)
        if (strcmp(entry->name, name) == 0 && !name_allows(entry, (struct domain *)registrar))
            return status_refuse(ERR_NOT_FOUND, "the nameserver has no domain called %s", name);
    return status_refuse(ERR_DENIED, "%s was registered by another", name);
}

static bool is_below(const char *name, const char *path)
{
    size_t length = strlen(path);

    return length == 0 || (strncmp(name, path, length) == 0 && name[length] == '/');
}

/* By name, since authorizers and `each` may change what stands where. */
static EVENT status_t identified_nameserver_list(const char *path,
                                                 void (*each)(const char *name, void *closure),
                                                 void *closure)
{
    BUSY;
    struct domain *requester = calling();
    char before[NAMESERVER_NAME_MAX + 1] = "", name[NAMESERVER_NAME_MAX + 1];
    const struct name *entry;

    service_expect_stack();
    if (path[0] != 0) {
        status_t status = name_check(path);

        if (status != OK)
            return status;
    }
    for (; (entry = name_behind(before)) != NULL; strcpy(before, name)) {
        strcpy(name, entry->name);
        if (is_below(name, path) && name_allows(entry, requester) && name_named(name) == entry)
            each(name, closure);
    }
    return OK;
}

IDENTIFIED_INTERFACE(NameServer, nameserver_register, nameserver_query, nameserver_unregister,
                     nameserver_list);
