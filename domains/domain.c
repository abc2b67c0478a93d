/* The life of a domain; see <whorl/domain.h> and domain.h. */
#include "domains/domain.h"

#include <stdlib.h>
#include <string.h>

#include "domains/bytes.h"

static struct domain *domains;

/* ---- the list ---- */

domain_t *domain_next(domain_t *domain)
{
    return domain == NULL ? domains : domain->next;
}

static domain_t *by_name(const char *name)
{
    for (domain_t *d = domains; d != NULL; d = d->next)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

static bool is_alive(const domain_t *domain)
{
    for (const domain_t *d = domains; d != NULL; d = d->next)
        if (d == domain)
            return true;
    return false;
}

static status_t check_capability(const domain_t *domain)
{
    return is_alive(domain) ? OK : status_refuse(ERR_BAD_CAPABILITY, "not a domain");
}

/* In order of creation. */
static void enlist(domain_t *domain)
{
    domain_t **end = &domains;

    while (*end != NULL)
        end = &(*end)->next;
    domain->next = NULL;
    *end = domain;
}

static void delist(domain_t *domain)
{
    domain_t **link = &domains;

    while (*link != domain)
        link = &(*link)->next;
    *link = domain->next;
}

status_t domain_find(const char *name, domain_t **domain)
{
    domain_t *found = by_name(name);

    if (found == NULL)
        return status_refuse(ERR_NOT_FOUND, "no domain is called %s", name);
    *domain = found;
    return OK;
}

const char *domain_state_name(enum domain_state state)
{
    static const char *const names[] = {
        [DOMAIN_CREATED] = "created",   [DOMAIN_WAITING] = "waiting",
        [DOMAIN_STARTING] = "starting", [DOMAIN_INITIALIZED] = "initialized",
        [DOMAIN_FAILED] = "failed",     [DOMAIN_ENDING] = "ending",
        [DOMAIN_KERNEL] = "kernel",
    };

    return names[state];
}

/* ---- create ---- */

static domain_t *allocate(const char *name, enum domain_state state)
{
    domain_t *domain = malloc(sizeof *domain + strlen(name) + 1);

    if (domain == NULL)
        return NULL;
    domain->state = state;
    domain->sealed = domain->ran = false;
    strcpy(domain->name, name);
    return domain;
}

static status_t check_name(const char *name)
{
    if (name[0] == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "a domain needs a name");
    for (const char *c = name; *c != 0; c++)
        if (*c <= ' ' || *c > '~' || *c == ',')
            return status_refuse(ERR_BAD_ARGUMENT,
                                 "a domain's name has no spaces, commas or control characters");
    if (by_name(name) != NULL)
        return status_refuse(ERR_EXISTS, "a domain called %s is already loaded", name);
    return OK;
}

static status_t create_named(const char *name, const struct image *image, domain_t **domain)
{
    status_t status = check_name(name);
    domain_t *created;

    if (status != OK)
        return status;
    created = allocate(name, DOMAIN_CREATED);
    if (created == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for domain %s", name);
    created->image = *image;
    created->image.name = created->name;
    image_set_name(&created->image.memory, created->name);
    enlist(created);
    *domain = created;
    return OK;
}

status_t domain_create(const char *name, const void *object, size_t size, domain_t **domain)
{
    struct elf_object elf;
    struct image image;
    status_t status = elf_open(object, size, &elf);

    if (status != OK)
        return status;
    status = image_create(&elf, &image);
    if (status != OK)
        return status;
    status = create_named(image.name != NULL ? image.name : name, &image, domain);
    if (status != OK)
        image_destroy(&image, false);
    return status;
}

status_t domain_create_from_table(const char *name, const struct symbol_table *table,
                                  domain_t **domain)
{
    domain_t *created = allocate(name, DOMAIN_KERNEL);

    if (created == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for domain %s", name);
    memset(&created->image, 0, sizeof created->image);
    created->image.symbols = *table;
    enlist(created);
    *domain = created;
    return OK;
}

/* ---- resolve ---- */

static void unbind(domain_t *source, domain_t *target, const bool *were_bound)
{
    for (size_t i = 0; i < target->image.n_imports; i++)
        if (target->image.imports[i].source == source && !were_bound[i])
            target->image.imports[i].source = NULL;
}

/* The places of an import that gets unbound again are written anew when it is bound the next time. */
static status_t bind_all(domain_t *source, domain_t *target)
{
    for (size_t i = 0; i < target->image.n_imports; i++) {
        struct import *import = &target->image.imports[i];
        const struct symbol *symbol;
        status_t status;

        if (import->source != NULL)
            continue;
        symbol = symbol_find(&source->image.symbols, import->name, import->hash);
        if (symbol == NULL)
            continue;
        status = symbol->identified ? image_bind_identified(&target->image, import, symbol->value)
                                    : image_bind(&target->image, import, symbol->value);
        if (status != OK)
            return status;
        import->source = source;
        import->value = symbol->value;
    }
    return OK;
}

status_t domain_resolve(domain_t *source, domain_t *target)
{
    status_t status = check_capability(source);
    bool *were_bound;

    if (status == OK)
        status = check_capability(target);
    if (status != OK)
        return status;
    if (target->state != DOMAIN_CREATED)
        return status_refuse(ERR_STATE, "%s is %s", target->name, domain_state_name(target->state));
    if (source->state == DOMAIN_ENDING)
        return status_refuse(ERR_STATE, "%s is ending", source->name);
    were_bound = malloc(target->image.n_imports * sizeof *were_bound + 1);
    if (were_bound == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to resolve %s", target->name);
    for (size_t i = 0; i < target->image.n_imports; i++)
        were_bound[i] = target->image.imports[i].source != NULL;
    status = bind_all(source, target);
    if (status != OK)
        unbind(source, target, were_bound);
    free(were_bound);
    return status == OK ? OK : status_context(status, target->name);
}

/* ---- groups ---- */

static bool depends_on(const domain_t *domain, const domain_t *source)
{
    for (size_t i = 0; i < domain->image.n_imports; i++)
        if (domain->image.imports[i].source == source)
            return true;
    return false;
}

static status_t check_distinct(domain_t *const group[], size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (group[i] == group[k])
                return status_refuse(ERR_BAD_ARGUMENT, "the same domain is named twice");
    return OK;
}

/* ---- initialize ---- */

size_t domain_unresolved(domain_t *domain, void (*each)(const char *name, void *closure),
                         void *closure)
{
    size_t n = 0;

    for (size_t i = 0; i < domain->image.n_imports; i++) {
        const struct import *import = &domain->image.imports[i];

        if (import->source != NULL || import->weak)
            continue;
        each(import->name, closure);
        n++;
    }
    return n;
}

/* A list of names, each with a blank in front. */
struct sentence {
    char text[30000];
    size_t length;
};

static struct sentence names; /* too large for a stack, and never needed twice at once */

/* What does not fit is left out as a whole. */
static void append(const char *name, void *closure)
{
    struct sentence *s = closure;
    size_t length = strlen(name);

    if (length + 2 > sizeof s->text - s->length)
        return;
    s->text[s->length++] = ' ';
    strcpy(s->text + s->length, name);
    s->length += length;
}

static void begin_names(void)
{
    names.length = 0;
    names.text[0] = 0;
}

static status_t check_resolved(domain_t *domain)
{
    size_t n;

    begin_names();
    n = domain_unresolved(domain, append, &names);
    if (n == 0)
        return OK;
    return status_refuse(ERR_UNRESOLVED, "%s: %u unresolved symbol%s:%s", domain->name, (unsigned)n,
                         n == 1 ? "" : "s", names.text);
}

/* A weak import that nothing defines is 0 (System V ABI, chapter 4, symbol table). */
static status_t settle_weak(domain_t *domain)
{
    for (size_t i = 0; i < domain->image.n_imports; i++) {
        struct import *import = &domain->image.imports[i];

        if (import->source == NULL) {
            status_t status = image_bind(&domain->image, import, 0);

            if (status != OK)
                return status;
        }
    }
    return OK;
}

static status_t call(domain_t *domain, vaddr_t entry, const char *what, bool has_result)
{
    status_t result = OK;
    status_t status = domain_call(entry, &result);

    if (status != OK)
        return status_refuse(status, "%s: %s faulted", domain->name, what);
    if (has_result && result != OK)
        return status_refuse(ERR_FAILED, "%s: %s returned %s (%d)", domain->name, what,
                             status_name(result), (int)result);
    return OK;
}

static vaddr_t element(const domain_t *domain, const struct array *array, uint32_t index)
{
    return get32(image_bytes(&domain->image, array->address + index * 4));
}

/* 0 and -1 mark the ends of .ctors and .dtors in some objects. */
static status_t call_array(domain_t *domain, const struct array *array, bool backwards,
                           const char *what)
{
    for (uint32_t i = 0; i < array->count; i++) {
        vaddr_t entry = element(domain, array, backwards ? array->count - 1 - i : i);
        status_t status;

        if (entry == 0 || entry == UINT32_MAX)
            continue;
        status = call(domain, entry, what, false);
        if (status != OK)
            return status;
    }
    return OK;
}

static status_t call_export(domain_t *domain, const char *name, bool has_result)
{
    const struct symbol *symbol = symbol_find(&domain->image.symbols, name, symbol_hash(name));

    if (symbol == NULL || symbol->kind == SYMBOL_VARIABLE)
        return OK;
    return call(domain, symbol->value, name, has_result);
}

static status_t start(domain_t *domain)
{
    struct image *image = &domain->image;
    status_t status = call_array(domain, &image->constructors[0], false, "a constructor");

    if (status == OK)
        status = call_array(domain, &image->constructors[1], false, "a constructor");
    if (status == OK)
        status = call_array(domain, &image->constructors[2], true, "a constructor");
    if (status == OK)
        status = call_export(domain, "domain_init", true);
    return status;
}

static status_t check_startable(domain_t *domain)
{
    status_t status = check_capability(domain);

    if (status != OK)
        return status;
    if (domain->state != DOMAIN_CREATED)
        return status_refuse(ERR_STATE, "%s is %s", domain->name, domain_state_name(domain->state));
    return check_resolved(domain);
}

/* Those that were sealed and not started are as before. */
static void unseal_waiting(domain_t *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (group[i]->state != DOMAIN_WAITING)
            continue;
        image_unseal(&group[i]->image.memory);
        group[i]->sealed = false;
        group[i]->state = DOMAIN_CREATED;
    }
}

static status_t seal_all(domain_t *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (image_seal(&group[i]->image.memory) != OK) {
            unseal_waiting(group, i);
            return status_refuse(ERR_NO_MEMORY, "no room to map the text of the domains");
        }
        group[i]->sealed = true;
        group[i]->state = DOMAIN_WAITING;
    }
    return OK;
}

static bool waits_for(const domain_t *domain, domain_t *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (group[i] != domain && group[i]->state == DOMAIN_WAITING && depends_on(domain, group[i]))
            return true;
    return false;
}

/* Who waits for nobody comes first; in a circle, who was named first. */
static domain_t *next_to_start(domain_t *const group[], size_t n)
{
    domain_t *first = NULL;

    for (size_t i = 0; i < n; i++) {
        if (group[i]->state != DOMAIN_WAITING)
            continue;
        if (!waits_for(group[i], group, n))
            return group[i];
        if (first == NULL)
            first = group[i];
    }
    return first;
}

static status_t start_all(domain_t *const group[], size_t n)
{
    domain_t *domain;
    status_t status = OK;

    while (status == OK && (domain = next_to_start(group, n)) != NULL) {
        domain->state = DOMAIN_STARTING;
        status = start(domain);
        domain->ran = status == OK;
        domain->state = status == OK ? DOMAIN_INITIALIZED : DOMAIN_FAILED;
    }
    unseal_waiting(group, n);
    return status;
}

status_t domain_initialize_group(domain_t *const group[], size_t n)
{
    status_t status = check_distinct(group, n);

    for (size_t i = 0; status == OK && i < n; i++)
        status = check_startable(group[i]);
    for (size_t i = 0; status == OK && i < n; i++)
        status = settle_weak(group[i]);
    if (status == OK)
        status = seal_all(group, n);
    return status == OK ? start_all(group, n) : status;
}

status_t domain_initialize(domain_t *domain)
{
    return domain_initialize_group(&domain, 1);
}

/* ---- destroy ---- */

static bool is_member(const domain_t *domain, domain_t *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (group[i] == domain)
            return true;
    return false;
}

/* Those outside the group that are bound to domain. */
static status_t check_dependents(const domain_t *domain, domain_t *const group[], size_t n)
{
    begin_names();
    for (domain_t *d = domains; d != NULL; d = d->next)
        if (!is_member(d, group, n) && depends_on(d, domain))
            append(d->name, &names);
    if (names.length == 0)
        return OK;
    return status_refuse(ERR_BUSY, "%s is used by:%s", domain->name, names.text);
}

static status_t check_destroyable(domain_t *const group[], size_t n)
{
    status_t status = check_distinct(group, n);

    for (size_t i = 0; i < n; i++) {
        if (status == OK)
            status = check_capability(group[i]);
        if (status != OK)
            return status;
        if (group[i]->state == DOMAIN_KERNEL)
            return status_refuse(ERR_STATE, "%s is part of the kernel", group[i]->name);
        if (group[i]->state == DOMAIN_WAITING || group[i]->state == DOMAIN_STARTING ||
            group[i]->state == DOMAIN_ENDING)
            return status_refuse(ERR_STATE, "%s is %s", group[i]->name,
                                 domain_state_name(group[i]->state));
        status = check_dependents(group[i], group, n);
    }
    return status;
}

/* A fault on the way out was reported when it happened and must not keep the domain. */
static void finish(domain_t *domain)
{
    if (!domain->ran)
        return;
    (void)call_export(domain, "domain_fini", false);
    (void)call_array(domain, &domain->image.destructors[0], true, "a destructor");
    (void)call_array(domain, &domain->image.destructors[1], false, "a destructor");
}

static void release(domain_t *domain)
{
    delist(domain);
    image_destroy(&domain->image, domain->sealed);
    free(domain);
}

/*
 * All say goodbye, the youngest first, before anything of any is taken away. What they
 * run then can neither destroy nor resolve against one of them: all are ending.
 */
status_t domain_destroy_group(domain_t *const group[], size_t n)
{
    status_t status = check_destroyable(group, n);

    if (status != OK)
        return status;
    for (size_t i = 0; i < n; i++)
        group[i]->state = DOMAIN_ENDING;
    for (size_t i = n; i-- > 0;)
        finish(group[i]);
    for (size_t i = n; i-- > 0;)
        release(group[i]);
    return OK;
}

status_t domain_destroy(domain_t *domain)
{
    return domain_destroy_group(&domain, 1);
}

/* ---- addresses ---- */

static bool holds(const struct segment *segment, vaddr_t address)
{
    return address - segment->address < segment->size;
}

static const struct segment *segment_of(const domain_t *domain, vaddr_t address)
{
    const struct image_memory *m = &domain->image.memory;

    if (holds(&m->text, address))
        return &m->text;
    if (holds(&m->rodata, address))
        return &m->rodata;
    return holds(&m->data, address) ? &m->data : NULL;
}

bool domain_at(vaddr_t address, domain_t **domain, const struct symbol **symbol)
{
    for (domain_t *d = domains; d != NULL; d = d->next) {
        const struct segment *segment = segment_of(d, address);
        const struct symbol *nearest;

        if (segment == NULL)
            continue;
        nearest = symbol_at(&d->image.symbols, address);
        *domain = d;
        *symbol = nearest != NULL && holds(segment, nearest->value) ? nearest : NULL;
        return true;
    }
    return false;
}
