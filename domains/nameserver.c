/* See nameserver.h. */
#include "domains/nameserver.h"

#include <stdlib.h>
#include <string.h>

#include "domains/identity.h"

static struct name **names; /* sorted */
static size_t n_names, room;

/* ---- names ---- */

static bool is_part(char c)
{
    return c > ' ' && c <= '~' && c != ',' && c != '/';
}

status_t name_check(const char *name)
{
    size_t length = strnlen(name, NAMESERVER_NAME_MAX + 1);

    if (length == 0 || length > NAMESERVER_NAME_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a name has 1 to %d characters",
                             NAMESERVER_NAME_MAX);
    for (size_t i = 0; i < length; i++)
        if (!is_part(name[i]) && (name[i] != '/' || !is_part(name[i + 1]) || i == 0))
            return status_refuse(ERR_BAD_ARGUMENT,
                                 "a name is made of printable characters without blanks and "
                                 "commas, with single slashes between");
    return OK;
}

/* Of the first that is not before it. */
static size_t position_of(const char *name)
{
    size_t low = 0, high = n_names;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(names[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct name *find(const char *name)
{
    size_t i = position_of(name);

    return i < n_names && strcmp(names[i]->name, name) == 0 ? names[i] : NULL;
}

const struct name *name_at(size_t index)
{
    return index < n_names ? names[index] : NULL;
}

const struct name *name_named(const char *name)
{
    return find(name);
}

const struct name *name_behind(const char *name)
{
    size_t i = position_of(name);

    return name_at(i < n_names && strcmp(names[i]->name, name) == 0 ? i + 1 : i);
}

/* ---- registering ---- */

static status_t not_found(const char *name)
{
    return status_refuse(ERR_NOT_FOUND, "the nameserver has no domain called %s", name);
}

static bool make_room(void)
{
    size_t wanted = room == 0 ? 32 : room * 2;
    struct name **moved;

    if (n_names < room)
        return true;
    moved = malloc(wanted * sizeof *moved);
    if (moved == NULL)
        return false;
    if (n_names != 0)
        memcpy(moved, names, n_names * sizeof *moved);
    free(names);
    names = moved;
    room = wanted;
    return true;
}

static unsigned owner_of(const struct domain *registrar)
{
    return registrar != NULL ? registrar->image.memory.owner : 0;
}

static size_t cost_of(const char *name)
{
    return sizeof(struct name) + sizeof(struct name *) + strlen(name) + 1;
}

status_t name_register(const char *name, struct domain *domain, struct domain *registrar,
                       const struct name_terms *terms)
{
    status_t status = name_check(name);
    size_t i = position_of(name);
    struct name *entry;

    if (status == OK)
        status = domain_check_stays(registrar);
    if (status != OK)
        return status;
    if (find(name) != NULL)
        return status_refuse(ERR_EXISTS, "the nameserver has a domain called %s already", name);
    if (!memory_charge(owner_of(registrar), cost_of(name)))
        return status_refuse(ERR_NO_MEMORY, "the quota of %s has no room for the name %s",
                             registrar->name, name);
    entry = malloc(sizeof *entry + strlen(name) + 1);
    if (entry == NULL || !make_room()) {
        memory_discharge(owner_of(registrar), cost_of(name));
        free(entry);
        return status_refuse(ERR_NO_MEMORY, "no memory for the name %s", name);
    }
    *entry = (struct name){.domain = domain,
                           .registrar = registrar,
                           .authorizer = terms->authorizer,
                           .closure = terms->closure,
                           .privileged = terms->privileged};
    strcpy(entry->name, name);
    memmove(&names[i + 1], &names[i], (n_names - i) * sizeof *names);
    names[i] = entry;
    n_names++;
    return OK;
}

static void take_out(size_t i)
{
    memory_discharge(owner_of(names[i]->registrar), cost_of(names[i]->name));
    free(names[i]);
    n_names--;
    memmove(&names[i], &names[i + 1], (n_names - i) * sizeof *names);
}

status_t name_unregister(const char *name, const struct domain *registrar)
{
    struct name *entry = find(name);

    if (entry == NULL)
        return not_found(name);
    if (registrar == NULL || entry->registrar != registrar)
        return status_refuse(ERR_DENIED, "%s was registered by another", name);
    take_out(position_of(name));
    return OK;
}

void name_forget(const struct domain *domain)
{
    for (size_t i = n_names; i-- > 0;)
        if (names[i]->domain == domain || names[i]->registrar == domain)
            take_out(i);
}

/* ---- asking ---- */

/* The authorizer may change the names and ask for others, so the name is lent as a copy of its own. */
static bool ask(const struct name *entry, struct domain *requester)
{
    uint32_t arguments[3] = {0, 0, entry->closure};
    char *copy = malloc(strlen(entry->name) + 1);
    identity_t *identity;
    status_t answer;
    bool allowed;

    if (copy == NULL || identity_of(requester, &identity) != OK) {
        free(copy);
        return false;
    }
    strcpy(copy, entry->name);
    arguments[0] = (uint32_t)(uintptr_t)identity;
    arguments[1] = (uint32_t)(uintptr_t)copy;
    allowed = domain_call(entry->authorizer, arguments, &answer) == OK && (answer & 0xff) != 0;
    free(copy);
    return allowed;
}

bool name_allows(const struct name *entry, struct domain *requester)
{
    if (requester == NULL)
        return true;
    if (entry->privileged && !requester->privileged)
        return false;
    return entry->authorizer == 0 || entry->registrar == requester || ask(entry, requester);
}

/* While its authorizer was asked the name may have gone, or become another domain's. */
status_t name_query(const char *name, struct domain *requester, struct domain **domain)
{
    struct name *entry = find(name);
    const domain_t *wanted;
    bool allowed;

    if (entry == NULL)
        return not_found(name);
    wanted = entry->domain->capability;
    allowed = name_allows(entry, requester);
    entry = find(name);
    if (!allowed) {
        if (entry != NULL)
            entry->n_denied++;
        return status_refuse(ERR_DENIED, "%s may not have the domain called %s", requester->name,
                             name);
    }
    if (entry == NULL || entry->domain->capability != wanted)
        return not_found(name);
    *domain = entry->domain;
    return OK;
}
