/* See world.h: domains and names. What their images hold is in contents.c. */
#include "tests/model/world.h"

#include <string.h>

#include "domains/object/bytes.h"
#include "tests/model/contents.h"

/* ---- looking ---- */

bool world_is_image(const struct world_domain *d)
{
    return d->live && d->state <= DOMAIN_LEAVING;
}

bool world_is_view(const struct world_domain *d)
{
    return d->state == DOMAIN_INTERFACE || d->state == DOMAIN_COMBINED;
}

const struct world_export *world_find(const struct world_domain *d, uint8_t name)
{
    for (unsigned i = 0; i < d->n_exports; i++)
        if (d->exports[i].name == name)
            return &d->exports[i];
    return NULL;
}

unsigned world_unresolved(const struct world_domain *d)
{
    unsigned n = 0;

    for (unsigned i = 0; i < d->n_imports; i++)
        n += !d->imports[i].bound && !d->imports[i].weak;
    return n;
}

bool world_depends(const struct world *w, int domain, int source)
{
    const struct world_domain *d = &w->domains[domain];

    for (unsigned i = 0; i < d->n_imports; i++)
        if (d->imports[i].bound &&
            (d->imports[i].source == source || d->imports[i].definer == source))
            return true;
    for (unsigned i = 0; i < d->n_members; i++)
        if (d->members[i] == source)
            return true;
    for (unsigned i = 0; world_is_view(d) && i < d->n_exports; i++)
        if (d->exports[i].definer == source)
            return true;
    return false;
}

uint32_t world_users(const struct world *w, int domain)
{
    uint32_t n = w->base_users[domain];

    for (int id = 0; id < WORLD_DOMAINS; id++)
        for (unsigned i = 0; id != domain && w->domains[id].live && i < w->domains[id].n_imports;
             i++) {
            const struct world_import *import = &w->domains[id].imports[i];

            n += import->bound && (import->source == domain || import->definer == domain);
        }
    return n;
}

/* ---- beginning ---- */

static int add_kernel(struct world *w, struct domain *real)
{
    int id = 0;

    for (; w->domains[id].live; id++)
        if (w->domains[id].real == real)
            return id;
    w->domains[id].live = true;
    w->domains[id].state = real->state;
    w->domains[id].open = true;
    w->domains[id].maker = NOBODY;
    w->domains[id].privileged = real->privileged;
    w->domains[id].typed = domain_types(real) != NULL;
    w->domains[id].real = real;
    w->base_users[id] = real->n_users;
    return id;
}

void world_begin(struct world *w)
{
    struct domain *public;

    memset(w, 0, sizeof *w);
    if (name_query("SpinPublic", NULL, &public) != OK) {
        w->wrong = "there is no SpinPublic";
        return;
    }
    (void)add_kernel(w, public);
    for (uint8_t name = NAME_MEMCPY; name < N_NAMES; name++) {
        struct world_domain *d = &w->domains[SPIN_PUBLIC];
        struct definition definition;
        struct world_export export = {.name = name};

        if (!domain_definition(public, recipe_names[name], symbol_hash(recipe_names[name]),
                               &definition)) {
            w->wrong = "a symbol of SpinPublic is missing";
            return;
        }
        export.definer = add_kernel(w, definition.definer);
        export.value = definition.symbol->value;
        export.weak = definition.symbol->weak;
        export.identified = definition.symbol->identified;
        export.helper = definition.symbol->helper;
        export.types = definition.symbol->type != 0 ? 0x80 : TYPE_NONE;
        d->exports[d->n_exports++] = export;
    }
}

static int add(struct world *w, const char *name, enum domain_state state, int maker,
               struct domain *real)
{
    int id = 0;

    while (w->domains[id].live)
        id++;
    memset(&w->domains[id], 0, sizeof w->domains[id]);
    w->domains[id].live = true;
    w->domains[id].state = (uint8_t)state;
    w->domains[id].id = id;
    w->domains[id].maker = maker;
    w->domains[id].real = real;
    strcpy(w->domains[id].name, name);
    w->base_users[id] = 0;
    w->order[w->n_order++] = id;
    return id;
}

static void take_out(struct world *w, int id)
{
    unsigned i = 0;

    while (w->order[i] != id)
        i++;
    w->n_order--;
    memmove(&w->order[i], &w->order[i + 1], (w->n_order - i) * sizeof w->order[0]);
    w->domains[id].live = false;
    for (i = 0; i < WORLD_NAMES; i++)
        if (w->names[i].domain == id || w->names[i].registrar == id)
            w->names[i].live = false;
}

