/* Commands about domains and their names. */
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>

#include "domains/loader.h"
#include "domains/nameserver.h"
#include "domains/types.h"
#include "kernel/file.h"
#include "kernel/quota_print.h"
#include "kernel/shell.h"
#include "kernel/strand/usage.h"

#define TYPE_SHOWN 200 /* characters of a type */

/* ---- arguments ---- */

/* Cuts "a,b,c" into words. 0: an empty one, or too many. */
static size_t split(char *list, char *words[], size_t most)
{
    size_t n = 0;

    for (char *word = list; word != NULL; n++) {
        char *comma = strchr(word, ',');

        if (comma != NULL)
            *comma++ = 0;
        if (n == most || word[0] == 0)
            return 0;
        words[n] = word;
        word = comma;
    }
    return n;
}

static status_t find(const char *name, struct domain **domain)
{
    *domain = domain_named(name);
    return *domain != NULL ? OK : status_refuse(ERR_NOT_FOUND, "no domain is called %s", name);
}

/* ---- load, unload ---- */

static status_t load_files(const struct domain_terms *terms, char *const files[], size_t n)
{
    struct loader_object objects[LOADER_GROUP_MAX];
    char names[LOADER_GROUP_MAX][FILE_NAME_MAX + 1];
    struct domain *domains[LOADER_GROUP_MAX];

    for (size_t i = 0; i < n; i++) {
        status_t status = file_find(files[i], &objects[i].bytes, &objects[i].size);

        if (status != OK)
            return status;
        file_stem(files[i], names[i]);
        objects[i].name = names[i];
    }
    return loader_load(terms, objects, n, domains);
}

static bool read_terms(int *argc, char ***argv, struct domain_terms *terms)
{
    while (*argc > 2) {
        const char *option = (*argv)[1];

        if (strcmp(option, "--privileged") == 0)
            terms->privileged = true;
        else if (strcmp(option, "--untyped") == 0)
            terms->untyped = true;
        else
            return false;
        (*argc)--;
        (*argv)++;
    }
    return *argc == 2;
}

static status_t load(int argc, char **argv)
{
    struct domain_terms terms = {.loader = "operator"};
    char *files[LOADER_GROUP_MAX];
    size_t n;
    status_t status;

    if (!read_terms(&argc, &argv, &terms))
        return shell_usage("load");
    n = split(argv[1], files, LOADER_GROUP_MAX);
    if (n == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "load takes 1 to %d names with commas between",
                             LOADER_GROUP_MAX);
    status = load_files(&terms, files, n);
    for (size_t i = 0; i < n; i++)
        file_remove(files[i]);
    return status;
}
COMMAND(load, "[--privileged] [--untyped] FILE[,FILE...]",
        "link and start objects that were sent over the link port");

static status_t unload(int argc, char **argv)
{
    char *names[LOADER_GROUP_MAX];
    struct domain *domains[LOADER_GROUP_MAX];
    size_t n;

    if (argc != 2)
        return shell_usage(argv[0]);
    n = split(argv[1], names, LOADER_GROUP_MAX);
    if (n == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "unload takes 1 to %d names with commas between",
                             LOADER_GROUP_MAX);
    for (size_t i = 0; i < n; i++) {
        status_t status = find(names[i], &domains[i]);

        if (status != OK)
            return status;
    }
    return domain_end(domains, n);
}
COMMAND(unload, "NAME[,NAME...]", "end domains and release all they have");

/* ---- resolve, unresolve ---- */

static size_t count_bound(const struct domain *domain)
{
    size_t n = 0;

    for (size_t i = 0; i < domain->image.n_imports; i++)
        n += domain->image.imports[i].state == IMPORT_BOUND;
    return n;
}

static status_t rebind(int argc, char **argv,
                       status_t (*operation)(struct domain *source, struct domain *target),
                       const char *done)
{
    struct domain *source, *target;
    size_t before, after;
    status_t status;

    if (argc != 3)
        return shell_usage(argv[0]);
    status = find(argv[1], &source);
    if (status == OK)
        status = find(argv[2], &target);
    if (status != OK)
        return status;
    before = count_bound(target);
    status = operation(source, target);
    if (status != OK)
        return status;
    after = count_bound(target);
    printf("%s: %u import%s %s\n", target->name,
           (unsigned)(after > before ? after - before : before - after),
           after - before == 1 || before - after == 1 ? "" : "s", done);
    return OK;
}

