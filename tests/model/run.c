/* See model.h: random operations, done to both, and the comparison. */
#include "tests/model/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/random.h"
#include "tests/model/world.h"

#define LOG_MAX 24000
#define STALE_MAX 8
#define GROUP_MAX 3
#define DOMAINS_FULL 18
#define NAMES_FULL 6

static struct world world;
static uint32_t seed;
static struct domain *last_base; /* the last domain of the list that is not the model's */
static unsigned n_base_names;
static const domain_t *stale[STALE_MAX];
static unsigned n_stale;

/* ---- the list of operations ---- */

static char text[LOG_MAX];
static size_t text_length;

static void log_part(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void log_part(const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(text + text_length, LOG_MAX - text_length, format, arguments);
    va_end(arguments);
    if (n > 0 && text_length + (size_t)n < LOG_MAX)
        text_length += (size_t)n;
}

static void log_group(const char *what, const int group[], unsigned n)
{
    log_part("%s", what);
    for (unsigned i = 0; i < n; i++)
        log_part(" #%d", group[i]);
}

static char detail[160];

static void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void wrong(const char *format, ...)
{
    va_list arguments;

    if (world.wrong != NULL)
        return;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    world.wrong = detail;
}

/* ---- comparing ---- */

static struct domain *real_of(int id)
{
    return id == NOBODY ? NULL : world.domains[id].real;
}

static void compare_import(const struct world_domain *d, const struct world_import *import)
{
    const struct import *real = &d->real->image.imports[import->index];
    const char *name = recipe_names[import->name];

    if (strcmp(real->name, name) != 0 || real->weak != import->weak)
        wrong("#%d: import %s is another", d->id, name);
    if (real->state != (import->bound ? IMPORT_BOUND : IMPORT_UNBOUND))
        wrong("#%d: import %s is in state %u", d->id, name, real->state);
    else if (import->bound && (real->source != real_of(import->source) ||
                               real->definer != real_of(import->definer) ||
                               real->symbol->value != import->definition.value))
        wrong("#%d: import %s is bound to something else", d->id, name);
}

static void compare_bytes(const struct world_domain *d)
{
    static const char *const parts[] = {"text", "rodata", "data"};
    static uint8_t bytes[WORLD_BYTES];

    for (unsigned part = 0; part < N_PARTS; part++) {
        world_fetch(d, part, bytes);
        for (uint32_t i = 0; i < d->size[part]; i++)
            if (bytes[i] != d->bytes[part][i]) {
                wrong("#%d: %s+0x%x is 0x%02x and not 0x%02x", d->id, parts[part], (unsigned)i,
                      bytes[i], d->bytes[part][i]);
                return;
            }
    }
}

static void count_unresolved(const char *name, void *closure)
{
    (void)name;
    ++*(unsigned *)closure;
}

static void compare_image(const struct world_domain *d)
{
    unsigned n = 0;

    if (d->real->image.n_imports != d->n_imports) {
        wrong("#%d: %u imports and not %u", d->id, (unsigned)d->real->image.n_imports,
              d->n_imports);
        return;
    }
    for (unsigned i = 0; i < d->n_imports; i++)
        compare_import(d, &d->imports[i]);
    if (d->real->image.sealed != d->sealed || d->real->privileged != d->privileged)
        wrong("#%d: flags", d->id);
    (void)domain_unresolved_imports(d->real, count_unresolved, &n);
    if (n != world_unresolved(d))
        wrong("#%d: %u unresolved imports and not %u", d->id, n, world_unresolved(d));
    if (world.wrong == NULL)
        compare_bytes(d);
}

static void compare_exports(const struct world_domain *d)
{
    for (uint8_t name = 0; name < N_NAMES; name++) {
        const struct world_export *export = world_find(d, name);
        struct definition real;
        bool found =
            domain_definition(d->real, recipe_names[name], symbol_hash(recipe_names[name]), &real);

        if (found != (export != NULL) ||
            (found && (real.definer != real_of(export->definer) ||
                       real.symbol->value != export->value || real.symbol->weak != export->weak)))
            wrong("#%d: export %s", d->id, recipe_names[name]);
    }
    if (!d->open && domain_count_exports(d->real) != d->n_exports)
        wrong("#%d: %u exports and not %u", d->id, (unsigned)domain_count_exports(d->real),
              d->n_exports);
}

static void compare_domain(const struct world_domain *d)
{
    struct domain *found;

    if (d->real->state != d->state)
        wrong("#%d is %s and not %s", d->id, domain_state_name(d->real->state),
              domain_state_name(d->state));
    if (d->real->maker != real_of(d->maker) || strcmp(d->real->name, d->name) != 0)
        wrong("#%d: name or maker", d->id);
    if (d->real->n_users != world_users(&world, d->id))
        wrong("#%d: %u users and not %u", d->id, (unsigned)d->real->n_users,
              (unsigned)world_users(&world, d->id));
    if (domain_of(d->real->capability, &found) != OK || found != d->real)
        wrong("#%d: its capability", d->id);
    if (world.wrong == NULL && world_is_image(d))
        compare_image(d);
}

/* In order of creation. Interfaces that were loaded are met here for the first time. */
static void compare_list(void)
{
    const struct domain *real = last_base;

    for (unsigned i = 0; i < world.n_order; i++) {
        struct world_domain *d = &world.domains[world.order[i]];
        bool is_new = d->real == NULL;

        real = domain_next(real);
        if (is_new)
            d->real = (struct domain *)real;
        if (real == NULL || d->real != real) {
            wrong("the list of domains at #%d", d->id);
            return;
        }
        if (is_new)
            compare_exports(d);
    }
    if (domain_next(real) != NULL)
        wrong("a domain too many: %s", domain_next(real)->name);
}

static const struct name *real_name(const char *name)
{
    for (size_t i = 0; name_at(i) != NULL; i++)
        if (strcmp(name_at(i)->name, name) == 0)
            return name_at(i);
    return NULL;
}

static void compare_names(void)
{
    unsigned n = n_base_names, n_real = 0;

    for (unsigned i = 0; i < WORLD_NAMES; i++) {
        const struct world_name *entry = &world.names[i];
        const struct name *real;

        if (!entry->live)
            continue;
        n++;
        real = real_name(entry->name);
        if (real == NULL || real->domain != real_of(entry->domain) ||
            real->registrar != real_of(entry->registrar) || real->privileged != entry->privileged ||
            real->authorizer != entry->authorizer || real->n_denied != entry->n_denied)
            wrong("the name %s", entry->name);
    }
    for (; name_at(n_real) != NULL; n_real++)
        if (n_real > 0 && strcmp(name_at(n_real - 1)->name, name_at(n_real)->name) >= 0)
            wrong("the order of names");
    if (n != n_real)
        wrong("%u names and not %u", n_real, n);
}

static int any(void)
{
    unsigned i = random_below(&seed, world.n_order + 1);

    return i == world.n_order ? SPIN_PUBLIC : world.order[i];
}

static void compare(void)
{
    struct domain *found;

    compare_list();
    for (int id = 0; world.wrong == NULL && id < WORLD_DOMAINS; id++)
        if (world.domains[id].live && world.domains[id].maker == NOBODY &&
            !world_is_image(&world.domains[id])) {
            if (world.domains[id].real->n_users != world_users(&world, id))
                wrong("#%d of the kernel: %u users", id, (unsigned)world.domains[id].real->n_users);
        } else if (world.domains[id].live) {
            compare_domain(&world.domains[id]);
        }
    if (world.wrong == NULL)
        compare_names();
    for (unsigned i = 0; world.wrong == NULL && i < 3; i++) {
        int domain = any(), source = any();

        if (domain != SPIN_PUBLIC && domain_depends_on(real_of(domain), real_of(source)) !=
                                         world_depends(&world, domain, source))
            wrong("#%d depends on #%d", domain, source);
    }
    for (unsigned i = 0; i < STALE_MAX && i < n_stale; i++)
        if (domain_of(stale[i], &found) != ERR_BAD_CAPABILITY)
            wrong("a capability outlives its domain");
}

/* ---- one operation ---- */

static size_t memory_before;
static const status_t *latest; /* how the operation ended; NULL: it could not be done */

/* Allocation fails now and then: the one whose number is returned, unless that is 0. */
static unsigned prepare(unsigned most)
{
    unsigned n = random_below(&seed, 5) == 0 ? 1 + random_below(&seed, most) : 0;

    if (n != 0)
        log_part(" [allocation %u fails]", n);
    memory_before = model_memory();
    model_inject(n);
    return n;
}

/* True if the operation failed for want of memory that was denied: nothing has happened. */
static bool finish(status_t status, bool injected)
{
    static status_t kept;

    kept = status;
    latest = &kept;
    log_part(" -> %s\n", status_name(status));
    if (status != OK && model_memory() != memory_before)
        wrong("memory is not as it was before a refusal: %ld",
              (long)(model_memory() - memory_before));
    if (status == ERR_NO_MEMORY && !injected)
        wrong("no memory: %s", status_explain());
    return status == ERR_NO_MEMORY;
}

static bool injected_since(unsigned n)
{
    bool met = n != 0 && model_inject_left() == 0;

    model_inject(0);
    return met;
}

static void expect(status_t wanted, status_t status)
{
    if (wanted != status)
        wrong("the model says %s, %s", status_name(wanted), status_explain());
}

/* Whether the model shall do it too. */
static bool begun(unsigned n, status_t status)
{
    return !finish(status, injected_since(n));
}

static int choose_image(void)
{
    for (unsigned i = 0; i < 8; i++) {
        int id = any();

        if (world_is_image(&world.domains[id]))
            return id;
    }
    return NOBODY;
}

static unsigned choose_group(int group[], unsigned most, bool images)
{
    unsigned n = 0, wanted = 1 + random_below(&seed, most);

    for (unsigned i = 0; i < wanted; i++) {
        int id = images ? choose_image() : any();
        bool known = false;

        for (unsigned k = 0; k < n; k++)
            known |= group[k] == id;
        if (id != NOBODY && (!known || random_below(&seed, 10) == 0))
            group[n++] = id;
    }
    return n;
}

static void make_real_group(const int group[], unsigned n, struct domain *reals[])
{
    for (unsigned i = 0; i < n; i++)
        reals[i] = real_of(group[i]);
}

static void make_terms(struct domain_terms *terms)
{
    *terms = (struct domain_terms){.loader = "model",
                                   .privileged = random_below(&seed, 3) == 0,
                                   .untyped = random_below(&seed, 8) < 6};
}

/* Mostly one that no domain has. */
static const char *choose_name(void)
{
    const char *name = "";

    if (random_below(&seed, 30) == 0)
        return name;
    for (unsigned i = 0; i < 4; i++) {
        name = recipe_domains[random_below(&seed, N_DOMAIN_NAMES)];
        if (domain_named(name) == NULL)
            break;
    }
    return name;
}

static void make_object(struct world_object *object, bool touchy, bool starter)
{
    const struct recipe_terms terms = {.flawed = true, .touchy = touchy, .starter = starter};

    object->archive = random_below(&seed, 4) == 0;
    object->n = object->archive ? 1 + random_below(&seed, 3) : 1;
    object->name = choose_name();
    for (unsigned i = 0; i < object->n; i++)
        recipe_make(&seed, &terms, &object->recipes[i]);
    log_part(" \"%s\"%s %u", object->name, object->archive ? " archive of" : "", object->n);
}

static void op_make(void)
{
    static struct world_object object;
    struct object_file file;
    struct domain_terms terms;
    struct domain *real = NULL;
    unsigned n;
    status_t status;
    int made;

    if (world.n_order >= DOMAINS_FULL)
        return;
    log_part("make");
    make_terms(&terms);
    make_object(&object, true, random_below(&seed, 2) == 0);
    file = recipe_build(object.recipes, object.n, object.archive);
    n = prepare(8);
    status = domain_make(&terms, object.name, file.bytes, file.size, &real);
    if (status == OK)
        real->tested = true; /* quarantine is the kernel's affair, not that of domains/ */
    if (begun(n, status)) {
        expect(world_make(&world, &terms, &object, real, &made), status);
        if (world.wrong == NULL && status == OK) {
            log_part("  is #%d %s\n", made, world.domains[made].name);
            compare_exports(&world.domains[made]);
        }
    }
    free(file.bytes);
}

/* Mostly one that has something for the target. */
static int choose_source(int target)
{
    const struct world_domain *d = &world.domains[target];
    int source = any();

    for (unsigned i = 0; i < 6 && random_below(&seed, 4) != 0; i++, source = any())
        for (unsigned k = 0; k < d->n_imports; k++)
            if (!d->imports[k].bound &&
                world_find(&world.domains[source], d->imports[k].name) != NULL)
                return source;
    return source;
}

static void op_bind(void)
{
    int target = random_below(&seed, 8) == 0 ? any() : choose_image(), source;
    unsigned n;
    status_t status;

    if (target == NOBODY)
        return;
    source = choose_source(target);
    log_part("bind #%d to #%d", target, source);
    n = prepare(5);
    status = domain_bind(real_of(source), real_of(target));
    if (begun(n, status))
        expect(world_bind(&world, source, target), status);
}

static void op_unbind(void)
{
    int source = any(), target = random_below(&seed, 8) == 0 ? any() : choose_image();
    unsigned n;
    status_t status;

    if (target == NOBODY)
        return;
    for (unsigned i = 0; i < world.domains[target].n_imports; i++) {
        const struct world_import *import = &world.domains[target].imports[i];

        if (import->bound && random_below(&seed, 2) == 0)
            source = random_below(&seed, 2) == 0 ? import->source : import->definer;
    }
    log_part("unbind #%d from #%d", target, source);
    n = prepare(1);
    status = domain_unbind(real_of(source), real_of(target));
    if (begun(n, status))
        expect(world_unbind(&world, source, target), status);
}

static void op_unite(void)
{
    int members[GROUP_MAX], maker = choose_image();
    unsigned n_members, n;
    struct domain *reals[GROUP_MAX], *real = NULL;
    status_t status;

    if (maker == NOBODY || world.n_order >= DOMAINS_FULL)
        return;
    n_members = choose_group(members, GROUP_MAX, false);
    make_real_group(members, n_members, reals);
    log_part("#%d unites", maker);
    log_group("", members, n_members);
    n = prepare(4);
    status = domain_unite("union", reals, n_members, real_of(maker), &real);
    if (begun(n, status)) {
        expect(world_unite(&world, "union", members, n_members, maker, real), status);
        if (world.wrong == NULL && status == OK)
            compare_exports(&world.domains[world.order[world.n_order - 1]]);
    }
}

static void op_interface(void)
{
    int maker = choose_image(), made;
    struct domain *real = NULL;
    vaddr_t unit;
    unsigned n;
    status_t status;

    if (maker == NOBODY || world.n_order >= DOMAINS_FULL)
        return;
    for (unsigned i = 0; i < 4 && world.domains[maker].any_unit == 0; i++) {
        int other = choose_image();

        maker = other != NOBODY ? other : maker;
    }
    unit = world.domains[maker].any_unit;
    if (random_below(&seed, 12) == 0)
        unit = 0;
    log_part("#%d makes an interface of 0x%x", maker, (unsigned)unit);
    n = prepare(4);
    status = domain_make_interface(real_of(maker), unit, &real);
    if (begun(n, status)) {
        expect(world_make_interface(&world, maker, unit, real, &made), status);
        if (world.wrong == NULL && status == OK)
            compare_exports(&world.domains[made]);
    }
}

static bool is_ready(int id)
{
    return world.domains[id].state == DOMAIN_CREATED && world_unresolved(&world.domains[id]) == 0;
}

static void op_start(void)
{
    int group[GROUP_MAX];
    struct domain *reals[GROUP_MAX];
    unsigned n_group = choose_group(group, GROUP_MAX, random_below(&seed, 10) != 0), n;
    status_t status;

    for (unsigned i = 0; n_group == 1 && i < 8 && !is_ready(group[0]); i++)
        group[0] = any();
    make_real_group(group, n_group, reals);
    log_group("start", group, n_group);
    n = prepare(4);
    status = domain_start(reals, n_group);
    if (status == ERR_FAULT || status == ERR_FAILED)
        memory_before = model_memory(); /* those that ran keep what they have */
    if (begun(n, status))
        expect(world_start(&world, group, n_group), status);
}

static void op_end(void)
{
    int group[GROUP_MAX];
    struct domain *reals[GROUP_MAX];
    const domain_t *capabilities[GROUP_MAX];
    unsigned n_group = choose_group(group, GROUP_MAX, false), n;
    status_t status;

    make_real_group(group, n_group, reals);
    for (unsigned i = 0; i < n_group; i++)
        capabilities[i] = reals[i]->capability;
    log_group("end", group, n_group);
    n = prepare(1);
    status = domain_end(reals, n_group);
    if (begun(n, status))
        expect(world_end(&world, group, n_group), status);
    for (unsigned i = 0; status == OK && i < n_group; i++)
        stale[n_stale++ % STALE_MAX] = capabilities[i];
}

static unsigned count_names(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < WORLD_NAMES; i++)
        n += world.names[i].live;
    return n;
}