/* ---- make ---- */

static status_t check_name(const struct world *w, const char *name)
{
    if (name[0] == 0 || strchr(name, ' ') != NULL)
        return ERR_BAD_ARGUMENT;
    for (int id = 0; id < WORLD_DOMAINS; id++)
        if (world_is_image(&w->domains[id]) && strcmp(w->domains[id].name, name) == 0)
            return ERR_EXISTS;
    return OK;
}

static status_t choose_name(const struct world_object *object, const char **name)
{
    *name = NULL;
    for (unsigned i = 0; i < object->n; i++) {
        if (object->recipes[i].domain_name == 0xff)
            continue;
        if (*name != NULL)
            return ERR_BAD_OBJECT;
        *name = recipe_domains[object->recipes[i].domain_name];
    }
    if (*name == NULL)
        *name = object->name;
    return OK;
}

static bool has_flaw(const struct world_object *object, enum flaw flaw)
{
    for (unsigned i = 0; i < object->n; i++)
        if (object->recipes[i].flaw == flaw)
            return true;
    return false;
}

/* In the order in which the steps are taken. */
static status_t check_object(const struct world *w, const struct domain_terms *terms,
                             const struct world_object *object, struct world_domain *d,
                             const char **name)
{
    status_t named = choose_name(object, name);

    if (has_flaw(object, FLAW_CUT))
        return ERR_BAD_OBJECT;
    if (object->n > 1 && has_flaw(object, FLAW_TWICE))
        return ERR_EXISTS;
    if (contents_merge(d, object) != OK)
        return ERR_EXISTS;
    if (named != OK)
        return named;
    if (has_flaw(object, FLAW_RELOCATION))
        return ERR_UNSUPPORTED;
    if (has_flaw(object, FLAW_TWICE))
        return ERR_BAD_OBJECT;
    if (contents_place(d, object) != OK || has_flaw(object, FLAW_RANGE))
        return ERR_RANGE;
    if (has_flaw(object, FLAW_TYPES))
        return ERR_BAD_OBJECT;
    if (!d->typed && !terms->untyped)
        return ERR_TYPE;
    return check_name(w, *name);
}

status_t world_make(struct world *w, const struct domain_terms *terms,
                    const struct world_object *object, struct domain *real, int *made)
{
    int id = add(w, "", DOMAIN_CREATED, NOBODY, real);
    struct world_domain *d = &w->domains[id];
    const char *name;
    status_t status;

    d->live = false; /* its name is not its own yet */
    contents_begin(d, id);
    status = check_object(w, terms, object, d, &name);
    d->live = true;
    if (status != OK) {
        take_out(w, id);
        return status;
    }
    strcpy(d->name, name);
    d->privileged = terms->privileged;
    d->lenient = terms->untyped;
    contents_read(w, d);
    contents_keep(d);
    *made = id;
    return OK;
}

/* ---- bind ---- */

static bool gone(const struct world_domain *d)
{
    return d->state == DOMAIN_ENDING || d->state == DOMAIN_FAILED;
}

static bool has_imports(const struct world_domain *d)
{
    return d->state == DOMAIN_CREATED || d->state == DOMAIN_INITIALIZED;
}

static bool fits(const struct world_domain *target, const struct world_import *import,
                 const struct world_domain *definer, const struct world_export *export)
{
    bool typed = target->typed && import->types != 0,
         defined = definer->typed && export->types != 0;

    if (typed && defined)
        return import->types == export->types && (import->types & (import->types - 1)) == 0;
    return target->lenient || (export->helper && !typed);
}

static status_t choose(struct world *w, int source, struct world_domain *target, bool chosen[])
{
    for (unsigned i = 0; i < target->n_imports; i++) {
        struct world_import *import = &target->imports[i];
        const struct world_export *export = world_find(&w->domains[source], import->name);

        if (import->bound || export == NULL)
            continue;
        if (gone(&w->domains[export->definer]))
            return ERR_STATE;
        if (!fits(target, import, &w->domains[export->definer], export))
            return ERR_TYPE;
        chosen[i] = true;
    }
    return OK;
}