static status_t resolve(int argc, char **argv)
{
    return rebind(argc, argv, domain_bind, "bound");
}
COMMAND(resolve, "SOURCE TARGET", "bind TARGET's unbound imports to SOURCE's exports");

static status_t unresolve(int argc, char **argv)
{
    return rebind(argc, argv, domain_unbind, "unbound");
}
COMMAND(unresolve, "SOURCE TARGET", "unbind what TARGET imports from SOURCE; calls then trap");

/* ---- domains ---- */

static void print_domain(const struct domain *domain)
{
    const struct image_memory *m = &domain->image.memory;

    printf("%-20s %-11s %8u %8u %7u %7u  0x%08x%s%s\n", domain->name,
           domain_state_name(domain->state), (unsigned)m->text.size,
           (unsigned)(m->rodata.size + m->data.size), (unsigned)domain_count_exports(domain),
           (unsigned)domain->image.n_imports, (unsigned)m->text.address,
           domain->privileged && domain->state <= DOMAIN_LEAVING ? "  privileged" : "",
           domain_is_untyped(domain) ? "  untyped" : "");
    if (domain->quarantined)
        printf("    in quarantine: %s\n", domain->reason);
}

static void print_each(const char *what, const struct domain *domain,
                       bool (*is)(const struct domain *domain, const struct domain *other))
{
    bool any = false;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (is(domain, d)) {
            printf("%s%s%s", any ? " " : what, d->name,
                   d->state == DOMAIN_LEAVING ? " (leaving)" : "");
            any = true;
        }
    if (any)
        printf("\n");
}

static bool imports_from(const struct domain *domain, const struct domain *other)
{
    for (size_t i = 0; i < domain->image.n_imports; i++)
        if (domain->image.imports[i].state == IMPORT_BOUND &&
            (domain->image.imports[i].source == other || domain->image.imports[i].definer == other))
            return true;
    return false;
}

static bool is_used_by(const struct domain *domain, const struct domain *other)
{
    return other != domain && other->maker != domain && domain_depends_on(other, domain);
}

static bool has_member(const struct domain *domain, const struct domain *other)
{
    for (size_t i = 0; i < domain->view.n_members; i++)
        if (domain->view.members[i] == other)
            return true;
    return false;
}

static bool has_made(const struct domain *domain, const struct domain *other)
{
    return other->maker == domain;
}

static void print_unresolved(const char *name, void *closure)
{
    bool *any = closure;

    printf("%s%s", *any ? " " : "    unresolved: ", name);
    *any = true;
}

static void print_quotas(const struct domain *domain)
{
    owner_t owner = domain->image.memory.owner;
    uint64_t us;

    if (owner == OWNER_NOBODY || domain->state == DOMAIN_KERNEL)
        return;
    us = clock_to_microseconds(usage_of_owner(owner));
    printf("    has: %u.%03u ms of processor time, ", (unsigned)(us / 1000), (unsigned)(us % 1000));
    quota_print_line(owner);
}

static void print_details(const struct domain *domain)
{
    bool any = false;

    printf("    %s by %s\n", domain->state <= DOMAIN_LEAVING ? "loaded" : "made", domain->loader);
    print_each("    combined of: ", domain, has_member);
    print_each("    imports from: ", domain, imports_from);
    (void)domain_unresolved_imports(domain, print_unresolved, &any);
    if (any)
        printf("\n");
    print_each("    used by: ", domain, is_used_by);
    if (domain->state <= DOMAIN_LEAVING)
        print_each("    made: ", domain, has_made);
    print_quotas(domain);
}

/* The parts of SpinPublic and SpinPrivate, and what extensions made, are details. */
static bool is_detail(const struct domain *domain)
{
    const struct name *name;

    if (domain->state <= DOMAIN_LEAVING)
        return false;
    for (size_t i = 0; (name = name_at(i)) != NULL; i++)
        if (name->domain == domain && name->registrar == NULL)
            return false;
    return true;
}