static void op_register(void)
{
    static const uint32_t answers[] = {CODE_OK, CODE_TRUE, CODE_TRUE, CODE_TRUE};
    const char *name = recipe_paths[random_below(&seed, N_PATHS)];
    int domain = any(), registrar = choose_image();
    struct name_terms terms = {.privileged = random_below(&seed, 4) == 0};
    unsigned n;
    status_t status;

    if (registrar == NOBODY || count_names() > NAMES_FULL)
        return;
    if (random_below(&seed, 2) == 0)
        terms.authorizer = world.domains[registrar].base[TEXT] + answers[random_below(&seed, 4)];
    if (random_below(&seed, 40) == 0 && terms.authorizer != 0)
        terms.authorizer = world.domains[registrar].base[TEXT] + CODE_FAULT;
    log_part("#%d registers #%d as \"%s\"", registrar, domain, name);
    n = prepare(2);
    status = name_register(name, real_of(domain), real_of(registrar), &terms);
    if (begun(n, status))
        expect(world_register(&world, name, domain, registrar, &terms), status);
}

/* Mostly one that is registered. */
static const char *choose_path(void)
{
    unsigned i = random_below(&seed, WORLD_NAMES);

    for (unsigned k = 0; k < WORLD_NAMES; k++, i++)
        if (world.names[i % WORLD_NAMES].live && random_below(&seed, 8) != 0)
            return world.names[i % WORLD_NAMES].name;
    return recipe_paths[random_below(&seed, N_PATHS)];
}

