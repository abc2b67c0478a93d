/* See code.h. */
#include "kernel/event/code.h"

#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>

#include "arch/ppc/code/analysis/functional.h"
#include "domains/domain.h"
#include "kernel/event/code_source.h"

#define BUCKETS 128

/* What was found out about a procedure. */
struct entry {
    struct entry *next; /* of its bucket */
    const struct domain *domain;
    uint32_t users;
    uint32_t functional; /* the age in which it was proved so; 0: it was not */
    uint32_t ephemeral;
    bool known; /* it is in a bucket */
    struct facts facts;
};

static struct entry *buckets[BUCKETS];
static uint32_t age = 1; /* changes when code does, after which nothing is proved any more */

/* ---- facts ---- */

static struct entry **bucket_of(vaddr_t procedure)
{
    return &buckets[(procedure / 4 ^ procedure / (4 * BUCKETS)) % BUCKETS];
}

static struct entry *find(vaddr_t procedure)
{
    struct entry *entry = *bucket_of(procedure);

    while (entry != NULL && entry->facts.procedure != procedure)
        entry = entry->next;
    return entry;
}

static void unlink_entry(struct entry *entry)
{
    struct entry **at = bucket_of(entry->facts.procedure);

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    entry->known = false;
}

static struct entry *make(vaddr_t procedure, bool patched)
{
    struct entry *entry = malloc(sizeof *entry);
    struct entry **bucket = bucket_of(procedure);

    if (entry == NULL)
        return NULL;
    *entry =
        (struct entry){.next = *bucket, .domain = code_source_domain(procedure), .known = true};
    if (patched)
        facts_of_patched(procedure, &entry->facts);
    else
        facts_find(code_source(), procedure, &entry->facts);
    *bucket = entry;
    return entry;
}

const struct facts *code_facts_get(vaddr_t procedure)
{
    struct entry *entry = find(procedure);

    if (entry == NULL)
        entry = make(procedure, false);
    if (entry == NULL)
        return NULL;
    entry->users++;
    return &entry->facts;
}

const struct facts *code_facts_renew(vaddr_t procedure, bool patched)
{
    struct entry *before = find(procedure), *entry = make(procedure, patched);

    if (entry == NULL)
        return NULL;
    if (before != NULL)
        unlink_entry(before);
    entry->users++;
    return &entry->facts;
}

void code_facts_put(const struct facts *facts)
{
    struct entry *entry;

    if (facts == NULL)
        return;
    entry = (struct entry *)((char *)facts - offsetof(struct entry, facts));
    if (--entry->users != 0)
        return;
    if (entry->known)
        unlink_entry(entry);
    free(entry);
}

static void forget_in(struct entry **at, const struct domain *domain)
{
    while (*at != NULL) {
        struct entry *entry = *at;

        if (entry->domain == domain) {
            entry->known = false;
            *at = entry->next;
        } else {
            at = &entry->next;
        }
    }
}

void code_change(void)
{
    code_source_forget();
    age++;
}

void code_forget(const struct domain *domain)
{
    code_change();
    for (size_t i = 0; i < BUCKETS; i++)
        forget_in(&buckets[i], domain);
}

/* ---- declarations ---- */

extern const procedure_t functional_start[], functional_end[], ephemeral_start[], ephemeral_end[];

/* The procedures that a domain, or the kernel, has declared. */
struct declared {
    const procedure_t *first, *end;
};

static struct declared declared_of(const struct domain *domain, bool functional)
{
    const struct array *array;
    const procedure_t *first;

    if (domain == NULL)
        return functional ? (struct declared){functional_start, functional_end}
                          : (struct declared){ephemeral_start, ephemeral_end};
    array = functional ? &domain->image.functional : &domain->image.ephemeral;
    first = domain->image.sealed ? (const procedure_t *)array->address : NULL;
    return (struct declared){first, first != NULL ? first + array->count : NULL};
}

/* NAME.constprop.0 is NAME as the compiler has it for some of those who call it. */
static bool is_copy(const struct procedure *copy, vaddr_t of)
{
    struct procedure procedure;
    size_t length = strcspn(copy->name, ".");

    return copy->name[length] == '.' && code_source_starts(of, &procedure) &&
           strncmp(procedure.name, copy->name, length) == 0 && procedure.name[length] == 0;
}

static bool is_declared(vaddr_t start, bool functional)
{
    const struct declared declared = declared_of(code_source_domain(start), functional);
    struct procedure procedure;

    for (const procedure_t *p = declared.first; p < declared.end; p++) {
        if ((vaddr_t)*p == start)
            return true;
    }
    if (!code_source_starts(start, &procedure) || strchr(procedure.name, '.') == NULL)
        return false;
    for (const procedure_t *p = declared.first; p < declared.end; p++) {
        if (is_copy(&procedure, (vaddr_t)*p))
            return true;
    }
    return false;
}

bool code_is_declared_functional(vaddr_t procedure)
{
    return is_declared(procedure, true);
}

bool code_is_declared_ephemeral(vaddr_t procedure)
{
    return is_declared(procedure, false);
}

/* ---- proofs ---- */

static void name(void *context, vaddr_t address, char *text, size_t size)
{
    (void)context;
    code_source_name(address, text, size);
}

static bool declared_functional(void *context, vaddr_t start)
{
    (void)context;
    return code_is_declared_functional(code_source_definition(start));
}

static bool declared_ephemeral(void *context, vaddr_t start)
{
    (void)context;
    return code_is_declared_ephemeral(code_source_definition(start));
}

/* The kernel's may do with interrupts off what must not be stopped in the middle. */
static bool is_of_kernel(void *context, vaddr_t start)
{
    (void)context;
    return code_source_domain(code_source_definition(start)) == NULL;
}

status_t code_prove_functional(vaddr_t procedure)
{
    const struct proof_terms terms = {.declared = declared_functional, .name = name};
    struct entry *entry = find(procedure);
    status_t status;

    if (entry != NULL && entry->functional == age)
        return OK;
    status = functional_prove(code_source(), procedure, &terms);
    if (status == OK && entry != NULL)
        entry->functional = age;
    return status;
}

status_t code_prove_ephemeral(vaddr_t procedure)
{
    const struct proof_terms terms = {
        .declared = declared_ephemeral, .believed = is_of_kernel, .name = name};
    struct entry *entry = find(procedure);
    status_t status;

    if (entry != NULL && entry->ephemeral == age)
        return OK;
    status = ephemeral_prove(code_source(), procedure, &terms);
    if (status == OK && entry != NULL)
        entry->ephemeral = age;
    return status;
}
