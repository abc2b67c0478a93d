/* See scene.h. */
#include "tests/host/scene.h"

#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

int scene_begin(void **state)
{
    (void)state;
    (void)public_domain();
    fake_host_reset();
    return 0;
}

int scene_end(void **state)
{
    (void)state;
    return fake_host_sweep();
}

void assert_ok(status_t status)
{
    if (status != OK)
        fail_msg("%s: %s", status_name(status), status_explain());
}

void assert_refusal(status_t status, status_t expected, const char *words)
{
    if (status != expected || strstr(status_explain(), words) == NULL)
        fail_msg("%s, \"%s\"; expected %s, \"%s\"", status_name(status), status_explain(),
                 status_name(expected), words);
}

/* ---- domains ---- */

status_t make_status(const char *name, struct object *o, struct domain **domain)
{
    struct object_file file = object_end(o);
    status_t status = domain_make(&fake_terms, name, file.bytes, file.size, domain);

    free(file.bytes);
    return status;
}

struct domain *make(const char *name, struct object *o)
{
    struct domain *domain = NULL;

    assert_ok(make_status(name, o, &domain));
    return domain;
}

status_t make_compiled(const struct domain_terms *terms, const char *name, const char *file,
                       struct domain **domain)
{
    struct object_file object = corpus_read(file);
    status_t status = domain_make(terms, name, object.bytes, object.size, domain);

    free(object.bytes);
    return status;
}

void end(struct domain *domain)
{
    assert_ok(end_alone(domain));
}

void start(struct domain *domain)
{
    assert_ok(start_alone(domain));
}

struct object *exporting(const char *names)
{
    static const uint32_t code[] = {BLR, BLR, BLR, BLR, BLR, BLR, BLR, BLR};
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 8);
    char *copy = strdup(names), *rest = copy, *name;

    for (uint32_t i = 0; (name = strsep(&rest, " ")) != NULL; i++)
        if (*name != 0)
            object_symbol(o, name, OBJECT_FUNCTION, text, i * 4, 4);
    free(copy);
    return o;
}

void add_call(struct object *o, const char *import, uint8_t info)
{
    static const uint32_t code[] = {BL};
    unsigned text = object_words(o, ".text.call", OBJECT_CODE, code, 1);

    object_relocate(o, text, 0, R_PPC_REL24, object_symbol(o, import, info, SHN_UNDEF, 0, 0), 0);
}

struct object *importing(const char *names)
{
    struct object *o = object_begin();
    char *copy = strdup(names), *rest = copy, *name;

    while ((name = strsep(&rest, " ")) != NULL)
        add_call(o, name, OBJECT_IMPORT);
    free(copy);
    return o;
}

struct domain *provide(const char *name, const struct scene_symbol *symbols, size_t n)
{
    struct object *o = object_begin();

    for (size_t i = 0; i < n; i++)
        object_symbol(o, symbols[i].name, OBJECT_IMPORT, SHN_ABS, symbols[i].value, 0);
    return make(name, o);
}

struct import *import_of(const struct domain *domain, const char *name)
{
    for (size_t i = 0; i < domain->image.n_imports; i++)
        if (strcmp(domain->image.imports[i].name, name) == 0)
            return &domain->image.imports[i];
    fail_msg("%s does not import %s", domain->name, name);
    return NULL;
}

struct symbol *export_of(const struct domain *domain, const char *name)
{
    struct symbol *symbol = symbol_find(&domain->image.symbols, name, symbol_hash(name));

    if (symbol == NULL)
        fail_msg("%s does not export %s", domain->name, name);
    return symbol;
}

/* ---- bytes ---- */

uint32_t scene_word(const struct domain *domain, vaddr_t address)
{
    uint8_t bytes[4];

    if (domain->image.sealed)
        image_fetch(&domain->image.memory, address, bytes, 4);
    else
        memcpy(bytes, image_bytes(&domain->image, address), 4);
    return get32(bytes);
}

static uint8_t *copy_bytes(const struct domain *domain, size_t *size)
{
    const struct image_memory *m = &domain->image.memory;
    const struct segment *const segments[] = {&m->text, &m->rodata, &m->data};
    uint8_t *copy = malloc(m->text.size + m->rodata.size + m->data.size + 1), *to = copy;

    for (size_t i = 0; i < 3; i++) {
        if (segments[i]->size == 0)
            continue;
        if (domain->image.sealed)
            image_fetch(m, segments[i]->address, to, segments[i]->size);
        else
            memcpy(to, segments[i]->bytes, segments[i]->size);
        to += segments[i]->size;
    }
    *size = (size_t)(to - copy);
    return copy;
}

static void note_counts(const struct domain *domain, struct snapshot *snapshot)
{
    size_t n = 0;

    memset(snapshot->states, 0, sizeof snapshot->states);
    memset(snapshot->n_users, 0, sizeof snapshot->n_users);
    for (size_t i = 0; i < domain->image.n_imports && i < SCENE_SYMBOLS_MAX; i++)
        snapshot->states[i] = domain->image.imports[i].state;
    for (struct domain *d = domain_next(NULL); d != NULL && n < SCENE_SYMBOLS_MAX;
         d = domain_next(d))
        snapshot->n_users[n++] = d->n_users;
}

struct snapshot snapshot_take(const struct domain *domain)
{
    struct snapshot snapshot;

    snapshot.bytes = copy_bytes(domain, &snapshot.size);
    note_counts(domain, &snapshot);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->bytes);
}

void assert_unchanged(const struct domain *domain, struct snapshot *before, const char *what)
{
    struct snapshot now = snapshot_take(domain);

    assert_int_equal(now.size, before->size);
    for (size_t i = 0; i < now.size; i++)
        if (now.bytes[i] != before->bytes[i])
            fail_msg("%s: byte 0x%zx is 0x%02x, not 0x%02x", what, i, now.bytes[i],
                     before->bytes[i]);
    assert_memory_equal(now.states, before->states, sizeof now.states);
    assert_memory_equal(now.n_users, before->n_users, sizeof now.n_users);
    snapshot_free(&now);
    snapshot_free(before);
}