static void op_query(void)
{
    const char *name = choose_path();
    int requester = random_below(&seed, 8) == 0 ? NOBODY : choose_image(), domain = NOBODY;
    struct domain *real = NULL;
    status_t status;

    log_part("#%d queries \"%s\"", requester, name);
    memory_before = model_memory();
    status = name_query(name, real_of(requester), &real);
    if (begun(0, status)) {
        expect(world_query(&world, name, requester, &domain), status);
        if (real != real_of(domain))
            wrong("another domain of that name");
    }
}

static void op_unregister(void)
{
    const char *name = choose_path();
    int registrar = random_below(&seed, 12) == 0 ? NOBODY : choose_image();
    status_t status;

    log_part("#%d unregisters \"%s\"", registrar, name);
    memory_before = model_memory();
    status = name_unregister(name, real_of(registrar));
    if (begun(0, status))
        expect(world_unregister(&world, name, registrar), status);
}

/* Who cannot be asked for want of memory has said no, and that is counted. Whether it was so. */
static bool note_unasked(void)
{
    for (unsigned i = 0; i < WORLD_NAMES; i++) {
        struct world_name *entry = &world.names[i];

        if (!entry->live || entry->authorizer == 0 ||
            real_name(entry->name)->n_denied != entry->n_denied + 1)
            continue;
        entry->n_denied++;
        return true;
    }
    return false;
}

