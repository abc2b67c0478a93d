/* How domains begin to run and how they end, alone and in groups; see domain.h. */
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/domain_internal.h"
#include "domains/identity.h"
#include "domains/nameserver.h"
#include "domains/image/image_types.h"

/* ---- lists of names ---- */

static struct {
    char text[30000];
    size_t length;
} names; /* too large for a stack, and never needed twice at once */

void names_begin(void)
{
    names.length = 0;
    names.text[0] = 0;
}

void names_add(const char *name, void *closure)
{
    size_t length = strlen(name);

    (void)closure;
    if (length + 2 > sizeof names.text - names.length)
        return;
    names.text[names.length++] = ' ';
    strcpy(names.text + names.length, name);
    names.length += length;
}

const char *names_text(void)
{
    return names.text;
}

/* ---- start ---- */

static status_t check_distinct(struct domain *const group[], size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (group[i] == group[k])
                return status_refuse(ERR_BAD_ARGUMENT, "the same domain is named twice");
    return OK;
}

static status_t check_resolved(const struct domain *domain)
{
    size_t n;

    names_begin();
    n = domain_unresolved_imports(domain, names_add, NULL);
    if (n == 0)
        return OK;
    return status_refuse(ERR_UNRESOLVED, "%s: %u unresolved symbol%s:%s", domain->name, (unsigned)n,
                         n == 1 ? "" : "s", names_text());
}

static status_t call(struct domain *domain, vaddr_t entry, const char *what, bool has_result)
{
    status_t result = OK;
    status_t status = domain_call_at_length(entry, &result);

    if (status != OK)
        return status_refuse(status, "%s: %s faulted", domain->name, what);
    if (has_result && result != OK)
        return status_refuse(ERR_FAILED, "%s: %s returned %s (%d)", domain->name, what,
                             status_name(result), (int)result);
    return OK;
}

static vaddr_t element(const struct domain *domain, const struct array *array, uint32_t index)
{
    return get32(image_bytes(&domain->image, array->address + index * 4));
}

/* 0 and -1 mark the ends of .ctors and .dtors in some objects. */
static status_t call_array(struct domain *domain, const struct array *array, bool backwards,
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

static status_t call_export(struct domain *domain, const char *name, bool has_result)
{
    const struct symbol *symbol = symbol_find(&domain->image.symbols, name, symbol_hash(name));

    if (symbol == NULL || symbol->kind == SYMBOL_VARIABLE)
        return OK;
    return call(domain, symbol->value, name, has_result);
}

static status_t start(struct domain *domain)
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

static status_t check_startable(struct domain *domain)
{
    if (domain->state != DOMAIN_CREATED)
        return status_refuse(ERR_STATE, "%s is %s", domain->name, domain_state_name(domain->state));
    return check_resolved(domain);
}

/* It was sealed and not started, and is as before. */
static void unseal(struct domain *domain)
{
    domain_leaves(domain);
    if (domain->image.sealed)
        image_unseal(&domain->image.memory);
    domain->image.sealed = false;
    domain->state = DOMAIN_CREATED;
    binding_unsettle_weak(domain);
}

static void unseal_waiting(struct domain *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (group[i]->state == DOMAIN_WAITING)
            unseal(group[i]);
}

static status_t seal(struct domain *domain)
{
    status_t status = binding_settle_weak(domain);

    if (status != OK)
        return status_context(status, domain->name);
    if (image_seal(&domain->image.memory) != OK) {
        binding_unsettle_weak(domain);
        return status_refuse(ERR_NO_MEMORY, "no room to map the text of %s", domain->name);
    }
    domain->image.sealed = true;
    domain->state = DOMAIN_WAITING;
    domain_runs();
    return OK;
}

static status_t seal_all(struct domain *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        status_t status = seal(group[i]);

        if (status != OK) {
            unseal_waiting(group, i);
            return status;
        }
    }
    return OK;
}

static bool waits_for(const struct domain *domain, struct domain *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (group[i] != domain && group[i]->state == DOMAIN_WAITING &&
            domain_depends_on(domain, group[i]))
            return true;
    return false;
}

/* Who waits for nobody comes first; in a circle, who was named first. */
static struct domain *next_to_start(struct domain *const group[], size_t n)
{
    struct domain *first = NULL;

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

static size_t n_held;
static vaddr_t held_low, held_high; /* the lowest and the highest holder */

static void note_holder(vaddr_t holder)
{
    if (n_held++ == 0)
        held_low = held_high = holder;
    if (holder < held_low)
        held_low = holder;
    if (holder > held_high)
        held_high = holder;
}

/* So that who ends elsewhere need not look at all domains. */
static void note_holders(void)
{
    n_held = 0;
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->holder != 0)
            note_holder(d->holder);
}