static status_t domains(int argc, char **argv)
{
    bool verbose = argc == 2 && strcmp(argv[1], "-v") == 0;

    if (argc != 1 && !verbose)
        return shell_usage(argv[0]);
    printf("%-20s %-11s %8s %8s %7s %7s  %s\n", "domain", "state", "text", "data", "exports",
           "imports", "text at");
    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d)) {
        if (!verbose && is_detail(d))
            continue;
        print_domain(d);
        if (verbose)
            print_details(d);
    }
    return OK;
}
COMMAND(domains, "[-v]", "list the domains; -v: all of them, and who uses whom");

/* ---- symbols, imports ---- */

static void print_symbol(const struct definition *definition)
{
    static const char *const kinds[] = {[SYMBOL_OTHER] = "symbol",
                                        [SYMBOL_PROCEDURE] = "procedure",
                                        [SYMBOL_VARIABLE] = "variable"};
    const struct symbol *symbol = definition->symbol;
    const struct btf *btf = domain_types(definition->definer); /* first, since it names the types */
    char type[TYPE_SHOWN];

    types_print(btf, symbol->type, type, sizeof type);
    printf("0x%08x %6u  %-9s %s%s%s%s\n", (unsigned)symbol->value, (unsigned)symbol->size,
           kinds[symbol->kind], symbol->name, symbol->weak ? " (weak)" : "",
           type[0] != 0 ? ": " : "", type);
}

static status_t symbols(int argc, char **argv)
{
    struct definition definition;
    struct domain *domain;
    status_t status;

    if (argc != 2)
        return shell_usage(argv[0]);
    status = find(argv[1], &domain);
    if (status != OK)
        return status;
    for (size_t cursor = 0; domain_export(domain, &cursor, &definition);)
        print_symbol(&definition);
    domain_rest_all();
    return OK;
}
COMMAND(symbols, "NAME", "list the symbols a domain exports: address, bytes, kind, name, type");

static void print_import(struct domain *domain, const struct import *import)
{
    char type[TYPE_SHOWN];

    types_print(domain_types(domain), import->type, type, sizeof type);
    if (import->state == IMPORT_BOUND)
        printf("0x%08x  %s (%s)", (unsigned)import->symbol->value, import->name,
               import->definer->name);
    else
        printf("unbound     %s", import->name);
    printf("%s%s%s\n", import->weak ? " (weak)" : "", type[0] != 0 ? ": " : "", type);
}

static status_t imports(int argc, char **argv)
{
    struct domain *domain;
    status_t status;

    if (argc != 2)
        return shell_usage(argv[0]);
    status = find(argv[1], &domain);
    if (status != OK)
        return status;
    for (size_t i = 0; i < domain->image.n_imports; i++)
        print_import(domain, &domain->image.imports[i]);
    domain_rest_all();
    return OK;
}
COMMAND(imports, "NAME", "list the symbols a domain imports: address, name, whose it is, type");

/* ---- names ---- */

static void print_name(const struct name *name)
{
    printf("%-28s %-20s %-12s %s", name->name, name->domain->name,
           name->registrar != NULL ? name->registrar->name : "kernel",
           name->privileged        ? "the privileged"
           : name->authorizer != 0 ? "ask its authorizer"
                                   : "everyone");
    if (name->n_denied != 0)
        printf(", denied %u time%s", (unsigned)name->n_denied, name->n_denied == 1 ? "" : "s");
    printf("\n");
}

/* `names` is taken in C. */
static status_t list_names(int argc, char **argv)
{
    const struct name *name;

    if (argc != 1)
        return shell_usage(argv[0]);
    printf("%-28s %-20s %-12s %s\n", "name", "domain", "by", "who may have it");
    for (size_t i = 0; (name = name_at(i)) != NULL; i++)
        print_name(name);
    return OK;
}
static const struct command names_command __attribute__((section(".commands.names"), used)) = {
    "names", "", "list what the nameserver knows, and what it denied", list_names};