static void op_load(void)
{
    static struct world_object objects[GROUP_MAX];
    struct object_file files[GROUP_MAX];
    struct loader_object real_objects[GROUP_MAX];
    struct domain *reals[GROUP_MAX];
    unsigned n_objects = 1 + random_below(&seed, GROUP_MAX), n;
    struct domain_terms terms;
    status_t status;
    bool unasked;

    if (world.n_order > 10 || count_names() > NAMES_FULL)
        return;
    log_part("load");
    make_terms(&terms);
    for (unsigned i = 0; i < n_objects; i++) {
        make_object(&objects[i], false, random_below(&seed, 3) != 0);
        files[i] = recipe_build(objects[i].recipes, objects[i].n, objects[i].archive);
        real_objects[i] = (struct loader_object){objects[i].name, files[i].bytes, files[i].size};
    }
    n = prepare(30);
    status = loader_load(&terms, real_objects, n_objects, reals);
    for (unsigned i = 0; status == OK && i < n_objects; i++)
        reals[i]->tested = true;
    unasked = n != 0 && model_inject_left() == 0 && status == ERR_DENIED && note_unasked();
    if (begun(n, status) && !unasked)
        expect(world_load(&world, &terms, objects, n_objects, status == OK ? reals : NULL), status);
    for (unsigned i = 0; i < n_objects; i++)
        free(files[i].bytes);
}