/* Whose it is in the meantime: that of the operation with this frame. */
static void hold(struct domain *const group[], size_t n, vaddr_t holder)
{
    for (size_t i = 0; i < n; i++)
        group[i]->holder = holder;
    note_holders();
}

static status_t start_all(struct domain *const group[], size_t n)
{
    struct domain *domain;
    status_t status = OK;

    hold(group, n, (vaddr_t)(uintptr_t)__builtin_frame_address(0));
    while (status == OK && (domain = next_to_start(group, n)) != NULL) {
        domain->state = DOMAIN_STARTING;
        status = start(domain);
        image_types_rest(&domain->image);
        if (status == OK && domain->quarantined)
            status = status_refuse(ERR_FAULT, "%s %s", domain->name, domain->reason);
        domain->ran = status == OK;
        domain->state = status == OK          ? DOMAIN_INITIALIZED
                        : domain->quarantined ? DOMAIN_QUARANTINED
                                              : DOMAIN_FAILED;
    }
    hold(group, n, 0);
    unseal_waiting(group, n);
    return status;
}

status_t domain_start(struct domain *const group[], size_t n)
{
    status_t status = check_distinct(group, n);

    for (size_t i = 0; status == OK && i < n; i++)
        status = check_startable(group[i]);
    if (status == OK)
        status = seal_all(group, n);
    return status == OK ? start_all(group, n) : status;
}

/* ---- end ---- */

/* Of the group, or made by one of it. */
static bool goes(const struct domain *domain, struct domain *const group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (group[i] == domain || (domain->maker != NULL && group[i] == domain->maker))
            return true;
    return false;
}

/* What goes anyway, as the leaving one made it, is not worth a look: there may be thousands. */
static bool may_have_dependents(const struct domain *domain, const struct domain *leaving)
{
    if (domain->n_users != 0)
        return true;
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->maker != NULL && d->maker != leaving && domain_depends_on(d, domain))
            return true;
    return false;
}

/* Whether something of user is bound to or refers to domain or what that made. */
static bool uses(const struct domain *user, const struct domain *domain)
{
    if (domain_depends_on(user, domain))
        return true;
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->maker == domain && domain_depends_on(user, d))
            return true;
    return false;
}

static bool may_be_used(const struct domain *domain)
{
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if ((d == domain || d->maker == domain) && may_have_dependents(d, domain))
            return true;
    return false;
}

static void add_user(const struct domain *user)
{
    names_add(user->name, NULL);
    if (user->state == DOMAIN_LEAVING)
        names_add("(leaving)", NULL);
}

/* Those that stay, each once. */
static status_t check_dependents(const struct domain *domain, struct domain *const group[],
                                 size_t n)
{
    if (!may_be_used(domain))
        return OK;
    names_begin();
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (!goes(d, group, n) && uses(d, domain))
            add_user(d);
    if (names_text()[0] == 0)
        return OK;
    return status_refuse(ERR_BUSY, "%s is used by:%s", domain->name, names_text());
}

/* Something that it made ends at this moment, without it. */
static bool has_ending_view(const struct domain *domain)
{
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->maker == domain && d->state == DOMAIN_ENDING)
            return true;
    return false;
}

static bool is_between(enum domain_state state)
{
    return state == DOMAIN_WAITING || state == DOMAIN_STARTING || state == DOMAIN_ENDING ||
           state == DOMAIN_LEAVING;
}

static status_t check_destroyable(struct domain *const group[], size_t n)
{
    status_t status = check_distinct(group, n);

    for (size_t i = 0; i < n && status == OK; i++) {
        const struct domain *domain = group[i];

        if (domain->state == DOMAIN_KERNEL || (domain->maker == NULL && domain->view.n_definitions))
            return status_refuse(ERR_STATE, "%s is part of the kernel", domain->name);
        if (is_between(domain->state))
            return status_refuse(ERR_STATE, "%s is %s", domain->name,
                                 domain_state_name(domain->state));
        if (domain->holder != 0)
            return status_refuse(ERR_STATE, "%s is being started with others", domain->name);
        if (has_ending_view(domain))
            return status_refuse(ERR_STATE, "what %s has made is ending", domain->name);
        status = check_dependents(domain, group, n);
    }
    return status;
}