status_t world_bind(struct world *w, int source, int target)
{
    struct world_domain *d = &w->domains[target];
    bool chosen[WORLD_IMPORTS] = {false};
    status_t status;

    if (!has_imports(d) || gone(&w->domains[source]))
        return ERR_STATE;
    status = choose(w, source, d, chosen);
    for (unsigned i = 0; status == OK && i < d->n_imports; i++)
        if (chosen[i] && !contents_reach(d, i, world_find(&w->domains[source], d->imports[i].name)))
            status = ERR_RANGE;
    if (status != OK)
        return status;
    for (unsigned i = 0; i < d->n_imports; i++) {
        struct world_import *import = &d->imports[i];

        if (!chosen[i])
            continue;
        import->bound = true;
        import->source = source;
        import->definition = *world_find(&w->domains[source], import->name);
        import->definer = import->definition.definer;
    }
    contents_read(w, d);
    return OK;
}

status_t world_unbind(struct world *w, int source, int target)
{
    struct world_domain *d = &w->domains[target];
    bool any = false;

    if (!has_imports(d))
        return ERR_STATE;
    for (unsigned i = 0; i < d->n_imports; i++) {
        struct world_import *import = &d->imports[i];

        if (import->bound && (import->source == source || import->definer == source ||
                              w->domains[import->source].maker == source))
            import->bound = false;
        any |= import->bound;
    }
    contents_read(w, d);
    if (!any && !d->sealed && !w->loading && memcmp(d->bytes, d->created, sizeof d->bytes) != 0)
        w->wrong = "an image without bindings is not as it was made";
    return OK;
}

/* ---- unions and interfaces ---- */

static status_t settle(struct world_domain *d, const struct world_export *other)
{
    for (unsigned i = 0; i < d->n_exports; i++) {
        struct world_export *known = &d->exports[i];

        if (known->name != other->name)
            continue;
        if ((known->definer == other->definer && known->value == other->value) || other->weak)
            return OK;
        if (!known->weak)
            return ERR_EXISTS;
        *known = *other;
        return OK;
    }
    d->exports[d->n_exports++] = *other;
    return OK;
}

status_t world_unite(struct world *w, const char *name, const int members[], unsigned n, int maker,
                     struct domain *real)
{
    struct world_domain *d;
    status_t status = OK;
    int id;

    for (unsigned i = 0; i < n; i++)
        if (gone(&w->domains[members[i]]))
            return ERR_STATE;
    id = add(w, name, DOMAIN_COMBINED, maker, real);
    d = &w->domains[id];
    for (unsigned i = 0; i < n; i++) {
        const struct world_domain *member = &w->domains[members[i]];

        d->members[d->n_members++] = members[i];
        d->open |= member->open;
        for (unsigned k = 0; status == OK && k < member->n_exports; k++)
            status = settle(d, &member->exports[k]);
    }
    if (status != OK)
        take_out(w, id);
    return status;
}

/* What the maker knows under the name, at that address; false if it is not linked with it. */
static bool find_linked(const struct world_domain *maker, uint8_t name, vaddr_t address,
                        struct world_export *found)
{
    const struct world_export *own = world_find(maker, name);

    if (own != NULL && own->value == address) {
        *found = *own;
        return true;
    }
    for (unsigned i = 0; i < maker->n_imports; i++) {
        const struct world_import *import = &maker->imports[i];

        *found = import->definition;
        if (import->name == name && import->bound && contents_value(maker, import) == address)
            return true;
    }
    return false;
}

static uint8_t name_at_address(const struct world_domain *d, vaddr_t address)
{
    const char *text = (const char *)d->bytes[RODATA] + (address - d->base[RODATA]);
    uint8_t name = 0;

    while (name < N_NAMES && strcmp(recipe_names[name], text) != 0)
        name++;
    return name;
}

/* A unit is one that recipes make, or the address is nothing of the kind. */
status_t world_make_interface(struct world *w, int maker, vaddr_t unit, struct domain *real,
                              int *made)
{
    struct world_domain *d = &w->domains[maker];
    static struct world_domain view; /* too large for a stack */
    const uint8_t *words = d->bytes[DATA] + (unit - d->base[DATA]);
    uint32_t n;

    view.n_exports = 0;
    if (unit - d->base[DATA] >= d->size[DATA])
        return ERR_BAD_ARGUMENT;
    n = get32(words + 8);
    if (n == 0)
        return ERR_BAD_ARGUMENT;
    for (uint32_t i = 0; i < n; i++) {
        struct world_export found;

        if (!find_linked(d, name_at_address(d, get32(words + 12 + i * 8)),
                         get32(words + 16 + i * 8), &found))
            return ERR_DENIED;
        if (world_find(&view, found.name) == NULL)
            view.exports[view.n_exports++] = found;
    }
    *made = add(w, "I", DOMAIN_INTERFACE, maker, real);
    memcpy(w->domains[*made].exports, view.exports, sizeof view.exports);
    w->domains[*made].n_exports = view.n_exports;
    return OK;
}