/* A program changes a word of its data where something was bound. */
static void op_poke(void)
{
    int id = any();
    struct world_domain *d;
    unsigned i;

    for (i = 0; i < 8 && world.domains[id].state != DOMAIN_INITIALIZED; i++)
        id = any();
    d = &world.domains[id];
    if (d->state != DOMAIN_INITIALIZED)
        return;
    for (i = 0; i < d->n_places; i++)
        if (d->places[i].part == DATA && d->places[i].type == 1 && d->places[i].name != NAME_NONE &&
            random_below(&seed, 2) == 0)
            break;
    if (i == d->n_places)
        return;
    log_part("#%d changes data+0x%x\n", id, d->places[i].offset);
    world_poke(d, i, 0xdead0000 | random_below(&seed, 0x10000));
    image_patch(&d->real->image.memory, d->base[DATA] + d->places[i].offset,
                d->bytes[DATA] + d->places[i].offset, 4);
}

static const struct operation {
    const char *name;
    unsigned weight;
    void (*run)(void);
} operations[] = {
    {"make", 20, op_make},
    {"bind", 26, op_bind},
    {"unbind", 12, op_unbind},
    {"unite", 6, op_unite},
    {"interface", 7, op_interface},
    {"start", 12, op_start},
    {"end", 8, op_end},
    {"register", 5, op_register},
    {"query", 6, op_query},
    {"unregister", 2, op_unregister},
    {"load", 6, op_load},
    {"poke", 4, op_poke},
};