/* A fault on the way out was reported when it happened and must not keep the domain. */
static void finish(struct domain *domain)
{
    if (!domain->ran || domain->quarantined)
        return;
    (void)call_export(domain, "domain_fini", false);
    (void)call_array(domain, &domain->image.destructors[0], true, "a destructor");
    (void)call_array(domain, &domain->image.destructors[1], false, "a destructor");
}

static struct domain *made_by(const struct domain *maker)
{
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->maker == maker)
            return d;
    return NULL;
}

static void release_view(struct domain *domain)
{
    name_forget(domain);
    view_end(domain);
}

static bool is_view(const struct domain *domain)
{
    return domain->view.definitions != NULL;
}

/* ---- leaving ---- */

/* Nobody can get at it, or at what it made, any more. */
static void take_out_of_reach(struct domain *domain)
{
    struct domain *made;

    while ((made = made_by(domain)) != NULL)
        release_view(made);
    name_forget(domain);
    identity_end(domain);
    domain_revoke(domain);
    domain->state = DOMAIN_LEAVING;
    domain->retirement = retirement_latest();
}

/* Views go at once. The number of the departure. */
static uint32_t leave(struct domain *const group[], size_t n)
{
    static uint32_t latest;

    latest++;
    for (size_t i = 0; i < n; i++)
        if (!is_view(group[i])) {
            binding_shorten(group[i]);
            group[i]->departure = latest;
        }
    for (size_t i = 0; i < n; i++)
        if (is_view(group[i]))
            release_view(group[i]);
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->departure == latest)
            take_out_of_reach(d);
    return latest;
}

/* What was never sealed nobody can have called. */
static bool is_left(const struct domain *domain)
{
    return (!domain->image.sealed && !domain->shut) ||
           (retirement_is_over(domain->retirement) && !image_is_running(&domain->image.memory));
}

static bool all_are_left(uint32_t departure)
{
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->departure == departure && !is_left(d))
            return false;
    return true;
}

static struct domain *member(uint32_t departure)
{
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->departure == departure)
            return d;
    return NULL;
}

static void release_if_left(uint32_t departure)
{
    struct domain *domain;

    if (!all_are_left(departure))
        return;
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->departure == departure)
            binding_forget(d);
    while ((domain = member(departure)) != NULL) {
        if (domain->shut)
            image_empty(&domain->image.memory, true);
        image_destroy(&domain->image);
        domain_delist(domain);
    }
}

/* The departure of a domain that has a later one than `previous`, the earliest of those; 0: there is none. */
static uint32_t next_departure(uint32_t previous)
{
    uint32_t next = 0;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->departure > previous && (next == 0 || d->departure < next))
            next = d->departure;
    return next;
}

void domain_release_left(void)
{
    for (uint32_t d = next_departure(0); d != 0; d = next_departure(d))
        release_if_left(d);
}

/*
 * All say goodbye, the youngest first, before anything of any is taken away. What they
 * run then can neither destroy nor resolve against one of them: all are ending.
 */
status_t domain_end(struct domain *const group[], size_t n)
{
    status_t status = check_destroyable(group, n);

    if (status != OK)
        return status;
    for (size_t i = 0; i < n; i++)
        group[i]->state = DOMAIN_ENDING;
    hold(group, n, (vaddr_t)(uintptr_t)__builtin_frame_address(0));
    for (size_t i = n; i-- > 0;)
        finish(group[i]);
    hold(group, n, 0);
    for (size_t i = n; i-- > 0;)
        if (!is_view(group[i]))
            domain_leaves(group[i]);
    release_if_left(leave(group, n));
    return OK;
}

/* ---- who starts or ends them does not come back ---- */

static enum domain_state state_of_view(const struct domain *domain)
{
    return domain->view.n_members != 0 ? DOMAIN_COMBINED : DOMAIN_INTERFACE;
}

/* What has begun to run or to end did not succeed; what has not is as before. */
static void give_up(struct domain *domain)
{
    if (domain->state == DOMAIN_WAITING)
        unseal(domain);
    if (domain->state != DOMAIN_STARTING && domain->state != DOMAIN_ENDING)
        return;
    domain->ran = false;
    if (is_view(domain))
        domain->state = (uint8_t)state_of_view(domain);
    else
        domain->state = domain->image.sealed ? DOMAIN_FAILED : DOMAIN_CREATED;
}

bool domain_any_held(vaddr_t low, vaddr_t end)
{
    return n_held != 0 && held_high >= low && held_low < end;
}

void domain_unwound(vaddr_t low, vaddr_t end)
{
    if (!domain_any_held(low, end))
        return;
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->holder != 0 && d->holder - low < end - low) {
            d->holder = 0;
            give_up(d);
        }
    note_holders();
}