/* ---- start ---- */

static bool distinct(const int group[], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < i; k++)
            if (group[i] == group[k])
                return false;
    return true;
}

static status_t check_startable(const struct world *w, const int group[], unsigned n)
{
    if (!distinct(group, n))
        return ERR_BAD_ARGUMENT;
    for (unsigned i = 0; i < n; i++) {
        if (w->domains[group[i]].state != DOMAIN_CREATED)
            return ERR_STATE;
        if (world_unresolved(&w->domains[group[i]]) != 0)
            return ERR_UNRESOLVED;
    }
    for (unsigned i = 0; i < n; i++)
        if (!contents_reach_nothing(&w->domains[group[i]]))
            return ERR_RANGE;
    return OK;
}

/* Of those that wait, one that waits for no other; in a circle the first. */
static int next_to_start(const struct world *w, const int group[], unsigned n)
{
    int first = NOBODY;

    for (unsigned i = 0; i < n; i++) {
        bool waits = false;

        if (w->domains[group[i]].state != DOMAIN_WAITING)
            continue;
        for (unsigned k = 0; k < n; k++)
            waits |= k != i && w->domains[group[k]].state == DOMAIN_WAITING &&
                     world_depends(w, group[i], group[k]);
        if (!waits)
            return group[i];
        if (first == NOBODY)
            first = group[i];
    }
    return first;
}

static status_t run_init(struct world_domain *d)
{
    const struct world_export *init = world_find(d, NAME_INIT);
    uint32_t word = init != NULL ? contents_word(d, init->value) : CODE_INIT_OK;

    if (word == 0)
        return ERR_FAULT;
    return word == CODE_INIT_OK ? OK : ERR_FAILED;
}

status_t world_start(struct world *w, const int group[], unsigned n)
{
    status_t status = check_startable(w, group, n);
    int id;

    if (status != OK)
        return status;
    for (unsigned i = 0; i < n; i++) {
        w->domains[group[i]].state = DOMAIN_WAITING;
        w->domains[group[i]].sealed = true;
    }
    while (status == OK && (id = next_to_start(w, group, n)) != NOBODY) {
        status = run_init(&w->domains[id]);
        w->domains[id].state = status == OK ? DOMAIN_INITIALIZED : DOMAIN_FAILED;
    }
    for (unsigned i = 0; i < n; i++)
        if (w->domains[group[i]].state == DOMAIN_WAITING) {
            w->domains[group[i]].state = DOMAIN_CREATED;
            w->domains[group[i]].sealed = false;
        }
    for (unsigned i = 0; i < n; i++)
        contents_read(w, &w->domains[group[i]]);
    return status;
}

/* ---- end ---- */

static bool goes(const struct world *w, int id, const int group[], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (group[i] == id || (w->domains[id].maker != NOBODY && group[i] == w->domains[id].maker))
            return true;
    return false;
}

static bool is_needed(const struct world *w, int id, const int group[], unsigned n)
{
    for (int other = 0; other < WORLD_DOMAINS; other++)
        if (w->domains[other].live && !goes(w, other, group, n) && world_depends(w, other, id))
            return true;
    return false;
}

static status_t check_endable(const struct world *w, const int group[], unsigned n)
{
    if (!distinct(group, n))
        return ERR_BAD_ARGUMENT;
    for (unsigned i = 0; i < n; i++) {
        const struct world_domain *d = &w->domains[group[i]];

        if (!world_is_image(d) && d->maker == NOBODY)
            return ERR_STATE;
        for (int id = 0; id < WORLD_DOMAINS; id++)
            if (w->domains[id].live && (id == group[i] || w->domains[id].maker == group[i]) &&
                is_needed(w, id, group, n))
                return ERR_BUSY;
    }
    return OK;
}

status_t world_end(struct world *w, const int group[], unsigned n)
{
    status_t status = check_endable(w, group, n);

    if (status != OK)
        return status;
    for (int id = WORLD_DOMAINS; id-- > 0;)
        if (w->domains[id].live && goes(w, id, group, n))
            take_out(w, id);
    return OK;
}

/* ---- names ---- */

static struct world_name *find_name(struct world *w, const char *name)
{
    for (unsigned i = 0; i < WORLD_NAMES; i++)
        if (w->names[i].live && strcmp(w->names[i].name, name) == 0)
            return &w->names[i];
    return NULL;
}