#define N_OPERATIONS (sizeof operations / sizeof operations[0])
#define N_STATUSES 17

static unsigned tally[N_OPERATIONS][N_STATUSES];

static void run_operation(void)
{
    unsigned total = 0, i = 0, chosen;

    for (; i < N_OPERATIONS; i++)
        total += operations[i].weight;
    chosen = random_below(&seed, total);
    for (i = 0; chosen >= operations[i].weight; i++)
        chosen -= operations[i].weight;
    latest = NULL;
    operations[i].run();
    if (latest != NULL)
        tally[i][-*latest]++;
}

void model_print_tally(void)
{
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        printf("    # %s:", operations[i].name);
        for (int status = 0; status < N_STATUSES; status++)
            if (tally[i][status] != 0)
                printf(" %u %s", tally[i][status], status_name((status_t)-status));
        printf("\n");
    }
}

/* ---- sequences ---- */

static void begin(void)
{
    world_begin(&world);
    n_base_names = n_stale = 0;
    last_base = NULL;
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        last_base = d;
    while (name_at(n_base_names) != NULL)
        n_base_names++;
}

/* In one group everything can go, whatever it is bound to. */
static void end_all(void)
{
    struct domain *reals[WORLD_DOMAINS];
    int group[WORLD_DOMAINS];
    unsigned n = 0;

    memcpy(group, world.order, sizeof group);
    for (struct domain *d = domain_next(last_base); d != NULL && n < WORLD_DOMAINS;
         d = domain_next(d))
        reals[n++] = d;
    if (domain_end(reals, n) != OK)
        wrong("at the end: %s", status_explain());
    else
        (void)world_end(&world, group, world.n_order);
}

static bool run(uint32_t first, unsigned length)
{
    size_t memory;

    seed = first;
    text_length = 0;
    begin();
    memory = model_memory();
    for (unsigned i = 0; world.wrong == NULL && i < length; i++) {
        run_operation();
        if (world.wrong == NULL)
            compare();
    }
    end_all();
    if (world.wrong == NULL)
        compare();
    if (world.wrong == NULL && model_memory() != memory)
        wrong("memory is left in use: %ld", (long)(model_memory() - memory));
    if (world.wrong == NULL)
        return true;
    printf("# seed 0x%08x:\n%.*s# wrong: %s\n", (unsigned)first, (int)text_length, text,
           world.wrong);
    return false;
}

/* Sequences must not be parts of one another, so their seeds are not numbers of one row. */
static uint32_t mix(uint32_t number)
{
    number *= 0x9e3779b1;
    number = (number ^ number >> 15) * 0x85ebca6b;
    number = (number ^ number >> 13) * 0xc2b2ae35;
    return (number ^ number >> 16) | 1;
}

bool model_run(uint32_t first, unsigned n, unsigned least, unsigned most)
{
    for (unsigned i = 0; i < n; i++) {
        uint32_t next = mix(first + i);

        if (!run(next, least + (next >> 8) % (most - least + 1)))
            return false;
    }
    return true;
}
