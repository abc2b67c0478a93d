/* See loader.h. */
#include "domains/loader.h"

#include <string.h>

#include "domains/domain.h"

static status_t resolve_named(const char *name, domain_t *target)
{
    domain_t *source;
    status_t status = domain_find(name, &source);

    if (status != OK)
        return status_refuse(status, "%s imports from domain %s, which is not there", target->name,
                             name);
    return domain_resolve(source, target);
}

static status_t resolve_required(domain_t *target)
{
    const char *name = target->image.required;
    const char *end = name + target->image.required_size;
    status_t status = resolve_named("SpinPublic", target);

    for (; status == OK && name < end; name += strlen(name) + 1)
        if (*name != 0)
            status = resolve_named(name, target);
    return status;
}

static status_t resolve_group(domain_t *const domains[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        status_t status = resolve_required(domains[i]);

        for (size_t k = 0; status == OK && k < n; k++)
            if (k != i)
                status = domain_resolve(domains[k], domains[i]);
        if (status != OK)
            return status;
    }
    return OK;
}

/* Keeps the refusal that led here, whatever happens on the way back. */
static void undo(domain_t *const domains[], size_t n, status_t reason)
{
    static char sentence[STATUS_SENTENCE_MAX];

    strcpy(sentence, status_explain());
    (void)domain_destroy_group(domains, n);
    (void)status_refuse(reason, "%s", sentence);
}

static status_t create(const struct loader_object *object, domain_t **domain)
{
    status_t status = domain_create(object->name, object->bytes, object->size, domain);

    return status == OK ? OK : status_context(status, object->name);
}

status_t loader_load(const struct loader_object objects[], size_t n, domain_t *domains[])
{
    domain_t *created[LOADER_GROUP_MAX];
    status_t status = OK;
    size_t n_created;

    if (n > LOADER_GROUP_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a group has at most %u objects", LOADER_GROUP_MAX);
    for (n_created = 0; status == OK && n_created < n; n_created += status == OK)
        status = create(&objects[n_created], &created[n_created]);
    if (status == OK)
        status = resolve_group(created, n);
    if (status == OK)
        status = domain_initialize_group(created, n);
    if (status != OK)
        undo(created, n_created, status);
    else
        memcpy(domains, created, n * sizeof *domains);
    return status;
}