status_t world_register(struct world *w, const char *name, int domain, int registrar,
                        const struct name_terms *terms)
{
    unsigned i = 0;

    if (name[0] == 0 || strchr(name, ' ') != NULL || strstr(name, "//") != NULL)
        return ERR_BAD_ARGUMENT;
    if (find_name(w, name) != NULL)
        return ERR_EXISTS;
    while (w->names[i].live)
        i++;
    w->names[i] = (struct world_name){.live = true,
                                      .privileged = terms->privileged,
                                      .name = name,
                                      .domain = domain,
                                      .registrar = registrar,
                                      .authorizer = terms->authorizer};
    return OK;
}

static bool allows(const struct world *w, const struct world_name *entry, int requester)
{
    if (requester == NOBODY)
        return true;
    if (entry->privileged && !w->domains[requester].privileged)
        return false;
    if (entry->authorizer == 0 || entry->registrar == requester)
        return true;
    return w->domains[entry->registrar].sealed &&
           contents_word(&w->domains[entry->registrar], entry->authorizer) == CODE_INIT_TRUE;
}

status_t world_query(struct world *w, const char *name, int requester, int *domain)
{
    struct world_name *entry = find_name(w, name);

    if (entry == NULL)
        return ERR_NOT_FOUND;
    if (!allows(w, entry, requester)) {
        entry->n_denied++;
        return ERR_DENIED;
    }
    *domain = entry->domain;
    return OK;
}

status_t world_unregister(struct world *w, const char *name, int registrar)
{
    struct world_name *entry = find_name(w, name);

    if (entry == NULL)
        return ERR_NOT_FOUND;
    if (registrar == NOBODY || entry->registrar != registrar)
        return ERR_DENIED;
    entry->live = false;
    return OK;
}

/* ---- load ---- */

static bool in_group(const struct world *w, const int group[], unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++) {
        const struct world_domain *d = &w->domains[group[i]];

        if (strcmp(d->name, name) == 0)
            return true;
        for (unsigned k = 0; k < d->n_units; k++)
            if (strcmp(recipe_paths[d->paths[k]], name) == 0)
                return true;
    }
    return false;
}

static status_t resolve(struct world *w, const int group[], unsigned n, unsigned i)
{
    const struct world_domain *d = &w->domains[group[i]];
    status_t status = world_bind(w, SPIN_PUBLIC, group[i]);

    for (unsigned k = 0; status == OK && k < d->n_required; k++) {
        const char *name = recipe_paths[d->required[k]];
        int source;

        if (in_group(w, group, n, name))
            continue;
        status = world_query(w, name, group[i], &source);
        if (status == OK)
            status = world_bind(w, source, group[i]);
    }
    for (unsigned k = 0; status == OK && k < n; k++)
        if (k != i)
            status = world_bind(w, group[k], group[i]);
    return status;
}

static status_t export_all(struct world *w, int id)
{
    static const struct name_terms everyone;
    struct world_domain *d = &w->domains[id];
    status_t status = OK;

    for (unsigned i = 0; status == OK && i < d->n_units; i++) {
        int made;

        status = world_make_interface(w, id, d->units[i], NULL, &made);
        if (status == OK)
            status = world_register(w, recipe_paths[d->paths[i]], made, id, &everyone);
    }
    return status;
}

static status_t load(struct world *w, const struct domain_terms *terms,
                     const struct world_object objects[], unsigned n, struct domain *const reals[])
{
    int group[LOADER_GROUP_MAX];
    status_t status = OK;

    w->loading = true;
    for (unsigned i = 0; status == OK && i < n; i++)
        status = world_make(w, terms, &objects[i], reals != NULL ? reals[i] : NULL, &group[i]);
    for (unsigned i = 0; status == OK && i < n; i++)
        status = resolve(w, group, n, i);
    for (unsigned i = 0; status == OK && i < n; i++)
        status = export_all(w, group[i]);
    w->loading = false;
    return status == OK ? world_start(w, group, n) : status;
}

/* Refusals of names are counted even so. */
status_t world_load(struct world *w, const struct domain_terms *terms,
                    const struct world_object objects[], unsigned n, struct domain *const reals[])
{
    static struct world before;
    status_t status;

    before = *w;
    status = load(w, terms, objects, n, reals);
    if (status == OK)
        return OK;
    for (unsigned i = 0; i < WORLD_NAMES; i++)
        before.names[i].n_denied = w->names[i].n_denied;
    before.wrong = w->wrong;
    *w = before;
    return status;
}
